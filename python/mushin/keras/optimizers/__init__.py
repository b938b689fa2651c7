"""Keras' optimizers and learning-rate schedules."""

from typing import Any

from mushin.keras import serialization
from mushin.keras.optimizers import schedules
from mushin.keras.optimizers.base import Optimizer
from mushin.keras.optimizers.kinds import (
    SGD,
    Adadelta,
    Adafactor,
    Adagrad,
    Adam,
    Adamax,
    AdamW,
    Lion,
    Nadam,
    RMSprop,
)

__all__ = [
    "SGD",
    "Adadelta",
    "Adafactor",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "Lion",
    "Nadam",
    "Optimizer",
    "RMSprop",
    "get",
    "schedules",
]

_KINDS = (SGD, RMSprop, Adam, AdamW, Adadelta, Adagrad, Adamax, Nadam, Adafactor, Lion)
OPTIMIZERS: dict[str, type[Any]] = {kind.__name__.lower(): kind for kind in _KINDS}


def get(identifier: Any) -> Optimizer:
    """An optimizer from its name or configuration, or the optimizer itself."""
    if isinstance(identifier, dict):
        identifier = serialization.deserialize(identifier)
    if isinstance(identifier, Optimizer):
        return identifier
    if not isinstance(identifier, str) or identifier.lower() not in OPTIMIZERS:
        raise ValueError(
            f"[compile] optimizer must be an Optimizer or one of {', '.join(OPTIMIZERS)}, got {identifier!r}"
        )
    return OPTIMIZERS[identifier.lower()]()  # type: ignore[no-any-return]
