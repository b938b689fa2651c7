"""Elementwise ops: one operand, or two that are broadcast together as NumPy does."""

from __future__ import annotations

from typing import Any

import numpy as np

from mushin import kernels
from mushin.autograd import NEW, Tensor, record
from mushin.ops.arrays import number, operands, tensor_of
from mushin.ops.reduce import sum_to


def _of_output(forward_kernel: Any, backward_kernel: Any, x: Any) -> Tensor:
    """An op whose derivative is written in its result."""
    x = tensor_of(x)
    y = forward_kernel(x.array)
    return record(y, (x,), lambda dy, into: (backward_kernel(into[0], dy, y),))


def _of_input(forward_kernel: Any, backward_kernel: Any, x: Any) -> Tensor:
    """An op whose derivative is written in its operand."""
    x = tensor_of(x)
    values = x.array
    return record(forward_kernel(values), (x,), lambda dy, into: (backward_kernel(into[0], dy, values),))


def relu(x: Tensor) -> Tensor:
    """max(x, 0), of any shape; its derivative at 0 is 0."""
    return _of_output(kernels.relu_forward, kernels.relu_backward, x)


def sigmoid(x: Tensor) -> Tensor:
    """1 / (1 + exp(-x)), of any shape."""
    return _of_output(kernels.sigmoid_forward, kernels.sigmoid_backward, x)


def tanh(x: Tensor) -> Tensor:
    """Hyperbolic tangent, of any shape."""
    return _of_output(kernels.tanh_forward, kernels.tanh_backward, x)


def exp(x: Tensor) -> Tensor:
    """Exponential, of any shape."""
    return _of_output(kernels.exp_forward, kernels.exp_backward, x)


def log(x: Tensor) -> Tensor:
    """Natural logarithm, of any shape; -infinity at 0, NaN below."""
    return _of_input(kernels.log_forward, kernels.log_backward, x)


def sin(x: Tensor) -> Tensor:
    """Sine of an angle in radians, of any shape."""
    return _of_input(kernels.sin_forward, kernels.sin_backward, x)


def cos(x: Tensor) -> Tensor:
    """Cosine of an angle in radians, of any shape."""
    return _of_input(kernels.cos_forward, kernels.cos_backward, x)


def erf(x: Tensor) -> Tensor:
    """Error function, 2 / sqrt(pi) times the integral of exp(-t^2) from 0 to x; of any shape."""
    return _of_input(kernels.erf_forward, kernels.erf_backward, x)


def gelu(x: Tensor, approximate: str = "none") -> Tensor:
    """Gaussian error linear unit, x times the standard normal distribution function of x; of any shape.

    approximate: "none", or "tanh" for x / 2 (1 + tanh(sqrt(2 / pi) (x + 0.044715 x^3))), which GPT-2 uses.
    Source: Hendrycks and Gimpel 2016, section 2.
    """
    if approximate not in ("none", "tanh"):
        raise ValueError(f'[gelu] approximate must be "none" or "tanh", got {approximate!r}')
    if approximate == "tanh":
        return _of_input(kernels.gelu_tanh_forward, kernels.gelu_tanh_backward, x)
    return _of_input(kernels.gelu_forward, kernels.gelu_backward, x)


def add(a: Any, b: Any) -> Tensor:
    """a + b."""
    a, b = operands("add", a, b)
    y = kernels.add_forward(a.array, b.array)
    if a.array.shape == b.array.shape:
        return record(y, (a, b), _to_both)
    return record(y, (a, b), _summed_to(a.array.shape, b.array.shape))


def _to_both(dy: np.ndarray, into: Any) -> Any:
    """dy for both operands: handed on to other ops as it is, and written by one launch for leaves."""
    to_a, to_b = into
    to_a, to_b = None if to_a is NEW else to_a, None if to_b is NEW else to_b
    if to_a is None and to_b is None:
        return dy, dy
    da, db = kernels.add_backward(to_a, to_b, dy, dy, dy)
    return dy if to_a is None else da, dy if to_b is None else db


def _summed_to(a_shape: tuple[int, ...], b_shape: tuple[int, ...]) -> Any:
    return lambda dy, into: (sum_to(dy, a_shape, into[0]), sum_to(dy, b_shape, into[1]))


def _binary(op: str, forward_kernel: Any, backward_kernel: Any, a: Any, b: Any) -> Tensor:
    """An op whose derivatives depend on its operands: the kernel gives both in the broadcast shape."""
    a, b = operands(op, a, b)
    x, y = a.array, b.array
    z = forward_kernel(x, y)
    if x.shape == y.shape:
        return record(z, (a, b), lambda dy, into: backward_kernel(into[0], into[1], dy, x, y))

    def backward(dy: np.ndarray, into: Any) -> Any:
        da, db = backward_kernel(_whole(into[0], x.shape, dy), _whole(into[1], y.shape, dy), dy, x, y)
        return sum_to(da, x.shape, into[0]), sum_to(db, y.shape, into[1])

    return record(z, (a, b), backward)


def _whole(into: Any, shape: tuple[int, ...], dy: np.ndarray) -> Any:
    """Where a gradient of dy's shape goes: to its destination only if the operand, of `shape`, was not broadcast."""
    return into if into is None or shape == dy.shape else NEW


def sub(a: Any, b: Any) -> Tensor:
    """a - b."""
    a, b = operands("sub", a, b)
    a_shape, b_shape = a.array.shape, b.array.shape

    def backward(dy: np.ndarray, into: Any) -> Any:
        # The derivatives do not depend on the operands: dy stands in their places.
        da, db = kernels.sub_backward(_whole(into[0], a_shape, dy), _whole(into[1], b_shape, dy), dy, dy, dy)
        return sum_to(da, a_shape, into[0]), sum_to(db, b_shape, into[1])

    return record(kernels.sub_forward(a.array, b.array), (a, b), backward)


def mul(a: Any, b: Any) -> Tensor:
    """a * b."""
    return _binary("mul", kernels.mul_forward, kernels.mul_backward, a, b)


def div(a: Any, b: Any) -> Tensor:
    """a / b; infinity or NaN where b is 0."""
    return _binary("div", kernels.div_forward, kernels.div_backward, a, b)


def maximum(a: Any, b: Any) -> Tensor:
    """The larger of a and b; NaN if one is. Equal operands share the gradient."""
    return _binary("maximum", kernels.maximum_forward, kernels.maximum_backward, a, b)


def minimum(a: Any, b: Any) -> Tensor:
    """The smaller of a and b; NaN if one is. Equal operands share the gradient."""
    return _binary("minimum", kernels.minimum_forward, kernels.minimum_backward, a, b)


def clip(x: Tensor, low: float, high: float) -> Tensor:
    """x, but no less than low and no more than high; its derivative at both is 1."""
    low, high = number("clip", "low", low), number("clip", "high", high)
    x = tensor_of(x)
    values = x.array
    y = kernels.clip_forward(values, low, high)
    return record(y, (x,), lambda dy, into: (kernels.clip_backward(into[0], dy, values, low, high),))


def neg(x: Tensor) -> Tensor:
    """-x, of any shape."""
    x = tensor_of(x)
    return record(kernels.neg_forward(x.array), (x,), lambda dy, into: (kernels.neg_backward(into[0], dy, dy),))
