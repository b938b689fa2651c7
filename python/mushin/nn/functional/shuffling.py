"""Channels as places and places as channels, as functions."""
# ruff: noqa: A002  `input` is PyTorch's name for the argument

from __future__ import annotations

from mushin import ops
from mushin.autograd import Tensor
from mushin.ops.arrays import integer


def pixel_shuffle(input: Tensor, upscale_factor: int) -> Tensor:
    """Each group of r^2 channels as r x r places: (..., channels r^2, height, width) to (..., channels, height r,
    width r).

    Raises:
        ValueError: fewer than three axes, channels that r^2 does not divide, an r below 1.

    Source: Shi et al. 2016; torch.nn.functional.pixel_shuffle.
    """
    r = _factor("pixel_shuffle", "upscale_factor", input, upscale_factor)
    *batch, channels, height, width = input.shape
    if channels % (r * r):
        raise ValueError(f"[pixel_shuffle] {r * r} must divide the channels, got shape {input.shape}")
    n = len(batch)
    apart = ops.reshape(input, (*batch, channels // (r * r), r, r, height, width))
    together = ops.permute(apart, (*range(n + 1), n + 3, n + 1, n + 4, n + 2))
    return ops.reshape(together, (*batch, channels // (r * r), height * r, width * r))


def pixel_unshuffle(input: Tensor, downscale_factor: int) -> Tensor:
    """The inverse of `pixel_shuffle`: (..., channels, height r, width r) to (..., channels r^2, height, width).

    Raises:
        ValueError: fewer than three axes, a height or width that r does not divide, an r below 1.

    Source: torch.nn.functional.pixel_unshuffle.
    """
    r = _factor("pixel_unshuffle", "downscale_factor", input, downscale_factor)
    *batch, channels, height, width = input.shape
    if height % r or width % r:
        raise ValueError(f"[pixel_unshuffle] {r} must divide height and width, got shape {input.shape}")
    n = len(batch)
    apart = ops.reshape(input, (*batch, channels, height // r, r, width // r, r))
    together = ops.permute(apart, (*range(n + 1), n + 2, n + 4, n + 1, n + 3))
    return ops.reshape(together, (*batch, channels * r * r, height // r, width // r))


def _factor(op: str, name: str, x: Tensor, factor: int) -> int:
    r = integer(op, name, factor)
    if r < 1:
        raise ValueError(f"[{op}] {name} must be positive, got {factor}")
    if x.ndim < 3:
        raise ValueError(f"[{op}] input must have shape (..., channels, height, width), got {x.shape}")
    return r


def channel_shuffle(input: Tensor, groups: int) -> Tensor:
    """The channels in another order: the first of each group, then the second of each, and so on.

    Args:
        input: (batch, channels, ...).
        groups: into how many groups of neighbours the channels are divided.

    Raises:
        ValueError: fewer than three axes, channels that cannot be divided.

    Source: Zhang et al. 2018; torch.nn.functional.channel_shuffle.
    """
    count = integer("channel_shuffle", "groups", groups)
    if input.ndim < 3 or count < 1 or input.shape[1] % count:
        raise ValueError(
            f"[channel_shuffle] input must have shape (batch, channels, ...) and channels that groups, {groups}, "
            f"divides, got {input.shape}"
        )
    batch, channels, *rest = input.shape
    apart = ops.reshape(input, (batch, count, channels // count, *rest))
    return ops.reshape(ops.transpose(apart, 1, 2), input.shape)
