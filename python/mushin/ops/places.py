"""Overwriting elements at places, along an axis or in the flattened tensor."""
# ruff: noqa: A002  PyTorch's names of arguments

from __future__ import annotations

from typing import Any

import numpy as np

from mushin import kernels
from mushin.autograd import NEW, Tensor, from_array, record
from mushin.ops import compare, elementwise, scan
from mushin.ops.arrays import (
    cast,
    check_float,
    fitting,
    ids_of,
    launched,
    normalized_axis,
    reshaped,
    same_dtype,
    tensor_of,
)
from mushin.ops.axes import middle_shape
from mushin.ops.gathering import gather, index_add, scatter, scatter_add, where
from mushin.ops.indexing import getitem, of_rows
from mushin.ops.shape import expand, reshape


def take(input: Any, index: Any) -> Tensor:
    """The elements of the flattened tensor at places, in the shape of index; those below 0 count from the end.

    Source: torch.take.
    """
    ids = tensor_of(index)
    ids_of("take", "index", ids.array, "integers")
    return getitem(reshape(tensor_of(input), (-1,)), ids)


def index_copy(input: Any, dim: int, index: Any, source: Any) -> Tensor:
    """A copy of input with source[i] at place index[i] along an axis; of several the last.

    Args:
        input: of any shape and dtype.
        dim: the axis.
        index: (n,), integers in [0, length of the axis).
        source: of input's dtype and shape, but of length n along the axis.

    Raises:
        IndexError: an id out of range.

    Source: torch.index_copy.
    """
    return _index_copy("index_copy", tensor_of(input), dim, index, tensor_of(source))


def _index_copy(op: str, x: Tensor, dim: int, index: Any, source: Tensor) -> Tensor:
    axis, ids = normalized_axis(op, dim, x.array.ndim), tensor_of(index)
    places = ids_of(op, "index", ids.array, "integers")
    shape = x.array.shape
    wanted = (*shape[:axis], places.size, *shape[axis + 1 :])
    if places.ndim > 1 or source.array.shape != wanted:
        raise ValueError(
            f"[{op}] source must have shape {wanted} and index one axis, got {source.array.shape} and {places.shape}"
        )
    if not same_dtype(source.array, x.array):
        raise TypeError(f"[{op}] source must be {x.array.dtype} as input, got {source.array.dtype}")
    middle = middle_shape(shape, axis, axis + 1)
    rows = of_rows(places, middle)
    y = kernels.copy(NEW, x.array)
    launched(op, kernels.scatter, y.reshape(middle), reshaped(source.array, rows.shape), rows, False)

    def backward(dy: np.ndarray, into: Any) -> Any:
        dx = None
        if into[0] is not None:
            dx = kernels.copy(NEW, dy)
            nothing = np.broadcast_to(np.zeros((), dy.dtype), rows.shape)
            kernels.scatter(dx.reshape(middle), reshaped(nothing, rows.shape), rows, False)
        if into[1] is None:
            return dx, None, None
        return dx, kernels.gather(reshaped(dy, middle), rows, False).reshape(wanted), None

    return record(y, (x, source, ids), backward)


def index_fill(input: Any, dim: int, index: Any, value: Any) -> Tensor:
    """A copy of input with one value at the places that index names along an axis.

    Args:
        input: of any shape and dtype.
        dim: the axis.
        index: (n,), integers in [0, length of the axis).
        value: a number, or a tensor without axes, which may have a gradient.

    Raises:
        IndexError: an id out of range.

    Source: torch.index_fill.
    """
    x = tensor_of(input)
    axis, ids = normalized_axis("index_fill", dim, x.array.ndim), tensor_of(index)
    if isinstance(value, Tensor):
        filling = cast(value, x.array.dtype)
    else:
        filling = from_array(fitting("index_fill", "value", value, x.array.dtype))
    if filling.array.ndim:
        raise ValueError(f"[index_fill] value must be a number or have no axes, got shape {filling.array.shape}")
    shape = x.array.shape
    wanted = (*shape[:axis], ids.array.size, *shape[axis + 1 :])
    return _index_copy("index_fill", x, axis, ids, expand(filling, wanted))


def masked_scatter(input: Any, mask: Any, source: Any) -> Tensor:
    """A copy of input in which the elements where the mask is true are, one after the other, those of source.

    Args:
        input: of any shape and dtype.
        mask: bool, broadcast to input.
        source: of input's dtype, with at least as many elements as the mask has true ones.

    Raises:
        IndexError: source has too few elements.

    Source: torch.masked_scatter.
    """
    x, given, truth = tensor_of(input), tensor_of(source), tensor_of(mask)
    if truth.array.dtype.kind != "b":
        raise TypeError(f"[masked_scatter] mask must be bool, got {truth.array.dtype}")
    if not same_dtype(given.array, x.array):
        raise TypeError(f"[masked_scatter] source must be {x.array.dtype} as input, got {given.array.dtype}")
    if given.array.size == 0:
        raise ValueError("[masked_scatter] source must have elements")
    truth = expand(truth, x.array.shape)
    flat = reshape(truth, (-1,))
    rank = elementwise.maximum(elementwise.sub(scan.cumsum(flat, 0), 1), 0)
    try:
        chosen = getitem(reshape(given, (-1,)), rank)
    except IndexError:
        raise IndexError(
            f"[masked_scatter] source must have an element for each true one of mask, got {given.array.size}"
        ) from None
    result: Tensor = where(truth, reshape(chosen, x.array.shape), x)
    return result


