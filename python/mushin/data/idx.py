"""IDX, the file format of MNIST.

A file is two zero bytes, a byte for the element type (0x08: unsigned byte), a byte for the number of dimensions,
each dimension's size as a big-endian 32-bit number, and the elements, last dimension fastest. Files are often
compressed with gzip.

Source: Y. LeCun, C. Cortes, C. J. C. Burges, The MNIST database of handwritten digits,
http://yann.lecun.com/exdb/mnist/ ("File formats for the MNIST database").
"""

from __future__ import annotations

import gzip
import os
import struct
import zlib
from pathlib import Path
from typing import IO, cast

import numpy as np
from numpy.typing import NDArray

from .reading import read_bytes_array

_UNSIGNED_BYTE = 0x08
_MAX_DIMENSIONS = 4
_GZIP_START = b"\x1f\x8b"


def read_idx(file: str | os.PathLike[str]) -> NDArray[np.uint8]:
    """Read an array of unsigned bytes from an IDX file, compressed with gzip or not.

    Whether the file is compressed is seen from its first bytes, not from its name.

    Args:
        file: path of the file.

    Returns:
        uint8 array of 1 to 4 dimensions, in the shape that the file declares.

    Raises:
        OSError: the file cannot be opened.
        ValueError: it is not an IDX file of unsigned bytes, holds fewer or more bytes than it declares, or its
            compressed data are damaged.

    Source: http://yann.lecun.com/exdb/mnist/ ("File formats for the MNIST database").
    """
    path = Path(file)
    with path.open("rb") as raw:
        compressed = raw.peek(len(_GZIP_START)).startswith(_GZIP_START)
        stream = cast("IO[bytes]", gzip.GzipFile(fileobj=raw)) if compressed else raw
        try:
            return read_bytes_array(stream, _read_shape(stream))
        except (EOFError, zlib.error, gzip.BadGzipFile) as error:
            raise ValueError(f"[read_idx] {path}: the gzip data are truncated or damaged ({error})") from error
        except ValueError as error:
            raise ValueError(f"[read_idx] {path}: {error}") from error


def _read_shape(stream: IO[bytes]) -> tuple[int, ...]:
    magic = stream.read(4)
    if len(magic) < 4 or magic[:3] != bytes([0, 0, _UNSIGNED_BYTE]):
        raise ValueError(
            f"expected an IDX file of unsigned bytes, which begins 00 00 08 (or gzip, 1f 8b), "
            f"got {magic.hex(' ') or 'an empty file'}"
        )
    dimensions = magic[3]
    if not 1 <= dimensions <= _MAX_DIMENSIONS:
        raise ValueError(f"expected 1 to {_MAX_DIMENSIONS} dimensions, got {dimensions}")
    sizes = stream.read(4 * dimensions)
    if len(sizes) < 4 * dimensions:
        raise ValueError(f"expected {4 * dimensions} bytes of sizes, got {len(sizes)}")
    shape: tuple[int, ...] = struct.unpack(f">{dimensions}I", sizes)
    return shape
