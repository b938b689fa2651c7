"""Sums and means over any axes, and what is counted: truth values and elements that are not zero."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from mushin import kernels
from mushin.autograd import NEW, Tensor, from_array, record
from mushin.ops.arrays import check_float, check_real, reshaped, tensor_of
from mushin.ops.lines import (
    Axes,
    adjacent,
    array_of,
    axes_of,
    kept_shape,
    lines_of,
    middle_shape,
    reshaped_target,
)


def sum_array(x: np.ndarray, axes: tuple[int, ...], scale: float = 1.0, into: Any = NEW) -> np.ndarray:
    """scale times the sum over the axes, which become of length 1; the last pass honours `into`."""
    shape = x.shape
    ranges = adjacent(axes) or [(0, 0)]
    for i, (first, end) in enumerate(ranges):
        last = i + 1 == len(ranges)
        view = reshaped(x, middle_shape(x.shape, first, end) if end > first else (1, 1, x.size))
        shape = x.shape[:first] + (1,) * (end - first) + x.shape[end:]
        target = reshaped_target(into, (view.shape[0], view.shape[2])) if last else NEW
        x = kernels.reduce_sum(target, view, scale if last else 1.0)
        x = x.reshape(shape)
    return x if into is NEW else array_of(into)


def sum_of_rows(x: np.ndarray, into: Any) -> np.ndarray:
    """The sum over the first axis of a matrix."""
    y: np.ndarray = kernels.reduce_sum(reshaped_target(into, (1, x.shape[1])), x[None], 1.0)
    return y[0] if into is NEW else array_of(into)


def sum_to(dy: np.ndarray | None, shape: tuple[int, ...], into: Any) -> np.ndarray | None:
    """The gradient of an operand that was broadcast from `shape`, or None if nobody wants it."""
    return dy if dy is None or into is None or dy.shape == shape else sum_array_to(dy, shape, into)


def sum_array_to(x: np.ndarray, shape: tuple[int, ...], into: Any = NEW) -> np.ndarray:
    """The sum over the axes along which an array of `shape` was repeated to become x's."""
    missing = x.ndim - len(shape)
    repeated = tuple(i for i, n in enumerate(x.shape) if i < missing or (n != 1 and shape[i - missing] == 1))
    summed = sum_array(x, repeated, into=into)
    return summed if into is not NEW else summed.reshape(shape)


def _spread(dy: np.ndarray, shape: tuple[int, ...], axes: tuple[int, ...], scale: float, into: Any) -> np.ndarray:
    """The gradient of a sum: dy repeated along the axes; the last pass honours `into`."""
    kept = kept_shape(shape, axes, keepdims=True)
    ranges = adjacent(axes) or [(0, 0)]
    for i, (first, end) in enumerate(ranges):
        kept = kept[:first] + shape[first:end] + kept[end:]
        outer, n, inner = middle_shape(kept, first, end) if end > first else (1, 1, prod(kept))
        target = reshaped_target(into, (outer, n, inner)) if i + 1 == len(ranges) else NEW
        dy = kernels.spread(target, reshaped(dy, (outer, inner)), n, 1.0 if i else scale)
    return dy.reshape(shape) if into is NEW else array_of(into)


def _scaled_sum(op: str, x: Tensor, axes: tuple[int, ...], keepdims: bool, scale: float) -> Tensor:
    check_float(op, "x", x.array)
    shape = x.array.shape
    y = sum_array(x.array, axes, scale).reshape(kept_shape(shape, axes, keepdims))
    return record(y, (x,), lambda dy, into: (_spread(dy, shape, axes, scale, into[0]),))


def sum(x: Tensor, axis: Axes = None, keepdims: bool = False) -> Tensor:  # noqa: A001  NumPy's and PyTorch's name
    """Sum over axes.

    Args:
        x: float32 or float64 of any shape; or integers or truth values, whose sum is int64, without gradient.
        axis: one axis, several, or None for all.
        keepdims: keep the axes with length 1.
    """
    if x.array.dtype.kind in "biu":
        return _counted("sum", kernels.reduce_sum_of_integers, x, axis, keepdims)
    return _scaled_sum("sum", x, axes_of("sum", axis, x.array.ndim), keepdims, 1.0)


def mean(x: Tensor, axis: Axes = None, keepdims: bool = False) -> Tensor:
    """Mean over axes, as `sum`, of float32 or float64; NaN over no elements."""
    axes = axes_of("mean", axis, x.array.ndim)
    count = prod(x.array.shape[i] for i in axes)
    return _scaled_sum("mean", x, axes, keepdims, 1.0 / count if count else np.nan)


def _counted(op: str, kernel: Any, x: Any, axis: Axes, keepdims: bool, *numbers: int) -> Tensor:
    """What a kernel makes of numbers of any dtype; without gradient."""
    x = tensor_of(x)
    check_real(op, "x", x.array)
    lines = lines_of(op, x.detach(), axis, keepdims)
    return from_array(kernel(lines.array(), *numbers).reshape(lines.result))


def count_nonzero(x: Any, axis: Axes = None, keepdims: bool = False) -> Tensor:
    """How many elements are not zero over axes, as `sum`; int64, without gradient. A NaN is not zero."""
    return _counted("count_nonzero", kernels.reduce_count, x, axis, keepdims)


def all(x: Any, axis: Axes = None, keepdims: bool = False) -> Tensor:  # noqa: A001  NumPy's and PyTorch's name
    """Whether all elements over axes are not zero: bool, without gradient; True of none. x is of any real dtype."""
    return _counted("all", kernels.reduce_truth, x, axis, keepdims, 1)


def any(x: Any, axis: Axes = None, keepdims: bool = False) -> Tensor:  # noqa: A001  NumPy's and PyTorch's name
    """Whether any element over axes is not zero: bool, without gradient; False of none. x is of any real dtype."""
    return _counted("any", kernels.reduce_truth, x, axis, keepdims, 0)
