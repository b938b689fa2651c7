"""Choosing elements by truth values, and reading and writing them at places along one axis."""

from __future__ import annotations

from typing import Any, NamedTuple

import numpy as np

from mushin import kernels
from mushin.autograd import NEW, Tensor, forbid_while_recording, from_array, record
from mushin.ops.arrays import (
    cast,
    fitting,
    ids_of,
    launched,
    normalized_axis,
    number,
    operands,
    renamed,
    reshaped,
    same_dtype,
    tensor_for,
    tensor_of,
)
from mushin.ops.axes import middle_shape
from mushin.ops.indexing import getitem, of_rows
from mushin.ops.shape import expand, reshape
from mushin.ops.sums import sum_to

# --- by truth values


def _where(mask: Tensor, a: Tensor, b: Tensor) -> Tensor:
    """where(mask, a, b) of one dtype."""
    condition = _mask("where", "condition", mask.array)
    a_shape, b_shape = a.array.shape, b.array.shape

    def backward(dy: np.ndarray, into: Any) -> Any:
        nothing = np.zeros((), dy.dtype)
        da = None if into[0] is None else sum_to(kernels.where(condition, dy, nothing), a_shape, into[0])
        db = None if into[1] is None else sum_to(kernels.where(condition, nothing, dy), b_shape, into[1])
        return da, db, None

    return record(kernels.where(condition, a.array, b.array), (a, b, mask), backward)


def where(condition: Any, input: Any = None, other: Any = None) -> Any:  # noqa: A002  PyTorch's name
    """input where the condition is true, else other; broadcast together.

    Args:
        condition: bool, of any shape.
        input, other: tensors or numbers, promoted together; without them the result is nonzero(condition, True).

    Raises:
        TypeError: a condition of another dtype.

    Source: torch.where.
    """
    condition = tensor_of(condition)
    if input is None and other is None:
        return nonzero(condition, as_tuple=True)
    return _where(condition, *operands("where", input, other))


def _mask(op: str, name: str, array: np.ndarray) -> np.ndarray:
    if array.dtype.kind != "b":
        raise TypeError(f"[{op}] {name} must be bool, got {array.dtype}")
    return array.view(np.uint8)


def masked_fill(x: Tensor, mask: Any, value: Any) -> Tensor:
    """x with one value where the mask is true.

    Args:
        x: of any shape and dtype.
        mask: bool, broadcast together with x.
        value: a number, or a tensor without axes, which may have a gradient.

    Source: torch.masked_fill.
    """
    x = tensor_for("masked_fill", x)
    mask = tensor_of(mask)
    _mask("masked_fill", "mask", mask.array)
    if isinstance(value, Tensor):
        if value.array.ndim:
            raise ValueError(f"[masked_fill] value must have no axes, got shape {value.array.shape}")
        return _filled(mask, cast(value, x.array.dtype), x)
    filling = fitting("masked_fill", "value", value, x.array.dtype)
    if x.array.dtype.kind != "f" and filling != value:
        raise ValueError(f"[masked_fill] value must fit {x.array.dtype}, got {value}")
    return _filled(mask, from_array(filling), x)


def _filled(mask: Tensor, value: Tensor, x: Tensor) -> Tensor:
    _common_shape("masked_fill", x, mask)
    try:
        return _where(mask, value, x)
    except ValueError as error:
        raise renamed(error, "masked_fill") from None


def _common_shape(op: str, x: Tensor, mask: Tensor) -> tuple[int, ...]:
    try:
        return np.broadcast_shapes(x.array.shape, mask.array.shape)
    except ValueError:
        raise ValueError(f"[{op}] mask must broadcast together with {x.array.shape}, got {mask.array.shape}") from None


def masked_select(x: Tensor, mask: Any) -> Tensor:
    """The elements of x at which the mask is true, as one axis; both are broadcast together.

    Raises:
        RecordingError: while a step is recorded: how many there are depends on the mask.

    Source: torch.masked_select.
    """
    x = tensor_for("masked_select", x)
    mask = tensor_of(mask)
    _mask("masked_select", "mask", mask.array)
    shape = _common_shape("masked_select", x, mask)
    return getitem(reshape(expand(x, shape), (-1,)), reshape(expand(mask, shape), (-1,)))


def nonzero(x: Tensor, as_tuple: bool = False) -> Any:
    """The places of the elements that are not zero, int64: (number of them, axes), or a tensor for each axis.

    Raises:
        RecordingError: while a step is recorded: how many there are depends on x.

    Source: torch.nonzero.
    """
    x = tensor_of(x)
    forbid_while_recording("nonzero", "how many elements are not zero cannot be known")
    if as_tuple:
        return tuple(from_array(places) for places in np.nonzero(np.atleast_1d(x.array)))
    return from_array(np.argwhere(x.array))


