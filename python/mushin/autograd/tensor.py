"""Tensor: a NumPy array, its gradient, and its place in the graph."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from copy import deepcopy
from typing import TYPE_CHECKING, Any

import numpy as np

from mushin import kernels
from mushin.autograd.tape import Leaf, Node, backward, grad_mode
from mushin.autograd.trace import (
    Switch,
    bind_gradient,
    configuration_changed,
    forbid_while_recording,
    home_is_shared,
    note_gradients_used,
    note_toggle,
)
from mushin.autograd.versions import creation, new_version

if TYPE_CHECKING:
    from mushin._methods import TensorMethods  # for type checkers: what ops/methods.py attaches
    from mushin.autograd.hooks import GradientHooks
    from mushin.autograd.touched import TouchedRows
else:
    TensorMethods = object


class Tensor(TensorMethods):
    """A NumPy array with a gradient: `Tensor(data, requires_grad=False)`.

    Args:
        data: array, number, nested sequence or tensor, of any shape; an array's memory is shared, not copied. Python
            floats and sequences of them become float32.
        requires_grad: whether `backward` shall collect this tensor's gradient in `grad`.

    Writes through `array` or `numpy()` are not seen by the tape: a saved value changed that way gives a wrong gradient.
    """

    _node: Node | Leaf | None = None
    _grad: np.ndarray | None = None
    _grad_version: list[Any] | None = None  # of `grad`'s memory, once somebody has asked for it
    _home: np.ndarray | None = None  # where the gradient is written; kept when `grad` becomes None
    _touched: TouchedRows | None = None  # of the gradient at its home, once an op has asked for the list
    _requires_grad_switch: Switch | None = None
    _hooks: GradientHooks | None = None
    _is_flat = False  # whether an optimizer has moved it into a buffer with its neighbours
    __array_priority__ = 100.0

    def __init__(self, data: Any, requires_grad: bool = False) -> None:
        self.array: np.ndarray = numbers_of("Tensor", "data", data)
        self._version: list[Any] = data._version if isinstance(data, Tensor) else new_version()
        if requires_grad:
            if requires_grad is not True:
                raise TypeError(
                    f"[Tensor] requires_grad must be a bool, got {requires_grad!r}; mushin.empty(2, 3) has a shape"
                )
            self._require_gradient()

    # --- gradient

    @property
    def requires_grad(self) -> bool:
        return self._node is not None

    @requires_grad.setter
    def requires_grad(self, value: bool) -> None:
        self.requires_grad_(value)

    def requires_grad_(self, requires_grad: bool = True) -> Tensor:
        """Starts or stops collecting this leaf's gradient; returns the tensor."""
        if type(self._node) is Node:
            raise ValueError("[requires_grad_] a tensor that an op computed always requires its gradient; use detach()")
        if requires_grad != (self._node is not None):
            note_toggle(self)
            if requires_grad:
                self._require_gradient()
            else:
                self._node = None
        return self

    def flip_requires_grad_switch(self) -> None:
        """Tells recorded steps that this leaf collects its gradient from now on, or no longer."""
        if self._requires_grad_switch is None:
            self._requires_grad_switch = Switch()
        self._requires_grad_switch.flip()

    def _require_gradient(self) -> None:
        if not _can_have_gradient(self.array):
            raise ValueError(
                f"[requires_grad_] only float32 and float64 tensors have gradients, got {self.array.dtype}"
            )
        self._node = Leaf(self)

    @property
    def is_leaf(self) -> bool:
        return type(self._node) is not Node

    @property
    def grad(self) -> Tensor | None:
        """The collected gradient, or None if there is none yet; a tensor that shares the gradient's memory."""
        if self.is_leaf:
            note_gradients_used((self,))
        if self._grad is None:
            return None
        self._may_be_written()
        gradient = from_array(self._grad)
        if self._grad_version is None:
            self._grad_version = gradient._version
        gradient._version = self._grad_version
        return gradient

    @grad.setter
    def grad(self, value: Tensor | np.ndarray | None) -> None:
        if value is None:
            bind_gradient(self, None)
            return
        array = value.array if isinstance(value, Tensor) else value
        if not isinstance(array, np.ndarray) or array.shape != self.array.shape or array.dtype != self.array.dtype:
            raise ValueError(
                f"[grad] gradient must be {self.array.dtype} of shape {self.array.shape}, got "
                f"{getattr(array, 'dtype', type(array).__name__)} of shape {getattr(array, 'shape', None)}"
            )
        # Kernels add to it in place; what they could not write becomes a copy.
        bind_gradient(self, array if array.flags.carray else array.copy())

    def _may_be_written(self) -> None:
        """Whoever gets the gradient's array from here may write all of it."""
        if self._touched is not None:
            self._touched.forget()

    def _gradient_destination(self, writer: Any = None) -> Any:
        """Where a gradient goes: it is added to the last one; the first has a home, a new one while that is held.

        `writer`: the closure that gets it; one with the attribute `lists_rows` says itself which rows it writes.
        """
        if self._touched is not None and not hasattr(writer, "lists_rows"):
            self._touched.forget()
        if self._grad is not None:
            return (self._grad,)
        if self._home is None or home_is_shared(self):
            self._home = kernels.empty(self.array.shape, self.array.dtype, lasting=True)
        return self._home

    def _gradient_is_shared(self) -> bool:
        """Whether somebody else may hold the gradient's memory."""
        return self._grad is not self._home or home_is_shared(self)

    def _gradient_may_overlap(self, array: np.ndarray) -> bool:
        """Whether an array may lie in the gradient's memory: it cannot if nobody but this leaf holds that."""
        assert self._grad is not None
        return self._gradient_is_shared() and np.may_share_memory(array, self._grad)

    def backward(self, gradient: Tensor | np.ndarray | None = None, retain_graph: bool = False) -> None:
        """Adds the gradient of this tensor with respect to every leaf it was computed from to the leaf's `grad`.

        Args:
            gradient: this tensor's own gradient, of its shape; may be left out if it has one element.
            retain_graph: keep what the closures saved, for a second call.

        Raises:
            ValueError: no graph, a graph that was freed by an earlier call, or a saved value that has been overwritten.
        """
        if self._node is None:
            raise ValueError(
                "[backward] the tensor is outside the graph: no input of its computation requires a gradient, or it "
                "was made under no_grad(), by detach() or by a compiled step, which returns copies"
            )
        backward(self, _root_gradient(self, gradient), retain_graph)

    def detach(self) -> Tensor:
        """A tensor of the same memory, outside the graph."""
        return view_of(self, self.array)

    # --- values

    def numpy(self) -> np.ndarray:
        """The array itself, not a copy."""
        if self._node is not None and grad_mode.enabled:
            raise ValueError("[numpy] the tensor requires its gradient; use .detach().numpy()")
        forbid_while_recording("numpy")
        return self.array

    def item(self) -> Any:
        """The only element, as a Python number."""
        return self._only_element("item")

    def _only_element(self, op: str) -> Any:
        forbid_while_recording(op)
        if self.array.size != 1:
            raise ValueError(f"[{op}] the tensor must have one element, got shape {self.array.shape}")
        return self.array.item()

    def tolist(self) -> Any:
        forbid_while_recording("tolist")
        return self.array.tolist()

    @property
    def data(self) -> Tensor:
        """A tensor of the same memory, outside the graph; assigning rebinds the memory."""
        return view_of(self, self.array)

    @data.setter
    def data(self, value: Tensor | np.ndarray) -> None:
        if not isinstance(value, (Tensor, np.ndarray)):
            raise TypeError(f"[data] data must be a tensor or an array, got {type(value).__name__}")
        array = as_array(value)
        if self._node is not None and not _can_have_gradient(array):
            raise TypeError(
                f"[data] data of a tensor that requires its gradient must be float32 or float64, got {array.dtype}"
            )
        if array.dtype != self.array.dtype or array.shape != self.array.shape:
            self._grad = self._home = None
        self.array = array
        self._version = value._version if isinstance(value, Tensor) else new_version()
        configuration_changed()

    @property
    def shape(self) -> tuple[int, ...]:
        return self.array.shape

    @property
    def dtype(self) -> np.dtype[Any]:
        return self.array.dtype

    @property
    def ndim(self) -> int:
        return self.array.ndim

    def dim(self) -> int:
        return self.array.ndim

    def numel(self) -> int:
        return self.array.size

    def size(self, dim: int | None = None) -> Any:
        if dim is not None and not -self.array.ndim <= dim < self.array.ndim:
            raise IndexError(f"[size] dim must be in [{-self.array.ndim}, {self.array.ndim}), got {dim}")
        return self.array.shape if dim is None else self.array.shape[dim]

    def __iter__(self) -> Iterator[Tensor]:
        if self.array.ndim == 0:
            raise TypeError("[iter] a tensor without axes has no elements to go through")
        return (self[i] for i in range(len(self.array)))

    def __len__(self) -> int:
        if self.array.ndim == 0:
            raise TypeError("[len] a tensor without axes has no length")
        return len(self.array)

    def __bool__(self) -> bool:
        return bool(self._only_element("bool"))

    def __float__(self) -> float:
        return float(self._only_element("float"))

    def __int__(self) -> int:
        return int(self._only_element("int"))

    def __index__(self) -> int:
        if self.array.dtype.kind not in "biu":
            raise TypeError(f"[index] only a tensor of one integer can be an index, got {self.array.dtype}")
        return int(self._only_element("index"))

    def __format__(self, specification: str) -> str:
        return format(self.item() if self.array.ndim == 0 else str(self), specification)

    # A tensor is itself, whatever its values are: it can be a key.
    __hash__ = object.__hash__

    def __array__(self, dtype: Any = None, copy: bool | None = None) -> np.ndarray:
        array = self.numpy()
        if copy is False and dtype is not None and array.dtype != dtype:
            raise ValueError(f"[__array__] a {array.dtype} tensor cannot become {dtype} without a copy")
        return array.astype(array.dtype if dtype is None else dtype, copy=bool(copy))

    def __repr__(self) -> str:
        forbid_while_recording("repr")
        body = np.array2string(self.array, separator=", ", prefix="Tensor(")
        suffix = ", requires_grad=True" if self._node is not None else ""
        return f"Tensor({body}, dtype={self.array.dtype}{suffix})"

    def __deepcopy__(self, memo: dict[int, Any]) -> Tensor:
        if type(self._node) is Node:
            raise ValueError("[deepcopy] only leaves can be copied; use detach() first")
        copy = type(self).__new__(type(self))
        memo[id(self)] = copy
        copy.__dict__.update(deepcopy(self._attributes(), memo))
        copy.array = self.array.copy()
        copy._version = new_version()
        if self._node is not None:
            copy._node = Leaf(copy)
        if self._grad is not None:
            copy._grad = self._grad.copy()
        return copy

    def __copy__(self) -> Tensor:
        """A tensor of the same memory and with the same attributes, but a gradient of its own, as PyTorch's."""
        if type(self._node) is Node:
            raise ValueError("[copy] only leaves can be copied; use detach() first")
        copy = type(self).__new__(type(self))
        copy.__dict__.update(self._attributes())
        copy.array, copy._version = self.array, self._version
        if self._node is not None:
            copy._node = Leaf(copy)
        return copy

    def _attributes(self) -> dict[str, Any]:
        """What somebody else has set."""
        return {name: value for name, value in self.__dict__.items() if name not in _OWN}

    def __reduce__(self) -> Any:
        if type(self._node) is Node:
            raise ValueError("[pickle] only leaves can be pickled; use detach() first")
        return type(self), (np.array(self.array), self.requires_grad)


