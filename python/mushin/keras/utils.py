"""Keras' utilities."""

from __future__ import annotations

import random
from collections.abc import Iterator
from typing import Any

import numpy as np

from mushin.data.text.padding import pad_sequences as pad_sequences  # Keras has it here, too
from mushin.keras.arguments import Configured, positive_integer
from mushin.keras.samples import check_class_ids, numeric
from mushin.ops.arrays import integer, renamed
from mushin.ops.random import seed as seed_mushin


def set_random_seed(seed: int) -> None:
    """Starts Python's, NumPy's and mushin's random numbers from a seed in [0, 2^64)."""
    start = integer("set_random_seed", "seed", seed)
    try:
        seed_mushin(start)
    except ValueError as error:
        raise renamed(error, "set_random_seed") from None
    random.seed(start)
    np.random.seed(start % 2**32)


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


class PyDataset(Configured):
    """Base of data sets that have their batches by number; `fit`, `evaluate` and `predict` take them.

    A subclass gives `__len__`, how many batches there are, and `__getitem__(i)`, a batch: x, (x, y) or
    (x, y, sample_weight). `on_epoch_end` is called after each pass. Batches come in order; a subclass that wants
    another one changes it there.

    Source: keras.utils.PyDataset.
    """

    def __len__(self) -> int:
        raise NotImplementedError(f"[{type(self).__name__}] the data set has no __len__()")

    def __getitem__(self, index: int) -> Any:
        raise NotImplementedError(f"[{type(self).__name__}] the data set has no __getitem__()")

    def __iter__(self) -> Iterator[Any]:
        return (self[i] for i in range(len(self)))

    @property
    def num_batches(self) -> int:
        return len(self)

    def on_epoch_end(self) -> None:
        """Called after each pass over the batches."""


Sequence = PyDataset


def normalize(x: Any, axis: int = -1, order: int = 2) -> np.ndarray:
    """x divided by its norm of an order along an axis; what has norm 0 stays 0.

    Source: keras.utils.normalize.
    """
    array = numeric("normalize", "x", x)
    norms = np.atleast_1d(np.linalg.norm(array, order, axis, keepdims=True))
    return np.asarray(array / np.where(norms == 0, 1, norms))


def __getattr__(name: str) -> Any:
    if name == "plot_model":  # loaded when it is first asked for
        from mushin.keras.plot import plot_model

        return plot_model
    raise AttributeError(f"module 'mushin.keras.utils' has no attribute {name!r}")
