"""Hooks on tensors: functions that see a gradient as soon as it is whole, and may replace it."""

from __future__ import annotations

import itertools
import weakref
from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np

from mushin import kernels
from mushin.autograd.tape import NEW, SKIP, Leaf, Node, no_grad
from mushin.autograd.tensor import Tensor, from_array
from mushin.autograd.trace import configuration_changed

_numbers = itertools.count()


class RemovableHandle:
    """What registering a hook returns: `remove()` takes the hook away again, and so does the end of a `with` block.

    Source: torch.utils.hooks.RemovableHandle.
    """

    def __init__(self, owner: Any, number: int | None = None) -> None:
        """`owner`: a module or `GradientHooks`, which is held weakly."""
        self.id = next(_numbers) if number is None else number
        self._owner = weakref.ref(owner)

    def remove(self) -> None:
        """Takes the hook away; without effect if it is gone already."""
        owner = self._owner()
        if owner is not None:
            owner._remove_hook(self.id)

    def __enter__(self) -> RemovableHandle:
        return self

    def __exit__(self, *_: object) -> None:
        self.remove()

    # A copy belongs to the copy of the owner, or of one that is gone to an empty list of hooks.
    def __reduce__(self) -> Any:
        owner = self._owner()
        return RemovableHandle, (GradientHooks(False) if owner is None else owner, self.id)


class GradientHooks:
    """The hooks of one tensor, and what else becomes of its gradient. `is_leaf`: the tensor outlives its graph, and
    recorded steps depend on its hooks."""

    def __init__(self, is_leaf: bool) -> None:
        self.functions: dict[int, Callable[[Tensor], Any]] = {}
        self.keeper: weakref.ref[Tensor] | None = None  # the tensor, if it keeps its gradient
        self._is_leaf = is_leaf

    def add_hook(self, hook: Callable[[Tensor], Any]) -> RemovableHandle:
        handle = RemovableHandle(self)
        self.functions[handle.id] = hook
        self._has_changed()
        return handle

    def _remove_hook(self, number: int) -> None:
        if self.functions.pop(number, None) is not None:
            self._has_changed()

    def _has_changed(self) -> None:
        if self._is_leaf:
            configuration_changed()

    # Copies of tensors have no hooks.
    def __reduce__(self) -> Any:
        return GradientHooks, (self._is_leaf,)

    def applied(self, dy: np.ndarray) -> np.ndarray:
        """What the hooks make of the whole gradient, which is not written."""
        for function in tuple(self.functions.values()):
            with no_grad():
                result = function(shown(dy))
            if result is not None:
                dy = checked_gradient("register_hook", result, dy)
        tensor = None if self.keeper is None else self.keeper()
        if tensor is not None:
            tensor._grad = kernels.copy(NEW, dy) if tensor._grad is None else kernels.add_forward(tensor._grad, dy)
            tensor._grad_version = None
        return dy


def shown(gradient: np.ndarray) -> Tensor:
    """A gradient as a hook gets it: to be read, since others may hold the same memory."""
    view = gradient.view()
    view.flags.writeable = False
    return from_array(view)


def checked_gradient(op: str, result: Any, gradient: np.ndarray) -> np.ndarray:
    """What a hook returned in a gradient's place."""
    if not isinstance(result, Tensor) or result.shape != gradient.shape or result.dtype != gradient.dtype:
        got = f"{result.dtype} of shape {result.shape}" if isinstance(result, Tensor) else type(result).__name__
        raise ValueError(
            f"[{op}] a hook must return None or a tensor, {gradient.dtype} of shape {gradient.shape}, got {got}"
        )
    return result.array


def register_hook(tensor: Tensor, hook: Callable[[Tensor], Any]) -> RemovableHandle:
    """Calls `hook(gradient)` in every `backward`, as soon as this tensor's gradient is whole.

    Args:
        hook: gets a tensor of this one's shape and dtype that it must not write; returns None, or a tensor to go on
            with in its place. A leaf's hooks are called at the end of the walk, before the gradient is added to `grad`.

    Returns:
        a handle; `handle.remove()` takes the hook away.

    In a step of `mushin.compile` a hook runs while the step is recorded: what it computes is repeated by replays, its
    Python is not. A new hook on a leaf has the step recorded anew.

    Raises:
        ValueError: the tensor does not require its gradient, or its graph has been freed; in `backward`, a hook that
            returns another shape or dtype.
        TypeError: a hook that cannot be called.

    Source: torch.Tensor.register_hook.
    """
    if not callable(hook):
        raise TypeError(f"[register_hook] hook must be a function of the gradient, got {type(hook).__name__}")
    return _hooks_of("register_hook", tensor).add_hook(hook)


def retain_grad(tensor: Tensor) -> None:
    """Keeps the gradient of a tensor that an op computed in its `grad`, after its hooks; leaves keep theirs anyway.

    Raises:
        ValueError: the tensor does not require its gradient, or its graph has been freed.

    Source: torch.Tensor.retain_grad.
    """
    hooks = _hooks_of("retain_grad", tensor)
    if not tensor.is_leaf:
        hooks.keeper = weakref.ref(tensor)


def retains_grad(tensor: Tensor) -> bool:
    """Whether `retain_grad` has been called of a tensor that an op computed."""
    return tensor._hooks is not None and tensor._hooks.keeper is not None


def _hooks_of(op: str, tensor: Tensor) -> GradientHooks:
    node = tensor._node
    if node is None:
        raise ValueError(f"[{op}] the tensor must require its gradient, got one outside of the graph")
    if isinstance(node, Node) and node.backward is None:
        raise ValueError(f"[{op}] the graph has been freed by an earlier backward")
    hooks = tensor._hooks
    if hooks is None:
        hooks = tensor._hooks = GradientHooks(isinstance(node, Leaf))
        if isinstance(node, Node):
            node.backward = _behind(hooks, node.backward)
    return hooks


def _behind(hooks: GradientHooks, backward: Callable[..., Any]) -> Callable[..., Any]:
    """A node's closure that gets what the hooks of the node's tensor make of the gradient."""

    @wraps(backward)
    def hooked(dy: np.ndarray, into: Any) -> Any:
        dy = hooks.applied(dy)
        return backward(dy, into) if any(target is not SKIP for target in into) else into

    hooked.hooks = hooks  # type: ignore[attr-defined]  # tells the walk to come by whoever wants the gradient
    return hooked
