"""Losses that ask for a margin, as functions. Their reduction is "mean", "sum" or "none", and shapes that differ are a
ValueError."""
# ruff: noqa: A002  `input` is PyTorch's name for the argument

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from mushin import ops
from mushin.autograd import Tensor, from_array
from mushin.nn.functional.distance import pairwise_distance
from mushin.ops import pairs
from mushin.ops.arrays import cast, check_float, ids_of, number, operands, tensor_of
from mushin.ops.loss import check_reduction, elementwise_loss, elementwise_loss_of_three, expand_to

__all__ = [
    "cosine_embedding_loss",
    "hinge_embedding_loss",
    "margin_ranking_loss",
    "multilabel_margin_loss",
    "multilabel_soft_margin_loss",
    "soft_margin_loss",
    "triplet_margin_loss",
    "triplet_margin_with_distance_loss",
]

# What cosine_embedding_loss adds to the squares of lengths.
COSINE_EPS = 1e-12


def soft_margin_loss(input: Tensor, target: Any, *, reduction: str = "mean") -> Tensor:
    """log(1 + exp(-target input)), for targets 1 and -1.

    Source: torch.nn.functional.soft_margin_loss.
    """
    return elementwise_loss("soft_margin_loss", input, target, reduction)


def hinge_embedding_loss(input: Tensor, target: Any, margin: float = 1.0, *, reduction: str = "mean") -> Tensor:
    """input where target is 1, max(0, margin - input) where it is -1; input is a distance. The sum of both elsewhere.

    Source: torch.nn.functional.hinge_embedding_loss.
    """
    op = "hinge_embedding_loss"
    return elementwise_loss(op, input, target, reduction, number(op, "margin", margin))


def margin_ranking_loss(
    input1: Tensor, input2: Any, target: Any, margin: float = 0.0, *, reduction: str = "mean"
) -> Tensor:
    """max(0, margin - target (input1 - input2)), where target is 1 if input1 is to be larger, and -1 if input2 is.

    Args:
        input1, input2, target: of one shape.

    Source: torch.nn.functional.margin_ranking_loss.
    """
    op = "margin_ranking_loss"
    margin = number(op, "margin", margin)
    input1, input2 = _of_one_shape(op, "input2", input1, input2)
    input1, target = operands(op, input1, target)
    return elementwise_loss_of_three(op, input1, target, input2, reduction, margin)


def multilabel_margin_loss(input: Tensor, target: Any, *, reduction: str = "mean") -> Tensor:
    """1 / classes times the sum over the sample's own classes t and the others i of max(0, 1 - input[t] + input[i]).

    Args:
        input: (batch, classes) or (classes,), float32 or float64.
        target: of input's shape, integers of any dtype: the ids of the sample's classes, and -1 behind the last one.

    Raises:
        ValueError: another shape.
        IndexError: an id that is no class.

    Source: torch.nn.functional.multilabel_margin_loss.
    """
    op = "multilabel_margin_loss"
    check_reduction(op, reduction)
    x, given = tensor_of(input), tensor_of(target)
    check_float(op, "input", x.array)
    ids = from_array(ids_of(op, "target", given.array, "integers, the ids of classes"))
    if x.ndim not in (1, 2) or ids.shape != x.shape:
        raise ValueError(
            f"[{op}] input must have shape (batch, classes) or (classes,), and target the same, got {x.shape} and "
            f"{ids.shape}"
        )
    rows, ids = (ops.reshape(each, (-1, x.shape[-1])) for each in (x, ids))
    own = ops.eq(ops.cumsum(ops.lt(ids, 0), 1), 0)
    ids = ops.where(own, ids, 0)
    is_target = ops.gt(ops.scatter_add(from_array(np.zeros(rows.shape, x.dtype)), 1, ids, cast(own, x.dtype)), 0)
    chosen = ops.unsqueeze(ops.gather(rows, 1, ids), 2)
    margins = ops.relu(ops.add(ops.sub(ops.unsqueeze(rows, 1), chosen), 1.0))
    counts = ops.logical_and(ops.unsqueeze(own, 2), ops.logical_not(ops.unsqueeze(is_target, 1)))
    losses = ops.div(ops.sum(ops.where(counts, margins, 0.0), (1, 2)), max(x.shape[-1], 1))
    if reduction == "none":
        return ops.reshape(losses, x.shape[:-1])
    return ops.mean(losses) if reduction == "mean" else ops.sum(losses)


