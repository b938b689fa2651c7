"""Cumulative sums, products and extremes along an axis."""

from __future__ import annotations

from typing import Any

import numpy as np

from mushin import kernels
from mushin.autograd import Tensor, from_array
from mushin.ops.arrays import check_float, check_real, tensor_of
from mushin.ops.extremes import Picked
from mushin.ops.integers import as_int64, products_along_lines
from mushin.ops.lines import lines_along, record_lines


def cumsum(x: Any, axis: int) -> Tensor:
    """y_k = x_0 + ... + x_k along an axis.

    Args:
        x: float32 or float64 of any shape; or integers or truth values, whose sums are int64, without gradient.
        axis: the axis.

    Source: torch.cumsum.
    """
    x = tensor_of(x)
    lines = lines_along("cumsum", x, axis)
    if x.array.dtype.kind in "biu":
        return from_array(kernels.cumsum_of_integers(lines.array()).reshape(lines.result))
    check_float("cumsum", "x", x.array)
    y = kernels.cumsum(True, lines.array(), 0)

    def kernel(into: Any, dy: np.ndarray) -> Any:
        return kernels.cumsum(into, dy, 1)

    return record_lines(lines, y, kernel)


def cumprod(x: Any, axis: int) -> Tensor:
    """y_k = x_0 ... x_k along an axis; its derivative is right also where elements are zero.

    Args:
        x: float32 or float64 of any shape; or integers or truth values, whose products are int64, without gradient.
        axis: the axis.

    Source: torch.cumprod.
    """
    x = tensor_of(x)
    lines = lines_along("cumprod", x, axis)
    values = lines.array()
    if values.dtype.kind in "biu":
        return from_array(products_along_lines(as_int64(values)).reshape(lines.result))
    check_float("cumprod", "x", values)
    y = kernels.cumprod_forward(values)
    return record_lines(lines, y, kernels.cumprod_backward, values, y)


def cummax(x: Any, axis: int) -> Picked:
    """The largest element up to each place along an axis, and where it is, int64: of equal ones the last, which has the
    gradient. A NaN is the largest.

    Args:
        x: of any shape and real dtype; integers and truth values have no gradient.
        axis: the axis.

    Source: torch.cummax.
    """
    return _extreme_so_far("cummax", x, axis, smallest=False)


def cummin(x: Any, axis: int) -> Picked:
    """The smallest element up to each place along an axis, and where it is; see `cummax`.

    Source: torch.cummin.
    """
    return _extreme_so_far("cummin", x, axis, smallest=True)


def _extreme_so_far(op: str, x: Any, axis: int, smallest: bool) -> Picked:
    x = tensor_of(x)
    check_real(op, "x", x.array)
    lines = lines_along(op, x, axis)
    y, index = kernels.cumulative_extreme(lines.array(), smallest)
    values = record_lines(lines, y, kernels.scatter_add, index, False, lines.shape[1])
    return Picked(values, from_array(index.reshape(lines.result)))