_OWN = set(Tensor.__annotations__) | {"array", "_version", "_is_flat"}  # what an instance has by itself
_new = Tensor.__new__


def _can_have_gradient(array: np.ndarray) -> bool:
    return array.dtype.kind == "f" and array.dtype.itemsize in (4, 8)


def as_array(data: Any) -> np.ndarray:
    """The array of a tensor, array, number or nested sequence; Python floats become float32."""
    if isinstance(data, Tensor):
        return data.array
    if isinstance(data, np.ndarray):
        return data if type(data) is np.ndarray else data.view(np.ndarray)
    if isinstance(data, np.generic):
        return np.asarray(data)
    array = np.asarray(data)
    return array.astype(np.float32) if array.dtype == np.float64 and not _holds_arrays(data) else array


def numbers_of(op: str, name: str, value: Any, convert: Callable[[Any], np.ndarray] = as_array) -> np.ndarray:
    """The array of what a caller passed: a tensor, array, number or nested sequence of real numbers."""
    try:
        array = convert(value)
    except ValueError as error:
        raise ValueError(f"[{op}] {name} must be numbers in rows of one length: {error}") from None
    if not is_real(array.dtype):
        got = type(value).__name__ if array.ndim == 0 else array.dtype
        raise TypeError(f"[{op}] {name} must be real numbers of at most 64 bits, got {got}")
    return array


