"""Making tensors."""

from __future__ import annotations

from typing import Any

import numpy as np

from mushin import kernels
from mushin.autograd import Tensor
from mushin.ops.arrays import dtype_of, new_array, number, numbers_of, sizes_of


def tensor(data: Any, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """A tensor with a copy of the data.

    Source: torch.tensor.
    """
    array = numbers_of("tensor", "data", data)
    return Tensor(np.array(array, dtype=array.dtype if dtype is None else dtype_of("tensor", dtype)), requires_grad)


def as_tensor(data: Any, dtype: Any = None) -> Tensor:
    """A tensor that shares the data's memory if its dtype allows.

    Source: torch.as_tensor.
    """
    array = numbers_of("as_tensor", "data", data)
    target = array.dtype if dtype is None else dtype_of("as_tensor", dtype)
    return data if isinstance(data, Tensor) and array.dtype == target else Tensor(np.asarray(array, dtype=target))


def from_numpy(array: np.ndarray) -> Tensor:
    """A tensor that shares an array's memory."""
    if not isinstance(array, np.ndarray):
        raise TypeError(f"[from_numpy] array must be a NumPy array, got {type(array).__name__}")
    return Tensor(numbers_of("from_numpy", "array", array))


def empty(*shape: Any, dtype: Any = np.float32, requires_grad: bool = False) -> Tensor:
    """A tensor whose elements are not set."""
    return Tensor(new_array("empty", sizes_of(shape), _float32_for_none(dtype)), requires_grad)


def _float32_for_none(dtype: Any) -> Any:
    return np.float32 if dtype is None else dtype


def full(shape: Any, fill_value: float, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """A tensor of one value; float32 for a Python float."""
    return Tensor(_filled("full", (shape,), fill_value, dtype), requires_grad)


def _filled(op: str, shape: tuple[Any, ...], value: Any, dtype: Any) -> np.ndarray:
    """A new array of one number; of the number's dtype for None."""
    given = numbers_of(op, "fill_value", value)
    if given.ndim > 0:
        raise ValueError(f"[{op}] fill_value must be one number, got shape {given.shape}")
    array = new_array(op, sizes_of(shape), given.dtype if dtype is None else dtype)
    try:
        filling = np.asarray(value, array.dtype)
    except (OverflowError, ValueError):
        raise ValueError(f"[{op}] fill_value must fit {array.dtype}, got {value}") from None
    return kernels.copy(array, np.broadcast_to(filling, array.shape))


def zeros(*shape: Any, dtype: Any = np.float32, requires_grad: bool = False) -> Tensor:
    """A tensor of zeros."""
    return Tensor(_filled("zeros", shape, 0, _float32_for_none(dtype)), requires_grad)


def ones(*shape: Any, dtype: Any = np.float32, requires_grad: bool = False) -> Tensor:
    """A tensor of ones."""
    return Tensor(_filled("ones", shape, 1, _float32_for_none(dtype)), requires_grad)


def zeros_like(x: Tensor, dtype: Any = None) -> Tensor:
    """Zeros of a tensor's shape and dtype."""
    return _filled_like("zeros_like", x, 0, dtype)


def ones_like(x: Tensor, dtype: Any = None) -> Tensor:
    """Ones of a tensor's shape and dtype."""
    return _filled_like("ones_like", x, 1, dtype)


def _filled_like(op: str, x: Any, value: float, dtype: Any) -> Tensor:
    like = numbers_of(op, "x", x)
    return Tensor(_filled(op, like.shape, value, like.dtype if dtype is None else dtype))


def arange(start: float, end: float | None = None, step: float = 1, dtype: Any = None) -> Tensor:
    """Numbers from start to before end, or from 0 to before the only one; int64 for integers, else float32.

    Raises:
        ValueError: a step of 0, or bounds that are no finite numbers of 64 bits.
    """
    first, last = (0, start) if end is None else (start, end)
    for name, value in (("start", first), ("end", last), ("step", step)):
        number("arange", name, value)
    if step == 0:
        raise ValueError(f"[arange] step must not be zero, got {step}")
    try:
        array = numbers_of("arange", "end", np.arange(first, last, step))
    except (OverflowError, ValueError, TypeError):
        raise ValueError(f"[arange] start, end and step must be finite, got {first}, {last} and {step}") from None
    if dtype is None:
        dtype = np.float32 if array.dtype == np.float64 else array.dtype
    return Tensor(array.astype(dtype_of("arange", dtype), copy=False))
