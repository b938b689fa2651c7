"""Sets of labelled images in MNIST's files: four IDX files, or one .npz archive as Keras publishes it."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TypeAlias

import numpy as np
from numpy.typing import NDArray

from .idx import read_idx
from .npz import read_npz
from .reading import check_shape

Examples: TypeAlias = tuple[NDArray[np.uint8], NDArray[np.uint8]]

_IDX_NAMES = (
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
)
_NPZ_NAMES = ("x_train", "y_train", "x_test", "y_test")
_IMAGE_SHAPE = (28, 28)


def read_place(place: Path, npz_name: str, loader: str) -> tuple[Examples, Examples] | None:
    """Read the set that lies in a folder, or that is an .npz file.

    Args:
        place: the folder or file.
        npz_name: what the archive is called if it lies in a folder.
        loader: the function whose name errors begin with.

    Returns:
        Examples to train on and examples to test on; None if nothing complete is there.

    Raises:
        OSError: a file cannot be opened.
        ValueError: a file is damaged or holds something else.
    """
    if place.is_file():
        return _read_npz_set(place, loader)
    idx_files = [file for name in _IDX_NAMES if (file := _idx_file(place, name)) is not None]
    if len(idx_files) == len(_IDX_NAMES):
        return _read_idx_set(idx_files, loader)
    npz = place / npz_name
    return _read_npz_set(npz, loader) if npz.is_file() else None


def what_lacks(place: Path) -> str:
    """Why nothing complete is in a place, in words."""
    if not place.exists():
        return "does not exist"
    missing = [name for name in _IDX_NAMES if _idx_file(place, name) is None]
    return "holds none of the expected files" if len(missing) == len(_IDX_NAMES) else f"lacks {', '.join(missing)}"


def expected_files(npz_name: str) -> str:
    """What a place may be, in words."""
    return (
        f"a folder with {', '.join(_IDX_NAMES)} (each with or without .gz) or {npz_name}, "
        f"or an .npz file with the arrays {', '.join(_NPZ_NAMES)}"
    )


def _idx_file(folder: Path, name: str) -> Path | None:
    choices = (folder / name, folder / f"{name}.gz")
    return next((file for file in choices if file.is_file()), None)


def _read_idx_set(files: Sequence[Path], loader: str) -> tuple[Examples, Examples]:
    train_images, train_labels, test_images, test_labels = files
    return (
        _read_idx_examples(train_images, train_labels, loader),
        _read_idx_examples(test_images, test_labels, loader),
    )


def _read_idx_examples(images_file: Path, labels_file: Path, loader: str) -> Examples:
    images, labels = read_idx(images_file), read_idx(labels_file)
    try:
        check_shape(images.shape, _IMAGE_SHAPE, images_file.name)
        check_shape(labels.shape, (), labels_file.name)
        _check_counts(images, labels, labels_file.name)
    except ValueError as error:
        raise ValueError(f"[{loader}] {images_file.parent}: {error}") from error
    return images, labels


def _read_npz_set(path: Path, loader: str) -> tuple[Examples, Examples]:
    x_train, y_train, x_test, y_test = _NPZ_NAMES
    try:
        arrays = read_npz(path, {x_train: _IMAGE_SHAPE, y_train: (), x_test: _IMAGE_SHAPE, y_test: ()})
        _check_counts(arrays[x_train], arrays[y_train], y_train)
        _check_counts(arrays[x_test], arrays[y_test], y_test)
    except ValueError as error:
        raise ValueError(f"[{loader}] {path}: {error}") from error
    return (arrays[x_train], arrays[y_train]), (arrays[x_test], arrays[y_test])


def _check_counts(images: NDArray[np.uint8], labels: NDArray[np.uint8], labels_name: str) -> None:
    if len(images) != len(labels):
        raise ValueError(f"{labels_name}: expected {len(images)} labels, one for each image, got {len(labels)}")
