"""Linear and Bilinear, and the layers that only pass on or reshape."""
# ruff: noqa: A002  `input` is PyTorch's name for the argument

from __future__ import annotations

import math
from collections.abc import Sequence
from typing import Any

import numpy as np

from mushin import ops
from mushin.autograd import Tensor
from mushin.nn import functional, init
from mushin.nn.module import Module
from mushin.nn.parameter import Parameter, axis_length, float_dtype
from mushin.ops.arrays import normalized_axis
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
        self.in_features = axis_length("Linear", "in_features", in_features)
        self.out_features = axis_length("Linear", "out_features", out_features)
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


class Bilinear(Module):
    """y_k = sum over i and j of x1_i weight_kij x2_j, plus bias_k.

    Args:
        in1_features, in2_features, out_features: the lengths of x1's, x2's and y's last axis.
        bias: whether there is a bias.
        dtype: of the parameters: float32 (None) or float64.

    Shapes: x1 (..., in1_features) and x2 (..., in2_features) of the parameters' dtype, y (..., out_features), weight
    (out_features, in1_features, in2_features), bias (out_features,). Both start uniform in [-k, k),
    k = 1 / sqrt(in1_features).

    Raises:
        ValueError: in1_features below 1, another negative number; at the call, inputs that do not fit.
        TypeError: a number of features that is no integer, another dtype.

    Source: torch.nn.Bilinear.
    """

    bias: Parameter | None

    def __init__(
        self, in1_features: int, in2_features: int, out_features: int, bias: bool = True, *, dtype: Any = None
    ) -> None:
        super().__init__()
        self.in1_features = axis_length("Bilinear", "in1_features", in1_features)
        self.in2_features = axis_length("Bilinear", "in2_features", in2_features)
        self.out_features = axis_length("Bilinear", "out_features", out_features)
        if self.in1_features == 0:
            raise ValueError("[Bilinear] in1_features must be at least 1, got 0")
        dtype = float_dtype("Bilinear", dtype)
        self.weight = Parameter(empty(self.out_features, self.in1_features, self.in2_features, dtype=dtype))
        self.register_parameter("bias", Parameter(empty(self.out_features, dtype=dtype)) if bias else None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draws the initial values anew."""
        bound = 1 / math.sqrt(self.in1_features)
        init.uniform_(self.weight, -bound, bound)
        if self.bias is not None:
            init.uniform_(self.bias, -bound, bound)

    def forward(self, input1: Tensor, input2: Tensor) -> Tensor:
        return functional.bilinear(input1, input2, self.weight, self.bias)

    def extra_repr(self) -> str:
        return (
            f"in1_features={self.in1_features}, in2_features={self.in2_features}, out_features={self.out_features}, "
            f"bias={self.bias is not None}"
        )


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


class Unflatten(Module):
    """One axis as several: with dim 1 and (1, 28, 28), (batch, 784) becomes (batch, 1, 28, 28).

    Args:
        dim: the axis.
        unflattened_size: the lengths that it is divided into, of which one may be -1.

    Raises:
        TypeError: a dim that is no integer, lengths that are none.
        ValueError: no lengths; at the call, lengths that do not fit the axis, or an axis that x does not have.

    Source: torch.nn.Unflatten.
    """

    def __init__(self, dim: int, unflattened_size: Sequence[int]) -> None:
        super().__init__()
        sizes = tuple(unflattened_size) if isinstance(unflattened_size, (tuple, list)) else ()
        if not all(isinstance(n, (int, np.integer)) for n in (dim, *sizes)):
            raise TypeError(f"[Unflatten] dim and lengths must be integers, got {dim!r} and {unflattened_size!r}")
        if not sizes:
            raise ValueError(f"[Unflatten] unflattened_size must be a tuple of lengths, got {unflattened_size!r}")
        self.dim = dim
        self.unflattened_size = sizes

    def forward(self, input: Tensor) -> Tensor:
        shape, sizes = input.shape, self.unflattened_size
        axis = normalized_axis("Unflatten", self.dim, len(shape))
        known = math.prod(n for n in sizes if n != -1)
        if sizes.count(-1) == 1 and known > 0:
            sizes = tuple(shape[axis] // known if n == -1 else n for n in sizes)
        if math.prod(sizes) != shape[axis] or min(sizes) < 0:
            raise ValueError(f"[Unflatten] {self.unflattened_size} must divide axis {self.dim} of shape {shape}")
        return ops.reshape(input, (*shape[:axis], *sizes, *shape[axis + 1 :]))

    def extra_repr(self) -> str:
        return f"dim={self.dim}, unflattened_size={self.unflattened_size}"


class Identity(Module):
    """y = x; takes any arguments, so that it can stand in another layer's place.

    Source: torch.nn.Identity.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__()

    def forward(self, input: Tensor) -> Tensor:
        return input
