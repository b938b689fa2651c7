"""Sequences of several lengths in one tensor, under PyTorch's names."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from mushin import kernels, ops
from mushin.autograd import SKIP, Tensor, record
from mushin.nn.packed_sequence import PackedSequence, pack_padded_sequence, pad_packed_sequence
from mushin.ops.arrays import fitting, new_array, numbers_of, same_dtype
from mushin.ops.clip_gradients import tensors_of

__all__ = [
    "PackedSequence",
    "pack_padded_sequence",
    "pack_sequence",
    "pad_packed_sequence",
    "pad_sequence",
    "unpack_sequence",
    "unpad_sequence",
]

_SIDES = ("right", "left")


def pad_sequence(
    sequences: Iterable[Tensor], batch_first: bool = False, padding_value: float = 0.0, padding_side: str = "right"
) -> Tensor:
    """Sequences side by side, the short ones filled up to the longest; in the graph.

    Args:
        sequences: n tensors (time, ...) of one dtype and of one shape but for the first axis; or one (n, time, ...).
        batch_first: whether the result is (n, time, ...) instead of (time, n, ...).
        padding_value: what is filled in.
        padding_side: "right" fills up behind, "left" in front.

    Raises:
        TypeError: anything but tensors, or such of several dtypes.
        ValueError: no sequences, sequences without axes or of other shapes, another side, a value that an integer
            dtype does not hold.

    Source: torch.nn.utils.rnn.pad_sequence.
    """
    op = "pad_sequence"
    given = tensors_of(op, list(sequences) if isinstance(sequences, Tensor) else sequences, "sequences")
    if not given:
        raise ValueError(f"[{op}] sequences must hold at least one tensor, got none")
    if padding_side not in _SIDES:
        raise ValueError(f"[{op}] padding_side must be one of {', '.join(_SIDES)}, got {padding_side!r}")
    first = given[0].array
    for each in given:
        array = each.array
        if array.ndim == 0 or array.shape[1:] != first.shape[1:]:
            wanted = ", ".join(["time", *map(str, first.shape[1:])])
            raise ValueError(f"[{op}] sequences must have shape ({wanted}), got {array.shape}")
        if not same_dtype(array, first):
            raise TypeError(f"[{op}] sequences must be of one dtype, got {first.dtype} and {array.dtype}")
    lengths = [len(each) for each in given]
    longest, count = max(lengths), len(given)
    y = new_array(op, (*((count, longest) if batch_first else (longest, count)), *first.shape[1:]), first.dtype)
    kernels.copy(y, np.broadcast_to(fitting(op, "padding_value", padding_value, y.dtype), y.shape))
    spans = [slice(0, n) if padding_side == "right" else slice(longest - n, longest) for n in lengths]
    places = [(i, span) if batch_first else (span, i) for i, span in enumerate(spans)]
    for each, place in zip(given, places):
        kernels.copy(y[place], each.array)

    def backward(dy: np.ndarray, into: tuple[object, ...]) -> tuple[np.ndarray | None, ...]:
        return tuple(None if to is SKIP else dy[place] for to, place in zip(into, places))

    return record(y, tuple(given), backward)


def unpad_sequence(padded_sequences: Tensor, lengths: Any, batch_first: bool = False) -> list[Tensor]:
    """The sequences that `pad_sequence` filled up behind; views of them.

    Args:
        padded_sequences: (time, n, ...), or (n, time, ...) if batch_first.
        lengths: (n,) integers from 0 to time.
        batch_first: which of the two it is.

    Raises:
        TypeError: lengths that are no integers.
        ValueError: fewer than two axes, lengths of another shape or beyond time.

    Source: torch.nn.utils.rnn.unpad_sequence.
    """
    op = "unpad_sequence"
    (padded,) = tensors_of(op, padded_sequences, "padded_sequences")
    if padded.ndim < 2:
        raise ValueError(f"[{op}] padded_sequences must have at least two axes, got shape {padded.shape}")
    rows = padded if batch_first else ops.transpose(padded, 0, 1)
    wanted = numbers_of(op, "lengths", lengths)
    if wanted.dtype.kind not in "iu":
        raise TypeError(f"[{op}] lengths must be integers, got {wanted.dtype}")
    count, time = rows.shape[:2]
    if wanted.shape != (count,):
        raise ValueError(f"[{op}] lengths must have shape ({count},), got {wanted.shape}")
    if count and not 0 <= wanted.min() <= wanted.max() <= time:
        raise ValueError(f"[{op}] lengths must be in [0, {time}], got {wanted.min()} to {wanted.max()}")
    return [ops.narrow(ops.select(rows, 0, i), 0, 0, n) for i, n in enumerate(wanted.tolist())]


def pack_sequence(sequences: Iterable[Tensor], enforce_sorted: bool = True) -> PackedSequence:
    """Sequences (time, ...) of several lengths in one batch, without padding.

    Args:
        sequences: tensors of one dtype and of one shape but for the first axis, none of them empty.
        enforce_sorted: whether their lengths must not rise.

    Raises:
        TypeError, ValueError: as pad_sequence and pack_padded_sequence.

    Source: torch.nn.utils.rnn.pack_sequence.
    """
    given = list(sequences)
    padded = pad_sequence(given)
    return pack_padded_sequence(padded, [each.shape[0] for each in given], enforce_sorted=enforce_sorted)


def unpack_sequence(packed_sequences: PackedSequence) -> list[Tensor]:
    """The sequences of a batch, each as long as it is.

    Source: torch.nn.utils.rnn.unpack_sequence.
    """
    padded, lengths = pad_packed_sequence(packed_sequences)
    return unpad_sequence(padded, lengths)
