"""In-place writes, outside the graph. Each tells the tape, which refuses a backward that needs what was there."""

from __future__ import annotations

from typing import Any

import numpy as np

from mushin import kernels
from mushin.autograd import Tensor, check_in_place, note_write, view_of
from mushin.ops.shape import basic_index


def copy_(x: Tensor, source: Any) -> Tensor:
    """Overwrites x with source, which is broadcast and cast."""
    return _write("copy_", x, x.array, source)


def setitem(x: Tensor, index: Any, value: Any) -> None:
    """x[index] = value, with an index of integers, slices, None and `...`."""
    _write("setitem", x, x.array[basic_index(index)], value)


def _write(op: str, x: Tensor, destination: np.ndarray, source: Any) -> Tensor:
    check_in_place(x, op)
    values = source.array if isinstance(source, Tensor) else np.asarray(source)
    try:
        values = np.broadcast_to(values, destination.shape)
    except ValueError:
        raise ValueError(f"[{op}] source must broadcast to shape {destination.shape}, got {values.shape}") from None
    kernels.copy(destination, values)
    note_write(x if destination is x.array else view_of(x, destination))
    return x


def fill_(x: Tensor, value: float) -> Tensor:
    """Overwrites every element with a number."""
    return _write("fill_", x, x.array, value)


def zero_(x: Tensor) -> Tensor:
    """Overwrites every element with zero."""
    return _write("zero_", x, x.array, 0)


def _constant(other: Any) -> Any:
    return other.detach() if isinstance(other, Tensor) else other


def add_(x: Tensor, other: Any, alpha: float = 1) -> Tensor:
    """x += alpha * other."""
    other = _constant(other)
    return copy_(x, x.detach() + (other if alpha == 1 else other * alpha))


def sub_(x: Tensor, other: Any, alpha: float = 1) -> Tensor:
    """x -= alpha * other."""
    return add_(x, other, -alpha)


def mul_(x: Tensor, other: Any) -> Tensor:
    """x *= other."""
    return copy_(x, x.detach() * _constant(other))


def div_(x: Tensor, other: Any) -> Tensor:
    """x /= other."""
    return copy_(x, x.detach() / _constant(other))
