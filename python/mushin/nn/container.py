"""Sequential, and lists and dicts of modules or parameters."""
# ruff: noqa: A001, A002  `input` is PyTorch's name for the argument

from __future__ import annotations

import operator
from collections import OrderedDict
from collections.abc import ItemsView, Iterable, Iterator, KeysView, Mapping, ValuesView
from typing import Any, TypeVar

import numpy as np

from mushin import ops
from mushin.autograd import Tensor
from mushin.nn import hooks
from mushin.nn.activation import ReLU, Sigmoid, Tanh
from mushin.nn.linear import Linear
from mushin.nn.module import Module
from mushin.nn.parameter import Parameter

NumberedSelf = TypeVar("NumberedSelf", bound="_Numbered")
SequentialSelf = TypeVar("SequentialSelf", bound="Sequential")
ParametersSelf = TypeVar("ParametersSelf", bound="_ParameterContainer")

# The layers that a product can finish with, under the names that ops.linear has for them.
_EPILOGUES: dict[type | None, str] = {ReLU: "relu", Sigmoid: "sigmoid", Tanh: "tanh"}


class _Container(Module):
    """A module with members of one kind, in one of its registries."""

    _registry = "_modules"

    def _members(self) -> dict[str, Any]:
        members: dict[str, Any] = self.__dict__[self._registry]
        return members

    def _put(self, name: str, member: Any) -> None:
        """Adds a member under a name, or in the place of the one that is there."""
        self.add_module(name, member)

    def __len__(self) -> int:
        return len(self._members())


class _Numbered(_Container):
    """A container that is used like a list: the members' names are "0", "1", ..."""

    def append(self: NumberedSelf, member: Any) -> NumberedSelf:
        """Adds a member at the end, under the number of those before it or the next free one; returns the container."""
        number = len(self)
        while str(number) in self._members():  # a slice of a Sequential keeps its names: [1:] of three has "1" and "2"
            number += 1
        self._put(str(number), member)
        return self

    def extend(self: NumberedSelf, members: Iterable[Any]) -> NumberedSelf:
        """Adds members at the end; returns the container."""
        for member in _all_of(type(self).__name__, members):
            self.append(member)
        return self

    def insert(self, index: int, member: Any) -> None:
        """Puts a member before the one at an index, or at the end for as many as there are; all are numbered anew.

        Raises:
            IndexError: another index.
        """
        n = len(self)
        if not -n <= operator.index(index) <= n:
            raise IndexError(f"[{type(self).__name__}] index must be in [{-n}, {n}], got {index}")
        members = list(self.append(member))  # an error leaves everything as it is
        members.insert(index, members.pop())
        self._replace_all(members)

    def pop(self, index: int = -1) -> Any:
        """Takes out the member at an index, and returns it; the others are numbered anew."""
        member = self[index]
        del self[index]
        return member

    def __iter__(self) -> Iterator[Any]:
        return iter(self._members().values())

    def __iadd__(self: NumberedSelf, members: Iterable[Any]) -> NumberedSelf:
        return self.extend(members)

    def __add__(self: NumberedSelf, members: Iterable[Any]) -> NumberedSelf:
        """A new container, of the members of both."""
        return self._new(list(self)).extend(members)

    def __getitem__(self, index: int | slice) -> Any:
        """A member, or a new container of some of them."""
        return self._new(list(self)[index]) if isinstance(index, slice) else self._members()[self._name(index)]

    def __setitem__(self, index: int, member: Any) -> None:
        self._put(self._name(index), member)

    def __delitem__(self, index: int | slice) -> None:
        """Takes members out; the others are numbered anew."""
        gone = list(self._members())[index] if isinstance(index, slice) else [self._name(index)]
        self._replace_all([member for name, member in self._members().items() if name not in gone])

    def _new(self: NumberedSelf, members: list[Any]) -> NumberedSelf:
        """A container of this class with members."""
        make: Any = type(self)
        return make(members)  # type: ignore[no-any-return]

    def _replace_all(self, members: list[Any]) -> None:
        for name in list(self._members()):
            delattr(self, name)
        for i, member in enumerate(members):
            self._put(str(i), member)

    def _name(self, index: int) -> str:
        names = list(self._members())
        if not -len(names) <= operator.index(index) < len(names):
            raise IndexError(f"[{type(self).__name__}] index must be in [{-len(names)}, {len(names)}), got {index}")
        return names[index]


