"""x[index] and x[index] = value, with integers, slices, None and ..., and with integer arrays and masks.

Integers, slices, None and ... make a view. What arrays choose is gathered from it: the axes that they index are brought
together and taken as one, (outer, length, inner), along which a kernel finds the places. A mask stands for the places
at which it is true.
"""

from __future__ import annotations

from math import prod
from typing import Any, NamedTuple

import numpy as np

from mushin import kernels
from mushin.autograd import NEW, Tensor, forbid_while_recording, record
from mushin.ops.arrays import (
    array_of,
    ids_of,
    launched,
    normalized_axis,
    numbers_of,
    reshaped,
    reshaped_target,
    tensor_for,
    tensor_of,
)
from mushin.ops.axes import middle_shape
from mushin.ops.shape import part_of, permute

_FIRST = np.zeros((), np.int64)  # what the first of several indices is added to


class Choice(NamedTuple):
    """An array in an index: the axes of the view that it indexes, a mask's as if they were one."""

    axis: int
    axes: int
    array: np.ndarray  # int64, or bool of as many axes


class Index(NamedTuple):
    """What an index says: how a view is made, and what arrays then choose from it."""

    basic: tuple[Any, ...]
    choices: list[Choice]
    tensors: tuple[Tensor, ...]  # of which the choices' arrays may be the memory

    @property
    def is_basic(self) -> bool:
        return not self.choices

    @property
    def takes_all(self) -> bool:
        """Whether the view is the whole."""
        return all(part is Ellipsis or (isinstance(part, slice) and part == slice(None)) for part in self.basic)


class Gathering(NamedTuple):
    """How choices are gathered: the order of axes that brings theirs together as [first, end), and the places there."""

    order: tuple[int, ...]
    first: int
    end: int
    ids: np.ndarray


_BASIC = (int, np.integer, slice, type(None), type(...))


def parsed(op: str, shape: tuple[int, ...], index: Any) -> Index:
    """An index of an array of a shape.

    Raises:
        IndexError: more axes than there are, or a mask of another shape.
        TypeError: anything but integers, slices, None, Ellipsis, and arrays of integers or truth values.
    """
    parts = index if isinstance(index, tuple) else (index,)
    arrays: dict[int, np.ndarray] = {}
    for i, part in enumerate(parts):
        if isinstance(part, _BASIC) and not isinstance(part, bool):
            continue
        if not isinstance(part, (Tensor, np.ndarray, list)):
            raise TypeError(
                f"[{op}] index must be made of integers, slices, None, ..., integer arrays and masks, "
                f"got {type(part).__name__}"
            )
        arrays[i] = _integers_or_mask(op, part)
    if not any(part is Ellipsis for part in parts):
        parts = (*parts, ...)
    return Index(parts, [], ()) if not arrays else _with_choices(op, shape, parts, arrays)


def _integers_or_mask(op: str, part: Any) -> np.ndarray:
    array = numbers_of(op, "index", part)
    if array.dtype.kind == "b" and array.ndim > 0:
        return array
    if isinstance(part, list) and array.size == 0:
        return kernels.empty(array.shape, np.int64)
    return ids_of(op, "index", array, "integers, or be a mask with axes")


def _with_choices(op: str, shape: tuple[int, ...], parts: tuple[Any, ...], arrays: dict[int, np.ndarray]) -> Index:
    def axes_of(i: int) -> int:
        if i in arrays:
            return arrays[i].ndim if arrays[i].dtype.kind == "b" else 1
        return 0 if parts[i] is None or parts[i] is Ellipsis else 1

    named = sum(axes_of(i) for i in range(len(parts)))
    if named > len(shape):
        raise IndexError(f"[{op}] too many indices: x has {len(shape)} axes, the index is for {named}")
    if sum(part is Ellipsis for part in parts) > 1:
        raise IndexError(f"[{op}] index must hold ... once at most")
    basic: list[Any] = []
    choices: list[Choice] = []
    axis, place = 0, 0  # in x, and in the view
    for i, part in enumerate(parts):
        axes = len(shape) - named if part is Ellipsis else axes_of(i)
        if i in arrays:
            if arrays[i].dtype.kind == "b" and arrays[i].shape != shape[axis : axis + axes]:
                raise IndexError(
                    f"[{op}] mask must have shape {shape[axis : axis + axes]} for axis {axis} on, got {arrays[i].shape}"
                )
            basic += [slice(None)] * axes
            choices.append(Choice(place, axes, arrays[i]))
        else:
            basic.append(part)
        axis += axes
        place += 1 if part is None else 0 if isinstance(part, (int, np.integer)) else axes
    return Index(tuple(basic), choices, tuple(p for i, p in enumerate(parts) if i in arrays and isinstance(p, Tensor)))


