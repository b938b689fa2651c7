"""Sequences of several lengths as one array."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from mushin.data.sampler import whole_number

_SIDES = ("pre", "post")


def pad_sequences(
    sequences: Sequence[Any],
    maxlen: int | None = None,
    dtype: Any = "int32",
    padding: str = "pre",
    truncating: str = "pre",
    value: Any = 0.0,
) -> np.ndarray:
    """Sequences as the rows of one array, the short ones filled up, the long ones cut off.

    Args:
        sequences: n lists or arrays; the elements have one shape (...) in all of them.
        maxlen: the length of the rows; that of the longest sequence if None.
        dtype: of the array; object for strings of any length.
        padding: "pre" fills up in front, "post" behind.
        truncating: "pre" cuts off in front, "post" behind.
        value: what is filled in.

    Returns:
        (n, maxlen, ...) of the dtype.

    Raises:
        TypeError: sequences without a length, an element without one, a maxlen that is no integer.
        ValueError: another padding or truncating, no sequences without a maxlen, elements of several shapes, elements
            or a value that the dtype does not hold.

    Source: keras.utils.pad_sequences.
    """
    op = "pad_sequences"
    for name, side in (("padding", padding), ("truncating", truncating)):
        if side not in _SIDES:
            raise ValueError(f"[{op}] {name} must be one of {', '.join(_SIDES)}, got {side!r}")
    if not hasattr(sequences, "__len__"):
        raise TypeError(f"[{op}] sequences must have a length, got {type(sequences).__name__}")
    for i, each in enumerate(sequences):
        if not hasattr(each, "__len__"):
            raise TypeError(f"[{op}] sequences must hold sequences, got {each!r} at position {i}")
    if maxlen is not None:
        width = whole_number(op, "maxlen", maxlen, 0)
    elif len(sequences):
        width = max(map(len, sequences))
    else:
        raise ValueError(f"[{op}] sequences must hold at least one sequence, or maxlen be given")
    first = next((each for each in sequences if len(each)), ())
    shape = np.shape(first)[1:]
    padded = _filled(op, (len(sequences), width, *shape), value, dtype)
    for i, each in enumerate(sequences):
        if not len(each) or not width:
            continue
        kept = _converted(op, each[-width:] if truncating == "pre" else each[:width], i, padded.dtype)
        if kept.shape[1:] != shape:
            raise ValueError(
                f"[{op}] sequences must hold elements of one shape {shape}, got {kept.shape[1:]} at position {i}"
            )
        row = padded[i, -len(kept) :] if padding == "pre" else padded[i, : len(kept)]
        row[...] = kept
    return padded


def _filled(op: str, shape: tuple[int, ...], value: Any, dtype: Any) -> np.ndarray:
    try:
        wanted = np.dtype(dtype)
    except TypeError:
        raise TypeError(f"[{op}] dtype must be one of NumPy's, got {dtype!r}") from None
    # NumPy would read "5" as a number; Keras refuses it too.
    if isinstance(value, str) and wanted.kind not in "OUS":
        raise ValueError(f"[{op}] value must be a number for dtype {wanted}, got {value!r}; dtype=object takes strings")
    try:
        return np.full(shape, value, wanted)
    except (TypeError, ValueError, OverflowError) as error:
        raise ValueError(f"[{op}] value must fit dtype {wanted}, got {value!r}: {error}") from error


def _converted(op: str, sequence: Any, position: int, dtype: np.dtype[Any]) -> np.ndarray:
    try:
        return np.asarray(sequence, dtype)
    except (TypeError, ValueError, OverflowError) as error:
        raise ValueError(
            f"[{op}] sequences must hold elements of one shape that fit dtype {dtype}, got others at position "
            f"{position}: {error}"
        ) from error
