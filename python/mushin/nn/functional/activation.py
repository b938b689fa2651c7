"""Activations, as functions."""
# ruff: noqa: A002  `input` is PyTorch's name for the argument

from __future__ import annotations

from typing import Any

from mushin import ops
from mushin.autograd import Tensor
from mushin.ops.arrays import normalized_axis, tensor_of


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


def softmax(input: Tensor, dim: int | None = None, *, dtype: Any = None) -> Tensor:
    """exp(x_i) / sum over j of exp(x_j) along an axis.

    Args:
        input: of any shape with that axis.
        dim: the axis; must be given.
        dtype: what input is cast to first, or None.

    Raises:
        ValueError: no dim, or one that input does not have.

    Source: torch.nn.functional.softmax.
    """
    return ops.softmax(_cast(input, dtype), _given("softmax", dim))


def log_softmax(input: Tensor, dim: int | None = None, *, dtype: Any = None) -> Tensor:
    """x_i - log(sum over j of exp(x_j)) along an axis, which never overflows.

    Args:
        input: of any shape with that axis.
        dim: the axis; must be given.
        dtype: what input is cast to first, or None.

    Raises:
        ValueError: no dim, or one that input does not have.

    Source: torch.nn.functional.log_softmax.
    """
    return ops.log_softmax(_cast(input, dtype), _given("log_softmax", dim))


def softmin(input: Tensor, dim: int | None = None, *, dtype: Any = None) -> Tensor:
    """exp(-x_i) / sum over j of exp(-x_j) along an axis.

    Args:
        input: of any shape with that axis.
        dim: the axis; must be given.
        dtype: what input is cast to first, or None.

    Raises:
        ValueError: no dim, or one that input does not have.

    Source: torch.nn.functional.softmin.
    """
    return ops.softmax(ops.neg(_cast(input, dtype)), _given("softmin", dim))


def _given(op: str, dim: int | None) -> int:
    if dim is None:
        raise ValueError(f"[{op}] dim must be given: the axis along which the result is normalized, got None")
    return dim


def _cast(x: Tensor, dtype: Any) -> Tensor:
    return x if dtype is None else ops.cast(x, dtype)


# --- rectifiers


def relu6(input: Tensor, inplace: bool = False) -> Tensor:
    """min(max(input, 0), 6), of any shape; its derivative at both bounds is 0.

    Source: torch.nn.functional.relu6.
    """
    return ops.hardtanh(input, 0.0, 6.0)


def leaky_relu(input: Tensor, negative_slope: float = 0.01, inplace: bool = False) -> Tensor:
    """input above 0, else negative_slope times it; of any shape.

    Source: torch.nn.functional.leaky_relu.
    """
    return ops.leaky_relu(input, negative_slope)


def prelu(input: Tensor, weight: Tensor) -> Tensor:
    """input above 0, else weight times it.

    Args:
        input: (batch, channels, ...), or of any shape if the weight is one number.
        weight: (channels,) or (1,).

    Raises:
        ValueError: as many weights as there are no channels.

    Source: torch.nn.functional.prelu.
    """
    input, weight = tensor_of(input), tensor_of(weight)  # noqa: A001
    channels = input.shape[1] if input.ndim > 1 else 1
    if weight.ndim > 1 or weight.array.size not in (1, channels):
        raise ValueError(f"[prelu] weight must have shape (1,) or ({channels},), got {weight.shape}")
    if weight.array.size == 1:
        return ops.prelu(input, ops.reshape(weight, ()))
    return ops.prelu(input, ops.reshape(weight, (channels, *(1 for _ in input.shape[2:]))))


def elu(input: Tensor, alpha: float = 1.0, inplace: bool = False) -> Tensor:
    """input above 0, else alpha (exp(input) - 1); of any shape.

    Source: torch.nn.functional.elu.
    """
    return ops.elu(input, alpha)


def celu(input: Tensor, alpha: float = 1.0, inplace: bool = False) -> Tensor:
    """input above 0, else alpha (exp(input / alpha) - 1); of any shape.

    Source: torch.nn.functional.celu.
    """
    return ops.celu(input, alpha)