def multilabel_soft_margin_loss(input: Tensor, target: Any, weight: Any = None, *, reduction: str = "mean") -> Tensor:
    """The mean over the classes of target log(1 + exp(-input)) + (1 - target) log(1 + exp(input)).

    Args:
        input: (..., classes), the logits.
        target: of input's shape, 0 and 1.
        weight: (classes,) or None.

    Source: torch.nn.functional.multilabel_soft_margin_loss.
    """
    op = "multilabel_soft_margin_loss"
    check_reduction(op, reduction)
    x, target = _of_one_shape(op, "target", input, target)
    if x.ndim == 0:
        raise ValueError(f"[{op}] input must have a class axis, got shape ()")
    scale = 1.0 / max(x.shape[-1], 1) if reduction == "sum" else None
    of_element = "binary_cross_entropy_with_logits"
    losses = elementwise_loss_of_three(of_element, x, target, None, reduction, weight=weight, scale=scale)
    return ops.mean(losses, -1) if reduction == "none" else losses


def cosine_embedding_loss(
    input1: Tensor, input2: Any, target: Any, margin: float = 0.0, *, reduction: str = "mean"
) -> Tensor:
    """1 - cos(input1, input2) where target is 1, max(0, cos(input1, input2) - margin) where it is -1.

    Args:
        input1, input2: (batch, n) or (n,), of one shape.
        target: (batch,) or ().

    Source: torch.nn.functional.cosine_embedding_loss.
    """
    op = "cosine_embedding_loss"
    margin = number(op, "margin", margin)
    check_reduction(op, reduction)
    input1, input2 = _of_one_shape(op, "input2", input1, input2)
    return elementwise_loss(op, pairs.cosine_similarity(input1, input2, COSINE_EPS, True), target, reduction, margin)


def triplet_margin_loss(
    anchor: Tensor,
    positive: Any,
    negative: Any,
    margin: float = 1.0,
    p: float = 2.0,
    eps: float = 1e-6,
    swap: bool = False,
    *,
    reduction: str = "mean",
) -> Tensor:
    """max(0, distance(anchor, positive) - distance(anchor, negative) + margin) with pairwise_distance.

    Args:
        anchor, positive, negative: (..., n) of one shape.
        margin: above 0.
        p, eps: those of pairwise_distance.
        swap: take the distance from the negative to the positive if it is smaller.

    Source: Balntas et al. 2016; torch.nn.functional.triplet_margin_loss.
    """

    def distance(a: Tensor, b: Tensor) -> Tensor:
        return pairs.pairwise_distance(a, b, p, eps)

    op = "triplet_margin_loss"
    return _triplet(op, anchor, positive, negative, distance, margin, swap, reduction)


def triplet_margin_with_distance_loss(
    anchor: Tensor,
    positive: Any,
    negative: Any,
    *,
    distance_function: Callable[[Tensor, Tensor], Tensor] | None = None,
    margin: float = 1.0,
    swap: bool = False,
    reduction: str = "mean",
) -> Tensor:
    """triplet_margin_loss with a distance of one's own.

    Args:
        distance_function: from two tensors to their distances; pairwise_distance if None.

    Source: torch.nn.functional.triplet_margin_with_distance_loss.
    """
    op, distance = "triplet_margin_with_distance_loss", distance_function or pairwise_distance
    return _triplet(op, anchor, positive, negative, distance, margin, swap, reduction)


def _triplet(
    op: str,
    anchor: Tensor,
    positive: Any,
    negative: Any,
    distance: Callable[[Tensor, Tensor], Tensor],
    margin: float,
    swap: bool,
    reduction: str,
) -> Tensor:
    margin = number(op, "margin", margin)
    if not margin > 0:
        raise ValueError(f"[{op}] margin must be above 0, got {margin}")
    check_reduction(op, reduction)
    anchor, positive = _of_one_shape(op, "positive", anchor, positive)
    anchor, negative = _of_one_shape(op, "negative", anchor, negative)
    near, far = distance(anchor, positive), distance(anchor, negative)
    if swap:
        far = ops.minimum(far, distance(positive, negative))
    # The farther one is to be larger.
    second = expand_to(op, "margin", from_array(np.array(-1.0, near.dtype)), near.shape)
    return elementwise_loss_of_three("margin_ranking_loss", near, second, far, reduction, margin)


def _of_one_shape(op: str, name: str, x: Any, other: Any) -> tuple[Tensor, Tensor]:
    x, other = operands(op, tensor_of(x), tensor_of(other))
    if x.shape != other.shape:
        raise ValueError(f"[{op}] {name} must have shape {x.shape}, got {other.shape}")
    return x, other
