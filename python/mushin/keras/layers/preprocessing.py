"""Layers that bring data to a scale or into classes before a model sees them; they are not trained."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from mushin import ops
from mushin.autograd import Tensor
from mushin.keras.arguments import flag, number, positive_integer, sequence
from mushin.keras.layers.layer import Layer
from mushin.keras.layers.shapes import axes_of
from mushin.keras.numbers import EPSILON
from mushin.keras.ops.networks import one_hot
from mushin.keras.samples import numeric
from mushin.ops.arrays import distinct_axes


class Rescaling(Layer):
    """y = x scale + offset.

    Args:
        scale, offset: numbers, or lists that are broadcast to the last axes.
        options: as Layer's.
    """

    supports_masking = True

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
    supports_masking = True

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


class _Categories(Layer):
    """Base of layers whose outputs tell which categories there are."""

    def __init__(self, output_mode: str, modes: tuple[str, ...], **options: Any) -> None:
        super().__init__(**options)
        if output_mode not in modes:
            raise ValueError(f"[{self.name}] output_mode must be one of {', '.join(modes)}, got {output_mode!r}")
        self.output_mode = output_mode

    def _encoded(self, ids: Tensor, count: int, weights: Any = None) -> Tensor:
        rows = one_hot(ids, count)
        if self.output_mode == "one_hot":
            return ops.squeeze(rows, -2) if ids.shape[1:] and ids.shape[-1] == 1 else rows
        if ids.ndim < 2:
            raise ValueError(f"[{self.name}] input must have at least one axis, got samples of shape ()")
        if self.output_mode == "multi_hot":
            return ops.amax(rows, 1)
        return ops.sum(rows if weights is None else ops.mul(rows, ops.unsqueeze(weights, -1)), 1)


class CategoryEncoding(_Categories):
    """Numbers 0 and 1, or counts, that tell which ids a sample holds; ids from num_tokens on are left out.

    Args:
        num_tokens: how many ids there are.
        output_mode: "one_hot" for a row for each id; "multi_hot" and "count" for one row for all of a sample's first
            axis.
        options: as Layer's.

    A call takes `count_weights` of the inputs' shape with the mode "count".
    """

    def __init__(self, num_tokens: int, output_mode: str = "multi_hot", **options: Any) -> None:
        super().__init__(output_mode, ("multi_hot", "one_hot", "count"), **options)
        self.num_tokens = positive_integer(self.name, "num_tokens", num_tokens)

    def call(self, inputs: Any, count_weights: Any = None) -> Any:
        if count_weights is not None and self.output_mode != "count":
            raise ValueError(f"[{self.name}] count_weights needs output_mode 'count', got {self.output_mode!r}")
        return self._encoded(inputs, self.num_tokens, count_weights)


class Discretization(_Categories):
    """The number of the bin that each element lies in: how many boundaries are at most as large.

    Args:
        bin_boundaries: rising numbers.
        output_mode: "int" for the numbers; "one_hot", "multi_hot" and "count" as CategoryEncoding's.
        options: as Layer's.
    """

    def __init__(self, bin_boundaries: Any, output_mode: str = "int", **options: Any) -> None:
        super().__init__(output_mode, ("int", "one_hot", "multi_hot", "count"), **options)
        given = sequence(self.name, "bin_boundaries", bin_boundaries)
        self.bin_boundaries = [number(self.name, "bin_boundaries", each) for each in given]
        if sorted(self.bin_boundaries) != self.bin_boundaries:
            raise ValueError(f"[{self.name}] bin_boundaries must rise, got {bin_boundaries}")
        self._boundaries = Tensor(np.array(self.bin_boundaries, np.float32))

    def call(self, inputs: Any) -> Any:
        bins = ops.searchsorted(self._boundaries, inputs, right=True)
        return bins if self.output_mode == "int" else self._encoded(bins, len(self.bin_boundaries) + 1)
