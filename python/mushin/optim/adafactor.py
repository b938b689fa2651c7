"""Adafactor: second moments of matrices in the memory of a row and a column."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from mushin import kernels
from mushin.optim.group import ParameterGroup
from mushin.optim.optimizer import Optimizer, options
from mushin.optim.segments import Segments


class FactoredSegments(Segments):
    """Parameters one by one, each with a number for every row and column, or for every element if it has no rows."""

    def states_shape(self, name: str, i: int) -> tuple[int, ...] | None:
        *batch, rows, columns = (1, 1, *self.params[i].array.shape)
        is_factored = self.params[i].array.ndim > 1
        if name == "variance":
            return None if is_factored else self.params[i].array.shape
        if not is_factored:
            return None
        return (*batch[2:], rows, 1) if name == "row_var" else (*batch[2:], 1, columns)

    def _neighbours(self, i: int, k: int) -> bool:
        return False


class Adafactor(Optimizer):
    """Steps relative to the parameter's size, divided by a factored running mean square of the gradient.

        w = t^beta2_decay;  row += w (mean of g^2 over columns - row);  column likewise;  v = row column / mean(row)
        u = g / sqrt(v);  p -= max(eps2, rms(p)) min(lr, 1 / sqrt(t)) u / max(1, rms(u) / d)

    Parameters with fewer than two axes have a mean square for each element. Each parameter is a launch.

    Args:
        params: parameters, or dicts of groups.
        lr: largest relative step.
        beta2_decay: power with which the means' weight of the newest gradient falls; not above 0.
        eps: (eps1, eps2), the smallest mean(row), and the root of the smallest v; the smallest rms(p). None for the
            dtype's own eps.
        d: largest rms of a step's direction.
        weight_decay: share of the parameter, in units of lr, that each step takes.
        foreach: without effect.
        maximize: ascend instead.

    Source: Shazeer and Stern 2018; torch.optim.Adafactor.
    """

    layout = {"lr": 0, "beta2_decay": 1, "eps1": 2, "eps2": 3, "d": 4, "weight_decay": 5}  # noqa: RUF012
    pairs = {"eps": ("eps1", "eps2")}  # noqa: RUF012
    signed = ("beta2_decay",)
    arrays = ("row_var", "col_var", "variance")
    switches = ("maximize", "keras_convention")
    kernel = kernels.adafactor
    segments = FactoredSegments

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-2,
        beta2_decay: float = -0.8,
        eps: tuple[float | None, float] = (None, 1e-3),
        d: float = 1.0,
        weight_decay: float = 0.0,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
    ) -> None:
        super().__init__(params, options(locals()))

    @classmethod
    def _check(cls, group: Mapping[str, Any]) -> None:
        super()._check(group)
        if group["beta2_decay"] > 0:
            raise ValueError(f"[{cls.__name__}] beta2_decay must not be above 0, got {group['beta2_decay']}")
        if group["d"] < 1:
            raise ValueError(f"[{cls.__name__}] d must not be below 1, got {group['d']}")

    def _launch(self, group: ParameterGroup, columns: dict[str, list[Any]]) -> None:
        for i, parameter in enumerate(columns["parameter"]):
            row, column, variance = (columns[name][i] for name in self.arrays)
            kernels.adafactor(
                parameter if variance is None else parameter.reshape(1, -1),
                None if row is None else row[..., 0],
                variance.reshape(-1) if column is None else column[..., 0, :],
                columns["step"][i].reshape(()),
                columns["gradient"][i] if variance is None else columns["gradient"][i].reshape(1, -1),
                group.hyper,
                bool(group["maximize"]),
                self.keras_convention,
            )
