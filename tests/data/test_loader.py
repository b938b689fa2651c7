"""DataLoader: which batches come in which order, from data sets of every kind, with and without workers."""

import numpy as np
import pytest

import mushin
from mushin import data
from mushin.data import DataLoader, IterableDataset, Subset, TensorDataset

from .loading import WORKERS, Count, Slow, Squares, ids, in_memory, plain, values

pytestmark = pytest.mark.usefixtures("no_thread_is_left_behind")

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
    with pytest.raises(TypeError, match=r"^\[TensorDataset\] indices must be integers, got float64"):
        list(DataLoader(in_memory(4), batch_size=2, sampler=[0, 1.5]))
    (batch,) = DataLoader(in_memory(4), batch_size=2, sampler=[mushin.tensor(3), np.uint8(1)])
    assert batch[1].tolist() == [3, 1]


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


def test_loaders_side_by_side_have_the_same_orders_with_any_number_of_workers():
    orders = []
    for workers in (0, 2):
        mushin.seed(5)
        one, other = (DataLoader(in_memory(20), 3, shuffle=True, num_workers=workers) for _ in range(2))
        orders.append([(a[1].tolist(), b[1].tolist()) for a, b in zip(one, other)])
    assert orders[0] == orders[1]


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
