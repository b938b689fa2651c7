"""Hooks on modules: functions that are called around `forward` and in `backward`."""

from __future__ import annotations

import copy
import pickle
import warnings
from collections.abc import Callable, Iterable
from types import FunctionType
from typing import Any, NamedTuple, TypeVar

import numpy as np

from mushin import kernels
from mushin.autograd import RemovableHandle, Tensor, checked_gradient, is_grad_enabled, no_grad, record_view, shown
from mushin.nn.attributes import Attributes

Self = TypeVar("Self", bound="HookedModule")

observer: Any = None  # detect_anomaly's, while it looks on: `inside(module)` surrounds every call


class Hook(NamedTuple):
    function: Callable[..., Any]
    with_kwargs: bool = False
    always_call: bool = False


class Hooks:
    """A module's hooks of each kind, by number in the order of their calls."""

    def __init__(self) -> None:
        self.forward_pre: dict[int, Hook] = {}
        self.forward: dict[int, Hook] = {}
        self.backward_pre: dict[int, Hook] = {}
        self.backward: dict[int, Hook] = {}

    def __copy__(self) -> Hooks:
        twin = Hooks()
        for kind, hooks in vars(self).items():
            vars(twin)[kind].update(hooks)
        return twin

    def __deepcopy__(self, memo: dict[int, Any]) -> Hooks:
        twin = Hooks()
        vars(twin).update(copy.deepcopy(vars(self), memo))
        return twin

    def __getstate__(self) -> dict[str, dict[int, Hook]]:
        """What a pickle holds: all hooks but functions that cannot be imported, such as one inside of another."""
        state = {}
        for kind, hooks in vars(self).items():
            state[kind] = {number: hook for number, hook in hooks.items() if _can_be_imported(hook.function)}
            for number in hooks.keys() - state[kind].keys():
                name = hooks[number].function.__qualname__
                warnings.warn(f"[pickle] the {kind} hook {name} is left out: it cannot be imported", stacklevel=2)
        return state


def _can_be_imported(function: Any) -> bool:
    """Whether a pickle can name a function; of other objects `pickle` itself decides."""
    try:
        return not isinstance(function, FunctionType) or bool(pickle.dumps(function))
    except (pickle.PicklingError, AttributeError):
        return False