def is_real(dtype: np.dtype[Any]) -> bool:
    return dtype.kind in "biuf" and dtype.itemsize <= 8


def _holds_arrays(data: Any) -> bool:
    """Whether a nested sequence is made of arrays or NumPy numbers, whose dtype shall stay."""
    while isinstance(data, (list, tuple)) and data:
        data = data[0]
    return isinstance(data, (np.ndarray, np.generic))


def from_array(array: np.ndarray) -> Tensor:
    """A tensor outside the graph around an array: the constructor without its conversions."""
    tensor = _new(Tensor)
    tensor.array = array
    tensor._version = new_version()
    return tensor


def view_of(tensor: Tensor, array: np.ndarray) -> Tensor:
    """A tensor outside the graph around a view of another tensor's memory: a write to one is noticed at both."""
    view = _new(Tensor)
    view.array = array
    view._version = tensor._version
    return view


def record(array: np.ndarray, inputs: tuple[Tensor, ...], backward: Callable[..., Any]) -> Tensor:
    """Wraps an op's output and, if an input requires its gradient, makes the node that leads to the inputs.

    Args:
        array: the output.
        inputs: the tensors that `backward` returns gradients for, in its order.
        backward: `backward(dy, into)`; holds arrays, never tensors.
    """
    tensor = _new(Tensor)
    tensor.array = array
    tensor._version = version = [0, None, ()]
    for each in inputs:
        if each._node is not None:
            if grad_mode.enabled:
                tensor._node = node = Node()
                node.number = next(creation)
                node.backward = backward
                node.parents = parents = []
                node.versions = versions = [version]
                for source in inputs:
                    parents.append(source._node)
                    versions.append(source._version)
            break
    return tensor


