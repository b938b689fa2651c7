"""Softmax."""

from __future__ import annotations

from mushin import kernels
from mushin.autograd import Tensor, record
from mushin.ops.arrays import normalized_axis, tensor_of
from mushin.ops.shape import permute


def softmax(x: Tensor, axis: int = -1) -> Tensor:
    """exp(x_i) / sum of exp(x_j) along an axis, computed from x minus its maximum."""
    x = tensor_of(x)
    axis = normalized_axis("softmax", axis, x.array.ndim)
    if axis != x.array.ndim - 1:
        order = (*(i for i in range(x.array.ndim) if i != axis), axis)
        back = tuple(order.index(i) for i in range(x.array.ndim))
        return permute(softmax(permute(x, order)), back)
    y = kernels.softmax_forward(x.array)
    return record(y, (x,), lambda dy, into: (kernels.softmax_backward(into[0], dy, y),))
