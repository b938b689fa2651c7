"""What arguments must be: errors that name the argument, for all that is made and called in Keras' way."""

from __future__ import annotations

import inspect
from typing import Any

import numpy as np


class Configured:
    """Base of what is made with arguments: an error about an unknown one lists those that there are. An `__init__` with
    `**others` hands these on to the class that it is derived from."""

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        known = _names_of_arguments(cls)
        if known is not None:
            for name in kwargs:
                if name not in known:
                    there_are = ", ".join(known) or "none"
                    raise TypeError(f"[{cls.__name__}] unknown argument {name!r}; there are {there_are}")
        return super().__new__(cls)


def _names_of_arguments(cls: type) -> list[str] | None:
    """In the order of `__init__`, then those of the classes that it hands others on to; None if that is object."""
    names: list[str] = []
    for owner in cls.__mro__:
        if owner is object:
            return None
        if "__init__" in owner.__dict__:
            parameters = list(inspect.signature(owner.__dict__["__init__"]).parameters.values())[1:]
            if any(parameter.kind is inspect.Parameter.VAR_POSITIONAL for parameter in parameters):
                return None
            named = [parameter.name for parameter in parameters if parameter.kind is not inspect.Parameter.VAR_KEYWORD]
            names += [name for name in named if name not in names]
            if len(named) == len(parameters):
                return names
    return None


def flag(owner: str, name: str, value: Any) -> bool:
    """True or False, which nothing else is taken for."""
    if not isinstance(value, (bool, np.bool_)):
        raise TypeError(f"[{owner}] {name} must be True or False, got {value!r}")
    return bool(value)


def number(owner: str, name: str, value: Any) -> float:
    """A number, or an array without axes, as a float."""
    if getattr(value, "shape", ()) != () or isinstance(value, str) or not hasattr(value, "__float__"):
        raise TypeError(f"[{owner}] {name} must be a number, got {value!r}")
    return float(value)


def label(owner: str, value: Any) -> str | None:
    """A name, or None."""
    if value is not None and not isinstance(value, str):
        raise TypeError(f"[{owner}] name must be a string, got {value!r}")
    return value


def positive_integer(owner: str, name: str, value: Any) -> int:
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, np.integer)) or value < 1:
        raise ValueError(f"[{owner}] {name} must be a positive integer, got {value!r}")
    return int(value)


def sequence(owner: str, name: str, value: Any) -> list[Any]:
    """The elements of a list or of anything else that can be walked through, but for a string."""
    if isinstance(value, (str, bytes)) or not hasattr(value, "__iter__"):
        raise TypeError(f"[{owner}] {name} must be a list, got {value!r}")
    return list(value)
