"""Activations, as functions."""
# ruff: noqa: A002  `input` is PyTorch's name for the argument

from __future__ import annotations

from mushin import ops
from mushin.autograd import Tensor


def relu(input: Tensor, inplace: bool = False) -> Tensor:
    """max(input, 0), of any shape; always a new tensor, whatever `inplace` says.

    Source: torch.nn.functional.relu.
    """
    return ops.relu(input)


def sigmoid(input: Tensor) -> Tensor:
    """1 / (1 + exp(-input)), of any shape.

    Source: torch.nn.functional.sigmoid.
    """
    return ops.sigmoid(input)


def tanh(input: Tensor) -> Tensor:
    """Hyperbolic tangent, of any shape.

    Source: torch.nn.functional.tanh.
    """
    return ops.tanh(input)


def gelu(input: Tensor, approximate: str = "none") -> Tensor:
    """Gaussian error linear unit, of any shape.

    approximate: "none", or "tanh".

    Source: torch.nn.functional.gelu.
    """
    return ops.gelu(input, approximate)


def softmax(input: Tensor, dim: int | None = None) -> Tensor:
    """exp(x_i) / sum over j of exp(x_j) along an axis.

    Args:
        input: of any shape with that axis.
        dim: the axis; must be given.

    Raises:
        ValueError: no dim, or one that input does not have.

    Source: torch.nn.functional.softmax.
    """
    if dim is None:
        raise ValueError("[softmax] dim must be given: the axis along which the result sums to 1, got None")
    return ops.softmax(input, dim)
