"""Normalization, as functions."""
# ruff: noqa: A002  `input` is PyTorch's name for the argument

from __future__ import annotations

from collections.abc import Sequence
from math import prod

from mushin import ops
from mushin.autograd import Tensor
from mushin.ops.arrays import integer, same_dtype, tensor_of


def layer_norm(
    input: Tensor,
    normalized_shape: int | Sequence[int],
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    eps: float = 1e-5,
) -> Tensor:
    """(x - mean) / sqrt(variance + eps) weight + bias over the last axes, which are `normalized_shape`.

    Source: torch.nn.functional.layer_norm.
    """
    return ops.layer_norm(input, normalized_shape, weight, bias, eps)


def rms_norm(
    input: Tensor, normalized_shape: int | Sequence[int], weight: Tensor | None = None, eps: float | None = None
) -> Tensor:
    """x / sqrt(mean of x^2 + eps) weight over the last axes, which are `normalized_shape`.

    Args:
        eps: None for the distance from 1 to the next number of x's dtype.

    Source: torch.nn.functional.rms_norm.
    """
    return ops.rms_norm(input, normalized_shape, weight, eps)


def batch_norm(
    input: Tensor,
    running_mean: Tensor | None,
    running_var: Tensor | None,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    training: bool = False,
    momentum: float = 0.1,
    eps: float = 1e-5,
) -> Tensor:
    """(x - mean) / sqrt(variance + eps) weight + bias of each channel of x (batch, channels, ...).

    In training mean and variance are x's, and the running ones, if they are given, go towards them by the share
    `momentum`, in place; the running variance is the unbiased one. In evaluation they are the running ones.

    Source: torch.nn.functional.batch_norm.
    """
    return ops.batch_norm(input, running_mean, running_var, weight, bias, training, momentum, eps)


def of_groups(x: Tensor, groups: int, eps: float) -> Tensor:
    """x, (batch, channels, ...), with mean 0 and variance 1 in each sample's groups of neighbouring channels."""
    length = x.shape[1] // groups * prod(x.shape[2:])
    return ops.reshape(ops.layer_norm(ops.reshape(x, (len(x), groups, length)), length, eps=eps), x.shape)


def group_norm(
    input: Tensor, num_groups: int, weight: Tensor | None = None, bias: Tensor | None = None, eps: float = 1e-5
) -> Tensor:
    """(x - mean) / sqrt(variance + eps) weight + bias, with mean and variance of each sample's groups of channels.

    Args:
        input: (batch, channels, ...), float32 or float64.
        num_groups: into how many groups of neighbours the channels are divided.
        weight, bias: (channels,), of x's dtype, or None.
        eps: added to the variance.

    Raises:
        ValueError: shapes that do not fit; channels that cannot be divided; groups that are a single number in all.
        TypeError: dtypes that differ or are not floating-point.

    Source: Wu and He 2018; torch.nn.functional.group_norm.
    """
    x = tensor_of(input)
    shape = x.array.shape
    if len(shape) < 2:
        raise ValueError(f"[group_norm] input must have shape (batch, channels, ...), got {shape}")
    groups, channels = integer("group_norm", "num_groups", num_groups), shape[1]
    if groups < 1 or channels % groups:
        raise ValueError(f"[group_norm] num_groups must divide the {channels} channels, got {num_groups}")
    if shape[0] * (channels // groups) * prod(shape[2:]) == 1:
        raise ValueError(f"[group_norm] Expected more than 1 value per channel when training, got input size {shape}")
    given = [None if p is None else tensor_of(p) for p in (weight, bias)]
    for name, parameter in zip(("weight", "bias"), given):
        if parameter is not None and parameter.array.shape != (channels,):
            raise ValueError(f"[group_norm] {name} must have shape ({channels},), got {parameter.array.shape}")
        if parameter is not None and not same_dtype(parameter.array, x.array):
            raise TypeError(f"[group_norm] {name} must be {x.array.dtype} as input, got {parameter.array.dtype}")
    y = of_groups(x, groups, eps)
    scale, shift = (None if p is None else ops.reshape(p, (channels, *(1 for _ in shape[2:]))) for p in given)
    y = y if scale is None else ops.mul(y, scale)
    return y if shift is None else ops.add(y, shift)
