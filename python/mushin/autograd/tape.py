"""The tape: nodes, the walk from a result back to the leaves, and whether ops are recorded at all."""

from __future__ import annotations

import threading
import weakref
from collections.abc import Callable
from functools import wraps
from operator import attrgetter
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.lib.array_utils import byte_bounds

from mushin import kernels
from mushin.autograd.trace import bind_gradient, note_gradient_written, note_gradients_used
from mushin.autograd.versions import saved_in, written_extents

if TYPE_CHECKING:
    from mushin.autograd.tensor import Tensor

SKIP = None
NEW = True


class Node:
    """A step of the graph: the closure, its inputs' nodes, and the versions of what the closure may have saved."""

    __slots__ = ("backward", "number", "parents", "versions")

    backward: Any
    number: int
    parents: list[Any]
    versions: list[list[Any]]


_number_of = attrgetter("number")


class Leaf:
    """The end of the graph at a tensor that collects its gradient."""

    __slots__ = ("tensor",)

    def __init__(self, tensor: Tensor) -> None:
        self.tensor = weakref.ref(tensor)


def backward(root: Tensor, dy: np.ndarray, retain_graph: bool) -> None:
    """Walks from a tensor, whose own gradient is `dy`, to the leaves it was computed from; see Tensor.backward.

    `dy` may be the caller's: it is read where it lies, but neither written nor kept.
    """
    root_node = root._node
    if isinstance(root_node, Leaf):
        if root._grad is not None:
            dy = _apart(dy, [root])
        _deliver_whole(dy, root_node)
        return
    assert root_node is not None
    nodes, added_to, hooked = _reachable(root_node)
    for node in nodes:  # before any gradient is written
        _check_versions(node)
    shared: set[int] | None = None  # ids of leaves that the walk keeps alive
    if added_to:
        dy = _apart(dy, added_to)
        held = [leaf for leaf in added_to if leaf._gradient_is_shared()]  # before the walk holds gradients itself
        shared = {id(leaf) for leaf in held} if held else None
    gradients: dict[Any, Any] = {root_node: dy}
    try:
        walk(nodes, gradients, hooked, shared, retain_graph)
    except BaseException:
        for node in nodes:
            if hasattr(node.backward, "forget"):
                node.backward.forget()
        raise
    for leaf in hooked:
        _deliver_whole(gradients.get(leaf), leaf)


def walk(
    nodes: list[Node], gradients: dict[Any, Any], hooked: dict[Leaf, None], shared: set[int] | None, retain_graph: bool
) -> None:
    """Calls the closures of nodes in order, each with what the ones before it have left in `gradients`."""
    owned: set[Any] = set()  # nodes whose gradient is a sum that the tape made: it may be added to in place
    for node in nodes:
        dy = gradients.pop(node, None)  # None: of an op with several outputs, which keep theirs for it
        closure, parents = node.backward, node.parents
        into: list[Any] = []
        for parent in parents:
            if parent is None:
                into.append(SKIP)
            elif parents.index(parent) < len(into):  # one input twice: made apart, then added to the first
                into.append(NEW)
            elif type(parent) is Leaf and (not hooked or parent not in hooked):
                tensor = parent.tensor()
                into.append(SKIP if tensor is None else tensor._gradient_destination(closure))
            else:
                into.append((gradients[parent],) if parent in owned else NEW)
        if shared:
            _let_none_overlap(into, node, shared)
        nobody_wants_it = into[-1] is SKIP and all(target is SKIP for target in into)  # the leaves are gone
        results = into if nobody_wants_it and not hasattr(closure, "hooks") else closure(dy, into)
        if len(results) != len(parents):
            raise ValueError(
                f"[backward] {closure.__qualname__} must return {len(parents)} gradients, got {len(results)}"
            )
        if not retain_graph:
            node.backward = None
        for parent, target, result in zip(parents, into, results):
            if target is None:
                continue
            if result is None:
                if hasattr(closure, "forget"):
                    continue
                raise ValueError(f"[backward] {closure.__qualname__} returned no gradient for an input that wants one")
            if type(parent) is Leaf and (not hooked or parent not in hooked):
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


def _reachable(root: Node) -> tuple[list[Node], list[Tensor], dict[Leaf, None]]:
    """The nodes that lead to the leaves, latest first, the leaves whose gradients will be added to, and the ends at
    leaves with hooks, which are to see whole gradients."""
    nodes, found, added_to = [root], {root}, []
    hooked: dict[Leaf, None] = {}
    for node in nodes:
        if node.backward is None:
            raise ValueError("[backward] the graph has been freed by an earlier backward; pass retain_graph=True to it")
        for parent in node.parents:
            if type(parent) is Leaf:
                tensor = parent.tensor()
                if tensor is not None:
                    if tensor._grad is not None:
                        added_to.append(tensor)
                    if tensor._hooks is not None:
                        hooked[parent] = None
            elif parent is not None and parent not in found:
                found.add(parent)
                nodes.append(parent)
    if len(nodes) > 1:
        nodes.sort(key=_number_of, reverse=True)
    return nodes, added_to, hooked


