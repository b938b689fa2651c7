"""What modules add to the loss while a model is called: penalties on activations."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager

from mushin.autograd import Tensor


class _Collected(threading.local):
    """Of this thread: what has been added in each of the open blocks."""

    def __init__(self) -> None:
        self.blocks: list[list[Tensor]] = []


_collected = _Collected()


@contextmanager
def collected_penalties() -> Iterator[list[Tensor]]:
    """A block whose list gets what modules called in it add."""
    penalties: list[Tensor] = []
    _collected.blocks.append(penalties)
    try:
        yield penalties
    finally:
        _collected.blocks.pop()


def add_penalty(penalty: Tensor) -> None:
    """Adds a scalar to the loss of the step that calls the model; outside of one it is nobody's."""
    if _collected.blocks:
        _collected.blocks[-1].append(penalty)
