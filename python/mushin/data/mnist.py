"""MNIST and Fashion-MNIST: where they are looked for, how they are read, and from where they are fetched.

A set is 60,000 images to train on and 10,000 to test on, each 28 x 28 grey pixels, of 10 classes. It comes as four
IDX files (see idx.py) or as one .npz archive as Keras publishes it.

Sources: Y. LeCun, C. Cortes, C. J. C. Burges, The MNIST database of handwritten digits,
http://yann.lecun.com/exdb/mnist/; H. Xiao, K. Rasul, R. Vollgraf (2017), Fashion-MNIST,
https://github.com/zalandoresearch/fashion-mnist (MIT).
"""

from __future__ import annotations

import hashlib
import math
import os
import tempfile
import zipfile
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import IO, TypeAlias

import numpy as np
from numpy.typing import NDArray

from .idx import read_at_most, read_idx

Examples: TypeAlias = tuple[NDArray[np.uint8], NDArray[np.uint8]]

_IDX_NAMES = (
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
)
_NPZ_NAMES = ("x_train", "y_train", "x_test", "y_test")
_IMAGE_SHAPE = (28, 28)
_SECONDS_WITHOUT_ANSWER = 30
_CHUNK = 1 << 20


@dataclass(frozen=True)
class _RemoteFile:
    url: str
    size: int
    sha256: str

    @property
    def name(self) -> str:
        return self.url.rpartition("/")[2]


@dataclass(frozen=True)
class _Dataset:
    loader: str
    folder: str
    remote_files: tuple[_RemoteFile, ...]
    home: str
    system_folder: Path | None = None
    package_advice: str = ""

    @property
    def npz_name(self) -> str:
        return f"{self.folder}.npz"


_KERAS = "https://storage.googleapis.com/tensorflow/tf-keras-datasets/"
_MNIST = _Dataset(
    loader="load_mnist",
    folder="mnist",
    remote_files=(
        _RemoteFile(
            _KERAS + "mnist.npz",
            11_490_434,
            "731c5ac602752760c8e48fbffcf8c3b850d9dc2a2aedcf2cc48468fc17b673d1",
        ),
    ),
    home=_KERAS + "mnist.npz",
)

