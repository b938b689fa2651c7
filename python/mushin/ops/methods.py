"""Attaches operators and methods to Tensor, in one table; autograd itself knows no op."""

from __future__ import annotations

from typing import Any

import numpy as np

from mushin.autograd import Tensor, as_array, forbid_while_recording, is_grad_enabled
from mushin.ops import arranging, elementwise, gathering, in_place, indexing, joining, products, reduce, sampling, shape
from mushin.ops.arrays import cast, dtype_of, sizes_of
from mushin.ops.matmul import matmul
from mushin.ops.softmax import softmax


def _reduction(op: Any) -> Any:
    """A reduction under PyTorch's argument names, NumPy's as well."""

    def method(
        self: Tensor, dim: Any = None, keepdim: bool = False, *, axis: Any = None, keepdims: bool = False
    ) -> Tensor:
        reduced: Tensor = op(self, axis if dim is None else dim, keepdim or keepdims)
        return reduced

    return _named(method, op)


def _max(
    self: Tensor, dim: int | None = None, keepdim: bool = False, *, axis: Any = None, keepdims: bool = False
) -> Any:
    """Maximum: along `dim` the values and their indices, as PyTorch's; over `axis`, or over all, only the values.

    A NaN is the largest. The gradient goes to the first place of the maximum.

    Raises:
        ValueError: nothing to reduce.
    """
    if dim is None:
        return reduce.max(self, axis, keepdims or keepdim)
    return reduce.max_with_indices(self, dim, keepdim or keepdims)


def _softmax(self: Tensor, dim: int | None = None, *, axis: int = -1) -> Tensor:
    return softmax(self, axis if dim is None else dim)


def _named(method: Any, op: Any) -> Any:
    method.__name__, method.__doc__ = op.__name__, op.__doc__
    return method


def _reshape(self: Tensor, *sizes: Any) -> Tensor:
    return shape.reshape(self, sizes_of(sizes))


def _view(self: Tensor, *sizes: Any) -> Tensor:
    return shape.view(self, sizes_of(sizes))


def _permute(self: Tensor, *order: Any) -> Tensor:
    return shape.permute(self, sizes_of(order))


def _expand(self: Tensor, *sizes: Any) -> Tensor:
    return shape.expand(self, sizes_of(sizes))


def _expand_as(self: Tensor, other: Tensor) -> Tensor:
    """`expand` to another tensor's shape."""
    return shape.expand(self, as_array(other).shape)


def _flip(self: Tensor, *dims: Any) -> Tensor:
    return arranging.flip(self, sizes_of(dims))


def _ravel(self: Tensor) -> Tensor:
    """The elements as one axis; a view where the memory allows it."""
    return shape.reshape(self, (-1,))


def _where(self: Tensor, condition: Any, other: Any) -> Tensor:
    """self where the condition is true, else other; see `mushin.where`."""
    chosen: Tensor = gathering.where(condition, self, other)
    return chosen


def _contains(self: Tensor, element: Any) -> bool:
    """Whether an element of the tensor has a value."""
    forbid_while_recording("contains")
    return bool((self.array == as_array(element)).any())


def _transposed(self: Tensor) -> Tensor:
    """The tensor with its axes in reverse order."""
    return shape.permute(self, tuple(range(self.ndim))[::-1])


def _contiguous(self: Tensor) -> Tensor:
    """The tensor itself if its memory has no gaps, else a copy without."""
    return self if self.array.flags.c_contiguous else shape.reshape(self, self.shape)


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

    return _named(method, write)


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
    "__getitem__": indexing.getitem,
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
    "softmax": _named(_softmax, softmax),
    "sum": _reduction(reduce.sum),
    "mean": _reduction(reduce.mean),
    "max": _max,
    "argmax": _reduction(reduce.argmax),
    "reshape": _named(_reshape, shape.reshape),
    "view": _named(_view, shape.view),
    "flatten": shape.flatten,
    "permute": _named(_permute, shape.permute),
    "transpose": shape.transpose,
    "T": property(_transposed),
    "t": _transposed,
    "contiguous": _contiguous,
    "expand": _named(_expand, shape.expand),
    "expand_as": _expand_as,
    "broadcast_to": shape.broadcast_to,
    "squeeze": shape.squeeze,
    "unsqueeze": shape.unsqueeze,
    "unflatten": shape.unflatten,
    "ravel": _ravel,
    "movedim": shape.movedim,
    "moveaxis": shape.movedim,
    "swapaxes": shape.transpose,
    "swapdims": shape.transpose,
    "narrow": shape.narrow,
    "select": shape.select,
    "diagonal": shape.diagonal,
    "split": joining.split,
    "chunk": joining.chunk,
    "tensor_split": joining.tensor_split,
    "unbind": joining.unbind,
    "flip": _named(_flip, arranging.flip),
    "roll": arranging.roll,
    "repeat": arranging.repeat,
    "tile": arranging.tile,
    "repeat_interleave": arranging.repeat_interleave,
    "triu": arranging.triu,
    "tril": arranging.tril,
    "__contains__": _contains,
    "where": _where,
    "masked_fill": gathering.masked_fill,
    "masked_select": gathering.masked_select,
    "nonzero": gathering.nonzero,
    "gather": gathering.gather,
    "take_along_dim": gathering.take_along_dim,
    "scatter": gathering.scatter,
    "scatter_add": gathering.scatter_add,
    "index_select": indexing.index_select,
    "index_add": gathering.index_add,
    "mm": products.mm,
    "bmm": products.bmm,
    "mv": products.mv,
    "dot": products.dot,
    "inner": products.inner,
    "outer": products.outer,
    "addmm": products.addmm,
    "baddbmm": products.baddbmm,
    "bernoulli": sampling.bernoulli,
    "multinomial": sampling.multinomial,
    "clone": shape.clone,
    "to": _named(_to, cast),
    "float": lambda self: cast(self, np.float32),
    "double": lambda self: cast(self, np.float64),
    "long": lambda self: cast(self, np.int64),
    "bool": lambda self: cast(self, np.bool_),
    "copy_": in_place.copy_,
    "fill_": in_place.fill_,
    "zero_": in_place.zero_,
    "add_": in_place.add_,
    "sub_": in_place.sub_,
    "mul_": in_place.mul_,
    "div_": in_place.div_,
    "masked_fill_": in_place.masked_fill_,
    "scatter_": in_place.scatter_,
    "scatter_add_": in_place.scatter_add_,
    "index_add_": in_place.index_add_,
    "uniform_": sampling.uniform_,
    "normal_": sampling.normal_,
    "bernoulli_": sampling.bernoulli_,
}

for _name, _method in METHODS.items():
    setattr(Tensor, _name, _method)
