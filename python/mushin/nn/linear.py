"""Linear, and the layers that only pass on or reshape."""
# ruff: noqa: A002  `input` is PyTorch's name for the argument

from __future__ import annotations

import math
import operator
from typing import Any

from mushin import ops
from mushin.autograd import Tensor
from mushin.nn import init
from mushin.nn.module import Module
from mushin.nn.parameter import Parameter, float_dtype
from mushin.ops.creation import empty


class Linear(Module):
    """y = x W^T + b.

    Args:
        in_features, out_features: the lengths of x's and y's last axis.
        bias: whether there is a b.
        dtype: of the parameters: float32 (None) or float64.

    Shapes: x (..., in_features) of the parameters' dtype, y (..., out_features), weight (out_features, in_features),
    bias (out_features,). Both start uniform in [-k, k), k = 1 / sqrt(in_features).

    Raises:
        ValueError: a negative number of features; at the call, an x that does not fit.
        TypeError: a number of features that is no integer, another dtype.

    Source: torch.nn.Linear.
    """

    bias: Parameter | None

    def __init__(self, in_features: int, out_features: int, bias: bool = True, *, dtype: Any = None) -> None:
        super().__init__()
        self.in_features = _feature_count("in_features", in_features)
        self.out_features = _feature_count("out_features", out_features)
        dtype = float_dtype("Linear", dtype)
        self.weight = Parameter(empty(self.out_features, self.in_features, dtype=dtype))
        self.register_parameter("bias", Parameter(empty(self.out_features, dtype=dtype)) if bias else None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draws the initial values anew."""
        init.kaiming_uniform_(self.weight, a=math.sqrt(5))
        if self.bias is not None:
            bound = 1 / math.sqrt(self.in_features) if self.in_features > 0 else 0.0
            init.uniform_(self.bias, -bound, bound)

    def forward(self, input: Tensor) -> Tensor:
        return ops.linear(input, self.weight, self.bias)

    def extra_repr(self) -> str:
        return f"in_features={self.in_features}, out_features={self.out_features}, bias={self.bias is not None}"


def _feature_count(name: str, value: Any) -> int:
    try:
        count = operator.index(value)
    except TypeError:
        raise TypeError(f"[Linear] {name} must be an integer, got {type(value).__name__}") from None
    if count < 0:
        raise ValueError(f"[Linear] {name} must not be negative, got {count}")
    return count


class Flatten(Module):
    """The axes from start_dim to end_dim as one: (batch, 1, 28, 28) becomes (batch, 784).

    Source: torch.nn.Flatten.
    """

    def __init__(self, start_dim: int = 1, end_dim: int = -1) -> None:
        super().__init__()
        self.start_dim = start_dim
        self.end_dim = end_dim

    def forward(self, input: Tensor) -> Tensor:
        return ops.flatten(input, self.start_dim, self.end_dim)

    def extra_repr(self) -> str:
        return f"start_dim={self.start_dim}, end_dim={self.end_dim}"


class Identity(Module):
    """y = x; takes any arguments, so that it can stand in another layer's place.

    Source: torch.nn.Identity.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__()

    def forward(self, input: Tensor) -> Tensor:
        return input
