"""DataLoader: the batches of a data set, epoch by epoch."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import islice, repeat
from typing import Any

import numpy as np

from mushin.data.collate import default_collate, default_convert
from mushin.data.dataset import IterableDataset, batch_in_memory
from mushin.data.sampler import BatchSampler, RandomSampler, SequentialSampler, index_batches, whole_number
from mushin.data.workers import END, Epoch, Fetch, Prefetching, WorkerInfo, Workers
from mushin.ops.arrays import number
from mushin.ops.random import generator_of, numpy_generator

AHEAD = 2  # batches that each worker makes ahead of time


class DataLoader:
    """The batches of a data set: `for x, y in DataLoader(dataset, batch_size=32, shuffle=True): ...`

    A batch of a TensorDataset, or of a Subset of one, is gathered by a kernel; samples of other data sets are taken one
    by one and collated. Every epoch draws another order; a seed gives the same orders on every run, with and without
    workers.

    Args:
        dataset: with numbered samples and a length, or an IterableDataset.
        batch_size: samples of a batch; None gives the samples one by one.
        shuffle: whether the order is drawn at random in every epoch.
        sampler: gives the numbers of the samples instead, anew for every epoch.
        batch_sampler: gives lists of numbers, one for each batch; without batch_size, shuffle, sampler and drop_last.
        num_workers: how many threads make batches ahead of the loop; 0 makes each when it is asked for. Threads help
            where a data set waits for files or runs kernels, not where it computes in Python. They share the data set.
        collate_fn: makes a batch of a list of samples; `default_collate` if None, or `default_convert` of one sample
            where batch_size is None.
        pin_memory: accepted, without effect.
        drop_last: whether a last batch of fewer samples is left out.
        timeout: seconds that a worker's batch is waited for; 0 waits for ever.
        worker_init_fn: called with the worker's number when it starts.
        multiprocessing_context: accepted, without effect: workers are threads.
        generator: of the orders and the workers' seeds: None for the generator that `mushin.seed` starts, a
            `mushin.Generator`, or a seed.
        prefetch_factor: batches that each worker makes ahead, 2 if None.
        persistent_workers: whether the threads wait for the next epoch.
        pin_memory_device, in_order: accepted, without effect; batches always come in the sampler's order.

    Iterating raises what the data set, the collate_fn or a worker raised, with its traceback. Leaving a loop early, or
    by an error, stops the workers.

    Raises:
        ValueError: numbers that are too small, arguments that exclude each other; when a batch is made, samples that
            do not fit together.
        TypeError: numbers that are none, a generator that is none.
        RuntimeError: while iterating, no batch in `timeout` seconds; an iteration with workers goes on in a forked
            process.

    Source: torch.utils.data.DataLoader.
    """

    def __init__(
        self,
        dataset: Any,
        batch_size: int | None = 1,
        shuffle: bool | None = None,
        sampler: Iterable[Any] | None = None,
        batch_sampler: Iterable[Any] | None = None,
        num_workers: int = 0,
        collate_fn: Callable[[Any], Any] | None = None,
        pin_memory: bool = False,
        drop_last: bool = False,
        timeout: float = 0,
        worker_init_fn: Callable[[int], Any] | None = None,
        multiprocessing_context: Any = None,
        generator: Any = None,
        *,
        prefetch_factor: int | None = None,
        persistent_workers: bool = False,
        pin_memory_device: str = "",
        in_order: bool = True,
    ) -> None:
        self.dataset = dataset
        self.num_workers = whole_number("DataLoader", "num_workers", num_workers, 0)
        self.timeout = number("DataLoader", "timeout", timeout)
        self.pin_memory = pin_memory
        self.worker_init_fn = worker_init_fn
        self.generator = generator_of("DataLoader", generator)
        self.persistent_workers = persistent_workers
        self._workers: Workers | None = None  # those that wait for the next epoch
        self._check_workers(prefetch_factor)
        self.prefetch_factor = AHEAD if self.num_workers and prefetch_factor is None else prefetch_factor
        is_iterable = isinstance(dataset, IterableDataset)
        _check_order(is_iterable, batch_size, shuffle, sampler, batch_sampler, drop_last)
        if sampler is None and not is_iterable:
            sampler = RandomSampler(dataset, generator=self.generator) if shuffle else SequentialSampler(dataset)
        self.sampler = sampler
        if batch_sampler is not None:
            batch_size = None
        elif batch_size is not None:
            batch_size = whole_number("DataLoader", "batch_size", batch_size, 1)
            batch_sampler = None if sampler is None else BatchSampler(sampler, batch_size, drop_last)
        self.batch_size = batch_size
        self.batch_sampler = batch_sampler
        self.drop_last = drop_last
        makes_batches = batch_sampler is not None or batch_size is not None
        self._collates = collate_fn is None and makes_batches
        self.collate_fn = collate_fn or (default_collate if makes_batches else default_convert)

    def _check_workers(self, prefetch_factor: int | None) -> None:
        if not self.timeout >= 0:
            raise ValueError(f"[DataLoader] timeout must be at least 0, got {self.timeout}")
        if prefetch_factor is not None:
            whole_number("DataLoader", "prefetch_factor", prefetch_factor, 1)
        for name, value in (("prefetch_factor", prefetch_factor), ("persistent_workers", self.persistent_workers)):
            if value and self.num_workers == 0:
                raise ValueError(f"[DataLoader] {name} must be left out without workers, got {value}")

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "_workers": None}  # a copy starts workers of its own

    def __len__(self) -> int:
        """How many batches an epoch has."""
        if not isinstance(self.dataset, IterableDataset):
            batches: Any = self.sampler if self.batch_sampler is None else self.batch_sampler
            return len(batches)
        count = len(self.dataset)  # type: ignore[arg-type]  # if the data set knows it
        if self.batch_size is None:
            return count
        return count // self.batch_size if self.drop_last else -(-count // self.batch_size)

    def __iter__(self) -> Iterator[Any]:
        make_fetch = self._make_fetch()
        # Drawn without workers, too: the orders that follow do not depend on how many there are.
        seeds = numpy_generator(self.generator).integers(2**63, size=self.num_workers).tolist()
        if self.num_workers == 0:
            return _made_here(make_fetch(), self._tasks())
        workers = self._workers
        if workers is None or workers.is_busy or not workers.are_running():
            infos = [WorkerInfo(i, self.num_workers, seed, self.dataset) for i, seed in enumerate(seeds)]
            workers = Workers(infos, self.worker_init_fn)
            if self.persistent_workers and (self._workers is None or not self._workers.are_running()):
                self._workers = workers
        assert self.prefetch_factor is not None
        keep = workers is self._workers
        timeout = min(self.timeout, threading.TIMEOUT_MAX) or None
        return Prefetching(workers, Epoch(make_fetch), self._tasks(), self.prefetch_factor, timeout, keep)

    def _tasks(self) -> Iterator[Any]:
        """What a worker gets for each batch: the numbers of the samples, or for an IterableDataset nothing."""
        if self.batch_sampler is not None:
            return index_batches(self.batch_sampler)
        return repeat(None) if self.sampler is None else iter(self.sampler)

    def _make_fetch(self) -> Callable[[], Fetch]:
        """What makes the function from a task to a batch; holds no loader, so that workers hold none."""
        if isinstance(self.dataset, IterableDataset):
            return partial(_Following, self.dataset, self.batch_size, self.drop_last, self.collate_fn)
        if self.batch_sampler is None:
            return partial(_one_sample, self.dataset, self.collate_fn)
        return partial(_batch, self.dataset, self.collate_fn, self._collates)


def _check_order(
    is_iterable: bool, batch_size: Any, shuffle: Any, sampler: Any, batch_sampler: Any, drop_last: Any
) -> None:
    given = [name for name, value in (("sampler", sampler), ("batch_sampler", batch_sampler)) if value is not None]
    if is_iterable and (shuffle or given):
        name = given[0] if given else "shuffle"
        raise ValueError(f"[DataLoader] {name} must be left out for an IterableDataset, which has an order of its own")
    if sampler is not None and shuffle:
        raise ValueError("[DataLoader] shuffle must be left out where a sampler is given")
    if batch_sampler is not None and (batch_size != 1 or shuffle or sampler is not None or drop_last):
        raise ValueError(
            "[DataLoader] batch_size, shuffle, sampler and drop_last must be left out where a batch_sampler is given"
        )
    if batch_size is None and drop_last:
        raise ValueError("[DataLoader] drop_last must be left out where batch_size is None: there are no batches")


def _made_here(fetch: Fetch, tasks: Iterator[Any]) -> Iterator[Any]:
    for task in tasks:
        batch = fetch(task)
        if batch is END:
            return
        yield batch


# --- from a task to a batch


def _batch(dataset: Any, collate_fn: Callable[[Any], Any], collates: bool) -> Fetch:
    def fetch(indices: Any) -> Any:
        batch = batch_in_memory(dataset, indices) if collates else None
        if batch is not None:
            return batch
        numbers = indices.tolist() if isinstance(indices, np.ndarray) else indices
        get_all = getattr(dataset, "__getitems__", None)
        return collate_fn([dataset[i] for i in numbers] if get_all is None else get_all(numbers))

    return fetch


def _one_sample(dataset: Any, collate_fn: Callable[[Any], Any]) -> Fetch:
    return lambda index: collate_fn(dataset[index])


class _Following:
    """The batches of an IterableDataset, one after the other."""

    def __init__(self, dataset: Any, batch_size: int | None, drop_last: bool, collate_fn: Callable[[Any], Any]) -> None:
        self._samples = iter(dataset)
        self._batch_size, self._drop_last, self._collate_fn = batch_size, drop_last, collate_fn

    def __call__(self, _: None) -> Any:
        if self._batch_size is None:
            sample = next(self._samples, END)
            return END if sample is END else self._collate_fn(sample)
        samples = list(islice(self._samples, self._batch_size))
        if not samples or (self._drop_last and len(samples) < self._batch_size):
            return END
        return self._collate_fn(samples)
