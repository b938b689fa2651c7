"""Losses of single elements, as layers. Input and target have one shape, which is never broadcast, and are float32 or
float64; reduction is "mean", "sum" or "none"."""

from __future__ import annotations

from typing import Any

from mushin.nn import functional
from mushin.nn.loss.base import Loss

__all__ = [
    "BCELoss",
    "BCEWithLogitsLoss",
    "GaussianNLLLoss",
    "HuberLoss",
    "KLDivLoss",
    "L1Loss",
    "MSELoss",
    "PoissonNLLLoss",
    "SmoothL1Loss",
]


class MSELoss(Loss):
    """(input - target)^2; see functional.mse_loss.

    Source: torch.nn.MSELoss.
    """

    function = staticmethod(functional.mse_loss)

    def __init__(self, *, reduction: str = "mean") -> None:
        super().__init__(reduction=reduction)


class L1Loss(Loss):
    """|input - target|; see functional.l1_loss.

    Source: torch.nn.L1Loss.
    """

    function = staticmethod(functional.l1_loss)

    def __init__(self, *, reduction: str = "mean") -> None:
        super().__init__(reduction=reduction)


class SmoothL1Loss(Loss):
    """(input - target)^2 / (2 beta), and from beta on a line; see functional.smooth_l1_loss.

    Source: torch.nn.SmoothL1Loss.
    """

    function = staticmethod(functional.smooth_l1_loss)

    def __init__(self, *, reduction: str = "mean", beta: float = 1.0) -> None:
        super().__init__(reduction=reduction, beta=beta)


class HuberLoss(Loss):
    """(input - target)^2 / 2, and from delta on a line; see functional.huber_loss.

    Source: torch.nn.HuberLoss.
    """

    function = staticmethod(functional.huber_loss)

    def __init__(self, reduction: str = "mean", delta: float = 1.0) -> None:
        super().__init__(reduction=reduction, delta=delta)


class BCELoss(Loss):
    """-(target log(input) + (1 - target) log(1 - input)); see functional.binary_cross_entropy.

    Source: torch.nn.BCELoss.
    """

    function = staticmethod(functional.binary_cross_entropy)

    def __init__(self, weight: Any = None, *, reduction: str = "mean") -> None:
        super().__init__(weight=weight, reduction=reduction)


class BCEWithLogitsLoss(Loss):
    """The same of sigmoid(input); see functional.binary_cross_entropy_with_logits.

    Source: torch.nn.BCEWithLogitsLoss.
    """

    function = staticmethod(functional.binary_cross_entropy_with_logits)

    def __init__(self, weight: Any = None, *, reduction: str = "mean", pos_weight: Any = None) -> None:
        super().__init__(weight=weight, reduction=reduction, pos_weight=pos_weight)


class KLDivLoss(Loss):
    """target (log(target) - input), where input is a logarithm; see functional.kl_div, also for "batchmean".

    Source: torch.nn.KLDivLoss.
    """

    function = staticmethod(functional.kl_div)
    reductions = (*Loss.reductions, "batchmean")

    def __init__(self, *, reduction: str = "mean", log_target: bool = False) -> None:
        super().__init__(reduction=reduction, log_target=log_target)


class PoissonNLLLoss(Loss):
    """exp(input) - target input; see functional.poisson_nll_loss.

    Source: torch.nn.PoissonNLLLoss.
    """

    function = staticmethod(functional.poisson_nll_loss)

    def __init__(
        self, log_input: bool = True, full: bool = False, *, eps: float = 1e-8, reduction: str = "mean"
    ) -> None:
        super().__init__(log_input=log_input, full=full, eps=eps, reduction=reduction)


class GaussianNLLLoss(Loss):
    """(log(var) + (input - target)^2 / var) / 2; called with (input, target, var), see functional.gaussian_nll_loss.

    Source: torch.nn.GaussianNLLLoss.
    """

    function = staticmethod(functional.gaussian_nll_loss)

    def __init__(self, *, full: bool = False, eps: float = 1e-6, reduction: str = "mean") -> None:
        super().__init__(full=full, eps=eps, reduction=reduction)
