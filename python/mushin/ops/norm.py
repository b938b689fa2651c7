"""Normalization."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np

from mushin import kernels
from mushin.autograd import Tensor, record
from mushin.ops.arrays import check_float, number, same_dtype, tensor_of
from mushin.ops.shape import reshape


def layer_norm(
    x: Tensor,
    normalized_shape: int | Sequence[int],
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    eps: float = 1e-5,
) -> Tensor:
    """(x - mean) / sqrt(variance + eps) weight + bias, with mean and variance (the mean square) over the last axes.

    Args:
        x: (..., *normalized_shape), float32 or float64.
        normalized_shape: the lengths of the axes that are normalized together, or the length of the last one.
        weight, bias: of shape normalized_shape and x's dtype, or None.
        eps: added to the variance.

    Raises:
        ValueError: shapes that do not fit.
        TypeError: dtypes that differ or are not floating-point.

    Source: Ba, Kiros and Hinton 2016; torch.nn.functional.layer_norm.
    """
    x = tensor_of(x)
    shape = axis_lengths("layer_norm", normalized_shape)
    values = x.array
    check_float("layer_norm", "x", values)
    if len(shape) > values.ndim or values.shape[values.ndim - len(shape) :] != shape:
        raise ValueError(f"[layer_norm] x must have shape (..., {str(shape)[1:-1].rstrip(',')}), got {values.shape}")
    eps = number("layer_norm", "eps", eps)
    parameters = {name: tensor_of(p) for name, p in (("weight", weight), ("bias", bias)) if p is not None}
    for name, parameter in parameters.items():
        if parameter.array.shape != shape:
            raise ValueError(f"[layer_norm] {name} must have shape {shape}, got {parameter.array.shape}")
        if not same_dtype(parameter.array, values):
            raise TypeError(f"[layer_norm] {name} must be {values.dtype} as x, got {parameter.array.dtype}")
    if len(shape) > 1:
        flat = {name: reshape(parameter, (prod(shape),)) for name, parameter in parameters.items()}
        rows = reshape(x, (*values.shape[: -len(shape)], prod(shape)))
        return reshape(layer_norm(rows, prod(shape), flat.get("weight"), flat.get("bias"), eps), values.shape)

    w, b = (parameters[name].array if name in parameters else None for name in ("weight", "bias"))
    y, mean, rstd = kernels.layer_norm_forward(values, w, b, eps)

    def backward(dy: np.ndarray, into: Any) -> Any:
        of = dict(zip(("x", *parameters), into, strict=True))
        gradients = kernels.layer_norm_backward(of["x"], of.get("weight"), of.get("bias"), dy, values, w, mean, rstd)
        return [gradient for name, gradient in zip(("x", "weight", "bias"), gradients, strict=True) if name in of]

    return record(y, (x, *parameters.values()), backward)


def axis_lengths(op: str, normalized_shape: Any) -> tuple[int, ...]:
    """The lengths of the axes that are normalized together, from a sequence of them or the last one's."""
    lengths = normalized_shape if isinstance(normalized_shape, Sequence) else [normalized_shape]
    try:
        shape = tuple(operator.index(length) for length in lengths)
    except TypeError:
        raise TypeError(f"[{op}] normalized_shape must be integers, got {normalized_shape!r}") from None
    if not shape or min(shape) < 0:
        raise ValueError(f"[{op}] normalized_shape must be lengths of at least one axis, got {normalized_shape!r}")
    return shape
