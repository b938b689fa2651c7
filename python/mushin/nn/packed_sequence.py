"""Sequences of several lengths in one batch, as PyTorch's recurrent layers take them."""
# ruff: noqa: A002  `input` is PyTorch's name for the argument

from __future__ import annotations

from typing import Any

import numpy as np

from mushin import ops
from mushin.autograd import Tensor, forbid_while_recording, from_array
from mushin.ops.arrays import integer


class PackedSequence:
    """A batch of sequences and their lengths, without their padding.

    What is kept is the padded batch beside the lengths: the layers skip what is padding, and a recorded step need not
    know how much of it there is. `data` and `batch_sizes` are made when they are asked for.

    Args:
        data: (tokens, features): of each step the tokens of all samples that have so many, the longest sample first.
        batch_sizes: how many tokens each step has; integers that do not rise.
        sorted_indices: the samples' numbers in the order in which they are packed; None: they are in order.
        unsorted_indices: accepted as PyTorch's; it follows from sorted_indices.

    Source: torch.nn.utils.rnn.PackedSequence.
    """

    def __init__(
        self, data: Tensor, batch_sizes: Any, sorted_indices: Any = None, unsorted_indices: Any = None
    ) -> None:
        forbid_while_recording("PackedSequence", "batch_sizes cannot be read")
        sizes = np.asarray(batch_sizes.array if isinstance(batch_sizes, Tensor) else batch_sizes)
        if sizes.ndim != 1 or sizes.dtype.kind not in "iu" or len(sizes) == 0:
            raise ValueError(f"[PackedSequence] batch_sizes must be a list of integers, got {batch_sizes!r}")
        if sizes[-1] < 1 or (sizes[1:] > sizes[:-1]).any() or sizes.sum() != data.shape[0]:
            raise ValueError(
                f"[PackedSequence] batch_sizes must not rise and have {data.shape[0]} tokens in all, got {sizes}"
            )
        batch, steps = int(sizes[0]), len(sizes)
        lengths = (sizes[None, :] > np.arange(batch)[:, None]).sum(1)
        order = np.arange(batch) if sorted_indices is None else np.asarray(sorted_indices)
        places = np.arange(batch)[None, :] < sizes[:, None]  # (time, batch)
        rows = np.where(places, np.cumsum(places.reshape(-1)).reshape(places.shape) - 1, 0)
        padded = ops.where(from_array(places[..., None]), data[from_array(rows)], 0.0)
        inverse = np.argsort(order)
        self._keep(padded[:, from_array(inverse)], from_array(lengths[inverse]), False, sorted_indices is not None)
        self._steps = steps

    def _keep(self, padded: Tensor, lengths: Tensor, batch_first: bool, is_sorted_here: bool) -> None:
        self._padded, self._lengths = padded, lengths
        self._batch_first, self._is_sorted_here = batch_first, is_sorted_here
        self._steps = padded.shape[1 if batch_first else 0]

    @classmethod
    def of_padded(cls, padded: Tensor, lengths: Tensor, batch_first: bool, is_sorted_here: bool) -> PackedSequence:
        """Of a padded batch; `is_sorted_here`: the samples need not come in falling order of their lengths. Lengths are
        not read here, so it may stand in a recorded step; what is beyond the batch in them counts as all of it."""
        sequence = cls.__new__(cls)
        sequence._keep(padded, lengths, batch_first, is_sorted_here)
        return sequence

    def padded(self, batch_first: bool) -> Tensor:
        """The padded batch, (batch, time, ...) or (time, batch, ...)."""
        return self._padded if batch_first == self._batch_first else self._padded.transpose(0, 1)

    def with_padded(self, padded: Tensor, batch_first: bool) -> PackedSequence:
        """Another batch with the same lengths."""
        return PackedSequence.of_padded(padded, self._lengths, batch_first, self._is_sorted_here)

    @property
    def lengths(self) -> Tensor:
        """Of each sample, in the order in which they came."""
        return self._lengths

    def mask(self) -> Tensor:
        """Where there are tokens: truth values (batch, time)."""
        return ops.lt(from_array(np.arange(self._steps)), self._lengths.unsqueeze(1))

    def _order(self) -> np.ndarray:
        forbid_while_recording("PackedSequence", "lengths cannot be read")
        return np.argsort(-self._lengths.array, kind="stable")

    @property
    def sorted_indices(self) -> Tensor | None:
        """The samples in falling order of their lengths; None where they came so."""
        return from_array(self._order()) if self._is_sorted_here else None

    @property
    def unsorted_indices(self) -> Tensor | None:
        """Of each sample its place in that order."""
        return from_array(np.argsort(self._order())) if self._is_sorted_here else None

    @property
    def batch_sizes(self) -> Tensor:
        """How many tokens each step has."""
        lengths = self._lengths.array[self._order()]
        return from_array((lengths[None, :] > np.arange(lengths.max(initial=0))[:, None]).sum(1))

    @property
    def data(self) -> Tensor:
        """(tokens, ...), as PyTorch has them."""
        order = self._order()
        lengths = self._lengths.array[order]
        steps, samples = np.nonzero(lengths[None, :] > np.arange(lengths.max(initial=0))[:, None])
        return self.padded(False)[from_array(steps), from_array(order[samples])]

    def __iter__(self) -> Any:
        """The four parts of PyTorch's tuple."""
        return iter((self.data, self.batch_sizes, self.sorted_indices, self.unsorted_indices))


