"""Vectors that ids name in a table."""

from __future__ import annotations

from typing import Any

import numpy as np

from mushin import kernels
from mushin.autograd import NEW, Tensor, list_touched_rows, record, touched_rows
from mushin.ops.arrays import check_float, ids_of, integer, tensor_of

NO_PADDING = -1  # as the kernel takes it


def embedding(
    input: Any,  # noqa: A002  PyTorch's name
    weight: Tensor,
    padding_idx: int | None = None,
    scale_grad_by_freq: bool = False,
) -> Tensor:
    """weight[input], row by row; the gradients of a row are added in the order of the ids.

    Args:
        input: ids in [0, vocabulary) of any shape and integer dtype.
        weight: the table, (vocabulary, width), float32 or float64.
        padding_idx: an id whose row gets no gradient; below 0 it counts from the end.
        scale_grad_by_freq: divide a row's gradient by how often its id comes.

    Returns:
        (*input.shape, width), of weight's dtype.

    The gradient is an ordinary array. Where it takes the place of the one before, only the rows that that one touched
    are cleared, if nobody else has had it in hand: the cost is the batch's, not the table's.

    Raises:
        IndexError: an id outside [0, vocabulary).
        TypeError: ids that are no integers, a weight of another dtype.
        ValueError: a weight that is no matrix, a padding_idx outside [-vocabulary, vocabulary).

    Source: torch.nn.functional.embedding.
    """
    weight, given = tensor_of(weight), tensor_of(input)
    check_float("embedding", "weight", weight.array)
    ids = ids_of("embedding", "input", given.array, "integers")
    y = kernels.embedding_forward(weight.array, ids)
    vocabulary = weight.array.shape[0]
    padding = checked_padding_idx("embedding", padding_idx, vocabulary)
    frequencies = _frequencies(ids, vocabulary, weight.array.dtype) if scale_grad_by_freq else None
    leaf: Any = None
    if weight.requires_grad and weight.is_leaf:
        leaf = weight._node
        list_touched_rows(weight)

    def backward(dy: np.ndarray, into: Any) -> Any:
        if frequencies is not None:
            dy = kernels.div_forward(dy, frequencies)
        listed = touched_rows(None if leaf is None else leaf.tensor(), into[0])
        return kernels.embedding_backward(into[0], *listed, dy, ids, padding, vocabulary), None

    backward.lists_rows = True  # type: ignore[attr-defined]  # tells the tape that touched rows are listed here
    return record(y, (weight, given), backward)


def _frequencies(ids: np.ndarray, vocabulary: int, dtype: Any) -> np.ndarray:
    """How often each id comes, (*ids.shape, 1)."""
    ones = kernels.fill(kernels.empty((*ids.shape, 1), dtype), 1.0)
    counts = kernels.embedding_backward(NEW, None, None, ones, ids, NO_PADDING, vocabulary)
    return kernels.embedding_forward(counts, ids)


def checked_padding_idx(op: str, padding_idx: Any, vocabulary: int) -> int:
    """The row that an option names, from 0 on, or NO_PADDING."""
    if padding_idx is None:
        return NO_PADDING
    if not -vocabulary <= integer(op, "padding_idx", padding_idx) < vocabulary:
        raise ValueError(f"[{op}] padding_idx must be in [{-vocabulary}, {vocabulary}), got {padding_idx}")
    return int(padding_idx) % vocabulary
