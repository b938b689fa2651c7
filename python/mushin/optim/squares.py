"""Optimizers that divide by a running root mean square: RMSprop, Adagrad, Adadelta."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from mushin import kernels
from mushin.optim.optimizer import Optimizer, options


class RMSprop(Optimizer):
    """Steps of the size lr in units of the gradient's running root mean square.

        v = alpha v + (1 - alpha) g^2;  d = g / (sqrt(v - mean(g)^2 if centered else v) + eps)
        b = momentum b + d;  p -= lr b

    Args:
        params: parameters, or dicts of groups.
        lr: learning rate.
        alpha: share of the running means that is kept.
        eps: added to the root.
        weight_decay: L2 penalty, added to the gradient.
        momentum: share of the step's direction that is kept.
        centered: divide by the gradient's deviation, not by its root mean square.
        maximize: ascend instead.
        foreach, capturable, differentiable: as Adam's.

    Source: Hinton 2012, lecture 6e; Graves 2013; torch.optim.RMSprop.
    """

    layout = {"lr": 0, "alpha": 1, "eps": 2, "weight_decay": 3, "momentum": 4}  # noqa: RUF012
    arrays = ("square_avg", "grad_avg", "momentum_buffer")
    switches = ("maximize", "keras_convention")
    kernel = kernels.rmsprop

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-2,
        alpha: float = 0.99,
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        momentum: float = 0.0,
        centered: bool = False,
        capturable: bool = False,
        foreach: bool | None = None,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        super().__init__(params, options(locals()))

    @classmethod
    def _check(cls, group: Mapping[str, Any]) -> None:
        super()._check(group)
        cls._check_flag("centered", group)

    def _states(self, group: Mapping[str, Any]) -> tuple[str, ...]:
        square, mean, momentum = self.arrays
        return (square, *([mean] if group["centered"] else []), *([momentum] if group["momentum"] != 0 else []))


class Adagrad(Optimizer):
    """Steps that shrink with the root of the sum of all squared gradients.

        sum += g^2;  p -= lr / (1 + (t - 1) lr_decay) g / (sqrt(sum) + eps)

    Args:
        params: parameters, or dicts of groups.
        lr: learning rate.
        lr_decay: how the rate falls with the number of steps.
        weight_decay: L2 penalty, added to the gradient.
        initial_accumulator_value: what the sums begin with.
        eps: added to the root.
        maximize: ascend instead.
        foreach, differentiable, fused: as Adam's.

    Source: Duchi, Hazan and Singer 2011; torch.optim.Adagrad.
    """

    layout = {"lr": 0, "lr_decay": 1, "eps": 2, "weight_decay": 3}  # noqa: RUF012
    arrays = ("sum",)
    switches = ("maximize", "keras_convention")
    kernel = kernels.adagrad

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-2,
        lr_decay: float = 0.0,
        weight_decay: float = 0.0,
        initial_accumulator_value: float = 0.0,
        eps: float = 1e-10,
        foreach: bool | None = None,
        *,
        maximize: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        super().__init__(params, options(locals()))

    @classmethod
    def _check(cls, group: Mapping[str, Any]) -> None:
        super()._check(group)
        cls._check_not_negative("initial_accumulator_value", group["initial_accumulator_value"])

    def _first_values(self, group: Mapping[str, Any]) -> dict[str, float]:
        return {"sum": group["initial_accumulator_value"]}


class Adadelta(Optimizer):
    """Steps in the units of the parameter: the running root mean square of steps over that of gradients.

        v = rho v + (1 - rho) g^2;  d = sqrt(u + eps) / sqrt(v + eps) g;  u = rho u + (1 - rho) d^2;  p -= lr d

    Args:
        params: parameters, or dicts of groups.
        lr: what steps are multiplied with.
        rho: share of the running means that is kept.
        eps: added below both roots.
        weight_decay: L2 penalty, added to the gradient.
        maximize: ascend instead.
        foreach, capturable, differentiable: as Adam's.

    Source: Zeiler 2012; torch.optim.Adadelta.
    """

    layout = {"lr": 0, "rho": 1, "eps": 2, "weight_decay": 3}  # noqa: RUF012
    arrays = ("square_avg", "acc_delta")
    switches = ("maximize", "keras_convention")
    kernel = kernels.adadelta

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1.0,
        rho: float = 0.9,
        eps: float = 1e-6,
        weight_decay: float = 0.0,
        foreach: bool | None = None,
        *,
        capturable: bool = False,
        maximize: bool = False,
        differentiable: bool = False,
    ) -> None:
        super().__init__(params, options(locals()))

    @classmethod
    def _check(cls, group: Mapping[str, Any]) -> None:
        super()._check(group)
        if group["rho"] > 1:
            raise ValueError(f"[{cls.__name__}] rho must be in [0, 1], got {group['rho']}")
