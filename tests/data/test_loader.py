"""DataLoader: which batches come in which order, from data sets of every kind, with and without workers."""

import copy
import gc
import os
import pickle
import threading
import time
import traceback
from itertools import islice

import numpy as np
import pytest

import mushin
from mushin import data
from mushin.data import DataLoader, Dataset, IterableDataset, Subset, TensorDataset


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


@pytest.fixture(autouse=True)
def no_thread_is_left_behind():
    before = set(threading.enumerate())
    yield
    gc.collect()
    assert not set(threading.enumerate()) - before


WORKERS = pytest.mark.parametrize("workers", [0, 1, 3])


# --- batches


@WORKERS
def test_batches_in_memory_are_gathered(workers):
    batches = list(DataLoader(in_memory(7), batch_size=3, num_workers=workers))
    assert [type(batch) for batch in batches] == [list] * 3
    assert [plain(y) for _, y in batches] == [[0, 1, 2], [3, 4, 5], [6]]
    x = np.concatenate([x.numpy() for x, _ in batches])
    np.testing.assert_array_equal(x, np.arange(21).reshape(7, 3))
    assert (batches[0][0].dtype, batches[0][1].dtype) == (np.float32, np.int64)


def test_batches_in_memory_are_copies():
    dataset = in_memory(4)
    for x, _ in DataLoader(dataset, batch_size=2):
        x.zero_()
    assert dataset.tensors[0].array.any()


@pytest.mark.parametrize("dtype", [bool, np.uint8, np.int32, np.float16, np.float64, ">f4"])
@pytest.mark.parametrize("layout", [np.ascontiguousarray, np.asfortranarray, lambda x: x[::-1], lambda x: x[:, ::2]])
def test_tensors_of_any_layout_and_dtype(dtype, layout):
    array = layout(np.arange(24).reshape(6, 4).astype(dtype))
    (whole,) = next(iter(DataLoader(TensorDataset(array), batch_size=6)))
    np.testing.assert_array_equal(whole.array, array)
    assert whole.dtype == array.dtype.newbyteorder("=")


def test_a_batch_of_a_data_set_in_memory_is_part_of_the_graph():
    x = mushin.ones(4, 2, requires_grad=True)
    for (rows,) in DataLoader(TensorDataset(x), batch_size=3):
        (rows * len(rows)).sum().backward()
    np.testing.assert_array_equal(x.grad.numpy(), [[3, 3]] * 3 + [[1, 1]])


def test_subsets_of_subsets_in_memory():
    dataset = Subset(Subset(in_memory(10), range(9, -1, -1)), [0, 2, -1])
    (batch,) = DataLoader(dataset, batch_size=8)
    np.testing.assert_array_equal(batch[1].numpy(), [9, 7, 0])
    np.testing.assert_array_equal(batch[0].numpy(), [[27, 28, 29], [21, 22, 23], [0, 1, 2]])


def test_a_subclass_of_a_data_set_in_memory_is_asked():
    class Negative(TensorDataset):
        def __getitem__(self, index):
            return tuple(-x for x in super().__getitem__(index))

    (batch,) = DataLoader(Negative(np.ones((2, 1), np.float32)), batch_size=2)
    np.testing.assert_array_equal(batch[0].numpy(), [[-1], [-1]])


def test_an_index_that_a_data_set_in_memory_does_not_have():
    for wrong in (4, -5):
        with pytest.raises(IndexError, match=rf"^\[TensorDataset\] index must be in \[-4, 4\), got {wrong}"):
            list(DataLoader(in_memory(4), batch_size=2, sampler=[0, wrong]))


@WORKERS
def test_samples_are_collated(workers):
    assert values(DataLoader(Squares(5), 2, num_workers=workers)) == [[[0, 1], [0, 1]], [[2, 3], [4, 9]], [[4], [16]]]


def test_several_samples_are_asked_for_at_once_where_the_data_set_can():
    class AtOnce(Squares):
        def __getitems__(self, indices):
            asked.append(indices)
            return [(i, 0) for i in indices]

    asked = []
    assert values(DataLoader(AtOnce(3), 2)) == [[[0, 1], [0, 0]], [[2], [0]]]
    assert asked == [[0, 1], [2]]


@WORKERS
def test_a_collate_fn_gets_the_samples(workers):
    loader = DataLoader(in_memory(3), 2, collate_fn=lambda samples: [int(y) for _, y in samples], num_workers=workers)
    assert list(loader) == [[0, 1], [2]]


@WORKERS
def test_a_batch_size_of_none_gives_samples(workers):
    class Arrays(Squares):
        def __getitem__(self, index):
            return {"i": index, "x": np.full(2, index)}

    loader = DataLoader(Arrays(3), batch_size=None, num_workers=workers)
    samples = list(loader)
    assert len(loader) == 3
    assert [sample["i"] for sample in samples] == [0, 1, 2]
    assert [sample["x"].tolist() for sample in samples] == [[0, 0], [1, 1], [2, 2]]
    assert list(DataLoader(Count(5), batch_size=None, num_workers=workers)) == [0, 1, 2, 3, 4]


