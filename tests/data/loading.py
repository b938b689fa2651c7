"""Data sets that the loader's tests share, and what they see of batches."""

import time

import numpy as np
import pytest

import mushin
from mushin import data
from mushin.data import Dataset, IterableDataset, TensorDataset


class Squares(Dataset):
    """Sample i is (i, i^2)."""

    def __init__(self, n):
        self.n = n

    def __len__(self):
        return self.n

    def __getitem__(self, index):
        assert type(index) is int
        return index, np.float32(index) ** 2


class Slow(Squares):
    """The later a sample, the sooner it is there."""

    def __getitem__(self, index):
        time.sleep(0.002 * (self.n - index) / self.n)
        return super().__getitem__(index)


class Count(IterableDataset):
    """0 to n - 1, shared among the workers."""

    def __init__(self, n):
        self.n = n

    def __iter__(self):
        info = data.get_worker_info()
        return iter(range(self.n) if info is None else range(info.id, self.n, info.num_workers))


def in_memory(n, features=3):
    x = np.arange(n * features, dtype=np.float32).reshape(n, features)
    return TensorDataset(mushin.tensor(x), np.arange(n))


def values(loader):
    """Batches as nested lists."""
    return [plain(batch) for batch in loader]


def plain(batch):
    if isinstance(batch, (list, tuple)):
        return [plain(each) for each in batch]
    return batch.tolist() if isinstance(batch, mushin.Tensor) else batch


def ids(loader):
    """The samples' numbers, batch by batch: the last of what a sample has, or all of it."""
    return [batch[-1].tolist() if isinstance(batch, list) else batch.tolist() for batch in loader]


WORKERS = pytest.mark.parametrize("workers", [0, 1, 3])
