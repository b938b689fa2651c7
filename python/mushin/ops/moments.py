"""Variance and deviation, log of the sum of exponentials, and norms, over any axes."""

from __future__ import annotations

from math import isinf
from typing import Any

import numpy as np

from mushin import kernels
from mushin.autograd import Tensor
from mushin.ops.arrays import cast, check_float, number, tensor_of
from mushin.ops.axes import Axes
from mushin.ops.lines import Lines, check_not_empty, lines_of, record_lines


def _float_lines(op: str, x: Any, axis: Axes, keepdims: bool) -> Lines:
    x = tensor_of(x)
    check_float(op, "x", x.array)
    return lines_of(op, x, axis, keepdims)


def _moments(op: str, x: Any, axis: Axes, keepdims: bool, correction: float, root: bool) -> tuple[Tensor, Tensor]:
    """The variance or its root, and the mean."""
    correction = number(op, "correction", correction)
    lines = _float_lines(op, x, axis, keepdims)
    values = lines.array()
    y, mean = kernels.var_forward(values, correction, root)
    n = lines.shape[1]
    return (
        record_lines(lines, y, kernels.var_backward, values, y, mean, correction, root),
        record_lines(lines, mean, kernels.spread, n, 1 / n if n else 0.0),
    )


def var(x: Any, axis: Axes = None, keepdims: bool = False, correction: float = 1) -> Tensor:
    """Variance over axes: the sum of (x - mean)^2 / (n - correction) of n elements, from the centred elements.

    Args:
        x: float32 or float64 of any shape.
        axis: one axis, several, or None for all.
        keepdims: keep the axes with length 1.
        correction: 1 for PyTorch's, 0 for NumPy's and Keras'. Where n is not larger the result is NaN or infinite.

    Source: torch.var.
    """
    return _moments("var", x, axis, keepdims, correction, root=False)[0]


def std(x: Any, axis: Axes = None, keepdims: bool = False, correction: float = 1) -> Tensor:
    """Standard deviation over axes: the root of `var`. Its derivative where all elements are equal is 0.

    Source: torch.std.
    """
    return _moments("std", x, axis, keepdims, correction, root=True)[0]


def var_mean(x: Any, axis: Axes = None, keepdims: bool = False, correction: float = 1) -> tuple[Tensor, Tensor]:
    """`var` and the mean, in the same passes.

    Source: torch.var_mean.
    """
    return _moments("var_mean", x, axis, keepdims, correction, root=False)


def std_mean(x: Any, axis: Axes = None, keepdims: bool = False, correction: float = 1) -> tuple[Tensor, Tensor]:
    """`std` and the mean, in the same passes.

    Source: torch.std_mean.
    """
    return _moments("std_mean", x, axis, keepdims, correction, root=True)


def logsumexp(x: Any, axis: Axes = None, keepdims: bool = False) -> Tensor:
    """log(sum of exp(x)) over axes, from x minus its maximum, so that nothing overflows; -infinity of no elements.

    Args:
        x: float32 or float64 of any shape; integers and truth values become float32.
        axis: one axis, several, or None for all.
        keepdims: keep the axes with length 1.

    Source: torch.logsumexp.
    """
    x = tensor_of(x)
    if x.array.dtype.kind in "biu":
        x = cast(x, np.float32)
    lines = _float_lines("logsumexp", x, axis, keepdims)
    values = lines.array()
    y = kernels.logsumexp_forward(values)
    return record_lines(lines, y, kernels.logsumexp_backward, values, y)


def vector_norm(x: Any, ord: float = 2, axis: Axes = None, keepdims: bool = False) -> Tensor:  # noqa: A002  PyTorch's name
    """Norm of vectors, which lie along axes: (sum of |x|^ord)^(1 / ord).

    Args:
        x: float32 or float64 of any shape.
        ord: infinity for the largest |x|, -infinity for the smallest, 0 for the number of elements that are not zero,
            or any other number.
        axis: one axis, several, or None for all.
        keepdims: keep the axes with length 1.

    The derivative is 0 where x is 0, and where the norm is. Elements with the largest or smallest |x| share it.

    Raises:
        ValueError: no elements, of which there is no largest or smallest.

    Source: torch.linalg.vector_norm.
    """
    p = number("vector_norm", "ord", ord)
    lines = _float_lines("vector_norm", x, axis, keepdims)
    if isinf(p):
        check_not_empty("vector_norm", lines)
    values = lines.array()
    y = kernels.norm_forward(values, p)
    if p == 0:  # a count has no derivative
        return record_lines(lines, y, kernels.spread, lines.shape[1], 0.0)
    return record_lines(lines, y, kernels.norm_backward, values, y, p)
