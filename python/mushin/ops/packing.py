"""Weights that are packed once for the many products of a `with` block."""

from __future__ import annotations

import threading
from collections.abc import Iterable
from typing import Any, NamedTuple

import numpy as np

from mushin import kernels
from mushin.autograd import NEW, Switch, Tensor, forbid_changes

# With fewer rows a product reads the weight where it lies in the same time, with fewer columns in less.
FEWEST_ROWS = 5
FEWEST_COLUMNS = 64

WIDEST_PANEL = 32  # columns; some instruction sets have narrower ones


class Packings:
    """Packed weights for one block at a time: the first product with a weight packs it, whether launched or replayed.

    They keep their memory from block to block, so that replays of a step that was recorded in one serve in later ones.
    """

    def __init__(self) -> None:
        self.versions: list[list[Any]] = []  # of the block's weights
        self._weights: dict[int, _Weight] = {}  # of the block, by their ids
        self._packed: dict[int, _Packed] = {}  # by the same ids
        self._block = np.zeros((), np.int64)  # its number
        self.switch = Switch()

    def begin(self, weights: Iterable[Tensor]) -> None:
        """Begins a block, in which this thread's linear layers use what is packed of these weights."""
        self._weights = {id(weight): _Weight(weight, weight._version, weight._version[0]) for weight in weights}
        kept = self._packed.items()
        self._packed = {i: p for i, p in kept if i in self._weights and p.array is self._weights[i].tensor.array}
        self._note_versions()
        self._block += 1
        in_thread.change([*in_thread.blocks, self])

    def end(self) -> None:
        """Ends the block, whichever others have begun since."""
        self._weights = {}
        self.versions = []
        in_thread.change([block for block in in_thread.blocks if block is not self])

    def _note_versions(self) -> None:
        self.versions = [weight.version for weight in self._weights.values()]

    def linear(self, rows: np.ndarray, weight: Tensor, bias: np.ndarray | None, activation: int) -> np.ndarray:
        """activation(rows weight^T + bias), as the gemm kernel."""
        array, known = weight.array, self._weights.get(id(weight))
        if known is None or len(rows) < FEWEST_ROWS or len(array) < FEWEST_COLUMNS:
            return kernels.gemm(NEW, rows, array.T, bias, activation)
        packed = self._packed.get(id(weight))
        if packed is None or packed.array is not array:
            packed = self._packed[id(weight)] = _packed_room(array)
        if known.version is not weight._version or known.number != weight._version[0]:
            self._weights[id(weight)] = _Weight(weight, weight._version, weight._version[0])
            packed.block[()] = 0
            if known.version is not weight._version:
                self._note_versions()
                in_thread.change(in_thread.blocks)
        return kernels.gemm_with_packing(NEW, packed.panels, packed.block, rows, array.T, bias, self._block, activation)


class _Weight(NamedTuple):
    tensor: Tensor
    version: list[Any]
    number: int  # of the version that is packed


class _Packed(NamedTuple):
    array: np.ndarray  # the weight's
    panels: np.ndarray
    block: np.ndarray  # the number of the one that it was packed in


def _packed_room(array: np.ndarray) -> _Packed:
    out_features, in_features = array.shape
    columns = -(-out_features // WIDEST_PANEL) * WIDEST_PANEL
    return _Packed(array, kernels.empty((in_features, columns), array.dtype, lasting=True), np.zeros((), np.int64))


class _InThread(threading.local):
    """The blocks that this thread is in; its linear layers ask the innermost."""

    def __init__(self) -> None:
        self.blocks: list[Packings] = []
        self.packings: Packings | None = None

    def change(self, blocks: list[Packings]) -> None:
        for packings in (self.packings, blocks[-1] if blocks else None):
            if packings is not None:
                packings.switch.hold(True)
        self.blocks = blocks
        self.packings = blocks[-1] if blocks else None
        forbid_changes(version for block in blocks for version in block.versions)


in_thread = _InThread()
