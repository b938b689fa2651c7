"""SparseAdam: steps that cost what a batch touches of a table."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from mushin import kernels
from mushin.autograd import rows_of_gradient
from mushin.optim.group import ParameterGroup
from mushin.optim.optimizer import Optimizer, options
from mushin.optim.segments import Segments


class RowSegments(Segments):
    """Parameters one by one, each with the list of the rows of its gradient that may hold other numbers than zeros."""

    def _neighbours(self, i: int, k: int) -> bool:
        return False

    def current(self) -> list[dict[str, list[np.ndarray]]]:
        launches = super().current()
        for columns in launches:  # anew in each step: of which array the rows are listed may change behind the others
            dtype = columns["parameter"][0].dtype
            touched: list[Any] = [rows_of_gradient(p) for p in self.active if p.array.dtype == dtype]
            columns["touched"] = touched
        return launches


class SparseAdam(Optimizer):
    """Adam for tables of vectors: a row whose gradient is zero is left alone, and so is its state.

        m = beta1 m + (1 - beta1) g;  v = beta2 v + (1 - beta2) g^2, of the rows with gradient
        p -= lr sqrt(1 - beta2^t) / (1 - beta1^t) m / (sqrt(v) + eps)

    A row is what the first axis counts. The gradient is an ordinary array; of one that `nn.functional.embedding` alone
    has written since it was dropped, only the rows that the batch touched are looked at. Each parameter is a launch.

    Args:
        params: parameters, or dicts of groups.
        lr: learning rate.
        betas: (beta1, beta2).
        eps: added to the root.
        maximize: ascend instead.

    Source: torch.optim.SparseAdam, which takes sparse tensors only, and also moves a row whose gradient is zero if an
    id named it.
    """

    layout = {"lr": 0, "beta1": 1, "beta2": 2, "eps": 3}  # noqa: RUF012
    pairs = {"betas": ("beta1", "beta2")}  # noqa: RUF012
    arrays = ("exp_avg", "exp_avg_sq")
    switches = ("maximize",)
    segments = RowSegments

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        maximize: bool = False,
    ) -> None:
        super().__init__(params, options(locals()))

    def _launch(self, group: ParameterGroup, columns: dict[str, list[Any]]) -> None:
        for i, parameter in enumerate(columns["parameter"]):
            rows = (len(parameter) if parameter.ndim else 1, -1 if parameter.size else 0)
            average, square = (columns[name][i].reshape(rows) for name in self.arrays)
            touched, count = columns["touched"][i]
            kernels.sparse_adam(
                parameter.reshape(rows),
                average,
                square,
                columns["step"][i].reshape(()),
                columns["gradient"][i].reshape(rows),
                touched,
                count,
                group.hyper,
                bool(group["maximize"]),
            )
