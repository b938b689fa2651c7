"""The whole tape: Tensor, record, backward, no_grad, gradcheck.

A tensor's values are a NumPy array, `tensor.array`. An op computes an array and calls `record` with a closure that
turns the gradient of its output into the gradients of its inputs. The closure makes a node of the graph. A node
belongs to the tensor it made and refers to its inputs' nodes, never to tensors: dropping the last tensor of a graph
frees all of it at once.

`backward(dy, into)` gets `into[i]` for each input, which says where that gradient shall go:

    SKIP        nobody wants it: do not compute it
    NEW         into a new array
    array       overwrite this array
    (array,)    add to this array

and returns one array for each input (None where it was skipped). Kernels take `into[i]` as it is. An array that is
returned in the place of another one is copied or added by the tape, so a closure may also ignore a destination.
"""

from __future__ import annotations

import itertools
import threading
import weakref
from collections.abc import Callable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from sys import getrefcount
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.lib.array_utils import byte_bounds

from mushin import kernels

if TYPE_CHECKING:
    from mushin._methods import TensorMethods  # for type checkers: what ops/methods.py attaches
else:
    TensorMethods = object

SKIP = None
NEW = True

_creation = itertools.count(1)  # nodes and in-place writes draw from it: a larger number is later


class Trace:
    """What a step did besides launching kernels.

    versions: those it raised. leaves: whose gradient it read, bound or dropped. toggled: tensors, weakly, that it let
    require their gradient or not, with what was before.
    """

    def __init__(self) -> None:
        self.versions: list[list[Any]] = []
        self.leaves: list[Tensor] = []
        self.toggled: list[tuple[weakref.ref[Tensor], bool]] = []

    def settle(self) -> None:
        """Lets go of what only the step knew; a tensor that outlives it with another `requires_grad` is a change."""
        for version in self.versions:
            if version[1] is not None:
                version[2:] = _written_extent(version)
                version[1] = None
        if any(tensor is not None and tensor.requires_grad != before for tensor, before in self._alive()):
            configuration_changed()

    def _alive(self) -> list[tuple[Tensor | None, bool]]:
        first: dict[int, tuple[Any, bool]] = {}
        for reference, before in self.toggled:
            first.setdefault(id(reference), (reference, before))
        return [(reference(), before) for reference, before in first.values()]


class _ThreadState(threading.local):
    grad_enabled = True
    passing: tuple[str, ...] = ()
    trace: Trace | None = None


_state = _ThreadState()


class Node:
    """A step of the graph: the closure, its inputs' nodes, and the versions of what the closure may have saved."""

    __slots__ = ("backward", "number", "parents", "versions")

    def __init__(self, number: int, parents: tuple[Any, ...], backward: Any, versions: tuple[Any, ...]) -> None:
        self.number = number
        self.parents = parents
        self.backward = backward
        self.versions = versions


