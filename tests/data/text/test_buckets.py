"""Batches of about one length: every sample once, little padding, and what a seed fixes."""

import math
from collections import Counter

import numpy as np
import pytest

import mushin
from mushin import keras
from mushin.data import DataLoader
from mushin.data.text import BucketSampler, PadCollate, shuffled

LENGTHS = np.random.default_rng(2).integers(0, 60, 1003)
SETTINGS = {
    "size": {"batch_size": 16},
    "small buckets": {"batch_size": 16, "bucket_multiplier": 3},
    "tokens": {"max_tokens": 200},
    "both": {"batch_size": 7, "max_tokens": 200},
}


def padding(batches):
    return sum(len(batch) * max(LENGTHS[batch]) for batch in batches) / LENGTHS.sum() - 1


@pytest.mark.parametrize("shuffle", [False, True])
@pytest.mark.parametrize("setting", SETTINGS)
def test_every_sample_comes_once(setting, shuffle):
    arguments = SETTINGS[setting]
    sampler = BucketSampler(LENGTHS, shuffle=shuffle, generator=4, **arguments)
    for _ in range(2):
        batches = list(sampler)
        assert len(batches) == len(sampler)
        assert sorted(i for batch in batches for i in batch) == list(range(len(LENGTHS)))
        assert all(type(i) is int for batch in batches for i in batch)
        if "max_tokens" in arguments:
            assert max(len(batch) * max(LENGTHS[batch]) for batch in batches) <= 200
            assert max(map(len, batches)) == arguments.get("batch_size", max(map(len, batches)))
        else:
            assert Counter(map(len, batches)) == {16: 62, 11: 1}


def test_batches_pad_little():
    freely = padding(BucketSampler(LENGTHS, 16, shuffle=True, generator=4, bucket_multiplier=1))
    some = padding(BucketSampler(LENGTHS, 16, shuffle=True, generator=4, bucket_multiplier=5))
    most = padding(BucketSampler(LENGTHS, 16, shuffle=True, generator=4))
    tokens = padding(BucketSampler(LENGTHS, shuffle=True, generator=4, max_tokens=1000))
    assert freely > 0.7
    assert some < 0.2
    assert max(most, tokens) < 0.05


def test_batches_of_max_tokens_hold_what_fits():
    batches = list(BucketSampler([3, 9, 4, 4, 10, 5], max_tokens=12))
    assert batches == [[0, 2, 3], [5], [1], [4]]
    assert list(BucketSampler([3, 9, 4, 4, 10, 5], 2, max_tokens=12)) == [[0, 2], [3, 5], [1], [4]]
    assert list(BucketSampler([0, 0, 0], max_tokens=1)) == [[0, 1, 2]]


def test_without_shuffle_order_is_that_of_lengths():
    assert list(BucketSampler([5, 1, 5, 2, 1], 2)) == [[1, 4], [3, 0], [2]]
    assert list(BucketSampler([5, 1, 5, 2, 1], 2, bucket_multiplier=1)) == [[1, 0], [3, 2], [4]]
    in_order = [i for batch in BucketSampler(LENGTHS, 16) for i in batch]
    assert in_order == sorted(range(len(LENGTHS)), key=LENGTHS.__getitem__)  # which keeps the order of equals


@pytest.mark.parametrize("setting", SETTINGS)
def test_a_seed_fixes_the_batches(setting):
    def epochs(generator):
        sampler = BucketSampler(LENGTHS, shuffle=True, generator=generator, **SETTINGS[setting])
        return [list(sampler), list(sampler)]

    first, second = epochs(7)
    assert epochs(mushin.Generator().manual_seed(7)) == [first, second]
    assert first != second
    assert {tuple(sorted(batch)) for batch in first} != {tuple(sorted(batch)) for batch in second}
    assert epochs(8)[0] != first
    longest = [max(LENGTHS[batch]) for batch in first]
    assert longest != sorted(longest)


def test_who_is_left_out_is_drawn():
    sampler = BucketSampler(LENGTHS, 16, shuffle=True, generator=0, drop_last=True)
    left_out = [set(range(1003)) - {i for batch in sampler for i in batch} for _ in range(20)]
    assert {len(each) for each in left_out} == {11}
    # 220 draws of lengths with a deviation of 17.3: 5 deviations of their mean.
    assert np.mean([LENGTHS[i] for each in left_out for i in each]) == pytest.approx(LENGTHS.mean(), abs=6)
    assert len(BucketSampler(LENGTHS[:15], 16, drop_last=True)) == 0
    assert list(BucketSampler(LENGTHS[:15], 16, drop_last=True)) == []


def test_no_sample_is_no_batch():
    for arguments in SETTINGS.values():
        assert list(BucketSampler([], shuffle=True, generator=1, **arguments)) == []


