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
    return ops.softmax(input, _given("softmax", dim))


def log_softmax(input: Tensor, dim: int | None = None) -> Tensor:
    """x_i - log(sum over j of exp(x_j)) along an axis, which never overflows.

    Args:
        input: of any shape with that axis.
        dim: the axis; must be given.

    Raises:
        ValueError: no dim, or one that input does not have.

    Source: torch.nn.functional.log_softmax.
    """
    return ops.log_softmax(input, _given("log_softmax", dim))


def softmin(input: Tensor, dim: int | None = None) -> Tensor:
    """exp(-x_i) / sum over j of exp(-x_j) along an axis.

    Args:
        input: of any shape with that axis.
        dim: the axis; must be given.

    Raises:
        ValueError: no dim, or one that input does not have.

    Source: torch.nn.functional.softmin.
    """
    return ops.softmax(ops.neg(input), _given("softmin", dim))


def _given(op: str, dim: int | None) -> int:
    if dim is None:
        raise ValueError(f"[{op}] dim must be given: the axis along which the result is normalized, got None")
    return dim
