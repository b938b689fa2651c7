"""Samplers: the order in which a loader takes the samples of a data set."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Iterator, Sequence, Sized
from typing import Any

import numpy as np

from mushin.autograd import Tensor
from mushin.ops.arrays import new_array, numbers_of
from mushin.ops.random import generator_of, numpy_generator


def whole_number(op: str, name: str, value: Any, least: int) -> int:
    """An argument that must be an integer of at least `least`."""
    if isinstance(value, (bool, np.bool_)) or not hasattr(value, "__index__"):
        raise TypeError(f"[{op}] {name} must be an integer, got {type(value).__name__}")
    if operator.index(value) < least:
        raise ValueError(f"[{op}] {name} must be at least {least}, got {value}")
    return operator.index(value)


def check_sized(op: str, name: str, value: Any) -> None:
    if not hasattr(value, "__len__"):
        raise TypeError(f"[{op}] {name} must have a length, got {type(value).__name__}")


def indices_of(op: str, indices: Sequence[Any]) -> np.ndarray:
    """The numbers of samples as int64.

    Raises:
        TypeError: something else than integers is among them.
    """
    array = np.asarray(indices)
    if array.size and array.dtype.kind not in "iu":
        raise TypeError(f"[{op}] indices must be integers, got {array.dtype}")
    return array.astype(np.int64, copy=False)


class Sampler:
    """The base of samplers: a subclass's `__iter__` gives the numbers of samples, anew for every epoch.

    Source: torch.utils.data.Sampler.
    """

    def __iter__(self) -> Iterator[Any]:
        raise NotImplementedError(f"[{type(self).__name__}] the sampler has no __iter__()")


class OrderedSampler(Sampler):
    """A sampler that has the order of an epoch as an array."""

    def order(self) -> np.ndarray:
        """int64, the numbers of the samples of one epoch; random ones are drawn anew."""
        raise NotImplementedError

    def __iter__(self) -> Iterator[int]:
        return iter(self.order().tolist())


class SequentialSampler(OrderedSampler):
    """0, 1, ..., n - 1.

    Args:
        data_source: anything with the length n.

    Source: torch.utils.data.SequentialSampler.
    """

    def __init__(self, data_source: Sized) -> None:
        check_sized("SequentialSampler", "data_source", data_source)
        self.data_source = data_source

    def order(self) -> np.ndarray:
        return np.arange(len(self.data_source))

    def __len__(self) -> int:
        return len(self.data_source)


class RandomSampler(OrderedSampler):
    """The numbers 0 to n - 1 in another random order in every epoch.

    Args:
        data_source: anything with the length n.
        replacement: whether each number is drawn from all n; if not, no number comes again before all have come.
        num_samples: how many are drawn, n if None.
        generator: None for the generator that `mushin.seed` starts, a `mushin.Generator`, or a seed.

    Raises:
        ValueError: num_samples below 1, none of no samples.
        TypeError: another generator, num_samples that is no integer, replacement that is no bool.

    Source: torch.utils.data.RandomSampler.
    """

    def __init__(
        self, data_source: Sized, replacement: bool = False, num_samples: int | None = None, generator: Any = None
    ) -> None:
        if not isinstance(replacement, bool):
            raise TypeError(f"[RandomSampler] replacement must be a bool, got {type(replacement).__name__}")
        check_sized("RandomSampler", "data_source", data_source)
        self.data_source = data_source
        self.replacement = replacement
        self.generator = generator_of("RandomSampler", generator)
        if num_samples is not None:
            num_samples = whole_number("RandomSampler", "num_samples", num_samples, 1)
        self._num_samples = num_samples

    @property
    def num_samples(self) -> int:
        return len(self.data_source) if self._num_samples is None else self._num_samples

    def order(self) -> np.ndarray:
        n, count = len(self.data_source), self.num_samples
        if n == 0 and count > 0:
            raise ValueError(f"[RandomSampler] data_source must have samples, got none to draw {count} from")
        order = new_array("RandomSampler", (count,), np.int64)  # what memory does not hold is not begun
        random = numpy_generator(self.generator)
        if self.replacement:
            order[:] = random.integers(0, n, count)
        else:
            for begin in range(0, count, n or 1):
                order[begin : begin + n] = random.permutation(n)[: count - begin]
        return order

    def __len__(self) -> int:
        return self.num_samples


class SubsetRandomSampler(OrderedSampler):
    """Given numbers in another random order in every epoch.

    Args:
        indices: a sequence of integers.
        generator: as in RandomSampler.

    Raises:
        TypeError: another generator; in an epoch, indices that are no integers.

    Source: torch.utils.data.SubsetRandomSampler.
    """

    def __init__(self, indices: Sequence[int], generator: Any = None) -> None:
        self.indices = indices
        self.generator = generator_of("SubsetRandomSampler", generator)

    def order(self) -> np.ndarray:
        return numpy_generator(self.generator).permutation(indices_of("SubsetRandomSampler", self.indices))

    def __len__(self) -> int:
        return len(self.indices)


class WeightedRandomSampler(OrderedSampler):
    """Numbers drawn with given probabilities, anew in every epoch.

    Args:
        weights: (n,) for each number how likely it is; they need not sum to 1.
        num_samples: how many are drawn.
        replacement: whether a number may be drawn again.
        generator: as in RandomSampler.

    Raises:
        ValueError: weights that are not one-dimensional, are negative, infinite, NaN or all 0; num_samples below 1, or
            without replacement more than there are weights above 0.
        TypeError: another generator, num_samples that is no integer, replacement that is no bool.

    Source: torch.utils.data.WeightedRandomSampler.
    """

    def __init__(self, weights: Any, num_samples: int, replacement: bool = True, generator: Any = None) -> None:
        op = "WeightedRandomSampler"
        if not isinstance(replacement, bool):
            raise TypeError(f"[{op}] replacement must be a bool, got {type(replacement).__name__}")
        self.weights = numbers_of(op, "weights", weights, _as_float64)
        self.num_samples = whole_number(op, "num_samples", num_samples, 1)
        self.replacement = replacement
        self.generator = generator_of(op, generator)
        if self.weights.ndim != 1 or not np.isfinite(self.weights).all() or (self.weights < 0).any():
            raise ValueError(f"[{op}] weights must be numbers of at least 0, (n,), got shape {self.weights.shape}")
        most = np.count_nonzero(self.weights)
        if most == 0 or (not replacement and self.num_samples > most):
            raise ValueError(f"[{op}] num_samples must be possible with {most} weights above 0, got {self.num_samples}")

    def order(self) -> np.ndarray:
        shares = self.weights / self.weights.max()  # the sum itself may be beyond the largest number
        shares /= shares.sum()
        return numpy_generator(self.generator).choice(len(shares), self.num_samples, self.replacement, shares)

    def __len__(self) -> int:
        return self.num_samples


def _as_float64(weights: Any) -> np.ndarray:
    return np.array(weights.array if isinstance(weights, Tensor) else weights, np.float64)


class BatchSampler(Sampler):
    """Lists of the numbers that another sampler gives.

    Args:
        sampler: a sampler, or anything else with `__iter__`.
        batch_size: how many numbers a list has.
        drop_last: whether a last list of fewer is left out.

    Raises:
        ValueError: a batch_size below 1.
        TypeError: a batch_size that is no integer, drop_last that is no bool.

    Source: torch.utils.data.BatchSampler.
    """

    def __init__(self, sampler: Iterable[Any], batch_size: int, drop_last: bool) -> None:
        if not isinstance(drop_last, bool):
            raise TypeError(f"[BatchSampler] drop_last must be a bool, got {type(drop_last).__name__}")
        self.sampler = sampler
        self.batch_size = whole_number("BatchSampler", "batch_size", batch_size, 1)
        self.drop_last = drop_last

    def __iter__(self) -> Iterator[list[Any]]:
        batch: list[Any] = []
        for index in self.sampler:
            batch.append(index)
            if len(batch) == self.batch_size:
                yield batch
                batch = []
        if batch and not self.drop_last:
            yield batch

    def __len__(self) -> int:
        count = len(self.sampler)  # type: ignore[arg-type]
        return count // self.batch_size if self.drop_last else -(-count // self.batch_size)


def index_batches(batch_sampler: Iterable[Any]) -> Iterator[Any]:
    """What a batch sampler gives, as arrays where the order of the whole epoch is known as one."""
    sampler = batch_sampler.sampler if type(batch_sampler) is BatchSampler else None
    if not isinstance(sampler, OrderedSampler) or type(sampler).__iter__ is not OrderedSampler.__iter__:
        return iter(batch_sampler)
    order = sampler.order()  # drawn now, not with the first batch: two loaders side by side draw one after the other
    return _slices(order, batch_sampler.batch_size, batch_sampler.drop_last)  # type: ignore[attr-defined]


def _slices(order: np.ndarray, batch_size: int, drop_last: bool) -> Iterator[np.ndarray]:
    for begin in range(0, len(order) - (batch_size - 1 if drop_last else 0), batch_size):
        yield order[begin : begin + batch_size]
