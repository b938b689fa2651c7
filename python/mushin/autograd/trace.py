"""What a recorded step depends on, and what it does besides launching kernels.

A step that is recorded once and replayed many times must notice when the modules, modes and memory it was recorded with
have changed: that is the configuration. And it must repeat what the step did to the tensors' own state, which no kernel
does: that is the trace.
"""

from __future__ import annotations

import itertools
import os
import threading
import weakref
from collections.abc import Iterable
from sys import getrefcount
from typing import TYPE_CHECKING, Any

import numpy as np

from mushin import kernels
from mushin.autograd.versions import creation, let_go_of_array, raise_version

if TYPE_CHECKING:
    from mushin.autograd.tensor import Tensor


class _ThreadState(threading.local):
    passing = 0  # as `_switches`, of what only this thread sees
    trace: Trace | None = None
    unchanging: frozenset[int] = frozenset()  # the ids of versions


_state = _ThreadState()


# --- recording


class RecordingError(RuntimeError):
    """A step did something while it was recorded that a replay could not repeat."""


def forbid_while_recording(what: str, why: str = "a tensor's value cannot be read") -> None:
    """Raises if this thread records a plan: what Python reads then is frozen, what it sets is not repeated."""
    if kernels.recording():
        raise RecordingError(f"[{what}] {why} while a step is being recorded")


def forbid_changes(versions: Iterable[list[Any]]) -> None:
    """Of these versions, and no others, no step that this thread records may change the memory: weights that are packed
    are read elsewhere."""
    _state.unchanging = frozenset(map(id, versions))


# --- configuration

_configuration = 0
_switches = 0  # the numbers of all switches that are over, in one by exclusive or
_changes = itertools.count(1)
_flipping = threading.Lock()  # no thread's flip is lost


def _free_in_child() -> None:
    global _flipping
    _flipping = threading.Lock()  # another thread of the parent's may have held it


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_free_in_child)


def configuration() -> tuple[Any, ...]:
    """What recorded steps depend on, with what only this thread sees: equal ones mean the same modules, modes and
    memory."""
    return _configuration, _switches, _state.passing


def configuration_changed() -> None:
    """Gives the configuration a number that it never had: a module or a parameter's memory has changed."""
    global _configuration
    _configuration = next(_changes)


class Switch:
    """A choice of two, such as a module's training and evaluation: one flip changes the configuration, the next puts it
    back, so that a step recorded for either is found again."""

    __slots__ = ("_number",)

    def __init__(self) -> None:
        self._number = int.from_bytes(os.urandom(16), "little")

    def flip(self) -> None:
        global _switches
        with _flipping:
            _switches ^= self._number

    def hold(self, choice: bool) -> None:
        """Begins, or with the same choice ends, a time in which this thread sees a choice of its own."""
        _state.passing ^= self._number << choice

    # A copy is a switch of its own.
    def __deepcopy__(self, memo: dict[int, Any]) -> Switch:
        return Switch()

    def __reduce__(self) -> Any:
        return Switch, ()


# --- trace

AT_HOME = "at home"


class Trace:
    """What a step did besides launching kernels.

    versions: those it raised.
    leaves: whose gradient it read, wrote, bound or dropped.
    bound: how many launches had been recorded when it bound a gradient or dropped one, whose, weakly, and what: None,
        AT_HOME for the array at the leaf's home, or another array, weakly.
    toggled: tensors, weakly, that it let require their gradient or not, with what was before.
    """

    def __init__(self) -> None:
        self.versions: list[list[Any]] = []
        self.leaves: list[Tensor] = []
        self.bound: list[tuple[int, weakref.ref[Tensor], Any]] = []
        self.toggled: list[tuple[weakref.ref[Tensor], bool]] = []

    def settle(self) -> None:
        """Lets go of what only the step knew; a tensor that outlives it with another `requires_grad` is a change."""
        for version in self.versions:
            let_go_of_array(version)
        for tensor, before in self._alive():
            if tensor is not None and tensor.requires_grad != before:
                tensor.flip_requires_grad_switch()

    def _alive(self) -> list[tuple[Tensor | None, bool]]:
        first: dict[int, tuple[Any, bool]] = {}
        for reference, before in self.toggled:
            first.setdefault(id(reference), (reference, before))
        return [(reference(), before) for reference, before in first.values()]


