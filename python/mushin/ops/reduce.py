"""Sums and means over any axes, and what is counted: truth values and elements that are not zero."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from mushin import kernels
from mushin.autograd import Tensor, from_array, record
from mushin.ops.arrays import check_float, check_real, tensor_of
from mushin.ops.axes import Axes, axes_of, kept_shape
from mushin.ops.lines import lines_of
from mushin.ops.sums import spread, sum_array


def _scaled_sum(op: str, x: Tensor, axes: tuple[int, ...], keepdims: bool, scale: float) -> Tensor:
    check_float(op, "x", x.array)
    shape = x.array.shape
    y = sum_array(x.array, axes, scale).reshape(kept_shape(shape, axes, keepdims))
    return record(y, (x,), lambda dy, into: (spread(dy, shape, axes, scale, into[0]),))


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
