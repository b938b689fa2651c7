"""mushin's ops under Keras' names, for tensors and for KerasTensors, of which they note a node of the graph.

OPS is the table of all of them: a line there makes `keras.ops.name`, and lets configurations name it.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np

from mushin import ops
from mushin.autograd import Tensor
from mushin.keras.activations import ACTIVATIONS
from mushin.keras.structures import mapped
from mushin.keras.symbolic import KerasTensor, Node, has_symbols, probed
from mushin.ops import creation
from mushin.ops.arrays import normalized_axis, tensor_of


def _transpose(x: Any, axes: Any = None) -> Tensor:
    """The axes in another order, reversed if None."""
    x = tensor_of(x)
    return ops.permute(x, tuple(range(x.ndim))[::-1] if axes is None else tuple(axes))


def _expand_dims(x: Any, axis: int) -> Tensor:
    """A new axis of length 1 at a place."""
    x = tensor_of(x)
    place = normalized_axis("expand_dims", axis, x.ndim + 1)
    return ops.reshape(x, (*x.shape[:place], 1, *x.shape[place:]))


def _squeeze(x: Any, axis: int | None = None) -> Tensor:
    """The axes of length 1, or one of them, taken away."""
    x = tensor_of(x)
    gone = [i for i, n in enumerate(x.shape) if n == 1] if axis is None else [normalized_axis("squeeze", axis, x.ndim)]
    if any(x.shape[i] != 1 for i in gone):
        raise ValueError(f"[squeeze] axis must be one of length 1 of shape {x.shape}, got {axis}")
    return ops.reshape(x, tuple(n for i, n in enumerate(x.shape) if i not in gone))


def _reshape(x: Any, newshape: Any) -> Tensor:
    """The same elements in another shape, of which one length may be -1."""
    return ops.reshape(tensor_of(x), (newshape,) if isinstance(newshape, int) else tuple(newshape))


def _ravel(x: Any) -> Tensor:
    """All elements along one axis."""
    return ops.reshape(tensor_of(x), (-1,))


def _clip(x: Any, x_min: float, x_max: float) -> Tensor:
    """x, but no less than x_min and no more than x_max."""
    return ops.clip(x, x_min, x_max)


def _stop_gradient(variable: Any) -> Tensor:
    """The same values outside the graph."""
    return tensor_of(variable).detach()


def _cast(x: Any, dtype: Any) -> Tensor:
    """The values in another dtype."""
    return ops.cast(tensor_of(x), np.dtype(dtype))


def _of_two(op: Callable[[Any, Any], Tensor], meaning: str) -> Callable[[Any, Any], Tensor]:
    def of_two(x1: Any, x2: Any) -> Tensor:
        return op(x1, x2)

    of_two.__doc__ = meaning
    return of_two


def _zeros(shape: Any, dtype: Any = None) -> Tensor:
    """Zeros of a shape, float32 unless a dtype is given."""
    return creation.zeros(shape, dtype=dtype)


def _ones(shape: Any, dtype: Any = None) -> Tensor:
    """Ones of a shape, float32 unless a dtype is given."""
    return creation.ones(shape, dtype=dtype)


def _reduction(op: Any) -> Any:
    @wraps(op)
    def reduce(x: Any, axis: Any = None, keepdims: bool = False) -> Tensor:
        reduced: Tensor = op(tensor_of(x), tuple(axis) if isinstance(axis, list) else axis, keepdims)
        return reduced

    return reduce


OPS: dict[str, Callable[..., Any]] = {
    **{name: function for name, function in ACTIVATIONS.items() if name not in ("exponential", "linear")},
    "abs": ops.abs,
    "absolute": ops.abs,
    "add": _of_two(ops.add, "x1 + x2."),
    "argmax": _reduction(ops.argmax),
    "cast": _cast,
    "clip": _clip,
    "concatenate": lambda xs, axis=0: ops.cat(list(xs), axis),
    "cos": ops.cos,
    "divide": _of_two(ops.div, "x1 / x2."),
    "erf": ops.erf,
    "exp": ops.exp,
    "expand_dims": _expand_dims,
    "gelu": lambda x, approximate=True: ops.gelu(x, "tanh" if approximate else "none"),
    "get_item": lambda x, key: ops.getitem(tensor_of(x), key),
    "log": ops.log,
    "matmul": _of_two(ops.matmul, "The matrix product of x1 and x2."),
    "max": _reduction(ops.max),
    "maximum": _of_two(ops.maximum, "The larger of x1 and x2."),
    "mean": _reduction(ops.mean),
    "minimum": _of_two(ops.minimum, "The smaller of x1 and x2."),
    "multiply": _of_two(ops.mul, "x1 x2."),
    "negative": ops.neg,
    "ones_like": creation.ones_like,
    "ravel": _ravel,
    "reshape": _reshape,
    "sin": ops.sin,
    "square": ops.square,
    "squeeze": _squeeze,
    "stop_gradient": _stop_gradient,
    "subtract": _of_two(ops.sub, "x1 - x2."),
    "sum": _reduction(ops.sum),
    "transpose": _transpose,
    "true_divide": _of_two(ops.div, "x1 / x2."),
    "zeros_like": creation.zeros_like,
}


class Operation:
    """One op of a graph.

    Args:
        op: its name in OPS.
    """

    def __init__(self, op: str) -> None:
        self.op = self.name = op
        self.output_shape: Any = None

    def run_body(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        return OPS[self.op](*args, **kwargs)

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """The op of tensors; of KerasTensors a KerasTensor."""
        if not has_symbols(args, kwargs):
            return self.run_body(args, kwargs)
        outputs = probed(self.op, OPS[self.op], args, kwargs)
        Node(self, args, kwargs, None, outputs)
        self.output_shape = mapped(lambda x: x.shape, outputs)
        return outputs


def _offered(op: str) -> Callable[..., Any]:
    @wraps(OPS[op])
    def call(*args: Any, **kwargs: Any) -> Any:
        return Operation(op)(*args, **kwargs)

    call.__name__ = op
    return call


def shape(x: Any) -> tuple[int | None, ...]:
    """The shape of a tensor or KerasTensor."""
    return tuple(x.shape)


def convert_to_tensor(x: Any, dtype: Any = None) -> Tensor:
    """A tensor of numbers; floats become float32 unless a dtype is given."""
    array = x.array if isinstance(x, Tensor) else np.asarray(x)
    target = (np.float32 if array.dtype.kind == "f" else array.dtype) if dtype is None else np.dtype(dtype)
    return x if isinstance(x, Tensor) and array.dtype == target else Tensor(np.asarray(array, target))


def convert_to_numpy(x: Any) -> np.ndarray:
    """A tensor's values as an array."""
    return np.asarray(x.detach().numpy() if isinstance(x, Tensor) else x)


_FUNCTIONS = {**{op: _offered(op) for op in OPS}, "zeros": _zeros, "ones": _ones}


def __getattr__(name: str) -> Any:
    if name in _FUNCTIONS:
        return _FUNCTIONS[name]
    raise AttributeError(f"[ops] there is no op {name!r}; there are {', '.join(sorted(_FUNCTIONS))}")


def __dir__() -> list[str]:
    return sorted([*_FUNCTIONS, "convert_to_numpy", "convert_to_tensor", "shape"])


_OPERATORS = {"add": "add", "sub": "subtract", "mul": "multiply", "truediv": "divide", "matmul": "matmul"}

for _name, _op in _OPERATORS.items():
    setattr(KerasTensor, f"__{_name}__", lambda self, other, op=_op: Operation(op)(self, other))
    setattr(KerasTensor, f"__r{_name}__", lambda self, other, op=_op: Operation(op)(other, self))
for _name, _op in {"__neg__": "negative", "__getitem__": "get_item", "__abs__": "absolute"}.items():
    setattr(KerasTensor, _name, lambda self, *others, op=_op: Operation(op)(self, *others))