# --- at places along one axis


class _Region(NamedTuple):
    """The part of a tensor whose elements an index names along an axis: as long as the index along the others."""

    op: str
    shape: tuple[int, ...]  # the index'
    middle: tuple[int, int, int]  # the part as (outer, length, inner)
    places: np.ndarray  # (outer, count, inner)
    from_end: bool
    part: tuple[Any, ...]
    is_whole: bool

    def gather(self, array: np.ndarray) -> np.ndarray:
        rows = reshaped(array[self.part], self.middle)
        y: np.ndarray = launched(self.op, kernels.gather, rows, self.places, self.from_end)
        return y.reshape(self.shape)

    def write(self, array: np.ndarray, values: np.ndarray) -> None:
        """Overwrites the places in a dense array."""
        rows = array if self.is_whole else kernels.copy(NEW, array[self.part])
        values = reshaped(np.broadcast_to(values, self.shape), self.places.shape)
        launched(self.op, kernels.scatter, rows.reshape(self.middle), values, self.places, self.from_end)
        if not self.is_whole:
            kernels.copy(array[self.part], rows)

    def add(self, array: np.ndarray, values: np.ndarray) -> None:
        """Adds to the places in a dense array."""
        rows = array if self.is_whole else kernels.copy(NEW, array[self.part])
        into, values = (rows.reshape(self.middle),), reshaped(values, self.places.shape)
        launched(self.op, kernels.scatter_add, into, values, self.places, self.from_end, self.middle[1])
        if not self.is_whole:
            kernels.copy(array[self.part], rows)


def _region(op: str, x: np.ndarray, dim: int, index: np.ndarray, from_end: bool = False) -> _Region:
    ids = ids_of(op, "index", index, "integers")
    shape, wanted = ids.shape or (1,), x.shape or (1,)
    axis = normalized_axis(op, dim, len(wanted))
    if len(shape) != len(wanted):
        raise ValueError(f"[{op}] index must have {x.ndim} axes as x has, got shape {ids.shape}")
    others = [(n, m) for i, (n, m) in enumerate(zip(shape, wanted)) if i != axis]
    if any(n > m for n, m in others):
        raise ValueError(f"[{op}] index must be at most as long as x's {x.shape} but for axis {dim}, got {ids.shape}")
    outer, count, inner = middle_shape(shape, axis, axis + 1)
    part = tuple(slice(None) if i == axis else slice(n) for i, n in enumerate(shape)) if x.ndim else ()
    places = reshaped(ids, (outer, count, inner))
    is_whole = all(n == m for n, m in others)
    return _Region(op, ids.shape, (outer, wanted[axis], inner), places, from_end, (*part, ...), is_whole)


def gather(x: Tensor, dim: int, index: Any) -> Tensor:
    """y[i, j, k] = x[index[i, j, k], j, k] for dim 0, and so for each axis.

    Args:
        x: of any shape and dtype.
        dim: the axis.
        index: integers in [0, length of the axis), with x's axes, along the others at most as long as x.

    Returns:
        The shape of index.

    Raises:
        IndexError: an id out of range.

    Source: torch.gather.
    """
    x = tensor_for("gather", x)
    index = tensor_of(index)
    return _gathered(x, index, _region("gather", x.array, dim, index.array))


def _gathered(x: Tensor, index: Tensor, region: _Region) -> Tensor:
    shape, dtype = x.array.shape, x.array.dtype

    def backward(dy: np.ndarray, into: Any) -> Any:
        if type(into[0]) is tuple:
            region.add(into[0][0], dy)
            return into[0][0], None
        dx = kernels.fill(kernels.empty(shape, dtype) if into[0] is NEW else into[0], 0.0)
        region.add(dx, dy)
        return dx, None

    return record(region.gather(x.array), (x, index), backward)


def take_along_dim(x: Tensor, indices: Any, dim: int | None = None) -> Tensor:
    """`gather` of a tensor and indices that are broadcast together along the other axes, or that are flattened.

    Indices below 0 count from the end.

    Source: torch.take_along_dim, numpy.take_along_axis.
    """
    x = tensor_for("take_along_dim", x)
    indices = tensor_of(indices)
    if dim is None:
        return take_along_dim(reshape(x, (-1,)), reshape(indices, (-1,)), 0)
    axis = normalized_axis("take_along_dim", dim, x.array.ndim)
    shape, other = list(x.array.shape), list(indices.array.shape)
    if len(shape) != len(other):
        raise ValueError(f"[take_along_dim] indices must have {len(shape)} axes as x has, got shape {tuple(other)}")
    length, count = shape[axis], other[axis]
    shape[axis] = other[axis] = 1
    try:
        common = list(np.broadcast_shapes(tuple(shape), tuple(other)))
    except ValueError:
        raise ValueError(
            f"[take_along_dim] indices must broadcast together with {x.array.shape} but for axis {dim}, got "
            f"{indices.array.shape}"
        ) from None
    before, after = common[:axis], common[axis + 1 :]
    whole = expand(x, (*before, length, *after))
    chosen = expand(indices, (*before, count, *after))
    return _gathered(whole, chosen, _region("take_along_dim", whole.array, axis, chosen.array, from_end=True))


