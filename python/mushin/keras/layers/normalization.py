"""Layers that bring numbers to a scale of their own."""

from __future__ import annotations

from typing import Any

from mushin import ops
from mushin.autograd import Tensor
from mushin.keras import constraints, initializers, regularizers
from mushin.keras.arguments import flag, number
from mushin.keras.layers.layer import Layer
from mushin.keras.layers.shapes import axes_of
from mushin.keras.numbers import of_unit_length
from mushin.ops.arrays import distinct_axes, integer


class _Affine(Layer):
    """Base of layers whose last step is y = x gamma + beta; the arguments are LayerNormalization's."""

    keeps_shape = True
    supports_masking = True

    def __init__(
        self,
        epsilon: float,
        center: bool,
        scale: bool,
        beta_initializer: Any,
        gamma_initializer: Any,
        beta_regularizer: Any,
        gamma_regularizer: Any,
        beta_constraint: Any,
        gamma_constraint: Any,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.epsilon = number(self.name, "epsilon", epsilon)
        self.center, self.scale = flag(self.name, "center", center), flag(self.name, "scale", scale)
        self.beta_initializer = initializers.get(beta_initializer)
        self.gamma_initializer = initializers.get(gamma_initializer)
        self.beta_regularizer = regularizers.get(beta_regularizer)
        self.gamma_regularizer = regularizers.get(gamma_regularizer)
        self.beta_constraint = constraints.get(beta_constraint)
        self.gamma_constraint = constraints.get(gamma_constraint)
        self.gamma: Tensor | None = None
        self.beta: Tensor | None = None

    def _add_gamma_and_beta(self, shape: tuple[int, ...]) -> None:
        if self.scale:
            self.gamma = self.add_weight(
                shape, self.gamma_initializer, None, True, self.gamma_regularizer, self.gamma_constraint, "gamma"
            )
        if self.center:
            self.beta = self.add_weight(
                shape, self.beta_initializer, None, True, self.beta_regularizer, self.beta_constraint, "beta"
            )


class _OfChannels(_Affine):
    """Base of layers with a gamma and a beta for each channel."""

    axis: int

    def _add_channels(self, input_shape: Any) -> int:
        """Makes gamma and beta; returns how many channels there are."""
        axes = len(input_shape)
        if not -axes <= self.axis < axes or self.axis % axes == 0:
            raise ValueError(
                f"[{self.name}] axis must name an axis of the input, not the batch's, got {self.axis} for an input of "
                f"shape {tuple(input_shape)}"
            )
        channels = input_shape[self.axis]
        if channels is None:
            raise ValueError(f"[{self.name}] input must have channels of known length, got {tuple(input_shape)}")
        self._add_gamma_and_beta((channels,))
        self.expected_shape = tuple(channels if i == self.axis % axes else None for i in range(axes))
        return int(channels)


def _last_lengths(layer: str, axis: list[int] | int, input_shape: Any) -> tuple[int, ...]:
    """The lengths of the axes that are normalized together, which must be the last ones."""
    axes = sorted(distinct_axes(layer, axis, len(input_shape)))
    if not axes or axes != list(range(axes[0], len(input_shape))) or 0 in axes:
        raise ValueError(f"[{layer}] axis must be the last axes, not the batch's, got {axis}")
    lengths = tuple(input_shape[a] for a in axes)
    if None in lengths:
        raise ValueError(f"[{layer}] input must have axes of known length, got {tuple(input_shape)}")
    return lengths


class LayerNormalization(_Affine):
    """y = (x - mean) / sqrt(variance + epsilon) gamma + beta, with mean and variance of each sample's last axes.

    Args:
        axis: the axes that are normalized together: the last one, or all from some axis on.
        epsilon: added to the variance.
        center, scale: whether there is a beta, and a gamma.
        beta_initializer, gamma_initializer: names or objects, as `keras.initializers` has them.
        beta_regularizer, gamma_regularizer: names or objects, as `keras.regularizers` has them, or functions.
        beta_constraint, gamma_constraint: names or objects, as `keras.constraints` has them, or functions.
        options: as Layer's.
    """

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
        super().__init__(
            epsilon,
            center,
            scale,
            beta_initializer,
            gamma_initializer,
            beta_regularizer,
            gamma_regularizer,
            beta_constraint,
            gamma_constraint,
            **options,
        )
        self.axis = axes_of(self.name, axis)

    def build(self, input_shape: Any) -> None:
        self._lengths = _last_lengths(self.name, self.axis, input_shape)
        self._add_gamma_and_beta(self._lengths)
        self.expected_shape = (..., *self._lengths)

    def call(self, inputs: Any) -> Any:
        return ops.layer_norm(inputs, self._lengths, self.gamma, self.beta, self.epsilon)


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
        self.axis = axes_of(self.name, axis)
        self.epsilon = number(self.name, "epsilon", epsilon)

    def build(self, input_shape: Any) -> None:
        self._lengths = _last_lengths(self.name, self.axis, input_shape)
        self.scale = self.add_weight(self._lengths, "ones", name="scale")
        self.expected_shape = (..., *self._lengths)

    def call(self, inputs: Any) -> Any:
        return ops.rms_norm(inputs, self._lengths, self.scale, self.epsilon)


class BatchNormalization(_OfChannels):
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
        beta_regularizer, gamma_regularizer: names or objects, as `keras.regularizers` has them, or functions.
        beta_constraint, gamma_constraint: names or objects, as `keras.constraints` has them, or functions.
        options: as Layer's.
    """

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
        super().__init__(
            epsilon,
            center,
            scale,
            beta_initializer,
            gamma_initializer,
            beta_regularizer,
            gamma_regularizer,
            beta_constraint,
            gamma_constraint,
            **options,
        )
        self.axis = integer(self.name, "axis", axis)
        self.momentum = number(self.name, "momentum", momentum)
        self.moving_mean_initializer = initializers.get(moving_mean_initializer)
        self.moving_variance_initializer = initializers.get(moving_variance_initializer)

    def build(self, input_shape: Any) -> None:
        channels = self._add_channels(input_shape)
        self.moving_mean = self.add_weight(channels, self.moving_mean_initializer, None, False, name="moving_mean")
        self.moving_variance = self.add_weight(
            channels, self.moving_variance_initializer, None, False, name="moving_variance"
        )

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


class GroupNormalization(_OfChannels):
    """y = (x - mean) / sqrt(variance + epsilon) gamma + beta, with those of each sample's groups of channels.

    Args:
        groups: into how many groups of neighbours the channels are divided; -1 for one of each channel.
        axis: of the channels.
        epsilon: added to the variance.
        center, scale: whether there is a beta, and a gamma; one number for each channel.
        beta_initializer, gamma_initializer: names or objects, as `keras.initializers` has them.
        beta_regularizer, gamma_regularizer: names or objects, as `keras.regularizers` has them, or functions.
        beta_constraint, gamma_constraint: names or objects, as `keras.constraints` has them, or functions.
        options: as Layer's.

    Source: Wu and He 2018; keras.layers.GroupNormalization.
    """

    def __init__(
        self,
        groups: int = 32,
        axis: int = -1,
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
        super().__init__(
            epsilon,
            center,
            scale,
            beta_initializer,
            gamma_initializer,
            beta_regularizer,
            gamma_regularizer,
            beta_constraint,
            gamma_constraint,
            **options,
        )
        self.groups, self.axis = integer(self.name, "groups", groups), integer(self.name, "axis", axis)
        if self.groups < 1 and self.groups != -1:
            raise ValueError(f"[{self.name}] groups must be a positive integer or -1, got {groups}")

    def build(self, input_shape: Any) -> None:
        channels = self._add_channels(input_shape)
        self._count = channels if self.groups == -1 else self.groups
        if channels % self._count:
            raise ValueError(f"[{self.name}] groups must divide the {channels} channels, got {self.groups}")

    def call(self, inputs: Any) -> Any:
        x = ops.movedim(inputs, self.axis, 1)
        return ops.movedim(ops.group_norm(x, self._count, self.gamma, self.beta, self.epsilon), 1, self.axis)


class UnitNormalization(Layer):
    """x divided by its norm over an axis, or over several together.

    Args:
        axis: the axis, or a list of axes.
        options: as Layer's.
    """

    keeps_shape = True
    supports_masking = True

    def __init__(self, axis: Any = -1, **options: Any) -> None:
        super().__init__(**options)
        self.axis = axes_of(self.name, axis)

    def call(self, inputs: Any) -> Any:
        return of_unit_length(inputs, self.axis, 1e-12)
