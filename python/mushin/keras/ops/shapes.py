"""Ops of shapes: axes, parts, what is put together; and products over axes."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from mushin import ops
from mushin.autograd import Tensor
from mushin.keras.ops.elements import of_two
from mushin.ops.arrays import normalized_axis, tensor_of
from mushin.ops.creation import meshgrid, zeros
from mushin.ops.order import bincount
from mushin.ops.shape import clone


def _transpose(x: Any, axes: Any = None) -> Tensor:
    """The axes in another order, reversed if None."""
    x = tensor_of(x)
    return ops.permute(x, tuple(range(x.ndim))[::-1] if axes is None else tuple(axes))


def _expand_dims(x: Any, axis: int) -> Tensor:
    """A new axis of length 1 at a place."""
    x = tensor_of(x)
    place = normalized_axis("expand_dims", axis, x.ndim + 1)
    return ops.reshape(x, (*x.shape[:place], 1, *x.shape[place:]))


def _squeeze(x: Any, axis: int | None = None) -> Tensor:
    """The axes of length 1, or one of them, taken away."""
    x = tensor_of(x)
    gone = [i for i, n in enumerate(x.shape) if n == 1] if axis is None else [normalized_axis("squeeze", axis, x.ndim)]
    if any(x.shape[i] != 1 for i in gone):
        raise ValueError(f"[squeeze] axis must be one of length 1 of shape {x.shape}, got {axis}")
    return ops.reshape(x, tuple(n for i, n in enumerate(x.shape) if i not in gone))


def _reshape(x: Any, newshape: Any) -> Tensor:
    """The same elements in another shape, of which one length may be -1."""
    return ops.reshape(tensor_of(x), (newshape,) if isinstance(newshape, int) else tuple(newshape))


def _ravel(x: Any) -> Tensor:
    """All elements along one axis."""
    return ops.reshape(tensor_of(x), (-1,))


def _flip(x: Any, axis: Any = None) -> Tensor:
    """The elements in reverse order along axes; along all if None."""
    x = tensor_of(x)
    return ops.flip(x, tuple(range(x.ndim)) if axis is None else axis)


def _pad(x: Any, pad_width: Any, mode: str = "constant", constant_values: float | None = None) -> Tensor:
    """Elements before and after along every axis: pad_width is one number, (before, after), or that of each axis; mode
    is "constant" or "reflect"."""
    x = tensor_of(x)
    if mode not in ("constant", "reflect"):
        raise ValueError(f'[pad] mode must be "constant" or "reflect", got {mode!r}')
    widths = np.broadcast_to(np.asarray(pad_width), (x.ndim, 2))
    return ops.pad(x, tuple(int(n) for axis in widths[::-1] for n in axis), mode, constant_values)


# --- pieces


def _split(x: Any, indices_or_sections: Any, axis: int = 0) -> list[Tensor]:
    """So many pieces of one length along an axis, or pieces that are cut at indices."""
    x = tensor_of(x)
    if isinstance(indices_or_sections, int) and x.shape[axis] % indices_or_sections:
        raise ValueError(f"[split] indices_or_sections must divide {x.shape[axis]}, got {indices_or_sections}")
    return _array_split(x, indices_or_sections, axis)


def _array_split(x: Any, indices_or_sections: Any, axis: int = 0) -> list[Tensor]:
    """`split`, where the first pieces are longer by 1 if need be."""
    places = indices_or_sections if isinstance(indices_or_sections, int) else tuple(map(int, indices_or_sections))
    return list(ops.tensor_split(tensor_of(x), places, axis))


def _split_along(axis: int) -> Callable[[Any, Any], list[Tensor]]:
    def split_along(x: Any, indices_or_sections: Any) -> list[Tensor]:
        return _split(x, indices_or_sections, min(axis, tensor_of(x).ndim - 1))

    split_along.__doc__ = f"`split` along axis {axis}, or the last one."
    return split_along


def _unstack(x: Any, num: int | None = None, axis: int = 0) -> list[Tensor]:
    """The parts at each place of an axis."""
    pieces = list(ops.unbind(tensor_of(x), axis))
    if num not in (None, len(pieces)):
        raise ValueError(f"[unstack] num must be the axis' length, {len(pieces)}, got {num}")
    return pieces


def _slice(inputs: Any, start_indices: Any, shape: Any) -> Tensor:
    """The part of a shape that begins at a place."""
    places = zip(start_indices, shape, strict=True)
    return ops.getitem(tensor_of(inputs), tuple(slice(int(begin), int(begin) + int(n)) for begin, n in places))


def _take(x: Any, indices: Any, axis: int | None = None) -> Tensor:
    """The elements at ids along an axis, or of the flattened tensor."""
    x = tensor_of(x)
    if axis is None:
        return _take(_ravel(x), indices, 0)
    return ops.getitem(x, (*(slice(None),) * normalized_axis("take", axis, x.ndim), tensor_of(indices)))


def _take_along_axis(x: Any, indices: Any, axis: int | None = None) -> Tensor:
    """For each row of ids along an axis the elements of this row."""
    return ops.take_along_dim(tensor_of(x), indices, axis)


def _segment_sum(data: Any, segment_ids: Any, num_segments: int | None = None, sorted: bool = False) -> Tensor:  # noqa: A002
    """The sums of the rows that have one segment's id, which may come in any order."""
    data = tensor_of(data)
    if num_segments is None:
        raise ValueError("[segment_sum] num_segments must be given, got None")
    return ops.index_add(zeros((num_segments, *data.shape[1:]), dtype=data.dtype), 0, segment_ids, data)


