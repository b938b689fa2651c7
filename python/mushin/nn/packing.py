"""Weights packed for inference."""

from __future__ import annotations

import weakref

from mushin.autograd import forbid_while_recording
from mushin.nn.module import Module
from mushin.ops.packing import Packings


class packed_weights:  # noqa: N801  a function to its users
    """A `with` block in which the weights of a model's linear layers are packed once for all products.

        with mushin.no_grad(), nn.utils.packed_weights(model):
            for batch in batches:
                logits = model(batch)

    For inference on many batches of some rows each: products of 5 to 48 rows take two thirds to nine tenths of their
    time, those of 128 and more about as long as without, and few batches do not pay for packing. Sums are made in
    another order, so that the last bits may differ from those outside of a block.

    The packed weights take as much memory as the weights, as long as the model lives. Each block packs them anew. In a
    block weights must stay as they are: what optimizers and in-place ops change is noticed where layers run, but not in
    replays of compiled steps, and what NumPy writes in neither.

    Args:
        model: whose parameters are the weights.

    Raises:
        TypeError: a model that is no module.
        RecordingError: a block begins in a step that is being recorded.
    """

    def __init__(self, model: Module) -> None:
        if not isinstance(model, Module):
            raise TypeError(f"[packed_weights] model must be a module, got {type(model).__name__}")
        self._model = model
        self._entered: list[Packings] = []

    def __enter__(self) -> None:
        forbid_while_recording("packed_weights", "a block cannot begin")
        free = _free.setdefault(self._model, [])
        packings = free.pop() if free else Packings()
        self._entered.append(packings)
        packings.begin(self._model.parameters())

    def __exit__(self, *_: object) -> None:
        packings = self._entered.pop()
        packings.end()
        _free.setdefault(self._model, []).append(packings)


_free: weakref.WeakKeyDictionary[Module, list[Packings]] = weakref.WeakKeyDictionary()  # of models, in no block
