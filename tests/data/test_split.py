"""stratified_split: a partition, each class by its own share, the same for the same seed."""

import numpy as np
import pytest

from mushin.data import stratified_split


def labels_with_counts(*counts):
    """Class ids 0, 1, ... as often as the counts say, mixed in a fixed way."""
    labels = np.repeat(np.arange(len(counts)), counts)
    return np.random.Generator(np.random.Philox(5)).permutation(labels)


@pytest.mark.parametrize("fraction", [0.01, 0.2, 0.5, 0.75, 0.999])
def test_every_example_is_in_one_part(fraction):
    labels = labels_with_counts(10, 7, 123, 2)
    train, test = stratified_split(labels, fraction, seed=0)
    assert train.dtype == test.dtype == np.int64
    assert sorted([*train, *test]) == list(range(142))
    assert (np.diff(train) > 0).all()
    assert (np.diff(test) > 0).all()


def test_each_class_gives_its_own_share():
    labels = labels_with_counts(100, 10, 7, 9, 1000)
    _, test = stratified_split(labels, 0.3, seed=3)
    assert np.bincount(labels[test]).tolist() == [30, 3, 2, 3, 300]


def test_both_parts_know_every_class():
    labels = labels_with_counts(2, 3, 100)
    train, test = stratified_split(labels, 0.01, seed=0)
    assert np.bincount(labels[test]).tolist() == [1, 1, 1]
    train, test = stratified_split(labels, 0.999, seed=0)
    assert np.bincount(labels[train]).tolist() == [1, 1, 1]


def test_the_choice_is_the_seed_s_alone():
    labels = labels_with_counts(50, 50)
    first = stratified_split(labels, 0.2, seed=7)
    np.random.seed(123)
    np.random.rand(5)
    again = stratified_split(labels, 0.2, seed=np.int64(7))
    other = stratified_split(labels, 0.2, seed=8)
    np.testing.assert_array_equal(first[0], again[0])
    np.testing.assert_array_equal(first[1], again[1])
    assert not np.array_equal(first[1], other[1])


def test_the_choice_stays_the_same_between_releases():
    _, test = stratified_split([0, 1] * 10, 0.3, seed=1)
    assert test.tolist() == [1, 8, 10, 15, 16, 17]


def test_every_example_can_be_chosen():
    labels = labels_with_counts(10, 30)
    chosen = np.zeros(40)
    for seed in range(400):
        chosen[stratified_split(labels, 0.2, seed)[1]] += 1
    # Binomial with n = 400, p = 0.2: mean 80, standard deviation 8; five of these leave 40 counts alone.
    assert (np.abs(chosen - 80) < 40).all(), chosen


@pytest.mark.parametrize("dtype", [np.uint8, np.int32, np.int64, np.uint64, bool, str, bytes])
def test_the_kind_of_label_does_not_matter(dtype):
    labels = np.array([0, 1] * 10)
    expected = stratified_split(labels, 0.3, seed=1)
    got = stratified_split(labels.astype(dtype), 0.3, seed=1)
    np.testing.assert_array_equal(got[0], expected[0])
    np.testing.assert_array_equal(got[1], expected[1])


@pytest.mark.parametrize(
    ("labels", "fraction", "seed", "message"),
    [
        ([], 0.5, 0, r"labels must have shape \(n,\) with n > 0, got \(0,\)"),
        ([[0, 0], [1, 1]], 0.5, 0, r"labels must have shape \(n,\) with n > 0, got \(2, 2\)"),
        (3, 0.5, 0, r"labels must have shape \(n,\) with n > 0, got \(\)"),
        ([0.0, 0.0, 1.0, 1.0], 0.5, 0, "labels must be integers or strings, got float64"),
        ([None, None], 0.5, 0, "labels must be integers or strings, got object"),
        ([4, 4, 7, 9, 9, 8], 0.5, 0, "2 examples of each class.*got 1 for 2 of 4 classes, the first of them 7"),
        ([0, 0], 0, 0, "test_fraction must lie between 0 and 1, got 0"),
        ([0, 0], 1.0, 0, r"test_fraction must lie between 0 and 1, got 1\.0"),
        ([0, 0], -0.5, 0, r"test_fraction must lie between 0 and 1, got -0\.5"),
        ([0, 0], float("nan"), 0, "test_fraction must lie between 0 and 1, got nan"),
        ([0, 0], 0.5, -1, "seed must be at least 0, got -1"),
        ([0, 0], 0.5, None, "seed must be an integer, got NoneType"),
        ([0, 0], 0.5, 1.5, "seed must be an integer, got float"),
    ],
)
def test_wrong_arguments(labels, fraction, seed, message):
    kind = TypeError if "be an integer" in message else ValueError
    with pytest.raises(kind, match=r"^\[stratified_split\] .*" + message):
        stratified_split(labels, fraction, seed)
