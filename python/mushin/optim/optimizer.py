"""What all optimizers share: parameter groups, one flat home for the parameters, and launches over segments.

The first optimizer that gets a parameter moves it into one flat buffer with its neighbours; gradients and states have
the same layout in buffers of their own. A launch takes segments; neighbours are joined, so that the usual model is one
segment. Nothing assumes it: a parameter without gradient is left out, one whose `.data` was rebound stands alone.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from mushin import kernels
from mushin.autograd import (
    Tensor,
    bind_gradient,
    configuration_changed,
    forbid_while_recording,
    new_version,
    note_gradient_written,
    note_gradients_used,
    note_write,
    set_grad_enabled,
)
from mushin.ops.arrays import check_float, number, numbers_of


class ParameterGroup(dict[str, Any]):
    """A group's parameters and hyperparameters, which its optimizer's class checks before any is set. Numbers are also
    written to `hyper`, the buffer that kernels read, so that a changed rate reaches a recorded step."""

    def __init__(self, values: dict[str, Any], kind: type[Optimizer]) -> None:
        super().__init__()
        self.kind = kind
        self.layout = kind.layout
        self.hyper = np.zeros(1 + max(self.layout.values()))
        self.update(values)

    def __setitem__(self, name: str, value: Any) -> None:
        self.update({name: value})

    def _write(self, name: str, value: Any) -> None:
        known = self.get(name)
        if name == "betas":
            value = tuple(value)  # a list could be changed behind the buffer
            self.hyper[self.layout["beta1"]], self.hyper[self.layout["beta2"]] = value
        elif name in self.layout:
            self.hyper[self.layout[name]] = float(value)
        super().__setitem__(name, value)
        is_number = name in self.layout or name == "betas"
        # Another flag or list of parameters, or a momentum where there was none: launches are no longer the same.
        if (not is_number and known is not value) or (name == "momentum" and (known == 0) != (value == 0)):
            configuration_changed()

    def __ior__(self, values: Any) -> ParameterGroup:  # type: ignore[override,misc]
        self.update(values)
        return self

    def __reduce__(self) -> Any:
        return ParameterGroup, (dict(self), self.kind)

    def update(self, *args: Any, **kwargs: Any) -> None:
        values = dict(*args, **kwargs)
        for name in values:
            forbid_while_recording(f"param_groups[{name!r}]", "a hyperparameter cannot be set")
        if "params" in self and values.get("params", self["params"]) is not self["params"]:
            raise ValueError(f"[{self.kind.__name__}] params of a group cannot be set; use add_param_group for others")
        self.kind._check({**self, **values})
        for name, value in values.items():
            self._write(name, value)

    def setdefault(self, name: str, default: Any = None) -> Any:
        if name not in self:
            self[name] = default
        return self[name]


class Optimizer:
    """Base of all optimizers.

    The first optimizer of a parameter moves it into a buffer with its neighbours: arrays, views and `state_dict()`s
    that shared its memory before keep the old values.

    Args:
        params: parameters, or dicts with "params" and hyperparameters of their own.
        defaults: hyperparameters of groups that do not set them.

    A subclass sets `layout` (the place of each number in the kernel's hyperparameter buffer) and `states` (its state
    arrays' names), and writes `_launch`.
    """

    layout: dict[str, int]
    keras_convention = False

    def __init__(self, params: Iterable[Any], defaults: dict[str, Any]) -> None:
        self.defaults = defaults
        self.param_groups: list[ParameterGroup] = []
        self._segments: list[Segments] = []
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
            ValueError: a parameter that was computed by an op, or is in a group already; hyperparameters out of range.
        """
        if not isinstance(group, dict):
            raise TypeError(f"[{self._name}] a group must be a dict, as others are, got {type(group).__name__}")
        if "params" not in group:
            raise ValueError(f"[{self._name}] a group must have params, got {', '.join(map(str, group))}")
        params = self._listed(group["params"])
        taken = {id(p) for other in self.param_groups for p in other["params"]}
        unique: dict[int, Tensor] = {}
        for p in params:
            if not isinstance(p, Tensor):
                raise TypeError(f"[{self._name}] params must be tensors, got {type(p).__name__}")
            check_float(self._name, "params", p.array)
            if not p.is_leaf:
                raise ValueError(f"[{self._name}] params must be leaves, got a tensor that an op computed")
            if id(p) in taken:
                raise ValueError(f"[{self._name}] a parameter is in more than one group")
            unique[id(p)] = p
        values = {**self.defaults, **group, "params": tuple(unique.values())}
        made = ParameterGroup(values, type(self))
        self.param_groups.append(made)
        self._segments.append(Segments(list(made["params"]), self._states(made)))

    @classmethod
    def _check(cls, group: Mapping[str, Any]) -> None:
        """Raises ValueError for hyperparameters out of range and TypeError for those that are no numbers or flags."""
        for name in cls.layout.keys() & group.keys():
            value = number(cls.__name__, name, group[name])
            if name != "dampening" and not value >= 0.0:
                raise ValueError(f"[{cls.__name__}] {name} must not be negative, got {group[name]}")
        for name in ("nesterov", "amsgrad", "maximize"):
            if not isinstance(group.get(name, False), (int, np.bool_)):
                raise TypeError(f"[{cls.__name__}] {name} must be a bool, got {type(group[name]).__name__}")
        betas = group.get("betas", (0.0, 0.0))
        if not isinstance(betas, (tuple, list)):
            raise TypeError(f"[{cls.__name__}] betas must be a tuple of two numbers, got {type(betas).__name__}")
        if len(betas) != 2:
            raise ValueError(f"[{cls.__name__}] betas must be two numbers, got {betas}")
        for i, beta in enumerate(betas):
            if not 0.0 <= number(cls.__name__, f"betas[{i}]", beta) < 1.0:
                raise ValueError(f"[{cls.__name__}] betas[{i}] must be in [0, 1), got {beta}")

    def _states(self, group: dict[str, Any]) -> tuple[str, ...]:
        """Names of the state arrays that a group's parameters have."""
        raise NotImplementedError

    def _launch(self, group: ParameterGroup, columns: dict[str, list[np.ndarray]]) -> None:
        raise NotImplementedError

    def step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Updates every parameter that has a gradient; `closure` may compute the loss anew first."""
        loss = None
        if closure is not None:
            with set_grad_enabled(True):
                loss = closure()
        prepared = []  # of all groups, before a parameter of any is written
        for group, segments in zip(self.param_groups, self._segments):
            segments.provide(self._states(group))
            prepared.append((group, segments, segments.current()))
        for group, segments, launches in prepared:
            for columns in launches:
                self._launch(group, columns)
            for p in segments.active:
                note_write(p)
        return loss

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forgets all gradients, or fills them with zeros."""
        for group in self.param_groups:
            for p in group["params"]:
                if set_to_none:
                    bind_gradient(p, None)
                elif p._grad is not None:
                    kernels.fill(p._grad, 0.0)
                    note_gradient_written(p)

    def state_dict(self) -> dict[str, Any]:
        """States by parameter number, and groups with the parameters' numbers; arrays are copies.

        Source: torch.optim.Optimizer.state_dict.
        """
        state: dict[int, dict[str, Any]] = {}
        groups, number = [], 0
        for group, segments in zip(self.param_groups, self._segments):
            for i in range(len(group["params"])):
                if segments.steps[i] > 0:
                    state[number + i] = segments.state_of(i)
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
        groups = [{k: v for k, v in saved.items() if k != "params"} for saved in state_dict["param_groups"]]
        if [len(g["params"]) for g in state_dict["param_groups"]] != [len(g["params"]) for g in self.param_groups]:
            raise ValueError(f"[{self._name}] state_dict must have groups of the same sizes as this optimizer's")
        for group, saved in zip(self.param_groups, groups):
            if missing := [k for k in self.defaults if k not in saved]:
                raise ValueError(f"[{self._name}] state_dict is another optimizer's: it lacks {', '.join(missing)}")
            self._check({**group, **saved})
        names = [self._states({**group, **saved}) for group, saved in zip(self.param_groups, groups)]
        places = [(s, n, i) for s, n in zip(self._segments, names) for i in range(len(s.params))]
        states: dict[int, dict[str, Any]] = {}
        for key, state in state_dict["state"].items():
            k = _parameter_number(self._name, key, len(places))
            segments, names_of_states, i = places[k]
            states[k] = segments.checked_state(self._name, i, names_of_states, state)
        for group, saved in zip(self.param_groups, groups):
            group.update(saved)
        for k, (segments, names_of_states, i) in enumerate(places):
            segments.provide(names_of_states)
            segments.load_state(i, states.get(k))

    def __repr__(self) -> str:
        lines = [f"{self._name} ("]
        for i, group in enumerate(self.param_groups):
            lines += [f"Parameter Group {i}", *(f"    {k}: {v}" for k, v in sorted(group.items()) if k != "params")]
        return "\n".join([*lines, ")"])


def _parameter_number(op: str, key: Any, count: int) -> int:
    try:
        k = int(key)
    except (TypeError, ValueError):
        raise TypeError(f"[{op}] state_dict must have states by parameter number, got {key!r}") from None
    if not 0 <= k < count:
        raise ValueError(f"[{op}] state_dict has a state of parameter {k} of {count}")
    return k


class Segments:
    """A group's parameters with their gradients, states and step counts, joined where they are neighbours."""

    def __init__(self, params: list[Tensor], states: tuple[str, ...]) -> None:
        self.params = params
        self.steps = np.zeros(len(params), np.int64)
        self.active: list[Tensor] = []
        self._known: list[tuple[Any, Any]] | None = None  # (array, gradient) that `_columns` was made from, weakly
        self._columns: list[dict[str, list[np.ndarray]]] = []
        self._partition: list[list[list[int]]] | None = None
        give_home(params)
        self.names: tuple[str, ...] = ()
        self.states: dict[str, list[np.ndarray]] = {}
        self.provide(states)

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "active": [], "_known": None, "_columns": []}

    def provide(self, names: tuple[str, ...]) -> None:
        """Makes the states that there are not yet, of zeros: a group may get a momentum later."""
        if names == self.names:
            return
        for name in names:
            if name not in self.states:
                self.states[name] = flat_like(self.params)
                for array in self.states[name]:
                    kernels.fill(array, 0.0)
        self.names = names
        self._known = None

    def current(self) -> list[dict[str, list[np.ndarray]]]:
        """Segments of the parameters that have a gradient now, for each dtype: lists of arrays under "parameter",
        "gradient", "step" and the states' names."""
        note_gradients_used(self.params)
        known = self._known
        if known is not None:
            for p, (array, gradient) in zip(self.params, known):
                missing = gradient is _nothing
                if p.array is not array() or (p._grad is None) != missing or p._grad is not gradient():
                    break
            else:
                return self._columns
        self._columns = self._join()
        self._known = [
            (weakref.ref(p.array), _nothing if p._grad is None else weakref.ref(p._grad)) for p in self.params
        ]
        return self._columns

    def _join(self) -> list[dict[str, list[np.ndarray]]]:
        with_gradient = [i for i, p in enumerate(self.params) if p._grad is not None]
        runs: dict[Any, list[list[int]]] = {}
        for i in with_gradient:
            array = self.params[i].array
            if not array.flags.c_contiguous:
                raise ValueError(
                    f"[step] parameter {i} of shape {array.shape} must be contiguous, got strides {array.strides}"
                )
            for name in self.names:
                state = self.states[name][i]
                if state.dtype != array.dtype or state.shape != array.shape:
                    raise ValueError(
                        f"[step] parameter {i} is {array.dtype} of shape {array.shape} now, and its {name} "
                        f"{state.dtype} of shape {state.shape}: make the optimizer after the change"
                    )
            of_dtype = runs.setdefault(array.dtype, [])
            if of_dtype and self._neighbours(of_dtype[-1][-1], i):
                of_dtype[-1].append(i)
            else:
                of_dtype.append([i])
        self.active = [self.params[i] for i in with_gradient]
        partition = list(runs.values())
        if self._partition not in (None, partition):
            configuration_changed()  # neighbours that have stepped apart are no longer one segment
        self._partition = partition
        return [self._columns_of(each) for each in runs.values()]

    def _columns_of(self, runs: list[list[int]]) -> dict[str, list[np.ndarray]]:
        columns = {name: [joined(arrays, run) for run in runs] for name, arrays in self._arrays().items()}
        return {**columns, "step": [self.steps[run[0] : run[-1] + 1] for run in runs]}

    def _arrays(self) -> dict[str, list[Any]]:
        states = {name: self.states[name] for name in self.names}
        return {"parameter": [p.array for p in self.params], "gradient": [p._grad for p in self.params], **states}

    def _neighbours(self, i: int, k: int) -> bool:
        return (
            k == i + 1
            and self.steps[i] == self.steps[k]
            and all(kernels.adjacent(arrays[i], arrays[k]) for arrays in self._arrays().values())
        )

    def state_of(self, i: int) -> dict[str, Any]:
        return {"step": int(self.steps[i]), **{name: self.states[name][i].copy() for name in self.names}}

    def checked_state(self, op: str, i: int, names: tuple[str, ...], state: Any) -> dict[str, Any]:
        """A saved state as `load_state` takes it: a step count, and arrays that fit."""
        if not isinstance(state, Mapping) or "step" not in state:
            got = ", ".join(map(str, state)) or "nothing" if isinstance(state, Mapping) else type(state).__name__
            raise ValueError(f"[{op}] state of parameter {i} must have a step, got {got}")
        step = numbers_of(op, f"step of parameter {i}", state["step"])
        if step.size != 1 or not (0 <= step.item() < 2**63 and step.item() == int(step.item())):
            raise ValueError(f"[{op}] step of parameter {i} must be an integer from 0 on, got {state['step']}")
        checked: dict[str, Any] = {"step": int(step.item())}
        array = self.params[i].array
        for name in names:
            shape = None
            if name in state:
                values = numbers_of(op, f"state {name} of parameter {i}", state[name], np.asarray)
                shape, checked[name] = values.shape, values.astype(array.dtype, copy=False)
            if shape != array.shape:
                raise ValueError(f"[{op}] state {name} of parameter {i} must have shape {array.shape}, got {shape}")
        return checked

    def load_state(self, i: int, state: dict[str, Any] | None) -> None:
        """Takes over what `checked_state` gave; zeros for None."""
        self.steps[i] = 0 if state is None else state["step"]
        self._known = None
        configuration_changed()  # parameters that have taken other numbers of steps are not one segment
        for name in self.names:
            if state is None:
                kernels.fill(self.states[name][i], 0.0)
            else:
                kernels.copy(self.states[name][i], state[name])


