"""Axes as lines: what a kernel reduces is the middle axis of (outer, n, inner), and each of its elements a line's.

Adjacent axes are one such axis; others are brought beside one another first.
"""

from __future__ import annotations

from math import prod
from typing import Any, NamedTuple

import numpy as np

from mushin.autograd import NEW, Tensor, record
from mushin.ops.arrays import normalized_axis, reshaped, tensor_of
from mushin.ops.shape import permute

Axes = int | tuple[int, ...] | None


def axes_of(op: str, axis: Axes, ndim: int) -> tuple[int, ...]:
    """The axes in order, each once; all of them for None."""
    if axis is None:
        return tuple(range(ndim))
    axes = tuple(normalized_axis(op, a, ndim) for a in (axis if isinstance(axis, (tuple, list)) else (axis,)))
    if len(set(axes)) != len(axes):
        raise ValueError(f"[{op}] axis must name each axis once, got {axis}")
    return tuple(sorted(axes))


def adjacent(axes: tuple[int, ...]) -> list[tuple[int, int]]:
    """The axes as ranges [first, end) of neighbours, the last range first."""
    ranges: list[tuple[int, int]] = []
    for axis in axes:
        if ranges and ranges[-1][1] == axis:
            ranges[-1] = (ranges[-1][0], axis + 1)
        else:
            ranges.append((axis, axis + 1))
    return ranges[::-1]


def kept_shape(shape: tuple[int, ...], axes: tuple[int, ...], keepdims: bool) -> tuple[int, ...]:
    if keepdims:
        return tuple(1 if i in axes else n for i, n in enumerate(shape))
    return tuple(n for i, n in enumerate(shape) if i not in axes)


def middle_shape(shape: tuple[int, ...], first: int, end: int) -> tuple[int, int, int]:
    return prod(shape[:first]), prod(shape[first:end]), prod(shape[end:])


def array_of(into: Any) -> np.ndarray:
    """The array that a destination other than NEW stands for."""
    array: np.ndarray = into[0] if type(into) is tuple else into
    return array


def reshaped_target(into: Any, shape: tuple[int, ...]) -> Any:
    """A destination in another shape."""
    if into is NEW:
        return NEW
    return (into[0].reshape(shape),) if type(into) is tuple else into.reshape(shape)


class Lines(NamedTuple):
    """A tensor whose lines are reduced."""

    x: Tensor
    shape: tuple[int, int, int]  # (outer, n, inner)
    result: tuple[int, ...]  # of the reduced tensor

    def array(self) -> np.ndarray:
        return reshaped(self.x.array, self.shape)


def lines_of(op: str, x: Any, axis: Axes, keepdims: bool = False) -> Lines:
    """The lines along the axes; axes that are no neighbours are moved behind the others."""
    x = tensor_of(x)
    shape = x.array.shape
    axes = axes_of(op, axis, len(shape))
    result = kept_shape(shape, axes, keepdims)
    ranges = adjacent(axes) or [(0, 0)]
    if len(ranges) == 1:
        return Lines(x, middle_shape(shape, *ranges[0]), result)
    others = tuple(i for i in range(len(shape)) if i not in axes)
    x = permute(x, (*others, *axes))
    return Lines(x, middle_shape(x.array.shape, len(others), len(shape)), result)


def lines_along(op: str, x: Any, axis: int) -> Lines:
    """The lines along one axis, of which each element becomes another; a number is a line of one element."""
    x = tensor_of(x)
    shape = x.array.shape
    first = normalized_axis(op, axis, max(len(shape), 1))
    return Lines(x, middle_shape(shape, first, first + 1), shape)


def check_not_empty(op: str, lines: Lines) -> None:
    if lines.shape[1] == 0:
        raise ValueError(f"[{op}] x must have elements along the reduced axes, got shape {lines.x.array.shape}")


def record_lines(lines: Lines, y: np.ndarray, kernel: Any, *saved: Any, dy_shape: tuple[int, ...] = ()) -> Tensor:
    """The result y, with the gradient kernel(into, dy, *saved) of the lines.

    Args:
        dy_shape: in which the kernel takes dy, if it is not y's.
    """
    full, shape = lines.x.array.shape, lines.shape
    taken = dy_shape or y.shape

    def backward(dy: np.ndarray, into: Any) -> Any:
        dx = kernel(reshaped_target(into[0], shape), reshaped(dy, taken), *saved)
        return (dx.reshape(full) if into[0] is NEW else array_of(into[0]),)

    return record(y.reshape(lines.result), (lines.x,), backward)
