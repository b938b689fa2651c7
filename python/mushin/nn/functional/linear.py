"""Products with weights, as functions."""
# ruff: noqa: A002  `input` is PyTorch's name for the argument

from __future__ import annotations

from math import prod

from mushin import ops
from mushin.autograd import Tensor
from mushin.ops.arrays import check_float, tensor_of


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


def bilinear(input1: Tensor, input2: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """y_k = sum over i and j of input1_i weight_kij input2_j, plus bias_k.

    Args:
        input1: (..., in1_features), float32 or float64.
        input2: (..., in2_features), with input1's leading axes.
        weight: (out_features, in1_features, in2_features).
        bias: (out_features,) or None.

    Returns:
        (..., out_features).

    Raises:
        ValueError: shapes that do not fit.
        TypeError: dtypes that differ or are not floating-point.

    Source: torch.nn.functional.bilinear.
    """
    a, b, weight = tensor_of(input1), tensor_of(input2), tensor_of(weight)
    bias = None if bias is None else tensor_of(bias)
    _check_bilinear(a, b, weight, bias)
    outputs, a_features, b_features = weight.shape
    leading, rows = a.shape[:-1], prod(a.shape[:-1])
    products = ops.linear(ops.reshape(b, (rows, b_features)), ops.reshape(weight, (outputs * a_features, b_features)))
    matrices = ops.reshape(products, (rows, outputs, a_features))
    y = ops.reshape(ops.matmul(matrices, ops.reshape(a, (rows, a_features, 1))), (*leading, outputs))
    return y if bias is None else ops.add(y, bias)


def _check_bilinear(a: Tensor, b: Tensor, weight: Tensor, bias: Tensor | None) -> None:
    if weight.ndim != 3:
        raise ValueError(
            f"[bilinear] weight must have shape (out_features, in1_features, in2_features), got {weight.shape}"
        )
    check_float("bilinear", "input1", a.array)
    leading = a.shape[:-1]
    wanted = {
        "input1": (a, (*leading, weight.shape[1]) if a.ndim else (weight.shape[1],)),
        "input2": (b, (*leading, weight.shape[2])),
        "weight": (weight, weight.shape),
        "bias": (bias, weight.shape[:1]),
    }
    for name, (tensor, shape) in wanted.items():
        if tensor is not None and tensor.shape != shape:
            raise ValueError(f"[bilinear] {name} must have shape {shape}, got {tensor.shape}")
        if tensor is not None and tensor.dtype != a.dtype:
            raise TypeError(f"[bilinear] {name} must be {a.dtype} as input1 is, got {tensor.dtype}")
