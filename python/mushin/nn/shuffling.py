"""Layers that make places of channels, channels of places, or change the channels' order."""
# ruff: noqa: A002  `input` is PyTorch's name for the argument

from __future__ import annotations

from mushin.autograd import Tensor
from mushin.nn import functional
from mushin.nn.module import Module


class PixelShuffle(Module):
    """(..., channels r^2, height, width) to (..., channels, height r, width r); see functional.pixel_shuffle.

    Args:
        upscale_factor: r.

    Source: Shi et al. 2016; torch.nn.PixelShuffle.
    """

    def __init__(self, upscale_factor: int) -> None:
        super().__init__()
        self.upscale_factor = upscale_factor

    def forward(self, input: Tensor) -> Tensor:
        return functional.pixel_shuffle(input, self.upscale_factor)

    def extra_repr(self) -> str:
        return f"upscale_factor={self.upscale_factor}"


class PixelUnshuffle(Module):
    """(..., channels, height r, width r) to (..., channels r^2, height, width); see functional.pixel_unshuffle.

    Args:
        downscale_factor: r.

    Source: torch.nn.PixelUnshuffle.
    """

    def __init__(self, downscale_factor: int) -> None:
        super().__init__()
        self.downscale_factor = downscale_factor

    def forward(self, input: Tensor) -> Tensor:
        return functional.pixel_unshuffle(input, self.downscale_factor)

    def extra_repr(self) -> str:
        return f"downscale_factor={self.downscale_factor}"


class ChannelShuffle(Module):
    """The channels with the first of each group first; see functional.channel_shuffle.

    Args:
        groups: how many groups of neighbours there are.

    Source: Zhang et al. 2018; torch.nn.ChannelShuffle.
    """

    def __init__(self, groups: int) -> None:
        super().__init__()
        self.groups = groups

    def forward(self, input: Tensor) -> Tensor:
        return functional.channel_shuffle(input, self.groups)

    def extra_repr(self) -> str:
        return f"groups={self.groups}"
