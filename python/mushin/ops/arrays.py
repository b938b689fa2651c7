"""What the op files share: tensors from arguments, dtypes that go together, reshaping without NumPy's hidden copies."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any

import numpy as np

from mushin import kernels
from mushin.autograd import NEW, Tensor, as_array, forbid_while_recording, from_array, is_real, record
from mushin.autograd import numbers_of as numbers_of  # beside the other checks of arguments

LARGEST_FLOAT32 = float(np.finfo(np.float32).max)
LARGEST_INT64 = 2**63 - 1


def tensor_of(value: Any) -> Tensor:
    """The tensor itself, or one around an array or number, of whatever dtype: for ops that check it."""
    return value if isinstance(value, Tensor) else from_array(as_array(value))


def tensor_for(op: str, value: Any, name: str = "x") -> Tensor:
    """The tensor itself, or one around real numbers: for ops that take every dtype."""
    return value if isinstance(value, Tensor) else from_array(numbers_of(op, name, value))


# --- checks of arguments


def number(op: str, name: str, value: Any) -> float:
    """A Python or NumPy number as a float."""
    if not isinstance(value, (int, float, np.integer, np.floating)):
        raise TypeError(f"[{op}] {name} must be a number, got {type(value).__name__}")
    try:
        return float(value)
    except OverflowError:
        raise ValueError(f"[{op}] {name} must fit a float, got an integer of {int(value).bit_length()} bits") from None


def check_float(op: str, name: str, array: np.ndarray) -> None:
    dtype = array.dtype
    if dtype.kind != "f" or dtype.itemsize not in (4, 8):
        raise TypeError(f"[{op}] {name} must be float32 or float64, got {dtype}")


def check_real(op: str, name: str, array: np.ndarray) -> None:
    """Raises for what is neither of float32 and float64, nor integers or truth values."""
    if array.dtype.kind not in "biu" and not (array.dtype.kind == "f" and array.dtype.itemsize in (4, 8)):
        raise TypeError(f"[{op}] {name} must be float32, float64, bool or integer, got {array.dtype}")


def integer(op: str, name: str, value: Any) -> int:
    """A Python or NumPy integer that is no truth value."""
    if not isinstance(value, (int, np.integer)) or isinstance(value, bool):
        raise TypeError(f"[{op}] {name} must be an integer, got {type(value).__name__}")
    return int(value)


def fitting(op: str, name: str, value: Any, dtype: np.dtype[Any]) -> np.ndarray:
    """A number as an array without axes; an integer dtype keeps its whole part and must hold it."""
    rounded = number(op, name, value)
    if dtype.kind in "iu":
        limits = np.iinfo(dtype)
        if not limits.min <= value <= limits.max:
            raise ValueError(f"[{op}] {name} must fit {dtype}, got {value}")
        return np.array(int(value), dtype)
    with np.errstate(over="ignore"):
        return np.asarray(rounded).astype(dtype)


def launched(op: str, kernel: Callable[..., Any], *arguments: Any) -> Any:
    """What a kernel returns; its errors begin with the op's name."""
    try:
        return kernel(*arguments)
    except (IndexError, MemoryError, TypeError, ValueError) as error:
        raise renamed(error, op) from None


def explained(refusal: Exception, check: Callable[..., Any], *arguments: Any, **named: Any) -> Exception:
    """What an op's own check says of arguments that the door has refused, or the door's error if it finds nothing."""
    try:
        check(*arguments, **named)
    except (TypeError, ValueError) as error:
        return error
    return refusal


def renamed(error: Exception, op: str) -> Exception:
    """The error of a kernel as that of the op that called it."""
    return type(error)(f"[{op}]{str(error).partition(']')[2]}")


def same_dtype(a: np.ndarray, b: np.ndarray) -> bool:
    """Whether two arrays have one dtype, whatever the order of their bytes is."""
    return a.dtype == b.dtype or a.dtype.newbyteorder("=") == b.dtype.newbyteorder("=")


def dtype_of(op: str, dtype: Any) -> np.dtype[Any]:
    """A dtype of real numbers from an argument that must be given."""
    try:
        result: np.dtype[Any] = np.dtype(object if dtype is None else dtype)
    except TypeError:
        result = np.dtype(object)
    if not is_real(result):
        raise TypeError(f"[{op}] dtype must be one of real numbers of at most 64 bits, got {dtype!r}")
    return result


def ids_of(op: str, name: str, ids: np.ndarray, what: str) -> np.ndarray:
    """Ids of any integer dtype as int64."""
    if ids.dtype.kind not in "iu":
        raise TypeError(f"[{op}] {name} must hold {what}, got {ids.dtype}")
    if ids.dtype == np.int64:
        return ids
    if ids.dtype.kind == "u" and ids.dtype.itemsize == 8:
        # A replayed step would not look again.
        forbid_while_recording(op, f"{name} of uint64 may not fit int64 and cannot be checked")
        if ids.size and ids.max() > LARGEST_INT64:
            raise ValueError(f"[{op}] {name} must fit int64, got {ids.max()}")
    return kernels.copy(kernels.empty(ids.shape, np.int64), ids)


# --- shapes and new arrays


