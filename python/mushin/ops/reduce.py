"""Reductions: sum, mean, max, argmax over any axes.

A kernel reduces the middle axis of (outer, n, inner); adjacent axes are one such axis, others go one after the other.
"""

from __future__ import annotations

from math import prod
from typing import Any, NamedTuple

import numpy as np

from mushin import kernels
from mushin.autograd import NEW, Tensor, from_array, record
from mushin.ops.arrays import array_of, check_float, distinct_axes, normalized_axis, reshaped, reshaped_target

Axes = int | tuple[int, ...] | None


def _axes(op: str, axis: Axes, ndim: int) -> tuple[int, ...]:
    if axis is None:
        return tuple(range(ndim))
    return tuple(sorted(distinct_axes(op, axis, ndim)))


def _adjacent(axes: tuple[int, ...]) -> list[tuple[int, int]]:
    """The axes as ranges [first, end) of neighbours, the last range first."""
    ranges: list[tuple[int, int]] = []
    for axis in axes:
        if ranges and ranges[-1][1] == axis:
            ranges[-1] = (ranges[-1][0], axis + 1)
        else:
            ranges.append((axis, axis + 1))
    return ranges[::-1]


def _kept(shape: tuple[int, ...], axes: tuple[int, ...], keepdims: bool) -> tuple[int, ...]:
    if keepdims:
        return tuple(1 if i in axes else n for i, n in enumerate(shape))
    return tuple(n for i, n in enumerate(shape) if i not in axes)


def _middle(shape: tuple[int, ...], first: int, end: int) -> tuple[int, int, int]:
    return prod(shape[:first]), prod(shape[first:end]), prod(shape[end:])


def sum_array(x: np.ndarray, axes: tuple[int, ...], scale: float = 1.0, into: Any = NEW) -> np.ndarray:
    """scale times the sum over the axes, which become of length 1; the last pass honours `into`."""
    shape = x.shape
    ranges = _adjacent(axes) or [(0, 0)]
    for i, (first, end) in enumerate(ranges):
        last = i + 1 == len(ranges)
        view = reshaped(x, _middle(x.shape, first, end) if end > first else (1, 1, x.size))
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
    kept = _kept(shape, axes, keepdims=True)
    ranges = _adjacent(axes) or [(0, 0)]
    for i, (first, end) in enumerate(ranges):
        kept = kept[:first] + shape[first:end] + kept[end:]
        outer, n, inner = _middle(kept, first, end) if end > first else (1, 1, prod(kept))
        target = reshaped_target(into, (outer, n, inner)) if i + 1 == len(ranges) else NEW
        dy = kernels.spread(target, reshaped(dy, (outer, inner)), n, 1.0 if i else scale)
    return dy.reshape(shape) if into is NEW else array_of(into)


def _scaled_sum(op: str, x: Tensor, axes: tuple[int, ...], keepdims: bool, scale: float) -> Tensor:
    check_float(op, "x", x.array)
    shape = x.array.shape
    y = sum_array(x.array, axes, scale).reshape(_kept(shape, axes, keepdims))
    return record(y, (x,), lambda dy, into: (_spread(dy, shape, axes, scale, into[0]),))


def sum(x: Tensor, axis: Axes = None, keepdims: bool = False) -> Tensor:  # noqa: A001  NumPy's and PyTorch's name
    """Sum over axes.

    Args:
        x: float32 or float64 of any shape.
        axis: one axis, several, or None for all.
        keepdims: keep the axes with length 1.
    """
    return _scaled_sum("sum", x, _axes("sum", axis, x.array.ndim), keepdims, 1.0)


def mean(x: Tensor, axis: Axes = None, keepdims: bool = False) -> Tensor:
    """Mean over axes, as `sum`; NaN over no elements."""
    axes = _axes("mean", axis, x.array.ndim)
    count = prod(x.array.shape[i] for i in axes)
    return _scaled_sum("mean", x, axes, keepdims, 1.0 / count if count else np.nan)


def _check_not_empty(op: str, x: Tensor, first: int, end: int) -> None:
    if prod(x.array.shape[first:end]) == 0:
        raise ValueError(f"[{op}] x must have elements along the reduced axes, got shape {x.array.shape}")


def max(x: Tensor, axis: Axes = None, keepdims: bool = False) -> Tensor:  # noqa: A001  NumPy's and PyTorch's name
    """Maximum over axes, as `sum`; a NaN is the largest. The gradient goes to the first place of the maximum.

    Raises:
        ValueError: nothing to reduce.
    """
    check_float("max", "x", x.array)
    shape, axes = x.array.shape, _axes("max", axis, x.array.ndim)
    for first, end in _adjacent(axes):
        _check_not_empty("max", x, first, end)
        x, _ = _max_of_range(x, first, end)
    return x if keepdims or not axes else _without_axes(x, _kept(shape, axes, keepdims=False))


class Maximum(NamedTuple):
    """The largest values along an axis, and where each is first."""

    values: Tensor
    indices: Tensor


def max_with_indices(x: Tensor, axis: int, keepdims: bool = False) -> Maximum:
    """Maximum along one axis and its index, int64, as `max` and `argmax`."""
    check_float("max", "x", x.array)
    first = normalized_axis("max", axis, x.array.ndim)
    _check_not_empty("max", x, first, first + 1)
    kept = _kept(x.array.shape, (first,), keepdims)
    values, index = _max_of_range(x, first, first + 1)
    return Maximum(values if keepdims else _without_axes(values, kept), from_array(index.reshape(kept)))


def _max_of_range(x: Tensor, first: int, end: int) -> tuple[Tensor, np.ndarray]:
    """The maximum over neighbouring axes, which become of length 1, and its place among their elements."""
    shape = x.array.shape
    middle = _middle(shape, first, end)
    y, index = kernels.reduce_max(reshaped(x.array, middle))

    def backward(dy: np.ndarray, into: Any) -> Any:
        to_x = reshaped_target(into[0], middle)
        dx = kernels.reduce_max_backward(to_x, reshaped(dy, index.shape), index, middle[1])
        return (dx.reshape(shape) if into[0] is NEW else array_of(into[0]),)

    return record(y.reshape(_kept(shape, tuple(range(first, end)), keepdims=True)), (x,), backward), index


def _without_axes(x: Tensor, shape: tuple[int, ...]) -> Tensor:
    full = x.array.shape
    return record(x.array.reshape(shape), (x,), lambda dy, into: (reshaped(dy, full),))


def argmax(x: Tensor, axis: int | None = None, keepdims: bool = False) -> Tensor:
    """Index of the first maximum along an axis or, without one, in the flattened tensor; int64, without gradient.

    Raises:
        ValueError: nothing to reduce.
    """
    check_float("argmax", "x", x.array)
    axes = _axes("argmax", axis, x.array.ndim)
    if axis is not None and len(axes) > 1:
        raise ValueError(f"[argmax] axis must be one axis or None, got {axis}")
    first, end = (axes[0], axes[-1] + 1) if axes else (0, 0)
    _check_not_empty("argmax", x, first, end)
    _, index = kernels.reduce_max(reshaped(x.array, _middle(x.array.shape, first, end)))
    return from_array(index.reshape(_kept(x.array.shape, axes, keepdims)))