@WORKERS
@pytest.mark.parametrize("n", [0, 1, 5, 6])
@pytest.mark.parametrize("drop_last", [False, True])
@pytest.mark.parametrize("make", [in_memory, Squares])
def test_lengths(make, n, drop_last, workers):
    loader = DataLoader(make(n), batch_size=3, drop_last=drop_last, num_workers=workers)
    batches = list(loader)
    assert len(loader) == len(batches) == (n // 3 if drop_last else -(-n // 3))
    assert [len(batch[0]) for batch in batches] == ([3] * (n // 3) + [n % 3] * (n % 3 > 0 and not drop_last))


# --- order


@WORKERS
@pytest.mark.parametrize("make", [in_memory, Squares])
def test_a_shuffled_epoch_has_every_sample_once_and_the_next_another_order(make, workers):
    mushin.seed(3)
    loader = DataLoader(make(40), 7, shuffle=True, num_workers=workers)
    first, second = (np.concatenate([batch[-1].numpy() for batch in loader]) for _ in range(2))
    expected = np.arange(40) if make is in_memory else np.arange(40) ** 2
    for epoch in (first, second):
        np.testing.assert_array_equal(np.sort(epoch), expected)
    assert (first != second).any()
    assert (first != expected).any()


def test_a_seed_gives_the_same_orders_with_any_number_of_workers():
    orders = []
    for workers in (0, 0, 1, 4):
        mushin.seed(5)
        loader = DataLoader(in_memory(20), 3, shuffle=True, num_workers=workers)
        orders.append([ids(loader), ids(loader)])
    assert orders[0] == orders[1] == orders[2] == orders[3]
    mushin.seed(6)
    assert ids(loader) != orders[0][0]


@pytest.mark.parametrize("seeded", [lambda: 4, lambda: mushin.Generator().manual_seed(4)])
def test_a_generator_of_its_own(seeded):
    mushin.seed(0)
    first = DataLoader(in_memory(20), 20, shuffle=True, generator=seeded())
    epochs = [ids(first), ids(first)]
    assert epochs[0] != epochs[1]
    mushin.seed(1)
    ids(DataLoader(in_memory(20), 20, shuffle=True))
    second = DataLoader(in_memory(20), 20, shuffle=True, generator=seeded())
    assert [ids(second), ids(second)] == epochs
    assert ids(DataLoader(in_memory(20), 20, shuffle=True, generator=5)) != epochs[0]


@WORKERS
def test_samplers_and_batch_samplers_give_the_order(workers):
    assert ids(DataLoader(in_memory(5), 2, sampler=[4, 0, 3], num_workers=workers)) == [[4, 0], [3]]
    loader = DataLoader(in_memory(5), batch_sampler=[[1], [4, -1, 0]], num_workers=workers)
    assert ids(loader) == [[1], [4, 4, 0]]
    assert len(loader) == 2
    assert ids(DataLoader(Squares(5), batch_sampler=[[1], [4, 0]], num_workers=workers)) == [[1], [16, 0]]


@pytest.mark.parametrize("workers", [1, 2, 5])
def test_the_order_does_not_depend_on_who_is_ready_first(workers):
    loader = DataLoader(Slow(12), 1, num_workers=workers, prefetch_factor=3)
    assert values(loader) == [[[i], [i * i]] for i in range(12)]


@WORKERS
def test_nested_loops_and_loaders(workers):
    outer = DataLoader(in_memory(4), 2, num_workers=workers, persistent_workers=workers > 0)
    inner = DataLoader(in_memory(3), 1, num_workers=workers)
    pairs = [(a[1].tolist(), b[1].tolist(), c[1].tolist()) for a in outer for b in inner for c in outer]
    expected = [(a, [b], c) for a in ([0, 1], [2, 3]) for b in range(3) for c in ([0, 1], [2, 3])]
    assert pairs == expected


def test_two_iterations_of_one_loader_side_by_side():
    loader = DataLoader(in_memory(4), 1, num_workers=2, persistent_workers=True)
    assert [(a[1].item(), b[1].item()) for a, b in zip(loader, loader)] == [(i, i) for i in range(4)]


# --- iterable data sets


@WORKERS
@pytest.mark.parametrize("drop_last", [False, True])
def test_an_iterable_data_set(workers, drop_last):
    loader = DataLoader(Count(11), 2, num_workers=workers, drop_last=drop_last)
    for _ in range(2):
        batches = ids(loader)
        assert sorted(i for batch in batches for i in batch) == sorted({*range(11)} - dropped(11, workers, drop_last))
    if workers == 0:
        assert batches == [[0, 1], [2, 3], [4, 5], [6, 7], [8, 9], [10]][: 5 if drop_last else 6]
    if workers == 3 and not drop_last:
        assert batches == [[0, 3], [1, 4], [2, 5], [6, 9], [7, 10], [8]]
    with pytest.raises(TypeError, match="has no len"):
        len(loader)


def dropped(n, workers, drop_last):
    """The last sample of every worker with an odd number of them."""
    shares = [range(i, n, max(workers, 1)) for i in range(max(workers, 1))]
    return {share[-1] for share in shares if len(share) % 2} if drop_last else set()


def test_workers_that_end_at_different_times():
    class Uneven(IterableDataset):
        def __iter__(self):
            worker = data.get_worker_info().id
            return iter([worker] * (1, 7, 3)[worker])

    batches = ids(DataLoader(Uneven(), 1, num_workers=3))
    assert batches == [[0], [1], [2], [1], [2], [1], [2], [1], [1], [1], [1]]


def test_the_length_of_an_iterable_data_set_that_knows_it():
    class Sized(Count):
        def __len__(self):
            return self.n

    assert [len(DataLoader(Sized(7), 2)), len(DataLoader(Sized(7), 2, drop_last=True))] == [4, 3]
    assert len(DataLoader(Sized(7), None)) == 7


# --- workers


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
