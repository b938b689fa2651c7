"""Making tensors."""

from __future__ import annotations

from typing import Any

import numpy as np

from mushin import kernels
from mushin.autograd import Tensor
from mushin.ops.arrays import dtype_of, fitting, integer, new_array, number, numbers_of, sizes_of, tensor_of
from mushin.ops.shape import diagonal_of, expand, reshape


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


def asarray(obj: Any, *, dtype: Any = None, copy: bool | None = None, requires_grad: bool = False) -> Tensor:
    """A tensor of the data, which shares its memory if the dtype allows and `copy` is not True.

    Raises:
        ValueError: a copy is needed, and `copy` is False.

    Source: torch.asarray.
    """
    array = numbers_of("asarray", "obj", obj)
    target = array.dtype if dtype is None else dtype_of("asarray", dtype)
    if copy is False and (array.dtype != target or not isinstance(obj, (Tensor, np.ndarray))):
        raise ValueError(f"[asarray] obj must be a tensor or array of {target} not to be copied")
    return Tensor(np.array(array, target) if copy else np.asarray(array, target), requires_grad)


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


def full(size: Any, fill_value: float, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """A tensor of one value; float32 for a Python float.

    Source: torch.full.
    """
    return Tensor(_filled("full", (size,), fill_value, dtype), requires_grad)


def _filled(op: str, shape: tuple[Any, ...], value: Any, dtype: Any) -> np.ndarray:
    """A new array of one number; of the number's dtype for None."""
    given = numbers_of(op, "fill_value", value)
    if given.ndim > 0:
        raise ValueError(f"[{op}] fill_value must be one number, got shape {given.shape}")
    array = new_array(op, sizes_of(shape), given.dtype if dtype is None else dtype)
    exact = value if isinstance(value, (int, float, np.number)) else given.item()
    return kernels.copy(array, np.broadcast_to(fitting(op, "fill_value", exact, array.dtype), array.shape))


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


def full_like(x: Tensor, fill_value: float, dtype: Any = None) -> Tensor:
    """One value in a tensor's shape and dtype."""
    return _filled_like("full_like", x, fill_value, dtype)


def empty_like(x: Tensor, dtype: Any = None) -> Tensor:
    """A tensor of another's shape and dtype, whose elements are not set."""
    like = numbers_of("empty_like", "x", x)
    return Tensor(new_array("empty_like", like.shape, like.dtype if dtype is None else dtype))


def linspace(start: float, end: float, steps: int, dtype: Any = None) -> Tensor:
    """So many numbers from start to end, both among them, at equal distances; float32.

    Source: torch.linspace.
    """
    first, last = number("linspace", "start", start), number("linspace", "end", end)
    count = integer("linspace", "steps", steps)
    if count < 0:
        raise ValueError(f"[linspace] steps must not be negative, got {count}")
    if not np.isfinite((first, last)).all():
        raise ValueError(f"[linspace] start and end must be finite, got {start} and {end}")
    target = np.dtype(np.float32) if dtype is None else dtype_of("linspace", dtype)
    return Tensor(np.linspace(first, last, count).astype(target))


def eye(n: int, m: int | None = None, dtype: Any = np.float32, requires_grad: bool = False) -> Tensor:
    """A matrix (n, m) of ones on the diagonal and zeros elsewhere; m is n for None.

    Source: torch.eye.
    """
    shape = integer("eye", "n", n), integer("eye", "m", n if m is None else m)
    matrix = _filled("eye", shape, 0, _float32_for_none(dtype))
    diagonal = diagonal_of(matrix, 0, 0, 1)
    kernels.copy(diagonal, np.broadcast_to(np.ones((), matrix.dtype), diagonal.shape))
    return Tensor(matrix, requires_grad)


def tril_indices(row: int, col: int, offset: int = 0) -> Tensor:
    """The places (2, number of them) of a matrix (row, col) on a diagonal and below it, row by row; int64.

    Source: torch.tril_indices.
    """
    return _triangle_indices("tril_indices", row, col, offset, np.tril_indices)


def triu_indices(row: int, col: int, offset: int = 0) -> Tensor:
    """The places (2, number of them) of a matrix (row, col) on a diagonal and above it, row by row; int64.

    Source: torch.triu_indices.
    """
    return _triangle_indices("triu_indices", row, col, offset, np.triu_indices)


def _triangle_indices(op: str, row: int, col: int, offset: int, indices: Any) -> Tensor:
    rows, columns, shift = integer(op, "row", row), integer(op, "col", col), integer(op, "offset", offset)
    if rows < 0 or columns < 0:
        raise ValueError(f"[{op}] row and col must not be negative, got {rows} and {columns}")
    return Tensor(np.stack(indices(rows, shift, columns)).astype(np.int64, copy=False))


def meshgrid(*tensors: Any, indexing: str = "ij") -> tuple[Tensor, ...]:
    """For each tensor of one axis its elements along an axis of the grid that they span; views.

    Args:
        tensors: of shapes (n,) or (); or one list of them.
        indexing: "ij" gives axes in the tensors' order, "xy" swaps the first two.

    Source: torch.meshgrid.
    """
    given = tensors[0] if len(tensors) == 1 and isinstance(tensors[0], (tuple, list)) else tensors
    if indexing not in ("ij", "xy"):
        raise ValueError(f'[meshgrid] indexing must be "ij" or "xy", got {indexing!r}')
    lines = [tensor_of(each) for each in given]
    for line in lines:
        if line.array.ndim > 1:
            raise ValueError(f"[meshgrid] tensors must have shape (n,), got {line.array.shape}")
    order = list(range(len(lines)))
    if indexing == "xy" and len(lines) > 1:
        order[:2] = 1, 0
    shape = tuple(lines[i].array.size for i in order)
    return tuple(
        expand(reshape(line, tuple(-1 if order[axis] == i else 1 for axis in range(len(order)))), shape)
        for i, line in enumerate(lines)
    )


# --- of a tensor's dtype


def new_tensor(self: Tensor, data: Any, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """`tensor` of this one's dtype, unless another is given.

    Source: torch.Tensor.new_tensor.
    """
    return tensor(data, self.array.dtype if dtype is None else dtype, requires_grad)


def new_full(self: Tensor, size: Any, fill_value: float, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """`full` of this one's dtype, unless another is given.

    Source: torch.Tensor.new_full.
    """
    return full(size, fill_value, self.array.dtype if dtype is None else dtype, requires_grad)


def new_empty(self: Tensor, *size: Any, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """`empty` of this one's dtype, unless another is given.

    Source: torch.Tensor.new_empty.
    """
    return empty(*size, dtype=self.array.dtype if dtype is None else dtype, requires_grad=requires_grad)


def new_zeros(self: Tensor, *size: Any, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """`zeros` of this one's dtype, unless another is given.

    Source: torch.Tensor.new_zeros.
    """
    return zeros(*size, dtype=self.array.dtype if dtype is None else dtype, requires_grad=requires_grad)


def new_ones(self: Tensor, *size: Any, dtype: Any = None, requires_grad: bool = False) -> Tensor:
    """`ones` of this one's dtype, unless another is given.

    Source: torch.Tensor.new_ones.
    """
    return ones(*size, dtype=self.array.dtype if dtype is None else dtype, requires_grad=requires_grad)


NEW_METHODS = (new_tensor, new_full, new_empty, new_zeros, new_ones)
