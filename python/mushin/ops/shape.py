"""Ops that change how memory is looked at: reshape, transpose, slices, and gathering rows."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from mushin import kernels
from mushin.autograd import NEW, Tensor, record, record_view
from mushin.ops.arrays import ids_of, normalized_axis, reshaped, tensor_of


def reshape(x: Tensor, shape: tuple[int, ...]) -> Tensor:
    """The same elements in another shape, of which one length may be -1; a view where the memory allows it."""
    old = x.array.shape
    try:
        y = reshaped(x.array, shape)
    except (ValueError, OverflowError):
        raise _other_size("reshape", x, shape) from None
    except TypeError:
        raise _no_integers("reshape", shape) from None
    return _view(y, x, lambda dy, into: (reshaped(dy, old),))


def _other_size(op: str, x: Tensor, shape: tuple[int, ...]) -> ValueError:
    return ValueError(f"[{op}] shape must hold {x.array.size} elements as {x.array.shape} does, got {shape}")


def _no_integers(op: str, shape: Any) -> TypeError:
    return TypeError(f"[{op}] shape must be made of integers, got {shape}")


def view(x: Tensor, shape: tuple[int, ...]) -> Tensor:
    """`reshape` that never copies.

    Raises:
        ValueError: the memory's layout does not allow the shape without a copy.
    """
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
    return _view(y, x, lambda dy, into: (reshaped(dy, old),))


def _view(y: np.ndarray, x: Tensor, backward: Any) -> Tensor:
    return record_view(y, x, backward) if np.may_share_memory(y, x.array) else record(y, (x,), backward)


def flatten(x: Tensor, start_dim: int = 0, end_dim: int = -1) -> Tensor:
    """The axes from start_dim to end_dim as one.

    Source: torch.flatten.
    """
    if x.array.ndim == 0:
        return reshape(x, (1,))
    first = normalized_axis("flatten", start_dim, x.array.ndim)
    last = normalized_axis("flatten", end_dim, x.array.ndim)
    if first > last:
        raise ValueError(f"[flatten] start_dim must not come after end_dim, got {start_dim} and {end_dim}")
    shape = x.array.shape
    return reshape(x, (*shape[:first], prod(shape[first : last + 1]), *shape[last + 1 :]))


def permute(x: Tensor, order: tuple[int, ...]) -> Tensor:
    """The axes in another order; a view."""
    axes = tuple(normalized_axis("permute", a, x.array.ndim) for a in order)
    if len(set(axes)) != x.array.ndim or len(axes) != x.array.ndim:
        raise ValueError(f"[permute] order must name each of {x.array.ndim} axes once, got {order}")
    back = tuple(axes.index(i) for i in range(len(axes)))
    return record_view(x.array.transpose(axes), x, lambda dy, into: (dy.transpose(back),))


def transpose(x: Tensor, dim0: int, dim1: int) -> Tensor:
    """Two axes swapped; a view.

    Source: torch.transpose.
    """
    a = normalized_axis("transpose", dim0, x.array.ndim)
    b = normalized_axis("transpose", dim1, x.array.ndim)
    return record_view(x.array.swapaxes(a, b), x, lambda dy, into: (dy.swapaxes(a, b),))


def getitem(x: Tensor, index: Any) -> Tensor:
    """x[index] with integers, slices, None and ...; a view."""
    y, index = indexed("getitem", x, index)
    shape, dtype = x.array.shape, x.array.dtype

    def backward(dy: np.ndarray, into: Any) -> Any:
        if type(into[0]) is tuple:
            kernels.copy((into[0][0][index],), dy)
            return into[0]
        dx = kernels.fill(kernels.empty(shape, dtype) if into[0] is NEW else into[0], 0.0)
        kernels.copy(dx[index], dy)
        return (dx,)

    return record_view(y, x, backward)


def indexed(op: str, x: Tensor, index: Any) -> tuple[np.ndarray, tuple[Any, ...]]:
    """x's array at an index, as a view, never a NumPy number, and the index as a tuple that gives it.

    Raises:
        IndexError: an index out of range, or for more axes than x has.
        TypeError: anything but integers, slices of integers, None and Ellipsis.
        ValueError: a slice with a step of 0.
    """
    parts = index if isinstance(index, tuple) else (index,)
    for part in parts:
        if isinstance(part, (bool, np.bool_)) or not isinstance(part, (int, np.integer, slice, type(None), type(...))):
            raise TypeError(f"[{op}] index must be made of integers, slices, None and ..., got {type(part).__name__}")
    parts = parts if Ellipsis in parts else (*parts, ...)
    try:
        return x.array[parts], parts
    except (IndexError, TypeError, ValueError) as error:
        raise type(error)(f"[{op}] {error}") from None


def gather_rows(table: Tensor, ids: Any) -> Tensor:
    """table[ids], row by row: (vocabulary, ...) and ids of any shape give (*ids.shape, ...).

    Raises:
        ValueError: an id outside [0, vocabulary).
    """
    ids = tensor_of(ids)
    indices = ids_of("gather_rows", "ids", ids.array, "integers")
    y = kernels.gather_rows(NEW, table.array, indices)
    vocabulary = table.array.shape[0]

    def backward(dy: np.ndarray, into: Any) -> Any:
        return kernels.scatter_add_rows(into[0], dy, indices, vocabulary), None

    return record(y, (table, ids), backward)  # the ids have no gradient, but must not be overwritten either
