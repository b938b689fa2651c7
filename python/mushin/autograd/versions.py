"""Versions: whether memory that a closure saved has been overwritten since.

A tensor and its views share one version, a list of three: the number of the latest in-place write, the array that it
wrote, and the extents of the earlier ones. Numbers count nodes and writes together, so that a larger one is later.
"""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np
from numpy.lib.array_utils import byte_bounds

Extent = tuple[int, int]  # first and end address

MOST_EXTENTS = 8  # of one version; then the nearest become one

creation = itertools.count(1)


def new_version() -> list[Any]:
    """The version of memory that nobody has written in place."""
    return [0, None, ()]


def raise_version(version: list[Any], array: np.ndarray) -> None:
    """Notes that an array of this version's memory has been written."""
    if version[1] is not array:
        let_go_of_array(version)
        version[1] = array
    version[0] = next(creation)


def raise_versions_again(versions: list[list[Any]]) -> None:
    """Notes that memory has been written once more where it was written before."""
    number = next(creation)
    for version in versions:
        version[0] = number


def let_go_of_array(version: list[Any]) -> None:
    """Keeps the extent of what was written in the place of the array."""
    version[2] = written_extents(version)
    version[1] = None


def written_extents(version: list[Any]) -> tuple[Extent, ...]:
    """The memory that in-place writes have touched."""
    extents: tuple[Extent, ...] = version[2]
    if version[1] is None or byte_bounds(version[1]) in extents:
        return extents
    return _few((*extents, byte_bounds(version[1])))


def _few(extents: tuple[Extent, ...]) -> tuple[Extent, ...]:
    """Not more than the most: the two with the smallest gap are joined."""
    if len(extents) <= MOST_EXTENTS:
        return extents
    ordered = sorted(extents)
    nearest = min(range(MOST_EXTENTS), key=lambda i: ordered[i + 1][0] - ordered[i][1])
    (low, high), (_, other_high) = ordered[nearest : nearest + 2]
    return (*ordered[:nearest], (low, max(high, other_high)), *ordered[nearest + 2 :])


def saved_in(closure: Any, extents: tuple[Extent, ...]) -> bool:
    """Whether an array that the closure holds lies in the memory."""
    return any(_lies_in(cell.cell_contents, extents) for cell in getattr(closure, "__closure__", None) or ())


def _lies_in(saved: Any, extents: tuple[Extent, ...]) -> bool:
    if isinstance(saved, np.ndarray):
        begin, end = byte_bounds(saved)
        return any(begin < high and low < end for low, high in extents)
    if isinstance(saved, (tuple, list)):
        return any(_lies_in(each, extents) for each in saved)
    return callable(saved) and saved_in(saved, extents)