def _nothing() -> None:
    """Stands for a reference to a gradient that is not there."""


def joined(arrays: list[np.ndarray], run: list[int]) -> np.ndarray:
    """The arrays of a run as one; never an array itself, since a tensor wants to know who holds its gradient. A
    gradient that somebody brought may have gaps, which the kernel's door copies away."""
    if not arrays[run[0]].flags.c_contiguous:
        return arrays[run[0]][...]
    return kernels.join(arrays[run[0]], arrays[run[-1]])


def flat_like(params: list[Tensor]) -> list[np.ndarray]:
    """An array for each parameter, of its shape; those of one dtype are neighbours in one buffer."""
    segments: dict[int, np.ndarray] = {}
    for dtype in {p.array.dtype for p in params}:
        same = [i for i, p in enumerate(params) if p.array.dtype == dtype]
        flat = kernels.empty((sum(params[i].array.size for i in same),), dtype, lasting=True)
        offset = 0
        for i in same:
            segments[i] = kernels.segment(flat, offset, params[i].array.shape)
            offset += params[i].array.size
    return [segments[i] for i in range(len(params))]


def give_home(params: list[Tensor]) -> None:
    """Moves parameters that have no home yet into one flat buffer, and gives their gradients one."""
    homeless = [p for p in params if not p._is_flat]
    if not homeless:
        return
    for p, array in zip(homeless, flat_like(homeless)):
        kernels.copy(array, p.array)
        p.array = array
        p._version = new_version()
    for p, home in zip(homeless, flat_like(homeless)):
        if p._grad is not None:
            kernels.copy(home, p._grad)
            bind_gradient(p, home)
        p._home = home
        p._is_flat = True
    configuration_changed()