def test_wrong_arguments_of_the_sampler():
    for wrong, message in [
        ({}, "batch_size or max_tokens must be given"),
        ({"batch_size": 0}, "batch_size must be at least 1, got 0"),
        ({"max_tokens": 4}, r"lengths must be at most max_tokens, 4, got 5 of sample 1"),
        ({"max_tokens": 9, "drop_last": True}, "bucket_multiplier and drop_last must be left out"),
        ({"max_tokens": 9, "bucket_multiplier": 2}, "bucket_multiplier and drop_last must be left out"),
        ({"batch_size": 2, "bucket_multiplier": 0}, "bucket_multiplier must be at least 1, got 0"),
    ]:
        with pytest.raises(ValueError, match=rf"\[BucketSampler\] {message}"):
            BucketSampler([1, 5, 2], **wrong)
    with pytest.raises(ValueError, match="lengths must not be negative, got -1"):
        BucketSampler([1, -1], 2)
    with pytest.raises(TypeError, match="lengths must be integers, got float32"):
        BucketSampler([1.5], 2)
    with pytest.raises(TypeError, match="shuffle must be a bool, got int"):
        BucketSampler([1], 2, shuffle=1)
    with pytest.raises(TypeError, match=r"\[BucketSampler\] generator must be None"):
        BucketSampler([1], 2, generator="a")


# --- padding

SAMPLES = [([5, 6, 7], 1, [1, 0, 1]), ([8], 0, [1]), ([], 1, []), ([9, 4], 0, [0, 1])]
PADDED = [[5, 6, 7], [8, 0, 0], [0, 0, 0], [9, 4, 0]]
IN_FRONT = [[5, 6, 7], [0, 0, 8], [0, 0, 0], [0, 9, 4]]


def values(batch):
    return [each.numpy().tolist() for each in batch]


def test_fields_are_padded_or_collated():
    batch = PadCollate(padding_value=(0, -100))(SAMPLES)
    tags = [[1, 0, 1], [1, -100, -100], [-100] * 3, [0, 1, -100]]
    assert values(batch) == [PADDED, [1, 0, 1, 0], tags, [3, 1, 0, 2]]
    assert {each.dtype for each in batch} == {np.dtype(np.int64)}


def test_padding_in_front_and_masks():
    batch = PadCollate(padding_side="left", masks=True)([(ids, label) for ids, label, _ in SAMPLES])
    assert values(batch)[:2] == [IN_FRONT, [1, 0, 1, 0]]
    assert batch[2].dtype == np.bool_
    assert values(batch)[2] == [[True] * 3, [False, False, True], [False] * 3, [False, True, True]]


def test_lengths_of_several_fields():
    samples = [([1, 2, 3], [4]), ([5], [6, 7])]
    lengths = [[3, 1], [1, 2]]
    padded = [[[1, 2, 3], [5, 0, 0]], [[4, 0], [6, 7]]]
    assert values(PadCollate(lengths_of=(0, 1))(samples)) == padded + lengths
    assert values(PadCollate(lengths_of=(1,))(samples)) == [*padded, lengths[1]]
    assert values(PadCollate(lengths_of=())(samples)) == padded


@pytest.mark.parametrize("make", [np.array, mushin.tensor], ids=["array", "tensor"])
def test_sequences_of_vectors(make):
    rows = np.arange(12, dtype=np.float32).reshape(6, 2)
    padded, lengths = PadCollate(padding_value=0.5)([make(rows[:2]), make(rows[2:5]), make(rows[5:])])
    assert padded.shape == (3, 3, 2)
    assert padded.dtype == np.float32
    assert lengths.numpy().tolist() == [2, 3, 1]
    np.testing.assert_array_equal(padded.numpy()[1], rows[2:5])
    np.testing.assert_array_equal(padded.numpy()[2], [[10, 11], [0.5, 0.5], [0.5, 0.5]])


@pytest.mark.parametrize("workers", [0, 2])
def test_a_loader_makes_batches_of_buckets(workers):
    random = np.random.default_rng(0)
    dataset = [(random.integers(1, 50, length), int(length)) for length in LENGTHS]
    sampler = BucketSampler(LENGTHS, 16, shuffle=True, generator=3)
    loader = DataLoader(dataset, batch_sampler=sampler, collate_fn=PadCollate(), num_workers=workers)
    assert len(loader) == 63
    seen, slots = Counter(), 0
    for inputs, targets, lengths in loader:
        np.testing.assert_array_equal(lengths.numpy(), targets.numpy())
        np.testing.assert_array_equal((inputs.numpy() > 0).sum(1), lengths.numpy())
        assert inputs.shape == (len(targets), targets.numpy().max())
        seen.update(inputs.numpy()[inputs.numpy() > 0].tolist())
        slots += inputs.numpy().size
    assert seen == Counter(np.concatenate([ids for ids, _ in dataset]).tolist())
    assert slots < 1.05 * LENGTHS.sum()


