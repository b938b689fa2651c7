"""MNIST and Fashion-MNIST: 60,000 images to train on and 10,000 to test on, each 28 x 28 grey pixels, of 10 classes.

Sources: Y. LeCun, C. Cortes, C. J. C. Burges, The MNIST database of handwritten digits,
http://yann.lecun.com/exdb/mnist/; H. Xiao, K. Rasul, R. Vollgraf (2017), Fashion-MNIST,
https://github.com/zalandoresearch/fashion-mnist (MIT).
"""

from __future__ import annotations

import os
from pathlib import Path

from .download import RemoteFile
from .image_files import Examples
from .places import Dataset, load

# Keras pins the same hash of its file (keras/src/datasets/mnist.py), and shows this size when it downloads it.
_KERAS = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/"
_MNIST = Dataset(
    loader="load_mnist",
    folder="mnist",
    remote_files=(
        RemoteFile(
            _KERAS + "mnist.npz",
            11_490_434,
            "731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1",
        ),
    ),
    home=_KERAS + "mnist.npz",
)

_ZALANDO = "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/"
_FASHION_MNIST = Dataset(
    loader="load_fashion_mnist",
    folder="fashion-mnist",
    remote_files=(
        RemoteFile(
            _ZALANDO + "train-images-idx3-ubyte.gz",
            26_421_880,
            "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
        ),
        RemoteFile(
            _ZALANDO + "train-labels-idx1-ubyte.gz",
            29_515,
            "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
        ),
        RemoteFile(
            _ZALANDO + "t10k-images-idx3-ubyte.gz",
            4_422_102,
            "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
        ),
        RemoteFile(
            _ZALANDO + "t10k-labels-idx1-ubyte.gz",
            5_148,
            "67da17c76eaffca5446c3361aaab5c3cd6d1c2608764d35dfb1850b086bf8dd5",
        ),
    ),
    home="https://github.com/zalandoresearch/fashion-mnist",
    system_folder=Path("/usr/share/datasets/fashion-mnist"),
    package_advice="  - on Debian and Ubuntu: apt install dataset-fashion-mnist\n",
)


def load_mnist(path: str | os.PathLike[str] | None = None) -> tuple[Examples, Examples]:
    """Return MNIST, images of handwritten digits, as `((x_train, y_train), (x_test, y_test))`.

    Without `path` the data are looked for in `$MUSHIN_DATA/mnist`, then in `~/.cache/mushin/mnist`; if they are in
    neither, they are downloaded into the latter, and their checksum is compared.

    Args:
        path: a folder that holds the four IDX files (train-images-idx3-ubyte, train-labels-idx1-ubyte,
            t10k-images-idx3-ubyte, t10k-labels-idx1-ubyte, each with or without .gz) or mnist.npz, or the path of
            an .npz file with the arrays x_train, y_train, x_test, y_test. Nothing else is looked at then.

    Returns:
        Images uint8 (n, 28, 28), labels uint8 (n,); n is 60,000 for training and 10,000 for testing.

    Raises:
        FileNotFoundError: the data are not in `path`, or nowhere and could not be downloaded.
        OSError: a file is there and cannot be opened.
        ValueError: a file is damaged or holds something else, or a download has the wrong checksum.

    Source: http://yann.lecun.com/exdb/mnist/; the download is Keras' mnist.npz.
    """
    return load(_MNIST, path)


def load_fashion_mnist(path: str | os.PathLike[str] | None = None) -> tuple[Examples, Examples]:
    """Return Fashion-MNIST, images of clothes, as `((x_train, y_train), (x_test, y_test))`.

    Without `path` the data are looked for in `$MUSHIN_DATA/fashion-mnist`, then in `~/.cache/mushin/fashion-mnist`,
    then where Debian's package dataset-fashion-mnist puts them; if they are in none of these, they are downloaded
    into `~/.cache/mushin/fashion-mnist`, and their checksums are compared.

    Args:
        path: a folder that holds the four IDX files (train-images-idx3-ubyte, train-labels-idx1-ubyte,
            t10k-images-idx3-ubyte, t10k-labels-idx1-ubyte, each with or without .gz) or fashion-mnist.npz, or the
            path of an .npz file with the arrays x_train, y_train, x_test, y_test. Nothing else is looked at then.

    Returns:
        Images uint8 (n, 28, 28), labels uint8 (n,); n is 60,000 for training and 10,000 for testing.

    Raises:
        FileNotFoundError: the data are not in `path`, or nowhere and could not be downloaded.
        OSError: a file is there and cannot be opened.
        ValueError: a file is damaged or holds something else, or a download has the wrong checksum.

    Source: https://github.com/zalandoresearch/fashion-mnist (MIT).
    """
    return load(_FASHION_MNIST, path)
