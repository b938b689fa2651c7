"""The variables that a step takes from outside: what they hold belongs to its key, as its arguments do."""

from __future__ import annotations

import builtins
import dis
import inspect
import itertools
import weakref
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from functools import lru_cache, partial
from types import CellType, CodeType, FunctionType, MemberDescriptorType, MethodType, ModuleType
from typing import Any

import numpy as np

from mushin import kernels
from mushin.autograd import Tensor
from mushin.nn.module import Module
from mushin.train.arguments import CONSTANTS, constant_key

MOST_VARIABLES = 64
MOST_STATES = 64

_UNSEEN = object()


class _Slots:
    """The attributes of an object that has `__slots__` for them, as a dict has its entries."""

    def __init__(self, owner: Any) -> None:
        self._owner = owner

    def get(self, name: str) -> Any:
        return getattr(self._owner, name, None)


Place = Mapping[str, Any] | CellType | _Slots
Slot = tuple[Place, str, str]  # where a variable lives, its name there, and what messages call it
_Seen = tuple[list[tuple[Place, str, Any]], Any, int, list[tuple[Mapping[str, Any], int]], int]


class Variables:
    """What a function's code names outside of it: globals, variables of the functions around it, and attributes of
    objects and their classes and entries of dicts that it reaches through them. The functions, methods and properties
    of the same file that it names are its code, too.

    Not seen: elements of lists, what functions of other files use, and attributes of modules, which the configuration
    knows.
    """

    def __init__(self, function: Callable[..., Any]) -> None:
        while isinstance(function, partial):
            function = function.func
        self._function = function
        self._numbers: dict[Any, int] = {}  # of states
        self._count = itertools.count(1)
        # One tuple, of which no thread sees a half: each variable's place, name and value; the state; its number; the
        # dicts in which a name may come that was not there, and how many each had; the configuration's number.
        self._last: _Seen = ([({}, "", _UNSEEN)], (), 0, [], -1)
        self.changed = ""  # the variable that told the last two states apart

    def state(self, configuration: int) -> int:
        """A number for what the variables hold: the same for the same objects and for equal constants. Where modules
        have other attributes, which gives the configuration another number, other variables may be reached."""
        known, _, number, sizes, before = self._last
        holds = configuration == before and kernels.variables_hold(known, sizes)
        return number if holds else self._look(configuration)

    def _look(self, configuration: int) -> int:
        slots, dicts = _slots(self._function)
        sizes = [(each, len(each)) for each in dicts]
        values = [place.cell_contents if isinstance(place, CellType) else place.get(name) for place, name, _ in slots]
        state = tuple([(label, _token(value)) for (_, _, label), value in zip(slots, values)])
        if state not in self._numbers:
            if len(self._numbers) == MOST_STATES:
                self._numbers.clear()
            self._numbers[state] = next(self._count)
        before = dict(self._last[1])
        self.changed = next((label for label, token in state if before.get(label) != token), self.changed)
        known = [(place, name, value) for (place, name, _), value in zip(slots, values)]
        self._last = known, state, self._numbers[state], sizes, configuration
        return self._numbers[state]

    def arrays(self) -> list[np.ndarray]:
        """The arrays among the variables, and those of tensors, that somebody could write numbers into."""
        arrays = [value for _, _, value in self._last[0] if isinstance(value, np.ndarray)]
        return [array for array in arrays if array.flags.writeable and not array.dtype.hasobject]


class _Same:
    """Equals another to the same object only; holds it weakly where that is possible."""

    __slots__ = ("_id", "_reference")

    def __init__(self, value: Any) -> None:
        self._id = id(value)
        try:
            self._reference: Callable[[], Any] = weakref.ref(value)
        except TypeError:
            self._reference = lambda: value

    def __eq__(self, other: object) -> bool:
        return type(other) is _Same and self._reference() is not None and self._reference() is other._reference()

    def __hash__(self) -> int:
        return self._id


def _token(value: Any) -> Any:
    if type(value) is tuple:
        return tuple, tuple(map(_token, value))
    return constant_key("", value) if isinstance(value, CONSTANTS) else _Same(value)


# --- which variables there are


def _slots(function: Callable[..., Any]) -> tuple[list[Slot], list[Mapping[str, Any]]]:
    """Where the variables live, and the dicts that others may come into. What one function names may belong to an
    object that another one reaches: all is gone through again until no more names come."""
    names: frozenset[str] = frozenset()
    while True:
        slots, dicts, more = _slots_with(function, names)
        if more == names:
            return slots, dicts
        names = more


