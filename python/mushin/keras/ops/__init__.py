"""mushin's ops under Keras' names, for tensors and for KerasTensors, of which they note a node of the graph.

OPS is the table of all of them: a line in one of its families makes `keras.ops.name`, and lets configurations name it.
What makes tensors of none, or no tensors, is in _OTHERS.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np

from mushin import ops
from mushin.autograd import Tensor
from mushin.keras.ops.elements import ELEMENTS
from mushin.keras.ops.networks import NETWORKS
from mushin.keras.ops.shapes import SHAPES
from mushin.keras.structures import mapped
from mushin.keras.symbolic import KerasTensor, Node, has_symbols, probed
from mushin.ops import creation

OPS: dict[str, Callable[..., Any]] = {
    **NETWORKS,
    **ELEMENTS,
    **SHAPES,
    "empty_like": creation.empty_like,
    "full_like": creation.full_like,
    "ones_like": creation.ones_like,
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


def _zeros(shape: Any, dtype: Any = None) -> Tensor:
    """Zeros of a shape, float32 unless a dtype is given."""
    return creation.zeros(shape, dtype=dtype)


def _ones(shape: Any, dtype: Any = None) -> Tensor:
    """Ones of a shape, float32 unless a dtype is given."""
    return creation.ones(shape, dtype=dtype)


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


def _linspace(start: float, stop: float, num: int = 50, *, dtype: Any = None) -> Tensor:
    """So many numbers from start to stop, both among them, at equal distances."""
    return creation.linspace(start, stop, num, dtype)


def _full(shape: Any, fill_value: float, dtype: Any = None) -> Tensor:
    """One value in a shape, float32 unless a dtype is given."""
    return creation.full(shape, fill_value, dtype or np.float32)


def _eye(N: int, M: int | None = None, k: int = 0, dtype: Any = None) -> Tensor:  # noqa: N803  Keras' names
    """A matrix (N, M) of ones on a diagonal and zeros elsewhere."""
    return ops.triu(_tri(N, M, k, dtype), k)


def _tri(N: int, M: int | None = None, k: int = 0, dtype: Any = None) -> Tensor:  # noqa: N803  Keras' names
    """A matrix (N, M) of ones on a diagonal and below it, and zeros above."""
    return ops.tril(creation.ones((N, N if M is None else M), dtype=dtype or np.float32), k)


_OTHERS: dict[str, Callable[..., Any]] = {
    "arange": lambda start, stop=None, step=None, dtype=None: creation.arange(start, stop, step or 1, dtype),
    "array": lambda x, dtype=None: convert_to_tensor(x, dtype),
    "convert_to_numpy": convert_to_numpy,
    "convert_to_tensor": convert_to_tensor,
    "dtype": lambda x: np.dtype(x.dtype).name,
    "empty": lambda shape, dtype=None: creation.empty(shape, dtype=dtype or np.float32),
    "eye": _eye,
    "full": _full,
    "identity": lambda n, dtype=None: _eye(n, dtype=dtype),
    "is_tensor": lambda x: isinstance(x, (Tensor, KerasTensor)),
    "linspace": _linspace,
    "ndim": lambda x: len(x.shape),
    "ones": _ones,
    "shape": shape,
    "size": lambda x: None if None in x.shape else math.prod(x.shape),
    "tri": _tri,
    "zeros": _zeros,
}
_FUNCTIONS = {**{op: _offered(op) for op in OPS}, **_OTHERS}


def __getattr__(name: str) -> Any:
    if name in _FUNCTIONS:
        return _FUNCTIONS[name]
    raise AttributeError(f"[ops] there is no op {name!r}; there are {', '.join(sorted(_FUNCTIONS))}")


def __dir__() -> list[str]:
    return sorted(_FUNCTIONS)


_OPERATORS = {"add": "add", "sub": "subtract", "mul": "multiply", "truediv": "divide", "matmul": "matmul"}
_OPERATORS.update({"pow": "power", "mod": "mod", "floordiv": "floor_divide"})
_COMPARISONS = {"__lt__": "less", "__le__": "less_equal", "__gt__": "greater", "__ge__": "greater_equal"}
_OTHER_METHODS = {"__neg__": "negative", "__getitem__": "get_item", "__abs__": "absolute", **_COMPARISONS}

for _name, _op in _OPERATORS.items():
    setattr(KerasTensor, f"__{_name}__", lambda self, other, op=_op: Operation(op)(self, other))
    setattr(KerasTensor, f"__r{_name}__", lambda self, other, op=_op: Operation(op)(other, self))
for _name, _op in _OTHER_METHODS.items():
    setattr(KerasTensor, _name, lambda self, *others, op=_op: Operation(op)(self, *others))
