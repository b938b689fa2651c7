"""Sums and means over any axes, and what is counted: truth values and elements that are not zero."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from mushin import kernels
from mushin.autograd import NEW, Tensor, from_array, record
from mushin.ops.arrays import check_float, check_real, explained, tensor_of
from mushin.ops.axes import Axes, axes_of, kept_shape
from mushin.ops.lines import lines_of, record_lines
from mushin.ops.sums import spread, sum_array


def _sum_of_lines(op: str, x: Tensor, axis: int | None, keepdims: bool, is_mean: bool) -> Tensor:
    """The sum along one axis, or over all of them: one launch."""
    lines = lines_of(op, x, axis, keepdims)
    scale = _scale(lines.shape[1], is_mean)
    try:
        y = kernels.reduce_sum(NEW, lines.array(), scale)
    except TypeError as refusal:
        raise explained(refusal, check_float, op, "x", x.array) from None
    return record_lines(lines, y, kernels.spread, lines.shape[1], scale)


def _sum_over(op: str, x: Tensor, axis: Axes, keepdims: bool, is_mean: bool) -> Tensor:
    if axis is None or type(axis) is int:
        return _sum_of_lines(op, x, axis, keepdims, is_mean)
    check_float(op, "x", x.array)
    shape = x.array.shape
    axes = axes_of(op, axis, len(shape))
    scale = _scale(prod(shape[i] for i in axes), is_mean)
    y = sum_array(x.array, axes, scale).reshape(kept_shape(shape, axes, keepdims))
    return record(y, (x,), lambda dy, into: (spread(dy, shape, axes, scale, into[0]),))


def _scale(count: int, is_mean: bool) -> float:
    return (1.0 / count if count else np.nan) if is_mean else 1.0


def sum(x: Tensor, axis: Axes = None, keepdims: bool = False) -> Tensor:  # noqa: A001  NumPy's and PyTorch's name
    """Sum over axes.

    Args:
        x: float32 or float64 of any shape; or integers or truth values, whose sum is int64, without gradient.
        axis: one axis, several, or None for all.
        keepdims: keep the axes with length 1.
    """
    x = tensor_of(x)
    if x.array.dtype.kind in "biu":
        return _counted("sum", kernels.reduce_sum_of_integers, x, axis, keepdims)
    return _sum_over("sum", x, axis, keepdims, is_mean=False)


def mean(x: Tensor, axis: Axes = None, keepdims: bool = False) -> Tensor:
    """Mean over axes, as `sum`, of float32 or float64; NaN over no elements."""
    return _sum_over("mean", tensor_of(x), axis, keepdims, is_mean=True)


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
