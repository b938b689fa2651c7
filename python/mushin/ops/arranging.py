"""Elements in other places: flip, roll, repeat, padding, triangles. All copy."""

from __future__ import annotations

from collections.abc import Callable
from itertools import product
from math import prod
from typing import Any

import numpy as np

from mushin import kernels
from mushin.autograd import NEW, Tensor, as_array, forbid_while_recording, record
from mushin.ops.arrays import distinct_axes, fitting, integer, normalized_axis, number, tensor_for
from mushin.ops.axes import middle_shape
from mushin.ops.indexing import index_select, take
from mushin.ops.shape import clone, expand, narrow, reshape

MOST_AXES = 7  # that a kernel takes of any layout


def flip(x: Tensor, dims: int | tuple[int, ...]) -> Tensor:
    """x with its elements in reverse order along axes; a copy.

    Source: torch.flip.
    """
    x = tensor_for("flip", x)
    axes = distinct_axes("flip", dims, x.array.ndim)
    index: Any = (*(slice(None, None, -1 if axis in axes else 1) for axis in range(x.array.ndim)), ...)
    return record(kernels.copy(NEW, x.array[index]), (x,), lambda dy, into: (dy[index],))


def roll(x: Tensor, shifts: int | tuple[int, ...], dims: int | tuple[int, ...] | None = None) -> Tensor:
    """x with its elements moved along axes; what leaves one end comes in at the other.

    Args:
        x: of any shape and dtype.
        shifts: by how many places, for each of dims.
        dims: the axes, each as often as wanted; None moves in the flattened tensor.

    Source: torch.roll.
    """
    x = tensor_for("roll", x)
    if dims is None:
        return reshape(roll(reshape(x, (-1,)), shifts, 0), x.array.shape)
    given = [integer("roll", "shifts", s) for s in (shifts if isinstance(shifts, (tuple, list)) else (shifts,))]
    axes = [
        normalized_axis("roll", dim, x.array.ndim) for dim in (dims if isinstance(dims, (tuple, list)) else (dims,))
    ]
    if len(given) != len(axes):
        raise ValueError(f"[roll] shifts must be as many as dims, got {shifts} and {dims}")
    by = [0] * x.array.ndim
    for axis, shift in zip(axes, given):
        by[axis] += shift
    back = [-shift for shift in by]
    return record(_rolled(x.array, by), (x,), lambda dy, into: (_rolled(dy, back),))


def _rolled(array: np.ndarray, shifts: list[int]) -> np.ndarray:
    y = kernels.empty(array.shape, array.dtype)
    pieces = []  # for each axis where its parts come from, and where they go
    for length, shift in zip(array.shape, shifts):
        by = shift % length if length else 0
        parts: list[Any] = [(slice(0, length - by), slice(by, length)), (slice(length - by, length), slice(0, by))]
        pieces.append(parts if by else parts[:1])
    for chosen in product(*pieces):
        to: Any = (*(place for _, place in chosen), ...)
        source: Any = (*(place for place, _ in chosen), ...)
        kernels.copy(y[to], array[source])
    return y


# --- repetitions


def repeat(x: Tensor, *repeats: Any) -> Tensor:
    """x over and over along its axes, and along new ones in front; a copy.

    Args:
        x: of any shape and dtype.
        repeats: how often along each axis, for all axes of the result.

    Source: torch.Tensor.repeat.
    """
    x = tensor_for("repeat", x)
    times = _times("repeat", repeats)
    if len(times) < x.array.ndim:
        raise ValueError(f"[repeat] repeats must be at least {x.array.ndim} numbers as x has axes, got {repeats}")
    return _repeated(x, times)


def tile(x: Tensor, *dims: Any) -> Tensor:
    """`repeat` that takes 1 for the axes in front that have no number.

    Source: torch.tile.
    """
    x = tensor_for("tile", x)
    times = _times("tile", dims)
    return _repeated(x, (1,) * (x.array.ndim - len(times)) + times)


def _times(op: str, repeats: tuple[Any, ...]) -> tuple[int, ...]:
    given = repeats[0] if len(repeats) == 1 and isinstance(repeats[0], (tuple, list)) else repeats
    times = tuple(integer(op, "repeats", each) for each in given)
    if min(times, default=0) < 0:
        raise ValueError(f"[{op}] repeats must not be negative, got {times}")
    return times


