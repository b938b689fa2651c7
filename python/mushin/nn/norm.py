"""Layers that normalize."""
# ruff: noqa: A002  `input` is PyTorch's name for the argument

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from mushin import ops
from mushin.autograd import Tensor
from mushin.nn import init
from mushin.nn.module import Module
from mushin.nn.parameter import Parameter, float_dtype
from mushin.ops.creation import empty
from mushin.ops.norm import axis_lengths


class LayerNorm(Module):
    """y = (x - mean) / sqrt(variance + eps) weight + bias, with mean and variance over the last axes.

    Args:
        normalized_shape: the lengths of these axes, or the length of the last one.
        eps: added to the variance.
        elementwise_affine: whether there are a weight, which starts as ones, and a bias.
        bias: whether there is a bias, which starts as zeros.
        dtype: of the parameters: float32 (None) or float64.

    Shapes: x and y (..., *normalized_shape), weight and bias normalized_shape.

    Raises:
        ValueError: an x that does not fit.
        TypeError: lengths that are no integers, another dtype.

    Source: Ba, Kiros and Hinton 2016; torch.nn.LayerNorm.
    """

    weight: Parameter | None
    bias: Parameter | None

    def __init__(
        self,
        normalized_shape: int | Sequence[int],
        eps: float = 1e-5,
        elementwise_affine: bool = True,
        bias: bool = True,
        *,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        self.normalized_shape = axis_lengths("LayerNorm", normalized_shape)
        self.eps = eps
        self.elementwise_affine = elementwise_affine
        dtype = float_dtype("LayerNorm", dtype)
        for name, wanted in (("weight", elementwise_affine), ("bias", elementwise_affine and bias)):
            self.register_parameter(name, Parameter(empty(*self.normalized_shape, dtype=dtype)) if wanted else None)
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Ones and zeros."""
        if self.weight is not None:
            init.ones_(self.weight)
        if self.bias is not None:
            init.zeros_(self.bias)

    def forward(self, input: Tensor) -> Tensor:
        return ops.layer_norm(input, self.normalized_shape, self.weight, self.bias, self.eps)

    def extra_repr(self) -> str:
        return f"{self.normalized_shape}, eps={self.eps}, elementwise_affine={self.elementwise_affine}"
