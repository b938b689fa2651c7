"""Activations as layers."""
# ruff: noqa: A002  `input` is PyTorch's name for the argument

from __future__ import annotations

from mushin import ops
from mushin.autograd import Tensor
from mushin.nn import functional
from mushin.nn.module import Module


class Activation(Module):
    """Base of activations that PyTorch can compute in place.

    Args:
        inplace: accepted and printed, so that PyTorch's models can be taken over; y is a new tensor in any case.
    """

    _printed: tuple[str, ...] = ()  # numbers

    def __init__(self, inplace: bool = False) -> None:
        super().__init__()
        self.inplace = inplace

    def extra_repr(self) -> str:
        numbers = [f"{name}={getattr(self, name)}" for name in self._printed]
        return ", ".join([*numbers, *(["inplace=True"] if self.inplace else [])])


class ReLU(Activation):
    """y = max(x, 0), of any shape; the derivative at 0 is 0.

    Args:
        inplace: without effect.

    Source: torch.nn.ReLU.
    """

    def forward(self, input: Tensor) -> Tensor:
        return ops.relu(input)


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


class GELU(Module):
    """y = x times the standard normal distribution function of x, of any shape.

    Args:
        approximate: "none", or "tanh" for x / 2 (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))).

    Source: torch.nn.GELU.
    """

    def __init__(self, approximate: str = "none") -> None:
        super().__init__()
        if approximate not in ("none", "tanh"):
            raise ValueError(f'[GELU] approximate must be "none" or "tanh", got {approximate!r}')
        self.approximate = approximate

    def forward(self, input: Tensor) -> Tensor:
        return ops.gelu(input, self.approximate)

    def extra_repr(self) -> str:
        return f"approximate={self.approximate!r}"


class _AlongAxis(Module):
    def __init__(self, dim: int | None = None) -> None:
        super().__init__()
        self.dim = dim

    def extra_repr(self) -> str:
        return f"dim={self.dim}"


class Softmax(_AlongAxis):
    """y_i = exp(x_i) / sum over j of exp(x_j), along one axis.

    Args:
        dim: the axis. Without it a call is an error: PyTorch's choice of one by the number of axes is deprecated.

    Source: torch.nn.Softmax.
    """

    def forward(self, input: Tensor) -> Tensor:
        return functional.softmax(input, self.dim)


class Softmax2d(Module):
    """Softmax over the channels of x (batch, channels, height, width) or (channels, height, width).

    Raises:
        ValueError: at the call, an x of another number of axes.

    Source: torch.nn.Softmax2d.
    """

    def forward(self, input: Tensor) -> Tensor:
        if input.ndim not in (3, 4):
            raise ValueError(f"[Softmax2d] input must have 3 or 4 axes, got shape {input.shape}")
        return functional.softmax(input, -3)


class LogSoftmax(_AlongAxis):
    """y_i = x_i - log(sum over j of exp(x_j)), along one axis; never overflows.

    Args:
        dim: the axis. Without it a call is an error, as of Softmax.

    Source: torch.nn.LogSoftmax.
    """

    def forward(self, input: Tensor) -> Tensor:
        return functional.log_softmax(input, self.dim)


class Softmin(_AlongAxis):
    """y_i = exp(-x_i) / sum over j of exp(-x_j), along one axis.

    Args:
        dim: the axis. Without it a call is an error, as of Softmax.

    Source: torch.nn.Softmin.
    """

    def forward(self, input: Tensor) -> Tensor:
        return functional.softmin(input, self.dim)
