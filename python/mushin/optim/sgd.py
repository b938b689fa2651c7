"""Stochastic gradient descent, with momentum or averaged."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from mushin import kernels
from mushin.optim.optimizer import Optimizer, options


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
        foreach, differentiable, fused: how PyTorch runs a step: without effect, but differentiable must be False.

    Source: torch.optim.SGD.
    """

    layout = {"lr": 0, "momentum": 1, "dampening": 2, "weight_decay": 3}  # noqa: RUF012
    signed = ("dampening",)
    arrays = ("momentum_buffer",)
    switches = ("nesterov", "maximize", "keras_convention")
    kernel = kernels.sgd
    saves_step = False  # a step is counted only once: whether there is a velocity

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
        foreach: bool | None = None,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        super().__init__(params, options(locals()))

    @classmethod
    def _check(cls, group: Mapping[str, Any]) -> None:
        super()._check(group)
        if group["nesterov"] and (group["momentum"] <= 0 or group["dampening"] != 0):
            raise ValueError(f"[{cls.__name__}] nesterov needs a momentum above 0 and no dampening")

    def _states(self, group: Mapping[str, Any]) -> tuple[str, ...]:
        return self.arrays if group["momentum"] != 0 else ()


class ASGD(Optimizer):
    """Averaged stochastic gradient descent: the state "ax" is the mean of the parameters after t0 steps.

        p = (1 - lambd eta) p - eta g;  ax += mu (p - ax)
        eta = lr / (1 + lambd lr t)^alpha;  mu = 1 / max(1, t - t0)

    Args:
        params: parameters, or dicts of groups.
        lr: learning rate.
        lambd: decay, of the parameters and of the rate.
        alpha: power with which the rate falls.
        t0: the step after which the mean begins.
        weight_decay: L2 penalty.
        maximize: ascend instead.
        foreach, differentiable, capturable: as Adam's.

    Source: Polyak and Juditsky 1992; torch.optim.ASGD.
    """

    layout = {"lr": 0, "lambd": 1, "alpha": 2, "t0": 3, "weight_decay": 4}  # noqa: RUF012
    signed = ("lambd", "alpha", "t0")
    arrays = ("ax",)
    numbers = {"eta": 0.0, "mu": 1.0}  # noqa: RUF012
    switches = ("maximize",)
    kernel = kernels.asgd

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-2,
        lambd: float = 1e-4,
        alpha: float = 0.75,
        t0: float = 1e6,
        weight_decay: float = 0.0,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
        capturable: bool = False,
    ) -> None:
        super().__init__(params, options(locals()))