def basic_view(op: str, array: np.ndarray, basic: tuple[Any, ...]) -> np.ndarray:
    """The view that integers, slices, None and Ellipsis make, never a NumPy number.

    Raises:
        IndexError: an index out of range, or for more axes than there are.
        TypeError: a slice of anything but integers.
        ValueError: a slice with a step of 0.
    """
    try:
        view: np.ndarray = array[basic]
    except (IndexError, TypeError, ValueError) as error:
        raise type(error)(f"[{op}] {error}") from None
    return view


def gathering(op: str, shape: tuple[int, ...], choices: list[Choice]) -> Gathering:
    """How to gather from a view of a shape. Choices that are apart move to the front, as NumPy's and PyTorch's do."""
    chosen = [axis for choice in choices for axis in range(choice.axis, choice.axis + choice.axes)]
    # An array without axes takes its axis away before it is seen which are apart.
    spread = [c for c in choices if c.array.ndim > 0]
    gone = {c.axis for c in choices if c.array.ndim == 0}
    others = [axis for axis in range(len(shape)) if axis not in chosen]
    before = [axis for axis in others if spread and axis < spread[0].axis]
    last = spread[-1].axis + spread[-1].axes if spread else 0
    inside = [axis for axis in range(spread[0].axis if spread else 0, last) if axis not in chosen and axis not in gone]
    if inside:
        before = []
    after = [axis for axis in others if axis not in before]
    order = (*before, *chosen, *after)
    return Gathering(order, len(before), len(before) + len(chosen), _places(op, shape, choices))


def _places(op: str, shape: tuple[int, ...], choices: list[Choice]) -> np.ndarray:
    """One array of places along the axes that the choices index together."""
    arrays = [_true_places(op, c.array) if c.array.dtype.kind == "b" else c.array for c in choices]
    if len(arrays) == 1:
        return arrays[0]
    try:
        np.broadcast_shapes(*(array.shape for array in arrays))
    except ValueError:
        shapes = " and ".join(str(array.shape) for array in arrays)
        raise IndexError(f"[{op}] arrays of an index must broadcast together, got shapes {shapes}") from None
    flat = _FIRST
    for choice, array in zip(choices, arrays):
        flat = launched(op, kernels.index, flat, array, prod(shape[choice.axis : choice.axis + choice.axes]))
    return flat


def _true_places(op: str, mask: np.ndarray) -> np.ndarray:
    forbid_while_recording(op, "how many elements a mask chooses cannot be known")
    return np.flatnonzero(mask).astype(np.int64, copy=False)


def getitem(x: Tensor, index: Any) -> Tensor:
    """x[index]: a view for integers, slices, None and ...; a new tensor for integer arrays and masks.

    Arrays are broadcast together; their axes stand where the first of them stood or, if a slice, None or ... is between
    them, in front. A mask chooses the places at which it is true. Integers below 0 count from the end.

    Raises:
        IndexError: an index out of range, or for more axes than x has; a mask of another shape than x's axes.
        TypeError: an index of another kind.
        RecordingError: a mask while a step is recorded; `where` and `masked_fill` take one.

    Source: numpy.ndarray.__getitem__; integers beside arrays as torch.Tensor.__getitem__.
    """
    x = tensor_for("getitem", x)
    parts = parsed("getitem", x.array.shape, index)
    if parts.is_basic or not parts.takes_all:
        x = part_of(x, lambda array: basic_view("getitem", array, parts.basic))
    if parts.is_basic:
        return x
    places = gathering("getitem", x.array.shape, parts.choices)
    if places.order != tuple(range(x.array.ndim)):
        x = permute(x, places.order)
    return take("getitem", x, places.first, places.end, places.ids, from_end=True, given=parts.tensors)


