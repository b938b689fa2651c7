"""Recurrent layers over whole sequences, forward and backward, the gradient of their input included."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from workloads import Prepared
from workloads.memory_bound import prepared

BATCH, TIME = 64, 100


def prepare(lib: Any, kind: str, width: int, lengths: str = "dense") -> Prepared:
    """A layer of PyTorch's kinds, in the style that PyTorch and mushin share, as wide as its input.

    `lengths`: "dense", or "behind" and "in front", where samples of 1 to TIME steps are padded; "same" is a dense batch
    of as many steps as these have in all.
    """
    random = np.random.default_rng(0)
    layer = getattr(lib.nn, kind)(width, width)
    leaves = list(layer.parameters())
    with lib.no_grad():
        for parameter in leaves:
            values = (random.random(tuple(parameter.shape), np.float32) * 2 - 1) / np.float32(width**0.5)
            parameter.copy_(lib.from_numpy(values))
    counts = random.permutation(np.linspace(1, TIME, BATCH).round().astype(np.int64))
    time = int(counts.sum()) // BATCH if lengths == "same" else TIME
    x = lib.from_numpy(random.standard_normal((time, BATCH, width), np.float32))
    gradient = lib.from_numpy(random.standard_normal((time, BATCH, width), np.float32))
    mask = None
    if lengths in ("behind", "in front"):
        steps = np.arange(TIME)[None, :]
        before = TIME - counts[:, None] if lengths == "in front" else 0
        mask = (steps >= before) & (steps < before + counts[:, None])
    call = (lambda: layer(x)[0]) if mask is None else masked(layer, x, mask)
    return prepared(call, [x, *leaves], lambda y: gradient)


def masked(layer: Any, x: Any, mask: np.ndarray) -> Callable[[], Any]:
    """The layer's op on the steps of a mask: on either side, which PyTorch's packing does not know."""
    from mushin import ops
    from mushin.ops.recurrent import Way

    op = getattr(ops, type(layer).__name__.lower())
    return lambda: op(x, None, *layer.parameters(), way=Way(mask))[0]


def mushin(kind: str, width: int) -> Prepared:
    import mushin

    return prepare(mushin, kind, width)


def torch(kind: str, width: int) -> Prepared:
    import torch

    return prepare(torch, kind, width)


def of_lengths(lengths: str) -> Callable[..., Prepared]:
    """Several lengths in one batch, or as many steps without padding."""

    def prepare_lengths(kind: str, width: int) -> Prepared:
        import mushin

        return Prepared(prepare(mushin, kind, width, lengths).run)  # each computes other numbers

    return prepare_lengths


PREPARE: dict[str, Callable[..., Prepared]] = {
    "mushin": mushin,
    "torch": torch,
    "behind": of_lengths("behind"),
    "in_front": of_lengths("in front"),
    "same_steps": of_lengths("same"),
}