class Leaf:
    """The end of the graph at a tensor that collects its gradient."""

    __slots__ = ("tensor",)

    def __init__(self, tensor: Tensor) -> None:
        self.tensor = weakref.ref(tensor)


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
    _home: np.ndarray | None = None  # where the gradient is written; kept when `grad` becomes None
    _is_flat = False  # whether an optimizer has moved it into a buffer with its neighbours
    __array_priority__ = 100.0

    def __init__(self, data: Any, requires_grad: bool = False) -> None:
        self.array: np.ndarray = as_array(data)
        self._version: list[Any] = data._version if isinstance(data, Tensor) else new_version()
        if requires_grad:
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
            if _state.trace is not None:
                _state.trace.toggled.append((weakref.ref(self), not requires_grad))
            if requires_grad:
                self._require_gradient()
            else:
                self._node = None
            if _state.trace is None:
                configuration_changed()
        return self

    def _require_gradient(self) -> None:
        if self.array.dtype.kind != "f":
            raise ValueError(f"[requires_grad_] only floating-point tensors have gradients, got {self.array.dtype}")
        self._node = Leaf(self)

    @property
    def is_leaf(self) -> bool:
        return type(self._node) is not Node

    @property
    def grad(self) -> Tensor | None:
        """The collected gradient, or None if there is none yet; a tensor that shares the gradient's memory."""
        return None if self._grad is None else from_array(self._grad)

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

    def _gradient_home(self) -> np.ndarray:
        """The array that a first gradient is written to; a new one while somebody else holds the last."""
        if self._home is None or home_is_shared(self):
            self._home = kernels.empty(self.array.shape, self.array.dtype, lasting=True)
        return self._home

    def backward(self, gradient: Tensor | np.ndarray | None = None, retain_graph: bool = False) -> None:
        """Adds the gradient of this tensor with respect to every leaf it was computed from to the leaf's `grad`.

        Args:
            gradient: this tensor's own gradient, of its shape; may be left out if it has one element.
            retain_graph: keep what the closures saved, for a second call.

        Raises:
            ValueError: no graph, a graph that was freed by an earlier call, or a saved value that has been overwritten.
        """
        backward(self, gradient, retain_graph)

    def detach(self) -> Tensor:
        """A tensor of the same memory, outside the graph."""
        return view_of(self, self.array)

    # --- values

    def numpy(self) -> np.ndarray:
        """The array itself, not a copy."""
        if self._node is not None and _state.grad_enabled:
            raise ValueError("[numpy] the tensor requires its gradient; use .detach().numpy()")
        forbid_while_recording("numpy")
        return self.array

    def item(self) -> Any:
        """The only element, as a Python number."""
        forbid_while_recording("item")
        if self.array.size != 1:
            raise ValueError(f"[item] the tensor must have one element, got shape {self.array.shape}")
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
        array = value.array if isinstance(value, Tensor) else as_array(value)
        if array.dtype != self.array.dtype or array.shape != self.array.shape:
            self._grad = self._home = None
        self.array = array
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
        return self.array.shape if dim is None else self.array.shape[dim]

    def __len__(self) -> int:
        if self.array.ndim == 0:
            raise TypeError("[len] a tensor without axes has no length")
        return len(self.array)

    def __bool__(self) -> bool:
        return bool(self.item())

    def __float__(self) -> float:
        return float(self.item())

    def __int__(self) -> int:
        return int(self.item())

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
        copy.array = self.array.copy()
        copy._version = new_version()
        if self._node is not None:
            copy._node = Leaf(copy)
        if self._grad is not None:
            copy._grad = self._grad.copy()
        return copy

    def __reduce__(self) -> Any:
        if type(self._node) is Node:
            raise ValueError("[pickle] only leaves can be pickled; use detach() first")
        return type(self), (np.array(self.array), self.requires_grad)


def home_is_shared(tensor: Tensor) -> bool:
    """Whether somebody holds a leaf's gradient home besides the leaf itself."""
    return getrefcount(tensor._home) > _UNSHARED + (tensor._grad is tensor._home)


def _unshared_references() -> int:
    """What getrefcount says of a home that only its tensor holds; Python's versions count differently."""
    tensor = from_array(np.zeros(1))
    tensor._home = np.zeros(1)
    return getrefcount(tensor._home)


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


def _holds_arrays(data: Any) -> bool:
    """Whether a nested sequence is made of arrays or NumPy numbers, whose dtype shall stay."""
    while isinstance(data, (list, tuple)) and data:
        data = data[0]
    return isinstance(data, (np.ndarray, np.generic))


def new_version() -> list[Any]:
    """A memory's version: the number of the latest in-place write, the array it wrote, the extent of earlier ones."""
    return [0, None, 0, 0]


def from_array(array: np.ndarray) -> Tensor:
    """A tensor outside the graph around an array: the constructor without its conversions."""
    tensor = Tensor.__new__(Tensor)
    tensor.array = array
    tensor._version = new_version()
    return tensor


def view_of(tensor: Tensor, array: np.ndarray) -> Tensor:
    """A tensor outside the graph around a view of another tensor's memory: a write to one is noticed at both."""
    view = Tensor.__new__(Tensor)
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
    tensor = Tensor.__new__(Tensor)
    tensor.array = array
    tensor._version = version = [0, None, 0, 0]
    if _state.grad_enabled:
        for each in inputs:
            if each._node is not None:
                parents = tuple([x._node for x in inputs])
                versions = (version, *[x._version for x in inputs])
                tensor._node = Node(next(_creation), parents, backward, versions)
                break
    return tensor


