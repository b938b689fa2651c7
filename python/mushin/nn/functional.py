"""Layers without parameters of their own, as functions under PyTorch's names and arguments."""
# ruff: noqa: A002  `input` is PyTorch's name for the argument

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mushin import ops
from mushin.autograd import Tensor
from mushin.ops.arrays import operands
from mushin.ops.softmax import check_reduction


def linear(input: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """input weight^T + bias.

    Args:
        input: (..., in_features).
        weight: (out_features, in_features), of input's dtype.
        bias: (out_features,) or None.

    Returns:
        (..., out_features).

    Raises:
        ValueError: shapes that do not fit.
        TypeError: dtypes that differ.

    Source: torch.nn.functional.linear.
    """
    return ops.linear(input, weight, bias)


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


def dropout(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """Each element is 0 with probability p, else input / (1 - p); input itself when not training.

    Args:
        input: of any shape.
        p: probability, in [0, 1].
        training: whether anything happens.
        inplace: accepted, without effect: input is never written.

    Raises:
        ValueError: p outside [0, 1].
        TypeError: p is no number.

    Source: torch.nn.functional.dropout.
    """
    return ops.dropout(input, p, training)


def cross_entropy(
    input: Tensor,
    target: Any,
    weight: Any = None,
    *,
    ignore_index: int = -100,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Tensor:
    """-log(softmax(input)[target]); see CrossEntropyLoss, whose arguments it takes.

    Source: torch.nn.functional.cross_entropy.
    """
    refuse_options("cross_entropy", weight, label_smoothing)
    return ops.cross_entropy(input, target, reduction, ignore_index)


def refuse_options(op: str, weight: Any, label_smoothing: float) -> None:
    """Raises if a cross-entropy is asked for what there is no kernel for."""
    if weight is not None:
        raise NotImplementedError(f"[{op}] weight must be None: weights of classes are not available")
    if label_smoothing != 0.0:
        raise NotImplementedError(f"[{op}] label_smoothing must be 0.0, got {label_smoothing}: it is not available")


def mse_loss(input: Tensor, target: Any, *, reduction: str = "mean") -> Tensor:
    """(input - target)^2.

    Args:
        input, target: of one shape, which is never broadcast; float32 or float64.
        reduction: "mean", "sum" or "none".

    Raises:
        ValueError: shapes that differ, or another reduction.
        TypeError: neither is floating-point.

    Source: torch.nn.functional.mse_loss.
    """
    check_reduction("mse_loss", reduction)
    x, y = operands("mse_loss", input, target)
    if x.array.shape != y.array.shape:
        raise ValueError(f"[mse_loss] target must have shape {x.array.shape}, got {y.array.shape}")
    difference = ops.sub(x, y)
    squares = ops.mul(difference, difference)
    if reduction == "none":
        return squares
    return ops.mean(squares) if reduction == "mean" else ops.sum(squares)
