"""The published sets themselves: their values, and the checksums that downloads are compared with."""

import hashlib
import os
import struct
from pathlib import Path

import numpy as np
import pytest

from mushin.data import load_fashion_mnist, mnist

from .small_sets import IDX_NAMES

# The environment is taken before the fixture `home` hides it from every test.
REAL_FASHION_MNIST = Path(os.environ.get("MUSHIN_DATA") or "/usr/share/datasets") / "fashion-mnist"
needs_fashion_mnist = pytest.mark.skipif(
    not REAL_FASHION_MNIST.is_dir(),
    reason=f"{REAL_FASHION_MNIST} does not exist: set MUSHIN_DATA to the folder that holds fashion-mnist/ "
    "(on Debian: apt install dataset-fashion-mnist)",
)


@needs_fashion_mnist
def test_fashion_mnist_itself(monkeypatch):
    monkeypatch.setenv("MUSHIN_DATA", str(REAL_FASHION_MNIST.parent))
    (x_train, y_train), (x_test, y_test) = load_fashion_mnist()
    assert x_train.shape == (60000, 28, 28)
    assert x_test.shape == (10000, 28, 28)
    assert np.bincount(y_train).tolist() == [6000] * 10
    assert np.bincount(y_test).tolist() == [1000] * 10
    assert y_train[:5].tolist() == [9, 0, 0, 3, 0]
    digests = [hashlib.sha256(array).hexdigest() for array in (x_train, y_train, x_test, y_test)]
    assert digests == [
        "2e487a6c89124f78f2d7521542223cafe96f7123c3ca13d447772ac6ecbb3012",
        "657fbd221bfc9f4198cc14b5619cc33ec57c58dd0e47af4d99d6650759e869a7",
        "c867c93ff95360594e8ec3287995350b824dd110b11595c0e13d5423f621867a",
        "3d0e6c6ea990b53b6f8f500a41cac93881d981b315f84578b7d915342ade01e9",
    ]


@needs_fashion_mnist
@pytest.mark.parametrize(
    ("remote", "seconds"),
    list(zip(mnist._FASHION_MNIST.remote_files, [1504176606, 1504176606, 1504176627, 1504176627], strict=True)),
    ids=IDX_NAMES,
)
def test_the_pinned_checksums_are_those_of_the_published_files(remote, seconds):
    """Debian strips name and time from the gzip header; with both put back the file is the published one."""
    content = (REAL_FASHION_MNIST / remote.name).read_bytes()
    has_name = content[3] & 8
    if not has_name:
        header = b"\x1f\x8b\x08\x08" + struct.pack("<I", seconds) + content[8:10]
        content = header + remote.name.removesuffix(".gz").encode() + b"\0" + content[10:]
    assert len(content) == remote.size
    assert hashlib.sha256(content).hexdigest() == remote.sha256
