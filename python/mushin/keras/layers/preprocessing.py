"""Layers that bring data to a scale before a model sees them; they are not trained."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from mushin import ops
from mushin.autograd import Tensor
from mushin.keras.arguments import flag
from mushin.keras.layers.layer import Layer
from mushin.keras.layers.shapes import axes_of
from mushin.keras.numbers import EPSILON
from mushin.keras.samples import numeric
from mushin.ops.arrays import distinct_axes


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
        self.axis = None if axis is None else axes_of(self.name, axis)
        if (mean is None) != (variance is None):
            raise ValueError(f"[{self.name}] mean and variance must both be given, got {mean} and {variance}")
        self.invert = flag(self.name, "invert", invert)
        self.input_mean, self.input_variance = mean, variance

    def _kept(self, axes: int) -> list[int]:
        return sorted(distinct_axes(self.name, [] if self.axis is None else self.axis, axes))

    def build(self, input_shape: Any) -> None:
        kept = self._kept(len(input_shape))
        lengths = tuple(input_shape[a] for a in kept)
        if None in lengths or 0 in kept:
            raise ValueError(f"[{self.name}] axis must name axes of known length, not the batch's, got {self.axis}")
        self._broadcast = tuple(n if i in kept else 1 for i, n in enumerate(input_shape))
        if self.input_mean is None:
            self._mean = self.add_weight(lengths, "zeros", None, False, name="mean")
            self._variance = self.add_weight(lengths, "ones", None, False, name="variance")
            self._count = self.add_weight((), "zeros", None, False, name="count")
        else:
            self._mean, self._variance = (
                Tensor(np.broadcast_to(np.asarray(numeric(self.name, name, value), np.float32), lengths))
                for name, value in (("mean", self.input_mean), ("variance", self.input_variance))
            )

    def adapt(self, data: Any) -> None:
        """Takes mean and variance from data, (n, ...); what was found before is forgotten."""
        if self.input_mean is not None:
            raise ValueError(f"[{self.name}] mean and variance were given: there is nothing to adapt")
        array = numeric(self.name, "data", data)
        if array.size == 0 or array.ndim == 0:
            raise ValueError(f"[{self.name}] data must hold at least one sample, got shape {array.shape}")
        self.build((None, *array.shape[1:]))
        kept = self._kept(array.ndim)
        others = tuple(i for i in range(array.ndim) if i not in kept)
        self._mean.data.copy_(np.asarray(array.mean(others, np.float64), np.float32))
        self._variance.data.copy_(np.asarray(array.var(others, np.float64), np.float32))
        self._count.data.copy_(np.float32(array.size // max(prod(self._broadcast[a] for a in kept), 1)))

    def arguments(self) -> dict[str, Any]:
        return {**super().arguments(), "mean": self.input_mean, "variance": self.input_variance}

    @property
    def mean(self) -> Tensor | None:
        """The means, with an axis of length 1 for each of the input's that has none; None before they are known."""
        return ops.reshape(self._mean, self._broadcast) if self.built else None

    @property
    def variance(self) -> Tensor | None:
        """The variances, as `mean`."""
        return ops.reshape(self._variance, self._broadcast) if self.built else None

    def call(self, inputs: Any) -> Any:
        mean, variance = self.mean, self.variance
        assert mean is not None
        assert variance is not None
        deviation = ops.maximum(ops.sqrt(variance), EPSILON)
        if self.invert:
            return ops.add(ops.mul(inputs, deviation), mean)
        return ops.div(ops.sub(inputs, mean), deviation)
