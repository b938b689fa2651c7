"""The digits in the package are those of the UCI test part, value for value."""

import hashlib
from importlib.util import find_spec
from pathlib import Path

import numpy as np
import pytest

from mushin.data import load_digits

SKLEARN = find_spec("sklearn")


def test_shapes_and_dtypes():
    images, labels = load_digits()
    assert images.shape == (1797, 8, 8)
    assert images.dtype == np.uint8
    assert labels.shape == (1797,)
    assert labels.dtype == np.int64


def test_values_are_the_published_ones():
    images, labels = load_digits()
    assert (images.min(), images.max()) == (0, 16)
    assert np.bincount(labels).tolist() == [178, 182, 177, 183, 181, 182, 181, 179, 174, 180]
    pixels = "8f26b2bd9d135c256808f68f14fdabddde6d9c7f869ae419704b051f0f14b3b3"
    digits = "8ba4f891220f5e4c9c819638d1602d74b83618f167043c6da52a2a247841ddf0"
    assert hashlib.sha256(images.tobytes()).hexdigest() == pixels
    assert hashlib.sha256(labels.astype(np.uint8).tobytes()).hexdigest() == digits


def test_each_call_gives_arrays_of_its_own():
    images, labels = load_digits()
    images[:] = 99
    labels[:] = 99
    images, labels = load_digits()
    assert images.max() == 16
    assert labels.max() == 9


@pytest.mark.skipif(SKLEARN is None, reason="scikit-learn is not installed (pip install scikit-learn)")
def test_same_values_as_scikit_learn():
    table_file = Path(SKLEARN.origin).parent / "datasets" / "data" / "digits.csv.gz"
    table = np.loadtxt(table_file, delimiter=",")
    images, labels = load_digits()
    np.testing.assert_array_equal(images.reshape(-1, 64), table[:, :64])
    np.testing.assert_array_equal(labels, table[:, 64])
