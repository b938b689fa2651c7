"""Ops that change how memory is looked at: reshape, transpose, expand, parts; and gathering rows."""

from __future__ import annotations

from collections.abc import Callable
from math import prod
from typing import Any

import numpy as np

from mushin import kernels
from mushin.autograd import NEW, Tensor, record, record_view
from mushin.ops.arrays import distinct_axes, ids_of, integer, launched, normalized_axis, reshaped, tensor_for, tensor_of
from mushin.ops.sums import sum_to


def reshape(x: Tensor, shape: tuple[int, ...]) -> Tensor:
    """The same elements in another shape, of which one length may be -1; a view where the memory allows it.

    Raises:
        ValueError: a shape of another number of elements.

    Source: torch.reshape.
    """
    x = tensor_for("reshape", x)
    values, old = x.array, x.array.shape
    is_view = values.flags.c_contiguous
    if not is_view:
        values = launched("reshape", kernels.copy, NEW, values)
    try:
        y = values.reshape(shape)
    except (ValueError, OverflowError):
        raise _other_size("reshape", x, shape) from None
    except TypeError:
        raise _no_integers("reshape", shape) from None

    def backward(dy: np.ndarray, into: Any) -> Any:
        return (reshaped(dy, old),)

    return record_view(y, x, backward) if is_view else record(y, (x,), backward)


def _other_size(op: str, x: Tensor, shape: tuple[int, ...]) -> ValueError:
    return ValueError(f"[{op}] shape must hold {x.array.size} elements as {x.array.shape} does, got {shape}")


def _no_integers(op: str, shape: Any) -> TypeError:
    return TypeError(f"[{op}] shape must be made of integers, got {shape}")


def view(x: Tensor, shape: tuple[int, ...]) -> Tensor:
    """`reshape` that never copies.

    Raises:
        ValueError: the memory's layout does not allow the shape without a copy, or a shape of another number of
            elements.

    Source: torch.Tensor.view.
    """
    x = tensor_for("view", x)
    old = x.array.shape
    try:
        y = np.reshape(x.array, shape, copy=False)
    except TypeError:
        raise _no_integers("view", shape) from None
    except (ValueError, OverflowError):
        try:
            np.broadcast_to(np.int8(0), old).reshape(shape)
        except (ValueError, OverflowError):
            raise _other_size("view", x, shape) from None
        raise ValueError(
            f"[view] a tensor of shape {old} and strides {x.array.strides} cannot be viewed as {shape}; use reshape"
        ) from None
    return record_view(y, x, lambda dy, into: (reshaped(dy, old),))


def flatten(x: Tensor, start_dim: int = 0, end_dim: int = -1) -> Tensor:
    """The axes from start_dim to end_dim as one.

    Source: torch.flatten.
    """
    x = tensor_for("flatten", x)
    if x.array.ndim == 0:
        return reshape(x, (1,))
    first = normalized_axis("flatten", start_dim, x.array.ndim)
    last = normalized_axis("flatten", end_dim, x.array.ndim)
    if first > last:
        raise ValueError(f"[flatten] start_dim must not come after end_dim, got {start_dim} and {end_dim}")
    shape = x.array.shape
    return reshape(x, (*shape[:first], prod(shape[first : last + 1]), *shape[last + 1 :]))


def permute(x: Tensor, dims: tuple[int, ...]) -> Tensor:
    """The axes in another order; a view.

    Source: torch.permute.
    """
    x = tensor_for("permute", x)
    axes = tuple(normalized_axis("permute", a, x.array.ndim) for a in dims)
    if len(set(axes)) != x.array.ndim or len(axes) != x.array.ndim:
        raise ValueError(f"[permute] dims must name each of {x.array.ndim} axes once, got {dims}")
    back = tuple(axes.index(i) for i in range(len(axes)))
    return record_view(x.array.transpose(axes), x, lambda dy, into: (dy.transpose(back),))


def transpose(x: Tensor, dim0: int, dim1: int) -> Tensor:
    """Two axes swapped; a view.

    Source: torch.transpose.
    """
    x = tensor_for("transpose", x)
    a = normalized_axis("transpose", dim0, x.array.ndim)
    b = normalized_axis("transpose", dim1, x.array.ndim)
    return record_view(x.array.swapaxes(a, b), x, lambda dy, into: (dy.swapaxes(a, b),))


