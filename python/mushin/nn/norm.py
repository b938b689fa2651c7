"""Layers that normalize."""
# ruff: noqa: A002  `input` is PyTorch's name for the argument

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from mushin import ops
from mushin.autograd import Tensor
from mushin.nn import functional, init
from mushin.nn.module import Module
from mushin.nn.parameter import Parameter, axis_length, float_dtype
from mushin.ops.arrays import integer, number
from mushin.ops.creation import empty
from mushin.ops.norm import axis_lengths


class _Affine(Module):
    """What is normalized is multiplied by a weight and gets a bias, if there are any."""

    weight: Parameter | None
    bias: Parameter | None

    def _make_parameters(self, shape: tuple[int, ...], dtype: Any, **wanted: bool) -> None:
        dtype = float_dtype(type(self).__name__, dtype)
        for name, is_wanted in wanted.items():
            self.register_parameter(name, Parameter(empty(*shape, dtype=dtype)) if is_wanted else None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Ones for the weight, zeros for the bias."""
        for name, fill in (("weight", init.ones_), ("bias", init.zeros_)):
            parameter = self._parameters.get(name)
            if parameter is not None:
                fill(parameter)


class LayerNorm(_Affine):
    """y = (x - mean) / sqrt(variance + eps) weight + bias, with mean and variance over the last axes.

    Args:
        normalized_shape: the lengths of these axes, or the length of the last one.
        eps: added to the variance.
        elementwise_affine: whether there are a weight, which starts as ones, and a bias.
        bias: whether there is a bias, which starts as zeros.
        dtype: of the parameters: float32 (None) or float64.

    Shapes: x and y (..., *normalized_shape), weight and bias normalized_shape.

    Raises:
        ValueError: an x that does not fit.
        TypeError: lengths that are no integers, another dtype.

    Source: Ba, Kiros and Hinton 2016; torch.nn.LayerNorm.
    """

    def __init__(
        self,
        normalized_shape: int | Sequence[int],
        eps: float = 1e-5,
        elementwise_affine: bool = True,
        bias: bool = True,
        *,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        self.normalized_shape = axis_lengths("LayerNorm", normalized_shape)
        self.eps = eps
        self.elementwise_affine = elementwise_affine
        has_bias = elementwise_affine and bias
        self._make_parameters(self.normalized_shape, dtype, weight=elementwise_affine, bias=has_bias)

    def forward(self, input: Tensor) -> Tensor:
        return ops.layer_norm(input, self.normalized_shape, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        options = f"eps={self.eps}, elementwise_affine={self.elementwise_affine}, bias={self.bias is not None}"
        return f"{self.normalized_shape}, {options}"


class RMSNorm(_Affine):
    """y = x / sqrt(mean of x^2 + eps) weight, with the mean over the last axes.

    Args:
        normalized_shape: the lengths of these axes, or the length of the last one.
        eps: added to the mean square; None for the distance from 1 to the next number of x's dtype.
        elementwise_affine: whether there is a weight, which starts as ones.
        dtype: of the weight: float32 (None) or float64.

    Shapes: x and y (..., *normalized_shape), weight normalized_shape.

    Raises:
        ValueError: an x that does not fit.
        TypeError: lengths that are no integers, another dtype.

    Source: Zhang and Sennrich 2019; torch.nn.RMSNorm.
    """

    def __init__(
        self,
        normalized_shape: int | Sequence[int],
        eps: float | None = None,
        elementwise_affine: bool = True,
        *,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        self.normalized_shape = axis_lengths("RMSNorm", normalized_shape)
        self.eps = eps
        self.elementwise_affine = elementwise_affine
        self._make_parameters(self.normalized_shape, dtype, weight=elementwise_affine)

    def forward(self, input: Tensor) -> Tensor:
        return ops.rms_norm(input, self.normalized_shape, self.weight, self.eps)

    def extra_repr(self) -> str:
        return f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}"


class GroupNorm(_Affine):
    """y = (x - mean) / sqrt(variance + eps) weight + bias, with mean and variance of each sample's groups of channels.

    Args:
        num_groups: into how many groups of neighbours the channels are divided.
        num_channels: the length of the second axis.
        eps: added to the variance.
        affine: whether there are a weight, which starts as ones, and a bias.
        bias: whether there is a bias, which starts as zeros.
        dtype: of the parameters: float32 (None) or float64.

    Shapes: x and y (batch, num_channels, ...), weight and bias (num_channels,).

    Raises:
        ValueError: channels that cannot be divided, an x that does not fit.
        TypeError: numbers that are no integers, another dtype.

    Source: Wu and He 2018; torch.nn.GroupNorm.
    """

    def __init__(
        self,
        num_groups: int,
        num_channels: int,
        eps: float = 1e-5,
        affine: bool = True,
        *,
        bias: bool = True,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        self.num_groups = integer("GroupNorm", "num_groups", num_groups)
        self.num_channels = axis_length("GroupNorm", "num_channels", num_channels)
        if self.num_groups < 1 or self.num_channels % self.num_groups:
            raise ValueError(f"[GroupNorm] num_groups must divide the {num_channels} channels, got {num_groups}")
        self.eps, self.affine = eps, affine
        self._make_parameters((self.num_channels,), dtype, weight=affine, bias=affine and bias)

    def forward(self, input: Tensor) -> Tensor:
        if len(input.shape) < 2 or input.shape[1] != self.num_channels:
            raise ValueError(f"[GroupNorm] input must have shape (batch, {self.num_channels}, ...), got {input.shape}")
        return functional.group_norm(input, self.num_groups, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        options = f"eps={self.eps}, affine={self.affine}, bias={self.bias is not None}"
        return f"{self.num_groups}, {self.num_channels}, {options}"


class BatchNorm(_Affine):
    """The base of BatchNorm1d, BatchNorm2d and BatchNorm3d, which differ in the axes that their inputs have."""

    running_mean: Tensor | None
    running_var: Tensor | None
    num_batches_tracked: Tensor | None

    axes: tuple[int, ...]  # how many an input may have

    def __init__(
        self,
        num_features: int,
        eps: float = 1e-5,
        momentum: float | None = 0.1,
        affine: bool = True,
        track_running_stats: bool = True,
        *,
        bias: bool = True,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        name = type(self).__name__
        self.num_features = axis_length(name, "num_features", num_features)
        self.eps = eps
        self.momentum = None if momentum is None else number(name, "momentum", momentum)
        self.affine, self.track_running_stats = affine, track_running_stats
        self._make_buffers(float_dtype(name, dtype))
        self._make_parameters((self.num_features,), dtype, weight=affine, bias=affine and bias)

    def _make_buffers(self, dtype: np.dtype[Any]) -> None:
        tracked = self.track_running_stats
        for name in ("running_mean", "running_var"):
            self.register_buffer(name, empty(self.num_features, dtype=dtype) if tracked else None)
        self.register_buffer("num_batches_tracked", Tensor(np.array(0)) if tracked else None)

    def reset_running_stats(self) -> None:
        """Zeros for the mean, ones for the variance, no batches."""
        if self.running_mean is not None and self.running_var is not None and self.num_batches_tracked is not None:
            init.zeros_(self.running_mean)
            init.ones_(self.running_var)
            self.num_batches_tracked.zero_()

    def reset_parameters(self) -> None:
        """Ones for the weight, zeros for the bias; the running statistics anew."""
        self.reset_running_stats()
        super().reset_parameters()

    def forward(self, input: Tensor) -> Tensor:
        name, shape = type(self).__name__, input.shape
        if len(shape) not in self.axes:
            axes = " or ".join(map(str, self.axes))
            raise ValueError(f"[{name}] input must have {axes} axes, got shape {shape}")
        if shape[1] != self.num_features:
            raise ValueError(f"[{name}] input must have {self.num_features} channels, got shape {shape}")
        is_tracking = self.training and self.track_running_stats
        kept = self.running_mean is not None and (is_tracking or not self.training)
        return ops.batch_norm(
            input,
            self.running_mean if kept else None,
            self.running_var if kept else None,
            self.weight,
            self.bias,
            self.training or self.running_mean is None,
            self.momentum if is_tracking else 0.0,
            self.eps,
            batches=self.num_batches_tracked if is_tracking else None,
        )

    def extra_repr(self) -> str:
        return (
            f"{self.num_features}, eps={self.eps}, momentum={self.momentum}, affine={self.affine}, "
            f"bias={self.bias is not None}, track_running_stats={self.track_running_stats}"
        )


class BatchNorm1d(BatchNorm):
    """y = (x - mean) / sqrt(variance + eps) weight + bias, with mean and variance of each channel over the batch.

    In training they are those of x, and the running ones go towards them: running = (1 - momentum) running + momentum
    x's, where the variance is the unbiased one. In evaluation they are the running ones. A recorded step does the same.

    Args:
        num_features: how many channels there are.
        eps: added to the variance.
        momentum: how far the running statistics go towards x's; None for the mean over all batches.
        affine: whether there are a weight, which starts as ones, and a bias.
        track_running_stats: whether there are running statistics, the buffers running_mean, running_var and
            num_batches_tracked; without them, mean and variance are x's in evaluation, too.
        bias: whether there is a bias, which starts as zeros.
        dtype: of parameters and running statistics: float32 (None) or float64.

    Shapes: x and y (batch, channels) or (batch, channels, length); weight, bias and running statistics (channels,).

    Raises:
        ValueError: an x that does not fit, or has one number of each channel in training.
        TypeError: numbers that are none, another dtype.

    Source: Ioffe and Szegedy 2015; torch.nn.BatchNorm1d.
    """

    axes = (2, 3)


class BatchNorm2d(BatchNorm):
    """As BatchNorm1d, for x (batch, channels, height, width).

    Source: torch.nn.BatchNorm2d.
    """

    axes = (4,)


class BatchNorm3d(BatchNorm):
    """As BatchNorm1d, for x (batch, channels, depth, height, width).

    Source: torch.nn.BatchNorm3d.
    """

    axes = (5,)
