"""Softmax, and the cross-entropy of logits, which contains one."""

from __future__ import annotations

from typing import Any

import numpy as np

from mushin import kernels
from mushin.autograd import Tensor, record
from mushin.ops.arrays import check_float, ids_of, normalized_axis, reshaped, same_dtype, tensor_of
from mushin.ops.shape import permute, reshape

REDUCTIONS = ("none", "mean", "sum")


def softmax(x: Tensor, axis: int = -1) -> Tensor:
    """exp(x_i) / sum of exp(x_j) along an axis, computed from x minus its maximum."""
    return _along_the_last("softmax", kernels.softmax_forward, kernels.softmax_backward, x, axis)


def log_softmax(x: Tensor, axis: int = -1) -> Tensor:
    """x_i - log(sum of exp(x_j)) along an axis, computed from x minus its maximum.

    Source: torch.nn.functional.log_softmax.
    """
    return _along_the_last("log_softmax", kernels.log_softmax_forward, kernels.log_softmax_backward, x, axis)


def _along_the_last(op: str, forward_kernel: Any, backward_kernel: Any, x: Any, axis: int) -> Tensor:
    """An op of the last axis whose derivative is written in its result; another axis is brought there and back."""
    x = tensor_of(x)
    ndim = x.array.ndim
    axis = normalized_axis(op, axis, ndim)
    if axis != ndim - 1:
        order = (*(i for i in range(ndim) if i != axis), axis)
        back = tuple(order.index(i) for i in range(ndim))
        return permute(_along_the_last(op, forward_kernel, backward_kernel, permute(x, order), -1), back)
    y = forward_kernel(x.array)
    return record(y, (x,), lambda dy, into: (backward_kernel(into[0], dy, y),))


def check_reduction(op: str, reduction: str) -> None:
    if reduction not in REDUCTIONS:
        raise ValueError(f"[{op}] reduction must be 'none', 'mean' or 'sum', got {reduction!r}")


def check_ignore_index(op: str, ignore_index: Any) -> None:
    if not isinstance(ignore_index, (int, np.integer)):
        raise TypeError(f"[{op}] ignore_index must be an integer, got {type(ignore_index).__name__}")
    if not -(2**63) <= ignore_index < 2**63:
        raise ValueError(f"[{op}] ignore_index must fit int64, got {ignore_index}")


def cross_entropy(logits: Tensor, target: Any, reduction: str = "mean", ignore_index: int = -100) -> Tensor:
    """Cross-entropy of softmax(logits): log(sum of exp(logits)) - logits[target], or, for a target of probabilities p,
    the sum of p (log(sum of exp(logits)) - logits).

    Args:
        logits: (batch, classes), (classes,), or (batch, classes, d1, ...); float32 or float64.
        target: class ids of any integer dtype, of logits' shape without the class axis; or probabilities of logits'
            shape and dtype, which get no gradient.
        reduction: "mean" over what is not ignored (NaN if nothing is left), "sum" or "none".
        ignore_index: the id whose rows cost nothing.

    Raises:
        ValueError: shapes that do not fit, or an id outside [0, classes).

    Source: torch.nn.functional.cross_entropy.
    """
    logits = tensor_of(logits)
    check_reduction("cross_entropy", reduction)
    check_ignore_index("cross_entropy", ignore_index)
    check_float("cross_entropy", "logits", logits.array)
    if logits.array.ndim == 0:
        raise ValueError("[cross_entropy] logits must have a class axis, got shape ()")
    target = tensor_of(target)
    values = target.array
    class_axis = 0 if logits.array.ndim == 1 else 1
    shape = logits.array.shape
    rows_shape = shape[:class_axis] + shape[class_axis + 1 :]
    if logits.array.ndim > 2:
        logits = permute(logits, (0, *range(2, logits.array.ndim), 1))
    rows = logits if logits.array.ndim == 2 else reshape(logits, (int(np.prod(rows_shape)), shape[class_axis]))
    if values.dtype.kind == "f":
        if target.requires_grad:
            raise ValueError("[cross_entropy] target must not require a gradient: probabilities are constants here")
        _check_shape(values, shape)
        if values.ndim > 2:
            values = np.moveaxis(values, 1, -1)
        if not same_dtype(values, rows.array):
            raise TypeError(f"[cross_entropy] target must be {rows.array.dtype} as logits, got {values.dtype}")
        losses = _from_rows(rows, target, reshaped(values, rows.array.shape), reduction)
    else:
        ids = ids_of("cross_entropy", "target", values, "integers, the ids of classes")
        _check_shape(ids, rows_shape)
        losses = _from_ids(rows, target, reshaped(ids, (rows.array.shape[0],)), reduction, ignore_index)
    return reshape(losses, rows_shape) if reduction == "none" and losses.array.shape != rows_shape else losses


def _check_shape(target: np.ndarray, expected: tuple[int, ...]) -> None:
    if target.dtype.kind == "f" and target.ndim == len(expected) - 1:
        raise TypeError(
            f"[cross_entropy] target must hold integers, the ids of classes (.long() makes them), or probabilities of "
            f"shape {expected}, got {target.dtype} of shape {target.shape}"
        )
    if target.shape != expected:
        raise ValueError(f"[cross_entropy] target must have shape {expected}, got {target.shape}")


# The target has no gradient, but is an input of the node: the tape notices when it is overwritten.


def _from_ids(logits: Tensor, target: Tensor, ids: np.ndarray, reduction: str, ignore_index: int) -> Tensor:
    x = logits.array
    losses, total, saved, scale = kernels.cross_entropy_forward(x, ids, ignore_index, reduction == "mean")

    def backward(dy: np.ndarray, into: Any) -> Any:
        return kernels.cross_entropy_backward(into[0], dy, x, saved, scale, ids, ignore_index), None

    return record(losses if reduction == "none" else total, (logits, target), backward)


def _from_rows(logits: Tensor, target: Tensor, p: np.ndarray, reduction: str) -> Tensor:
    x = logits.array
    losses, total, saved, scale = kernels.cross_entropy_rows_forward(x, p, reduction == "mean")

    def backward(dy: np.ndarray, into: Any) -> Any:
        return kernels.cross_entropy_rows_backward(into[0], dy, x, saved, scale, p), None

    return record(losses if reduction == "none" else total, (logits, target), backward)
