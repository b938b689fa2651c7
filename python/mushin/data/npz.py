"""NPZ, NumPy's archive of arrays, read so that nothing is unpickled and no header decides how much memory is taken.

Source: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html (the .npy format).
"""

from __future__ import annotations

import zipfile
import zlib
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Any

import numpy as np
from numpy.typing import NDArray

from .reading import check_shape, read_bytes_array

# What reading a damaged archive raises. OSError: the directory points to a place that is not in the file; RuntimeError:
# a member is encrypted.
DAMAGED = (zipfile.BadZipFile, zlib.error, EOFError, OSError, RuntimeError, ValueError)
_LONGEST_DETAIL = 500  # a file has a say in the text of an error (names, headers), but not for pages


def read_npz(path: Path, item_shapes: Mapping[str, tuple[int, ...]]) -> dict[str, NDArray[np.uint8]]:
    """Read arrays of unsigned bytes from an .npz file, which may hold others too.

    Args:
        path: the file.
        item_shapes: from the names of the arrays to the shapes of their items, which are the arrays' shapes without
            the first dimension.

    Raises:
        OSError: the file cannot be opened.
        ValueError: it is not an .npz file, is damaged, lacks an array, or holds one of another dtype or shape. The
            message does not name the file.
    """
    with path.open("rb") as file:
        try:
            with zipfile.ZipFile(file) as archive:
                return _read_archive(archive, item_shapes)
        except DAMAGED as error:
            raise ValueError(f"not a usable .npz file: {detail(error)}") from error


def detail(error: Exception) -> str:
    """What an error says, or what it is called; not more than fits into a message."""
    return (str(error) or type(error).__name__)[:_LONGEST_DETAIL]


def _read_archive(archive: zipfile.ZipFile, item_shapes: Mapping[str, tuple[int, ...]]) -> dict[str, NDArray[np.uint8]]:
    missing = {f"{name}.npy" for name in item_shapes} - set(archive.namelist())
    if missing:
        raise ValueError(f"expected arrays {', '.join(item_shapes)}, got {', '.join(archive.namelist())}")
    return {name: _read_npy(archive, name, item_shape) for name, item_shape in item_shapes.items()}


def _read_npy(archive: zipfile.ZipFile, name: str, item_shape: tuple[int, ...]) -> NDArray[np.uint8]:
    """Read one array; numpy.load would allocate whatever size the array's header declares."""
    info = archive.getinfo(f"{name}.npy")
    check_compression(info, name)
    with archive.open(info) as member:
        shape, fortran_order, dtype = read_header(member, name)
        if dtype != np.uint8:
            raise ValueError(f"{name}: expected dtype uint8, got {dtype}")
        check_shape(shape, item_shape, name)
        try:
            return read_bytes_array(member, shape, fortran_order)
        except ValueError as error:
            raise ValueError(f"{name}: {error}") from error


def check_compression(info: zipfile.ZipInfo, name: str) -> None:
    """Refuse the methods that zipfile decompresses without a limit on what comes out.

    Raises:
        ValueError: another method than stored or deflated.
    """
    if info.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        raise ValueError(f"{name}: expected compression method stored or deflated, got number {info.compress_type}")


def read_header(stream: IO[bytes], name: str) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    """(shape, whether the first dimension is the fastest, dtype) of the .npy format.

    Raises:
        ValueError: there is no such header.
    """
    try:
        version = np.lib.format.read_magic(stream)
        if version == (1, 0):
            return np.lib.format.read_array_header_1_0(stream)
        if version == (2, 0):
            return np.lib.format.read_array_header_2_0(stream)
        raise ValueError(f"expected version (1, 0) or (2, 0) of the format, got {version}")
    # The header is a Python literal, and on a damaged one NumPy lets out whatever Python's parser raises: TokenError,
    # SyntaxError, TypeError, RecursionError, MemoryError.
    except Exception as error:
        raise ValueError(f"{name}: cannot read the .npy header: {error}") from error
