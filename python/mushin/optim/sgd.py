"""Stochastic gradient descent."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import numpy as np

from mushin import kernels
from mushin.optim.optimizer import Optimizer, ParameterGroup


class SGD(Optimizer):
    """Stochastic gradient descent, with momentum if it is not 0.

        g += weight_decay p;  v = momentum v + (1 - dampening) g;  p -= lr (g + momentum v if nesterov else v)

    Args:
        params: parameters, or dicts of groups.
        lr: learning rate.
        momentum: share of the velocity that is kept; the first velocity is g itself.
        dampening: share of the gradient that the velocity does not get.
        weight_decay: L2 penalty.
        nesterov: look ahead along the velocity; needs momentum and no dampening.
        maximize: ascend instead.

    Source: torch.optim.SGD.
    """

    layout = {"lr": 0, "momentum": 1, "dampening": 2, "weight_decay": 3}  # noqa: RUF012

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        momentum: float = 0.0,
        dampening: float = 0.0,
        weight_decay: float = 0.0,
        nesterov: bool = False,
        *,
        maximize: bool = False,
    ) -> None:
        super().__init__(
            params,
            {
                "lr": lr,
                "momentum": momentum,
                "dampening": dampening,
                "weight_decay": weight_decay,
                "nesterov": nesterov,
                "maximize": maximize,
            },
        )

    @classmethod
    def _check(cls, group: Mapping[str, Any]) -> None:
        super()._check(group)
        if group["nesterov"] and (group["momentum"] <= 0 or group["dampening"] != 0):
            raise ValueError(f"[{cls.__name__}] nesterov needs a momentum above 0 and no dampening")

    def _states(self, group: dict[str, Any]) -> tuple[str, ...]:
        return ("momentum_buffer",) if group["momentum"] != 0 else ()

    def _launch(self, group: ParameterGroup, columns: dict[str, list[np.ndarray]]) -> None:
        kernels.sgd(
            columns["parameter"],
            columns.get("momentum_buffer", []),
            columns["step"],
            columns["gradient"],
            group.hyper,
            bool(group["nesterov"]),
            bool(group["maximize"]),
            self.keras_convention,
        )
