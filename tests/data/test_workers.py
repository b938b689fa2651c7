"""DataLoader's workers: when they start and end, what they know, and how errors come out of them."""

import copy
import os
import pickle
import signal
import threading
import time
import traceback
from itertools import islice

import numpy as np
import pytest

import mushin
from mushin import data
from mushin.data import DataLoader, TensorDataset

from .loading import WORKERS, Count, Slow, Squares, ids, in_memory

pytestmark = pytest.mark.usefixtures("no_thread_is_left_behind")


def test_what_workers_know_of_themselves():
    class Info(Squares):
        def __getitem__(self, index):
            return data.get_worker_info()

    dataset = Info(6)
    loader = DataLoader(dataset, 1, num_workers=2, collate_fn=lambda samples: samples[0])
    epochs = [list(loader), list(loader)]
    assert [info.id for info in epochs[0]] == [0, 1] * 3
    assert {info.num_workers for info in epochs[0]} == {2}
    assert all(info.dataset is dataset for info in epochs[0])
    assert len({info.seed for epoch in epochs for info in epoch}) == 4
    assert data.get_worker_info() is None
    assert list(DataLoader(dataset, 1, collate_fn=lambda samples: samples[0])) == [None] * 6


def test_workers_are_initialized_once_and_may_wait_for_the_next_epoch():
    started = []
    loader = DataLoader(in_memory(6), 1, num_workers=2, worker_init_fn=started.append, persistent_workers=True)
    for _ in range(3):
        assert ids(loader) == [[i] for i in range(6)]
    assert sorted(started) == [0, 1]
    for _batch in loader:  # leaving early keeps them, too
        break
    assert ids(loader) == [[i] for i in range(6)]
    assert sorted(started) == [0, 1]
    another = DataLoader(in_memory(6), 1, num_workers=2, worker_init_fn=started.append)
    ids(another), ids(another)
    assert sorted(started) == [0, 0, 0, 1, 1, 1]


def test_a_copy_of_a_loader_starts_workers_of_its_own():
    loader = DataLoader(in_memory(4), 2, num_workers=2, persistent_workers=True)
    assert ids(loader) == ids(copy.deepcopy(loader)) == ids(pickle.loads(pickle.dumps(loader))) == [[0, 1], [2, 3]]


def test_persistent_workers_end_with_their_loader():
    before = threading.active_count()
    loader = DataLoader(in_memory(4), 2, num_workers=3, persistent_workers=True)
    list(loader)
    assert threading.active_count() == before + 3
    del loader
    assert threading.active_count() == before


def test_leaving_a_loop_early_stops_the_workers():
    before = threading.active_count()
    for x, _ in DataLoader(in_memory(100), 1, num_workers=3):
        assert threading.active_count() == before + 3
        if x[0, 0].item() == 6:
            break
    assert threading.active_count() == before
    iterator = iter(DataLoader(Slow(100), 1, num_workers=2))
    next(iterator)
    del iterator
    assert threading.active_count() == before


def test_only_so_many_batches_are_made_ahead():
    made = []

    class Noted(Squares):
        def __getitem__(self, index):
            made.append(index)
            return index

    iterator = iter(DataLoader(Noted(100), 1, num_workers=2, prefetch_factor=3))
    for _ in range(4):
        next(iterator)
    deadline = time.monotonic() + 5
    while len(made) < 10 and time.monotonic() < deadline:
        time.sleep(0.01)
    time.sleep(0.05)
    assert sorted(made) == list(range(10))  # four taken, six ahead


def test_batches_are_made_while_the_loop_works():
    class Waiting(Squares):
        def __getitem__(self, index):
            barrier.wait(timeout=10)  # passes only if two samples are made at the same time
            return index

    barrier = threading.Barrier(2)
    assert ids(DataLoader(Waiting(6), 1, num_workers=2)) == [[i] for i in range(6)]


# --- errors


