"""Keras' utilities."""

from __future__ import annotations

import random
from typing import Any

import numpy as np

from mushin.ops.random import seed as seed_mushin


def set_random_seed(seed: int) -> None:
    """Starts Python's, NumPy's and mushin's random numbers from a seed."""
    random.seed(seed)
    np.random.seed(seed % 2**32)
    seed_mushin(seed)


def to_categorical(x: Any, num_classes: int | None = None) -> np.ndarray:
    """One-hot rows of class ids, float32 of shape (*x.shape, num_classes).

    Raises:
        ValueError: an id outside [0, num_classes).
    """
    ids = np.asarray(x, dtype=np.int64)
    if ids.ndim > 1 and ids.shape[-1] == 1:
        ids = ids.reshape(ids.shape[:-1])
    classes = int(ids.max(initial=-1)) + 1 if num_classes is None else num_classes
    if ids.size and not 0 <= ids.min() <= ids.max() < classes:
        raise ValueError(f"[to_categorical] x must be in [0, {classes}), got ids from {ids.min()} to {ids.max()}")
    return np.eye(classes, dtype=np.float32)[ids]
