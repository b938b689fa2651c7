"""The largest and smallest elements over axes, and where they are; products."""

from __future__ import annotations

from typing import Any, NamedTuple

from mushin import kernels
from mushin.autograd import Tensor, from_array
from mushin.ops.arrays import check_float, check_real, normalized_axis, tensor_of
from mushin.ops.axes import Axes, axes_of, kept_shape
from mushin.ops.integers import as_int64, product_of_lines
from mushin.ops.lines import check_not_empty, lines_of, record_lines


class Picked(NamedTuple):
    """Elements along an axis, and where they are there."""

    values: Tensor
    indices: Tensor


def _extreme(op: str, x: Any, axis: Axes, keepdims: bool, smallest: bool) -> Tensor:
    x = tensor_of(x)
    check_real(op, "x", x.array)
    lines = lines_of(op, x, axis, keepdims)
    check_not_empty(op, lines)
    values = lines.array()
    y = kernels.reduce_extreme(values, smallest)
    return record_lines(lines, y, kernels.share_among_equals, values, y)


def amax(x: Any, axis: Axes = None, keepdims: bool = False) -> Tensor:
    """Maximum over axes; a NaN is the largest. Elements that are equally large share the gradient evenly.

    Args:
        x: of any shape and real dtype; integers and truth values have no gradient.
        axis: one axis, several, or None for all.
        keepdims: keep the axes with length 1.

    Raises:
        ValueError: nothing to reduce.

    Source: torch.amax.
    """
    return _extreme("amax", x, axis, keepdims, smallest=False)


def amin(x: Any, axis: Axes = None, keepdims: bool = False) -> Tensor:
    """Minimum over axes, as `amax`; a NaN is the smallest.

    Source: torch.amin.
    """
    return _extreme("amin", x, axis, keepdims, smallest=True)


def max(x: Any, axis: Axes = None, keepdims: bool = False) -> Tensor:  # noqa: A001  NumPy's and PyTorch's name
    """Maximum over axes, as `amax`: elements that are equally large share the gradient evenly."""
    return _extreme("max", x, axis, keepdims, smallest=False)


def min(x: Any, axis: Axes = None, keepdims: bool = False) -> Tensor:  # noqa: A001  NumPy's and PyTorch's name
    """Minimum over axes, as `amin`: elements that are equally small share the gradient evenly."""
    return _extreme("min", x, axis, keepdims, smallest=True)


def max_with_indices(x: Any, axis: int, keepdims: bool = False) -> Picked:
    """Maximum along one axis and its index, int64, as `max` and `argmax`; the gradient goes to that place."""
    return _with_indices("max", kernels.reduce_max, x, axis, keepdims)


def min_with_indices(x: Any, axis: int, keepdims: bool = False) -> Picked:
    """Minimum along one axis and its index, int64, as `min` and `argmin`; the gradient goes to that place."""
    return _with_indices("min", kernels.reduce_min, x, axis, keepdims)


def _with_indices(op: str, kernel: Any, x: Any, axis: int, keepdims: bool) -> Picked:
    x = tensor_of(x)
    check_real(op, "x", x.array)
    lines = lines_of(op, x, normalized_axis(op, axis, x.array.ndim or 1), keepdims)
    check_not_empty(op, lines)
    outer, n, inner = lines.shape
    y, index = kernel(lines.array())
    place = (outer, 1, inner)
    values = record_lines(lines, y, kernels.put_back, index.reshape(place), n, dy_shape=place)
    return Picked(values, from_array(index.reshape(lines.result)))


def argmax(x: Any, axis: int | None = None, keepdims: bool = False) -> Tensor:
    """Index of the first maximum along an axis or, without one, in the flattened tensor; int64, without gradient.

    Raises:
        ValueError: nothing to reduce.
    """
    return _place("argmax", kernels.reduce_max, x, axis, keepdims)


def argmin(x: Any, axis: int | None = None, keepdims: bool = False) -> Tensor:
    """Index of the first minimum along an axis or, without one, in the flattened tensor; int64, without gradient.

    Raises:
        ValueError: nothing to reduce.
    """
    return _place("argmin", kernels.reduce_min, x, axis, keepdims)


def _place(op: str, kernel: Any, x: Any, axis: int | None, keepdims: bool) -> Tensor:
    x = tensor_of(x).detach()
    check_real(op, "x", x.array)
    axes = axes_of(op, axis, x.array.ndim)
    if axis is not None and len(axes) > 1:
        raise ValueError(f"[{op}] axis must be one axis or None, got {axis}")
    lines = lines_of(op, x, axis)
    check_not_empty(op, lines)
    _, index = kernel(lines.array())
    return from_array(index.reshape(kept_shape(x.array.shape, axes, keepdims)))


def prod(x: Any, axis: Axes = None, keepdims: bool = False) -> Tensor:
    """Product over axes; 1 of none. An element's derivative is the product of the others, also where some are zero.

    Args:
        x: float32 or float64 of any shape; or integers or truth values, whose product is int64, without gradient.
        axis: one axis, several, or None for all.
        keepdims: keep the axes with length 1.

    Source: torch.prod.
    """
    x = tensor_of(x)
    lines = lines_of("prod", x, axis, keepdims)
    values = lines.array()
    if values.dtype.kind in "biu":
        return from_array(product_of_lines(as_int64(values)).reshape(lines.result))
    check_float("prod", "x", values)
    return record_lines(lines, kernels.prod_forward(values), kernels.prod_backward, values)
