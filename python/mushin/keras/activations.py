"""Activations under Keras' names: functions of a tensor of any shape. ACTIVATIONS is the table of all of them: a line
there makes one known to `get`, to `Dense(activation=...)` and to `Activation`."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mushin import nn, ops
from mushin.autograd import Tensor
from mushin.keras import serialization
from mushin.ops.arrays import tensor_of


def linear(x: Any) -> Any:
    """x."""
    return x


def relu(x: Any, negative_slope: float = 0.0, max_value: float | None = None, threshold: float = 0.0) -> Tensor:
    """x above the threshold, negative_slope (x - threshold) up to it, and no more than max_value."""
    y = ops.relu(x) if threshold == 0.0 else ops.threshold(x, threshold, 0.0)
    if max_value is not None:
        y = ops.clip(y, 0.0, max_value)
    return y if negative_slope == 0.0 else ops.sub(y, ops.mul(ops.relu(ops.sub(threshold, x)), negative_slope))


def relu6(x: Any) -> Tensor:
    """x, but no less than 0 and no more than 6."""
    return ops.hardtanh(x, 0.0, 6.0)


def leaky_relu(x: Any, negative_slope: float = 0.2) -> Tensor:
    """x above 0, negative_slope x below."""
    return ops.leaky_relu(x, negative_slope)


def softmax(x: Any, axis: int = -1) -> Tensor:
    """exp(x_i) / sum over j of exp(x_j), along an axis."""
    return ops.softmax(x, axis)


def gelu(x: Any, approximate: bool = False) -> Tensor:
    """x times the standard normal distribution function of x; with tanh in its place if approximate."""
    return ops.gelu(x, "tanh" if approximate else "none")


def elu(x: Any, alpha: float = 1.0) -> Tensor:
    """x above 0, alpha (exp(x) - 1) below."""
    return ops.elu(x, alpha)


def celu(x: Any, alpha: float = 1.0) -> Tensor:
    """x above 0, alpha (exp(x / alpha) - 1) below."""
    return ops.celu(x, alpha)


def softplus(x: Any) -> Tensor:
    """log(1 + exp(x))."""
    return ops.softplus(x)


def hard_tanh(x: Any) -> Tensor:
    """x, but no less than -1 and no more than 1."""
    return ops.hardtanh(x)


def hard_shrink(x: Any, threshold: float = 0.5) -> Tensor:
    """x where |x| is above the threshold, else 0."""
    return ops.hardshrink(x, threshold)


def soft_shrink(x: Any, threshold: float = 0.5) -> Tensor:
    """x moved towards 0 by the threshold, and 0 within it."""
    return ops.softshrink(x, threshold)


def threshold(x: Any, threshold: float, default_value: float) -> Tensor:
    """x above the threshold, else default_value."""
    return ops.threshold(x, threshold, default_value)


def log_softmax(x: Any, axis: int = -1) -> Tensor:
    """x_i - log(sum over j of exp(x_j)), along an axis."""
    return ops.log_softmax(x, axis)


def glu(x: Any, axis: int = -1) -> Tensor:
    """The first half along an axis times the sigmoid of the second."""
    return nn.functional.glu(tensor_of(x), axis)


def squareplus(x: Any, b: float = 4.0) -> Tensor:
    """(x + sqrt(x^2 + b)) / 2."""
    return ops.mul(ops.add(x, ops.sqrt(ops.add(ops.square(x), b))), 0.5)


silu, mish, selu, softsign = ops.silu, ops.mish, ops.selu, ops.softsign
hard_sigmoid, hard_silu = ops.hard_sigmoid, ops.hard_swish
tanh_shrink, log_sigmoid = ops.tanhshrink, ops.log_sigmoid
sigmoid, tanh, exponential = ops.sigmoid, ops.tanh, ops.exp
swish, hard_swish = silu, hard_silu

ACTIVATIONS: dict[str, Callable[..., Any]] = {
    "celu": celu,
    "elu": elu,
    "exponential": exponential,
    "gelu": gelu,
    "glu": glu,
    "hard_shrink": hard_shrink,
    "hard_sigmoid": hard_sigmoid,
    "hard_silu": hard_silu,
    "hard_swish": hard_silu,
    "hard_tanh": hard_tanh,
    "leaky_relu": leaky_relu,
    "linear": linear,
    "log_sigmoid": log_sigmoid,
    "log_softmax": log_softmax,
    "mish": mish,
    "relu": relu,
    "relu6": relu6,
    "selu": selu,
    "sigmoid": sigmoid,
    "silu": silu,
    "soft_shrink": soft_shrink,
    "softmax": softmax,
    "softplus": softplus,
    "softsign": softsign,
    "squareplus": squareplus,
    "swish": silu,
    "tanh": tanh,
    "tanh_shrink": tanh_shrink,
}

# Those that `nn` has as a module of its own: a product finishes with some, and a loss does a softmax's work.
_MODULES: dict[Any, Callable[[], nn.Module]] = {
    gelu: nn.GELU,
    relu: nn.ReLU,
    sigmoid: nn.Sigmoid,
    softmax: lambda: nn.Softmax(dim=-1),
    tanh: nn.Tanh,
}


class _Function(nn.Module):
    """An activation that `nn` has no module for."""

    def __init__(self, function: Callable[..., Any]) -> None:
        super().__init__()
        self.function = function

    def forward(self, x: Tensor) -> Any:
        return self.function(x)


def get(identifier: Any, owner: str = "activations") -> Callable[..., Any]:
    """An activation from its name or configuration; a function of a tensor itself; `linear` of None.

    Args:
        identifier: the name, configuration or function.
        owner: whose activation it is, for the message.

    Raises:
        ValueError: a name that is not in the table.
    """
    if identifier is None:
        return linear
    if isinstance(identifier, dict):
        identifier = serialization.deserialize(identifier)
    if isinstance(identifier, str) and identifier in ACTIVATIONS:
        return ACTIVATIONS[identifier]
    if isinstance(identifier, str) or not callable(identifier):
        raise ValueError(
            f"[{owner}] activation must be one of {', '.join(ACTIVATIONS)}, None or a function, got {identifier!r}"
        )
    return identifier  # type: ignore[no-any-return]


def serialize(activation: Callable[..., Any]) -> Any:
    """An activation's name, or the configuration of a registered function."""
    return serialization.serialize("activations", activation)


def deserialize(config: Any) -> Callable[..., Any]:
    """The activation of a name or configuration."""
    return get(config)


def modules_of(activation: Callable[..., Any]) -> list[nn.Module]:
    """The nn modules that an activation is: one, or none of `linear`."""
    if activation is linear:
        return []
    return [_MODULES[activation]() if activation in _MODULES else _Function(activation)]
