"""One flat home for an optimizer's parameters, and launches over segments of it.

The first optimizer that gets a parameter moves it into one flat buffer with its neighbours; gradients and states have
the same layout in buffers of their own. A launch takes segments; neighbours are joined, so that the usual model is one
segment. Nothing assumes it: a parameter without gradient is left out, one whose `.data` was rebound stands alone.
"""

from __future__ import annotations

import math
import weakref
from collections.abc import Iterator, Mapping
from typing import Any

import numpy as np

from mushin import kernels
from mushin.autograd import (
    Tensor,
    bind_gradient,
    configuration_changed,
    new_version,
    note_gradients_used,
)
from mushin.ops.arrays import numbers_of


class Segments:
    """A group's parameters with their gradients, states and step counts, joined where they are neighbours.

    Args:
        params: the group's list of them.
        states: names of the states that are arrays.
        numbers: names of the states that are a number of each parameter, and what they begin with.
        first: what arrays that do not begin with zeros begin with.
    """

    def __init__(
        self, params: list[Tensor], states: tuple[str, ...], numbers: Mapping[str, float], first: Mapping[str, float]
    ) -> None:
        self.params = params
        self._first_params = tuple(params)
        self.steps = np.zeros(len(params), np.int64)
        self.first_numbers = numbers
        self.numbers = {name: np.full(len(params), value) for name, value in numbers.items()}
        self.active: list[Tensor] = []
        self._known: list[tuple[Any, Any]] | None = None  # (array, gradient) that `_columns` was made from, weakly
        self._columns: list[dict[str, list[np.ndarray]]] = []
        self._partition: list[list[list[int]]] | None = None
        give_home(params)
        self.names: tuple[str, ...] = ()
        self.states: dict[str, list[np.ndarray]] = {}
        self.first: Mapping[str, float] = {}
        self.provide(states, first)

    def __getstate__(self) -> dict[str, Any]:
        return {**self.__dict__, "active": [], "_known": None, "_columns": []}

    def __setstate__(self, state: dict[str, Any]) -> None:
        """Of a copy: its arrays have come one by one, and become neighbours again."""
        self.__dict__.update(state)
        give_home(self.params)
        for name, arrays in self.states.items():
            self.states[name] = self._new_states(name)
            for array, saved in zip(self.states[name], arrays):
                if array is not None:
                    kernels.copy(array, saved)

    def provide(self, names: tuple[str, ...], first: Mapping[str, float]) -> None:
        """Makes the states that there are not yet: a group may get a momentum later."""
        self.first = first
        if names == self.names:
            return
        for name in names:
            if name not in self.states:
                self.states[name] = self._new_states(name)
                for array in self.states[name]:
                    if array is not None:
                        kernels.fill(array, first.get(name, 0.0))
        self.names = names
        self._known = None

    def states_shape(self, name: str, i: int) -> tuple[int, ...] | None:
        """The shape of one parameter's state; None where it has none of this name."""
        return self.params[i].array.shape

    def _new_states(self, name: str) -> list[Any]:
        shapes = [self.states_shape(name, i) for i in range(len(self.params))]
        return flat_arrays([(shape, p.array.dtype) for shape, p in zip(shapes, self.params)])

    def current(self) -> list[dict[str, list[np.ndarray]]]:
        """Segments of the parameters that have a gradient now, for each dtype: lists of arrays under "parameter",
        "gradient", "step" and the states' names."""
        note_gradients_used(self.params)
        known = self._known
        if known is not None and len(known) == len(self.params):
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
        if len(self.params) != len(self.steps) or any(p is not q for p, q in zip(self.params, self._first_params)):
            raise ValueError("[step] the list of a group's params has been changed; use add_param_group for others")
        with_gradient = [i for i, p in enumerate(self.params) if p._grad is not None]
        runs: dict[Any, list[list[int]]] = {}
        for i in with_gradient:
            array = self.params[i].array
            if not array.flags.c_contiguous:
                raise ValueError(
                    f"[step] parameter {i} of shape {array.shape} must be contiguous, got strides {array.strides}"
                )
            for name in self.names:
                state, wanted = self.states[name][i], self.states_shape(name, i)
                shape, dtype = (None, array.dtype) if state is None else (state.shape, state.dtype)
                if (shape, dtype) != (wanted, array.dtype):
                    raise ValueError(
                        f"[step] parameter {i} is {array.dtype} of shape {array.shape} now, and its {name} "
                        f"{dtype} of shape {shape}: make the optimizer after the change"
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
        numbers = {"step": self.steps, **self.numbers}
        return {**columns, **{name: [x[run[0] : run[-1] + 1] for run in runs] for name, x in numbers.items()}}

    def _arrays(self) -> dict[str, list[Any]]:
        states = {name: self.states[name] for name in self.names}
        return {"parameter": [p.array for p in self.params], "gradient": [p._grad for p in self.params], **states}

    def _neighbours(self, i: int, k: int) -> bool:
        return (
            k == i + 1
            and self.steps[i] == self.steps[k]
            and all(numbers[i] == numbers[k] for numbers in self.numbers.values())
            and all(kernels.adjacent(arrays[i], arrays[k]) for arrays in self._arrays().values())
        )

    def state_of(self, i: int, with_step: bool) -> dict[str, Any]:
        """One parameter's states, the arrays themselves; with the count of its steps unless the states' presence tells
        it."""
        step = {"step": int(self.steps[i])} if with_step else {}
        numbers = {name: float(values[i]) for name, values in self.numbers.items()}
        arrays = {name: self.states[name][i] for name in self.names}
        return {**step, **numbers, **{name: array for name, array in arrays.items() if array is not None}}

    def checked_state(self, op: str, i: int, names: tuple[str, ...], state: Any, with_step: bool) -> dict[str, Any]:
        """A saved state as `load_state` takes it: a step count, numbers, and arrays that fit."""
        if not isinstance(state, Mapping) or (with_step and "step" not in state):
            got = ", ".join(map(str, state)) or "nothing" if isinstance(state, Mapping) else type(state).__name__
            raise ValueError(f"[{op}] state of parameter {i} must have a step, got {got}")
        if not with_step:
            state = {name: value for name, value in state.items() if value is not None}
            state = {**state, "step": 1} if any(name in state for name in names) else {"step": 0}
            names = names if state["step"] else ()
        step = numbers_of(op, f"step of parameter {i}", state["step"])
        if step.size != 1 or not (0 <= step.item() < 2**63 and step.item() == int(step.item())):
            raise ValueError(f"[{op}] step of parameter {i} must be an integer from 0 on, got {state['step']}")
        checked: dict[str, Any] = {"step": int(step.item())}
        for name in self.numbers:
            values = numbers_of(op, f"{name} of parameter {i}", state.get(name, ()), np.asarray)
            if values.size != 1:
                raise ValueError(f"[{op}] state {name} of parameter {i} must be a number, got {state.get(name)}")
            checked[name] = float(values.item())
        for name in names:
            wanted, shape = self.states_shape(name, i), None
            if name in state and (wanted is not None or state[name] is not None):
                values = numbers_of(op, f"state {name} of parameter {i}", state[name], np.asarray)
                shape, checked[name] = values.shape, values.astype(self.params[i].array.dtype, copy=False)
            if shape != wanted:
                raise ValueError(f"[{op}] state {name} of parameter {i} must have shape {wanted}, got {shape}")
        return checked

    def load_state(self, i: int, state: dict[str, Any] | None) -> None:
        """Takes over what `checked_state` gave; the first values for None."""
        saved = {} if state is None else state
        self.steps[i] = saved.get("step", 0)
        for name, first in self.first_numbers.items():
            self.numbers[name][i] = saved.get(name, first)
        self._known = None
        configuration_changed()  # parameters that have taken other numbers of steps are not one segment
        for name in self.names:
            if name in saved:
                kernels.copy(self.states[name][i], saved[name])
            elif self.states[name][i] is not None:
                kernels.fill(self.states[name][i], self.first.get(name, 0.0))


class States(Mapping[Tensor, dict[str, Tensor]]):
    """What an optimizer keeps of each parameter that it has moved: tensors by name, in the optimizer's own memory;
    numbers are copies. A parameter that it has not moved has nothing."""

    def __init__(self, segments: list[Segments], with_step: bool) -> None:
        self._places = {p: (each, i) for each in segments for i, p in enumerate(each.params) if each.steps[i] > 0}
        self._with_step = with_step

    def __getitem__(self, parameter: Tensor) -> dict[str, Tensor]:
        if parameter not in self._places:
            return {}
        segments, i = self._places[parameter]
        return {name: Tensor(value) for name, value in segments.state_of(i, self._with_step).items()}

    def __contains__(self, parameter: object) -> bool:
        return parameter in self._places

    def __iter__(self) -> Iterator[Tensor]:
        return iter(self._places)

    def __len__(self) -> int:
        return len(self._places)


def _nothing() -> None:
    """Stands for a reference to a gradient that is not there."""


def joined(arrays: list[Any], run: list[int]) -> Any:
    """The arrays of a run as one; never an array itself, since a tensor wants to know who holds its gradient. A
    gradient that somebody brought may have gaps, which the kernel's door copies away. Of a run of one, its shape."""
    first = arrays[run[0]]
    if first is None:
        return None
    if not first.flags.c_contiguous:
        return first[...]
    flat = kernels.join(first, arrays[run[-1]])
    return flat if len(run) > 1 else flat.reshape(first.shape)


def flat_arrays(wanted: list[tuple[tuple[int, ...] | None, Any]]) -> list[np.ndarray | None]:
    """An array for each shape and dtype; those of one dtype are neighbours in one buffer. None for no shape."""
    segments: list[np.ndarray | None] = [None] * len(wanted)
    for dtype in {dtype for _, dtype in wanted}:
        same = [(i, shape) for i, (shape, of) in enumerate(wanted) if of == dtype and shape is not None]
        flat = kernels.empty((sum(math.prod(shape) for _, shape in same),), dtype, lasting=True)
        offset = 0
        for i, shape in same:
            segments[i] = kernels.segment(flat, offset, shape)
            offset += math.prod(shape)
    return segments


def flat_like(params: list[Tensor]) -> list[Any]:
    """An array for each parameter, of its shape."""
    return flat_arrays([(p.array.shape, p.array.dtype) for p in params])


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