def _repeated(x: Tensor, times: tuple[int, ...]) -> Tensor:
    shape = (1,) * (len(times) - x.array.ndim) + x.array.shape
    repeated = [axis for axis, n in enumerate(times) if n != 1]
    if len(repeated) > MOST_AXES // 2:  # each needs an axis more
        first = {axis: times[axis] for axis in repeated[: MOST_AXES // 2]}
        some = _repeated(x, tuple(first.get(axis, 1) for axis in range(len(times))))
        return _repeated(some, tuple(1 if axis in first else n for axis, n in enumerate(times)))
    # An axis that is repeated and those behind it that are not are one.
    lengths = [prod(shape[begin:end]) for begin, end in zip([0, *repeated], [*repeated, len(shape)])]
    apart = [lengths[0]] + [n for length in lengths[1:] for n in (1, length)]
    spread = [lengths[0]] + [n for axis, length in zip(repeated, lengths[1:]) for n in (times[axis], length)]
    y = reshape(expand(reshape(x, tuple(apart)), tuple(spread)), tuple(n * length for n, length in zip(times, shape)))
    return clone(y) if np.may_share_memory(y.array, x.array) else y


def repeat_interleave(x: Tensor, repeats: Any, dim: int | None = None) -> Tensor:
    """Each element several times in a row along an axis, or in the flattened tensor; a copy.

    Args:
        x: of any shape and dtype.
        repeats: how often, a number, or integers for each place of the axis.
        dim: the axis.

    Raises:
        RecordingError: repeats that are no number while a step is recorded: the result's shape depends on them.

    Source: torch.repeat_interleave.
    """
    x = tensor_for("repeat_interleave", x)
    if dim is None:
        return repeat_interleave(reshape(x, (-1,)), repeats, 0)
    axis = normalized_axis("repeat_interleave", dim, x.array.ndim)
    shape = x.array.shape
    if isinstance(repeats, (int, np.integer)):
        n = integer("repeat_interleave", "repeats", repeats)
        if n < 0:
            raise ValueError(f"[repeat_interleave] repeats must not be negative, got {n}")
        outer, length, inner = middle_shape(shape, axis, axis + 1)
        rows = expand(reshape(x, (outer * length, 1, inner)), (outer * length, n, inner))
        y = reshape(rows, (*shape[:axis], n * length, *shape[axis + 1 :]))
        return clone(y) if np.may_share_memory(y.array, x.array) else y
    counts = as_array(repeats)
    forbid_while_recording("repeat_interleave", "how often elements are repeated cannot be known")
    if counts.dtype.kind not in "iu" or (counts.ndim and counts.shape not in ((1,), (shape[axis],))):
        raise ValueError(
            f"[repeat_interleave] repeats must be integers of shape ({shape[axis]},), got {counts.dtype} of shape "
            f"{counts.shape}"
        )
    if counts.size and counts.min() < 0:
        raise ValueError(f"[repeat_interleave] repeats must not be negative, got {counts.min()}")
    return index_select(x, axis, np.repeat(np.arange(shape[axis]), counts))


# --- padding


def pad(
    input: Tensor,  # noqa: A002  PyTorch's name
    pad: tuple[int, ...],
    mode: str = "constant",
    value: float | None = None,
) -> Tensor:
    """The input with elements before and after, along its last axes.

    Args:
        input: of any dtype.
        pad: (before, after) of the last axis, then of the last but one, and so on. Below 0 it takes away.
        mode: "constant"; "reflect" (mirrored at the last element, which is not repeated), "replicate" (the last element
            again) or "circular" (what lies at the other end).
        value: what is put there in mode "constant"; None is 0.

    Raises:
        ValueError: another mode, an odd number of paddings, more than the axes have, or a padding that the elements do
            not suffice for.

    Source: torch.nn.functional.pad.
    """
    if not isinstance(pad, (tuple, list)):
        raise TypeError(f"[pad] pad must be a tuple of integers, got {type(pad).__name__}")
    widths = [integer("pad", "pad", width) for width in pad]
    x = tensor_for("pad", input, "input")
    ndim = x.array.ndim
    if len(widths) % 2 or len(widths) > 2 * ndim:
        raise ValueError(f"[pad] pad must hold two numbers for each of at most {ndim} axes, got {tuple(pad)}")
    sides = {ndim - 1 - i: (widths[2 * i], widths[2 * i + 1]) for i in range(len(widths) // 2)}
    for axis, (before, after) in sides.items():
        if x.array.shape[axis] + before + after < 0 or min(before, after) < -x.array.shape[axis]:
            raise ValueError(f"[pad] pad must leave a length of axis {axis}, got {(before, after)}")
    if mode == "constant":
        return _pad_with_value(x, sides, 0.0 if value is None else number("pad", "value", value))
    if mode not in _SOURCES:
        raise ValueError(f'[pad] mode must be "constant", "reflect", "replicate" or "circular", got {mode!r}')
    if value is not None:
        raise ValueError(f'[pad] value must be None in mode "{mode}", got {value}')
    for axis, (before, after) in sides.items():
        if before < 0 or after < 0:
            x = narrow(x, axis, max(-before, 0), x.array.shape[axis] + min(before, 0) + min(after, 0))
        if before > 0 or after > 0:
            x = _pad_with_elements(x, axis, max(before, 0), max(after, 0), mode)
    return x


def _pad_with_elements(x: Tensor, axis: int, before: int, after: int, mode: str) -> Tensor:
    length = x.array.shape[axis]
    most = {"reflect": length - 1, "circular": length}.get(mode)
    if length == 0 or (most is not None and max(before, after) > most):
        limit = "must have elements" if most is None else f"takes at most {most}"
        raise ValueError(f'[pad] axis {axis} {limit} in mode "{mode}", got {(before, after)}')
    return take("pad", x, axis, axis + 1, _SOURCES[mode](np.arange(-before, length + after), length))


# The places that elements come from, which may lie before 0 or after the length.
_SOURCES: dict[str, Callable[[np.ndarray, int], np.ndarray]] = {
    "reflect": lambda places, length: length - 1 - np.abs(length - 1 - np.abs(places)),
    "replicate": lambda places, length: np.clip(places, 0, length - 1),
    "circular": lambda places, length: places % length,
}


def _pad_with_value(x: Tensor, sides: dict[int, tuple[int, int]], value: float) -> Tensor:
    shape = list(x.array.shape)
    kept: list[Any] = [slice(None)] * len(shape)  # of x
    inside: list[Any] = [slice(None)] * len(shape)  # where it goes
    for axis, (before, after) in sides.items():
        length = shape[axis]
        kept[axis] = slice(max(-before, 0), length - max(-after, 0))
        shape[axis] = length + before + after
        inside[axis] = slice(max(before, 0), shape[axis] - max(after, 0))
    to, source = (*inside, ...), (*kept, ...)
    y = kernels.empty(tuple(shape), x.array.dtype)
    filling = fitting("pad", "value", value, x.array.dtype)
    for axis in sides:
        # Beside the elements along this axis, but for what an earlier one has filled.
        edges = [slice(None) if i in sides and i > axis else each for i, each in enumerate(inside)]
        for edge in (slice(0, inside[axis].start), slice(inside[axis].stop, shape[axis])):
            border = y[(*edges[:axis], edge, *edges[axis + 1 :])]
            if border.size:
                kernels.copy(border, np.broadcast_to(filling, border.shape))
    kernels.copy(y[to], x.array[source])
    old, dtype = x.array.shape, x.array.dtype

    def backward(dy: np.ndarray, into: Any) -> Any:
        if dy[to].shape == old:
            return (dy[to],)
        dx = kernels.fill(kernels.empty(old, dtype), 0.0)
        kernels.copy(dx[source], dy[to])
        return (dx,)

    return record(y, (x,), backward)


# --- triangles


def triu(x: Tensor, diagonal: int = 0) -> Tensor:
    """Matrices with zeros below a diagonal.

    Args:
        x: (..., m, n).
        diagonal: 0 is the main one, above 0 one to its right.

    Source: torch.triu.
    """
    return _triangle("triu", x, diagonal, upper=True)


def tril(x: Tensor, diagonal: int = 0) -> Tensor:
    """Matrices with zeros above a diagonal, as `triu`.

    Source: torch.tril.
    """
    return _triangle("tril", x, diagonal, upper=False)


def _triangle(op: str, x: Tensor, diagonal: int, upper: bool) -> Tensor:
    x, shift = tensor_for(op, x), integer(op, "diagonal", diagonal)
    if x.array.ndim < 2:
        raise ValueError(f"[{op}] x must have shape (..., m, n), got {x.array.shape}")
    shift = min(max(shift, -x.array.shape[-2]), x.array.shape[-1])  # farther ones leave as much
    y = kernels.triangle(x.array, shift, upper)
    return record(y, (x,), lambda dy, into: (kernels.triangle(dy, shift, upper),))
