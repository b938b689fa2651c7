"""Adam and AdamW, and what their kin share."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from mushin import kernels
from mushin.optim.optimizer import Optimizer, options


class Moments(Optimizer):
    """Base of Adam and its kin: running means of the gradient and of its square."""

    layout = {"lr": 0, "beta1": 1, "beta2": 2, "eps": 3, "weight_decay": 4}  # noqa: RUF012
    pairs = {"betas": ("beta1", "beta2")}  # noqa: RUF012
    arrays: tuple[str, ...] = ("exp_avg", "exp_avg_sq")
    switches: tuple[str, ...] = ("decoupled_weight_decay", "maximize")


class Adam(Moments):
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
        foreach, capturable, differentiable, fused: how PyTorch runs a step: without effect, but differentiable must
            be False.
        decoupled_weight_decay: take weight_decay from the parameter, as AdamW.

    Source: Kingma and Ba 2015; torch.optim.Adam.
    """

    arrays = (*Moments.arrays, "max_exp_avg_sq")
    switches = (*Moments.switches, "keras_convention")
    kernel = kernels.adam

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        amsgrad: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
        decoupled_weight_decay: bool = False,
    ) -> None:
        super().__init__(params, options(locals()))

    @classmethod
    def _check(cls, group: Mapping[str, Any]) -> None:
        super()._check(group)
        cls._check_flag("amsgrad", group)

    def _states(self, group: Mapping[str, Any]) -> tuple[str, ...]:
        return self.arrays if group["amsgrad"] else Moments.arrays


class AdamW(Adam):
    """Adam with decoupled weight decay: p -= lr weight_decay p before each step.

    Args:
        params, lr, betas, eps, amsgrad, maximize, foreach, capturable, differentiable, fused: as Adam's.
        weight_decay: share of the parameter, in units of lr, that each step takes.

    Source: Loshchilov and Hutter 2019; torch.optim.AdamW.
    """

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
        foreach: bool | None = None,
        capturable: bool = False,
        differentiable: bool = False,
        fused: bool | None = None,
    ) -> None:
        super().__init__(params, **options(locals()), decoupled_weight_decay=True)

    @classmethod
    def _check(cls, group: Mapping[str, Any]) -> None:
        super()._check(group)
        if not group.get("decoupled_weight_decay", True):
            raise ValueError(f"[{cls.__name__}] decoupled_weight_decay must be True; Adam adds decay to the gradient")
