"""Attaches operators and methods to Tensor, in one table; autograd itself knows no op."""

from __future__ import annotations

from typing import Any

import numpy as np

from mushin import kernels
from mushin.autograd import NEW, Tensor, is_grad_enabled, record
from mushin.ops import elementwise, in_place, shape
from mushin.ops.arrays import cast, dtype_of, sizes_of
from mushin.ops.matmul import matmul
from mushin.ops.reduction_methods import REDUCTION_METHODS, named


def _reshape(self: Tensor, *sizes: Any) -> Tensor:
    return shape.reshape(self, sizes_of(sizes))


def _view(self: Tensor, *sizes: Any) -> Tensor:
    return shape.view(self, sizes_of(sizes))


def _permute(self: Tensor, *order: Any) -> Tensor:
    return shape.permute(self, sizes_of(order))


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
    if isinstance(dtype, str) and dtype == "cpu":
        return self
    try:
        target = dtype_of("to", dtype)
    except TypeError as error:
        raise TypeError(f"{error}; the only device is 'cpu'") from None
    return cast(self, target)


def _augmented(op: Any, write: Any) -> Any:
    """`x += y`: in x's memory where no gradient is wanted. What an op computed with a gradient becomes a new tensor."""

    def method(self: Tensor, other: Any) -> Tensor:
        gradient_wanted = self.requires_grad or (isinstance(other, Tensor) and other.requires_grad)
        collects = self.requires_grad and self.is_leaf  # writing into it raises
        in_graph = gradient_wanted and is_grad_enabled() and not collects
        result: Tensor = op(self, other) if in_graph else write(self, other)
        return result

    return named(method, write)


def _not_compared(self: Tensor, other: Any) -> Any:
    """Raises: there are no comparisons yet."""
    raise TypeError("[compare] tensors are not compared yet; compare their arrays: a.numpy() == b.numpy()")


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
    "__iadd__": _augmented(elementwise.add, in_place.add_),
    "__isub__": _augmented(elementwise.sub, in_place.sub_),
    "__imul__": _augmented(elementwise.mul, in_place.mul_),
    "__itruediv__": _augmented(elementwise.div, in_place.div_),
    "__eq__": _not_compared,
    "__ne__": _not_compared,
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
    "sin": elementwise.sin,
    "cos": elementwise.cos,
    "erf": elementwise.erf,
    **REDUCTION_METHODS,
    "reshape": named(_reshape, shape.reshape),
    "view": named(_view, shape.view),
    "flatten": shape.flatten,
    "permute": named(_permute, shape.permute),
    "transpose": shape.transpose,
    "T": property(_transposed),
    "t": _transposed,
    "contiguous": _contiguous,
    "clone": _clone,
    "to": named(_to, cast),
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
