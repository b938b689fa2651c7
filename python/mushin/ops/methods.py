"""Attaches operators and methods to Tensor, in one table; autograd itself knows no op."""

from __future__ import annotations

from typing import Any

import numpy as np

from mushin.autograd import (
    Tensor,
    as_array,
    forbid_while_recording,
    is_grad_enabled,
    register_hook,
    retain_grad,
    retains_grad,
)
from mushin.ops import (
    aliases,
    arranging,
    compare,
    composed,
    creation,
    diagonals,
    elementwise,
    gathering,
    in_place,
    indexing,
    joining,
    places,
    products,
    queries,
    sampling,
    shape,
    stacking,
    statistics,
    unary,
)
from mushin.ops.arrays import cast, dtype_of, integer, sizes_of
from mushin.ops.matmul import matmul
from mushin.ops.reduction_methods import REDUCTION_METHODS, named


def _clamp(self: Tensor, min: float | None = None, max: float | None = None) -> Tensor:  # noqa: A002  PyTorch's names
    return elementwise.clip(self, min, max)


def _reshape(self: Tensor, *sizes: Any) -> Tensor:
    return shape.reshape(self, sizes_of(sizes))


def _view(self: Tensor, *sizes: Any) -> Tensor:
    return shape.view(self, sizes_of(sizes))


def _permute(self: Tensor, *dims: Any) -> Tensor:
    return shape.permute(self, sizes_of(dims))


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


def _round(self: Tensor, ndigits: int | None = None) -> Tensor:
    """Every element rounded to a whole number, or to so many digits after the point."""
    if ndigits is None:
        return unary.round(self)
    scale = 10.0 ** integer("round", "ndigits", ndigits)
    return elementwise.div(unary.round(elementwise.mul(self, scale)), scale)


def _where(self: Tensor, condition: Any, other: Any) -> Tensor:
    """self where the condition is true, else other; see `mushin.where`."""
    chosen: Tensor = gathering.where(condition, self, other)
    return chosen


def _itself(self: Tensor) -> Tensor:
    """The tensor itself."""
    return self


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

    return named(method, write)


def _comparison(op: Any) -> Any:
    """`==` and the like; what is no number is left to the other side."""

    def method(self: Tensor, other: Any) -> Any:
        return op(self, other) if isinstance(other, (Tensor, np.ndarray, np.generic, int, float)) else NotImplemented

    return named(method, op)


def _reversed(op: Any) -> Any:
    return lambda self, other: op(other, self)


_OF_TWO = (
    *(elementwise.atan2, elementwise.copysign, elementwise.fmax, elementwise.fmin, elementwise.heaviside),
    *(elementwise.hypot, elementwise.logaddexp2, elementwise.xlogy),
)
# The ops, besides those of one operand, that write their result in x's memory under their name and a "_".
_UPDATING = (
    *(*_OF_TWO, *composed.OPS[:6], elementwise.fmod, elementwise.remainder, elementwise.floor_divide),
    *(*compare.COMPARISONS, compare.logical_and, compare.logical_or, compare.logical_xor, compare.logical_not),
    *(compare.bitwise_and, compare.bitwise_or, compare.bitwise_xor, compare.bitwise_not),
    *(REDUCTION_METHODS["cumsum"], REDUCTION_METHODS["cumprod"], arranging.tril, arranging.triu, products.addmm),
    *(products.baddbmm, statistics.renorm, *places.UPDATING),
)
_RESHAPING = (shape.t, shape.transpose, shape.squeeze, shape.unsqueeze)

