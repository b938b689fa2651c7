"""Cumulative sums and products along an axis."""

from __future__ import annotations

from typing import Any

import numpy as np

from mushin import kernels
from mushin.autograd import Tensor, from_array
from mushin.ops.arrays import check_float, tensor_of
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
        x: float32 or float64 of any shape.
        axis: the axis.

    Source: torch.cumprod.
    """
    x = tensor_of(x)
    check_float("cumprod", "x", x.array)
    lines = lines_along("cumprod", x, axis)
    values = lines.array()
    y = kernels.cumprod_forward(values)
    return record_lines(lines, y, kernels.cumprod_backward, values, y)
