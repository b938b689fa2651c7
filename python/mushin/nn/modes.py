"""Training and evaluation for one thread: a model may be evaluated in one while another trains it."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from mushin.nn.module import Module


class _HeldModes(threading.local):
    """Modes that only this thread sees, by a module's id."""

    def __init__(self) -> None:
        self.of: dict[int, bool] = {}


_held = _HeldModes()


@contextmanager
def training_mode(model: Module, training: bool) -> Iterator[None]:
    """For this thread, every module in training or evaluation; others see the modes that the modules were put in."""
    before = [(module, _held.of.get(id(module))) for module in model.modules() if module.training != training]
    for module, _ in before:
        hold(module, training)
    try:
        yield
    finally:
        for module, mode in before:
            hold(module, mode)


def mode_of(module: Module) -> bool:
    """Whether this thread sees the module in training."""
    return _held.of.get(id(module), module._training)


def hold(module: Module, mode: bool | None) -> None:
    """Lets this thread see a module in a mode, or in its own again."""
    held = _held.of.pop(id(module), None)
    if held is not None:
        module._training_switch.hold(held)
    if mode is not None:
        module._training_switch.hold(mode)
        _held.of[id(module)] = mode