def scatter(x: Tensor, dim: int, index: Any, src: Any = None, *, value: float | None = None) -> Tensor:
    """A copy of x with y[index[i, j, k], j, k] = src[i, j, k] for dim 0, and so for each axis; of several the last.

    Args:
        x: of any shape and dtype.
        dim: the axis.
        index: as `gather`'s.
        src: of x's dtype, at least as long as index along each axis; or a number.
        value: a number, in the place of src.

    Raises:
        IndexError: an id out of range.

    Source: torch.scatter; without its `reduce`.
    """
    x = tensor_for("scatter", x)
    index = tensor_of(index)
    region = _region("scatter", x.array, dim, index.array)
    source = _source("scatter", x, region, value if src is None else src)
    y = kernels.copy(NEW, x.array)
    region.write(y, source.array)

    def backward(dy: np.ndarray, into: Any) -> Any:
        dx = None
        if into[0] is not None:
            dx = kernels.copy(NEW, dy)
            region.write(dx, np.zeros((), dy.dtype))
        return dx, None if into[1] is None else region.gather(dy), None

    return record(y, (x, source, index), backward)


def scatter_add(x: Tensor, dim: int, index: Any, src: Tensor) -> Tensor:
    """A copy of x with y[index[i, j, k], j, k] += src[i, j, k] for dim 0, and so for each axis.

    What is added to one place is added in the order of src. Arguments and errors are those of `scatter`, in float32 or
    float64.

    Source: torch.scatter_add.
    """
    x = tensor_for("scatter_add", x)
    index = tensor_of(index)
    region = _region("scatter_add", x.array, dim, index.array)
    source = _source("scatter_add", x, region, src)
    y = kernels.copy(NEW, x.array)
    region.add(y, source.array)

    def backward(dy: np.ndarray, into: Any) -> Any:
        return dy, None if into[1] is None else region.gather(dy), None

    return record(y, (x, source, index), backward)


def _source(op: str, x: Tensor, region: _Region, src: Any) -> Tensor:
    """As many elements as the index has, of x's dtype."""
    if isinstance(src, (int, float, np.number)):
        return expand(from_array(fitting(op, "src", src, x.array.dtype)), region.shape)
    source = tensor_of(src)
    if not same_dtype(source.array, x.array):
        raise TypeError(f"[{op}] src must be {x.array.dtype} as x, got {source.array.dtype}")
    shape = source.array.shape
    if len(shape) != len(region.shape) or any(n < m for n, m in zip(shape, region.shape)):
        raise ValueError(f"[{op}] src must be at least as long as index' {region.shape}, got {shape}")
    return source if shape == region.shape else getitem(source, tuple(slice(n) for n in region.shape))


def index_add(x: Tensor, dim: int, index: Any, source: Tensor, *, alpha: float = 1) -> Tensor:
    """A copy of x with alpha * source[i] added at place index[i] along an axis, in the order of i.

    Args:
        x: float32 or float64 of any shape.
        dim: the axis.
        index: (n,), integers in [0, length of the axis).
        source: of x's dtype and shape, but of length n along the axis.
        alpha: a number.

    Raises:
        IndexError: an id out of range.

    Source: torch.index_add.
    """
    x = tensor_for("index_add", x)
    axis, ids, source = normalized_axis("index_add", dim, x.array.ndim), tensor_of(index), tensor_of(source)
    places = ids_of("index_add", "index", ids.array, "integers")
    shape = x.array.shape
    wanted = (*shape[:axis], places.size, *shape[axis + 1 :])
    if places.ndim > 1 or source.array.shape != wanted:
        raise ValueError(
            f"[index_add] source must have shape {wanted} and index one axis, got {source.array.shape} and "
            f"{places.shape}"
        )
    scaled = source if alpha == 1 else source * number("index_add", "alpha", alpha)
    middle = middle_shape(shape, axis, axis + 1)
    rows = of_rows(places, middle)
    y = kernels.copy(NEW, x.array)
    values = reshaped(scaled.array, rows.shape)
    launched("index_add", kernels.scatter_add, (y.reshape(middle),), values, rows, False, middle[1])

    def backward(dy: np.ndarray, into: Any) -> Any:
        if into[1] is None:
            return dy, None, None
        return dy, kernels.gather(reshaped(dy, middle), rows, False).reshape(wanted), None

    return record(y, (x, scaled, ids), backward)
