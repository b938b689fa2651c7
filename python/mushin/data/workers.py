"""Threads that make batches ahead of the loop that takes them.

Batch k is made by worker k modulo their number; each worker has a queue of tasks and one of results, so that the
results are taken in the order of the tasks. Threads hold queues and tasks, never the iterator: dropping that stops
them. Reading files and running kernels let go of the GIL, Python code does not.
"""

from __future__ import annotations

import itertools
import os
import queue
import threading
import weakref
from collections import deque
from collections.abc import Callable, Iterator
from typing import Any, NamedTuple

END: Any = object()  # what stands in the place of a batch when there are no more

Fetch = Callable[[Any], Any]  # from a task to a batch, or END


class WorkerInfo(NamedTuple):
    """What a worker knows of itself.

    id: 0 to num_workers - 1. seed: another one for each worker, drawn when it starts, for random numbers of its own.
    dataset: the loader's, which all workers share.
    """

    id: int
    num_workers: int
    seed: int
    dataset: Any


_in_thread = threading.local()


def get_worker_info() -> WorkerInfo | None:
    """What the worker that calls this knows of itself; None outside of workers.

    Source: torch.utils.data.get_worker_info.
    """
    return getattr(_in_thread, "info", None)


class Epoch:
    """One pass of an iterator: each worker asks it for a function that makes batches."""

    def __init__(self, make_fetch: Callable[[], Fetch]) -> None:
        self.make_fetch = make_fetch
        self.is_over = False  # what has not been made yet is not wanted any more


class Workers:
    """Threads that wait for tasks. They end when nobody holds the object any more, and at the end of the program."""

    def __init__(self, infos: list[WorkerInfo], init: Callable[[int], Any] | None) -> None:
        self.process = os.getpid()
        self.is_busy = False  # an iterator uses them
        self.tasks: list[queue.SimpleQueue[Any]] = [queue.SimpleQueue() for _ in infos]
        self.results: list[queue.SimpleQueue[Any]] = [queue.SimpleQueue() for _ in infos]
        self._stopping = threading.Event()
        self._threads = [
            threading.Thread(target=_work, args=(info, init, *queues, self._stopping), daemon=True)
            for info, *queues in zip(infos, self.tasks, self.results)
        ]
        self._finalizer = weakref.finalize(self, _stop, self.process, self._stopping, self.tasks, self._threads)
        for thread in self._threads:
            thread.start()

    def __len__(self) -> int:
        return len(self.tasks)

    def are_here(self) -> bool:
        """Whether the threads are of this process, not of one that it was forked from."""
        return self.process == os.getpid()

    def are_running(self) -> bool:
        """Whether the threads are here and have not been stopped."""
        return self.are_here() and not self._stopping.is_set()

    def are_asking(self) -> bool:
        """Whether the caller is one of the threads: a garbage collection may run in any."""
        return threading.current_thread() in self._threads

    def stop(self) -> None:
        """Ends the threads, after what each is making now."""
        self._finalizer()

    def abandon(self) -> None:
        """Ends the threads without waiting for them: one is stuck."""
        self._finalizer.detach()
        _stop(self.process, self._stopping, self.tasks, [])


def _stop(process: int, stopping: threading.Event, tasks: list[Any], threads: list[threading.Thread]) -> None:
    if process != os.getpid():  # a forked child has the objects, but not the threads
        return
    stopping.set()
    for each in tasks:
        each.put(None)
    for thread in threads:
        if thread is not threading.current_thread() and thread.ident is not None:
            thread.join()


def _work(info: WorkerInfo, init: Any, tasks: Any, results: Any, stopping: threading.Event) -> None:
    _in_thread.info = info
    failure: BaseException | None = None
    try:
        if init is not None:
            init(info.id)
    except BaseException as error:  # whoever waits for the first batch gets it
        failure = error
    epoch: Epoch | None = None
    while (task := tasks.get()) is not None and not stopping.is_set():
        batch, error_of_batch = END, failure
        if task[0].is_over:
            fetch = epoch = None
            batch = task[1]  # back as it is: see Prefetching.close
        elif failure is None:
            try:
                if task[0] is not epoch:
                    epoch, fetch = task[0], task[0].make_fetch()
                batch = fetch(task[1])  # type: ignore[misc]
            except BaseException as error:
                error_of_batch = error
        results.put((batch, error_of_batch))
        task = batch = error_of_batch = None  # what is made belongs to who takes it


class Prefetching:
    """The batches of one epoch, made by workers ahead of time.

    Args:
        workers: who makes them.
        epoch: makes the function that each worker makes batches with.
        tasks: what that function gets for each batch.
        ahead: how many batches each worker is asked for ahead of time.
        timeout: seconds that a batch is waited for, or None.
        keep: whether the workers are kept when the epoch is over.
    """

    def __init__(
        self, workers: Workers, epoch: Epoch, tasks: Iterator[Any], ahead: int, timeout: float | None, keep: bool
    ) -> None:
        self._workers, self._epoch, self._tasks = workers, epoch, tasks
        self._timeout, self._keep = timeout, keep
        self._waited_for: deque[int] = deque()  # the workers, in the order of their tasks
        self._turns = itertools.cycle(range(len(workers)))
        self._at_end: set[int] = set()  # workers without more batches
        workers.is_busy = True
        for _ in range(ahead * len(workers)):
            self._ask()

    def __iter__(self) -> Prefetching:
        return self

    def __next__(self) -> Any:
        if not self._workers.are_here():
            raise RuntimeError("[DataLoader] the workers are the parent process's: the child must begin anew")
        while self._waited_for:
            worker = self._waited_for[0]
            try:
                batch, error = self._workers.results[worker].get(timeout=self._timeout)
                self._waited_for.popleft()  # not before: Ctrl-C may end the waiting
            except queue.Empty:
                self._epoch.is_over = True
                self._waited_for.clear()
                self._workers.abandon()
                raise RuntimeError(f"[DataLoader] no batch has come in {self._timeout} seconds") from None
            if error is not None:
                self.close()
                try:
                    if isinstance(error, StopIteration):  # it would look like the end
                        raise RuntimeError("[DataLoader] a data set or collate_fn raised StopIteration") from error
                    raise error
                finally:
                    del error  # it refers to this frame
            if batch is END:
                self._at_end.add(worker)
                continue
            self._ask()
            return batch
        self.close()
        raise StopIteration

    def _ask(self) -> None:
        """Gives the next worker the next task, if there are any."""
        if len(self._at_end) == len(self._workers):
            return
        task = next(self._tasks, END)
        if task is END:
            return
        worker = next(turn for turn in self._turns if turn not in self._at_end)
        self._workers.tasks[worker].put((self._epoch, task))
        self._waited_for.append(worker)

    def close(self) -> None:
        """Gives up what has not been taken, and lets go of the workers."""
        self._epoch.is_over = True
        if not self._keep or self._workers.are_asking():
            self._workers.stop()
        elif self._workers.are_running() and self._workers.is_busy:
            # Whatever is on its way, each worker is done with this epoch when its last task comes back.
            last = object()
            for tasks in self._workers.tasks:
                tasks.put((self._epoch, last))
            for results in self._workers.results:
                while results.get()[0] is not last:
                    pass
            self._workers.is_busy = False
        self._waited_for.clear()

    def __del__(self) -> None:
        if hasattr(self, "_turns"):  # it was begun
            self.close()
