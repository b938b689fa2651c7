"""NPY and NPZ, NumPy's files of arrays of numbers, read so that nothing is unpickled and no header decides how much
memory is taken.

Source: https://numpy.org/doc/stable/reference/generated/numpy.lib.format.html (the formats).
"""

from __future__ import annotations

import math
import os
import sys
import zipfile
from pathlib import Path
from typing import IO

import numpy as np

from .npz import DAMAGED, check_compression, detail, read_header
from .reading import read_bytes_array

_KINDS = "biufU"  # what data are: numbers, and words as classes


def read_arrays(file: str | os.PathLike[str]) -> dict[str, np.ndarray]:
    """Read the array of an .npy file, under the name "", or all arrays of an .npz file by name.

    Raises:
        OSError: the file cannot be opened.
        ValueError: it is neither, is damaged, or holds an array of anything but numbers and words.
    """
    path = Path(file)
    with path.open("rb") as raw:
        try:
            if raw.peek(6).startswith(b"\x93NUMPY"):
                return {"": _read_array(raw, "the array")}
            with zipfile.ZipFile(raw) as archive:
                return {
                    name.removesuffix(".npy"): _read_member(archive, name)
                    for name in archive.namelist()
                    if name.endswith(".npy")
                }
        except DAMAGED as error:
            raise ValueError(f"[read_arrays] {path}: not a usable .npy or .npz file: {detail(error)}") from error


def _read_member(archive: zipfile.ZipFile, name: str) -> np.ndarray:
    info = archive.getinfo(name)
    check_compression(info, name)
    with archive.open(info) as member:
        return _read_array(member, name.removesuffix(".npy"))


def _read_array(stream: IO[bytes], name: str) -> np.ndarray:
    shape, fortran_order, dtype = read_header(stream, name)
    if dtype.kind not in _KINDS or dtype.itemsize == 0:
        raise ValueError(f"{name}: expected numbers or words, got dtype {dtype}")
    if any(n < 0 for n in shape):
        raise ValueError(f"{name}: expected a shape without negative lengths, got {shape}")
    try:
        data = read_bytes_array(stream, (math.prod(shape) * dtype.itemsize,))
    except ValueError as error:
        raise ValueError(f"{name}: {error}, of shape {shape} and dtype {dtype}") from error
    if dtype.kind == "U":
        _check_words(np.frombuffer(data, np.dtype(np.uint32).newbyteorder(dtype.byteorder)), name)
    return np.frombuffer(data, dtype).reshape(shape, order="F" if fortran_order else "C")


def _check_words(characters: np.ndarray, name: str) -> None:
    """See that numbers are characters: NumPy makes words of any, which Python then cannot print or compare."""
    wrong = (characters > sys.maxunicode) | ((characters >= 0xD800) & (characters < 0xE000))
    if wrong.any():
        raise ValueError(f"{name}: expected words of Unicode characters, got number {characters[wrong][0]:#x}")
