"""What arguments must be: errors that name the argument, for all that is made and called in Keras' way."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable
from typing import Any

import numpy as np

_VARIADIC = (inspect.Parameter.VAR_KEYWORD, inspect.Parameter.VAR_POSITIONAL)


def snake_case(name: str) -> str:
    """rms_normalization of RMSNormalization, f_beta_score of FBetaScore: the words of a class's name as Keras divides
    them.

    Source: keras.src.utils.naming, to_snake_case.
    """
    return re.sub(r"(?<=.)(?=[A-Z][a-z])|(?<=[a-z])(?=[A-Z])", "_", name).lower()


def did_you_mean(name: Any, known: Iterable[str]) -> str:
    """The end of an error about an unknown name: the known one that is spelled most like it, if one is."""
    from difflib import get_close_matches

    close = get_close_matches(name, list(known), 1, cutoff=0.75) if isinstance(name, str) else []
    return f"; did you mean {close[0]!r}?" if close else ""


class Configured:
    """Base of what is made with arguments: an error about an unknown one lists those that there are, and `get_config`
    tells them again. `takes_any` says that further arguments are a function's, and that any may come."""

    takes_any = False

    def __new__(cls, *args: Any, **kwargs: Any) -> Any:
        names = argument_names(cls)
        for name in kwargs:
            if names is not None and name not in names:
                there_are = ", ".join(names) or "none"
                raise TypeError(f"[{cls.__name__}] unknown argument {name!r}; there are {there_are}")
        made = super().__new__(cls)
        made.__dict__["_given"] = (args, kwargs)
        return made

    def arguments(self) -> dict[str, Any]:
        """What it was made with, by name; of an argument that is an attribute too, what the attribute is now."""
        args, kwargs = self.__dict__["_given"]
        signature = inspect.signature(type(self).__init__)
        bound = signature.bind(self, *args, **kwargs)
        bound.apply_defaults()
        arguments: dict[str, Any] = {}
        for name, value in list(bound.arguments.items())[1:]:
            if signature.parameters[name].kind is inspect.Parameter.VAR_KEYWORD:
                arguments.update(value)
            elif signature.parameters[name].kind is not inspect.Parameter.VAR_POSITIONAL:
                arguments[name] = value
        return {name: getattr(self, name, value) for name, value in arguments.items()}

    def get_config(self) -> dict[str, Any]:
        """What it was made with, in numbers, strings, lists and dicts, so that `from_config` makes another."""
        from mushin.keras.serialization import serialize

        kind = type(self).__name__
        return {name: serialize(f"{kind}: {name}", value) for name, value in self.arguments().items()}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """One like that which gave the configuration."""
        from mushin.keras.serialization import deserialize

        return cls(**{name: deserialize(value) for name, value in config.items()})


def argument_names(cls: type) -> list[str] | None:
    """What a class can be made with, those of its bases too where it hands the others on; None for anything."""
    names: list[str] = []
    if getattr(cls, "takes_any", False):
        return None
    for each in cls.__mro__:
        if "__init__" not in vars(each) or each is object:
            continue
        known = list(inspect.signature(each.__init__).parameters.values())[1:]  # type: ignore[misc]
        names += [one.name for one in known if one.kind not in _VARIADIC and one.name not in names]
        if not any(one.kind in _VARIADIC for one in known):
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


def rate_of(owner: str, name: str, value: Any, below_one: bool = False) -> float:
    """A share that is dropped: a number in [0, 1], or in [0, 1)."""
    checked = number(owner, name, value)
    if not 0 <= checked <= 1 or (below_one and checked == 1):
        raise ValueError(f"[{owner}] {name} must be in [0, 1{')' if below_one else ']'}, got {value}")
    return checked


def label(owner: str, value: Any) -> str | None:
    """A name, or None."""
    if value is not None and not isinstance(value, str):
        raise TypeError(f"[{owner}] name must be a string, got {value!r}")
    return value


def positive_integer(owner: str, name: str, value: Any) -> int:
    if isinstance(value, (bool, np.bool_)) or not isinstance(value, (int, np.integer)) or value < 1:
        raise ValueError(f"[{owner}] {name} must be a positive integer, got {value!r}")
    return int(value)


def seed_of(owner: str, seed: Any) -> int | None:
    """An integer from 0 on, or None."""
    if seed is not None and (isinstance(seed, bool) or not isinstance(seed, (int, np.integer)) or seed < 0):
        raise ValueError(f"[{owner}] seed must be an integer from 0 on or None, got {seed!r}")
    return None if seed is None else int(seed)


def sequence(owner: str, name: str, value: Any) -> list[Any]:
    """The elements of a list or of anything else that can be walked through, but for a string."""
    if isinstance(value, (str, bytes)) or not hasattr(value, "__iter__"):
        raise TypeError(f"[{owner}] {name} must be a list, got {value!r}")
    return list(value)
