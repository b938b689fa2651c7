"""What the op files share: tensors from arguments, dtypes that go together, reshaping without NumPy's hidden copies."""

from __future__ import annotations

from typing import Any

import numpy as np

from mushin import kernels
from mushin.autograd import NEW, Tensor, as_array, from_array, record

LARGEST_FLOAT32 = float(np.finfo(np.float32).max)


def tensor_of(value: Any) -> Tensor:
    """The tensor itself, or one around an array or number."""
    return value if isinstance(value, Tensor) else from_array(as_array(value))


def operands(op: str, a: Any, b: Any) -> tuple[Tensor, Tensor]:
    """Both operands as tensors of one floating-point dtype, promoted as PyTorch does: a Python number never widens."""
    if isinstance(a, Tensor) and isinstance(b, Tensor):
        if a.array.dtype == b.array.dtype:
            return a, b
    elif isinstance(b, (int, float)) and isinstance(a, Tensor):
        if a.array.dtype.kind == "f":
            return a, _number(b, a)
    elif isinstance(a, (int, float)) and isinstance(b, Tensor) and b.array.dtype.kind == "f":
        return _number(a, b), b
    x, y = tensor_of(a), tensor_of(b)
    floats = [t.array for t in (x, y) if t.array.dtype.kind == "f"]
    if not floats:
        raise TypeError(
            f"[{op}] one operand must be floating-point, got {x.array.dtype} and {y.array.dtype}; .float() makes one"
        )
    # Arrays without axes are numbers: beside another array they do not widen it.
    dtype = np.result_type(*([array.dtype for array in floats if array.ndim] or [array.dtype for array in floats]))
    return cast(x, dtype), cast(y, dtype)


def _number(value: float, like: Tensor) -> Tensor:
    if -LARGEST_FLOAT32 <= value <= LARGEST_FLOAT32:
        return from_array(np.array(value, like.array.dtype))
    with np.errstate(over="ignore"):
        return from_array(np.array(value, like.array.dtype))


def cast(x: Tensor, dtype: Any) -> Tensor:
    """x with another dtype; its gradient is cast back.

    Source: torch.Tensor.to.
    """
    source = x.array.dtype
    dtype = np.dtype(dtype)
    if source == dtype:
        return x

    def backward(dy: np.ndarray, into: Any) -> Any:
        return (kernels.copy(kernels.empty(dy.shape, source), dy),)

    y = kernels.copy(kernels.empty(x.array.shape, dtype), x.array)
    # An integer has no gradient: the graph ends here.
    return record(y, (x,) if dtype.kind == "f" else (), backward)


def reshaped(array: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """The array in another shape; one with gaps is copied first by a kernel, which a plan records."""
    if not array.flags.c_contiguous:
        array = kernels.copy(NEW, array)
    return array.reshape(shape)


def normalized_axis(op: str, axis: int, ndim: int) -> int:
    if not isinstance(axis, (int, np.integer)):
        raise TypeError(f"[{op}] axis must be an integer, got {type(axis).__name__}")
    if not -ndim <= axis < ndim:
        raise ValueError(f"[{op}] axis must be in [{-ndim}, {ndim}), got {axis}")
    return int(axis) % ndim
