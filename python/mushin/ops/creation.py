"""Making tensors."""

from __future__ import annotations

from typing import Any

import numpy as np

from mushin import kernels
from mushin.autograd import Tensor, as_array


def tensor(data: Any, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """A tensor with a copy of the data.

    Source: torch.tensor.
    """
    return Tensor(np.array(as_array(data), dtype=dtype), requires_grad)


def as_tensor(data: Any, dtype: Any = None) -> Tensor:
    """A tensor that shares the data's memory if its dtype allows.

    Source: torch.as_tensor.
    """
    if isinstance(data, Tensor) and (dtype is None or data.array.dtype == dtype):
        return data
    return Tensor(np.asarray(as_array(data), dtype=dtype))


def from_numpy(array: np.ndarray) -> Tensor:
    """A tensor that shares an array's memory."""
    if not isinstance(array, np.ndarray):
        raise TypeError(f"[from_numpy] array must be a NumPy array, got {type(array).__name__}")
    return Tensor(array)


def _shape(shape: tuple[Any, ...]) -> tuple[int, ...]:
    return tuple(shape[0]) if len(shape) == 1 and isinstance(shape[0], (tuple, list)) else shape


def empty(*shape: Any, dtype: Any = np.float32, requires_grad: bool = False) -> Tensor:
    """A tensor whose elements are not set."""
    return Tensor(kernels.empty(_shape(shape), dtype), requires_grad)


def full(shape: Any, fill_value: float, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """A tensor of one value; float32 for a Python float."""
    sizes = tuple(shape) if isinstance(shape, (tuple, list)) else (shape,)
    array = kernels.empty(sizes, dtype if dtype is not None else as_array(fill_value).dtype)
    return Tensor(kernels.copy(array, np.broadcast_to(np.asarray(fill_value, array.dtype), sizes)), requires_grad)


def zeros(*shape: Any, dtype: Any = np.float32, requires_grad: bool = False) -> Tensor:
    """A tensor of zeros."""
    return full(_shape(shape), 0, dtype, requires_grad)


def ones(*shape: Any, dtype: Any = np.float32, requires_grad: bool = False) -> Tensor:
    """A tensor of ones."""
    return full(_shape(shape), 1, dtype, requires_grad)


def zeros_like(x: Tensor, dtype: Any = None) -> Tensor:
    """Zeros of a tensor's shape and dtype."""
    return full(x.shape, 0, dtype if dtype is not None else x.dtype)


def ones_like(x: Tensor, dtype: Any = None) -> Tensor:
    """Ones of a tensor's shape and dtype."""
    return full(x.shape, 1, dtype if dtype is not None else x.dtype)


def arange(start: float, end: float | None = None, step: float = 1, dtype: Any = None) -> Tensor:
    """Numbers from start to before end; int64 for integers, else float32."""
    array = np.arange(start, end, step) if end is not None else np.arange(start)
    if dtype is None and array.dtype == np.float64:
        dtype = np.float32
    return Tensor(array if dtype is None else array.astype(dtype))
