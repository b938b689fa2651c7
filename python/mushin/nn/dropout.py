"""Dropout as a layer."""
# ruff: noqa: A002  `input` is PyTorch's name for the argument

from __future__ import annotations

from mushin import ops
from mushin.autograd import Tensor
from mushin.nn.module import Module
from mushin.ops.random import check_probability


class Dropout(Module):
    """In training each element is 0 with probability p, else x / (1 - p); in evaluation y = x.

    Args:
        p: probability, in [0, 1].
        inplace: accepted and printed, so that PyTorch's models can be taken over; x is never written.

    Raises:
        ValueError: p outside [0, 1].
        TypeError: p is no number.

    Source: Srivastava et al. 2014; torch.nn.Dropout.
    """

    def __init__(self, p: float = 0.5, inplace: bool = False) -> None:
        super().__init__()
        check_probability("Dropout", p)
        self.p = p
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        return ops.dropout(input, self.p, self.training)

    def extra_repr(self) -> str:
        return f"p={self.p}, inplace={self.inplace}"
