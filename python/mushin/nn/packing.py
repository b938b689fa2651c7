"""Weights packed for inference."""

from __future__ import annotations

import weakref

from mushin.autograd import forbid_while_recording
from mushin.nn.module import Module
from mushin.ops.packing import Packings, in_thread


class packed_weights:  # noqa: N801  a function to its users
    """A `with` block in which the weights of a model's linear layers are packed once for all products.

        with mushin.no_grad(), nn.utils.packed_weights(model):
            for batch in batches:
                logits = model(batch)

    For inference on many batches of some rows each: products of 5 to 48 rows gain most, those of more than 128 nothing
    to speak of; for fewer than about four batches packing costs more than it saves. Sums are made in another order, so
    that the last bits may differ from those outside of a block.

    The packed weights take as much memory as the weights, for every block that is open at once, as long as the model
    lives. Each block packs them anew. In any block weights must stay as they are: what optimizers and in-place ops
    change is noticed where layers run, but not in replays of compiled steps, and what NumPy writes in neither. In a
    block inside of a block, only the inner model's weights are packed.

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
        packings.begin(self._model.parameters())
        self._entered.append(packings)

    def __exit__(self, *_: object) -> None:
        of_thread = [packings for packings in self._entered if packings in in_thread.blocks]
        packings = (of_thread or self._entered)[-1]
        self._entered.remove(packings)
        packings.end()
        if of_thread:  # the thread that a block has begun in, if it is another, may still ask for these
            _free.setdefault(self._model, []).append(packings)


_free: weakref.WeakKeyDictionary[Module, list[Packings]] = weakref.WeakKeyDictionary()  # of models, in no block