def _apart(dy: np.ndarray, added_to: list[Tensor]) -> np.ndarray:
    """The root's gradient, or a copy if it may lie in one that is about to be added to; notes that these change."""
    note_gradients_used(added_to)
    lies_in_one = False
    for leaf in added_to:
        note_gradient_written(leaf)
        lies_in_one = lies_in_one or leaf._gradient_may_overlap(dy)
    return kernels.copy(NEW, dy) if lies_in_one else dy


def _let_none_overlap(into: list[Any], node: Node, shared: set[int]) -> None:
    """No launch writes memory twice, or what it reads: gradients that somebody else holds may lie in one another, or be
    what the closure has saved. They are made apart, and then added."""
    kept: list[np.ndarray] = []
    for i, parent in enumerate(node.parents):
        tensor = parent.tensor() if type(parent) is Leaf and type(into[i]) is tuple else None
        if tensor is None or id(tensor) not in shared:
            continue
        gradient = into[i][0]
        if any(np.may_share_memory(gradient, other) for other in kept) or saved_in(
            node.backward, (byte_bounds(gradient),)
        ):
            into[i] = NEW
        else:
            kept.append(gradient)


def _deliver(result: np.ndarray, target: Any, tensor: Tensor) -> None:
    """Brings a leaf's gradient to where it belongs, if the closure has not done so."""
    if tensor._grad is None:
        if result is not target:
            kernels.copy(target, result)
        bind_gradient(tensor, target)
    elif result is not tensor._grad:
        kernels.copy((tensor._grad,), result)


def _deliver_whole(dy: np.ndarray | None, leaf: Leaf) -> None:
    """Brings the whole gradient of one walk to a leaf, past its hooks."""
    tensor = leaf.tensor()
    if dy is None or tensor is None:
        return
    if tensor._hooks is not None:
        dy = tensor._hooks.applied(dy)
    _deliver(dy, tensor._gradient_destination(), tensor)


def _check_versions(node: Node) -> None:
    for version in node.versions:
        if version[0] > node.number and saved_in(node.backward, written_extents(version)):
            raise ValueError(
                "[backward] a value that is needed for the gradient has been overwritten in place since it was "
                "computed; write into a copy instead"
            )


# --- modes


class _GradMode(threading.local):
    enabled = True


grad_mode = _GradMode()


def is_grad_enabled() -> bool:
    """Whether ops of this thread are recorded on the tape."""
    return grad_mode.enabled


class _GradModeContext:
    """A context, or a function decorator, in which ops of this thread are recorded or not."""

    def __init__(self, enabled: bool) -> None:
        self._enabled = enabled
        self._previous: list[bool] = []

    def __enter__(self) -> None:
        self._previous.append(grad_mode.enabled)
        grad_mode.enabled = self._enabled

    def __exit__(self, *error: Any) -> None:
        grad_mode.enabled = self._previous.pop()

    def __call__(self, function: Callable[..., Any]) -> Callable[..., Any]:
        @wraps(function)
        def within(*args: Any, **kwargs: Any) -> Any:
            with _GradModeContext(self._enabled):  # one for each call: threads and recursion
                return function(*args, **kwargs)

        return within


class set_grad_enabled(_GradModeContext):  # noqa: N801  PyTorch's name
    """Ops of this thread are recorded from now on, or no longer: a statement, a context or a function decorator."""

    def __init__(self, mode: bool) -> None:
        if not isinstance(mode, bool):
            raise TypeError(f"[set_grad_enabled] mode must be a bool, got {mode!r}")
        super().__init__(mode)
        super().__enter__()

    def __enter__(self) -> None:
        """Nothing: the mode has been set when this was made."""

    def __call__(self, function: Callable[..., Any]) -> Callable[..., Any]:
        self.__exit__()  # a decorator changes nothing until the function is called
        return super().__call__(function)


def no_grad(function: Callable[..., Any] | None = None) -> Any:
    """A context, or a function decorator, in which ops are not recorded."""
    return _GradModeContext(False) if function is None else _GradModeContext(False)(function)


def enable_grad(function: Callable[..., Any] | None = None) -> Any:
    """A context, or a function decorator, in which ops are recorded again."""
    return _GradModeContext(True) if function is None else _GradModeContext(True)(function)


def inference_mode(mode: Any = True) -> Any:
    """`no_grad` under the name that models are served with; with `mode=False`, `enable_grad`."""
    return _GradModeContext(not mode) if isinstance(mode, bool) else no_grad(mode)