# --- put together


def _append(x1: Any, x2: Any, axis: int | None = None) -> Tensor:
    """x1 and x2 one after the other along an axis, or flattened."""
    return ops.cat([_ravel(x1), _ravel(x2)]) if axis is None else ops.cat([tensor_of(x1), tensor_of(x2)], axis)


def _listed(xs: Any) -> list[Tensor]:
    return [tensor_of(x) for x in xs]


def _where(condition: Any, x1: Any = None, x2: Any = None) -> Any:
    """x1 where the condition is true, else x2; without them the places where it is true."""
    return ops.where(condition, x1, x2) if x1 is not None or x2 is not None else list(ops.where(condition))


def _select(condlist: Any, choicelist: Any, default: Any = 0) -> Tensor:
    """The choice of the first condition that is true, else the default."""
    selected = default
    for condition, choice in reversed(list(zip(condlist, choicelist, strict=True))):
        selected = ops.where(condition, choice, selected)
    return tensor_of(selected)


def _meshgrid(*x: Any, indexing: str = "xy") -> list[Tensor]:
    """For each tensor of one axis its elements along an axis of the grid that they span."""
    return list(meshgrid(*_listed(x), indexing=indexing))


# --- order


def _argsort(x: Any, axis: int | None = -1) -> Tensor:
    """The places that bring x in order along an axis, or flattened."""
    return ops.argsort(_ravel(x), 0) if axis is None else ops.argsort(tensor_of(x), axis)


def _top_k(x: Any, k: int, sorted: bool = True) -> tuple[Tensor, Tensor]:  # noqa: A002  Keras' name
    """The k largest elements along the last axis, in order whether sorted or not, and their places."""
    values, indices = ops.topk(tensor_of(x), k)
    return values, indices


def _searchsorted(sorted_sequence: Any, values: Any, side: str = "left") -> Tensor:
    """Where values belong in an ascending sequence."""
    return ops.searchsorted(sorted_sequence, values, side=side)


# --- products


def _dot(x1: Any, x2: Any) -> Tensor:
    """Products summed over the last axis of x1 and the last but one, or the only one, of x2."""
    x1, x2 = tensor_of(x1), tensor_of(x2)
    if x1.ndim == 0 or x2.ndim == 0:
        return ops.mul(x1, x2)
    return ops.tensordot(x1, x2, ([x1.ndim - 1], [max(x2.ndim - 2, 0)]))


def _einsum(subscripts: str, *operands: Any) -> Tensor:
    """Products summed over axes, in Einstein's notation."""
    return ops.einsum(subscripts, *_listed(operands))


def _tensordot(x1: Any, x2: Any, axes: Any = 2) -> Tensor:
    """Products summed over axes of both."""
    return ops.tensordot(tensor_of(x1), tensor_of(x2), axes)


