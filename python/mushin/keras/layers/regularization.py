"""Layers that act in training only, or add to the loss."""

from __future__ import annotations

import math
from typing import Any

from mushin import nn, ops
from mushin.autograd import Tensor
from mushin.keras.arguments import number
from mushin.keras.layers.layer import Layer
from mushin.ops.creation import ones
from mushin.ops.random import randn

# Where scaled exponential units end for large negative numbers. Source: Klambauer et al. 2017.
_SELU_LIMIT = -1.6732632423543772 * 1.0507009873554805


def _rate(layer: str, rate: Any, below_one: bool = False) -> float:
    checked = number(layer, "rate", rate)
    if not 0 <= checked <= 1 or (below_one and checked == 1):
        raise ValueError(f"[{layer}] rate must be in [0, 1{')' if below_one else ']'}, got {rate}")
    return checked


class Dropout(Layer):
    """In training, each element is 0 with probability rate, else x / (1 - rate).

    Args:
        rate: share that is dropped, in [0, 1].
        noise_shape: lengths of what is drawn, which is broadcast to x: 1 where elements share their fate, None for x's.
        options: as Layer's.
    """

    keeps_shape = True

    def __init__(self, rate: float, noise_shape: Any = None, **options: Any) -> None:
        super().__init__(**options)
        self.rate = _rate(self.name, rate)
        self.noise_shape = None if noise_shape is None else tuple(noise_shape)

    def build(self, input_shape: Any) -> None:
        self.modules = [
            nn.Dropout(self.rate) if self.noise_shape is None else _SharedDropout(self.rate, self.noise_shape)
        ]


class _SharedDropout(nn.Module):
    """Dropout by a mask that is broadcast."""

    def __init__(self, rate: float, noise_shape: tuple[int | None, ...]) -> None:
        super().__init__()
        self.rate, self.noise_shape = rate, noise_shape

    def forward(self, x: Any) -> Any:
        if not self.training:
            return x
        return ops.mul(x, ops.dropout(_ones_like(x, self.noise_shape), self.rate))


def _ones_like(x: Any, shape: tuple[int | None, ...] | None = None) -> Tensor:
    return ones(*(x.shape if shape is None else (m if n is None else n for m, n in zip(x.shape, shape))))


class GaussianNoise(Layer):
    """In training, x plus normal noise of mean 0.

    Args:
        stddev: the noise's standard deviation.
        options: as Layer's.
    """

    keeps_shape = True

    def __init__(self, stddev: float, **options: Any) -> None:
        super().__init__(**options)
        self.stddev = number(self.name, "stddev", stddev)
        if self.stddev < 0:
            raise ValueError(f"[{self.name}] stddev must not be negative, got {stddev}")

    def call(self, inputs: Any, training: bool = False) -> Any:
        return ops.add(inputs, ops.mul(randn(*inputs.shape), self.stddev)) if training else inputs


class GaussianDropout(Layer):
    """In training, x times normal noise of mean 1 and variance rate / (1 - rate).

    Args:
        rate: what a dropout of the same variance would drop, in [0, 1).
        options: as Layer's.
    """

    keeps_shape = True

    def __init__(self, rate: float, **options: Any) -> None:
        super().__init__(**options)
        self.rate = _rate(self.name, rate, below_one=True)

    def call(self, inputs: Any, training: bool = False) -> Any:
        if not training or self.rate == 0:
            return inputs
        deviation = math.sqrt(self.rate / (1 - self.rate))
        return ops.mul(inputs, ops.add(ops.mul(randn(*inputs.shape), deviation), 1.0))


class AlphaDropout(Layer):
    """In training, each element is with probability rate what a selu gives for large negative numbers; then all are
    scaled and moved, so that normal numbers keep mean 0 and variance 1.

    Args:
        rate: share that is replaced, in [0, 1).
        noise_shape: as Dropout's.
        options: as Layer's.

    Source: Klambauer et al. 2017.
    """

    keeps_shape = True

    def __init__(self, rate: float, noise_shape: Any = None, **options: Any) -> None:
        super().__init__(**options)
        self.rate = _rate(self.name, rate, below_one=True)
        self.noise_shape = None if noise_shape is None else tuple(noise_shape)

    def call(self, inputs: Any, training: bool = False) -> Any:
        if not training or self.rate == 0:
            return inputs
        kept_share = 1 - self.rate
        kept = ops.mul(ops.dropout(_ones_like(inputs, self.noise_shape), self.rate), kept_share)  # 1 or 0
        scale = (kept_share * (1 + self.rate * _SELU_LIMIT**2)) ** -0.5
        replaced = ops.mul(ops.sub(1.0, kept), _SELU_LIMIT)
        shift = -scale * _SELU_LIMIT * self.rate
        return ops.add(ops.mul(ops.add(ops.mul(inputs, kept), replaced), scale), shift)


class ActivityRegularization(Layer):
    """Passes x on, and adds l1 sum |x| + l2 sum x^2, divided by the size of the batch, to the loss.

    Args:
        l1, l2: factors of the penalties.
        options: as Layer's.
    """

    keeps_shape = True

    def __init__(self, l1: float = 0.0, l2: float = 0.0, **options: Any) -> None:
        super().__init__(**options)
        self.l1, self.l2 = number(self.name, "l1", l1), number(self.name, "l2", l2)

    def call(self, inputs: Any) -> Any:
        absolute = ops.sum(ops.abs(inputs))
        penalty = ops.add(ops.mul(absolute, self.l1), ops.mul(ops.sum(ops.square(inputs)), self.l2))
        self.add_loss(ops.div(penalty, max(len(inputs), 1)))
        return inputs
