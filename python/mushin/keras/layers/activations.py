"""Activations with options, as layers."""

from __future__ import annotations

from typing import Any

from mushin import nn, ops
from mushin.keras import activations, constraints, initializers, regularizers
from mushin.keras.arguments import number
from mushin.keras.layers.layer import Layer
from mushin.ops.arrays import distinct_axes, integer, normalized_axis


class ReLU(Layer):
    """x above the threshold, negative_slope (x - threshold) up to it, and no more than max_value.

    Args:
        max_value: not negative; None for no limit.
        negative_slope, threshold: not negative.
        options: as Layer's.
    """

    keeps_shape = True
    supports_masking = True

    def __init__(
        self, max_value: float | None = None, negative_slope: float = 0.0, threshold: float = 0.0, **options: Any
    ) -> None:
        super().__init__(**options)
        self.max_value = None if max_value is None else _not_negative(self.name, "max_value", max_value)
        self.negative_slope = _not_negative(self.name, "negative_slope", negative_slope)
        self.threshold = _not_negative(self.name, "threshold", threshold)

    def build(self, input_shape: Any) -> None:
        plain = self.max_value is None and self.negative_slope == 0.0 and self.threshold == 0.0
        self.modules = [nn.ReLU() if plain else _Options(self)]


class _Options(nn.Module):
    """A ReLU with limits."""

    def __init__(self, layer: ReLU) -> None:
        super().__init__()
        self.options = (layer.negative_slope, layer.max_value, layer.threshold)

    def forward(self, x: Any) -> Any:
        return activations.relu(x, *self.options)


class LeakyReLU(Layer):
    """x above 0, negative_slope x below.

    Args:
        negative_slope: not negative.
        options: as Layer's.
    """

    keeps_shape = True
    supports_masking = True

    def __init__(self, negative_slope: float = 0.3, **options: Any) -> None:
        super().__init__(**options)
        self.negative_slope = _not_negative(self.name, "negative_slope", negative_slope)

    def call(self, inputs: Any) -> Any:
        return activations.leaky_relu(inputs, self.negative_slope)


class PReLU(Layer):
    """x above 0, alpha x below, with an alpha for each element of a sample that is trained.

    Args:
        alpha_initializer: a name or object, as `keras.initializers` has them.
        alpha_regularizer: a name or object, as `keras.regularizers` has them, or a function.
        alpha_constraint: a name or object, as `keras.constraints` has them, or a function.
        shared_axes: axes, numbered with the batch's as 0, along which one alpha is shared.
        options: as Layer's.
    """

    keeps_shape = True
    supports_masking = True

    def __init__(
        self,
        alpha_initializer: Any = "zeros",
        alpha_regularizer: Any = None,
        alpha_constraint: Any = None,
        shared_axes: Any = None,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.alpha_initializer = initializers.get(alpha_initializer)
        self.alpha_regularizer = regularizers.get(alpha_regularizer)
        self.alpha_constraint = constraints.get(alpha_constraint)
        shared = [shared_axes] if isinstance(shared_axes, int) else shared_axes
        self.shared_axes = None if shared is None else [integer(self.name, "shared_axes", a) for a in shared]

    def build(self, input_shape: Any) -> None:
        shared = distinct_axes(self.name, self.shared_axes or [], len(input_shape))
        shape = tuple(1 if i in shared else n for i, n in enumerate(input_shape))[1:]
        if None in shape:
            raise ValueError(f"[{self.name}] shared_axes must name the axes of unknown length of {tuple(input_shape)}")
        self.alpha = self.add_weight(
            shape, self.alpha_initializer, None, True, self.alpha_regularizer, self.alpha_constraint, "alpha"
        )

    def call(self, inputs: Any) -> Any:
        return ops.add(ops.relu(inputs), ops.mul(self.alpha, ops.minimum(inputs, 0.0)))


class ELU(Layer):
    """x above 0, alpha (exp(x) - 1) below.

    Args:
        alpha: where it ends for large negative numbers, with the sign turned.
        options: as Layer's.
    """

    keeps_shape = True
    supports_masking = True

    def __init__(self, alpha: float = 1.0, **options: Any) -> None:
        super().__init__(**options)
        self.alpha = number(self.name, "alpha", alpha)

    def call(self, inputs: Any) -> Any:
        return activations.elu(inputs, self.alpha)


class Softmax(Layer):
    """exp(x_i) / sum over j of exp(x_j), along an axis.

    Args:
        axis: the axis.
        options: as Layer's.
    """

    keeps_shape = True
    supports_masking = True

    def __init__(self, axis: int = -1, **options: Any) -> None:
        super().__init__(**options)
        self.axis = integer(self.name, "axis", axis)

    def build(self, input_shape: Any) -> None:
        axis = normalized_axis(self.name, self.axis, len(input_shape))
        self.modules = [nn.Softmax(dim=-1 if axis == len(input_shape) - 1 else self.axis)]


def _not_negative(layer: str, name: str, value: Any) -> float:
    checked = number(layer, name, value)
    if checked < 0:
        raise ValueError(f"[{layer}] {name} must not be negative, got {value}")
    return checked
