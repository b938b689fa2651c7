"""Tensors put together and taken apart along the first three axes, and turned."""
# ruff: noqa: A002  PyTorch's names of arguments

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from mushin.autograd import Tensor
from mushin.ops.arranging import flip
from mushin.ops.arrays import distinct_axes, integer, normalized_axis, tensor_for, tensor_of
from mushin.ops.indexing import take
from mushin.ops.joining import cat, tensor_split
from mushin.ops.shape import expand, movedim, reshape, transpose, unsqueeze


def broadcast_shapes(*shapes: int | tuple[int, ...]) -> tuple[int, ...]:
    """The shape that tensors of these shapes have when they are broadcast together.

    Source: torch.broadcast_shapes.
    """
    try:
        return np.broadcast_shapes(*shapes)
    except ValueError:
        raise ValueError(f"[broadcast_shapes] shapes must broadcast together, got {shapes}") from None


def broadcast_tensors(*tensors: Any) -> tuple[Tensor, ...]:
    """Tensors as views of their common shape.

    Source: torch.broadcast_tensors.
    """
    given = [tensor_of(each) for each in tensors]
    shapes = tuple(each.array.shape for each in given)
    try:
        shape = np.broadcast_shapes(*shapes)
    except ValueError:
        raise ValueError(f"[broadcast_tensors] shapes must broadcast together, got {shapes}") from None
    return tuple(expand(each, shape) for each in given)


def atleast_1d(*tensors: Any) -> Any:
    """Tensors without axes with one; of one tensor itself, else a tuple.

    Source: torch.atleast_1d.
    """
    return _each(tensors, lambda x: x if x.array.ndim else reshape(x, (1,)))


def atleast_2d(*tensors: Any) -> Any:
    """Tensors of fewer than two axes with two: a vector is a row. Of one tensor itself, else a tuple.

    Source: torch.atleast_2d.
    """
    return _each(tensors, lambda x: x if x.array.ndim > 1 else reshape(x, (1, -1)))


def atleast_3d(*tensors: Any) -> Any:
    """Tensors of fewer than three axes with three: a vector is (1, n, 1), a matrix (m, n, 1).

    Source: torch.atleast_3d.
    """
    return _each(tensors, _with_three_axes)


def _with_three_axes(x: Tensor) -> Tensor:
    return unsqueeze(x, 2) if x.array.ndim == 2 else x if x.array.ndim > 2 else reshape(x, (1, -1, 1))


def _each(tensors: tuple[Any, ...], function: Any) -> Any:
    if len(tensors) == 1 and isinstance(tensors[0], (tuple, list)):
        return tuple(function(tensor_of(each)) for each in tensors[0])
    results = tuple(function(tensor_of(each)) for each in tensors)
    return results[0] if len(results) == 1 else results


def dstack(tensors: Sequence[Any]) -> Tensor:
    """Tensors behind one another: along the third axis, matrices as (m, n, 1).

    Source: torch.dstack.
    """
    return cat([_with_three_axes(tensor_of(each)) for each in tensors], 2)


def column_stack(tensors: Sequence[Any]) -> Tensor:
    """Tensors side by side along the second axis, vectors as columns.

    Source: torch.column_stack.
    """
    given = [tensor_of(each) for each in tensors]
    return cat([each if each.array.ndim > 1 else reshape(each, (-1, 1)) for each in given], 1)


def hsplit(input: Tensor, indices_or_sections: int | tuple[int, ...] | list[int]) -> tuple[Tensor, ...]:
    """input in so many equal pieces along the second axis, or the only one, or cut at indices; views.

    Source: torch.hsplit.
    """
    x = tensor_for("hsplit", input, "input")
    return _split("hsplit", x, indices_or_sections, 1 if x.array.ndim > 1 else 0, 1)


def vsplit(input: Tensor, indices_or_sections: int | tuple[int, ...] | list[int]) -> tuple[Tensor, ...]:
    """input in so many equal pieces along the first axis, or cut at indices; views.

    Source: torch.vsplit.
    """
    return _split("vsplit", input, indices_or_sections, 0, 2)


def dsplit(input: Tensor, indices_or_sections: int | tuple[int, ...] | list[int]) -> tuple[Tensor, ...]:
    """input in so many equal pieces along the third axis, or cut at indices; views.

    Source: torch.dsplit.
    """
    return _split("dsplit", input, indices_or_sections, 2, 3)


def _split(op: str, x: Tensor, where: int | tuple[int, ...] | list[int], axis: int, axes: int) -> tuple[Tensor, ...]:
    x = tensor_for(op, x, "input")
    if x.array.ndim < axes:
        raise ValueError(f"[{op}] input must have at least {axes} axes, got shape {x.array.shape}")
    length = x.array.shape[axis]
    if not isinstance(where, (tuple, list)) and (integer(op, "indices_or_sections", where) < 1 or length % where):
        raise ValueError(f"[{op}] indices_or_sections must divide {length}, the axis' length, got {where}")
    return tensor_split(x, where, axis)


def fliplr(input: Tensor) -> Tensor:
    """input with its second axis reversed; a copy.

    Source: torch.fliplr.
    """
    x = tensor_for("fliplr", input, "input")
    if x.array.ndim < 2:
        raise ValueError(f"[fliplr] input must have at least 2 axes, got shape {x.array.shape}")
    return flip(x, (1,))


def flipud(input: Tensor) -> Tensor:
    """input with its first axis reversed; a copy.

    Source: torch.flipud.
    """
    x = tensor_for("flipud", input, "input")
    if x.array.ndim < 1:
        raise ValueError("[flipud] input must have at least 1 axis, got shape ()")
    return flip(x, (0,))


def rot90(input: Tensor, k: int = 1, dims: tuple[int, ...] = (0, 1)) -> Tensor:
    """input turned by k quarters, from the first of two axes towards the second.

    Source: torch.rot90.
    """
    if not isinstance(dims, (tuple, list)) or len(dims) != 2:
        raise ValueError(f"[rot90] dims must be two axes, got {dims}")
    x = tensor_for("rot90", input, "input")
    a, b = distinct_axes("rot90", dims, x.array.ndim)
    quarters = integer("rot90", "k", k) % 4
    if quarters == 0:
        return flip(x, ())
    if quarters == 2:
        return flip(x, (a, b))
    return transpose(flip(x, (b,)), a, b) if quarters == 1 else flip(transpose(x, a, b), (b,))


def unfold(input: Tensor, dimension: int, size: int, step: int) -> Tensor:
    """Pieces of an axis, each as the last axis; where they overlap, an element is in several. A copy.

    Args:
        input: of any shape and dtype.
        dimension: the axis, in whose place the pieces stand one after the other.
        size: a piece's length.
        step: from a piece's begin to the next one's.

    Source: torch.Tensor.unfold, which gives a view.
    """
    x = tensor_for("unfold", input, "input")
    x = x if x.array.ndim else reshape(x, (1,))
    axis = normalized_axis("unfold", dimension, x.array.ndim)
    length, width, stride = x.array.shape[axis], integer("unfold", "size", size), integer("unfold", "step", step)
    if not 0 <= width <= length:
        raise ValueError(f"[unfold] size must be in [0, {length}], got {size}")
    if stride < 1:
        raise ValueError(f"[unfold] step must be positive, got {step}")
    begins = np.arange(0, length - width + 1, stride)
    pieces = take("unfold", x, axis, axis + 1, begins[:, None] + np.arange(width))
    return movedim(pieces, axis + 1, -1)
