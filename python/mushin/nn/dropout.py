"""Dropout in its kinds, as layers."""
# ruff: noqa: A002  `input` is PyTorch's name for the argument

from __future__ import annotations

from collections.abc import Callable

from mushin import ops
from mushin.autograd import Tensor
from mushin.nn import functional
from mushin.nn.module import Module
from mushin.ops.random import check_probability


class _Dropout(Module):
    def __init__(self, p: float = 0.5, inplace: bool = False) -> None:
        super().__init__()
        check_probability(type(self).__name__, p)
        self.p = p
        self.inplace = inplace

    def extra_repr(self) -> str:
        return f"p={self.p}, inplace={self.inplace}"


class Dropout(_Dropout):
    """In training each element is 0 with probability p, else x / (1 - p); in evaluation y = x.

    Args:
        p: probability, in [0, 1].
        inplace: accepted and printed, so that PyTorch's models can be taken over; x is never written.

    Raises:
        ValueError: p outside [0, 1].
        TypeError: p is no number.

    Source: Srivastava et al. 2014; torch.nn.Dropout.
    """

    def forward(self, input: Tensor) -> Tensor:
        return ops.dropout(input, self.p, self.training)


class _ChannelDropout(_Dropout):
    function: Callable[[Tensor, float, bool], Tensor]

    def forward(self, input: Tensor) -> Tensor:
        return self.function(input, self.p, self.training)


class Dropout1d(_ChannelDropout):
    """Dropout of whole channels of x (batch, channels, length) or (channels, length); see functional.dropout1d.

    Args, raises: as Dropout.

    Source: Tompson et al. 2015; torch.nn.Dropout1d.
    """

    function = staticmethod(functional.dropout1d)


class Dropout2d(_ChannelDropout):
    """Dropout of whole channels of x (batch, channels, height, width); see functional.dropout2d.

    Args, raises: as Dropout.

    Source: Tompson et al. 2015; torch.nn.Dropout2d.
    """

    function = staticmethod(functional.dropout2d)


class Dropout3d(_ChannelDropout):
    """Dropout of whole channels of x (batch, channels, depth, height, width), or without the batch; see
    functional.dropout3d.

    Args, raises: as Dropout.

    Source: Tompson et al. 2015; torch.nn.Dropout3d.
    """

    function = staticmethod(functional.dropout3d)


class AlphaDropout(_Dropout):
    """In training each element is, with probability p, the saturated value of selu, in a way that keeps a mean of 0 and
    a variance of 1 (see functional.alpha_dropout); in evaluation y = x.

    Args, raises: as Dropout.

    Source: Klambauer et al. 2017; torch.nn.AlphaDropout.
    """

    def forward(self, input: Tensor) -> Tensor:
        return functional.alpha_dropout(input, self.p, self.training)


class FeatureAlphaDropout(_Dropout):
    """AlphaDropout of whole channels of x (batch, channels, ...).

    Args, raises: as Dropout; at the call, ValueError for an x of fewer than two axes.

    Source: torch.nn.FeatureAlphaDropout.
    """

    def forward(self, input: Tensor) -> Tensor:
        return functional.feature_alpha_dropout(input, self.p, self.training)
