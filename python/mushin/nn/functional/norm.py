"""Normalization, as functions."""
# ruff: noqa: A002  `input` is PyTorch's name for the argument

from __future__ import annotations

from collections.abc import Sequence

from mushin import ops
from mushin.autograd import Tensor


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


def group_norm(
    input: Tensor, num_groups: int, weight: Tensor | None = None, bias: Tensor | None = None, eps: float = 1e-5
) -> Tensor:
    """(x - mean) / sqrt(variance + eps) weight + bias, with mean and variance of each sample's groups of channels.

    Raises:
        ValueError: as `ops.group_norm`; groups that are a single number in all.

    Source: torch.nn.functional.group_norm.
    """
    y = ops.group_norm(input, num_groups, weight, bias, eps)
    if y.array.size == num_groups:
        raise ValueError(f"[group_norm] Expected more than 1 value per channel when training, got input size {y.shape}")
    return y
