"""Sums of arrays, outside the graph: what sums and the gradients of broadcast operands are made of."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from mushin import kernels
from mushin.autograd import NEW
from mushin.ops.arrays import array_of, reshaped, reshaped_target
from mushin.ops.axes import adjacent, kept_shape, middle_shape


def sum_array(x: np.ndarray, axes: tuple[int, ...], scale: float = 1.0, into: Any = NEW) -> np.ndarray:
    """scale times the sum over the axes, which become of length 1; the last pass honours `into`."""
    shape = x.shape
    ranges = adjacent(axes) or [(0, 0)]
    for i, (first, end) in enumerate(ranges):
        last = i + 1 == len(ranges)
        view = reshaped(x, middle_shape(x.shape, first, end) if end > first else (1, 1, x.size))
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


def spread(dy: np.ndarray, shape: tuple[int, ...], axes: tuple[int, ...], scale: float, into: Any) -> np.ndarray:
    """The gradient of a sum: dy repeated along the axes; the last pass honours `into`."""
    kept = kept_shape(shape, axes, keepdims=True)
    ranges = adjacent(axes) or [(0, 0)]
    for i, (first, end) in enumerate(ranges):
        kept = kept[:first] + shape[first:end] + kept[end:]
        outer, n, inner = middle_shape(kept, first, end) if end > first else (1, 1, prod(kept))
        target = reshaped_target(into, (outer, n, inner)) if i + 1 == len(ranges) else NEW
        dy = kernels.spread(target, reshaped(dy, (outer, inner)), n, 1.0 if i else scale)
    return dy.reshape(shape) if into is NEW else array_of(into)