def t(x: Tensor) -> Tensor:
    """A matrix with rows and columns swapped; a vector or number as it is. A view.

    Source: torch.t.
    """
    if x.array.ndim > 2:
        raise ValueError(f"[t] x must have at most two axes, got shape {x.array.shape}")
    return permute(x, tuple(range(x.array.ndim))[::-1])


def movedim(x: Tensor, source: int | tuple[int, ...], destination: int | tuple[int, ...]) -> Tensor:
    """The source axes at the destinations, the others in their order; a view.

    Source: torch.movedim.
    """
    x = tensor_for("movedim", x)
    ndim = x.array.ndim
    moved, places = distinct_axes("movedim", source, ndim), distinct_axes("movedim", destination, ndim)
    if len(moved) != len(places):
        raise ValueError(f"[movedim] source and destination must name as many axes, got {source} and {destination}")
    order = [axis for axis in range(ndim) if axis not in moved]
    for place, axis in sorted(zip(places, moved)):
        order.insert(place, axis)
    return permute(x, tuple(order))


def squeeze(x: Tensor, dim: int | tuple[int, ...] | None = None) -> Tensor:
    """x without its axes of length 1, or without those of `dim` that are; a view.

    Source: torch.squeeze.
    """
    x = tensor_for("squeeze", x)
    shape = x.array.shape
    axes = range(len(shape)) if dim is None else distinct_axes("squeeze", dim, len(shape)) if shape else ()
    dropped = tuple(axis for axis in axes if shape[axis] == 1)
    return record_view(x.array.squeeze(dropped), x, lambda dy, into: (np.expand_dims(dy, dropped),))


def unsqueeze(x: Tensor, dim: int) -> Tensor:
    """x with a new axis of length 1 at `dim`; a view.

    Source: torch.unsqueeze.
    """
    x = tensor_for("unsqueeze", x)
    axis = normalized_axis("unsqueeze", dim, x.array.ndim + 1)
    return record_view(np.expand_dims(x.array, axis), x, lambda dy, into: (dy.squeeze(axis),))


def unflatten(x: Tensor, dim: int, sizes: tuple[int, ...]) -> Tensor:
    """The axis `dim` as several, of which one length may be -1.

    Source: torch.unflatten.
    """
    x = tensor_for("unflatten", x)
    axis = normalized_axis("unflatten", dim, x.array.ndim)
    shape = x.array.shape
    try:
        split = np.broadcast_to(np.int8(0), shape[axis]).reshape(sizes).shape
    except (ValueError, OverflowError):
        raise ValueError(
            f"[unflatten] sizes must hold {shape[axis]} elements as axis {dim} does, got {sizes}"
        ) from None
    except TypeError:
        raise _no_integers("unflatten", sizes) from None
    return reshape(x, (*shape[:axis], *split, *shape[axis + 1 :]))


def expand(x: Tensor, sizes: tuple[int, ...]) -> Tensor:
    """x repeated along its axes of length 1, and along new ones in front, to a shape; -1 keeps a length.

    A view in which many elements are one place of memory: it cannot be written.

    Source: torch.Tensor.expand.
    """
    return _expanded("expand", x, sizes)


def broadcast_to(x: Tensor, size: tuple[int, ...]) -> Tensor:
    """`expand` under NumPy's name.

    Source: torch.broadcast_to.
    """
    return _expanded("broadcast_to", x, size)


def _expanded(op: str, x: Tensor, sizes: tuple[int, ...]) -> Tensor:
    x = tensor_for(op, x)
    if not isinstance(sizes, (tuple, list)):
        raise _no_integers(op, sizes)
    old = x.array.shape
    missing = len(sizes) - len(old)
    try:
        kept = tuple(old[i - missing] if n == -1 and i >= missing else n for i, n in enumerate(sizes))
        y = np.broadcast_to(x.array, kept)
    except TypeError:
        raise _no_integers(op, sizes) from None
    except ValueError:
        raise ValueError(f"[{op}] {old} must broadcast to the shape, got {sizes}") from None
    return record_view(y, x, lambda dy, into: (sum_to(dy, old, into[0]),))