def put(input: Any, index: Any, source: Any, accumulate: bool = False) -> Tensor:
    """A copy of input in which the elements at places of the flattened tensor are those of source, or have them added.

    Args:
        input: of any shape; float32 or float64 if `accumulate`.
        index: integers of any shape, in [0, number of elements).
        source: of input's dtype, with as many elements as index.

    Raises:
        IndexError: an id out of range.

    Source: torch.put, which also counts places below 0 from the end.
    """
    x, ids, given = tensor_of(input), tensor_of(index), tensor_of(source)
    write = index_add if accumulate else index_copy
    flat = launched("put", write, reshape(x, (-1,)), 0, reshape(ids, (-1,)), reshape(given, (-1,)))
    return reshape(flat, x.array.shape)


def scatter_reduce(input: Any, dim: int, index: Any, src: Any, reduce: str, *, include_self: bool = True) -> Tensor:
    """A copy of input in which what src holds for a place is taken together: `scatter_add` and its like.

    Args:
        input: float32 or float64 of any shape.
        dim, index, src: as `scatter`'s.
        reduce: "sum", "mean", "amax" or "amin". Elements that are equally large share the gradient evenly.
        include_self: whether what input holds at the places takes part.

    Raises:
        IndexError: an id out of range.
        ValueError: shapes that do not fit, or another `reduce`.

    Source: torch.scatter_reduce, which has products as well.
    """
    x, ids, source = tensor_of(input), tensor_of(index), tensor_of(src)
    if reduce not in ("sum", "mean", "amax", "amin"):
        raise ValueError(f'[scatter_reduce] reduce must be "sum", "mean", "amax" or "amin", got {reduce!r}')
    check_float("scatter_reduce", "input", x.array)
    if not same_dtype(source.array, x.array):
        raise TypeError(f"[scatter_reduce] src must be {x.array.dtype} as input, got {source.array.dtype}")
    if source.array.shape != ids.array.shape:
        source = getitem(source, tuple(slice(n) for n in ids.array.shape))
    if not include_self:
        start = {"amax": -np.inf, "amin": np.inf}.get(reduce, 0.0)
        x = scatter(x, dim, ids, start)
    if reduce in ("amax", "amin"):
        return _scattered_extreme(x, dim, ids, source, reduce == "amin")
    total = scatter_add(x, dim, ids, source)
    if reduce == "sum":
        return total
    kept, one = (from_array(np.full(each.array.shape, 1.0, x.array.dtype)) for each in (x, source))
    if not include_self:
        kept = scatter(kept, dim, ids, 0.0)
    counts = elementwise.maximum(scatter_add(kept, dim, ids, one), 1.0)
    return elementwise.div(total, counts)


def _scattered_extreme(x: Tensor, dim: int, ids: Tensor, source: Tensor, smallest: bool) -> Tensor:
    """The extreme of x and what is scattered to its places, as sums of those that equal it, divided by their number."""
    outside = gather(x.detach(), dim, ids)  # checks the shapes
    places = ids_of("scatter_reduce", "index", ids.array, "integers")
    axis = normalized_axis("scatter_reduce", dim, max(x.array.ndim, 1))
    whole = tuple(slice(n) if i != axis else slice(None) for i, n in enumerate(places.shape))
    part = x.array[whole]
    rows = kernels.copy(NEW, part)
    middle = middle_shape(rows.shape or (1,), axis, axis + 1)
    shape = middle_shape(places.shape or (1,), axis, axis + 1)
    values = reshaped(source.detach().array, shape)
    launched("scatter_reduce", kernels.scatter_extreme, rows.reshape(middle), values, reshaped(places, shape), smallest)
    y = kernels.copy(NEW, x.array)
    kernels.copy(y[whole], rows)
    extreme = from_array(y)
    own = cast(compare.eq(x, extreme), x.array.dtype)
    there = cast(compare.eq(source, gather(extreme, dim, ids)), outside.dtype)
    counts = scatter_add(own, dim, ids, there)
    own_share = elementwise.div(own, counts).array
    shares = elementwise.div(there, gather(counts, dim, ids)).array

    def backward(dy: np.ndarray, into: Any) -> Any:
        gradient = from_array(dy)
        dx = None if into[0] is None else elementwise.mul(gradient, own_share).array
        dsource = None if into[1] is None else elementwise.mul(gather(gradient, dim, places), shares).array
        return dx, dsource, None

    return record(y, (x, source, ids), backward)


OPS = (take, index_copy, index_fill, masked_scatter, put, scatter_reduce)
UPDATING = OPS[1:]
