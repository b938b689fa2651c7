"""Similarity and distance of vectors as layers."""

from __future__ import annotations

from mushin.autograd import Tensor
from mushin.nn import functional
from mushin.nn.module import Module


class CosineSimilarity(Module):
    """Sum of x1 x2 along an axis / (max(|x1|, eps) max(|x2|, eps)).

    Args:
        dim: the axis of the vectors.
        eps: the least that is divided by.

    Shapes: x1 and x2 broadcast together, float32 or float64; the result is without the axis.

    Source: torch.nn.CosineSimilarity.
    """

    def __init__(self, dim: int = 1, eps: float = 1e-8) -> None:
        super().__init__()
        self.dim = dim
        self.eps = eps

    def forward(self, x1: Tensor, x2: Tensor) -> Tensor:
        return functional.cosine_similarity(x1, x2, self.dim, self.eps)


class PairwiseDistance(Module):
    """p-norm of x1 - x2 + eps along the last axis.

    Args:
        p: order of the norm.
        eps: is added to each difference.
        keepdim: keep the last axis with length 1.

    Shapes: x1 and x2 (..., d), broadcast together, float32 or float64.

    Source: torch.nn.PairwiseDistance.
    """

    def __init__(self, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False) -> None:
        super().__init__()
        self.norm = p
        self.eps = eps
        self.keepdim = keepdim

    def forward(self, x1: Tensor, x2: Tensor) -> Tensor:
        return functional.pairwise_distance(x1, x2, self.norm, self.eps, self.keepdim)