def fails_at(place):
    class Failing(Squares):
        def __getitem__(self, index):
            if index == place:
                raise LookupError(f"sample {index} is broken")
            return index

    return Failing(8)


@WORKERS
def test_an_error_of_a_data_set_reaches_the_loop_with_its_traceback(workers):
    taken = []
    with pytest.raises(LookupError, match="sample 5 is broken") as raised:
        taken.extend(batch.tolist() for batch in DataLoader(fails_at(5), 2, num_workers=workers))
    assert taken == [[0, 1], [2, 3]]
    assert "__getitem__" in [frame.name for frame in traceback.extract_tb(raised.value.__traceback__)]


@WORKERS
def test_after_an_error_the_next_epoch_begins_anew(workers):
    dataset = fails_at(3)
    loader = DataLoader(dataset, 2, num_workers=workers, persistent_workers=workers > 0)
    for _ in range(2):
        with pytest.raises(LookupError):
            list(loader)
    assert ids(islice(loader, 1)) == [[0, 1]]


@WORKERS
@pytest.mark.parametrize("stop", [StopIteration, GeneratorExit])
def test_an_error_that_looks_like_an_end_is_none(workers, stop):
    def collate(samples):
        raise stop

    expected = RuntimeError if stop is StopIteration else GeneratorExit
    with pytest.raises(expected):
        list(DataLoader(Squares(3), 1, collate_fn=collate, num_workers=workers))


@pytest.mark.parametrize("kind", [Squares, Count])
def test_an_error_of_worker_init_fn(kind):
    def init(worker):
        if worker == 1:
            raise OSError("worker 1 has no file")

    with pytest.raises(OSError, match="worker 1 has no file"):
        list(DataLoader(kind(9), 1, num_workers=3, worker_init_fn=init))


@WORKERS
def test_an_error_of_a_sampler(workers):
    def numbers():
        yield from range(3)
        raise LookupError("the sampler's own")

    class Failing(data.Sampler):
        def __iter__(self):
            return numbers()

    with pytest.raises(LookupError, match="the sampler's own"):
        list(DataLoader(in_memory(5), 1, sampler=Failing(), num_workers=workers))


def test_a_batch_that_does_not_come_in_time():
    release = threading.Event()

    class Stuck(Squares):
        def __getitem__(self, index):
            release.wait(10)
            return index

    with pytest.raises(RuntimeError, match=r"^\[DataLoader\] no batch has come in 0.05 seconds"):
        list(DataLoader(Stuck(3), 1, num_workers=2, timeout=0.05))
    release.set()
    deadline = time.monotonic() + 5
    while threading.active_count() > 1 and time.monotonic() < deadline:
        time.sleep(0.01)


@pytest.mark.parametrize("timeout", [float("inf"), 1e300])
def test_a_time_longer_than_any_clock_is_waited_for(timeout):
    assert ids(DataLoader(in_memory(3), 1, num_workers=1, timeout=timeout)) == [[0], [1], [2]]


@pytest.mark.skipif(not hasattr(signal, "pthread_kill"), reason="signals cannot be sent to a thread here")
def test_ctrl_c_leaves_no_batch_for_the_next_epoch():
    class Interrupting(Squares):
        def __getitem__(self, index):
            if index == 4 and not interrupted:
                interrupted.append(index)
                time.sleep(0.1)  # the loop waits for this sample by now
                signal.pthread_kill(threading.main_thread().ident, signal.SIGINT)
                time.sleep(0.1)
            return index

    interrupted, taken = [], []
    loader = DataLoader(Interrupting(9), 1, num_workers=2, persistent_workers=True)
    before = signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell's background jobs ignore it
    try:
        with pytest.raises(KeyboardInterrupt):
            taken.extend(batch.tolist() for batch in loader)
    finally:
        signal.signal(signal.SIGINT, before)
    assert taken == [[0], [1], [2], [3]]
    assert interrupted
    assert ids(loader) == [[i] for i in range(9)]
    assert interrupted == [4]