def record_view(array: np.ndarray, source: Tensor, backward: Callable[..., Any]) -> Tensor:
    """`record` for an output that shares its input's memory."""
    tensor = record(array, (source,), backward)
    tensor._version = source._version
    return tensor


def backward(root: Tensor, gradient: Tensor | np.ndarray | None = None, retain_graph: bool = False) -> None:
    """See Tensor.backward."""
    root_node = root._node
    if root_node is None:
        raise ValueError("[backward] the tensor does not require a gradient: no input of its computation does")
    dy = _root_gradient(root, gradient)
    if isinstance(root_node, Leaf):
        _deliver(dy, _destination(root), root)
        return
    gradients: dict[Any, np.ndarray] = {root_node: dy}
    owned: set[Any] = set()  # nodes whose gradient is a sum that the tape made: it may be added to in place
    for node in _reachable(root_node):
        if node not in gradients:
            continue
        dy = gradients.pop(node)
        owned.discard(node)
        closure = node.backward
        if closure is None:
            raise ValueError("[backward] the graph has been freed by an earlier backward; pass retain_graph=True to it")
        _check_versions(node, closure)
        into: list[Any] = []
        for parent in node.parents:
            # One input twice: the second gradient is made apart and then added to the first.
            again = parent is not None and parent in node.parents[: len(into)]
            into.append(NEW if again else _wanted(parent, gradients, owned))
        results = closure(dy, into)
        if not retain_graph:
            node.backward = None
        for parent, target, result in zip(node.parents, into, results, strict=True):
            if target is None:
                continue
            if result is None:
                raise ValueError(f"[backward] {closure.__qualname__} returned no gradient for an input that wants one")
            if type(parent) is Leaf:
                tensor = parent.tensor()
                if tensor is not None:
                    _deliver(result, target, tensor)
            elif target is not True:
                if result is not target[0]:
                    kernels.copy(target, result)
            elif parent in gradients:
                gradients[parent] = kernels.add_forward(gradients[parent], result)
                owned.add(parent)
            else:
                gradients[parent] = result


def _root_gradient(root: Tensor, gradient: Tensor | np.ndarray | None) -> np.ndarray:
    if gradient is None:
        if root.array.size != 1:
            raise ValueError(
                f"[backward] gradient must be given for a tensor that is not a single number, got shape {root.shape}"
            )
        return kernels.fill(kernels.empty(root.array.shape, root.array.dtype), 1.0)
    dy = as_array(gradient)
    if dy.shape != root.array.shape:
        raise ValueError(f"[backward] gradient must have shape {root.array.shape}, got {dy.shape}")
    # A copy: the caller's array may be a leaf's gradient, which is written while this one is read.
    return kernels.copy(kernels.empty(dy.shape, root.array.dtype), dy)


def _reachable(root: Node) -> list[Node]:
    """The nodes that lead from a node to the leaves, latest first."""
    found = {root}
    stack = [root]
    while stack:
        for parent in stack.pop().parents:
            if type(parent) is Node and parent not in found:
                found.add(parent)
                stack.append(parent)
    return sorted(found, key=lambda node: -node.number)


def _wanted(parent: Node | Leaf | None, gradients: dict[Any, np.ndarray], owned: set[Any]) -> Any:
    if parent is None:
        return SKIP
    if type(parent) is Leaf:
        tensor = parent.tensor()
        return SKIP if tensor is None else _destination(tensor)
    return (gradients[parent],) if parent in owned else NEW


def _destination(tensor: Tensor) -> Any:
    return tensor._gradient_home() if tensor._grad is None else (tensor._grad,)


def _deliver(result: np.ndarray, target: Any, tensor: Tensor) -> None:
    """Brings a leaf's gradient to where it belongs, if the closure has not done so."""
    if tensor._grad is None:
        if result is not target:
            kernels.copy(target, result)
        bind_gradient(tensor, target)
    elif result is not tensor._grad:
        kernels.copy((tensor._grad,), result)


