"""Data sets, their division, samplers and collation, each on its own."""

from collections import Counter, OrderedDict, namedtuple

import numpy as np
import pytest

import mushin
from mushin import data, utils
from mushin.data import default_collate, default_convert, image_folder

# --- data sets


def test_a_data_set_in_memory():
    x, y = mushin.ones(3, 2), np.arange(3)
    dataset = data.TensorDataset(x, y)
    assert len(dataset) == 3
    assert dataset.tensors[0] is x
    assert dataset.tensors[1].array is y
    row, target = dataset[2]
    assert row.shape == (2,)
    assert target.item() == 2
    assert dataset[-1][1].item() == 2
    for tensors in ([mushin.ones(3), mushin.ones(2)], [mushin.ones(3), mushin.ones(())], []):
        with pytest.raises(ValueError, match=r"^\[TensorDataset\] tensors must have the same length .*, got "):
            data.TensorDataset(*tensors)


def test_data_sets_one_behind_the_other():
    both = data.TensorDataset(np.arange(3)) + data.TensorDataset(np.arange(3, 5))
    three = data.ConcatDataset([both, data.Subset(range(10), []), range(7, 9)])
    assert len(three) == 7
    assert [three[i][0].item() for i in (0, 2, 3, 4)] == [0, 2, 3, 4]
    assert [three[i] for i in (5, 6, -1, -2)] == [7, 8, 8, 7]
    for wrong in (7, -8):
        with pytest.raises(IndexError, match=rf"^\[ConcatDataset\] index must be in \[-7, 7\), got {wrong}"):
            three[wrong]
    with pytest.raises(ValueError, match=r"^\[ConcatDataset\] datasets must not be empty"):
        data.ConcatDataset([])
    with pytest.raises(TypeError, match=r"^\[ConcatDataset\] datasets must have numbered samples"):
        data.ConcatDataset([data.IterableDataset()])


def test_iterable_data_sets_one_behind_the_other():
    class Letters(data.IterableDataset):
        def __init__(self, text):
            self.text = text

        def __iter__(self):
            return iter(self.text)

        def __len__(self):
            return len(self.text)

    chain = Letters("ab") + Letters("c")
    assert "".join(chain) == "abc"
    assert len(chain) == 3


@pytest.mark.parametrize("kind", [data.Dataset, data.IterableDataset])
def test_what_a_subclass_must_have(kind):
    method = "__iter__" if kind is data.IterableDataset else "__getitem__"
    with pytest.raises(NotImplementedError, match=rf"^\[{kind.__name__}\] the data set has no {method}"):
        getattr(kind(), method)(*(() if method == "__iter__" else (0,)))


@pytest.mark.parametrize(
    ("lengths", "expected"),
    [([3, 7], [3, 7]), ([10, 0], [10, 0]), ([0.7, 0.2, 0.1], [7, 2, 1]), ([0.34, 0.33, 0.33], [4, 3, 3]), ([1], [10])],
)
def test_a_random_split_has_every_sample_once(lengths, expected):
    parts = data.random_split(range(10), lengths, generator=3)
    assert [len(part) for part in parts] == expected
    assert sorted(i for part in parts for i in part) == list(range(10))
    assert [part.indices for part in data.random_split(range(10), lengths, 3)] == [part.indices for part in parts]
    assert [part.indices for part in data.random_split(range(10), lengths, 4)] != [part.indices for part in parts]


def test_random_splits_that_cannot_be():
    for lengths in ([3, 6], [0.5, 0.4], [3.5, 6.5], [np.inf], []):
        with pytest.raises(ValueError, match=r"^\[random_split\] lengths must sum to 10, or be shares"):
            data.random_split(range(10), lengths)
    with pytest.raises(ValueError, match=r"^\[random_split\] lengths must not be negative"):
        data.random_split(range(10), [11, -1])
    with pytest.warns(UserWarning, match=r"^\[random_split\] part 1 has no samples"):
        data.random_split(range(2), [0.9, 0.05, 0.05])


# --- samplers


def epochs(sampler, count=2):
    return [list(sampler) for _ in range(count)]


def test_orders_are_drawn_anew_and_repeat_with_the_seed():
    samplers = {
        "random": lambda **seed: data.RandomSampler(range(30), **seed),
        "subset": lambda **seed: data.SubsetRandomSampler(range(5, 35), **seed),
        "weighted": lambda **seed: data.WeightedRandomSampler(np.ones(30), 30, **seed),
    }
    for make in samplers.values():
        mushin.seed(1)
        first = epochs(make())
        assert first[0] != first[1]
        mushin.seed(1)
        assert epochs(make()) == first
        assert epochs(make(generator=1)) == epochs(make(generator=mushin.Generator().manual_seed(1)))
        assert all(type(i) is int for i in first[0])
        assert len(make()) == len(first[0]) == 30