def test_an_end_of_the_program_stops_the_workers(python):
    code = """
import mushin, sys
from mushin.data import DataLoader, TensorDataset
loader = DataLoader(TensorDataset(mushin.ones(100, 2)), 1, num_workers=2, persistent_workers=True)
kept = iter(loader)
next(kept)
print("done")
"""
    assert python("-c", code) == "done\n"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="no fork here")
@pytest.mark.filterwarnings("ignore:.*fork.*:DeprecationWarning")
def test_a_forked_child_begins_anew_and_leaves_the_parent_s_workers_alone():
    loader = DataLoader(in_memory(8), 1, num_workers=2, persistent_workers=True)
    iterator = iter(loader)
    assert next(iterator)[1].item() == 0
    child = os.fork()
    if child == 0:
        try:
            try:
                next(iterator)
            except RuntimeError as error:
                right = "parent process" in str(error)
            del iterator
            os._exit(0 if right and ids(loader) == [[i] for i in range(8)] else 1)
        finally:
            os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert ids(iterator) == [[i] for i in range(1, 8)]
    assert ids(loader) == [[i] for i in range(8)]


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ({"batch_size": 0}, ValueError, "batch_size must be at least 1, got 0"),
        ({"batch_size": 2.0}, TypeError, "batch_size must be an integer, got float"),
        ({"batch_size": True}, TypeError, "batch_size must be an integer, got bool"),
        ({"num_workers": -1}, ValueError, "num_workers must be at least 0, got -1"),
        ({"num_workers": "2"}, TypeError, "num_workers must be an integer, got str"),
        ({"timeout": -1}, ValueError, "timeout must be at least 0, got -1"),
        ({"timeout": float("nan")}, ValueError, "timeout must be at least 0, got nan"),
        ({"prefetch_factor": 2}, ValueError, "prefetch_factor must be left out without workers"),
        ({"prefetch_factor": 0, "num_workers": 1}, ValueError, "prefetch_factor must be at least 1, got 0"),
        ({"persistent_workers": True}, ValueError, "persistent_workers must be left out without workers"),
        ({"shuffle": True, "sampler": [1]}, ValueError, "shuffle must be left out where a sampler is given"),
        ({"batch_sampler": [[1]], "batch_size": 2}, ValueError, "batch_size, shuffle, sampler and drop_last must be"),
        ({"batch_sampler": [[1]], "shuffle": True}, ValueError, "batch_size, shuffle, sampler and drop_last must be"),
        ({"batch_size": None, "drop_last": True}, ValueError, "drop_last must be left out where batch_size is None"),
        ({"generator": "a"}, TypeError, "generator must be None, a mushin.Generator or a seed, got str"),
        ({"drop_last": 1}, TypeError, "drop_last must be a bool, got int"),
    ],
)
def test_arguments_that_do_not_go_together(arguments, error, message):
    with pytest.raises(error, match=r"^\[(DataLoader|BatchSampler)\] " + message):
        DataLoader(in_memory(4), **arguments)


@pytest.mark.parametrize("arguments", [{"shuffle": True}, {"sampler": [1]}, {"batch_sampler": [[1]]}])
def test_an_iterable_data_set_has_an_order_of_its_own(arguments):
    with pytest.raises(ValueError, match=r"^\[DataLoader\] .* must be left out for an IterableDataset"):
        DataLoader(Count(3), **arguments)


def test_what_means_nothing_here_is_accepted():
    loader = DataLoader(in_memory(2), pin_memory=True, multiprocessing_context="spawn", in_order=True)
    assert ids(loader) == [[0], [1]]


def test_a_loader_feeds_a_recorded_step():
    total = mushin.zeros(())

    @mushin.compile
    def step(x):
        total.add_(x.sum())

    for (x,) in DataLoader(TensorDataset(np.ones((24, 2), np.float32)), 2, num_workers=2):
        step(x)
    assert total.item() == 48
    assert step.step.replayed > 0
