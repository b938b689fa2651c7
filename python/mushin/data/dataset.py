"""Data sets: samples by number, or one after the other."""

from __future__ import annotations

import math
import operator
import warnings
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import accumulate
from typing import Any

import numpy as np

from mushin.autograd import Tensor
from mushin.data.sampler import check_sized, indices_of
from mushin.ops.arrays import number, tensor_of
from mushin.ops.random import generator_of, numpy_generator
from mushin.ops.shape import gather_rows


class Dataset:
    """Samples by number: a subclass has `__getitem__(index)`, and `__len__` for loaders that draw the order themselves.

    A subclass may also have `__getitems__(indices)`, which gives a loader the samples of a batch in one call.

    Source: torch.utils.data.Dataset.
    """

    def __getitem__(self, index: Any) -> Any:
        raise NotImplementedError(f"[{type(self).__name__}] the data set has no __getitem__()")

    def __add__(self, other: Any) -> ConcatDataset:
        """This data set and another behind it."""
        return ConcatDataset([self, other])


class IterableDataset(Dataset):
    """Samples one after the other: a subclass has `__iter__`. With several workers each goes through the data set from
    the start, unless `__iter__` leaves samples to the others; see `get_worker_info`.

    Source: torch.utils.data.IterableDataset.
    """

    def __iter__(self) -> Iterator[Any]:
        raise NotImplementedError(f"[{type(self).__name__}] the data set has no __iter__()")

    def __add__(self, other: Any) -> ChainDataset:  # type: ignore[override]
        """This data set and another behind it."""
        return ChainDataset([self, other])


class TensorDataset(Dataset):
    """Samples in memory: sample i is a tuple with row i of each tensor. A loader gathers whole batches by a kernel.

    Args:
        tensors: tensors or arrays of one length along the first axis, whose memory is shared.

    Raises:
        ValueError: lengths that differ, a tensor without axes, no tensor.

    Source: torch.utils.data.TensorDataset.
    """

    def __init__(self, *tensors: Any) -> None:
        self.tensors = tuple(map(tensor_of, tensors))
        shapes = [tensor.shape for tensor in self.tensors]
        if not shapes or any(shape == () for shape in shapes) or len({shape[0] for shape in shapes}) > 1:
            got = ", ".join(map(str, shapes)) or "none"
            raise ValueError(f"[TensorDataset] tensors must have the same length along the first axis, got {got}")

    def __getitem__(self, index: Any) -> tuple[Tensor, ...]:
        return tuple(tensor[index] for tensor in self.tensors)

    def __len__(self) -> int:
        return len(self.tensors[0])


class Subset(Dataset):
    """Some samples of a data set.

    Args:
        dataset: a data set with numbered samples.
        indices: the number there of each sample here.

    Source: torch.utils.data.Subset.
    """

    def __init__(self, dataset: Any, indices: Sequence[int]) -> None:
        self.dataset = dataset
        self.indices = indices

    def __getitem__(self, index: int) -> Any:
        return self.dataset[self.indices[index]]

    def __len__(self) -> int:
        return len(self.indices)


def _listed(op: str, datasets: Any) -> list[Any]:
    if not isinstance(datasets, Iterable):
        raise TypeError(f"[{op}] datasets must be a list of data sets, got {type(datasets).__name__}")
    return list(datasets)


class ConcatDataset(Dataset):
    """Data sets one behind the other.

    Args:
        datasets: data sets with numbered samples and a length.

    Raises:
        ValueError: no data set.
        TypeError: a data set without numbered samples.

    Source: torch.utils.data.ConcatDataset.
    """

    def __init__(self, datasets: Iterable[Any]) -> None:
        self.datasets = _listed("ConcatDataset", datasets)
        if not self.datasets:
            raise ValueError("[ConcatDataset] datasets must not be empty")
        if any(isinstance(dataset, IterableDataset) for dataset in self.datasets):
            raise TypeError("[ConcatDataset] datasets must have numbered samples, got an IterableDataset")
        self.cumulative_sizes = list(accumulate(map(len, self.datasets)))

    def __len__(self) -> int:
        return self.cumulative_sizes[-1]

    def __getitem__(self, index: int) -> Any:
        place = operator.index(index)
        if not -len(self) <= place < len(self):
            raise IndexError(f"[ConcatDataset] index must be in [{-len(self)}, {len(self)}), got {index}")
        place %= len(self)
        which = bisect_right(self.cumulative_sizes, place)
        return self.datasets[which][place - (self.cumulative_sizes[which - 1] if which else 0)]