def pack_padded_sequence(
    input: Tensor, lengths: Any, batch_first: bool = False, enforce_sorted: bool = True
) -> PackedSequence:
    """A padded batch without its padding.

    Args:
        input: (time, batch, ...), or (batch, time, ...) if `batch_first`; padded behind.
        lengths: how many steps each sample has, from 1 to time: integers (batch,).
        batch_first: where the batch is.
        enforce_sorted: whether lengths must not rise.

    Raises:
        ValueError: lengths that do not fit.
        RecordingError: in a recorded step, which cannot check the lengths; PackedSequence.of_padded takes them as they
            are.

    Source: torch.nn.utils.rnn.pack_padded_sequence.
    """
    op = "pack_padded_sequence"
    given = lengths if isinstance(lengths, Tensor) else from_array(np.asarray(lengths))
    batch, time = input.shape[:2] if batch_first else input.shape[1::-1]
    if given.array.dtype.kind not in "iu" or given.shape != (batch,):
        raise ValueError(f"[{op}] lengths must be integers of shape ({batch},), got {given.dtype} of {given.shape}")
    forbid_while_recording(op, "lengths cannot be read")
    values = given.array.astype(np.int64)
    if batch and (values.min() < 1 or values.max() > time):
        raise ValueError(f"[{op}] lengths must be in [1, {time}], got {values.min()} to {values.max()}")
    if enforce_sorted and (values[1:] > values[:-1]).any():
        raise ValueError(f"[{op}] lengths must not rise, or enforce_sorted be False, got {values}")
    return PackedSequence.of_padded(input, from_array(values), batch_first, not enforce_sorted)


def pad_packed_sequence(
    sequence: PackedSequence, batch_first: bool = False, padding_value: float = 0.0, total_length: int | None = None
) -> tuple[Tensor, Tensor]:
    """The padded batch and the lengths.

    Args:
        sequence: what a recurrent layer returned, or pack_padded_sequence.
        batch_first: whether the batch comes first in the result.
        padding_value: what padding is filled with.
        total_length: how many steps the result has; None: as many as the longest sample.

    Raises:
        ValueError: a total_length below the longest sample's.

    Source: torch.nn.utils.rnn.pad_packed_sequence.
    """
    op = "pad_packed_sequence"
    if not isinstance(sequence, PackedSequence):
        raise TypeError(f"[{op}] sequence must be a PackedSequence, got {type(sequence).__name__}")
    forbid_while_recording(op, "lengths cannot be read")
    longest = int(sequence.lengths.array.max(initial=0))
    wanted = longest if total_length is None else integer(op, "total_length", total_length)
    if wanted < longest:
        raise ValueError(f"[{op}] total_length must be at least {longest}, got {wanted}")
    padded, mask = sequence.padded(batch_first), sequence.mask()
    axis = 1 if batch_first else 0
    shown = mask if batch_first else mask.T
    shown = shown.reshape((*shown.shape, *[1] * (padded.ndim - 2)))
    padded = ops.where(shown, padded, padding_value)
    if wanted <= padded.shape[axis]:
        return padded[(slice(None), slice(wanted)) if batch_first else slice(wanted)], sequence.lengths
    sides = (0, 0) * (padded.ndim - 1 - axis) + (0, wanted - padded.shape[axis])
    return ops.pad(padded, sides, value=padding_value), sequence.lengths
