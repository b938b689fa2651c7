"""Order along an axis: sorting, the largest, the kth, the median; places in a sequence; distinct values; counts of ids,
and rows that are 1 at one place.

A NaN is larger than every number. Equal elements keep their order.
"""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from mushin import kernels
from mushin.autograd import NEW, Tensor, forbid_while_recording, from_array
from mushin.ops.arrays import (
    LARGEST_INT64,
    cast,
    check_float,
    check_real,
    ids_of,
    integer,
    launched,
    normalized_axis,
    reshaped,
    tensor_of,
)
from mushin.ops.axes import kept_shape
from mushin.ops.extremes import Picked
from mushin.ops.lines import Lines, check_not_empty, record_lines
from mushin.ops.shape import permute, reshape


def _rows(op: str, x: Any, axis: int) -> tuple[Lines, tuple[int, ...]]:
    """x with the axis behind the others, as rows, and the order of axes that brings it back."""
    x = tensor_of(x)
    check_real(op, "x", x.array)
    if x.array.ndim == 0:
        normalized_axis(op, axis, 1)
        x, axis = reshape(x, (1,)), 0
    ndim = x.array.ndim
    axis = normalized_axis(op, axis, ndim)
    order = (*(i for i in range(ndim) if i != axis), axis)
    if axis != ndim - 1:
        x = permute(x, order)
    shape = x.array.shape
    return Lines(x, (prod(shape[:-1]), shape[-1], 1), shape), tuple(order.index(i) for i in range(ndim))


def _first(op: str, x: Any, axis: int, k: int | None, descending: bool) -> Picked:
    """The first k elements in order, or all, and their places."""
    scalar = tensor_of(x).array.ndim == 0
    lines, back = _rows(op, x, axis)
    rows, n, _ = lines.shape
    count = n if k is None else integer(op, "k", k)
    if not 0 <= count <= n:
        raise ValueError(f"[{op}] k must be in [0, {n}], got {k}")
    values, index = kernels.sort(lines.array().reshape(rows, n), count, descending)
    lines = lines._replace(result=() if scalar and count else (*lines.result[:-1], count))
    place = (rows, count, 1)
    picked = record_lines(lines, values, kernels.put_back, index.reshape(place), n, dy_shape=place)
    indices = from_array(index.reshape(lines.result))
    if back == tuple(range(len(back))):
        return Picked(picked, indices)
    return Picked(permute(picked, back), permute(indices, back))


def sort(x: Any, axis: int = -1, descending: bool = False) -> Picked:
    """x in order along an axis, and where each element was, int64.

    Args:
        x: of any shape and real dtype; integers and truth values have no gradient.
        axis: the axis.
        descending: the largest first. Equal elements keep their order either way.

    Source: torch.sort with stable=True.
    """
    return _first("sort", x, axis, None, descending)


def argsort(x: Any, axis: int = -1, descending: bool = False) -> Tensor:
    """The places that bring x in order along an axis, int64, as `sort`; without gradient.

    Source: torch.argsort.
    """
    return _first("argsort", tensor_of(x).detach(), axis, None, descending).indices


def topk(x: Any, k: int, axis: int = -1, largest: bool = True) -> Picked:
    """The k largest elements along an axis, the largest first, or the k smallest; and their places, int64. Of equal
    elements the first is taken first.

    Raises:
        ValueError: k is negative or more than there are.

    Source: torch.topk.
    """
    return _first("topk", x, axis, k, largest)


def kthvalue(x: Any, k: int, axis: int = -1, keepdims: bool = False) -> Picked:
    """The kth smallest element along an axis, from 1 on, and its place, int64.

    Raises:
        ValueError: k is not in [1, n] of n elements.

    Source: torch.kthvalue.
    """
    n = _length(x, axis, "kthvalue")
    place = integer("kthvalue", "k", k)
    if not 1 <= place <= n:
        raise ValueError(f"[kthvalue] k must be in [1, {n}], got {k}")
    return _kth("kthvalue", x, place, axis, keepdims, nan_first=False)


