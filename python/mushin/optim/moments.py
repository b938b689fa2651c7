"""Kin of Adam: NAdam, RAdam, Adamax."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

from mushin import kernels
from mushin.optim.adam import Moments
from mushin.optim.optimizer import options


class NAdam(Moments):
    """Adam with Nesterov's momentum, which grows from beta1 / 2 to beta1.

        mu_t = beta1 (1 - 0.96^(t momentum_decay) / 2)
        p -= lr (mu_(t+1) m / (1 - mu_1 ... mu_(t+1)) + (1 - mu_t) g / (1 - mu_1 ... mu_t)) / (sqrt(v_hat) + eps)

    Args:
        params: parameters, or dicts of groups.
        lr: learning rate.
        betas: (beta1, beta2), shares of the means of g and g^2 that are kept.
        eps: added to the corrected root.
        weight_decay: L2 penalty, added to the gradient.
        momentum_decay: how fast the momentum grows.
        decoupled_weight_decay: take weight_decay from the parameter, as AdamW.
        maximize: ascend instead.
        foreach, capturable, differentiable: as Adam's.

    Source: Dozat 2016; torch.optim.NAdam.
    """

    layout = {**Moments.layout, "momentum_decay": 5}  # noqa: RUF012
    numbers = {"mu_product": 1.0}  # noqa: RUF012
    kernel = kernels.nadam

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        momentum_decay: float = 4e-3,
        decoupled_weight_decay: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
    ) -> None:
        super().__init__(params, options(locals()))


class RAdam(Moments):
    """Adam whose rate is rectified: small while v is the mean of few steps, without v in the first ones.

    Args:
        params: parameters, or dicts of groups.
        lr: learning rate.
        betas: (beta1, beta2), shares of the means of g and g^2 that are kept.
        eps: added to the root of the uncorrected mean.
        weight_decay: L2 penalty, added to the gradient.
        decoupled_weight_decay: take weight_decay from the parameter, as AdamW.
        maximize: ascend instead.
        foreach, capturable, differentiable: as Adam's.

    Source: Liu et al. 2020; torch.optim.RAdam.
    """

    kernel = kernels.radam

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        decoupled_weight_decay: bool = False,
        *,
        foreach: bool | None = None,
        maximize: bool = False,
        capturable: bool = False,
        differentiable: bool = False,
    ) -> None:
        super().__init__(params, options(locals()))


class Adamax(Moments):
    """Adam with the largest gradient in the place of the root mean square.

        u = max(beta2 u, |g| + eps);  p -= lr m / (1 - beta1^t) / u

    Args:
        params: parameters, or dicts of groups.
        lr: learning rate.
        betas: (beta1, beta2), the share of the mean of g that is kept, and what u is multiplied with in each step.
        eps: added to the size of the gradient.
        weight_decay: L2 penalty, added to the gradient.
        maximize: ascend instead.
        foreach, capturable, differentiable: as Adam's.

    Source: Kingma and Ba 2015, section 7.1; torch.optim.Adamax.
    """

    arrays = ("exp_avg", "exp_inf")
    switches = ("maximize", "keras_convention")
    kernel = kernels.adamax

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 2e-3,
        betas: tuple[float, float] = (0.9, 0.999),
        eps: float = 1e-8,
        weight_decay: float = 0.0,
        foreach: bool | None = None,
        *,
        maximize: bool = False,
        differentiable: bool = False,
        capturable: bool = False,
    ) -> None:
        super().__init__(params, options(locals()))
