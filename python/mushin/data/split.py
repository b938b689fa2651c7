"""Dividing a data set into a part to train on and a part to test on."""

from __future__ import annotations

import numpy as np
from numpy.typing import ArrayLike, NDArray

from mushin.data.sampler import whole_number


def stratified_split(labels: ArrayLike, test_fraction: float, seed: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Divide the examples at random so that every class gives its own share to the test part.

    A class of n examples gives `test_fraction * n` of them, rounded to the nearest whole number (a half to the even
    one), but at least one and at most n - 1: both parts know every class. The same arguments give the same parts,
    whatever other random numbers were drawn before.

    Args:
        labels: (n,) integers or strings, the class of each example.
        test_fraction: share of each class that goes to the test part, between 0 and 1, both excluded.
        seed: non-negative integer that chooses the examples.

    Returns:
        train_indices, test_indices: int64, each in ascending order; every index 0 to n - 1 is in one of the two.

    Raises:
        ValueError: labels are not one-dimensional, empty, or neither integers nor strings; a class has fewer than
            two examples; test_fraction or seed is out of its range.
        TypeError: a seed that is no integer.
    """
    class_of = _checked_labels(labels)
    if not 0 < test_fraction < 1:
        raise ValueError(f"[stratified_split] test_fraction must lie between 0 and 1, got {test_fraction!r}")
    seed = whole_number("stratified_split", "seed", seed, 0)

    counts = _class_counts(class_of)
    test_counts = np.clip(np.rint(counts * test_fraction).astype(np.int64), 1, counts - 1)

    # A random order, then sorted by class with ties left as they are: classes one after the other, each shuffled.
    generator = np.random.Generator(np.random.Philox(seed))
    order = generator.permutation(np.arange(len(class_of), dtype=np.int64))
    order = order[np.argsort(class_of[order], kind="stable")]
    class_starts = np.cumsum(counts) - counts
    position_in_class = np.arange(len(class_of)) - np.repeat(class_starts, counts)
    is_test = position_in_class < np.repeat(test_counts, counts)
    return np.sort(order[~is_test]), np.sort(order[is_test])


def _checked_labels(labels: ArrayLike) -> NDArray[np.generic]:
    array = np.asarray(labels)
    if array.ndim != 1 or len(array) == 0:
        raise ValueError(f"[stratified_split] labels must have shape (n,) with n > 0, got {array.shape}")
    if array.dtype.kind not in "biuUS":
        raise ValueError(f"[stratified_split] labels must be integers or strings, got {array.dtype}")
    return array


def _class_counts(class_of: NDArray[np.generic]) -> NDArray[np.int64]:
    """How many examples each class has, classes in ascending order."""
    counts: NDArray[np.int64]
    classes, counts = np.unique(class_of, return_counts=True)
    if counts.min() < 2:
        alone = classes[counts < 2]
        raise ValueError(
            "[stratified_split] labels must have at least 2 examples of each class, one for each part, "
            f"got 1 for {len(alone)} of {len(classes)} classes, the first of them {alone[0]}"
        )
    return counts