def bind_gradient(tensor: Tensor, gradient: np.ndarray | None) -> None:
    """Makes an array, or nothing, a leaf's gradient."""
    tensor._grad = gradient
    if _state.trace is not None:
        _state.trace.leaves.append(tensor)


def note_gradients_read(tensors: Iterable[Tensor]) -> None:
    """Tells a compiled step that what it launches depends on which of these leaves have a gradient."""
    if _state.trace is not None:
        _state.trace.leaves.extend(tensors)


def _check_versions(node: Node, closure: Any) -> None:
    for version in node.versions:
        if version[0] > node.number and _saved_in(closure, *_written_extent(version)):
            raise ValueError(
                "[backward] a value that is needed for the gradient has been overwritten in place since it was "
                "computed; write into a copy instead"
            )


def _written_extent(version: list[Any]) -> tuple[int, int]:
    """First and end address of all memory that in-place writes have touched."""
    if version[1] is None:
        return version[2], version[3]
    low, high = byte_bounds(version[1])
    return (min(low, version[2]), max(high, version[3])) if version[3] else (low, high)


def _saved_in(closure: Any, low: int, high: int) -> bool:
    """Whether an array that the closure holds lies in the memory [low, high)."""
    return any(_lies_in(cell.cell_contents, low, high) for cell in getattr(closure, "__closure__", None) or ())


def _lies_in(saved: Any, low: int, high: int) -> bool:
    if isinstance(saved, np.ndarray):
        begin, end = byte_bounds(saved)
        return bool(begin < high and low < end)
    if isinstance(saved, (tuple, list)):
        return any(_lies_in(each, low, high) for each in saved)
    return callable(saved) and _saved_in(saved, low, high)


def note_write(tensor: Tensor) -> None:
    """Tells the tape that a tensor's memory has been written in place."""
    version = tensor._version
    if version[1] is not tensor.array:
        if version[1] is not None:
            version[2:] = _written_extent(version)
        version[1] = tensor.array
    version[0] = next(_creation)
    if _state.trace is not None:
        _state.trace.versions.append(version)


def check_in_place(tensor: Tensor, op: str) -> None:
    """Raises if a tensor must not be written in place: the graph would keep an outdated value."""
    if tensor._node is not None and _state.grad_enabled:
        raise ValueError(f"[{op}] a tensor that requires its gradient can be written in place only under no_grad()")


def forbid_while_recording(what: str, why: str = "a tensor's value cannot be read") -> None:
    """Raises if this thread records a plan: what Python reads then is frozen, what it sets is not repeated."""
    if kernels.recording():
        raise RecordingError(f"[{what}] {why} while a step is being recorded")


class RecordingError(RuntimeError):
    """A step did something while it was recorded that a replay could not repeat."""


# --- modes

_configuration = 0
_changes = itertools.count(1)


def configuration_changed() -> None:
    """Gives what recorded steps depend on a new number: a module, a mode or a parameter's memory has changed."""
    global _configuration
    _configuration = next(_changes)


def configuration() -> tuple[Any, ...]:
    """The number, with this thread's passing changes: equal ones mean the same modules, modes and memory."""
    return (_configuration, *_state.passing)


@contextmanager
def passing_configuration(name: str) -> Iterator[None]:
    """A change of this thread's that is taken back at the end, and is the same one each time."""
    before = _state.passing
    _state.passing = (*before, name)
    try:
        yield
    finally:
        _state.passing = before


def is_grad_enabled() -> bool:
    """Whether ops of this thread are recorded on the tape."""
    return _state.grad_enabled


@contextmanager
def set_grad_enabled(enabled: bool) -> Iterator[None]:
    previous = _state.grad_enabled
    _state.grad_enabled = enabled
    try:
        yield
    finally:
        _state.grad_enabled = previous


def no_grad() -> Any:
    """A context, or a function decorator, in which ops are not recorded."""
    return set_grad_enabled(False)


def enable_grad() -> Any:
    """A context, or a function decorator, in which ops are recorded again."""
    return set_grad_enabled(True)


