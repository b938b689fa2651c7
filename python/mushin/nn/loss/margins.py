"""Losses that ask for a margin, as layers; their reduction is "mean", "sum" or "none"."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mushin.autograd import Tensor
from mushin.nn import functional
from mushin.nn.loss.base import Loss

__all__ = [
    "CosineEmbeddingLoss",
    "HingeEmbeddingLoss",
    "MarginRankingLoss",
    "MultiLabelMarginLoss",
    "MultiLabelSoftMarginLoss",
    "SoftMarginLoss",
    "TripletMarginLoss",
    "TripletMarginWithDistanceLoss",
]


class SoftMarginLoss(Loss):
    """log(1 + exp(-target input)); see functional.soft_margin_loss.

    Source: torch.nn.SoftMarginLoss.
    """

    function = staticmethod(functional.soft_margin_loss)

    def __init__(self, *, reduction: str = "mean") -> None:
        super().__init__(reduction=reduction)


class HingeEmbeddingLoss(Loss):
    """input where target is 1, max(0, margin - input) where it is -1; see functional.hinge_embedding_loss.

    Source: torch.nn.HingeEmbeddingLoss.
    """

    function = staticmethod(functional.hinge_embedding_loss)

    def __init__(self, margin: float = 1.0, *, reduction: str = "mean") -> None:
        super().__init__(margin=margin, reduction=reduction)


class MarginRankingLoss(Loss):
    """max(0, margin - target (input1 - input2)); called with (input1, input2, target), see
    functional.margin_ranking_loss.

    Source: torch.nn.MarginRankingLoss.
    """

    function = staticmethod(functional.margin_ranking_loss)

    def __init__(self, margin: float = 0.0, *, reduction: str = "mean") -> None:
        super().__init__(margin=margin, reduction=reduction)


class MultiLabelMarginLoss(Loss):
    """1 / classes times the sum over a sample's classes t and the others i of max(0, 1 - x[t] + x[i]); see
    functional.multilabel_margin_loss.

    Source: torch.nn.MultiLabelMarginLoss.
    """

    function = staticmethod(functional.multilabel_margin_loss)

    def __init__(self, *, reduction: str = "mean") -> None:
        super().__init__(reduction=reduction)


class MultiLabelSoftMarginLoss(Loss):
    """The mean over the classes of the binary cross-entropy of logits; see functional.multilabel_soft_margin_loss.

    Source: torch.nn.MultiLabelSoftMarginLoss.
    """

    function = staticmethod(functional.multilabel_soft_margin_loss)

    def __init__(self, weight: Any = None, *, reduction: str = "mean") -> None:
        super().__init__(weight=weight, reduction=reduction)


class CosineEmbeddingLoss(Loss):
    """1 - cos(input1, input2) where target is 1, max(0, cos(input1, input2) - margin) where it is -1; called with
    (input1, input2, target), see functional.cosine_embedding_loss.

    Source: torch.nn.CosineEmbeddingLoss.
    """

    function = staticmethod(functional.cosine_embedding_loss)

    def __init__(self, margin: float = 0.0, *, reduction: str = "mean") -> None:
        super().__init__(margin=margin, reduction=reduction)


class TripletMarginLoss(Loss):
    """max(0, distance(anchor, positive) - distance(anchor, negative) + margin); called with these three, see
    functional.triplet_margin_loss.

    Source: torch.nn.TripletMarginLoss.
    """

    function = staticmethod(functional.triplet_margin_loss)

    def __init__(
        self,
        margin: float = 1.0,
        p: float = 2.0,
        eps: float = 1e-6,
        swap: bool = False,
        *,
        reduction: str = "mean",
    ) -> None:
        super().__init__(margin=margin, p=p, eps=eps, swap=swap, reduction=reduction)


class TripletMarginWithDistanceLoss(Loss):
    """The same with a distance of one's own; see functional.triplet_margin_with_distance_loss.

    Source: torch.nn.TripletMarginWithDistanceLoss.
    """

    function = staticmethod(functional.triplet_margin_with_distance_loss)

    def __init__(
        self,
        *,
        distance_function: Callable[[Tensor, Tensor], Tensor] | None = None,
        margin: float = 1.0,
        swap: bool = False,
        reduction: str = "mean",
    ) -> None:
        super().__init__(distance_function=distance_function, margin=margin, swap=swap, reduction=reduction)
