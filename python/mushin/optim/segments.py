"""One flat home for an optimizer's parameters, and launches over segments of it.

The first optimizer that gets a parameter moves it into one flat buffer with its neighbours; gradients and states have
the same layout in buffers of their own. A launch takes segments; neighbours are joined, so that the usual model is one
segment. Nothing assumes it: a parameter without gradient is left out, one whose `.data` was rebound stands alone.
"""

from __future__ import annotations

import weakref
from collections.abc import Mapping
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
