"""Adam and AdamW."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from mushin import kernels
from mushin.optim.optimizer import Optimizer, ParameterGroup


class Adam(Optimizer):
    """Adam: steps of the size lr in units of the gradient's running root mean square.

        m = beta1 m + (1 - beta1) g;  v = beta2 v + (1 - beta2) g^2
        p -= lr m / (1 - beta1^t) / (sqrt(v / (1 - beta2^t)) + eps)

    Args:
        params: parameters, or dicts of groups.
        lr: learning rate.
        betas: (beta1, beta2).
        eps: added to the corrected root.
        weight_decay: L2 penalty, added to the gradient.
        amsgrad: divide by the largest v so far (Reddi et al. 2018).
        maximize: ascend instead.

    Source: Kingma and Ba 2015; torch.optim.Adam.
    """

    layout = {"lr": 0, "beta1": 1, "beta2": 2, "eps": 3, "weight_decay": 4}  # noqa: RUF012
    decoupled = False

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        super().__init__(
            params,
            {
                "lr": lr,
                "betas": betas,
                "eps": eps,
                "weight_decay": weight_decay,
                "amsgrad": amsgrad,
                "maximize": maximize,
            },
        )

    def _states(self, group: dict[str, Any]) -> tuple[str, ...]:
        return ("exp_avg", "exp_avg_sq", "max_exp_avg_sq") if group["amsgrad"] else ("exp_avg", "exp_avg_sq")

    def _launch(self, group: ParameterGroup, columns: dict[str, list[np.ndarray]]) -> None:
        kernels.adam(
            columns["parameter"],
            columns["exp_avg"],
            columns["exp_avg_sq"],
            columns.get("max_exp_avg_sq", []),
            columns["step"],
            columns["gradient"],
            group.hyper,
            self.decoupled,
            bool(group["maximize"]),
            self.keras_convention,
        )


class AdamW(Adam):
    """Adam with decoupled weight decay: p -= lr weight_decay p before each step.

    Args:
        params, lr, betas, eps, amsgrad, maximize: as Adam's.
        weight_decay: share of the parameter, in units of lr, that each step takes.

    Source: Loshchilov and Hutter 2019; torch.optim.AdamW.
    """

    decoupled = True

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 1e-2,
        amsgrad: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        super().__init__(params, lr, betas, eps, weight_decay, amsgrad, maximize=maximize)
