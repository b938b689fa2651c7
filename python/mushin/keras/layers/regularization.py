"""Layers that act in training only, or add to the loss."""

from __future__ import annotations

import math
from typing import Any

from mushin import nn, ops
from mushin.autograd import Tensor
from mushin.keras.arguments import number, rate_of, seed_of
from mushin.keras.layers.layer import Layer
from mushin.nn.functional.dropout import alpha_dropped
from mushin.ops.creation import ones
from mushin.ops.random import Generator, randn


class _Random(Layer):
    """Base of layers that draw numbers in training: from a seed's generator, or from the library's if it is None."""

    keeps_shape = True
    supports_masking = True

    def __init__(self, seed: int | None, **options: Any) -> None:
        super().__init__(**options)
        self.seed = seed_of(self.name, seed)
        self._generator = None if self.seed is None else Generator().manual_seed(self.seed)


class _WithDropout(_Random):
    """Base of layers that drop elements."""

    def __init__(self, noise_shape: Any, seed: int | None, **options: Any) -> None:
        super().__init__(seed, **options)
        self.noise_shape = None if noise_shape is None else tuple(noise_shape)

    def _dropped(self, x: Tensor, rate: float) -> Tensor:
        if self.noise_shape is None:
            return ops.dropout(x, rate, own=self._generator)
        shared = ones(*(m if n is None else n for m, n in zip(x.shape, self.noise_shape)))
        return ops.mul(x, ops.dropout(shared, rate, own=self._generator))


class Dropout(_WithDropout):
    """In training, each element is 0 with probability rate, else x / (1 - rate).

    Args:
        rate: share that is dropped, in [0, 1].
        noise_shape: lengths of what is drawn, which is broadcast to x: 1 where elements share their fate, None for x's.
        seed: of random numbers of the layer's own, from 0 on; None for the library's.
        options: as Layer's.
    """

    def __init__(self, rate: float, noise_shape: Any = None, seed: int | None = None, **options: Any) -> None:
        super().__init__(noise_shape, seed, **options)
        self.rate = rate_of(self.name, "rate", rate)

    def build(self, input_shape: Any) -> None:
        is_plain = self.noise_shape is None and self.seed is None
        self.modules = [nn.Dropout(self.rate) if is_plain else _Dropout(self)]


class _Dropout(nn.Module):
    """Dropout by a mask that is broadcast, or by numbers of a layer's own."""

    def __init__(self, layer: Dropout) -> None:
        super().__init__()
        self.layer = layer

    def forward(self, x: Tensor) -> Tensor:
        return self.layer._dropped(x, self.layer.rate) if self.training else x


class SpatialDropout1D(Dropout):
    """In training, whole features of (batch, steps, features) are 0 with probability rate, else x / (1 - rate).

    Args:
        rate, seed: as Dropout's.
        options: as Layer's.
    """

    def __init__(self, rate: float, seed: int | None = None, **options: Any) -> None:
        super().__init__(rate, (None, 1, None), seed, **options)


class GaussianNoise(_Random):
    """In training, x plus normal noise of mean 0.

    Args:
        stddev: the noise's standard deviation.
        seed: as Dropout's.
        options: as Layer's.
    """

    def __init__(self, stddev: float, seed: int | None = None, **options: Any) -> None:
        super().__init__(seed, **options)
        self.stddev = number(self.name, "stddev", stddev)
        if self.stddev < 0:
            raise ValueError(f"[{self.name}] stddev must not be negative, got {stddev}")

    def call(self, inputs: Any, training: bool = False) -> Any:
        if not training or self.stddev == 0:
            return inputs
        return ops.add(inputs, ops.mul(randn(*inputs.shape, generator=self._generator), self.stddev))


class GaussianDropout(_Random):
    """In training, x times normal noise of mean 1 and variance rate / (1 - rate).

    Args:
        rate: what a dropout of the same variance would drop, in [0, 1).
        seed: as Dropout's.
        options: as Layer's.
    """

    def __init__(self, rate: float, seed: int | None = None, **options: Any) -> None:
        super().__init__(seed, **options)
        self.rate = rate_of(self.name, "rate", rate, below_one=True)

    def call(self, inputs: Any, training: bool = False) -> Any:
        if not training or self.rate == 0:
            return inputs
        deviation = math.sqrt(self.rate / (1 - self.rate))
        return ops.mul(inputs, ops.add(ops.mul(randn(*inputs.shape, generator=self._generator), deviation), 1.0))


class AlphaDropout(_WithDropout):
    """In training, each element is with probability rate what a selu gives for large negative numbers; then all are
    scaled and moved, so that normal numbers keep mean 0 and variance 1.

    Args:
        rate: share that is replaced, in [0, 1).
        noise_shape, seed: as Dropout's.
        options: as Layer's.

    Source: Klambauer et al. 2017.
    """

    def __init__(self, rate: float, noise_shape: Any = None, seed: int | None = None, **options: Any) -> None:
        super().__init__(noise_shape, seed, **options)
        self.rate = rate_of(self.name, "rate", rate, below_one=True)

    def call(self, inputs: Any, training: bool = False) -> Any:
        if not training or self.rate == 0:
            return inputs
        return alpha_dropped(inputs, self.rate, lambda x: self._dropped(x, self.rate))


class ActivityRegularization(Layer):
    """Passes x on, and adds l1 sum |x| + l2 sum x^2, divided by the size of the batch, to the loss.

    Args:
        l1, l2: factors of the penalties.
        options: as Layer's.
    """

    keeps_shape = True
    supports_masking = True

    def __init__(self, l1: float = 0.0, l2: float = 0.0, **options: Any) -> None:
        super().__init__(**options)
        self.l1, self.l2 = number(self.name, "l1", l1), number(self.name, "l2", l2)

    def call(self, inputs: Any) -> Any:
        absolute = ops.sum(ops.abs(inputs))
        penalty = ops.add(ops.mul(absolute, self.l1), ops.mul(ops.sum(ops.square(inputs)), self.l2))
        self.add_loss(ops.div(penalty, max(len(inputs), 1)))
        return inputs