class _Named(_Container):
    """A container that is used like a dict."""

    def clear(self) -> None:
        """Takes all members out."""
        for name in list(self._members()):
            delattr(self, name)

    def get(self, key: str, default: Any = None) -> Any:
        """The member of a name, or the default."""
        return self._members().get(key, default)

    def pop(self, key: str) -> Any:
        """Takes out the member of a name, and returns it."""
        member = self[key]
        del self[key]
        return member

    def keys(self) -> KeysView[str]:
        return self._members().keys()

    def values(self) -> ValuesView[Any]:
        return self._members().values()

    def items(self) -> ItemsView[str, Any]:
        return self._members().items()

    def update(self, members: Any) -> None:
        """Adds the members of a mapping, or of pairs of names and members, in their order."""
        pairs = members.items() if isinstance(members, (Mapping, _Named)) else _all_of(type(self).__name__, members)
        for name, member in pairs:
            self[name] = member

    def __contains__(self, key: Any) -> bool:
        return key in self._members()

    def __iter__(self) -> Iterator[str]:
        return iter(self._members())

    def __getitem__(self, key: str) -> Any:
        self._check_key(key)
        return self._members()[key]

    def __setitem__(self, key: str, member: Any) -> None:
        self._put(key, member)

    def __delitem__(self, key: str) -> None:
        self._check_key(key)
        delattr(self, key)

    def _check_key(self, key: str) -> None:
        if key not in self._members():
            names = ", ".join(map(repr, self._members())) or "none"
            raise KeyError(f"[{type(self).__name__}] key must be one of {names}, got {key!r}")


def _all_of(owner: str, members: Any) -> list[Any]:
    if not isinstance(members, Iterable):
        raise TypeError(f"[{owner}] members must be given one after the other, got {type(members).__name__}")
    return list(members)


# --- of modules


class Sequential(_Numbered):
    """Each module's output is the next one's input.

    A Linear with a ReLU, Sigmoid or Tanh behind it is computed as one product that finishes with the activation.

    Args:
        args: modules, which get the names "0", "1", ...; or one OrderedDict from names to modules.

    Raises:
        TypeError: anything but modules.

    Source: torch.nn.Sequential.
    """

    def __init__(self, *args: Any) -> None:
        super().__init__()
        if len(args) == 1 and isinstance(args[0], dict):
            items = list(args[0].items())
        else:
            items = [(str(i), module) for i, module in enumerate(args)]
        for name, module in items:
            self.add_module(name, module)

    def forward(self, input: Any) -> Any:
        linear: Any = None  # waits for the layer behind it
        for module in self:
            kind = _kind(module)
            if linear is not None:
                activation = _EPILOGUES.get(kind)
                input = ops.linear(input, linear.weight, linear.bias, activation)
                linear = None
                if activation is not None:
                    continue
            if kind is Linear:
                linear = module
            else:
                input = module(input)
        return input if linear is None else linear(input)

    def __getitem__(self, index: int | slice) -> Any:
        """A module, or a new Sequential of some of them, under their names."""
        if isinstance(index, slice):
            return type(self)(OrderedDict(list(self._modules.items())[index]))
        return super().__getitem__(index)

    def __mul__(self: SequentialSelf, times: int) -> SequentialSelf:
        """A new Sequential that calls the same modules so many times."""
        return self._new([]).extend(self._times(times))

    __rmul__ = __mul__

    def __imul__(self: SequentialSelf, times: int) -> SequentialSelf:
        return self.extend(self._times(times)[len(self) :])

    def _times(self, times: int) -> list[Any]:
        if isinstance(times, bool) or not isinstance(times, (int, np.integer)):
            raise TypeError(f"[{type(self).__name__}] times must be an integer, got {type(times).__name__}")
        if times < 1:
            raise ValueError(f"[{type(self).__name__}] times must be positive, got {times}")
        return list(self) * int(times)

    def _new(self: SequentialSelf, members: list[Any]) -> SequentialSelf:
        return type(self)(*members)


def _kind(module: Any) -> type | None:
    """A module's class; None if the object has a forward of its own or hooks, or is observed, and must be
    called."""
    own = getattr(module, "__dict__", ())
    return None if "forward" in own or "_hooks" in own or hooks.observer is not None else type(module)


