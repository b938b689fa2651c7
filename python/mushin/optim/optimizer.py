"""What all optimizers share: parameter groups, the step, and states that are saved and loaded."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar

import numpy as np

from mushin import kernels
from mushin.autograd import (
    RemovableHandle,
    Tensor,
    bind_gradient,
    configuration_changed,
    note_gradient_written,
    note_writes,
    set_grad_enabled,
)
from mushin.ops.arrays import check_float, number
from mushin.optim.group import HINTS, ParameterGroup, plain_numbers
from mushin.optim.segments import Segments, States

# What the groups of an older file may lack.
LATER_OPTIONS = (*HINTS, "maximize", "decoupled_weight_decay")


def options(arguments: dict[str, Any]) -> dict[str, Any]:
    """The hyperparameters among an optimizer's arguments, from the `locals()` of its `__init__`."""
    return {name: value for name, value in arguments.items() if name not in ("self", "params", "__class__")}


class Optimizer:
    """Base of all optimizers.

    The first optimizer of a parameter moves it into a buffer with its neighbours: arrays, views and `state_dict()`s
    that shared its memory before keep the old values.

    Args:
        params: parameters, or pairs of names and parameters, as `named_parameters()` gives them, whose names become
            the group's "param_names"; or dicts with "params" and hyperparameters of their own.
        defaults: hyperparameters of groups that do not set them. A tensor of one element is read when it is given.

    A subclass tells what its kernel takes, and `_launch` calls it:
        layout: the place of each number in the buffer of hyperparameters.
        pairs: options that are two numbers of `layout`, with their names there.
        signed: numbers that may be negative.
        arrays: names of the states that are arrays, in the kernel's order.
        numbers: names of the states that are a number of each parameter, beside the count of steps, and the first ones.
        switches: names of flags, in the kernel's order: options, or attributes of the class.
    """

    layout: dict[str, int]
    pairs: ClassVar[dict[str, tuple[str, str]]] = {}
    signed: tuple[str, ...] = ()
    arrays: tuple[str, ...] = ()
    numbers: ClassVar[dict[str, float]] = {}
    switches: tuple[str, ...] = ()
    kernel: Callable[..., Any]
    saves_step = True
    segments: type[Segments] = Segments
    keras_convention = False

    def __init__(self, params: Iterable[Any], defaults: dict[str, Any]) -> None:
        self.defaults = defaults
        self.param_groups: list[ParameterGroup] = []
        self._segments: list[Segments] = []
        self._pre_hooks: dict[int, Callable[..., Any]] = {}
        self._post_hooks: dict[int, Callable[..., Any]] = {}
        if isinstance(params, Tensor) or hasattr(params, "parameters"):
            got = type(params).__name__
            instead = "a list of tensors" if isinstance(params, Tensor) else "its parameters()"
            raise TypeError(f"[{self._name}] params must be parameters or dicts of groups, got {got}; pass {instead}")
        groups = self._listed(params)
        if not groups:
            raise ValueError(f"[{self._name}] params must hold at least one parameter, got none")
        for group in groups if isinstance(groups[0], dict) else [{"params": groups}]:
            self.add_param_group(group)

    def _listed(self, params: Any) -> list[Any]:
        if isinstance(params, Tensor):
            return [params]
        if not isinstance(params, Iterable):
            raise TypeError(f"[{self._name}] params must be parameters or dicts of groups, got {type(params).__name__}")
        return list(params)

    @property
    def _name(self) -> str:
        return type(self).__name__

    def add_param_group(self, group: dict[str, Any]) -> None:
        """Adds parameters with hyperparameters of their own.

        Raises:
            TypeError: no dict, something that is not a float32 or float64 tensor, or hyperparameters of another kind.
            ValueError: a parameter that was computed by an op, or is in a group already; names of some parameters or
                groups only; hyperparameters out of range.
        """
        if not isinstance(group, dict):
            raise TypeError(f"[{self._name}] a group must be a dict, as others are, got {type(group).__name__}")
        if "params" not in group:
            raise ValueError(f"[{self._name}] a group must have params, got {', '.join(map(str, group))}")
        named = [each if _is_named(each) else (None, each) for each in self._listed(group["params"])]
        taken = {id(p) for other in self.param_groups for p in other["params"]}
        unique: dict[int, Tensor] = {}
        names: list[str] = []
        for name, p in named:
            if not isinstance(p, Tensor):
                raise TypeError(f"[{self._name}] params must be tensors, got {type(p).__name__}")
            check_float(self._name, "params", p.array)
            if not p.is_leaf:
                raise ValueError(f"[{self._name}] params must be leaves, got a tensor that an op computed")
            if id(p) in taken:
                raise ValueError(f"[{self._name}] a parameter is in more than one group")
            if name is not None and id(p) not in unique:
                names.append(name)
            unique[id(p)] = p
        values = {**self.defaults, **group, "params": list(unique.values())}
        if names:
            values["param_names"] = names
        if len(names) not in (0, len(unique)):
            raise ValueError(f"[{self._name}] params must all have names or none, got {len(names)} for {len(unique)}")
        if self.param_groups and ("param_names" in self.param_groups[0]) != ("param_names" in values):
            raise ValueError(f"[{self._name}] a group's params must have names if others' have, and only then")
        made = ParameterGroup(values, type(self))
        self.param_groups.append(made)
        segments = self.segments(made["params"], self._states(made), self.numbers, self._first_values(made))
        self._segments.append(segments)

    @classmethod
    def _check(cls, group: Mapping[str, Any]) -> None:
        """Raises ValueError for hyperparameters out of range and TypeError for those that are no numbers or flags."""
        for name in cls.layout.keys() & group.keys():
            if name in cls.signed:
                number(cls.__name__, name, group[name])
            else:
                cls._check_not_negative(name, group[name])
        for name in cls.switches:
            cls._check_flag(name, group)
        for name in HINTS:
            if not isinstance(group.get(name), (int, np.bool_, type(None))):
                raise TypeError(f"[{cls.__name__}] {name} must be a bool or None, got {type(group[name]).__name__}")
        if group.get("differentiable"):
            raise ValueError(f"[{cls.__name__}] differentiable must be False: no step is in the graph")
        if group.get("foreach") and group.get("fused"):
            raise ValueError(f"[{cls.__name__}] foreach and fused must not both be True")
        for name in cls.pairs.keys() & group.keys():
            cls._check_pair(name, group[name])

    @classmethod
    def _check_not_negative(cls, name: str, value: Any) -> None:
        if not number(cls.__name__, name, value) >= 0.0:
            raise ValueError(f"[{cls.__name__}] {name} must not be negative, got {value}")

    @classmethod
    def _check_flag(cls, name: str, group: Mapping[str, Any]) -> None:
        if not isinstance(group.get(name, False), (int, np.bool_)):
            raise TypeError(f"[{cls.__name__}] {name} must be a bool, got {type(group[name]).__name__}")

    @classmethod
    def _check_pair(cls, name: str, pair: Any) -> None:
        if not isinstance(pair, (tuple, list)):
            raise TypeError(f"[{cls.__name__}] {name} must be a tuple of two numbers, got {type(pair).__name__}")
        if len(pair) != 2:
            raise ValueError(f"[{cls.__name__}] {name} must be two numbers, got {pair}")
        for i, value in enumerate(pair):
            if name == "eps" and i == 0 and value is None:
                continue
            if name != "betas":
                cls._check_not_negative(f"{name}[{i}]", value)
            elif not 0.0 <= number(cls.__name__, f"betas[{i}]", value) < 1.0:
                raise ValueError(f"[{cls.__name__}] betas[{i}] must be in [0, 1), got {value}")

    def _states(self, group: Mapping[str, Any]) -> tuple[str, ...]:
        """Names of the arrays that a group's parameters have."""
        return self.arrays

    def _first_values(self, group: Mapping[str, Any]) -> dict[str, float]:
        """What states that do not begin with zeros begin with."""
        return {}

    def _launch(self, group: ParameterGroup, columns: dict[str, list[Any]]) -> None:
        type(self).kernel(
            columns["parameter"],
            *[columns.get(name, []) for name in self.arrays],
            columns["step"],
            *[columns[name] for name in self.numbers],
            columns["gradient"],
            group.hyper,
            *[bool(group[name] if name in group else getattr(self, name)) for name in self.switches],
        )

    def begin_step(self) -> None:
        """What the training loop calls before each step, outside of what is recorded: here there is nothing to do."""

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Updates every parameter that has a gradient; `closure` may compute the loss anew first."""
        args: Any = (self,) if closure is None else (self, closure)
        kwargs: Any = {}
        for hook in tuple(self._pre_hooks.values()):
            changed = hook(self, args, kwargs)
            if changed is not None:
                if not isinstance(changed, tuple) or len(changed) != 2:
                    raise TypeError(
                        f"[{self._name}] a step's pre-hook must return None or (args, kwargs), got {changed!r}"
                    )
                args, kwargs = changed
        loss = self._step(*args[1:], **kwargs)
        for hook in tuple(self._post_hooks.values()):
            hook(self, args, kwargs)
        return loss

    def _step(self, closure: Callable[[], Any] | None = None) -> Any:
        loss = None
        if closure is not None:
            with set_grad_enabled(True):
                loss = closure()
        prepared = []  # of all groups, before a parameter of any is written
        for group, segments in zip(self.param_groups, self._segments):
            segments.provide(self._states(group), self._first_values(group))
            prepared.append((group, segments, segments.current()))
        for group, segments, launches in prepared:
            for columns in launches:
                self._launch(group, columns)
            note_writes(segments.active)
        return loss

    # --- hooks

    def register_step_pre_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Calls `hook(optimizer, args, kwargs)` before each step; it may return other (args, kwargs) in a tuple.

        `args` begins with the optimizer. In a step of `mushin.compile` a hook runs while the step is recorded: what it
        computes with tensors is repeated by replays, its Python is not. Copies of the optimizer have no hooks.

        Source: torch.optim.Optimizer.register_step_pre_hook.
        """
        return self._add_hook(self._pre_hooks, hook)

    def register_step_post_hook(self, hook: Callable[..., Any]) -> RemovableHandle:
        """Calls `hook(optimizer, args, kwargs)` after each step; otherwise as `register_step_pre_hook`.

        Source: torch.optim.Optimizer.register_step_post_hook.
        """
        return self._add_hook(self._post_hooks, hook)

    def _add_hook(self, hooks: dict[int, Callable[..., Any]], hook: Callable[..., Any]) -> RemovableHandle:
        handle = RemovableHandle(self)
        hooks[handle.id] = hook
        configuration_changed()
        return handle

    def _remove_hook(self, number: int) -> None:
        for hooks in (self._pre_hooks, self._post_hooks):
            hooks.pop(number, None)
        configuration_changed()

    # --- gradients and states

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forgets all gradients, or fills them with zeros."""
        for group in self.param_groups:
            for p in group["params"]:
                if set_to_none:
                    bind_gradient(p, None)
                elif p._grad is not None:
                    kernels.fill(p._grad, 0.0)
                    note_gradient_written(p)

    @property
    def state(self) -> Mapping[Tensor, dict[str, Any]]:
        """The states of each parameter, by name: tensors in the optimizer's own memory, and copies of its numbers.

        Source: torch.optim.Optimizer.state.
        """
        return States(self._segments, self.saves_step)

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "_pre_hooks": {}, "_post_hooks": {}}

    def state_dict(self) -> dict[str, Any]:
        """States by parameter number, and groups with the parameters' numbers; arrays are copies.

        Source: torch.optim.Optimizer.state_dict.
        """
        state: dict[int, dict[str, Any]] = {}
        groups, number = [], 0
        for group, segments in zip(self.param_groups, self._segments):
            for i in range(len(group["params"])):
                if segments.steps[i] > 0:
                    values = segments.state_of(i, self.saves_step)
                    state[number + i] = {k: x.copy() if isinstance(x, np.ndarray) else x for k, x in values.items()}
            count = len(group["params"])
            groups.append({**group, "params": list(range(number, number + count))})
            number += count
        return {"state": state, "param_groups": groups}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Takes over what `state_dict` gave.

        Raises:
            ValueError: other groups, other numbers of parameters, hyperparameters out of range, or arrays of other
                shapes; nothing is changed.
            TypeError: no dicts, or values that are no numbers; nothing is changed.
        """
        if not isinstance(state_dict, Mapping):
            raise TypeError(f"[{self._name}] state_dict must be a dict, got {type(state_dict).__name__}")
        for name, kind in (("param_groups", (list, tuple)), ("state", Mapping)):
            if not isinstance(state_dict.get(name), kind):
                got = ", ".join(map(str, state_dict)) or "nothing"
                raise ValueError(f"[{self._name}] state_dict must have state and param_groups, got {got}")
        for saved in state_dict["param_groups"]:
            if not isinstance(saved, Mapping) or not isinstance(saved.get("params"), (list, tuple)):
                raise TypeError(f"[{self._name}] state_dict must have groups that are dicts with params, got {saved!r}")
        groups = [
            plain_numbers(type(self), {k: v for k, v in saved.items() if k != "params"})
            for saved in state_dict["param_groups"]
        ]
        if [len(g["params"]) for g in state_dict["param_groups"]] != [len(g["params"]) for g in self.param_groups]:
            raise ValueError(f"[{self._name}] state_dict must have groups of the same sizes as this optimizer's")
        for group, saved in zip(self.param_groups, groups):
            if missing := [k for k in self.defaults if k not in saved and k not in LATER_OPTIONS]:
                raise ValueError(f"[{self._name}] state_dict is another optimizer's: it lacks {', '.join(missing)}")
            self._check({**group, **saved})
        names = [self._states({**group, **saved}) for group, saved in zip(self.param_groups, groups)]
        places = [(s, n, i) for s, n in zip(self._segments, names) for i in range(len(s.params))]
        states: dict[int, dict[str, Any]] = {}
        for key, state in state_dict["state"].items():
            k = _parameter_number(self._name, key, len(places))
            segments, names_of_states, i = places[k]
            states[k] = segments.checked_state(self._name, i, names_of_states, state, self.saves_step)
        for group, saved in zip(self.param_groups, groups):
            group.update(saved)
        for group, segments, names_of_states in zip(self.param_groups, self._segments, names):
            segments.provide(names_of_states, self._first_values(group))
        for k, (segments, _, i) in enumerate(places):
            segments.load_state(i, states.get(k))

    def __repr__(self) -> str:
        lines = [f"{self._name} ("]
        for i, group in enumerate(self.param_groups):
            lines += [f"Parameter Group {i}", *(f"    {k}: {v}" for k, v in sorted(group.items()) if k != "params")]
        return "\n".join([*lines, ")"])


def _is_named(each: Any) -> bool:
    return isinstance(each, tuple) and len(each) == 2 and isinstance(each[0], str)


def _parameter_number(op: str, key: Any, count: int) -> int:
    try:
        k = int(key)
    except (TypeError, ValueError):
        raise TypeError(f"[{op}] state_dict must have states by parameter number, got {key!r}") from None
    if not 0 <= k < count:
        raise ValueError(f"[{op}] state_dict has a state of parameter {k} of {count}")
    return k