def clone(x: Tensor) -> Tensor:
    """A copy in new memory, in the graph."""
    x = tensor_for("clone", x)
    return record(kernels.copy(NEW, x.array), (x,), lambda dy, into: (dy,))


# --- parts


def part_of(x: Tensor, view: Callable[[np.ndarray], np.ndarray]) -> Tensor:
    """A view of some of x's elements, which `view` makes of an array of x's shape."""
    shape, dtype = x.array.shape, x.array.dtype

    def backward(dy: np.ndarray, into: Any) -> Any:
        if type(into[0]) is tuple:
            kernels.copy((view(into[0][0]),), dy)
            return into[0]
        dx = kernels.fill(kernels.empty(shape, dtype) if into[0] is NEW else into[0], 0.0)
        kernels.copy(view(dx), dy)
        return (dx,)

    return record_view(view(x.array), x, backward)


def along(axis: int, part: slice | int) -> tuple[Any, ...]:
    """The index of a part of one axis."""
    return (*(slice(None),) * axis, part, ...)


def narrow(x: Tensor, dim: int, start: int, length: int) -> Tensor:
    """The elements from start to before start + length of an axis; a view.

    Source: torch.narrow.
    """
    x = tensor_for("narrow", x)
    axis = normalized_axis("narrow", dim, x.array.ndim)
    size = x.array.shape[axis]
    first, count = integer("narrow", "start", start), integer("narrow", "length", length)
    if not -size <= first <= size:
        raise ValueError(f"[narrow] start must be in [{-size}, {size}], got {start}")
    first += size if first < 0 else 0
    if not 0 <= count <= size - first:
        raise ValueError(f"[narrow] length must be in [0, {size - first}] from start {start} on, got {length}")
    index = along(axis, slice(first, first + count))
    return part_of(x, lambda array: array[index])


def select(x: Tensor, dim: int, index: int) -> Tensor:
    """The elements at one place of an axis, which goes; a view.

    Raises:
        IndexError: an index out of range.

    Source: torch.select.
    """
    x = tensor_for("select", x)
    axis = normalized_axis("select", dim, x.array.ndim)
    size, place = x.array.shape[axis], integer("select", "index", index)
    if not -size <= place < size:
        raise IndexError(f"[select] index must be in [{-size}, {size}), got {index}")
    at = along(axis, place)
    return part_of(x, lambda array: array[at])


def diagonal(x: Tensor, offset: int = 0, dim1: int = 0, dim2: int = 1) -> Tensor:
    """The elements whose place on dim2 is their place on dim1 plus offset, as the last axis; a view.

    Source: torch.diagonal.
    """
    x = tensor_for("diagonal", x)
    ndim, shift = x.array.ndim, integer("diagonal", "offset", offset)
    rows, columns = (normalized_axis("diagonal", dim, ndim) for dim in (dim1, dim2))
    if rows == columns:
        raise ValueError(f"[diagonal] dim1 and dim2 must be two axes, got {dim1} and {dim2}")
    return part_of(x, lambda array: diagonal_of(array, shift, rows, columns))


def diagonal_of(array: np.ndarray, offset: int, rows: int, columns: int) -> np.ndarray:
    """The view that numpy.diagonal gives, but one that can be written."""
    last = np.moveaxis(array, (rows, columns), (-2, -1))[..., max(-offset, 0) :, max(offset, 0) :]
    length = min(last.shape[-2:])
    view: np.ndarray = np.einsum("...ii->...i", last[..., :length, :length])
    return view


def gather_rows(table: Tensor, ids: Any) -> Tensor:
    """table[ids], row by row: (vocabulary, ...) and ids of any shape give (*ids.shape, ...).

    Raises:
        ValueError: an id outside [0, vocabulary).
    """
    table, ids = tensor_for("gather_rows", table, "table"), tensor_of(ids)
    indices = ids_of("gather_rows", "ids", ids.array, "integers")
    y = kernels.gather_rows(NEW, table.array, indices)
    vocabulary = table.array.shape[0]

    def backward(dy: np.ndarray, into: Any) -> Any:
        return kernels.scatter_add_rows(into[0], dy, indices, vocabulary), None

    return record(y, (table, ids), backward)  # the ids have no gradient, but must not be overwritten either
