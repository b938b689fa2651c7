"""Batches of sequences of about one length, and the shuffling of streams."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, TypeVar

import numpy as np

from mushin.autograd import Tensor, as_array, from_array
from mushin.data.collate import default_collate
from mushin.data.sampler import Sampler, whole_number
from mushin.data.text.windows import sequence_of_ids
from mushin.ops.arrays import fitting, number
from mushin.ops.random import generator_of, numpy_generator

Item = TypeVar("Item")


class BucketSampler(Sampler):
    """Batches of samples of about one length, so that little is padded; every sample once in an epoch.

    The order of an epoch is cut into buckets of bucket_multiplier batches, each bucket is sorted by length and cut into
    batches, and these come in random order. With `max_tokens` there is one bucket with all samples, and a batch has as
    many as fit; the order of samples of one length, and that of the batches, is drawn. Without `shuffle` samples of one
    length keep their order, and batches come as they are cut.

    Args:
        lengths: (n,) integers, the length of each sample.
        batch_size: samples of a batch; with max_tokens the most that it has, None for any number.
        shuffle: whether the order is drawn at random in every epoch.
        generator: None for the generator that `mushin.seed` starts, a `mushin.Generator`, or a seed.
        bucket_multiplier: how many batches are sorted together: 1 draws them freely, more pad less. 100 if None.
        max_tokens: the most tokens of a batch when it is padded, samples times the longest's length.
        drop_last: whether a last batch of fewer samples is left out; which samples that are is drawn, too.

    Iterating gives lists of the samples' numbers, for a loader's batch_sampler.

    Raises:
        ValueError: lengths that are not (n,) or are negative, neither batch_size nor max_tokens, a sample longer than
            max_tokens, max_tokens together with bucket_multiplier or drop_last, numbers below 1.
        TypeError: numbers that are no integers, shuffle or drop_last that is no bool, another generator.

    Source: Khomenko et al. 2016, Accelerating recurrent neural network training using sequence bucketing and multi-GPU
    data parallelization.
    """

    def __init__(
        self,
        lengths: Any,
        batch_size: int | None = None,
        shuffle: bool = False,
        generator: Any = None,
        *,
        bucket_multiplier: int | None = None,
        max_tokens: int | None = None,
        drop_last: bool = False,
    ) -> None:
        op = "BucketSampler"
        self.lengths = sequence_of_ids(op, "lengths", lengths)
        for name, flag in (("shuffle", shuffle), ("drop_last", drop_last)):
            if not isinstance(flag, bool):
                raise TypeError(f"[{op}] {name} must be a bool, got {type(flag).__name__}")
        if (self.lengths < 0).any():
            raise ValueError(f"[{op}] lengths must not be negative, got {self.lengths.min()}")
        if batch_size is None and max_tokens is None:
            raise ValueError(f"[{op}] batch_size or max_tokens must be given")
        if max_tokens is not None and (bucket_multiplier is not None or drop_last):
            raise ValueError(f"[{op}] bucket_multiplier and drop_last must be left out where max_tokens is given")
        self.batch_size = None if batch_size is None else whole_number(op, "batch_size", batch_size, 1)
        self.max_tokens = None if max_tokens is None else whole_number(op, "max_tokens", max_tokens, 1)
        self.shuffle = shuffle
        self.generator = generator_of(op, generator)
        multiplier = 100 if bucket_multiplier is None else bucket_multiplier
        self.bucket_multiplier = whole_number(op, "bucket_multiplier", multiplier, 1)
        self.drop_last = drop_last
        self._ends = self._ends_of_batches()

    def _ends_of_batches(self) -> list[int]:
        """Where each batch ends in the samples of an epoch: the same in all, since lengths are sorted."""
        n = len(self.lengths)
        if self.max_tokens is None:
            assert self.batch_size is not None
            whole = [*range(self.batch_size, n + 1, self.batch_size)]
            return whole if self.drop_last or n % self.batch_size == 0 else [*whole, n]
        ends, begin, most = [], 0, self.batch_size or n
        for end, length in enumerate(np.sort(self.lengths).tolist()):
            if length > self.max_tokens:
                longest = int(np.argmax(self.lengths))
                raise ValueError(
                    f"[BucketSampler] lengths must be at most max_tokens, {self.max_tokens}, got "
                    f"{self.lengths[longest]} of sample {longest}"
                )
            if end > begin and ((end - begin + 1) * length > self.max_tokens or end - begin == most):
                ends.append(end)
                begin = end
        return [*ends, n] if n else []

    def __len__(self) -> int:
        """How many batches an epoch has."""
        return len(self._ends)

    def __iter__(self) -> Iterator[list[int]]:
        n = len(self.lengths)
        random = numpy_generator(self.generator) if self.shuffle else None
        order = np.arange(n) if random is None else random.permutation(n)
        order = order[: self._ends[-1] if self._ends else 0]
        size = n if self.batch_size is None or self.max_tokens is not None else self.batch_size * self.bucket_multiplier
        for begin in range(0, len(order), size or 1):
            bucket = order[begin : begin + size]
            order[begin : begin + size] = bucket[np.argsort(self.lengths[bucket], kind="stable")]
        numbers = order.tolist()
        batches = [numbers[begin:end] for begin, end in zip([0, *self._ends], self._ends)]
        return iter(batches if random is None else [batches[i] for i in random.permutation(len(batches))])


class PadCollate:
    """Makes a batch of samples of several lengths: a loader's collate_fn.

    Args:
        padding_value: what stands where a sequence has ended; several for the fields of a sample that are padded.
        padding_side: "right", behind the sequence, or "left", in front of it.
        lengths_of: of which of the padded fields the batch has the lengths, by their numbers among these.
        masks: whether it has masks instead, (batch, time) bools that are True where the sequence is: what Keras' `fit`
            takes as weights of samples.
        pad_to_multiple_of: the time of a batch is the longest's, rounded up to a multiple of it. A recorded step then
            sees few shapes, each of which is another recording.

    A sample is one sequence, or a tuple of fields, of which those that have axes are padded, (time, ...) to
    (batch, longest time, ...), and the others are collated as `default_collate` does. A batch is a list of these, and
    behind them the lengths, int64 (batch,), or masks.

        DataLoader(dataset, batch_sampler=BucketSampler(lengths, 32), collate_fn=PadCollate())

    Raises:
        ValueError: another padding_side, a pad_to_multiple_of below 1; when a batch is made, no samples, samples with
            different numbers of fields or axes, as many padding values as there are not padded fields, lengths_of that
            names none.
        TypeError: numbers that are none; when a batch is made, sequences of something else than numbers.

    Source: torch.nn.utils.rnn.pad_sequence (names of arguments).
    """

    def __init__(
        self,
        padding_value: float | Sequence[float] = 0,
        padding_side: str = "right",
        lengths_of: Sequence[int] = (0,),
        masks: bool = False,
        pad_to_multiple_of: int = 1,
    ) -> None:
        op = "PadCollate"
        if padding_side not in ("right", "left"):
            raise ValueError(f"[{op}] padding_side must be 'right' or 'left', got {padding_side!r}")
        values = padding_value if isinstance(padding_value, Sequence) else (padding_value,)
        for value in values:
            number(op, "padding_value", value)
        self.padding_value = padding_value
        self.padding_side = padding_side
        self.lengths_of = [whole_number(op, "lengths_of", each, 0) for each in lengths_of]
        self.masks = masks
        self.pad_to_multiple_of = whole_number(op, "pad_to_multiple_of", pad_to_multiple_of, 1)

    def __call__(self, samples: Sequence[Any]) -> list[Any]:
        if len(samples) == 0:
            raise ValueError("[PadCollate] samples must not be empty")
        rows = [sample if isinstance(sample, tuple) else (sample,) for sample in samples]
        if len({len(row) for row in rows}) > 1:
            counts = sorted({len(row) for row in rows})
            raise ValueError(f"[PadCollate] samples must have the same number of fields, got {counts}")
        batch: list[Any] = []
        wheres: list[np.ndarray] = []
        values = self._values([row for row in rows[0] if _is_sequence(row)])
        for column in zip(*rows):
            if _is_sequence(column[0]):
                padded, where = self._padded(column, values[len(wheres)])
                batch.append(padded)
                wheres.append(where)
            else:
                batch.append(default_collate(column))
        if any(each >= len(wheres) for each in self.lengths_of):
            raise ValueError(
                f"[PadCollate] lengths_of must be below {len(wheres)}, the padded fields, got {self.lengths_of}"
            )
        chosen = [wheres[each] for each in self.lengths_of]
        return batch + [from_array(where if self.masks else where.sum(1)) for where in chosen]

    def _values(self, padded: Sequence[Any]) -> Sequence[float]:
        if not isinstance(self.padding_value, Sequence):
            return [self.padding_value] * len(padded)
        if len(self.padding_value) != len(padded):
            raise ValueError(
                f"[PadCollate] padding_value must have one number for each of the {len(padded)} padded fields, got "
                f"{len(self.padding_value)}"
            )
        return self.padding_value

    def _padded(self, column: Sequence[Any], value: float) -> tuple[Tensor, np.ndarray]:
        """A field of all samples as one tensor, and where in (batch, time) its elements lie."""
        arrays = [_sequence(each) for each in column]
        shape = arrays[0].shape[1:]
        for array in arrays:
            if array.ndim == 0 or array.shape[1:] != shape:
                raise ValueError(
                    f"[PadCollate] samples must have shape (time, ...) as the first, ... is {shape}, got {array.shape}"
                )
        lengths = np.array([len(array) for array in arrays])[:, None]
        multiple = self.pad_to_multiple_of
        steps = np.arange(-(-lengths.max() // multiple) * multiple)
        where = steps < lengths if self.padding_side == "right" else steps >= len(steps) - lengths
        # An empty list has no integers that would say so.
        dtype = np.result_type(*{array.dtype for array in arrays if array.size} or {arrays[0].dtype})
        padded = np.full((*where.shape, *shape), fitting("PadCollate", "padding_value", value, dtype), dtype)
        padded[where] = np.concatenate(arrays)
        return from_array(padded), where


def _is_sequence(field: Any) -> bool:
    return bool(field.ndim) if isinstance(field, (Tensor, np.ndarray, np.generic)) else isinstance(field, list)


def _sequence(field: Any) -> np.ndarray:
    array: np.ndarray = field.array if isinstance(field, Tensor) else as_array(field)
    if array.dtype.kind not in "biuf":
        raise TypeError(f"[PadCollate] samples must be sequences of numbers, got {array.dtype}")
    return array


def shuffled(items: Iterable[Item], buffer_size: int, generator: Any = None) -> Iterator[Item]:
    """What a stream gives, in random order: each is drawn from a buffer, where the next one takes its place.

    With a buffer as large as the stream every order is equally likely; with a smaller one an item comes at most
    buffer_size - 1 places too early, and as late as chance will have it.

    Args:
        items: anything that can be iterated.
        buffer_size: how many items lie in memory.
        generator: None for the generator that `mushin.seed` starts, a `mushin.Generator`, or a seed.

    Raises:
        ValueError: a buffer_size below 1.
        TypeError: a buffer_size that is no integer, another generator.

    Source: tf.data.Dataset.shuffle.
    """
    size = whole_number("shuffled", "buffer_size", buffer_size, 1)
    return _drawn(iter(items), size, numpy_generator(generator_of("shuffled", generator)))


def _drawn(items: Iterator[Item], size: int, random: np.random.Generator) -> Iterator[Item]:
    buffer: list[Item] = []
    places: list[int] = []  # drawn many at a time, which costs less
    for item in items:
        if len(buffer) < size:
            buffer.append(item)
            continue
        if not places:
            places = random.integers(size, size=1024).tolist()
        place = places.pop()
        yield buffer[place]
        buffer[place] = item
    for i in random.permutation(len(buffer)):
        yield buffer[i]
