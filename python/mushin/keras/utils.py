"""Keras' utilities."""

from __future__ import annotations

import random
from typing import Any

import numpy as np

from mushin.keras.arguments import positive_integer
from mushin.keras.samples import check_class_ids, numeric
from mushin.ops.random import seed as seed_mushin


def set_random_seed(seed: int) -> None:
    """Starts Python's, NumPy's and mushin's random numbers from a seed in [0, 2^64)."""
    if isinstance(seed, bool) or not isinstance(seed, (int, np.integer)):
        raise TypeError(f"[set_random_seed] seed must be an integer, got {seed!r}")
    if not 0 <= seed < 2**64:
        raise ValueError(f"[set_random_seed] seed must be in [0, 2^64), got {seed}")
    seed_mushin(int(seed))
    random.seed(int(seed))
    np.random.seed(int(seed) % 2**32)


def to_categorical(x: Any, num_classes: int | None = None) -> np.ndarray:
    """One-hot rows of class ids, float32 of shape (*x.shape, num_classes).

    Raises:
        ValueError: a number that is not whole, or an id outside [0, num_classes).
        TypeError: something that is no number.
    """
    ids = numeric("to_categorical", "x", x)
    check_class_ids("to_categorical", "x", ids)
    ids = ids.astype(np.int64)
    if ids.ndim > 1 and ids.shape[-1] == 1:
        ids = ids.reshape(ids.shape[:-1])
    if num_classes is None:
        classes = int(ids.max(initial=-1)) + 1
    else:
        classes = positive_integer("to_categorical", "num_classes", num_classes)
    if ids.size and not 0 <= ids.min() <= ids.max() < classes:
        raise ValueError(f"[to_categorical] x must be in [0, {classes}), got ids from {ids.min()} to {ids.max()}")
    rows: np.ndarray = np.eye(classes, dtype=np.float32)[ids]
    return rows