def sizes_of(shape: tuple[Any, ...]) -> tuple[Any, ...]:
    """The shape in a method's arguments: x.reshape(2, 3) and x.reshape((2, 3)) are the same."""
    return tuple(shape[0]) if len(shape) == 1 and isinstance(shape[0], (tuple, list)) else shape


def new_array(op: str, shape: tuple[Any, ...], dtype: Any) -> np.ndarray:
    """An uninitialised array of a shape and dtype that a caller of `op` passed."""
    try:
        return kernels.empty(shape, dtype)
    except (TypeError, ValueError) as error:
        raise renamed(error, op) from None


# --- dtypes that go together


def operands(op: str, a: Any, b: Any) -> tuple[Tensor, Tensor]:
    """Both operands as tensors of one dtype, promoted as PyTorch does: integers beside floating-point numbers become
    such, and a Python number never widens."""
    if isinstance(a, Tensor) and isinstance(b, Tensor):
        if a.array.dtype == b.array.dtype:
            return a, b
    elif isinstance(b, (int, float)) and isinstance(a, Tensor):
        if a.array.dtype.kind == "f":
            return a, _number(op, b, a)
    elif isinstance(a, (int, float)) and isinstance(b, Tensor) and b.array.dtype.kind == "f":
        return _number(op, a, b), b
    x, y = (value if isinstance(value, Tensor) else from_array(_operand(op, value)) for value in (a, b))
    dtype = common_dtype((x.array, y.array))
    for value, other in ((a, y.array.dtype), (b, x.array.dtype)):
        if type(value) is int and other.kind in "iu":
            dtype, limits = other, np.iinfo(other)
            if not limits.min <= value <= limits.max:
                raise ValueError(f"[{op}] operand must fit {dtype}, the dtype of the other one, got {value}")
    return cast(x, dtype), cast(y, dtype)


def _operand(op: str, value: Any) -> np.ndarray:
    return numbers_of(op, "operand", float(value) if isinstance(value, float) else value)  # NumPy's float64 is a float


RANKS = {"b": 0, "i": 1, "u": 1, "f": 2}  # of kinds of dtypes: a higher one does not fit a lower one


def common_dtype(arrays: Sequence[np.ndarray]) -> np.dtype[Any]:
    """What arrays are promoted to, as PyTorch does: the widest dtype of those of the highest kind, of which arrays
    without axes, which are numbers, count only if all are.

    Source: torch.result_type.
    """
    ranks = [RANKS.get(array.dtype.kind, 3) for array in arrays]
    counted = [array for array, rank in zip(arrays, ranks) if rank == max(ranks)]
    return np.result_type(*([a.dtype for a in counted if a.ndim] or [a.dtype for a in counted]))


def _number(op: str, value: float, like: Tensor) -> Tensor:
    if -LARGEST_FLOAT32 <= value <= LARGEST_FLOAT32:
        return from_array(np.array(value, like.array.dtype))
    with np.errstate(over="ignore"):
        return from_array(np.array(number(op, "operand", value), like.array.dtype))


def cast(x: Tensor, dtype: Any) -> Tensor:
    """x with another dtype; its gradient is cast back.

    Raises:
        TypeError: no dtype, or one that no kernel knows.

    Source: torch.Tensor.to.
    """
    x = tensor_for("cast", x)
    source = x.array.dtype
    dtype = dtype_of("cast", dtype)
    if source == dtype:
        return x

    def backward(dy: np.ndarray, into: Any) -> Any:
        return (kernels.copy(kernels.empty(dy.shape, source) if into[0] is NEW else into[0], dy),)

    y = kernels.copy(new_array("cast", x.array.shape, dtype), x.array)
    # An integer has no gradient: the graph ends here.
    return record(y, (x,) if dtype.kind == "f" else (), backward)


def reshaped(array: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
    """The array in another shape; one with gaps is copied first by a kernel, which a plan records."""
    if not array.flags.c_contiguous:
        array = kernels.copy(NEW, array)
    return array.reshape(shape)


def array_of(into: Any) -> np.ndarray:
    """The array that a destination other than NEW stands for."""
    array: np.ndarray = into[0] if type(into) is tuple else into
    return array


def reshaped_target(into: Any, shape: tuple[int, ...]) -> Any:
    """A destination in another shape."""
    if into is NEW:
        return NEW
    return (into[0].reshape(shape),) if type(into) is tuple else into.reshape(shape)


def distinct_axes(op: str, axes: Any, ndim: int) -> tuple[int, ...]:
    """One axis or several, each from 0 on, in the order given."""
    found = tuple(normalized_axis(op, a, ndim) for a in (axes if isinstance(axes, (tuple, list)) else (axes,)))
    if len(set(found)) != len(found):
        raise ValueError(f"[{op}] axis must name each axis once, got {axes}")
    return found


def normalized_axis(op: str, axis: int, ndim: int) -> int:
    if not isinstance(axis, (int, np.integer)):
        raise TypeError(f"[{op}] axis must be an integer, got {type(axis).__name__}")
    if not -ndim <= axis < ndim:
        if ndim == 0:
            raise ValueError(f"[{op}] x must have at least one axis, got shape () and axis {axis}")
        raise ValueError(f"[{op}] axis must be in [{-ndim}, {ndim}), got {axis}")
    return int(axis) % ndim
