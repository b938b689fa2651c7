"""Keras' regularizers: what a variable or an output adds to the loss."""

from __future__ import annotations

from collections.abc import Callable
from math import isfinite
from typing import Any

import numpy as np

from mushin import ops
from mushin.autograd import Tensor
from mushin.keras.arguments import Configured, number
from mushin.keras.numbers import of_unit_length
from mushin.keras.serialization import from_identifier
from mushin.ops.arrays import tensor_of


class Regularizer(Configured):
    """Base of all regularizers: called with a tensor, one returns a scalar. A function does, too.

    `is_of_elements` says that it does not matter in which order the tensor's elements lie.
    """

    is_of_elements = False

    def __call__(self, x: Any) -> Tensor:
        raise NotImplementedError(f"[{type(self).__name__}] the regularizer has no __call__()")


class L1L2(Regularizer):
    """l1 sum(|x|) + l2 sum(x^2).

    Args:
        l1, l2: factors, from 0 on.

    Source: keras.regularizers.L1L2.
    """

    is_of_elements = True

    def __init__(self, l1: float = 0.0, l2: float = 0.0) -> None:
        self.l1 = _factor("L1L2", "l1", l1)
        self.l2 = _factor("L1L2", "l2", l2)

    def __call__(self, x: Any) -> Tensor:
        x = tensor_of(x)
        return ops.add(_absolute_sum(x, self.l1), _square_sum(x, self.l2))


class L1(Regularizer):
    """l1 sum(|x|).

    Args:
        l1: a factor, from 0 on.

    Source: keras.regularizers.L1.
    """

    is_of_elements = True

    def __init__(self, l1: float = 0.01) -> None:
        self.l1 = _factor("L1", "l1", l1)

    def __call__(self, x: Any) -> Tensor:
        return _absolute_sum(tensor_of(x), self.l1)


class L2(Regularizer):
    """l2 sum(x^2).

    Args:
        l2: a factor, from 0 on.

    Source: keras.regularizers.L2.
    """

    is_of_elements = True

    def __init__(self, l2: float = 0.01) -> None:
        self.l2 = _factor("L2", "l2", l2)

    def __call__(self, x: Any) -> Tensor:
        return _square_sum(tensor_of(x), self.l2)


class OrthogonalRegularizer(Regularizer):
    """factor times the mean of |a . b| over all pairs of a matrix's rows, or columns, scaled to length 1.

    Args:
        factor: from 0 on.
        mode: "rows" or "columns".

    Raises:
        ValueError: another mode, or, when it is called, a tensor with other than two axes.

    Source: keras.regularizers.OrthogonalRegularizer.
    """

    def __init__(self, factor: float = 0.01, mode: str = "rows") -> None:
        self.factor = _factor("OrthogonalRegularizer", "factor", factor)
        if mode not in ("rows", "columns"):
            raise ValueError(f"[OrthogonalRegularizer] mode must be 'rows' or 'columns', got {mode!r}")
        self.mode = mode

    def __call__(self, x: Any) -> Tensor:
        x = tensor_of(x)
        if x.ndim != 2:
            raise ValueError(f"[OrthogonalRegularizer] x must have two axes, got shape {x.shape}")
        unit = of_unit_length(x if self.mode == "rows" else ops.transpose(x, 0, 1), 1)
        count = unit.shape[0]
        products = ops.matmul(unit, ops.transpose(unit, 0, 1))
        others = ops.mul(products, Tensor(1 - np.eye(count, dtype=x.dtype)))
        pairs = count * (count - 1) / 2
        return _absolute_sum(others, self.factor * 0.5 / pairs if pairs else 0.0)


def _absolute_sum(x: Tensor, factor: float) -> Tensor:
    return ops.mul(ops.sum(ops.abs(x)), factor)


def _square_sum(x: Tensor, factor: float) -> Tensor:
    return ops.mul(ops.sum(ops.square(x)), factor)


def _factor(owner: str, name: str, value: Any) -> float:
    given = 0.0 if value is None else number(owner, name, value)
    if not isfinite(given) or given < 0:
        raise ValueError(f"[{owner}] {name} must be a number from 0 on, got {value!r}")
    return given


REGULARIZERS: dict[str, type[Regularizer]] = {
    "l1": L1,
    "L1": L1,
    "l2": L2,
    "L2": L2,
    "l1l2": L1L2,
    "L1L2": L1L2,
    "orthogonal_regularizer": OrthogonalRegularizer,
    "OrthogonalRegularizer": OrthogonalRegularizer,
}

l1, l2, l1_l2, orthogonal_regularizer = L1, L2, L1L2, OrthogonalRegularizer


def get(identifier: Any) -> Callable[[Any], Any] | None:
    """A regularizer from its name, class or configuration; a function or None as it is."""
    found: Callable[[Any], Any] | None = from_identifier("regularizers", Regularizer, REGULARIZERS, identifier)
    return found
