"""Matrix products: matmul, and linear with its bias and activation in the product's epilogue."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from mushin import kernels
from mushin.autograd import NEW, Tensor, record
from mushin.ops.arrays import check_float, explained, operands, reshaped, same_dtype, tensor_of
from mushin.ops.packing import in_thread
from mushin.ops.sums import sum_array_to, sum_of_rows

# The activations that a product can finish with: the kernel's number, and the backward kernel.
EPILOGUES: dict[str | None, tuple[int, Any]] = {
    None: (0, None),
    "relu": (1, kernels.relu_backward),
    "sigmoid": (2, kernels.sigmoid_backward),
    "tanh": (3, kernels.tanh_backward),
}


def linear(x: Tensor, weight: Tensor, bias: Tensor | None = None, activation: str | None = None) -> Tensor:
    """y = activation(x weight^T + bias).

    Args:
        x: (..., in_features).
        weight: (out_features, in_features), of x's dtype.
        bias: (out_features,) or None.
        activation: None, "relu", "sigmoid" or "tanh".

    Returns:
        (..., out_features).

    Raises:
        ValueError: shapes that do not fit, another activation.
        TypeError: dtypes that differ or are not floating-point, a weight or bias that is no tensor.

    Source: torch.nn.functional.linear.
    """
    x = tensor_of(x)
    try:
        w, b = weight.array, None if bias is None else bias.array
        shape = x.array.shape
        rows = x.array if len(shape) == 2 else reshaped(x.array, (prod(shape[:-1]), shape[-1]))
        number, activation_backward = EPILOGUES[activation]
        packings = in_thread.packings
        y = kernels.gemm(NEW, rows, w.T, b, number) if packings is None else packings.linear(rows, weight, b, number)
    except (AttributeError, LookupError, TypeError, ValueError) as refusal:
        raise explained(refusal, _check_linear, x.array, weight, bias, activation) from None

    def backward(dy: np.ndarray, into: Any) -> Any:
        dz = dy if dy.ndim == 2 else reshaped(dy, y.shape)
        if activation_backward is not None:
            dz = activation_backward(NEW, dz, y)
        to_x = into[0] if into[0] is None or len(shape) == 2 else NEW
        dx = kernels.gemm(to_x, dz, w, None, 0)
        dw = kernels.gemm(into[1], dz.T, rows, None, 0)
        dx = dx if dx is None or len(shape) == 2 else dx.reshape(shape)
        if len(into) == 2:
            return dx, dw
        return dx, dw, None if into[2] is None else sum_of_rows(dz, into[2])

    inputs = (x, weight) if bias is None else (x, weight, bias)
    return record(y if len(shape) == 2 else y.reshape((*shape[:-1], w.shape[0])), inputs, backward)


def _check_linear(x: np.ndarray, weight: Any, bias: Any, activation: Any) -> None:
    try:
        w, b = weight.array, None if bias is None else bias.array
    except AttributeError:
        name, value = ("bias", bias) if isinstance(weight, Tensor) else ("weight", weight)
        raise TypeError(f"[linear] {name} must be a tensor, got {type(value).__name__}") from None
    check_float("linear", "x", x)
    if w.ndim != 2:
        raise ValueError(f"[linear] weight must have shape (out_features, in_features), got {w.shape}")
    if x.ndim == 0 or x.shape[-1] != w.shape[1]:
        raise ValueError(
            f"[linear] x must have shape (..., {w.shape[1]}) for a weight of shape {w.shape}, got {x.shape}"
        )
    if not same_dtype(w, x):
        raise _other_dtype(x, "weight", w)
    if b is not None and b.shape != w.shape[:1]:
        raise ValueError(f"[linear] bias must have shape {w.shape[:1]}, got {b.shape}")
    if b is not None and not same_dtype(b, x):
        raise _other_dtype(x, "bias", b)
    if not (activation is None or isinstance(activation, str)) or activation not in EPILOGUES:
        raise ValueError(f"[linear] activation must be None, 'relu', 'sigmoid' or 'tanh', got {activation!r}")


def _other_dtype(x: np.ndarray, name: str, parameter: np.ndarray) -> TypeError:
    casts = {"float32": "float", "float64": "double"}
    to_parameter, to_x = casts.get(parameter.dtype.name), casts[x.dtype.name]
    advice = f"x.{to_parameter}() or model.{to_x}()" if to_parameter else f"{name}.{to_x}()"
    return TypeError(f"[linear] x is {x.dtype.name} and {name} {parameter.dtype.name}: convert one, with {advice}")


def matmul(a: Any, b: Any) -> Tensor:
    """Matrix product; leading axes are batches and are broadcast together.

    Args:
        a: (..., m, k) or (k,).
        b: (..., k, n) or (k,).

    Returns:
        (..., m, n), without m or n where the operand had one axis.

    Source: numpy.matmul, torch.matmul.
    """
    try:  # most are two tensors of one dtype with the same batches, or none, and the kernel knows whether they are
        x, y = a.array, b.array
        product = kernels.gemm(NEW, x, y, None, 0) if x.ndim == y.ndim > 1 else None
    except (AttributeError, TypeError, ValueError):
        product = None
    if product is None:
        return _matmul_of_any(*operands("matmul", a, b))

    def backward(dy: np.ndarray, into: Any) -> Any:
        return kernels.gemm(into[0], dy, y.mT, None, 0), kernels.gemm(into[1], x.mT, dy, None, 0)

    return record(product, (a, b), backward)


def _check_matmul(a: np.ndarray, b: np.ndarray) -> None:
    if a.ndim == 0 or b.ndim == 0:
        raise ValueError(f"[matmul] a and b must have at least one axis, got shapes {a.shape} and {b.shape}")
    check_float("matmul", "a and b", a)
    if a.shape[-1] != b.shape[-2 if b.ndim > 1 else 0]:
        raise ValueError(
            f"[matmul] a's last axis must be as long as b's last but one, got shapes {a.shape} and {b.shape}"
        )


def _matmul_of_any(a: Tensor, b: Tensor) -> Tensor:
    """`matmul` of operands whose batches are broadcast, or of vectors, which are matrices of one row or column."""
    _check_matmul(a.array, b.array)
    x = a.array if a.array.ndim > 1 else a.array[None, :]
    y = b.array if b.array.ndim > 1 else b.array[:, None]
    x_full, y_full = _broadcast_batches(x, y)
    product = kernels.gemm(NEW, x_full, y_full, None, 0)
    shape = product.shape
    a_shape, b_shape = a.array.shape, b.array.shape

    def backward(dy: np.ndarray, into: Any) -> Any:
        dc = reshaped(dy, shape)
        da = _operand_gradient(into[0], dc, y_full.mT, a_shape, x.shape)
        db = _operand_gradient(into[1], x_full.mT, dc, b_shape, y.shape)
        return da, db

    kept = shape[:-2] + ((shape[-2],) if len(a_shape) > 1 else ()) + ((shape[-1],) if len(b_shape) > 1 else ())
    return record(product.reshape(kept), (a, b), backward)


def _operand_gradient(
    into: Any, left: np.ndarray, right: np.ndarray, shape: tuple[int, ...], as_matrix: tuple[int, ...]
) -> np.ndarray | None:
    """left @ right for an operand of a shape that was taken as a matrix, and may have been repeated in a batch."""
    if into is None:
        return None
    is_whole = (*left.shape[:-1], right.shape[-1]) == shape
    whole: np.ndarray = kernels.gemm(into if is_whole else NEW, left, right, None, 0)
    if is_whole:
        return whole
    return reshaped(whole if whole.shape == as_matrix else sum_array_to(whole, as_matrix), shape)


def _broadcast_batches(x: np.ndarray, y: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    if x.shape[:-2] == y.shape[:-2]:
        return x, y
    try:
        batches = np.broadcast_shapes(x.shape[:-2], y.shape[:-2])
    except ValueError:
        raise ValueError(f"[matmul] batch axes must broadcast together, got shapes {x.shape} and {y.shape}") from None
    return np.broadcast_to(x, batches + x.shape[-2:]), np.broadcast_to(y, batches + y.shape[-2:])