METHODS: dict[str, Any] = {
    **unary.OPS,
    **{f"{name}_": in_place.updated(op) for name, op in unary.OPS.items()},
    "gelu": elementwise.gelu,
    # operators
    "__add__": elementwise.add,
    "__radd__": _reversed(elementwise.add),
    "__sub__": elementwise.sub,
    "__rsub__": _reversed(elementwise.sub),
    "__mul__": elementwise.mul,
    "__rmul__": _reversed(elementwise.mul),
    "__truediv__": elementwise.div,
    "__rtruediv__": _reversed(elementwise.div),
    "__floordiv__": elementwise.floor_divide,
    "__rfloordiv__": _reversed(elementwise.floor_divide),
    "__mod__": elementwise.remainder,
    "__rmod__": _reversed(elementwise.remainder),
    "__pow__": elementwise.pow,
    "__rpow__": _reversed(elementwise.pow),
    "__neg__": unary.neg,
    "__round__": _round,
    "__pos__": _itself,
    "__abs__": unary.abs,
    "__and__": compare.bitwise_and,
    "__rand__": compare.bitwise_and,
    "__or__": compare.bitwise_or,
    "__ror__": compare.bitwise_or,
    "__xor__": compare.bitwise_xor,
    "__rxor__": compare.bitwise_xor,
    "__invert__": compare.bitwise_not,
    "__iadd__": _augmented(elementwise.add, in_place.add_),
    "__isub__": _augmented(elementwise.sub, in_place.sub_),
    "__imul__": _augmented(elementwise.mul, in_place.mul_),
    "__itruediv__": _augmented(elementwise.div, in_place.div_),
    **{f"__{op.__name__}__": _comparison(op) for op in compare.COMPARISONS},
    "__matmul__": matmul,
    "__rmatmul__": _reversed(matmul),
    "__getitem__": indexing.getitem,
    "__setitem__": in_place.setitem,
    "matmul": matmul,
    # elementwise
    "add": elementwise.add,
    "sub": elementwise.sub,
    "mul": elementwise.mul,
    "div": elementwise.div,
    "pow": elementwise.pow,
    "remainder": elementwise.remainder,
    "fmod": elementwise.fmod,
    "floor_divide": elementwise.floor_divide,
    "maximum": elementwise.maximum,
    "minimum": elementwise.minimum,
    "logaddexp": elementwise.logaddexp,
    **{op.__name__: op for op in (*_OF_TWO, *composed.OPS)},
    "clip": named(_clamp, elementwise.clip),
    "clamp": named(_clamp, elementwise.clip),
    **{op.__name__: op for op in compare.OPS},
    # reductions
    **REDUCTION_METHODS,
    "reshape": named(_reshape, shape.reshape),
    "view": named(_view, shape.view),
    "flatten": shape.flatten,
    "permute": named(_permute, shape.permute),
    "transpose": shape.transpose,
    "T": property(_transposed),
    "t": shape.t,
    "mT": property(queries.adjoint),
    "mH": property(queries.adjoint),
    "H": property(shape.t),
    "itemsize": property(queries.element_size),
    "nbytes": property(lambda self: self.array.nbytes),
    **{op.__name__: op for op in (*queries.METHODS, *creation.NEW_METHODS)},
    "nelement": queries.numel,
    "contiguous": _contiguous,
    "expand": named(_expand, shape.expand),
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
    "flip": named(_flip, arranging.flip),
    "roll": arranging.roll,
    "repeat": arranging.repeat,
    "tile": arranging.tile,
    "repeat_interleave": arranging.repeat_interleave,
    "triu": arranging.triu,
    "tril": arranging.tril,
    "fliplr": stacking.fliplr,
    "flipud": stacking.flipud,
    "rot90": stacking.rot90,
    "hsplit": stacking.hsplit,
    "vsplit": stacking.vsplit,
    "dsplit": stacking.dsplit,
    "unfold": stacking.unfold,
    **{op.__name__: op for op in diagonals.OPS},
    **{op.__name__: op for op in statistics.METHODS},
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
    **{op.__name__: op for op in places.OPS},
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
    "cpu": _itself,
    "positive": _itself,
    "vdot": products.dot,
    "ger": products.outer,
    "to": named(_to, cast),
    "float": lambda self: cast(self, np.float32),
    "double": lambda self: cast(self, np.float64),
    "long": lambda self: cast(self, np.int64),
    "int": lambda self: cast(self, np.int32),
    "short": lambda self: cast(self, np.int16),
    "bool": lambda self: cast(self, np.bool_),
    "copy_": in_place.copy_,
    "fill_": in_place.fill_,
    "zero_": in_place.zero_,
    "add_": in_place.add_,
    "sub_": in_place.sub_,
    "mul_": in_place.mul_,
    "div_": in_place.div_,
    "pow_": in_place.pow_,
    "clamp_": in_place.clamp_,
    "register_hook": register_hook,
    "retain_grad": retain_grad,
    "retains_grad": property(retains_grad),
    **{f"{op.__name__}_": in_place.updated(op) for op in _UPDATING},
    "clip_": in_place.clamp_,
    **{f"{op.__name__}_": in_place.reshaped_in_place(op) for op in _RESHAPING},
    "swapaxes_": in_place.reshaped_in_place(shape.transpose),
    "swapdims_": in_place.reshaped_in_place(shape.transpose),
    "masked_fill_": in_place.masked_fill_,
    "scatter_": in_place.scatter_,
    "scatter_add_": in_place.scatter_add_,
    "index_add_": in_place.index_add_,
    "uniform_": sampling.uniform_,
    "normal_": sampling.normal_,
    "bernoulli_": sampling.bernoulli_,
}

for _name in aliases.__all__:
    for _end in ("", "_"):
        _of = f"{getattr(aliases, _name).__name__}{_end}"
        METHODS.update({f"{_name}{_end}": METHODS[_of]} if _of in METHODS else {})

for _name, _method in METHODS.items():
    setattr(Tensor, _name, _method)