def _length(x: Any, axis: int, op: str) -> int:
    shape = tensor_of(x).array.shape or (1,)
    length: int = shape[normalized_axis(op, axis, len(shape))]
    return length


def median_with_indices(x: Any, axis: int = -1, keepdims: bool = False) -> Picked:
    """The median along an axis, of an even number of elements the lower one, and its place, int64; NaN if there is one.

    Raises:
        ValueError: no elements.

    Source: torch.median.
    """
    k = (_length(x, axis, "median") + 1) // 2
    return _kth("median", x, k, axis, keepdims, nan_first=True)


def median(x: Any) -> Tensor:
    """The median of all elements, of an even number the lower one; NaN if there is one.

    Elements that equal it share the gradient evenly.

    Raises:
        ValueError: no elements.

    Source: torch.median.
    """
    x = tensor_of(x)
    check_real("median", "x", x.array)
    lines = Lines(x, (1, x.array.size, 1), ())
    check_not_empty("median", lines)
    values = lines.array()
    y, _ = kernels.kth_value(values.reshape(1, -1), (x.array.size + 1) // 2, True)
    y = y.reshape(1, 1)
    return record_lines(lines, y, kernels.share_among_equals, values, y)


def _kth(op: str, x: Any, k: int, axis: int, keepdims: bool, nan_first: bool) -> Picked:
    shape = tensor_of(x).array.shape
    lines, _ = _rows(op, x, axis)
    check_not_empty(op, lines)
    rows, n, _ = lines.shape
    axes = (normalized_axis(op, axis, len(shape)),) if shape else ()
    lines = lines._replace(result=kept_shape(shape, axes, keepdims))
    values, index = kernels.kth_value(lines.array().reshape(rows, n), k, nan_first)
    place = (rows, 1, 1)
    picked = record_lines(lines, values, kernels.put_back, index.reshape(place), n, dy_shape=place)
    return Picked(picked, from_array(index.reshape(lines.result)))


def unique(
    x: Any, return_inverse: bool = False, return_counts: bool = False, axis: int | None = None
) -> Tensor | tuple[Tensor, ...]:
    """The distinct elements in ascending order, without gradient; every NaN is one of its own.

    Args:
        x: of any shape and real dtype.
        return_inverse: also for each element its place among the distinct ones, int64.
        return_counts: also how often each occurs, int64.
        axis: distinct slices along this axis instead of elements.

    Raises:
        RecordingError: a step is being recorded: how many there are depends on the values.

    Source: torch.unique.
    """
    x = tensor_of(x)
    check_real("unique", "x", x.array)
    forbid_while_recording("unique", "how many values are distinct depends on them")
    if axis is not None:
        axis = normalized_axis("unique", axis, x.array.ndim)
    distinct: Any = np.unique  # whose types are known only for constant arguments
    parts = distinct(x.array, False, return_inverse, return_counts, axis, equal_nan=False)
    if not isinstance(parts, tuple):
        return from_array(parts)
    return tuple(from_array(np.asarray(part, x.array.dtype if i == 0 else np.int64)) for i, part in enumerate(parts))


def searchsorted(sorted_sequence: Any, input: Any, *, right: bool = False, side: str | None = None) -> Tensor:  # noqa: A002
    """Where values belong in an ascending sequence: how many of its elements are less, int64, without gradient.

    Args:
        sorted_sequence: (n,), or (..., n) with a sequence for each row of input; of any real dtype. Whether it ascends
            is not checked.
        input: the values, of any shape or (..., m); a NaN is larger than all numbers.
        right: count the elements that are equal, too.
        side: "left" or "right", another way to say so.

    Raises:
        ValueError: shapes that do not fit, another side, or one that contradicts `right`.

    Source: torch.searchsorted.
    """
    if side not in (None, "left", "right"):
        raise ValueError(f"[searchsorted] side must be 'left' or 'right', got {side!r}")
    if right and side == "left":
        raise ValueError("[searchsorted] side must be 'right' if right is True, got 'left'")
    sequence, values = (tensor_of(x).detach() for x in (sorted_sequence, input))
    check_real("searchsorted", "sorted_sequence", sequence.array)
    check_real("searchsorted", "input", values.array)
    shape, rows = values.array.shape, sequence.array.shape[:-1]
    if sequence.array.ndim == 0 or (rows and shape[:-1] != rows):
        raise ValueError(
            f"[searchsorted] sorted_sequence must have shape (n,) or {(*shape[:-1], 'n')}, got {sequence.array.shape}"
        )
    dtype = np.result_type(sequence.array, values.array)
    count = prod(rows)
    places = kernels.searchsorted(
        reshaped(cast(sequence, dtype).array, (count, sequence.array.shape[-1])),
        reshaped(cast(values, dtype).array, (count, values.array.size // count if count else 0)),
        right or side == "right",
    )
    return from_array(places.reshape(shape))


def bincount(input: Any, weights: Any = None, minlength: int = 0) -> Tensor:  # noqa: A002  PyTorch's name
    """How often each number from 0 to the largest occurs, or the sum of its weights; without gradient.

    Args:
        input: (n,), integers of any dtype, none of them negative.
        weights: (n,), float32 or float64, or None for counts, which are int64.
        minlength: the least length of the result.

    Raises:
        ValueError: a negative number, another shape, or a negative minlength.
        RecordingError: a step is being recorded: the length depends on the values.

    Source: torch.bincount.
    """
    ids = ids_of("bincount", "input", tensor_of(input).array, "integers")
    forbid_while_recording("bincount", "the length of the result depends on the values")
    if ids.ndim != 1:
        raise ValueError(f"[bincount] input must have shape (n,), got {ids.shape}")
    least = integer("bincount", "minlength", minlength)
    if least < 0:
        raise ValueError(f"[bincount] minlength must not be negative, got {minlength}")
    if ids.size and ids.min() < 0:
        raise ValueError(f"[bincount] input must not be negative, got {ids.min()}")
    length = max(int(ids.max()) + 1 if ids.size else 0, least)
    if length > LARGEST_INT64:
        raise ValueError(f"[bincount] input and minlength must be below {LARGEST_INT64}, got {length - 1}")
    if weights is None:  # whole numbers up to 2^53 are exact in float64
        ones = kernels.fill(kernels.empty(ids.shape, np.float64), 1.0)
        counts = launched("bincount", kernels.scatter_add_rows, NEW, ones, ids, length)
        return from_array(kernels.copy(kernels.empty(counts.shape, np.int64), counts))
    weights = tensor_of(weights).array
    check_float("bincount", "weights", weights)
    if weights.shape != ids.shape:
        raise ValueError(f"[bincount] weights must have shape {ids.shape}, got {weights.shape}")
    return from_array(launched("bincount", kernels.scatter_add_rows, NEW, weights, ids, length))


def one_hot(tensor: Any, num_classes: int = -1) -> Tensor:
    """Rows that are 1 at the place an id names, and 0 elsewhere: int64 of shape (*tensor.shape, num_classes).

    Args:
        tensor: ids of any integer dtype and shape.
        num_classes: -1 for one more than the largest id, which cannot be read while a step is recorded.

    Raises:
        ValueError: an id outside [0, num_classes), or no id to infer num_classes from.

    Source: torch.nn.functional.one_hot.
    """
    ids = ids_of("one_hot", "tensor", tensor_of(tensor).array, "integers, the ids of classes")
    classes = integer("one_hot", "num_classes", num_classes)
    if classes == -1:
        forbid_while_recording("one_hot", "num_classes must be given: the largest id cannot be read")
        if ids.size == 0:
            raise ValueError("[one_hot] num_classes must be given for no ids, got -1")
        if ids.min() < 0:
            raise ValueError(f"[one_hot] tensor must hold no negative ids, got {ids.min()}")
        classes = int(ids.max()) + 1
    if classes < 0:
        raise ValueError(f"[one_hot] num_classes must be -1 or not negative, got {num_classes}")
    return from_array(kernels.one_hot(ids, classes))
