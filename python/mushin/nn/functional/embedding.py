"""Vectors of ids, and what bags of ids have in common, as functions."""
# ruff: noqa: A002  `input` is PyTorch's name for the argument

from __future__ import annotations

from typing import Any

import numpy as np

from mushin import ops
from mushin.autograd import Tensor, forbid_while_recording, from_array, no_grad
from mushin.ops.arrays import ids_of, number, same_dtype, tensor_of
from mushin.ops.embedding import checked_padding_idx

MODES = ("sum", "mean", "max")


def embedding(
    input: Any,
    weight: Tensor,
    padding_idx: int | None = None,
    max_norm: float | None = None,
    norm_type: float = 2.0,
    scale_grad_by_freq: bool = False,
    sparse: bool = False,
) -> Tensor:
    """weight[input], row by row.

    Args:
        input: ids in [0, vocabulary) of any shape and integer dtype.
        weight: the table, (vocabulary, width), float32 or float64.
        padding_idx: an id whose row gets no gradient; below 0 it counts from the end.
        max_norm: rows that are looked up and longer are made as short first, in weight itself.
        norm_type: the order of that norm.
        scale_grad_by_freq: divide a row's gradient by how often its id comes.
        sparse: accepted, without effect: the gradient is an array that costs what the batch touches, and
            `optim.SparseAdam` takes it.

    Returns:
        (*input.shape, width), of weight's dtype.

    Raises:
        IndexError: an id outside [0, vocabulary).
        TypeError: ids that are no integers, a weight of another dtype.
        ValueError: a weight that is no matrix, a padding_idx outside [-vocabulary, vocabulary), a max_norm below 0.

    Source: torch.nn.functional.embedding.
    """
    if max_norm is not None:
        _shorten_rows(input, weight, number("embedding", "max_norm", max_norm), norm_type)
    return ops.embedding(input, weight, padding_idx, scale_grad_by_freq)


def _shorten_rows(input: Any, weight: Tensor, max_norm: float, norm_type: float) -> None:
    if not max_norm >= 0:
        raise ValueError(f"[embedding] max_norm must not be negative, got {max_norm}")
    with no_grad():
        ids = ops.reshape(tensor_of(input), (-1,))
        weight[ids] = ops.renorm(ops.embedding(ids, weight), norm_type, 0, max_norm)