def test_fit_takes_masks_as_weights():
    """Steps that are padding weigh nothing: their targets, all wrong, are not learned."""
    keras.utils.set_random_seed(0)
    samples = [(np.full((n, 1), 1.0, np.float32), np.full((n, 1), 2.0, np.float32)) for n in (1, 2, 4, 8) * 8]
    collate = PadCollate(padding_value=(1.0, -50.0), masks=True)
    loader = DataLoader(samples, batch_size=4, collate_fn=collate)
    model = keras.Sequential([keras.Input((None, 1)), keras.layers.Dense(1)])
    model.compile(optimizer=keras.optimizers.Adam(0.1), loss="mse")
    model.fit(loader, epochs=20, verbose=0)
    assert float(model.predict(np.ones((1, 1, 1)), verbose=0).item()) == pytest.approx(2.0, abs=0.1)


def test_time_is_a_multiple_on_either_side():
    samples = [([1, 2, 3], [1.0]), ([4], [2.0, 3.0, 4.0, 5.0, 6.0])]
    ids, values, lengths = PadCollate(pad_to_multiple_of=4)(samples)
    assert ids.tolist() == [[1, 2, 3, 0], [4, 0, 0, 0]]
    assert values.shape == (2, 8)
    assert lengths.tolist() == [3, 1]
    in_front, mask = PadCollate(padding_side="left", masks=True, pad_to_multiple_of=4)(
        [sample[0] for sample in samples]
    )
    assert in_front.tolist() == [[0, 1, 2, 3], [0, 0, 0, 4]]
    assert mask.numpy().sum(1).tolist() == [3, 1]
    with pytest.raises(ValueError, match=r"\[PadCollate\] pad_to_multiple_of must be"):
        PadCollate(pad_to_multiple_of=0)


def test_wrong_arguments_of_padding():
    with pytest.raises(ValueError, match=r"\[PadCollate\] padding_side must be 'right' or 'left', got 'post'"):
        PadCollate(padding_side="post")
    with pytest.raises(TypeError, match="padding_value must be a number, got NoneType"):
        PadCollate(padding_value=None)
    with pytest.raises(ValueError, match="lengths_of must be at least 0, got -1"):
        PadCollate(lengths_of=[-1])
    for arguments, samples, message in [
        ({}, [], "samples must not be empty"),
        ({}, [([1], 2), ([1],)], r"samples must have the same number of fields, got \[1, 2\]"),
        ({}, [(1, 2)], r"lengths_of must be below 0"),
        ({"lengths_of": (1,)}, [([1], 2)], r"lengths_of must be below 1"),
        ({"padding_value": (0, 1)}, [([1], 2)], "padding_value must have one number for each of the 1 padded fields"),
        ({"padding_value": -1}, [np.array([1], np.uint8)], "padding_value must fit uint8, got -1"),
        ({}, [np.zeros((2, 3)), np.zeros((2, 4))], r"samples must have shape \(time, \.\.\.\) as the first"),
        ({}, [([1], 2), (3, 4)], r"samples must have shape \(time, \.\.\.\) as the first, .* got \(\)"),
    ]:
        with pytest.raises(ValueError, match=rf"\[PadCollate\] {message}"):
            PadCollate(**arguments)(samples)
    with pytest.raises(TypeError, match=r"\[PadCollate\] samples must be sequences of numbers, got <U1"):
        PadCollate()([["a"]])


# --- streams


@pytest.mark.parametrize(("n", "size"), [(0, 3), (2, 3), (3, 3), (100, 3), (3000, 50), (10, 1)])
def test_a_shuffle_keeps_every_item(n, size):
    order = list(shuffled(iter(range(n)), size, 5))
    assert sorted(order) == list(range(n))
    assert order == list(shuffled(range(n), size, mushin.Generator().manual_seed(5)))
    assert all(item - place < size for place, item in enumerate(order))
    if size == 1:
        assert order == list(range(n))
    if n >= 100:
        assert order != list(range(n))
        assert order != list(shuffled(range(n), size, 6))


def test_orders_are_equally_likely():
    draws, most = 6000, 6
    counts = Counter(tuple(shuffled(range(3), 3, seed)) for seed in range(draws))
    assert len(counts) == math.factorial(3)
    expected = draws / most
    statistic = sum((count - expected) ** 2 / expected for count in counts.values())
    assert statistic < 20.5  # chi-squared with 5 degrees of freedom passes it once in a thousand


def test_any_place_of_a_buffer_is_drawn():
    first = Counter(next(shuffled(range(100), 4, seed)) for seed in range(4000))
    assert sorted(first) == [0, 1, 2, 3]
    assert max(abs(count - 1000) for count in first.values()) < 140  # five deviations


def test_a_shuffle_holds_no_more_than_its_buffer():
    taken = iter(range(10**9))
    drawn = shuffled(taken, 10, 1)
    for _ in range(5):
        next(drawn)
    assert next(taken) == 15
    with pytest.raises(ValueError, match=r"\[shuffled\] buffer_size must be at least 1, got 0"):
        shuffled([], 0)
    with pytest.raises(TypeError, match=r"\[shuffled\] generator must be None"):
        shuffled([], 1, "a")
