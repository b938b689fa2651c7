"""The classifier listing on Fashion-MNIST, from the empty model to the test accuracy."""

from __future__ import annotations

import gzip
import itertools
import os
from collections.abc import Callable
from functools import lru_cache
from pathlib import Path
from typing import Any

import numpy as np

from workloads import Prepared

Examples = tuple[tuple[np.ndarray, np.ndarray], tuple[np.ndarray, np.ndarray]]


def prepare(keras: Any, data: Examples, epochs: int, scaled: bool) -> Prepared:
    """The same code for mushin.keras and for Keras; a unit is one model, made, trained and evaluated. Each has the next
    seed."""
    (x_train, y_train), (x_test, y_test) = data
    x_train, x_test = (as_rows(x, scaled) for x in (x_train, x_test))
    seeds = itertools.count()

    def run(count: int) -> dict[str, float]:
        for _ in range(count):
            keras.utils.set_random_seed(next(seeds))
            model = keras.Sequential(
                [keras.layers.Dense(128, activation="relu"), keras.layers.Dense(10, activation="softmax")]
            )
            model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])
            model.fit(x_train, y_train, batch_size=32, epochs=epochs, verbose=0)
            _, accuracy = model.evaluate(x_test, y_test, verbose=0)
        return {"test accuracy": float(accuracy)}

    return Prepared(run)


def as_rows(images: np.ndarray, scaled: bool) -> np.ndarray:
    """(n, 28, 28) bytes as (n, 784) floats, in [0, 1] or in [0, 255]."""
    rows = images.reshape(len(images), -1).astype(np.float32)
    return rows / np.float32(255) if scaled else rows


@lru_cache(maxsize=1)
def mushin_data() -> Examples:
    from mushin.data.mnist import load_fashion_mnist

    data: Examples = load_fashion_mnist()
    return data


@lru_cache(maxsize=1)
def keras_data() -> Examples:
    """The same data without mushin: from $MUSHIN_DATA, or as Keras fetches them."""
    if "MUSHIN_DATA" not in os.environ:
        import keras

        data: Examples = keras.datasets.fashion_mnist.load_data()
        return data
    folder = Path(os.environ["MUSHIN_DATA"]) / "fashion-mnist"
    train, test = (
        (
            read_idx(folder / f"{part}-images-idx3-ubyte", 16).reshape(-1, 28, 28),
            read_idx(folder / f"{part}-labels-idx1-ubyte", 8),
        )
        for part in ("train", "t10k")
    )
    return train, test


def read_idx(path: Path, header: int) -> np.ndarray:
    """The bytes behind the header of an IDX file, which may be compressed."""
    data = path.read_bytes() if path.exists() else gzip.decompress(path.with_name(path.name + ".gz").read_bytes())
    return np.frombuffer(data, np.uint8, offset=header)


def mushin(epochs: int, scaled: bool) -> Prepared:
    from mushin import keras

    return prepare(keras, mushin_data(), epochs, scaled)


def keras(epochs: int, scaled: bool) -> Prepared:
    import keras

    return prepare(keras, keras_data(), epochs, scaled)


PREPARE: dict[str, Callable[..., Prepared]] = {"mushin": mushin, "keras": keras}
