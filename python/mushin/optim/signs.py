"""Optimizers that follow the gradient's sign: Lion, Rprop."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from mushin import kernels
from mushin.optim.optimizer import Optimizer, options


class Lion(Optimizer):
    """Steps of the size lr along the signs of a momentum.

        p -= lr weight_decay p;  p -= lr sign(beta1 m + (1 - beta1) g);  m = beta2 m + (1 - beta2) g

    Args:
        params: parameters, or dicts of groups.
        lr: learning rate; a third to a tenth of Adam's.
        betas: (beta1, beta2), shares of the momentum in the step and in the next momentum.
        weight_decay: share of the parameter, in units of lr, that each step takes.
        maximize: ascend instead.

    Source: Chen et al. 2023, algorithm 2.
    """

    layout = {"lr": 0, "beta1": 1, "beta2": 2, "weight_decay": 3}  # noqa: RUF012
    pairs = {"betas": ("beta1", "beta2")}  # noqa: RUF012
    arrays = ("exp_avg",)
    switches = ("maximize",)
    kernel = kernels.lion

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-4,
        betas: tuple[float, float] = (0.9, 0.99),
        weight_decay: float = 0.0,
        *,
        maximize: bool = False,
    ) -> None:
        super().__init__(params, options(locals()))


class Rprop(Optimizer):
    """Steps along the gradient's signs, of a size of each element's own, for full batches.

    The size grows while the sign stays, and shrinks when it changes; then the element is not moved once.

    Args:
        params: parameters, or dicts of groups.
        lr: the first size of all steps.
        etas: (smaller, larger), the factors of a size; below and above 1.
        step_sizes: (smallest, largest) size.
        maximize: ascend instead.
        capturable, foreach, differentiable: as Adam's.

    Source: Riedmiller and Braun 1993; torch.optim.Rprop.
    """

    layout = {"lr": 0, "smaller": 1, "larger": 2, "smallest": 3, "largest": 4}  # noqa: RUF012
    pairs = {"etas": ("smaller", "larger"), "step_sizes": ("smallest", "largest")}  # noqa: RUF012
    arrays = ("prev", "step_size")
    switches = ("maximize",)
    kernel = kernels.rprop

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-2,
        etas: tuple[float, float] = (0.5, 1.2),
        step_sizes: tuple[float, float] = (1e-6, 50.0),
        *,
        capturable: bool = False,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        super().__init__(params, options(locals()))

    @classmethod
    def _check(cls, group: Mapping[str, Any]) -> None:
        super()._check(group)
        if not 0 < group["etas"][0] < 1 < group["etas"][1]:
            raise ValueError(f"[{cls.__name__}] etas must be below and above 1, got {group['etas']}")
        if group["step_sizes"][0] > group["step_sizes"][1]:
            raise ValueError(f"[{cls.__name__}] step_sizes must be in order, got {group['step_sizes']}")
