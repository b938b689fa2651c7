"""Axes as lines: what a kernel reduces is the middle axis of (outer, n, inner), and each of its elements a line's.

Adjacent axes are one such axis; others are brought beside one another first.
"""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from mushin.autograd import NEW, Tensor, record
from mushin.ops.arrays import array_of, normalized_axis, reshaped, reshaped_target, tensor_of
from mushin.ops.axes import Axes, adjacent, axes_of, kept_shape, line_shapes, middle_shape
from mushin.ops.shape import permute


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
    if axis is None or type(axis) is int:
        return Lines(x, *line_shapes(op, shape, axis, keepdims))
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
