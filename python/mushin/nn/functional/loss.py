"""Losses, as functions."""
# ruff: noqa: A002  `input` is PyTorch's name for the argument

from __future__ import annotations

from typing import Any

from mushin import ops
from mushin.autograd import Tensor
from mushin.ops.arrays import operands
from mushin.ops.softmax import check_reduction


def cross_entropy(
    input: Tensor,
    target: Any,
    weight: Any = None,
    *,
    ignore_index: int = -100,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Tensor:
    """-log(softmax(input)[target]); see CrossEntropyLoss, whose arguments it takes.

    Source: torch.nn.functional.cross_entropy.
    """
    refuse_options("cross_entropy", weight, label_smoothing)
    return ops.cross_entropy(input, target, reduction, ignore_index)


def refuse_options(op: str, weight: Any, label_smoothing: float) -> None:
    """Raises if a cross-entropy is asked for what there is no kernel for."""
    if weight is not None:
        raise NotImplementedError(f"[{op}] weight must be None: weights of classes are not available")
    if label_smoothing != 0.0:
        raise NotImplementedError(f"[{op}] label_smoothing must be 0.0, got {label_smoothing}: it is not available")


def mse_loss(input: Tensor, target: Any, *, reduction: str = "mean") -> Tensor:
    """(input - target)^2.

    Args:
        input, target: of one shape, which is never broadcast; float32 or float64.
        reduction: "mean", "sum" or "none".

    Raises:
        ValueError: shapes that differ, or another reduction.
        TypeError: neither is floating-point.

    Source: torch.nn.functional.mse_loss.
    """
    check_reduction("mse_loss", reduction)
    x, y = operands("mse_loss", input, target)
    if x.array.shape != y.array.shape:
        raise ValueError(f"[mse_loss] target must have shape {x.array.shape}, got {y.array.shape}")
    difference = ops.sub(x, y)
    squares = ops.mul(difference, difference)
    if reduction == "none":
        return squares
    return ops.mean(squares) if reduction == "mean" else ops.sum(squares)
