"""What all optimizers share: parameter groups, one flat home for the parameters, and launches over segments.

The first optimizer that gets a parameter moves it into one flat buffer with its neighbours; gradients and states have
the same layout in buffers of their own. A launch takes segments; neighbours are joined, so that the usual model is one
segment. Nothing assumes it: a parameter without gradient is left out, one whose `.data` was rebound stands alone.
"""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from mushin import kernels
from mushin.autograd import (
    Tensor,
    bind_gradient,
    configuration_changed,
    forbid_while_recording,
    new_version,
    note_gradients_used,
    note_write,
    set_grad_enabled,
)


class ParameterGroup(dict[str, Any]):
    """A group's parameters and hyperparameters. Numbers are also written to `hyper`, the buffer that kernels read, so
    that a changed rate reaches a recorded step."""

    def __init__(self, values: dict[str, Any], layout: dict[str, int]) -> None:
        super().__init__()
        self.layout = layout
        self.hyper = np.zeros(1 + max(layout.values()))
        self.update(values)

    def __setitem__(self, name: str, value: Any) -> None:
        forbid_while_recording(f"param_groups[{name!r}]", "a hyperparameter cannot be set")
        known = self.get(name)
        if name == "betas":
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
        return ParameterGroup, (dict(self), self.layout)

    def update(self, *args: Any, **kwargs: Any) -> None:
        for name, value in dict(*args, **kwargs).items():
            self[name] = value

    def setdefault(self, name: str, default: Any = None) -> Any:
        if name not in self:
            self[name] = default
        return self[name]


class Optimizer:
    """Base of all optimizers.

    The first optimizer of a parameter moves it into a buffer with its neighbours: arrays, views and `state_dict()`s that
    shared its memory before keep the old values.

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
        groups: list[Any] = [params] if isinstance(params, Tensor) else list(params)
        if not groups:
            raise ValueError(f"[{self._name}] params must hold at least one parameter, got none")
        for group in groups if isinstance(groups[0], dict) else [{"params": groups}]:
            self.add_param_group(group)

    @property
    def _name(self) -> str:
        return type(self).__name__

    def add_param_group(self, group: dict[str, Any]) -> None:
        """Adds parameters with hyperparameters of their own.

        Raises:
            TypeError: something that is not a floating-point tensor.
            ValueError: a parameter that was computed by an op, or is in a group already.
        """
        if "params" not in group:
            raise ValueError(f"[{self._name}] a group must have params, got {', '.join(group)}")
        params = [group["params"]] if isinstance(group["params"], Tensor) else list(group["params"])
        taken = {id(p) for other in self.param_groups for p in other["params"]}
        unique: dict[int, Tensor] = {}
        for p in params:
            if not isinstance(p, Tensor) or p.array.dtype.kind != "f":
                raise TypeError(
                    f"[{self._name}] params must be floating-point tensors, got {getattr(p, 'dtype', type(p).__name__)}"
                )
            if not p.is_leaf:
                raise ValueError(f"[{self._name}] params must be leaves, got a tensor that an op computed")
            if id(p) in taken:
                raise ValueError(f"[{self._name}] a parameter is in more than one group")
            unique[id(p)] = p
        values = {**self.defaults, **group, "params": list(unique.values())}
        self._check(values)
        self.param_groups.append(ParameterGroup(values, self.layout))
        self._segments.append(Segments(values["params"], self._states(values)))

    def _check(self, group: dict[str, Any]) -> None:
        """Raises ValueError for hyperparameters out of range."""
        for name in ("lr", "eps", "weight_decay", "momentum"):
            if name in group and not float(group[name]) >= 0.0:
                raise ValueError(f"[{self._name}] {name} must not be negative, got {group[name]}")
        betas = group.get("betas", (0.0, 0.0))
        if len(betas) != 2:
            raise ValueError(f"[{self._name}] betas must be two numbers, got {betas}")
        for i, beta in enumerate(betas):
            if not 0.0 <= beta < 1.0:
                raise ValueError(f"[{self._name}] betas[{i}] must be in [0, 1), got {beta}")

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
        for group, segments in zip(self.param_groups, self._segments):
            segments.provide(self._states(group))
            for columns in segments.current():
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
            ValueError: other groups, other numbers of parameters, or arrays of other shapes; nothing is changed.
        """
        groups = [{k: v for k, v in saved.items() if k != "params"} for saved in state_dict["param_groups"]]
        if [len(g["params"]) for g in state_dict["param_groups"]] != [len(g["params"]) for g in self.param_groups]:
            raise ValueError(f"[{self._name}] state_dict must have groups of the same sizes as this optimizer's")
        for group, saved in zip(self.param_groups, groups):
            if missing := [k for k in self.defaults if k not in saved]:
                raise ValueError(f"[{self._name}] state_dict is another optimizer's: it lacks {', '.join(missing)}")
            self._check({**group, **saved})
        names = [self._states({**group, **saved}) for group, saved in zip(self.param_groups, groups)]
        places = [(s, n, i) for s, n in zip(self._segments, names) for i in range(len(s.params))]
        states = {int(number): state for number, state in state_dict["state"].items()}
        for number, state in states.items():
            if not 0 <= number < len(places):
                raise ValueError(f"[{self._name}] state_dict has a state of parameter {number} of {len(places)}")
            segments, names_of_states, i = places[number]
            segments.check_state(self._name, i, names_of_states, state)
        for group, saved in zip(self.param_groups, groups):
            group.update(saved)
        for number, (segments, names_of_states, i) in enumerate(places):
            segments.provide(names_of_states)
            segments.load_state(i, states.get(number))

    def __repr__(self) -> str:
        lines = [f"{self._name} ("]
        for i, group in enumerate(self.param_groups):
            lines += [f"Parameter Group {i}", *(f"    {k}: {v}" for k, v in sorted(group.items()) if k != "params")]
        return "\n".join([*lines, ")"])


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

    def check_state(self, op: str, i: int, names: tuple[str, ...], state: dict[str, Any]) -> None:
        if "step" not in state:
            raise ValueError(f"[{op}] state of parameter {i} must have a step, got {', '.join(state) or 'nothing'}")
        for name in names:
            shape = np.shape(state[name]) if name in state else None
            if shape != self.params[i].array.shape:
                raise ValueError(
                    f"[{op}] state {name} of parameter {i} must have shape {self.params[i].array.shape}, got {shape}"
                )

    def load_state(self, i: int, state: dict[str, Any] | None) -> None:
        """Takes a state over; zeros for None."""
        self.steps[i] = 0 if state is None else int(state["step"])
        self._known = None
        configuration_changed()  # parameters that have taken other numbers of steps are not one segment
        for name in self.names:
            if state is None:
                kernels.fill(self.states[name][i], 0.0)
            else:
                kernels.copy(self.states[name][i], np.asarray(state[name]))


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
