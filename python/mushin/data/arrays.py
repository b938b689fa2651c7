"""NPY and NPZ, NumPy's files of arrays of numbers, read so that nothing is unpickled and no header decides how much
memory is taken.

Source: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html (the formats).
"""

from __future__ import annotations

import math
import os
import zipfile
import zlib
from pathlib import Path
from typing import IO, Any

import numpy as np

from .npz import LONGEST_DETAIL, check_compression
from .reading import read_bytes_array

_KINDS = "biufU"  # what data are: numbers, and words as classes


def read_arrays(file: str | os.PathLike[str]) -> dict[str, np.ndarray]:
    """Read the array of an .npy file, under the name "", or all arrays of an .npz file by name.

    Raises:
        OSError: the file cannot be opened.
        ValueError: it is neither, is damaged, or holds an array of anything but numbers and words.
    """
    path = Path(file)
    try:
        with path.open("rb") as raw:
            if raw.peek(6).startswith(b"\x93NUMPY"):
                return {"": _read_array(raw, "the array")}
            with zipfile.ZipFile(raw) as archive:
                return {
                    name.removesuffix(".npy"): _read_member(archive, name)
                    for name in archive.namelist()
                    if name.endswith(".npy")
                }
    # RuntimeError: a member is encrypted.
    except (zipfile.BadZipFile, zlib.error, EOFError, RuntimeError, ValueError) as error:
        detail = str(error) or type(error).__name__
        raise ValueError(f"[read_arrays] {path}: not a usable .npy or .npz file: {detail[:LONGEST_DETAIL]}") from error


def _read_member(archive: zipfile.ZipFile, name: str) -> np.ndarray:
    info = archive.getinfo(name)
    check_compression(info, name)
    with archive.open(info) as member:
        return _read_array(member, name.removesuffix(".npy"))


def _read_array(stream: IO[bytes], name: str) -> np.ndarray:
    shape, fortran_order, dtype = _read_header(stream, name)
    if dtype.kind not in _KINDS or dtype.hasobject:
        raise ValueError(f"{name}: expected numbers or words, got dtype {dtype}")
    if any(n < 0 for n in shape):
        raise ValueError(f"{name}: expected a shape without negative lengths, got {shape}")
    try:
        data = read_bytes_array(stream, (math.prod(shape) * dtype.itemsize,))
    except ValueError as error:
        raise ValueError(f"{name}: {error}, of shape {shape} and dtype {dtype}") from error
    array = np.frombuffer(data, dtype) if dtype.itemsize else np.empty(math.prod(shape), dtype)
    return array.reshape(shape, order="F" if fortran_order else "C")


def _read_header(stream: IO[bytes], name: str) -> tuple[tuple[int, ...], bool, np.dtype[Any]]:
    try:
        version = np.lib.format.read_magic(stream)
        if version == (1, 0):
            return np.lib.format.read_array_header_1_0(stream)
        if version == (2, 0):
            return np.lib.format.read_array_header_2_0(stream)
    # The header is a Python literal, and on a damaged one NumPy lets out whatever Python's parser raises: TokenError,
    # SyntaxError, TypeError, RecursionError, MemoryError.
    except Exception as error:
        raise ValueError(f"{name}: cannot read the .npy header: {error}") from error
    raise ValueError(f"{name}: expected version (1, 0) or (2, 0) of the .npy format, got {version}")