class HookedModule(Attributes):
    """A module as far as it is called, and watched by hooks.

    In a step of `mushin.compile` a hook runs while the step is recorded: what it computes with tensors is repeated by
    replays, its Python is not. Adding or removing a hook has the step recorded anew.
    """

    _hooks: Hooks | None = None

    def __copy__(self: Self) -> Self:
        twin = super().__copy__()
        if self._hooks is not None:
            twin.__dict__["_hooks"] = copy.copy(self._hooks)
        return twin

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        if observer is not None:
            with observer.inside(self):
                return self._call(args, kwargs)
        if self._hooks is None:
            return self.forward(*args, **kwargs)
        return _call_with_hooks(self, self._hooks, args, kwargs)

    def _call(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        if self._hooks is None:
            return self.forward(*args, **kwargs)
        return _call_with_hooks(self, self._hooks, args, kwargs)

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """What the module computes; every subclass that is called has its own."""
        raise NotImplementedError(f"[{type(self).__name__}] the module has no forward()")

    def register_forward_pre_hook(
        self, hook: Callable[..., Any], *, prepend: bool = False, with_kwargs: bool = False
    ) -> RemovableHandle:
        """Calls `hook(module, args)` before `forward`.

        Args:
            hook: gets the positional arguments as a tuple; returns None, or arguments to go on with: a tuple, or the
                only one.
            prepend: whether it is called before the other hooks, not after them.
            with_kwargs: `hook(module, args, kwargs)` returns None or a pair of both.

        Returns:
            a handle; `handle.remove()` takes the hook away.

        Raises:
            TypeError: a hook that cannot be called; in the call, a hook with kwargs that returns no such pair.

        Source: torch.nn.Module.register_forward_pre_hook.
        """
        return self._add_hook("forward_pre", Hook(hook, with_kwargs), prepend)

    def register_forward_hook(
        self, hook: Callable[..., Any], *, prepend: bool = False, with_kwargs: bool = False, always_call: bool = False
    ) -> RemovableHandle:
        """Calls `hook(module, args, output)` after `forward`.

        Args:
            hook: returns None, or what is to be the module's output.
            prepend: whether it is called before the other hooks, not after them.
            with_kwargs: `hook(module, args, kwargs, output)`.
            always_call: whether it is also called, with an output of None, if an error has kept it from being made.

        Returns:
            a handle; `handle.remove()` takes the hook away.

        Raises:
            TypeError: a hook that cannot be called.

        Source: torch.nn.Module.register_forward_hook.
        """
        return self._add_hook("forward", Hook(hook, with_kwargs, always_call), prepend)

    def register_full_backward_pre_hook(self, hook: Callable[..., Any], prepend: bool = False) -> RemovableHandle:
        """Calls `hook(module, grad_output)` in `backward`, before it goes through the module.

        Args:
            hook: gets a tuple with the gradient of each output, None where there is none; returns None, or gradients to
                go on with: a tuple, or the only one. It must not write them.
            prepend: whether it is called before the other hooks, not after them.

        Returns:
            a handle; `handle.remove()` takes the hook away.

        Raises:
            TypeError: a hook that cannot be called; in the call, an output that is no tensor, tuple or list.
            ValueError: in `backward`, a hook that returns gradients of other shapes or dtypes.

        Source: torch.nn.Module.register_full_backward_pre_hook.
        """
        return self._add_hook("backward_pre", Hook(hook), prepend)

    def register_full_backward_hook(self, hook: Callable[..., Any], prepend: bool = False) -> RemovableHandle:
        """Calls `hook(module, grad_input, grad_output)` in `backward`, as soon as the gradients of the module's inputs
        are there; if none of them requires one, when those of its outputs are.

        Args:
            hook: gets two tuples with the gradient of each positional argument and of each output, None where there is
                none; returns None, or the arguments' gradients to go on with. It must not write them.
            prepend: whether it is called before the other hooks, not after them.

        Returns, raises: as `register_full_backward_pre_hook`.

        Source: torch.nn.Module.register_full_backward_hook.
        """
        return self._add_hook("backward", Hook(hook), prepend)

    def _add_hook(self, kind: str, hook: Hook, prepend: bool) -> RemovableHandle:
        if not callable(hook.function):
            owner, got = type(self).__name__, type(hook.function).__name__
            raise TypeError(f"[{owner}] a {kind} hook must be a function, got {got}")
        if self._hooks is None:
            self.__dict__["_hooks"] = Hooks()
        handle = RemovableHandle(self)
        hooks: dict[int, Hook] = vars(self._hooks)[kind]
        others = dict(hooks) if prepend else {}
        if prepend:
            hooks.clear()
        hooks[handle.id] = hook
        hooks.update(others)
        self._has_changed()
        return handle

    def _remove_hook(self, number: int) -> None:
        kinds = vars(self._hooks).values() if self._hooks is not None else ()
        if any(hooks.pop(number, None) is not None for hooks in kinds):
            if not any(kinds):
                del self.__dict__["_hooks"]
            self._has_changed()


# --- calls


def _call_with_hooks(module: HookedModule, hooks: Hooks, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    called: set[int] = set()
    result = None
    try:
        args, kwargs = _after_pre_hooks(module, hooks, args, kwargs)
        crossing = None
        if (hooks.backward or hooks.backward_pre) and is_grad_enabled():
            crossing = _Crossing(module, hooks)
            args = crossing.enter(args)
        result = module.forward(*args, **kwargs)
        for number, hook in tuple(hooks.forward.items()):
            called.add(number)
            result = _after_hook(module, hook, args, kwargs, result)
        return result if crossing is None else crossing.leave(result)
    except Exception:
        for number, hook in tuple(hooks.forward.items()):
            if hook.always_call and number not in called:
                try:
                    result = _after_hook(module, hook, args, kwargs, result)
                except Exception as error:  # the first error is the one to tell
                    warnings.warn(f"[{type(module).__name__}] a hook failed as well: {error!r}", stacklevel=3)
        raise


def _after_pre_hooks(module: HookedModule, hooks: Hooks, args: Any, kwargs: Any) -> Any:
    for hook in tuple(hooks.forward_pre.values()):
        if hook.with_kwargs:
            changed = hook.function(module, args, kwargs)
            if changed is not None:
                if not (isinstance(changed, tuple) and len(changed) == 2):
                    raise TypeError(
                        f"[{type(module).__name__}] a forward_pre hook with kwargs must return None or a pair of args "
                        f"and kwargs, got {type(changed).__name__}"
                    )
                args, kwargs = changed
        else:
            changed = hook.function(module, args)
            if changed is not None:
                args = changed if isinstance(changed, tuple) else (changed,)
    return args, kwargs


def _after_hook(module: HookedModule, hook: Hook, args: Any, kwargs: Any, result: Any) -> Any:
    changed = hook.function(module, args, kwargs, result) if hook.with_kwargs else hook.function(module, args, result)
    return result if changed is None else changed


# --- backward

Gradients = dict[int, np.ndarray]  # by position among the arguments, or among the outputs


class _Crossing:
    """One call of a module with hooks of `backward`: its arguments and outputs pass a gate each, so that hooks see
    their gradients."""

    def __init__(self, module: HookedModule, hooks: Hooks) -> None:
        self._module = module
        self._before, self._after = tuple(hooks.backward_pre.values()), tuple(hooks.backward.values())
        self._arguments = 0  # how many there are
        self._gated = False  # whether one of them requires its gradient
        self._of_outputs: tuple[Tensor | None, ...] = ()

    def enter(self, args: tuple[Any, ...]) -> tuple[Any, ...]:
        self._arguments = len(args)
        self._gated = bool(self._after) and any(map(_requires_grad, args))
        return tuple(_through_gates(args, self._at_arguments)) if self._gated else args

    def leave(self, result: Any) -> Any:
        if isinstance(result, Tensor):
            return _through_gates([result], lambda gradients: self._at_outputs(gradients, 1))[0]
        if not isinstance(result, (tuple, list)):
            raise TypeError(
                f"[{type(self._module).__name__}] a module with hooks of backward must return a tensor, or a tuple or "
                f"list of tensors, got {type(result).__name__}"
            )
        passed = _through_gates(result, lambda gradients: self._at_outputs(gradients, len(result)))
        return type(result)(*passed) if hasattr(result, "_fields") else type(result)(passed)

    def _at_outputs(self, gradients: Gradients, count: int) -> Gradients:
        for hook in self._before:
            changed = hook.function(self._module, _shown(gradients, count))
            gradients = _changed("register_full_backward_pre_hook", changed, gradients, count)
        self._of_outputs = _shown(gradients, count)
        if not self._gated:
            self._at_arguments({})
        return gradients

    def _at_arguments(self, gradients: Gradients) -> Gradients:
        for hook in self._after:
            changed = hook.function(self._module, _shown(gradients, self._arguments), self._of_outputs)
            gradients = _changed("register_full_backward_hook", changed, gradients, self._arguments)
        return gradients


def _requires_grad(value: Any) -> bool:
    return isinstance(value, Tensor) and value.requires_grad


def _shown(gradients: Gradients, count: int) -> tuple[Tensor | None, ...]:
    return tuple(shown(gradients[i]) if i in gradients else None for i in range(count))


def _changed(op: str, changed: Any, gradients: Gradients, count: int) -> Gradients:
    """The gradients after a hook has returned None, or others in their place."""
    if changed is None:
        return gradients
    changed = changed if isinstance(changed, tuple) else (changed,)
    if len(changed) != count:
        raise ValueError(f"[{op}] a hook must return None or {count} gradients, got {len(changed)}")
    return {i: _one_changed(op, changed[i], gradient) for i, gradient in gradients.items()}


def _one_changed(op: str, changed: Any, gradient: np.ndarray) -> np.ndarray:
    if changed is None:
        return kernels.fill(kernels.empty(gradient.shape, gradient.dtype), 0.0)
    return checked_gradient(op, changed, gradient)


def _through_gates(values: Iterable[Any], fire: Callable[[Gradients], Gradients]) -> list[Any]:
    """The values, of which tensors that require their gradient have passed two gates.

    A walk comes by in falling order of creation: by all second gates, which collect the gradients, before any of the
    first ones, of which the earliest met calls `fire` with all of them. What that returns, they hand on.
    """
    passed = list(values)
    gated = [i for i, value in enumerate(passed) if _requires_grad(value)]
    collected: Gradients = {}
    results: Gradients = {}

    def handing_on(i: int) -> Callable[..., Any]:
        def backward(dy: np.ndarray, into: Any) -> Any:
            if not results:
                with no_grad():
                    results.update(fire(dict(collected)))
            return (results[i],)

        backward.hooks = fire  # type: ignore[attr-defined]  # tells the walk to come by whoever wants the gradient
        return backward

    def collecting(i: int) -> Callable[..., Any]:
        def backward(dy: np.ndarray, into: Any) -> Any:
            if results:  # of an earlier walk, with retain_graph
                collected.clear()
                results.clear()
            collected[i] = dy
            return (dy,)

        return backward

    for gate in (handing_on, collecting):
        for i in gated:
            passed[i] = record_view(passed[i].array, passed[i], gate(i))
    return passed
