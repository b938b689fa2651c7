"""Versions: whether memory that a closure saved has been overwritten since.

A tensor and its views share one version, a list of four: the number of the latest in-place write, the array that it
wrote, and the extent of the earlier ones. Numbers count nodes and writes together, so that a larger one is later.
"""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
from numpy.lib.array_utils import byte_bounds

creation = itertools.count(1)


def new_version() -> list[Any]:
    """The version of memory that nobody has written in place."""
    return [0, None, 0, 0]


def raise_version(version: list[Any], array: np.ndarray) -> None:
    """Notes that an array of this version's memory has been written."""
    if version[1] is not array:
        if version[1] is not None:
            version[2:] = written_extent(version)
        version[1] = array
    version[0] = next(creation)


def raise_version_again(version: list[Any]) -> None:
    """Notes that memory has been written once more where it was written before."""
    version[0] = next(creation)


def let_go_of_array(version: list[Any]) -> None:
    """Keeps the extent of what was written in the place of the array."""
    if version[1] is not None:
        version[2:] = written_extent(version)
        version[1] = None


def written_extent(version: list[Any]) -> tuple[int, int]:
    """First and end address of all memory that in-place writes have touched."""
    if version[1] is None:
        return version[2], version[3]
    low, high = byte_bounds(version[1])
    return (min(low, version[2]), max(high, version[3])) if version[3] else (low, high)


def saved_in(closure: Any, low: int, high: int) -> bool:
    """Whether an array that the closure holds lies in the memory [low, high)."""
    return any(_lies_in(cell.cell_contents, low, high) for cell in getattr(closure, "__closure__", None) or ())


def _lies_in(saved: Any, low: int, high: int) -> bool:
    if isinstance(saved, np.ndarray):
        begin, end = byte_bounds(saved)
        return bool(begin < high and low < end)
    if isinstance(saved, (tuple, list)):
        return any(_lies_in(each, low, high) for each in saved)
    return callable(saved) and saved_in(saved, low, high)
