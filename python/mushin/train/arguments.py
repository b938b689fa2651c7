"""The arguments of a compiled step: the arrays among them change from call to call, the rest belongs to its key."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from mushin import kernels
from mushin.autograd import Tensor, Trace, from_array

CONSTANTS = (bool, int, float, complex, str, bytes, type(None), np.generic)

Empty = Callable[[tuple[int, ...], Any], np.ndarray]  # from a shape and a dtype to an uninitialised array


class Rows:
    """An argument of a compiled step: the rows `ids` of an array that stays where it is, cast to a dtype. A kernel
    gathers them straight into the step's input; the step gets a tensor."""

    __slots__ = ("array", "dtype", "ids")

    def __init__(self, array: np.ndarray, ids: np.ndarray, dtype: Any) -> None:
        self.array = array
        self.ids = ids
        self.dtype = np.dtype(dtype)

    @property
    def shape(self) -> tuple[int, ...]:
        return len(self.ids), *self.array.shape[1:]

    def gathered(self) -> np.ndarray:
        return self.gather_into(kernels.empty(self.shape, self.dtype))

    def gather_into(self, buffer: np.ndarray) -> np.ndarray:
        gathered: np.ndarray = kernels.gather_rows(buffer, self.array, self.ids)
        return gathered


class Arguments:
    """One call's arguments.

    arrays: the NumPy arrays, tensors' arrays and Rows, in order. key: all else that launches depend on, the arrays'
    layouts too. wants_gradient: whether a tensor among them requires its gradient. are_plain: whether no constant is an
    object that could change.
    """

    __slots__ = ("are_plain", "args", "arrays", "key", "kwargs", "wants_gradient")

    def __init__(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self.args, self.kwargs = args, kwargs
        self.wants_gradient = False
        self.are_plain = True
        arrays: list[Any] = []
        key: list[Any] = []
        for name, value in (*enumerate(args), *kwargs.items()) if kwargs else enumerate(args):
            if isinstance(value, Tensor):
                if value._node is not None:
                    self.wants_gradient = True
                array = value.array
                arrays.append(array)
                key += name, Tensor, array.shape, array.dtype.char, _order(array)
            elif isinstance(value, np.ndarray):
                arrays.append(value)
                key += name, np.ndarray, value.shape, value.dtype.char, _order(value)
            elif isinstance(value, Rows):
                arrays.append(value)
                key += name, Rows, value.shape, value.dtype.char
            else:
                key += name, constant_key(name, value)
                self.are_plain = self.are_plain and isinstance(value, CONSTANTS)
        self.arrays = arrays
        self.key = tuple(key)

    def values(self) -> tuple[Any, ...]:
        """All of them, in order."""
        return (*self.args, *self.kwargs.values())

    def copied(self, empty: Empty = kernels.empty) -> list[np.ndarray]:
        """Copies of the arrays in new ones, laid out like them: products of other layouts may differ in their last
        bits."""
        buffers = [_buffer_like(x, empty) for x in self.arrays]
        self.copy_into(buffers)
        return buffers

    def copy_into(self, buffers: list[np.ndarray]) -> None:
        for buffer, array in zip(buffers, self.arrays):
            if type(array) is Rows:
                array.gather_into(buffer)
            else:
                kernels.copy(buffer, array)

    def call(self, function: Callable[..., Any], buffers: list[np.ndarray]) -> tuple[Any, list[Tensor]]:
        """What the function returns for buffers in the place of the arrays, and the tensors that it got."""
        remaining = iter(buffers)
        tensors: list[Tensor] = []

        def placed(value: Any) -> Any:
            if isinstance(value, (Tensor, Rows)):
                tensors.append(from_array(next(remaining)))
                return tensors[-1]
            return next(remaining) if isinstance(value, np.ndarray) else value

        args = [placed(value) for value in self.args]
        kwargs = {name: placed(value) for name, value in self.kwargs.items()}
        return function(*args, **kwargs), tensors


def written_tensor(tensors: list[Tensor], trace: Trace) -> bool:
    """Whether a step has written into one of the tensors that it got."""
    written = {id(version) for version in trace.versions}
    return any(id(tensor._version) in written for tensor in tensors)


def _order(array: np.ndarray) -> tuple[int, ...]:
    """The axes from the one with the longest stride to the shortest; nothing if that is their order."""
    if array.flags.c_contiguous:
        return ()
    axes = range(array.ndim)
    order = sorted(axes, key=lambda axis: -abs(array.strides[axis]))
    return () if order == list(axes) else tuple(order)


def _buffer_like(array: Any, empty: Empty) -> np.ndarray:
    order = () if type(array) is Rows else _order(array)
    if not order:
        return empty(array.shape, array.dtype)
    return empty(tuple(array.shape[axis] for axis in order), array.dtype).transpose(np.argsort(order))


def constant_key(name: Any, value: Any) -> Any:
    """What tells a constant from all others: 0.0 from -0.0, and 1 from True and 1.0; NaN equals itself."""
    if isinstance(value, (tuple, frozenset)):
        return type(value), tuple(constant_key(name, x) for x in value)
    if isinstance(value, (float, complex)):
        return type(value), repr(value)
    if isinstance(value, np.generic):
        return type(value), value.tobytes()
    try:
        hash(value)
    except TypeError:
        pass
    else:
        if not isinstance(value, Tensor):
            return type(value), value
    raise TypeError(
        f"[compile] argument {name} must be a tensor, an array or a hashable constant, got "
        + ("tuple of arrays" if isinstance(value, (Tensor, np.ndarray)) else type(value).__name__)
    )