class tracing:  # noqa: N801  a function to its users
    """Collects what happens inside to tensors' own state, which a recorded step must repeat.

    Not a generator: an interrupt between the assignment and the body would leave its trace behind.
    """

    __slots__ = ("_inner", "_outer")

    def __enter__(self) -> Trace:
        self._outer = _state.trace
        self._inner = inner = Trace()
        _state.trace = inner
        return inner

    def __exit__(self, kind: type[BaseException] | None, *_: object) -> None:
        outer, inner = self._outer, self._inner
        _state.trace = outer
        if outer is not None:
            outer.versions += inner.versions
            outer.leaves += inner.leaves
            outer.bound += inner.bound
            outer.toggled += inner.toggled
        elif kind is not None:
            inner.settle()  # what it has changed stays changed


def forget_trace() -> None:
    """Ends a trace whose `tracing` an interrupt has kept from ending it."""
    unfinished, _state.trace = _state.trace, None
    if unfinished is not None:
        unfinished.settle()


def note_write(tensor: Tensor) -> None:
    """Tells the tape that a tensor's memory has been written in place."""
    _raise(tensor._version, tensor.array)


def note_writes(tensors: Iterable[Tensor]) -> None:
    """`note_write` of all of them, as one write."""
    if _state.trace is not None:
        for tensor in tensors:
            note_write(tensor)
        return
    number = next(creation)
    for tensor in tensors:
        version = tensor._version
        if version[1] is tensor.array:
            version[0] = number
        else:
            raise_version(version, tensor.array)


def note_gradient_written(tensor: Tensor) -> None:
    """Tells the tape that a leaf's gradient has been written in place, if somebody has it as a tensor."""
    if tensor._grad_version is None or tensor._grad is None:
        return
    if getrefcount(tensor._grad_version) > _UNSHARED:
        _raise(tensor._grad_version, tensor._grad)
    else:
        tensor._grad_version = None  # whoever had the gradient has let go of it


def _raise(version: list[Any], array: np.ndarray) -> None:
    raise_version(version, array)
    if _state.trace is not None:
        if id(version) in _state.unchanging:
            forbid_while_recording("packed_weights", "a weight cannot change")
        _state.trace.versions.append(version)


def note_toggle(tensor: Tensor) -> None:
    """Tells that a leaf's `requires_grad` is about to change; a step that is traced may take it back before it ends."""
    if _state.trace is None:
        tensor.flip_requires_grad_switch()
    else:
        _state.trace.toggled.append((weakref.ref(tensor), tensor.requires_grad))


def bind_gradient(tensor: Tensor, gradient: np.ndarray | None) -> None:
    """Makes an array, or nothing, a leaf's gradient."""
    tensor._grad = gradient
    tensor._grad_version = None
    if _state.trace is not None:
        _state.trace.leaves.append(tensor)
        what: Any = None if gradient is None else AT_HOME if gradient is tensor._home else weakref.ref(gradient)
        _state.trace.bound.append((kernels.launches_recorded(), weakref.ref(tensor), what))


def note_gradients_used(tensors: Iterable[Tensor]) -> None:
    """Tells a compiled step that what it launches depends on these leaves' gradients: which there are, and where."""
    if _state.trace is not None:
        _state.trace.leaves.extend(tensors)


# --- who holds a leaf's gradient


def _unshared_references() -> int:
    """What getrefcount says of an attribute that only its object holds; Python's versions count differently."""

    class Holder:
        attribute: list[Any]

    holder = Holder()
    holder.attribute = []
    return getrefcount(holder.attribute)


_UNSHARED = _unshared_references()


def home_is_shared(tensor: Tensor) -> bool:
    """Whether somebody holds a leaf's gradient home besides the leaf itself."""
    return getrefcount(tensor._home) > _UNSHARED + (tensor._grad is tensor._home)
