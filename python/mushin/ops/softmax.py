"""Softmax."""

from __future__ import annotations

from typing import Any

from mushin import kernels
from mushin.autograd import Tensor, record
from mushin.ops.arrays import normalized_axis, tensor_of
from mushin.ops.shape import permute, reshape


def softmax(x: Tensor, axis: int = -1) -> Tensor:
    """exp(x_i) / sum of exp(x_j) along an axis, computed from x minus its maximum."""
    return _along_the_last("softmax", kernels.softmax_forward, kernels.softmax_backward, x, axis)


def log_softmax(x: Tensor, axis: int = -1) -> Tensor:
    """x_i - log(sum of exp(x_j)) along an axis, computed from x minus its maximum.

    Source: torch.nn.functional.log_softmax.
    """
    return _along_the_last("log_softmax", kernels.log_softmax_forward, kernels.log_softmax_backward, x, axis)


def _along_the_last(op: str, forward_kernel: Any, backward_kernel: Any, x: Any, axis: int) -> Tensor:
    """An op of the last axis whose derivative is written in its result; another axis is brought there and back."""
    x = tensor_of(x)
    ndim = x.array.ndim
    axis = normalized_axis(op, axis, ndim or 1)
    if ndim == 0:
        return reshape(_along_the_last(op, forward_kernel, backward_kernel, reshape(x, (1,)), 0), ())
    if axis != ndim - 1:
        order = (*(i for i in range(ndim) if i != axis), axis)
        back = tuple(order.index(i) for i in range(ndim))
        return permute(_along_the_last(op, forward_kernel, backward_kernel, permute(x, order), -1), back)
    y = forward_kernel(x.array)
    return record(y, (x,), lambda dy, into: (backward_kernel(into[0], dy, y),))