def record_all(arrays: Sequence[np.ndarray], inputs: tuple[Tensor, ...], backward: Callable[..., Any]) -> list[Tensor]:
    """`record` for an op with several outputs: `backward(dys, into)` gets a list, with None for those that nobody
    used."""
    gradients: list[Any] = [None] * len(arrays)

    def of_all(_: None, into: Any) -> Any:
        dys = gradients[:]
        forget()
        return backward(dys, into)

    def forget() -> None:
        gradients[:] = [None] * len(gradients)

    def kept(i: int) -> Callable[..., Any]:
        def keep(dy: np.ndarray, into: Any) -> tuple[None]:
            gradients[i] = dy
            return (None,)

        keep.forget = forget  # type: ignore[attr-defined]  # tells the walk that the op's node needs nothing from it
        return keep

    of_op = record(arrays[0], inputs, of_all)
    return [record_view(array, of_op, kept(i)) for i, array in enumerate(arrays)]


def record_view(array: np.ndarray, source: Tensor, backward: Callable[..., Any]) -> Tensor:
    """`record` for an output that shares its input's memory."""
    tensor = record(array, (source,), backward)
    tensor._version = source._version
    return tensor


def _root_gradient(tensor: Tensor, gradient: Tensor | np.ndarray | None) -> np.ndarray:
    if gradient is None:
        if tensor.array.size != 1:
            raise ValueError(
                f"[backward] gradient must be given for a tensor that is not a single number, got shape {tensor.shape}"
            )
        return kernels.fill(kernels.empty(tensor.array.shape, tensor.array.dtype), 1.0)
    dy, array = as_array(gradient), tensor.array
    if dy.shape != array.shape:
        raise ValueError(f"[backward] gradient must have shape {array.shape}, got {dy.shape}")
    return dy if dy.dtype == array.dtype else kernels.copy(kernels.empty(dy.shape, array.dtype), dy)


def check_in_place(tensor: Tensor, op: str, *sources: Any) -> None:
    """Raises if a tensor must not be written in place: the graph would keep an outdated value, or would not have what
    the sources contribute."""
    if not grad_mode.enabled:
        return
    if tensor._node is not None:
        raise ValueError(f"[{op}] a tensor that requires its gradient can be written in place only under no_grad()")
    if any(isinstance(source, Tensor) and source._node is not None for source in sources):
        raise ValueError(
            f"[{op}] the gradient of a tensor that is written into another one would be lost: make a new tensor, with "
            "cat, stack or where, say, or write detach() of it"
        )
