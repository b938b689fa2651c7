"""Shapes and weights as layers are given them."""

from __future__ import annotations

from typing import Any

import numpy as np

from mushin.keras.arguments import sequence
from mushin.keras.samples import numeric
from mushin.ops.arrays import integer


def shape_of_sample(layer: str, shape: Any, name: str = "input_shape") -> tuple[int | None, ...]:
    """Lengths, where None stands for one that may change."""
    sizes = [shape] if isinstance(shape, (int, np.integer)) else sequence(layer, name, shape)
    if not all(n is None or (isinstance(n, (int, np.integer)) and n > 0) for n in sizes):
        raise ValueError(f"[{layer}] {name} must hold positive integers, got {shape}")
    return tuple(None if n is None else int(n) for n in sizes)


def axes_of(layer: str, axis: Any) -> list[int] | int:
    """An axis, or several, as they are kept."""
    if isinstance(axis, (list, tuple)):
        return [integer(layer, "axis", each) for each in axis]
    return integer(layer, "axis", axis)


def batch_shape_of(name: str, input_shape: Any) -> tuple[int | None, ...]:
    """(None, 4) of (7, 4)."""
    if not isinstance(input_shape, (tuple, list)) or not input_shape:
        raise ValueError(f"[{name}] input_shape must be a tuple (batch, ...), got {input_shape}")
    return (None, *shape_of_sample(name, input_shape[1:]))


def fits(shape: tuple[int | None, ...], expected: tuple[Any, ...]) -> bool:
    """Whether a shape has the expected lengths; None stands for any, `...` at the beginning for any number of them."""
    if expected[:1] == (...,):
        expected = expected[1:]
        shape = shape[max(len(shape) - len(expected), 0) :]
    return len(shape) == len(expected) and all(n in (m, None) or m is None for m, n in zip(expected, shape))


def arrays_like(owner: str, present: list[np.ndarray], weights: Any) -> list[np.ndarray]:
    """Weights as arrays, of the shapes of the present ones."""
    arrays = [numeric(owner, "weights", w) for w in sequence(owner, "weights", weights)]
    expected, got = [w.shape for w in present], [w.shape for w in arrays]
    if got != expected:
        raise ValueError(f"[{owner}] weights must have shapes {expected}, got {got}")
    return arrays
