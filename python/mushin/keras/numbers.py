"""What Keras' formulas have in common: the least number that counts, and norms."""

from __future__ import annotations

from typing import Any

from mushin import ops
from mushin.autograd import Tensor

# What Keras adds to denominators, and keeps norms and the arguments of logarithms away from 0 by.
EPSILON = 1e-7


def norms(x: Tensor, axis: Any) -> Tensor:
    """The norm over an axis, or over several together, which stay as axes of length 1."""
    return ops.sqrt(_square_sums(x, axis))


def of_unit_length(x: Tensor, axis: Any, least: float = EPSILON) -> Tensor:
    """x divided by its norm over an axis, or over several together, which counts as `least` if it is less.

    Source: keras.ops.normalize.
    """
    return ops.mul(x, ops.rsqrt(ops.maximum(_square_sums(x, axis), least * least)))


def _square_sums(x: Tensor, axis: Any) -> Tensor:
    return ops.sum(ops.square(x), tuple(axis) if isinstance(axis, (list, tuple)) else int(axis), True)