def take(
    op: str,
    x: Tensor,
    first: int,
    end: int,
    ids: np.ndarray,
    from_end: bool = False,
    given: tuple[Tensor, ...] = (),
) -> Tensor:
    """The elements of x at places along its axes [first, end), taken as one: the ids' axes stand in their place.

    Args:
        op: what errors begin with.
        x: of any dtype.
        first, end: the axes.
        ids: int64.
        from_end: whether ids below zero count from the end, or are errors.
        given: the tensors whose memory the ids may lie in.
    """
    shape = x.array.shape
    middle = middle_shape(shape, first, end)
    places = of_rows(ids, middle)
    y = launched(op, kernels.gather, reshaped(x.array, middle), places, from_end)
    gathered = y.shape

    def backward(dy: np.ndarray, into: Any) -> Any:
        target = reshaped_target(into[0], middle)
        dx = kernels.scatter_add(target, reshaped(dy, gathered), places, from_end, middle[1])
        return (dx.reshape(shape) if into[0] is NEW else array_of(into[0]), *(None for _ in given))

    return record(y.reshape((*shape[:first], *ids.shape, *shape[end:])), (x, *given), backward)


def of_rows(ids: np.ndarray, middle: tuple[int, int, int]) -> np.ndarray:
    """One id for all of a row, as the kernels want them for (outer, length, inner)."""
    return np.broadcast_to(reshaped(ids, (1, ids.size, 1)), (middle[0], ids.size, middle[2]))


def write(op: str, array: np.ndarray, index: Index, values: np.ndarray) -> None:
    """array[index] = values, with arrays in the index: of several values for one place the last stays.

    Raises:
        ValueError: values that do not broadcast to the shape of array[index].
    """
    view = basic_view(op, array, index.basic)
    if len(index.choices) == 1 and index.choices[0].array.dtype.kind == "b" and values.size == 1:
        return _fill_where(view, index.choices[0], values)
    places = gathering(op, view.shape, index.choices)
    view = view.transpose(places.order)
    shape = (*view.shape[: places.first], *places.ids.shape, *view.shape[places.end :])
    try:
        values = np.broadcast_to(values, shape)
    except ValueError:
        raise ValueError(f"[{op}] source must broadcast to shape {shape}, got {values.shape}") from None
    middle = middle_shape(view.shape, places.first, places.end)
    rows = view if view.flags.carray else kernels.copy(NEW, view)
    values = reshaped(values, (middle[0], places.ids.size, middle[2]))
    launched(op, kernels.scatter, rows.reshape(middle), values, of_rows(places.ids, middle), True)
    if rows is not view:
        kernels.copy(view, rows)
    return None


def _fill_where(view: np.ndarray, choice: Choice, value: np.ndarray) -> None:
    """One value at all the places where a mask is true: how many there are need not be known."""
    mask = choice.array.view(np.uint8)
    mask = np.expand_dims(mask, tuple(range(mask.ndim, view.ndim - choice.axis)))
    kernels.copy(view, kernels.where(mask, np.squeeze(value), view))


def index_select(x: Tensor, dim: int, index: Any) -> Tensor:
    """The elements of x at places along one axis, in the order of index.

    Args:
        x: of any shape and dtype.
        dim: the axis.
        index: (n,), integers in [0, length of the axis).

    Raises:
        IndexError: an id out of range.

    Source: torch.index_select.
    """
    x = tensor_for("index_select", x)
    axis = normalized_axis("index_select", dim, x.array.ndim)
    ids = tensor_of(index)
    places = ids_of("index_select", "index", ids.array, "integers")
    if places.ndim > 1:
        raise ValueError(f"[index_select] index must have shape (n,), got {places.shape}")
    return take("index_select", x, axis, axis + 1, reshaped(places, (places.size,)), given=(ids,))
