"""Which rows of a leaf's gradient may hold other numbers than zeros.

The gradient of a table of vectors is an ordinary array, but a batch touches few of its rows. An op that adds to single
rows lists them, and the next time that it overwrites the array it clears only those. The list is of one array, at the
leaf's home, and is forgotten as soon as that array is handed to anybody else, who may write it anywhere: to another op
of the tape, to whoever clips, to whoever reads `grad`. Forgetting is a launch, which replays repeat in its place.
"""

from __future__ import annotations

import weakref
from typing import TYPE_CHECKING, Any

import numpy as np

from mushin import kernels
from mushin.autograd.trace import configuration_changed

if TYPE_CHECKING:
    from mushin.autograd.tensor import Tensor

_UNKNOWN = np.array(-1)


class TouchedRows:
    """The list: the first `count` of `rows` (vocabulary,) int64; any row, if the count is below 0."""

    __slots__ = ("_home", "count", "rows")

    def __init__(self, vocabulary: int) -> None:
        self.rows = np.zeros(vocabulary, np.int64)
        self.count = np.array(-1)
        self._home: Any = None

    def is_of(self, array: np.ndarray) -> bool:
        return self._home is not None and self._home() is array

    def forget(self) -> None:
        """Somebody may write any row."""
        kernels.copy(self.count, _UNKNOWN)

    def of(self, home: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
        """Rows and count as the kernel takes them: of this array, and no other that was the leaf's home before."""
        if not self.is_of(home):
            self.forget()
            self._home = weakref.ref(home)
        return self.rows, self.count


def list_touched_rows(leaf: Tensor) -> None:
    """Lists which rows of a leaf's gradient are touched from now on."""
    if leaf._touched is not None and len(leaf._touched.rows) == len(leaf.array):
        return
    leaf._touched = TouchedRows(len(leaf.array))
    if leaf._home is not None:
        configuration_changed()  # a step that was recorded without the list may write the gradient


def touched_rows(leaf: Tensor | None, target: Any) -> tuple[np.ndarray | None, np.ndarray | None]:
    """What tells the kernel that brings a gradient to `target` which rows are touched; nothing, unless that is at the
    leaf's home."""
    if leaf is None or leaf._touched is None:
        return None, None
    if (target[0] if type(target) is tuple else target) is leaf._home:
        return leaf._touched.of(leaf._home)
    leaf._touched.forget()  # what is made elsewhere may yet be copied there
    return None, None


def rows_of_gradient(leaf: Tensor) -> tuple[np.ndarray | None, np.ndarray | None]:
    """Rows and count of a leaf's gradient, for a kernel that reads it; nothing if they are not known."""
    listed = leaf._touched
    if listed is None or leaf._grad is None or not listed.is_of(leaf._grad):
        return None, None
    return listed.rows, listed.count
