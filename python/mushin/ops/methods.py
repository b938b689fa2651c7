"""Attaches operators and methods to Tensor, in one table; autograd itself knows no op."""

from __future__ import annotations

from typing import Any

import numpy as np

from mushin import kernels
from mushin.autograd import NEW, Tensor, record
from mushin.ops import elementwise, in_place, reduce, shape
from mushin.ops.arrays import cast
from mushin.ops.matmul import matmul
from mushin.ops.softmax import softmax


def _sizes(shape: tuple[Any, ...]) -> tuple[int, ...]:
    """x.reshape(2, 3) and x.reshape((2, 3)) are the same."""
    return tuple(shape[0]) if len(shape) == 1 and isinstance(shape[0], (tuple, list)) else shape


def _reduction(op: Any) -> Any:
    """A reduction under PyTorch's argument names, NumPy's as well."""

    def method(
        self: Tensor, dim: Any = None, keepdim: bool = False, *, axis: Any = None, keepdims: bool = False
    ) -> Tensor:
        reduced: Tensor = op(self, axis if dim is None else dim, keepdim or keepdims)
        return reduced

    return _named(method, op)


def _named(method: Any, op: Any) -> Any:
    method.__name__, method.__doc__ = op.__name__, op.__doc__
    return method


def _reshape(self: Tensor, *sizes: Any) -> Tensor:
    return shape.reshape(self, _sizes(sizes))


def _view(self: Tensor, *sizes: Any) -> Tensor:
    return shape.view(self, _sizes(sizes))


def _permute(self: Tensor, *order: Any) -> Tensor:
    return shape.permute(self, _sizes(order))


def _transposed(self: Tensor) -> Tensor:
    """The tensor with its axes in reverse order."""
    return shape.permute(self, tuple(range(self.ndim))[::-1])


def _contiguous(self: Tensor) -> Tensor:
    """The tensor itself if its memory has no gaps, else a copy without."""
    return self if self.array.flags.c_contiguous else shape.reshape(self, self.shape)


def _clone(self: Tensor) -> Tensor:
    """A copy in new memory, in the graph."""
    return record(kernels.copy(NEW, self.array), (self,), lambda dy, into: (dy,))


def _to(self: Tensor, dtype: Any) -> Tensor:
    return cast(self, dtype)


METHODS: dict[str, Any] = {
    "__add__": elementwise.add,
    "__radd__": lambda self, other: elementwise.add(other, self),
    "__sub__": elementwise.sub,
    "__rsub__": lambda self, other: elementwise.sub(other, self),
    "__mul__": elementwise.mul,
    "__rmul__": lambda self, other: elementwise.mul(other, self),
    "__truediv__": elementwise.div,
    "__rtruediv__": lambda self, other: elementwise.div(other, self),
    "__neg__": elementwise.neg,
    "__matmul__": matmul,
    "__rmatmul__": lambda self, other: matmul(other, self),
    "__getitem__": shape.getitem,
    "__setitem__": in_place.setitem,
    "matmul": matmul,
    "relu": elementwise.relu,
    "sigmoid": elementwise.sigmoid,
    "tanh": elementwise.tanh,
    "exp": elementwise.exp,
    "log": elementwise.log,
    "softmax": _named(lambda self, dim=-1: softmax(self, dim), softmax),
    "sum": _reduction(reduce.sum),
    "mean": _reduction(reduce.mean),
    "max": _reduction(reduce.max),
    "argmax": _reduction(reduce.argmax),
    "reshape": _named(_reshape, shape.reshape),
    "view": _named(_view, shape.view),
    "flatten": shape.flatten,
    "permute": _named(_permute, shape.permute),
    "transpose": shape.transpose,
    "T": property(_transposed),
    "t": _transposed,
    "contiguous": _contiguous,
    "clone": _clone,
    "to": _named(_to, cast),
    "float": lambda self: cast(self, np.float32),
    "double": lambda self: cast(self, np.float64),
    "long": lambda self: cast(self, np.int64),
    "copy_": in_place.copy_,
    "fill_": in_place.fill_,
    "zero_": in_place.zero_,
    "add_": in_place.add_,
    "sub_": in_place.sub_,
    "mul_": in_place.mul_,
    "div_": in_place.div_,
}

for _name, _method in METHODS.items():
    setattr(Tensor, _name, _method)
