"""Losses of single elements: a launch gives the losses, or their weighted sum or mean, another one all gradients."""

from __future__ import annotations

from typing import Any

import numpy as np

from mushin import kernels
from mushin.autograd import NEW, SKIP, Tensor, record
from mushin.ops.arrays import cast, operands, tensor_of
from mushin.ops.shape import expand

REDUCTIONS = ("none", "mean", "sum")


def check_reduction(op: str, reduction: str) -> None:
    if reduction not in REDUCTIONS:
        raise ValueError(f"[{op}] reduction must be 'none', 'mean' or 'sum', got {reduction!r}")


def constant(op: str, name: str, value: Any, dtype: Any) -> Tensor:
    """An argument that gets no gradient, as a tensor of a dtype."""
    tensor = tensor_of(value)
    if tensor.requires_grad:
        raise ValueError(f"[{op}] {name} must not require a gradient: it is a constant here")
    return cast(tensor, dtype)


def broadcast_view(op: str, name: str, array: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """The array as one of a shape, without a copy."""
    if array.shape == shape:
        return array
    try:
        return np.broadcast_to(array, shape)
    except ValueError:
        raise ValueError(f"[{op}] {name} must broadcast to {shape}, got {array.shape}") from None


def expand_to(op: str, name: str, x: Tensor, shape: tuple[int, ...]) -> Tensor:
    """The tensor broadcast to a shape, without a copy; its gradient is summed."""
    if x.array.shape == shape:
        return x
    broadcast_view(op, name, x.array, shape)
    return expand(x, shape)


def elementwise_loss(
    op: str,
    input: Any,  # noqa: A002  PyTorch's name
    target: Any,
    reduction: str,
    *numbers: float,
    weight: Any = None,
    scale: float | None = None,
) -> Tensor:
    """A loss of the family in csrc/kernels/loss/elements.h.

    Args:
        op: its name there.
        input, target: of one shape, which is never broadcast; float32 or float64.
        reduction: "none" for the losses, "sum", or "mean".
        numbers: the loss' own.
        weight: what each loss is multiplied by, broadcast to their shape.
        scale: what the sum is multiplied by; 1 or, for a mean, 1 / the number of losses if None.

    Raises:
        ValueError: shapes that differ, another reduction.
        TypeError: neither is floating-point.
    """
    check_reduction(op, reduction)
    x, t = operands(op, input, target)
    forward_kernel, backward_kernel = getattr(kernels, f"{op}_forward"), getattr(kernels, f"{op}_backward")
    values, targets = x.array, t.array
    weights, parents = _weights(op, weight, values, (x, t))
    p, q, r = (*numbers, 0.0, 0.0, 0.0)[:3]
    factor = _scale(reduction, values.size) if scale is None else scale
    losses, total = forward_kernel(*_wanted(reduction), values, targets, weights, p, q, r, factor)

    def backward(dy: np.ndarray, into: Any) -> Any:
        gradients = backward_kernel(into[0], into[1], dy, values, targets, weights, p, q, r, factor)
        return gradients if weights is None else (*gradients, None)

    return record(losses if total is None else total, parents, backward)


def elementwise_loss_of_three(
    op: str,
    input: Tensor,  # noqa: A002  PyTorch's name
    target: Tensor,
    other: Tensor | None,
    reduction: str,
    *numbers: float,
    weight: Any = None,
    scale: float | None = None,
) -> Tensor:
    """The same with another operand, of input's shape and dtype; left out, it is 1 everywhere."""
    check_reduction(op, reduction)
    forward_kernel, backward_kernel = getattr(kernels, f"{op}_forward"), getattr(kernels, f"{op}_backward")
    values, targets, others = input.array, target.array, None if other is None else other.array
    weights, parents = _weights(op, weight, values, (input, target) if other is None else (input, target, other))
    p, q = (*numbers, 0.0, 0.0)[:2]
    factor = _scale(reduction, values.size) if scale is None else scale
    losses, total = forward_kernel(*_wanted(reduction), values, targets, others, weights, p, q, factor)

    def backward(dy: np.ndarray, into: Any) -> Any:
        to_other = SKIP if others is None else into[2]
        gradients = backward_kernel(into[0], into[1], to_other, dy, values, targets, others, weights, p, q, factor)
        return gradients[: len(into)] if weights is None else (*gradients[: len(into) - 1], None)

    return record(losses if total is None else total, parents, backward)


def _weights(op: str, weight: Any, values: np.ndarray, inputs: tuple[Tensor, ...]) -> tuple[Any, tuple[Tensor, ...]]:
    """The weights as the kernel takes them, and the inputs of the node: the tape notices if they are overwritten."""
    if weight is None:
        return None, inputs
    given = constant(op, "weight", weight, values.dtype)
    return broadcast_view(op, "weight", given.array, values.shape), (*inputs, given)


def _wanted(reduction: str) -> tuple[Any, Any]:
    return (NEW, SKIP) if reduction == "none" else (SKIP, NEW)


def _scale(reduction: str, size: int) -> float:
    if reduction == "mean":
        return 1.0 / size if size else np.nan
    return 1.0