def selu(input: Tensor, inplace: bool = False) -> Tensor:
    """1.0507 times elu(input, 1.6733), of any shape.

    Source: Klambauer et al. 2017; torch.nn.functional.selu.
    """
    return ops.selu(input)


def threshold(input: Tensor, threshold: float, value: float, inplace: bool = False) -> Tensor:
    """input above the threshold, else the value; of any shape.

    Source: torch.nn.functional.threshold.
    """
    return ops.threshold(input, threshold, value)


def hardtanh(input: Tensor, min_val: float = -1.0, max_val: float = 1.0, inplace: bool = False) -> Tensor:
    """input, but no less than min_val and no more than max_val; of any shape.

    Raises:
        ValueError: a max_val below min_val.

    Source: torch.nn.functional.hardtanh.
    """
    if min_val > max_val:
        raise ValueError(f"[hardtanh] max_val must not be below min_val, got {max_val} and {min_val}")
    return ops.hardtanh(input, min_val, max_val)


def hardshrink(input: Tensor, lambd: float = 0.5) -> Tensor:
    """input where |input| is above lambd, else 0; of any shape.

    Source: torch.nn.functional.hardshrink.
    """
    return ops.hardshrink(input, lambd)


def softshrink(input: Tensor, lambd: float = 0.5) -> Tensor:
    """input moved towards 0 by lambd, and 0 within lambd of it; of any shape.

    Source: torch.nn.functional.softshrink.
    """
    if lambd < 0:
        raise ValueError(f"[softshrink] lambd must not be negative, got {lambd}")
    return ops.softshrink(input, lambd)


# --- smooth ones


def silu(input: Tensor, inplace: bool = False) -> Tensor:
    """input sigmoid(input), of any shape.

    Source: torch.nn.functional.silu.
    """
    return ops.silu(input)


def mish(input: Tensor, inplace: bool = False) -> Tensor:
    """input tanh(log(1 + exp(input))), of any shape.

    Source: Misra 2019; torch.nn.functional.mish.
    """
    return ops.mish(input)


def softplus(input: Tensor, beta: float = 1.0, threshold: float = 20.0) -> Tensor:
    """log(1 + exp(beta input)) / beta, or input itself where beta input is above the threshold; of any shape.

    Source: torch.nn.functional.softplus.
    """
    return ops.softplus(input, beta, threshold)


def softsign(input: Tensor) -> Tensor:
    """input / (1 + |input|), of any shape.

    Source: torch.nn.functional.softsign.
    """
    return ops.softsign(input)


def logsigmoid(input: Tensor) -> Tensor:
    """log(1 / (1 + exp(-input))), of any shape.

    Source: torch.nn.functional.logsigmoid.
    """
    return ops.log_sigmoid(input)


def tanhshrink(input: Tensor) -> Tensor:
    """input - tanh(input), of any shape.

    Source: torch.nn.functional.tanhshrink.
    """
    return ops.tanhshrink(input)


def hardsigmoid(input: Tensor, inplace: bool = False) -> Tensor:
    """min(max(input + 3, 0), 6) / 6, of any shape.

    Source: torch.nn.functional.hardsigmoid.
    """
    return ops.hard_sigmoid(input)


def hardswish(input: Tensor, inplace: bool = False) -> Tensor:
    """input min(max(input + 3, 0), 6) / 6, of any shape.

    Source: torch.nn.functional.hardswish.
    """
    return ops.hard_swish(input)


def glu(input: Tensor, dim: int = -1) -> Tensor:
    """Gated linear unit: the first half along an axis times the sigmoid of the second.

    Raises:
        ValueError: an axis of odd length, or one that input does not have.

    Source: Dauphin et al. 2017; torch.nn.functional.glu.
    """
    input = tensor_of(input)  # noqa: A001
    if input.shape[normalized_axis("glu", dim, input.ndim)] % 2:
        raise ValueError(f"[glu] input must have an even length along axis {dim}, got shape {input.shape}")
    values, gate = ops.chunk(input, 2, dim)
    return ops.mul(values, ops.sigmoid(gate))