class ModuleList(_Numbered):
    """Modules in a list. It has no forward: the module that it belongs to says what becomes of them.

    Args:
        modules: any number of modules, one after the other.

    Raises:
        TypeError: anything but modules.

    Source: torch.nn.ModuleList.
    """

    def __init__(self, modules: Iterable[Module] | None = None) -> None:
        super().__init__()
        self.extend(() if modules is None else modules)

    def _lines_of_children(self) -> list[tuple[str, str]]:
        """Neighbours that print the same come once: `(0-11): 12 x Linear(...)`."""
        runs: list[list[Any]] = []  # first and last name, how many, text
        for name, text in super()._lines_of_children():
            if runs and runs[-1][3] == text:
                runs[-1][1], runs[-1][2] = name, runs[-1][2] + 1
            else:
                runs.append([name, name, 1, text])
        return [(a, text) if n == 1 else (f"{a}-{b}", f"{n} x {text}") for a, b, n, text in runs]


class ModuleDict(_Named):
    """Modules in a dict, in the order in which they came. It has no forward, as a ModuleList has none.

    Args:
        modules: a mapping from names to modules, or pairs of both.

    Raises:
        TypeError: anything but modules, a name that is no string.
        ValueError: a name that is empty, has a dot or is one of the class's attributes, such as "keys".
        KeyError: a name under which there is none.

    Source: torch.nn.ModuleDict.
    """

    def __init__(self, modules: Any = None) -> None:
        super().__init__()
        self.update(() if modules is None else modules)


# --- of parameters


class _ParameterContainer(_Container):
    """Members that are no tensors are ordinary attributes, and no part of the state."""

    def __init__(self) -> None:
        super().__init__()
        self._names: dict[str, None] = {}  # of all members, in their order

    def __copy__(self: ParametersSelf) -> ParametersSelf:
        twin = super().__copy__()
        twin.__dict__["_names"] = dict(self._names)
        return twin

    def __delattr__(self, name: str) -> None:
        super().__delattr__(name)
        self._names.pop(name, None)

    def _members(self) -> dict[str, Any]:
        return {name: self.__dict__[name] for name in self._names}

    def _put(self, name: str, member: Any) -> None:
        if isinstance(member, (Tensor, np.ndarray)) and not isinstance(member, Parameter):
            member = Parameter(member)
        self._check_name("member", name)
        if name in self._names:
            super().__delattr__(name)
        elif name in self.__dict__:
            raise ValueError(f"[{type(self).__name__}] attribute {name!r} already exists")
        setattr(self, name, member)
        self._names[name] = None

    def _lines_of_children(self) -> list[tuple[str, str]]:
        return [
            (name, f"Parameter containing: [{p.dtype} of size {'x'.join(map(str, p.shape))}]")
            if isinstance(p, Parameter)
            else (name, f"Object of type: {type(p).__name__}")
            for name, p in self._members().items()
        ]


class ParameterList(_ParameterContainer, _Numbered):
    """Parameters, and other values, in a list.

    Args:
        values: tensors and arrays become parameters in the same memory; anything else stays what it is, and is no part
            of the state.

    Raises:
        ValueError: a tensor or array that is not float32 or float64.

    Source: torch.nn.ParameterList.
    """

    def __init__(self, values: Iterable[Any] | None = None) -> None:
        super().__init__()
        self.extend(() if values is None else values)


class ParameterDict(_ParameterContainer, _Named):
    """Parameters, and other values, in a dict, in the order in which they came.

    Args:
        parameters: a mapping from names to values, as in a ParameterList, or pairs of both.

    Raises:
        ValueError: as ParameterList.
        TypeError, ValueError: names as in a ModuleDict.
        KeyError: a name under which there is none.

    Source: torch.nn.ParameterDict.
    """

    def __init__(self, parameters: Any = None) -> None:
        super().__init__()
        self.update(() if parameters is None else parameters)

    def setdefault(self, key: str, default: Any = None) -> Any:
        """The value of a name; the default, which it gets, if there is none."""
        if key not in self:
            self[key] = default
        return self[key]

    def popitem(self) -> tuple[str, Any]:
        """Takes out the last name and its value, and returns them."""
        if not self._names:
            raise KeyError("[ParameterDict] there is nothing to take out")
        name = next(reversed(self._names))
        return name, self.pop(name)

    def copy(self) -> ParameterDict:
        """Another dict of the same values."""
        return type(self)(self)

    def __reversed__(self) -> Iterator[str]:
        return reversed(self._names)

    def __or__(self, members: Any) -> ParameterDict:
        """A new dict of the members of both; where both have a name, the right one's."""
        both = self.copy()
        both.update(members)
        return both

    def __ror__(self, members: Any) -> Any:
        both = members.copy()
        both.update(self.items())
        return both

    def __ior__(self, members: Any) -> ParameterDict:
        self.update(members)
        return self