@contextmanager
def tracing() -> Iterator[Trace]:
    """Collects what happens inside to tensors' own state, which a recorded step must repeat."""
    outer, inner = _state.trace, Trace()
    _state.trace = inner
    try:
        yield inner
    finally:
        _state.trace = outer
        if outer is not None:
            outer.versions += inner.versions
            outer.leaves += inner.leaves
            outer.toggled += inner.toggled


def mark_written(version: list[Any]) -> None:
    """Repeats `note_write` for a memory that a replayed step has written."""
    version[0] = next(_creation)


_UNSHARED = _unshared_references()


# --- gradcheck


def gradcheck(
    function: Callable[..., Any],
    inputs: Tensor | Sequence[Any],
    eps: float = 1e-6,
    atol: float = 1e-5,
    rtol: float = 1e-3,
    raise_exception: bool = True,
) -> bool:
    """Compares a function's gradients with central differences of its values, in float64.

    Args:
        function: from tensors to a tensor or a tuple of tensors.
        inputs: its arguments; the tensors among them that require gradients must be float64.
        eps: the step of the differences.
        atol, rtol: |analytic - numeric| <= atol + rtol * |numeric| must hold for every element.
        raise_exception: raise ValueError with the place of the largest error instead of returning False.
    """
    arguments = (inputs,) if isinstance(inputs, Tensor) else tuple(inputs)
    checked = [i for i, x in enumerate(arguments) if isinstance(x, Tensor) and x.requires_grad]
    if not checked:
        raise ValueError("[gradcheck] inputs must hold a tensor that requires its gradient")
    for i in checked:
        if arguments[i].dtype != np.float64:
            raise ValueError(f"[gradcheck] input {i} must be float64, got {arguments[i].dtype}")
    outputs = _as_tuple(function(*arguments))
    for o, output in enumerate(outputs):
        weight = np.linspace(0.5, 1.5, output.array.size).reshape(output.shape)  # every element counts, differently
        analytic = _gradients(function, arguments, checked, o, weight)
        for i, gradient in zip(checked, analytic):
            numeric = _differences(function, arguments, i, o, weight, eps)
            error = np.abs(gradient - numeric) - (atol + rtol * np.abs(numeric))
            if not (error <= 0).all():
                if not raise_exception:
                    return False
                worst = np.unravel_index(np.argmax(np.where(np.isnan(error), np.inf, error)), error.shape)
                raise ValueError(
                    f"[gradcheck] gradient of output {o} for input {i} at {tuple(int(k) for k in worst)} is "
                    f"{gradient[worst]:.9g}, differences give {numeric[worst]:.9g}"
                )
    return True


def _as_tuple(outputs: Any) -> tuple[Tensor, ...]:
    return (outputs,) if isinstance(outputs, Tensor) else tuple(outputs)


def _gradients(
    function: Callable[..., Any], arguments: tuple[Any, ...], checked: Iterable[int], output: int, weight: np.ndarray
) -> list[np.ndarray]:
    copies = [Tensor(x.array.copy(), x.requires_grad) if isinstance(x, Tensor) else x for x in arguments]
    result = _as_tuple(function(*copies))[output]
    if result.requires_grad:
        backward(result, weight)
    gradients = [(copies[i]._grad, copies[i].shape) for i in checked]
    return [np.zeros(shape) if gradient is None else gradient for gradient, shape in gradients]


def _differences(
    function: Callable[..., Any], arguments: tuple[Any, ...], i: int, output: int, weight: np.ndarray, eps: float
) -> np.ndarray:
    copies = [Tensor(x.array.copy()) if isinstance(x, Tensor) else x for x in arguments]
    flat, numeric = copies[i].array.reshape(-1), np.empty(copies[i].array.size)
    for k, value in enumerate(flat.copy()):
        values = []
        for moved in (value + eps, value - eps):
            flat[k] = moved
            with no_grad():
                values.append(float((_as_tuple(function(*copies))[output].array * weight).sum()))
        flat[k] = value
        numeric[k] = (values[0] - values[1]) / (2 * eps)
    return numeric.reshape(copies[i].shape)