_ZALANDO = "https://raw.githubusercontent.com/zalandoresearch/fashion-mnist/master/data/fashion/"
_FASHION_MNIST = _Dataset(
    loader="load_fashion_mnist",
    folder="fashion-mnist",
    remote_files=(
        _RemoteFile(
            _ZALANDO + "train-images-idx3-ubyte.gz",
            26_421_880,
            "3aede38d61863908ad78613f6a32ed271626dd12800ba2636569512369268a84",
        ),
        _RemoteFile(
            _ZALANDO + "train-labels-idx1-ubyte.gz",
            29_515,
            "a04f17134ac03560a47e3764e11b92fc97de4d1bfaf8ba1a3aa29af54cc90845",
        ),
        _RemoteFile(
            _ZALANDO + "t10k-images-idx3-ubyte.gz",
            4_422_102,
            "346e55b948d973a97e58d2351dde16a484bd415d4595297633bb08f03db6a073",
        ),
        _RemoteFile(
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
        ValueError: a file is damaged or holds something else, or a download has the wrong checksum.

    Source: http://yann.lecun.com/exdb/mnist/; the download is Keras' mnist.npz.
    """
    return _load(_MNIST, path)


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
        ValueError: a file is damaged or holds something else, or a download has the wrong checksum.

    Source: https://github.com/zalandoresearch/fashion-mnist (MIT).
    """
    return _load(_FASHION_MNIST, path)


# Looking for the data


def _load(dataset: _Dataset, path: str | os.PathLike[str] | None) -> tuple[Examples, Examples]:
    if path is not None:
        place = Path(path).expanduser()
        data = _read_place(place, dataset)
        if data is None:
            raise FileNotFoundError(
                f"[{dataset.loader}] path {place}: {_what_lacks(place)}. Expected {_expected_files(dataset)}"
            )
        return data

    cache = Path.home() / ".cache" / "mushin" / dataset.folder
    places = _places(dataset, cache)
    for place in places:
        data = _read_place(place, dataset)
        if data is not None:
            return data
    _download_missing(dataset, cache, places)
    data = _read_place(cache, dataset)
    assert data is not None, "every remote file is in the cache now"
    return data


def _places(dataset: _Dataset, cache: Path) -> list[Path]:
    places = [cache]
    root = os.environ.get("MUSHIN_DATA")
    if root:
        places.insert(0, Path(root).expanduser() / dataset.folder)
    if dataset.system_folder is not None:
        places.append(dataset.system_folder)
    return places


def _read_place(place: Path, dataset: _Dataset) -> tuple[Examples, Examples] | None:
    """Read the data that lie in a folder or .npz file; None if nothing complete is there."""
    if place.is_file():
        return _read_npz(place, dataset.loader)
    idx_files = [file for name in _IDX_NAMES if (file := _idx_file(place, name)) is not None]
    if len(idx_files) == len(_IDX_NAMES):
        return _read_idx_files(idx_files, dataset.loader)
    npz = place / dataset.npz_name
    return _read_npz(npz, dataset.loader) if npz.is_file() else None


def _idx_file(folder: Path, name: str) -> Path | None:
    choices = (folder / name, folder / f"{name}.gz")
    return next((file for file in choices if file.is_file()), None)


def _what_lacks(place: Path) -> str:
    if not place.exists():
        return "does not exist"
    missing = [name for name in _IDX_NAMES if _idx_file(place, name) is None]
    return "holds none of the expected files" if len(missing) == len(_IDX_NAMES) else f"lacks {', '.join(missing)}"


def _expected_files(dataset: _Dataset) -> str:
    return (
        f"a folder with {', '.join(_IDX_NAMES)} (each with or without .gz) or {dataset.npz_name}, "
        f"or an .npz file with the arrays {', '.join(_NPZ_NAMES)}"
    )


# Reading


def _read_idx_files(files: Sequence[Path], loader: str) -> tuple[Examples, Examples]:
    train_images, train_labels, test_images, test_labels = files
    return (
        _read_idx_examples(train_images, train_labels, loader),
        _read_idx_examples(test_images, test_labels, loader),
    )


def _read_idx_examples(images_file: Path, labels_file: Path, loader: str) -> Examples:
    images, labels = read_idx(images_file), read_idx(labels_file)
    try:
        _check_shape(images.shape, _IMAGE_SHAPE, images_file.name)
        _check_shape(labels.shape, (), labels_file.name)
        _check_counts(images, labels, labels_file.name)
    except ValueError as error:
        raise ValueError(f"[{loader}] {images_file.parent}: {error}") from error
    return images, labels


def _read_npz(path: Path, loader: str) -> tuple[Examples, Examples]:
    with path.open("rb") as file:
        try:
            with zipfile.ZipFile(file) as archive:
                return _read_archive(archive)
        # OSError: the directory points to a place that is not in the file; RuntimeError: a member is encrypted.
        except (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError) as error:
            detail = str(error) or type(error).__name__
            raise ValueError(f"[{loader}] {path}: not a usable .npz file: {detail}") from error


def _read_archive(archive: zipfile.ZipFile) -> tuple[Examples, Examples]:
    missing = {f"{name}.npy" for name in _NPZ_NAMES} - set(archive.namelist())
    if missing:
        raise ValueError(f"expected arrays {', '.join(_NPZ_NAMES)}, got {', '.join(archive.namelist())}")
    train = _read_npz_examples(archive, "x_train", "y_train")
    test = _read_npz_examples(archive, "x_test", "y_test")
    return train, test


def _read_npz_examples(archive: zipfile.ZipFile, images_name: str, labels_name: str) -> Examples:
    images = _read_npy(archive, images_name, _IMAGE_SHAPE)
    labels = _read_npy(archive, labels_name, ())
    _check_counts(images, labels, labels_name)
    return images, labels


def _read_npy(archive: zipfile.ZipFile, name: str, item_shape: tuple[int, ...]) -> NDArray[np.uint8]:
    """Read one array; numpy.load would allocate whatever size the array's header declares."""
    info = archive.getinfo(f"{name}.npy")
    # zipfile decompresses the other methods without a limit on what comes out.
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise ValueError(f"{name}: expected compression method stored or deflated, got number {info.compress_type}")
    with archive.open(info) as member:
        shape, fortran_order = _read_npy_header(member, name)
        _check_shape(shape, item_shape, name)
        expected = math.prod(shape)
        data = read_at_most(member, expected + 1)
    if len(data) != expected:
        got = "more" if len(data) > expected else f"{len(data)}"
        raise ValueError(f"{name}: expected {expected} bytes of data for shape {shape}, got {got}")
    return np.frombuffer(data, dtype=np.uint8).reshape(shape, order="F" if fortran_order else "C")


def _read_npy_header(member: IO[bytes], name: str) -> tuple[tuple[int, ...], bool]:
    try:
        version = np.lib.format.read_magic(member)
        if version != (1, 0):
            raise ValueError(f"expected version (1, 0) of the .npy format, got {version}")
        shape, fortran_order, dtype = np.lib.format.read_array_header_1_0(member)
    # The header is a Python literal, and on a damaged one NumPy lets out whatever Python's parser raises: TokenError,
    # SyntaxError, TypeError, RecursionError, MemoryError.
    except Exception as error:
        raise ValueError(f"{name}: cannot read the .npy header: {error}") from error
    if dtype != np.uint8:
        raise ValueError(f"{name}: expected dtype uint8, got {dtype}")
    return shape, fortran_order


def _check_shape(shape: tuple[int, ...], item_shape: tuple[int, ...], name: str) -> None:
    if not shape or shape[1:] != item_shape:
        expected = ", ".join(["n", *map(str, item_shape)]) if item_shape else "n,"
        raise ValueError(f"{name}: expected shape ({expected}), got {shape}")


def _check_counts(images: NDArray[np.uint8], labels: NDArray[np.uint8], labels_name: str) -> None:
    if len(images) != len(labels):
        raise ValueError(f"{labels_name}: expected {len(images)} labels, one for each image, got {len(labels)}")


# Downloading


def _download_missing(dataset: _Dataset, cache: Path, places: Sequence[Path]) -> None:
    for remote in dataset.remote_files:
        target = cache / remote.name
        if target.is_file():
            continue
        try:
            _download(remote, target)
        except ValueError as error:
            raise ValueError(f"[{dataset.loader}] {error}; nothing of it was kept.\n{_advice(dataset)}") from error
        except OSError as error:
            looked_at = "".join(f"  - {place}: {_what_lacks(place)}\n" for place in places)
            if not os.environ.get("MUSHIN_DATA"):
                looked_at = f"  - $MUSHIN_DATA/{dataset.folder}: MUSHIN_DATA is not set\n{looked_at}"
            raise FileNotFoundError(
                f"[{dataset.loader}] the data were not found, and the download failed. Looked at:\n"
                f"{looked_at}  - {remote.url}: {error}\n{_advice(dataset)}"
            ) from error


def _advice(dataset: _Dataset) -> str:
    return (
        "What you can do:\n"
        f"  - fetch the data from {dataset.home} and pass their place as path=\n"
        f"  - set MUSHIN_DATA to the folder that holds the folder {dataset.folder}\n"
        f"{dataset.package_advice}"
        f"The place must be {_expected_files(dataset)}"
    )


def _download(remote: _RemoteFile, target: Path) -> None:
    """Fetch a file; `target` comes into being only when all of it is on the disk and its checksum is right."""
    target.parent.mkdir(parents=True, exist_ok=True)
    handle, name = tempfile.mkstemp(prefix=f"{target.name}.", suffix=".part", dir=target.parent)
    part = Path(name)
    try:
        with os.fdopen(handle, "wb") as file:
            _fetch(remote, file)
            file.flush()
            os.fsync(file.fileno())
        part.replace(target)
    finally:
        part.unlink(missing_ok=True)


def _fetch(remote: _RemoteFile, file: IO[bytes]) -> None:
    # Imported here: they take longer than everything else in this package, and most loads read a local file.
    from http.client import HTTPException
    from urllib.request import urlopen

    digest, received = hashlib.sha256(), 0
    try:
        with urlopen(remote.url, timeout=_SECONDS_WITHOUT_ANSWER) as answer:
            # One byte more than expected is enough to see that it is another file; a server may send without end.
            while chunk := answer.read(min(_CHUNK, remote.size + 1 - received)):
                file.write(chunk)
                digest.update(chunk)
                received += len(chunk)
    except HTTPException as error:
        raise ConnectionError(f"the answer broke off or is not HTTP: {error!r}") from error
    if received < remote.size:
        raise ConnectionError(f"the answer ended after {received} of {remote.size} bytes")
    if digest.hexdigest() != remote.sha256:
        raise ValueError(f"{remote.url}: expected SHA-256 {remote.sha256}, got {digest.hexdigest()}")
