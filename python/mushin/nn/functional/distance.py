"""Lengths of vectors and distances between them, as functions; ids as rows that are 1 at one place."""
# ruff: noqa: A002  `input` is PyTorch's name for the argument

from __future__ import annotations

from math import inf
from typing import Any

from mushin import ops
from mushin.autograd import Tensor
from mushin.ops.arrays import tensor_of


def normalize(input: Tensor, p: float = 2.0, dim: int | tuple[int, ...] = 1, eps: float = 1e-12) -> Tensor:
    """input / max(norm, eps), with the p-norm along `dim`.

    Args:
        input: float32 or float64 of any shape with that axis.
        p: order of the norm; see mushin.norm.
        dim: one axis or several.
        eps: the least that is divided by.

    Raises:
        ValueError: an axis that input does not have.

    Source: torch.nn.functional.normalize.
    """
    return ops.div(input, ops.clip(ops.vector_norm(input, p, dim, keepdims=True), eps, inf))


def cosine_similarity(x1: Tensor, x2: Tensor, dim: int = 1, eps: float = 1e-8) -> Tensor:
    """Sum of x1 x2 along `dim` / (max(|x1|, eps) max(|x2|, eps)).

    Args:
        x1, x2: float32 or float64, broadcast together.
        dim: the axis of the vectors, in the common shape.
        eps: the least that is divided by.

    Raises:
        ValueError: shapes that do not broadcast together, or an axis that they do not have.

    Source: torch.nn.functional.cosine_similarity.
    """
    x1, x2 = tensor_of(x1), tensor_of(x2)
    if x1.shape != x2.shape:  # an axis that is repeated makes its vectors longer
        nothing = ops.mul(ops.add(x1.detach(), x2.detach()), 0.0)
        x1, x2 = ops.add(x1, nothing), ops.add(x2, nothing)
    return ops.sum(ops.mul(normalize(x1, 2.0, dim, eps), normalize(x2, 2.0, dim, eps)), dim)


def pairwise_distance(x1: Tensor, x2: Tensor, p: float = 2.0, eps: float = 1e-6, keepdim: bool = False) -> Tensor:
    """p-norm of x1 - x2 + eps along the last axis.

    Args:
        x1, x2: (..., d), float32 or float64, broadcast together.
        p: order of the norm; see mushin.norm.
        eps: is added to each difference, so that the norm has a derivative where x1 equals x2.
        keepdim: keep the last axis with length 1.

    Raises:
        ValueError: shapes that do not broadcast together.

    Source: torch.nn.functional.pairwise_distance.
    """
    return ops.vector_norm(ops.add(ops.sub(x1, x2), eps), p, -1, keepdim)


def pdist(input: Tensor, p: float = 2.0) -> Tensor:
    """Distances between each row and those behind it: (n (n - 1) / 2,) of (n, d).

    Args:
        input: (n, d), float32 or float64.
        p: order of the norm; see mushin.norm.

    Source: torch.nn.functional.pdist.
    """
    return ops.pdist(input, p)


def one_hot(tensor: Any, num_classes: int = -1) -> Tensor:
    """Rows that are 1 at the place an id names, and 0 elsewhere: int64 of shape (*tensor.shape, num_classes).

    Args:
        tensor: ids of any integer dtype and shape.
        num_classes: -1 for one more than the largest id, which cannot be read while a step is recorded.

    Raises:
        ValueError: an id outside [0, num_classes), or no id to infer num_classes from.

    Source: torch.nn.functional.one_hot.
    """
    return ops.one_hot(tensor, num_classes)