def embedding_bag(
    input: Any,
    weight: Tensor,
    offsets: Any = None,
    max_norm: float | None = None,
    norm_type: float = 2.0,
    scale_grad_by_freq: bool = False,
    mode: str = "mean",
    sparse: bool = False,
    per_sample_weights: Any = None,
    include_last_offset: bool = False,
    padding_idx: int | None = None,
) -> Tensor:
    """The sums, means or largest elements of the vectors of bags of ids; zeros for an empty bag.

    Args:
        input: ids in [0, vocabulary) of any integer dtype: (bags, n), or (n,) with offsets.
        weight: the table, (vocabulary, width), float32 or float64.
        offsets: (bags,), ascending integers from 0 on: where each bag begins. Only for an input of one axis. They are
            looked at, which keeps a step from being recorded.
        max_norm, norm_type, scale_grad_by_freq, sparse: as `embedding`'s.
        mode: "sum", "mean" or "max". Elements that are equally large share the gradient evenly.
        per_sample_weights: of input's shape and weight's dtype: what vectors are multiplied with; for sums only.
        include_last_offset: the last of the offsets is where the last bag ends.
        padding_idx: an id that belongs to no bag and whose row gets no gradient.

    Returns:
        (bags, width).

    Raises:
        IndexError: an id outside [0, vocabulary).
        TypeError: ids or offsets that are no integers, weights of another dtype.
        ValueError: another mode, weights of means, shapes that do not fit.

    Source: torch.nn.functional.embedding_bag, in which the first of the largest elements gets the whole gradient and
    frequencies are attributed to other ids.
    """
    ids, kinds = tensor_of(input), " or ".join(map(repr, MODES))
    if mode not in MODES:
        raise ValueError(f"[embedding_bag] mode must be {kinds}, got {mode!r}")
    bags, bag_of = _bags(ids, offsets, include_last_offset)
    weights = None
    if per_sample_weights is not None:
        weights = tensor_of(per_sample_weights)
        if mode != "sum":
            raise ValueError(f"[embedding_bag] per_sample_weights need mode 'sum', got {mode!r}")
        if weights.shape != ids.shape:
            raise ValueError(
                f"[embedding_bag] per_sample_weights must have shape {ids.shape}, as input, got {weights.shape}"
            )
        if not same_dtype(weights.array, weight.array):
            raise TypeError(f"[embedding_bag] per_sample_weights must be {weight.dtype}, got {weights.dtype}")
    flat = ops.reshape(ids, (-1,))
    vectors = embedding(flat, weight, padding_idx, max_norm, norm_type, scale_grad_by_freq)
    counted = None
    if padding_idx is not None:
        padding = checked_padding_idx("embedding_bag", padding_idx, weight.shape[0])
        counted = ops.reshape(ops.ne(flat, padding), (-1, 1))
    if mode == "max":
        return _largest(vectors, counted, bags, bag_of)
    if weights is not None:
        vectors = vectors * ops.reshape(weights, (-1, 1))
    if counted is not None:
        vectors = ops.where(counted, vectors, 0.0)
    sums = ops.index_add(_zeros(bags, vectors), 0, bag_of, vectors)
    if mode == "sum":
        return sums
    members = from_array(np.ones((len(flat), 1), vectors.dtype)) if counted is None else counted.to(vectors.dtype)
    sizes = ops.index_add(from_array(np.zeros((bags, 1), vectors.dtype)), 0, bag_of, members)
    return ops.div(sums, ops.maximum(sizes, 1.0))


def _bags(ids: Tensor, offsets: Any, include_last_offset: bool) -> tuple[int, Tensor]:
    """How many bags there are, and to which each id belongs."""
    if ids.ndim == 2:
        if offsets is not None:
            raise ValueError("[embedding_bag] offsets must be None for an input of two axes")
        return ids.shape[0], from_array(np.repeat(np.arange(ids.shape[0]), ids.shape[1]))
    if ids.ndim != 1 or offsets is None:
        raise ValueError(f"[embedding_bag] input must have two axes, or one and offsets, got shape {ids.shape}")
    begins = ids_of("embedding_bag", "offsets", tensor_of(offsets).array, "integers")
    if begins.ndim != 1 or (include_last_offset and len(begins) == 0):
        raise ValueError(f"[embedding_bag] offsets must have shape (bags,), got {begins.shape}")
    forbid_while_recording("embedding_bag", "offsets cannot be checked")  # a replay would not look again
    if (np.diff(begins, prepend=0, append=len(ids)) < 0).any() or (len(begins) and begins[0] != 0):
        raise ValueError(f"[embedding_bag] offsets must begin with 0 and ascend to {len(ids)} at most, got {begins}")
    bags = len(begins) - include_last_offset
    return bags, ops.searchsorted(from_array(begins[:bags]), from_array(np.arange(len(ids))), right=True) - 1


def _largest(vectors: Tensor, counted: Tensor | None, bags: int, bag_of: Tensor) -> Tensor:
    if counted is not None:
        vectors = ops.where(counted, vectors, -np.inf)
    places = ops.expand(ops.reshape(bag_of, (-1, 1)), vectors.shape)
    largest = ops.scatter_reduce(_zeros(bags, vectors), 0, places, vectors, "amax", include_self=False)
    result: Tensor = ops.where(ops.eq(largest, -np.inf), 0.0, largest)
    return result


def _zeros(bags: int, vectors: Tensor) -> Tensor:
    return from_array(np.zeros((bags, vectors.shape[1]), vectors.dtype))
