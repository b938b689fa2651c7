"""Small sets in MNIST's formats: made, written, compared, and put in the place of the published ones."""

import gzip
import hashlib
import io
import struct
from dataclasses import replace

import numpy as np

from mushin.data import mnist
from mushin.data.download import RemoteFile

TRAIN_IMAGES, TRAIN_LABELS, TEST_IMAGES, TEST_LABELS = IDX_NAMES = (
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
)
NPZ_NAMES = ("x_train", "y_train", "x_test", "y_test")
NOBODY_LISTENS = "http://127.0.0.1:9/"


def small_set(seed=0, train=6, test=4):
    """The four arrays of a set, in the order of IDX_NAMES and NPZ_NAMES; seeds give different ones."""
    generator = np.random.Generator(np.random.Philox(seed))
    return [
        generator.integers(0, high, shape, dtype=np.uint8)
        for n in (train, test)
        for high, shape in ((256, (n, 28, 28)), (10, (n,)))
    ]


def idx_bytes(array, type_byte=8):
    header = bytes([0, 0, type_byte, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape)
    return header + array.tobytes()


def npz_bytes(arrays, compressed=True):
    file = io.BytesIO()
    (np.savez_compressed if compressed else np.savez)(file, **dict(zip(NPZ_NAMES, arrays, strict=True)))
    return file.getvalue()


def write_idx_set(folder, arrays, compressed=True):
    folder.mkdir(parents=True, exist_ok=True)
    for name, array in zip(IDX_NAMES, arrays, strict=True):
        if compressed:
            (folder / f"{name}.gz").write_bytes(gzip.compress(idx_bytes(array)))
        else:
            (folder / name).write_bytes(idx_bytes(array))
    return folder


def assert_is_set(loaded, arrays):
    (x_train, y_train), (x_test, y_test) = loaded
    for got, expected in zip((x_train, y_train, x_test, y_test), arrays, strict=True):
        assert got.dtype == np.uint8
        np.testing.assert_array_equal(got, expected)


def set_remote_files(monkeypatch, dataset, base_url, contents):
    """Let a data set's files be fetched from base_url, and expect `contents`, bytes by file name."""
    unchanged = getattr(mnist, dataset)
    files = [
        RemoteFile(base_url + file.name, len(content), hashlib.sha256(content).hexdigest())
        for file in unchanged.remote_files
        for content in [contents.get(file.name, b"never served")]
    ]
    monkeypatch.setattr(mnist, dataset, replace(unchanged, remote_files=tuple(files)))


def set_system_folder(monkeypatch, folder):
    monkeypatch.setattr(mnist, "_FASHION_MNIST", replace(mnist._FASHION_MNIST, system_folder=folder))