def test_a_random_sampler_of_more_or_fewer_samples():
    sampler = data.RandomSampler(range(5), num_samples=12)
    (order,) = epochs(sampler, 1)
    assert len(sampler) == len(order) == 12
    assert sorted(order[:5]) == sorted(order[5:10]) == list(range(5))
    assert len(set(order[10:])) == 2
    drawn = list(data.RandomSampler(range(5), replacement=True, num_samples=5000, generator=0))
    assert set(drawn) == set(range(5))
    assert all(abs(count - 1000) < 5 * np.sqrt(800) for count in Counter(drawn).values())
    assert list(data.RandomSampler([])) == []
    with pytest.raises(ValueError, match=r"^\[RandomSampler\] data_source must have samples"):
        list(data.RandomSampler([], num_samples=3))


def test_a_weighted_sampler_draws_as_often_as_its_weights_say():
    sampler = data.WeightedRandomSampler([0, 1, 3, 6], 10000, generator=2)
    counts = Counter(sampler)
    assert counts[0] == 0
    for number, share in ((1, 0.1), (2, 0.3), (3, 0.6)):
        assert abs(counts[number] - 10000 * share) < 5 * np.sqrt(10000 * share * (1 - share))
    assert sorted(data.WeightedRandomSampler([1, 0, 2], 2, replacement=False)) == [0, 2]
    assert list(data.WeightedRandomSampler(mushin.tensor([0.0, 1.0]), 3)) == [1, 1, 1]
    assert set(data.WeightedRandomSampler([1e308, 1e308], 50, generator=0)) == {0, 1}


@pytest.mark.parametrize(
    ("weights", "count", "options", "message"),
    [
        ([[1.0]], 1, {}, r"weights must be numbers of at least 0, \(n,\), got shape \(1, 1\)"),
        ([1.0, -1.0], 1, {}, "weights must be numbers of at least 0"),
        ([1.0, np.nan], 1, {}, "weights must be numbers of at least 0"),
        ([1.0, np.inf], 1, {}, "weights must be numbers of at least 0"),
        ([0.0, 0.0], 1, {}, "num_samples must be possible with 0 weights above 0, got 1"),
        ([1.0, 0.0], 2, {"replacement": False}, "num_samples must be possible with 1 weights above 0, got 2"),
        ([1.0], 0, {}, "num_samples must be at least 1, got 0"),
    ],
)
def test_weights_that_nothing_can_be_drawn_with(weights, count, options, message):
    with pytest.raises(ValueError, match=rf"^\[WeightedRandomSampler\] {message}"):
        data.WeightedRandomSampler(weights, count, **options)


def test_batches_of_numbers():
    sampler = data.BatchSampler(data.SequentialSampler(range(5)), 2, False)
    assert list(sampler) == [[0, 1], [2, 3], [4]]
    assert len(sampler) == 3
    sampler = data.BatchSampler("abcde", 2, drop_last=True)
    assert list(sampler) == [["a", "b"], ["c", "d"]]
    assert len(sampler) == 2


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: data.BatchSampler([], 0, False), ValueError, "batch_size must be at least 1, got 0"),
        (lambda: data.BatchSampler([], 1, None), TypeError, "drop_last must be a bool, got NoneType"),
        (lambda: data.RandomSampler([1], 1), TypeError, "replacement must be a bool, got int"),
        (lambda: data.RandomSampler([1], num_samples=0), ValueError, "num_samples must be at least 1, got 0"),
        (lambda: data.RandomSampler([1], generator=1.5), TypeError, "generator must be None, a mushin.Generator"),
        (lambda: data.SubsetRandomSampler([1], generator="a"), TypeError, "generator must be None, a mushin.Generator"),
        (lambda: list(data.SubsetRandomSampler([0.5])), TypeError, "indices must be integers, got float64"),
        (lambda: data.random_split([1], ["a"]), TypeError, "lengths must be a number, got str"),
        (lambda: data.random_split([1], [1], generator=[]), TypeError, "generator must be None, a mushin.Generator"),
        (lambda: iter(data.Sampler()), NotImplementedError, r"the sampler has no __iter__\(\)"),
    ],
)
def test_arguments_of_samplers(call, error, message):
    with pytest.raises(error, match=r"^\[\w+\] " + message):
        call()


# --- collation

Point = namedtuple("Point", ["x", "y"])