def _slots_with(
    function: Callable[..., Any], names: frozenset[str]
) -> tuple[list[Slot], list[Mapping[str, Any]], frozenset[str]]:
    """The slots, nearest first, the dicts, and the names of attributes and entries, with those in the code that was
    reached."""
    file = getattr(function, "__module__", None)
    slots: list[Slot] = []
    dicts: list[Mapping[str, Any]] = []
    seen: dict[int, Any] = {}  # by id; holds what it has seen, so that no id comes again
    waiting: deque[tuple[str, Any]] = deque([("self", function)])
    while waiting and len(slots) < MOST_VARIABLES:
        label, value = waiting.popleft()
        if isinstance(value, property):
            value = value.fget
        if isinstance(value, FunctionType):
            value = inspect.unwrap(value)
        of_another_file = isinstance(value, FunctionType) and value.__module__ != file
        if of_another_file or isinstance(value, CONSTANTS) or id(value) in seen:
            continue
        seen[id(value)] = value
        if isinstance(value, FunctionType):
            names |= _names(value.__code__)[1]
        elif isinstance(value, dict):
            dicts.append(value)
        elif hasattr(value, "__dict__"):
            dicts.append(vars(value))
        for place, name, label_inside, inside in _inside(label, value, names):
            waiting.append((label_inside, inside))
            if place is not None and not isinstance(inside, ModuleType):
                slots.append((place, name, label_inside))
    return slots[:MOST_VARIABLES], dicts, names


def _inside(label: str, value: Any, names: frozenset[str]) -> Iterator[tuple[Place | None, str, str, Any]]:
    """What code with these names may reach in a value, with where it lives if it may be replaced."""
    if isinstance(value, FunctionType):
        for name in _names(value.__code__)[0]:
            if name in value.__globals__ or not hasattr(builtins, name):
                yield value.__globals__, name, name, value.__globals__.get(name)
        for name, cell in zip(value.__code__.co_freevars, value.__closure__ or ()):
            with suppress(ValueError):  # nothing has been assigned yet
                yield cell, "", name, cell.cell_contents
        for inside in (*(value.__defaults__ or ()), *(value.__kwdefaults__ or {}).values()):
            yield None, "", label, inside
    elif isinstance(value, MethodType):
        yield None, "", "", value.__func__
        yield None, "", "self", value.__self__
    elif isinstance(value, Tensor):
        yield vars(value), "array", f"{label}.array", value.array
    elif isinstance(value, dict):
        for name in sorted(names & value.keys()):
            yield value, name, f"{label}[{name!r}]", value[name]
    else:
        attributes = vars(value) if hasattr(value, "__dict__") else {}
        for name in sorted(names & attributes.keys()):
            inside = attributes[name]
            # The functions of a file or a class stay what they are.
            is_function = callable(inside) or hasattr(inside, "__get__")
            is_fixed = isinstance(value, Module) or (isinstance(value, (ModuleType, type)) and is_function)
            yield None if is_fixed else attributes, name, f"{label}.{name}", inside
        for name in sorted(names | {"__call__", "forward"}):
            inside = getattr(type(value), name, None)
            if isinstance(inside, MemberDescriptorType):
                yield _Slots(value), name, f"{label}.{name}", getattr(value, name, None)
            elif callable(inside) or isinstance(inside, property):
                yield None, "", label, inside
        for each in (value if isinstance(value, type) else type(value)).__mro__:
            if not names.isdisjoint(vars(each)):
                yield None, "", label, each


@lru_cache(maxsize=256)
def _names(code: CodeType) -> tuple[tuple[str, ...], frozenset[str]]:
    """The globals that code names, also in the functions inside, and the attributes and entries."""
    variables: dict[str, None] = {}  # in order
    attributes: set[str] = set()
    for instruction in dis.get_instructions(code):
        if instruction.opname == "LOAD_GLOBAL":
            variables[instruction.argval] = None
        elif instruction.opname in ("LOAD_ATTR", "LOAD_METHOD", "LOAD_CONST") and isinstance(instruction.argval, str):
            attributes.add(instruction.argval)
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            inner_variables, inner_attributes = _names(constant)
            variables.update(dict.fromkeys(inner_variables))
            attributes |= inner_attributes
    return tuple(variables), frozenset(attributes)
