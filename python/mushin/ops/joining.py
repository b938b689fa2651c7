"""Tensors put together along an axis, and taken apart."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mushin import kernels
from mushin.autograd import Tensor, record
from mushin.ops.arrays import cast, common_dtype, integer, normalized_axis, tensor_for, tensor_of
from mushin.ops.shape import along, part_of, reshape

MOST_PIECES = 2**20  # of one tensor; each is a tensor, also those without elements


def _tensors(op: str, tensors: Any) -> list[Tensor]:
    """The tensors of a sequence, of the dtype that they have in common."""
    if not isinstance(tensors, (tuple, list)):
        raise TypeError(f"[{op}] tensors must be a tuple or list of tensors, got {type(tensors).__name__}")
    if not tensors:
        raise ValueError(f"[{op}] tensors must hold at least one tensor")
    given = [tensor_of(each) for each in tensors]
    first = given[0].array.dtype
    if not [each for each in given if each.array.dtype != first]:
        return given
    dtype = common_dtype([each.array for each in given])
    return [cast(each, dtype) for each in given]


def cat(tensors: Sequence[Tensor], dim: int = 0) -> Tensor:
    """Tensors one after the other along an axis.

    Args:
        tensors: of one shape, but for their lengths along the axis; those of shape (0,) are left out. Several dtypes
            are promoted as in arithmetic.
        dim: the axis.

    Source: torch.cat.
    """
    return _joined("cat", _tensors("cat", tensors), dim)


def _joined(op: str, given: list[Tensor], dim: int) -> Tensor:
    parts = [each for each in given if each.array.shape != (0,)] or given[:1]
    shape = parts[0].array.shape
    axis = normalized_axis(op, dim, len(shape))
    before, after, whole = shape[:axis], shape[axis + 1 :], (slice(None),) * axis
    pieces, end = [], 0
    for each in parts:
        other = each.array.shape
        if len(other) != len(shape) or other[:axis] != before or other[axis + 1 :] != after:
            raise ValueError(f"[{op}] tensors must have shape {shape} but for axis {axis}, got {other}")
        begin, end = end, end + other[axis]
        pieces.append((*whole, slice(begin, end)))
    y = kernels.empty((*before, end, *after), parts[0].array.dtype)
    for each, piece in zip(parts, pieces):
        kernels.copy(y[piece], each.array)
    return record(y, tuple(parts), lambda dy, into: tuple(dy[piece] for piece in pieces))


def stack(tensors: Sequence[Tensor], dim: int = 0) -> Tensor:
    """Tensors of one shape one after the other along a new axis.

    Source: torch.stack.
    """
    given = _tensors("stack", tensors)
    shape = given[0].array.shape
    axis = normalized_axis("stack", dim, len(shape) + 1)
    for each in given:
        if each.array.shape != shape:
            raise ValueError(f"[stack] tensors must have shape {shape} as the first, got {each.array.shape}")
    y = kernels.empty((*shape[:axis], len(given), *shape[axis:]), given[0].array.dtype)
    for i, each in enumerate(given):
        kernels.copy(y[along(axis, i)], each.array)
    return record(y, tuple(given), lambda dy, into: tuple(dy[along(axis, i)] for i in range(len(into))))


def hstack(tensors: Sequence[Tensor]) -> Tensor:
    """Tensors side by side: along the second axis, or the only one.

    Source: torch.hstack.
    """
    given = [each if each.array.ndim else reshape(each, (1,)) for each in _tensors("hstack", tensors)]
    return _joined("hstack", given, 0 if given[0].array.ndim == 1 else 1)


def vstack(tensors: Sequence[Tensor]) -> Tensor:
    """Tensors below one another: along the first axis, vectors as rows.

    Source: torch.vstack.
    """
    given = [each if each.array.ndim > 1 else reshape(each, (1, -1)) for each in _tensors("vstack", tensors)]
    return _joined("vstack", given, 0)


def _pieces(x: Tensor, axis: int, ends: Sequence[int], begins: Sequence[int] = ()) -> tuple[Tensor, ...]:
    """Views of x from one end to the next, or from beginnings of their own."""

    def piece(begin: int, end: int) -> Tensor:
        index = along(axis, slice(begin, end))
        return part_of(x, lambda array: array[index])

    return tuple(piece(begin, end) for begin, end in zip(begins or (0, *ends), ends))


def _check_count(op: str, name: str, count: int, may_be_more: bool = False) -> None:
    if count < 1:
        raise ValueError(f"[{op}] {name} must be positive, got {count}")
    if count > MOST_PIECES and not may_be_more:
        raise ValueError(f"[{op}] {name} must be at most {MOST_PIECES}, got {count}")


def split(x: Tensor, split_size_or_sections: int | tuple[int, ...] | list[int], dim: int = 0) -> tuple[Tensor, ...]:
    """x in pieces along an axis: of one length, but for the last, or of the lengths given; views.

    Source: torch.split.
    """
    x = tensor_for("split", x)
    axis = normalized_axis("split", dim, x.array.ndim)
    length = x.array.shape[axis]
    if isinstance(split_size_or_sections, (tuple, list)):
        sizes = [integer("split", "split_size_or_sections", size) for size in split_size_or_sections]
        if sum(sizes) != length or min(sizes, default=0) < 0:
            raise ValueError(f"[split] split_size_or_sections must sum to {length}, the axis' length, got {sizes}")
        return _pieces(x, axis, [sum(sizes[: i + 1]) for i in range(len(sizes))])
    size = integer("split", "split_size_or_sections", split_size_or_sections)
    if size < 0 or (size == 0 and length > 0):
        raise ValueError(f"[split] split_size_or_sections must be positive, got {size}")
    return _in_pieces_of(x, axis, size)


def _in_pieces_of(x: Tensor, axis: int, size: int) -> tuple[Tensor, ...]:
    length = x.array.shape[axis]
    return _pieces(x, axis, [min(end, length) for end in range(size, length + size, size)] if length else [0])


def chunk(x: Tensor, chunks: int, dim: int = 0) -> tuple[Tensor, ...]:
    """x in so many pieces of one length along an axis, but for the last, or in fewer; views.

    Source: torch.chunk.
    """
    x = tensor_for("chunk", x)
    axis, count = normalized_axis("chunk", dim, x.array.ndim), integer("chunk", "chunks", chunks)
    length = x.array.shape[axis]
    _check_count("chunk", "chunks", count, may_be_more=length > 0)  # then it makes fewer
    return _in_pieces_of(x, axis, -(-length // count)) if length else _pieces(x, axis, [0] * count)


def tensor_split(x: Tensor, indices_or_sections: int | tuple[int, ...] | list[int], dim: int = 0) -> tuple[Tensor, ...]:
    """x in so many pieces along an axis, the first ones longer by 1 if need be, or cut at indices; views.

    Source: torch.tensor_split, numpy.array_split.
    """
    x = tensor_for("tensor_split", x)
    axis = normalized_axis("tensor_split", dim, x.array.ndim)
    length = x.array.shape[axis]
    if isinstance(indices_or_sections, (tuple, list)):
        cuts = [integer("tensor_split", "indices_or_sections", cut) for cut in indices_or_sections]
        places = [slice(cut).indices(length)[1] for cut in cuts]  # as a slice would end there
        return _pieces(x, axis, (*places, length), (0, *places))
    count = integer("tensor_split", "indices_or_sections", indices_or_sections)
    _check_count("tensor_split", "indices_or_sections", count)
    size, longer = divmod(length, count)
    return _pieces(x, axis, [size * (i + 1) + min(i + 1, longer) for i in range(count)])


def unbind(x: Tensor, dim: int = 0) -> tuple[Tensor, ...]:
    """The tensors at each place of an axis, which goes; views.

    Source: torch.unbind.
    """
    x = tensor_for("unbind", x)
    axis = normalized_axis("unbind", dim, x.array.ndim)

    def place(i: int) -> Tensor:
        index = along(axis, i)
        return part_of(x, lambda array: array[index])

    return tuple(place(i) for i in range(x.array.shape[axis]))
