"""Layers that bring numbers to a scale."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from mushin import ops
from mushin.autograd import Tensor
from mushin.keras import initializers
from mushin.keras.arguments import flag, number
from mushin.keras.layers.layer import Layer
from mushin.keras.samples import numeric
from mushin.ops.arrays import distinct_axes, integer


def of_unit_length(x: Any, axes: tuple[int, ...], least: float = 1e-12) -> Tensor:
    """x divided by its norm over the axes, which counts as `least` if it is less."""
    squares = ops.maximum(ops.sum(ops.mul(x, x), axes, True), least * least)
    return ops.mul(x, ops.exp(ops.mul(ops.log(squares), -0.5)))


def _axes_of(layer: str, axis: Any) -> list[int] | int:
    """An axis or a list of axes as they are kept."""
    if isinstance(axis, (list, tuple)):
        return [integer(layer, "axis", each) for each in axis]
    return integer(layer, "axis", axis)


def _last_lengths(layer: str, axis: list[int] | int, input_shape: Any) -> tuple[int, ...]:
    """The lengths of the axes that are normalized together, which must be the last ones."""
    axes = sorted(distinct_axes(layer, axis, len(input_shape)))
    if not axes or axes != list(range(axes[0], len(input_shape))) or 0 in axes:
        raise ValueError(f"[{layer}] axis must be the last axes, not the batch's, got {axis}")
    lengths = tuple(input_shape[a] for a in axes)
    if None in lengths:
        raise ValueError(f"[{layer}] input must have axes of known length, got {tuple(input_shape)}")
    return lengths


class LayerNormalization(Layer):
    """y = (x - mean) / sqrt(variance + epsilon) gamma + beta, with mean and variance of each sample's last axes.

    Args:
        axis: the axes that are normalized together: the last one, or all from some axis on.
        epsilon: added to the variance.
        center, scale: whether there is a beta, and a gamma.
        beta_initializer, gamma_initializer: names or objects, as `keras.initializers` has them.
        beta_regularizer, gamma_regularizer: from the variable to a penalty.
        beta_constraint, gamma_constraint: from the variable to what it is replaced by after every step.
        options: as Layer's.
    """

    keeps_shape = True

    def __init__(
        self,
        axis: Any = -1,
        epsilon: float = 1e-3,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        beta_regularizer: Any = None,
        gamma_regularizer: Any = None,
        beta_constraint: Any = None,
        gamma_constraint: Any = None,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.axis = _axes_of(self.name, axis)
        self.epsilon = number(self.name, "epsilon", epsilon)
        self.center, self.scale = flag(self.name, "center", center), flag(self.name, "scale", scale)
        self.beta_initializer = initializers.get(beta_initializer)
        self.gamma_initializer = initializers.get(gamma_initializer)
        self.beta_regularizer, self.gamma_regularizer = beta_regularizer, gamma_regularizer
        self.beta_constraint, self.gamma_constraint = beta_constraint, gamma_constraint

    def build(self, input_shape: Any) -> None:
        lengths = _last_lengths(self.name, self.axis, input_shape)
        gamma = beta = None
        if self.scale:
            gamma = self.add_weight(
                lengths, self.gamma_initializer, None, True, self.gamma_regularizer, self.gamma_constraint, "gamma"
            )
        if self.center:
            beta = self.add_weight(
                lengths, self.beta_initializer, None, True, self.beta_regularizer, self.beta_constraint, "beta"
            )
        self._gamma, self._beta, self._lengths = gamma, beta, lengths
        self.expected_shape = (..., *lengths)

    def call(self, inputs: Any) -> Any:
        return ops.layer_norm(inputs, self._lengths, self._gamma, self._beta, self.epsilon)


class RMSNormalization(Layer):
    """y = x / sqrt(mean of x^2 + epsilon) scale, with the mean of each sample's last axes.

    Args:
        axis: the axes that are normalized together: the last one, or all from some axis on.
        epsilon: added to the mean square.
        options: as Layer's.
    """

    keeps_shape = True

    def __init__(self, axis: Any = -1, epsilon: float = 1e-6, **options: Any) -> None:
        super().__init__(**options)
        self.axis = _axes_of(self.name, axis)
        self.epsilon = number(self.name, "epsilon", epsilon)

    def build(self, input_shape: Any) -> None:
        self._lengths = _last_lengths(self.name, self.axis, input_shape)
        self.scale = self.add_weight(self._lengths, "ones", name="scale")
        self.expected_shape = (..., *self._lengths)

    def call(self, inputs: Any) -> Any:
        return ops.rms_norm(inputs, self._lengths, self.scale, self.epsilon)


class BatchNormalization(Layer):
    """y = (x - mean) / sqrt(variance + epsilon) gamma + beta, with mean and variance of each channel over the batch.

    In training they are those of the batch, and the moving ones go towards them: moving = momentum moving +
    (1 - momentum) batch's. In evaluation, and if the layer is not trainable, they are the moving ones.

    Args:
        axis: of the channels.
        momentum: of the moving mean and variance.
        epsilon: added to the variance.
        center, scale: whether there is a beta, and a gamma.
        beta_initializer, gamma_initializer, moving_mean_initializer, moving_variance_initializer: names or objects, as
            `keras.initializers` has them.
        beta_regularizer, gamma_regularizer: from the variable to a penalty.
        beta_constraint, gamma_constraint: from the variable to what it is replaced by after every step.
        options: as Layer's.
    """

    keeps_shape = True

    def __init__(
        self,
        axis: int = -1,
        momentum: float = 0.99,
        epsilon: float = 1e-3,
        center: bool = True,
        scale: bool = True,
        beta_initializer: Any = "zeros",
        gamma_initializer: Any = "ones",
        moving_mean_initializer: Any = "zeros",
        moving_variance_initializer: Any = "ones",
        beta_regularizer: Any = None,
        gamma_regularizer: Any = None,
        beta_constraint: Any = None,
        gamma_constraint: Any = None,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.axis = integer(self.name, "axis", axis)
        self.momentum = number(self.name, "momentum", momentum)
        self.epsilon = number(self.name, "epsilon", epsilon)
        self.center, self.scale = flag(self.name, "center", center), flag(self.name, "scale", scale)
        self.beta_initializer = initializers.get(beta_initializer)
        self.gamma_initializer = initializers.get(gamma_initializer)
        self.moving_mean_initializer = initializers.get(moving_mean_initializer)
        self.moving_variance_initializer = initializers.get(moving_variance_initializer)
        self.beta_regularizer, self.gamma_regularizer = beta_regularizer, gamma_regularizer
        self.beta_constraint, self.gamma_constraint = beta_constraint, gamma_constraint

    def build(self, input_shape: Any) -> None:
        axes = len(input_shape)
        if not -axes <= self.axis < axes or self.axis % axes == 0:
            raise ValueError(
                f"[{self.name}] axis must name an axis of the input, not the batch's, got {self.axis} for an input of "
                f"shape {tuple(input_shape)}"
            )
        channels = input_shape[self.axis]
        if channels is None:
            raise ValueError(f"[{self.name}] input must have channels of known length, got {tuple(input_shape)}")
        self.gamma = self.beta = None
        if self.scale:
            self.gamma = self.add_weight(
                channels, self.gamma_initializer, None, True, self.gamma_regularizer, self.gamma_constraint, "gamma"
            )
        if self.center:
            self.beta = self.add_weight(
                channels, self.beta_initializer, None, True, self.beta_regularizer, self.beta_constraint, "beta"
            )
        self.moving_mean = self.add_weight(channels, self.moving_mean_initializer, None, False, name="moving_mean")
        self.moving_variance = self.add_weight(
            channels, self.moving_variance_initializer, None, False, name="moving_variance"
        )
        place = self.axis % axes
        self.expected_shape = tuple(channels if i == place else None for i in range(axes))

    def call(self, inputs: Any, training: bool = False) -> Any:
        return ops.batch_norm(
            inputs,
            self.moving_mean,
            self.moving_variance,
            self.gamma,
            self.beta,
            training and self.trainable,
            1 - self.momentum,
            self.epsilon,
            axis=self.axis,
            correction=0,
        )


class UnitNormalization(Layer):
    """x divided by its norm over an axis, or over several together.

    Args:
        axis: the axis, or a list of axes.
        options: as Layer's.
    """

    keeps_shape = True

    def __init__(self, axis: Any = -1, **options: Any) -> None:
        super().__init__(**options)
        self.axis = _axes_of(self.name, axis)

    def call(self, inputs: Any) -> Any:
        return of_unit_length(inputs, tuple(self.axis) if isinstance(self.axis, list) else (self.axis,))


class Rescaling(Layer):
    """y = x scale + offset.

    Args:
        scale, offset: numbers, or lists that are broadcast to the last axes.
        options: as Layer's.
    """

    def __init__(self, scale: Any, offset: Any = 0.0, **options: Any) -> None:
        super().__init__(**options)
        self.scale, self.offset = scale, offset
        self._scale, self._offset = (
            Tensor(np.asarray(numeric(self.name, name, value), np.float32))
            for name, value in (("scale", scale), ("offset", offset))
        )

    def call(self, inputs: Any) -> Any:
        return ops.add(ops.mul(inputs, self._scale), self._offset)


class Normalization(Layer):
    """y = (x - mean) / sqrt(variance), with numbers that are given or that `adapt` finds in data; not trained.

    Args:
        axis: the axes that have a mean and variance of their own; None for one of all numbers.
        mean, variance: numbers, or lists that are broadcast to these axes; both or neither.
        invert: compute x sqrt(variance) + mean.
        options: as Layer's.
    """

    keeps_shape = True

    def __init__(
        self, axis: Any = -1, mean: Any = None, variance: Any = None, invert: bool = False, **options: Any
    ) -> None:
        super().__init__(**options)
        self.axis = None if axis is None else _axes_of(self.name, axis)
        if (mean is None) != (variance is None):
            raise ValueError(f"[{self.name}] mean and variance must both be given, got {mean} and {variance}")
        self.invert = flag(self.name, "invert", invert)
        self.mean, self.variance = mean, variance

    def _kept(self, axes: int) -> list[int]:
        return sorted(distinct_axes(self.name, [] if self.axis is None else self.axis, axes))

    def build(self, input_shape: Any) -> None:
        kept = self._kept(len(input_shape))
        lengths = tuple(input_shape[a] for a in kept)
        if None in lengths or 0 in kept:
            raise ValueError(f"[{self.name}] axis must name axes of known length, not the batch's, got {self.axis}")
        self._broadcast = tuple(n if i in kept else 1 for i, n in enumerate(input_shape))
        if self.mean is None:
            self._mean = self.add_weight(lengths, "zeros", None, False, name="mean")
            self._variance = self.add_weight(lengths, "ones", None, False, name="variance")
            self._count = self.add_weight((), "zeros", None, False, name="count")
        else:
            self._mean, self._variance = (
                Tensor(np.broadcast_to(np.asarray(numeric(self.name, name, value), np.float32), lengths))
                for name, value in (("mean", self.mean), ("variance", self.variance))
            )

    def adapt(self, data: Any) -> None:
        """Takes mean and variance from data, (n, ...); what was found before is forgotten."""
        if self.mean is not None:
            raise ValueError(f"[{self.name}] mean and variance were given: there is nothing to adapt")
        array = numeric(self.name, "data", data)
        if array.size == 0 or array.ndim == 0:
            raise ValueError(f"[{self.name}] data must hold at least one sample, got shape {array.shape}")
        self.build((None, *array.shape[1:]))
        kept = self._kept(array.ndim)
        others = tuple(i for i in range(array.ndim) if i not in kept)
        self._mean.data.copy_(np.asarray(array.mean(others, np.float64), np.float32))
        self._variance.data.copy_(np.asarray(array.var(others, np.float64), np.float32))
        self._count.data.copy_(np.float32(array.size // max(prod(self._broadcast[a] or 1 for a in kept), 1)))

    def call(self, inputs: Any) -> Any:
        mean, variance = (ops.reshape(x, self._broadcast_here()) for x in (self._mean, self._variance))
        deviation = ops.exp(ops.mul(ops.log(ops.maximum(variance, 1e-14)), 0.5))  # Keras' least deviation is 1e-7
        if self.invert:
            return ops.add(ops.mul(inputs, deviation), mean)
        return ops.div(ops.sub(inputs, mean), deviation)

    def _broadcast_here(self) -> tuple[int, ...]:
        return tuple(1 if n is None else n for n in self._broadcast)
