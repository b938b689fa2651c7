"""Keras' constraints: what a variable is replaced by after each of the optimizer's steps."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mushin import ops
from mushin.autograd import Tensor
from mushin.keras.arguments import Configured, number
from mushin.keras.numbers import EPSILON, norms
from mushin.keras.serialization import from_identifier
from mushin.ops.arrays import tensor_of


class Constraint(Configured):
    """Base of all constraints: called with a variable, in Keras' layout, one returns what is to take its place. A
    function does, too."""

    def __call__(self, w: Any) -> Tensor:
        raise NotImplementedError(f"[{type(self).__name__}] the constraint has no __call__()")


class MaxNorm(Constraint):
    """w min(norm, max_value) / (norm + 1e-7), where the norm is that along the axes.

    Args:
        max_value: the largest norm.
        axis: one axis, or a list of them: of a Dense kernel (in, out), 0 is for each unit's weights.

    Source: keras.constraints.MaxNorm.
    """

    def __init__(self, max_value: float = 2, axis: Any = 0) -> None:
        self.max_value = number("MaxNorm", "max_value", max_value)
        self.axis = axis

    def __call__(self, w: Any) -> Tensor:
        w = tensor_of(w)
        lengths = norms(w, self.axis)
        return ops.mul(w, ops.div(ops.clip(lengths, 0.0, self.max_value), ops.add(lengths, EPSILON)))


class NonNeg(Constraint):
    """max(w, 0).

    Source: keras.constraints.NonNeg.
    """

    def __call__(self, w: Any) -> Tensor:
        return ops.maximum(tensor_of(w), 0.0)


class UnitNorm(Constraint):
    """w / (norm + 1e-7).

    Args:
        axis: as MaxNorm's.

    Source: keras.constraints.UnitNorm.
    """

    def __init__(self, axis: Any = 0) -> None:
        self.axis = axis

    def __call__(self, w: Any) -> Tensor:
        w = tensor_of(w)
        return ops.div(w, ops.add(norms(w, self.axis), EPSILON))


class MinMaxNorm(Constraint):
    """w (rate limited + (1 - rate) norm) / (norm + 1e-7), where `limited` is the norm kept in [min_value, max_value].

    Args:
        min_value, max_value: of the norm.
        rate: how much of the way to there is gone in each step.
        axis: as MaxNorm's.

    Source: keras.constraints.MinMaxNorm.
    """

    def __init__(self, min_value: float = 0.0, max_value: float = 1.0, rate: float = 1.0, axis: Any = 0) -> None:
        self.min_value = number("MinMaxNorm", "min_value", min_value)
        self.max_value = number("MinMaxNorm", "max_value", max_value)
        self.rate = number("MinMaxNorm", "rate", rate)
        self.axis = axis

    def __call__(self, w: Any) -> Tensor:
        w = tensor_of(w)
        lengths = norms(w, self.axis)
        limited = ops.mul(ops.clip(lengths, self.min_value, self.max_value), self.rate)
        desired = ops.add(limited, ops.mul(lengths, 1.0 - self.rate))
        return ops.mul(w, ops.div(desired, ops.add(lengths, EPSILON)))


CONSTRAINTS: dict[str, type[Constraint]] = {
    "max_norm": MaxNorm,
    "MaxNorm": MaxNorm,
    "min_max_norm": MinMaxNorm,
    "MinMaxNorm": MinMaxNorm,
    "non_neg": NonNeg,
    "NonNeg": NonNeg,
    "unit_norm": UnitNorm,
    "UnitNorm": UnitNorm,
}

max_norm, min_max_norm, non_neg, unit_norm = MaxNorm, MinMaxNorm, NonNeg, UnitNorm


def get(identifier: Any) -> Callable[[Any], Any] | None:
    """A constraint from its name, class or configuration; a function or None as it is."""
    found: Callable[[Any], Any] | None = from_identifier("constraints", Constraint, CONSTRAINTS, identifier)
    return found
