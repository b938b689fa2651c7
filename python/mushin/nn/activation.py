"""Activations as layers."""
# ruff: noqa: A002  `input` is PyTorch's name for the argument

from __future__ import annotations

from mushin import ops
from mushin.autograd import Tensor
from mushin.nn import functional
from mushin.nn.module import Module


class ReLU(Module):
    """y = max(x, 0), of any shape; the derivative at 0 is 0.

    Args:
        inplace: accepted and printed, so that PyTorch's models can be taken over; y is a new tensor in any case.

    Source: torch.nn.ReLU.
    """

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace

    def forward(self, input: Tensor) -> Tensor:
        return ops.relu(input)

    def extra_repr(self) -> str:
        return "inplace=True" if self.inplace else ""


class Sigmoid(Module):
    """y = 1 / (1 + exp(-x)), of any shape.

    Source: torch.nn.Sigmoid.
    """

    def forward(self, input: Tensor) -> Tensor:
        return ops.sigmoid(input)


class Tanh(Module):
    """y = tanh(x), of any shape.

    Source: torch.nn.Tanh.
    """

    def forward(self, input: Tensor) -> Tensor:
        return ops.tanh(input)


class Softmax(Module):
    """y_i = exp(x_i) / sum over j of exp(x_j), along one axis.

    Args:
        dim: the axis. Without it a call is an error: PyTorch's choice of one by the number of axes is deprecated.

    Source: torch.nn.Softmax.
    """

    def __init__(self, dim: int | None = None) -> None:
        super().__init__()
        self.dim = dim

    def forward(self, input: Tensor) -> Tensor:
        return functional.softmax(input, self.dim)

    def extra_repr(self) -> str:
        return f"dim={self.dim}"