class ChainDataset(IterableDataset):
    """Iterable data sets one behind the other.

    Source: torch.utils.data.ChainDataset.
    """

    def __init__(self, datasets: Iterable[Any]) -> None:
        self.datasets = _listed("ChainDataset", datasets)

    def __iter__(self) -> Iterator[Any]:
        for dataset in self.datasets:
            yield from dataset

    def __len__(self) -> int:
        return sum(map(len, self.datasets))


def random_split(dataset: Any, lengths: Sequence[float], generator: Any = None) -> list[Subset]:
    """Divides a data set into parts at random.

    Args:
        dataset: with numbered samples and a length.
        lengths: how many samples each part gets, n in all; or shares that sum to 1, of which part i gets
            floor(n share_i), and the first parts one of the remaining samples each.
        generator: None for the generator that `mushin.seed` starts, a `mushin.Generator`, or a seed.

    Returns:
        a Subset for each part.

    Raises:
        ValueError: lengths that do not sum to n, or are negative.
        TypeError: lengths that are no numbers, another generator.

    Source: torch.utils.data.random_split.
    """
    check_sized("random_split", "dataset", dataset)
    if not isinstance(lengths, Iterable):
        raise TypeError(f"[random_split] lengths must be a list of numbers, got {type(lengths).__name__}")
    n, lengths = len(dataset), [number("random_split", "lengths", length) for length in lengths]
    if any(not length >= 0 for length in lengths):
        raise ValueError(f"[random_split] lengths must not be negative, got {lengths}")
    if math.isclose(sum(lengths), 1):
        counts = [math.floor(n * share) for share in lengths]
        for i in range(n - sum(counts)):
            counts[i % len(counts)] += 1
        if 0 in counts:
            warnings.warn(f"[random_split] part {counts.index(0)} has no samples", stacklevel=2)
    elif all(map(float.is_integer, lengths)) and sum(lengths) == n:
        counts = [int(length) for length in lengths]
    else:
        raise ValueError(f"[random_split] lengths must sum to {n}, or be shares that sum to 1, got {lengths}")
    order = numpy_generator(generator_of("random_split", generator)).permutation(n)
    ends = [*accumulate(counts)]
    return [Subset(dataset, order[end - count : end].tolist()) for end, count in zip(ends, counts)]


def batch_in_memory(dataset: Any, indices: Any) -> list[Tensor] | None:
    """A batch of a TensorDataset, or of a Subset of one, gathered by kernels; None if its samples must be collated."""
    while type(dataset) is Subset:
        indices = [dataset.indices[i] for i in indices]
        dataset = dataset.dataset
    if type(dataset) is not TensorDataset or not all(_can_be_gathered(tensor.array) for tensor in dataset.tensors):
        return None
    ids, n = indices_of("TensorDataset", indices), len(dataset)
    wrong = (ids < -n) | (ids >= n)
    if wrong.any():
        raise IndexError(f"[TensorDataset] index must be in [{-n}, {n}), got {ids[wrong][0]}")
    ids = np.where(ids < 0, ids + n, ids)
    return [gather_rows(tensor, ids) for tensor in dataset.tensors]


def _can_be_gathered(array: np.ndarray) -> bool:
    """Whether rows lie in memory as a kernel reads them; others it would copy with all that they lie in."""
    is_known = array.dtype.kind in "biu" or (array.dtype.kind == "f" and array.dtype.itemsize in (4, 8))
    return is_known and array.dtype.isnative and array.flags.c_contiguous and array.flags.aligned
