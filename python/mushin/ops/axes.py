"""Axes in one order, and what a shape is when some of them are taken together."""

from __future__ import annotations

from functools import lru_cache
from math import prod

from mushin.ops.arrays import distinct_axes

Axes = int | tuple[int, ...] | None


def axes_of(op: str, axis: Axes, ndim: int) -> tuple[int, ...]:
    """The axes in order, each once; all of them for None. A number has none, but may be taken as a line of one."""
    if axis is None:
        return tuple(range(ndim))
    axes = distinct_axes(op, axis, ndim or 1)
    return tuple(sorted(axes)) if ndim else ()


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


@lru_cache(4096, typed=True)  # typed: 1.0 equals 1, but is no axis
def line_shapes(
    op: str, shape: tuple[int, ...], axis: int | None, keepdims: bool
) -> tuple[tuple[int, int, int], tuple[int, ...]]:
    """For one axis, or all of them as one: the shape in which it is the middle axis, and that of the reduced array."""
    axes = axes_of(op, axis, len(shape))
    first, end = (axes[0], axes[-1] + 1) if axes else (0, 0)
    return middle_shape(shape, first, end), kept_shape(shape, axes, keepdims)
