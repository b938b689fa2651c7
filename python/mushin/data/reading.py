"""Reading arrays from files that may be truncated, damaged or hostile: what a file says of itself is only a claim."""

from __future__ import annotations

import math
from typing import IO

import numpy as np
from numpy.typing import NDArray

_CHUNK = 1 << 20


def check_shape(shape: tuple[int, ...], item_shape: tuple[int, ...], name: str) -> None:
    """See that a shape is any number of items of item_shape.

    Raises:
        ValueError: it is not.
    """
    if not shape or shape[0] < 0 or shape[1:] != item_shape:
        expected = ", ".join(["n", *map(str, item_shape)]) if item_shape else "n,"
        raise ValueError(f"{name}: expected shape ({expected}), got {shape}")


def read_bytes_array(stream: IO[bytes], shape: tuple[int, ...], fortran_order: bool = False) -> NDArray[np.uint8]:
    """Read an array of unsigned bytes that is all the rest of a stream.

    It holds no more memory than there are bytes.

    Args:
        stream: what follows the header.
        shape: what the header declares.
        fortran_order: whether the first dimension is the fastest, else the last.

    Raises:
        ValueError: no memory can hold the shape, or there are fewer or more bytes than it needs.
    """
    # NumPy limits the product of the sizes other than 0 even where the array is empty.
    if math.prod(max(size, 1) for size in shape) > np.iinfo(np.intp).max:
        raise ValueError(f"expected a shape that fits into memory, got {shape}")
    expected = math.prod(shape)
    data = _read_at_most(stream, expected + 1)
    if len(data) != expected:
        got = "more" if len(data) > expected else f"{len(data)}"
        raise ValueError(f"expected {expected} bytes of data for shape {shape}, got {got}")
    return np.frombuffer(data, dtype=np.uint8).reshape(shape, order="F" if fortran_order else "C")


def _read_at_most(stream: IO[bytes], limit: int) -> bytearray:
    """Read until `limit` bytes or the end of the stream; `stream.read(limit)` would allocate `limit` bytes first."""
    data = bytearray()
    while len(data) < limit:
        chunk = stream.read(min(_CHUNK, limit - len(data)))
        if not chunk:
            break
        data += chunk
    return data