def test_samples_of_every_structure_are_collated():
    samples = [
        {"t": mushin.full((2,), float(i)), "a": (np.arange(2) + i, 1.5 * i), "p": Point(i, f"{i}"), "l": [i > 0, b"b"]}
        for i in range(3)
    ]
    batch = default_collate(samples)
    assert list(batch) == ["t", "a", "p", "l"]
    np.testing.assert_array_equal(batch["t"].numpy(), [[0, 0], [1, 1], [2, 2]])
    assert type(batch["a"]) is list
    np.testing.assert_array_equal(batch["a"][0].numpy(), [[0, 1], [1, 2], [2, 3]])
    assert batch["a"][1].dtype == np.float64
    assert type(batch["p"]) is Point
    assert (batch["p"].x.tolist(), batch["p"].y) == ([0, 1, 2], ("0", "1", "2"))
    assert batch["p"].x.dtype == np.int64
    assert (batch["l"][0].dtype, batch["l"][1]) == (bool, (b"b",) * 3)
    assert default_collate(["a", "b"]) == ["a", "b"]
    assert type(default_collate([OrderedDict(a=1)])) is OrderedDict
    assert default_collate([np.float32(2), np.float32(3)]).dtype == np.float32
    assert default_collate([mushin.ones(())] * 2).shape == (2,)


@pytest.mark.parametrize(
    ("samples", "error", "message"),
    [
        ([], ValueError, "batch must have samples, got none"),
        ([np.ones(2), np.ones(3)], ValueError, r"samples must have one shape, got \(2,\), \(3,\)"),
        ([[1, 2], [1]], ValueError, "samples must be lists of 2 as the first, got 1"),
        ([(1, 2), 3], ValueError, "samples must be lists of 2 as the first, got int"),
        ([{"x": 1}, {"y": 1}], ValueError, r"samples must have the first one's keys \['x'\], got \['y'\]"),
        ([{"x": 1}, 1], ValueError, r"samples must have the first one's keys \['x'\], got int"),
        ([mushin.ones(1, requires_grad=True)], ValueError, "samples must be outside of the graph"),
        ([None], TypeError, "samples must be made of tensors, .*, got NoneType"),
        ([np.array(["a"])], TypeError, "dtype must be one of real numbers"),
    ],
)
def test_samples_that_cannot_be_collated(samples, error, message):
    with pytest.raises(error, match=rf"^\[default_collate\] {message}"):
        default_collate(samples)


def test_conversion_of_one_sample():
    array = np.arange(3)
    sample = {"a": array, "b": ["text", Point(np.float32(2), None)], "c": (array,), "t": mushin.ones(1)}
    converted = default_convert(sample)
    assert converted["a"].array is array
    assert converted["b"][0] == "text"
    assert type(converted["b"][1].x) is mushin.Tensor
    assert converted["b"][1].y is None
    assert converted["c"][0].array is array
    assert converted["t"] is sample["t"]


# --- generators


def test_generators():
    generator = mushin.Generator()
    assert generator.initial_seed() == 0
    assert generator.manual_seed(7) is generator
    assert generator.initial_seed() == 7
    for wrong, error in ((-1, ValueError), (2**64, ValueError), ("a", TypeError)):
        with pytest.raises(error, match=r"^\[manual_seed\] seed must be"):
            generator.manual_seed(wrong)


def test_the_names_of_pytorch_s_place():
    for name in utils.data.__all__:
        assert getattr(utils.data, name) is getattr(data, name)


# --- arguments of other kinds


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: data.ConcatDataset(3), r"\[ConcatDataset\] datasets must be a list of data sets, got int"),
        (lambda: data.ChainDataset(3), r"\[ChainDataset\] datasets must be a list of data sets, got int"),
        (lambda: data.random_split(2, [1, 1]), r"\[random_split\] dataset must have a length, got int"),
        (lambda: data.random_split([0, 1], 2), r"\[random_split\] lengths must be a list of numbers, got int"),
        (lambda: default_collate(0.5), r"\[default_collate\] batch must have a length, got float"),
        (lambda: data.SequentialSampler(3), r"\[SequentialSampler\] data_source must have a length, got int"),
        (lambda: data.RandomSampler(3), r"\[RandomSampler\] data_source must have a length, got int"),
        (lambda: image_folder.list_images(3), r"\[list_images\] folder must be a path, got int"),
        (lambda: data.read_image(3), r"\[read_image\] file must be a path, got int"),
    ],
)
def test_what_is_of_another_kind_is_named(call, message):
    with pytest.raises(TypeError, match=f"^{message}$"):
        call()


@pytest.mark.parametrize("replacement", [False, True])
def test_an_order_that_memory_does_not_hold_is_not_begun(replacement):
    sampler = data.RandomSampler(range(3), replacement, num_samples=2**62, generator=1)
    with pytest.raises(ValueError, match=r"^\[RandomSampler\] .* is larger than memory can hold"):
        sampler.order()