def _trace(x: Any, offset: int = 0, axis1: int = 0, axis2: int = 1) -> Tensor:
    """Sum of a diagonal."""
    return ops.sum(ops.diagonal(tensor_of(x), offset, axis1, axis2), -1)


SHAPES: dict[str, Callable[..., Any]] = {
    "append": _append,
    "argsort": _argsort,
    "array_split": _array_split,
    "bincount": lambda x, weights=None, minlength=0: bincount(tensor_of(x), weights, minlength),
    "broadcast_to": lambda x, shape: ops.broadcast_to(tensor_of(x), tuple(shape)),
    "cdist": lambda x, y: ops.cdist(x, y),
    "concatenate": lambda xs, axis=0: ops.cat(_listed(xs), axis),
    "copy": lambda x: clone(tensor_of(x)),
    "corrcoef": lambda x: ops.corrcoef(x),
    "diag": lambda x, k=0: ops.diag(tensor_of(x), k),
    "diagflat": lambda x, k=0: ops.diagflat(tensor_of(x), k),
    "diagonal": lambda x, offset=0, axis1=0, axis2=1: ops.diagonal(tensor_of(x), offset, axis1, axis2),
    "diff": lambda a, n=1, axis=-1: ops.diff(a, n, axis),
    "digitize": lambda x, bins: ops.searchsorted(bins, x, right=True),
    "dot": _dot,
    "dsplit": _split_along(2),
    "dstack": lambda xs: ops.dstack(_listed(xs)),
    "einsum": _einsum,
    "expand_dims": _expand_dims,
    "flip": _flip,
    "fliplr": lambda x: ops.fliplr(tensor_of(x)),
    "get_item": lambda x, key: ops.getitem(tensor_of(x), key),
    "hsplit": _split_along(1),
    "hstack": lambda xs: ops.hstack(_listed(xs)),
    "inner": of_two(lambda a, b: ops.inner(tensor_of(a), tensor_of(b)), "Sums of products over the last axes."),
    "kron": of_two(ops.kron, "Products of all elements of x1 with all of x2, in blocks."),
    "matmul": of_two(ops.matmul, "The matrix product of x1 and x2."),
    "meshgrid": _meshgrid,
    "moveaxis": lambda x, source, destination: ops.movedim(tensor_of(x), source, destination),
    "nonzero": lambda x: _where(tensor_of(x)),
    "outer": of_two(lambda a, b: ops.outer(_ravel(a), _ravel(b)), "Products of all elements of x1 with all of x2."),
    "pad": _pad,
    "ravel": _ravel,
    "repeat": lambda x, repeats, axis=None: ops.repeat_interleave(tensor_of(x), repeats, axis),
    "reshape": _reshape,
    "roll": lambda x, shift, axis=None: ops.roll(tensor_of(x), shift, axis),
    "rot90": lambda array, k=1, axes=(0, 1): ops.rot90(tensor_of(array), k, axes),
    "searchsorted": _searchsorted,
    "segment_sum": _segment_sum,
    "select": _select,
    "slice": _slice,
    "sort": lambda x, axis=-1: ops.sort(tensor_of(x), axis)[0],
    "split": _split,
    "squeeze": _squeeze,
    "stack": lambda x, axis=0: ops.stack(_listed(x), axis),
    "swapaxes": lambda x, axis1, axis2: ops.transpose(tensor_of(x), axis1, axis2),
    "take": _take,
    "take_along_axis": _take_along_axis,
    "tensordot": _tensordot,
    "tile": lambda x, repeats: ops.tile(tensor_of(x), repeats),
    "top_k": _top_k,
    "trace": _trace,
    "transpose": _transpose,
    "trapezoid": lambda y, x=None, dx=1.0, axis=-1: ops.trapezoid(y, x, dx=dx, dim=axis),
    "tril": lambda x, k=0: ops.tril(tensor_of(x), k),
    "triu": lambda x, k=0: ops.triu(tensor_of(x), k),
    "unstack": _unstack,
    "vander": ops.vander,
    "vdot": of_two(lambda a, b: ops.dot(_ravel(a), _ravel(b)), "Sum of the products of all elements."),
    "vsplit": _split_along(0),
    "vstack": lambda xs: ops.vstack(_listed(xs)),
    "where": _where,
}
