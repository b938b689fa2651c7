"""Configurations: objects as numbers, strings, lists and dicts, and back again.

Only classes and functions that this library offers by name, or that its user has registered, are made of a
configuration; nothing in it is executed.
"""

from __future__ import annotations

import importlib
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np

from mushin.keras.arguments import Configured

# Where the library's own classes are found.
_ROOMS = (
    "layers",
    "models",
    "initializers",
    "regularizers",
    "constraints",
    "optimizers",
    "optimizers.schedules",
    "losses",
    "metrics",
)

_registered: dict[str, Any] = {}
_names: dict[Any, str] = {}


class _Scopes(threading.local):
    def __init__(self) -> None:
        self.custom: list[dict[str, Any]] = []


_scopes = _Scopes()


def register_keras_serializable(package: str = "Custom", name: str | None = None) -> Callable[[Any], Any]:
    """A decorator that lets files and configurations name a class or function of one's own.

    Args:
        package: of the name "package>name".
        name: the class's or function's own if None.

    Raises:
        ValueError: a class without `get_config`.

    Source: keras.saving.register_keras_serializable.
    """

    def register(thing: Any) -> Any:
        if isinstance(thing, type) and not hasattr(thing, "get_config"):
            raise ValueError(f"[register_keras_serializable] {thing.__name__} must have a method get_config")
        key = f"{package}>{name or thing.__name__}"
        _registered[key] = thing
        _names[thing] = key
        return thing

    return register


def get_registered_name(thing: Any) -> str:
    """The name that a class or function was registered under; its own if it was not."""
    return _names.get(thing, getattr(thing, "__name__", str(thing)))


def get_registered_object(name: str) -> Any:
    """What was registered under a name, or None."""
    return _registered.get(name)


@contextmanager
def custom_object_scope(objects: dict[str, Any] | None) -> Iterator[None]:
    """Inside the block configurations may name these classes and functions, too.

    Source: keras.saving.custom_object_scope.
    """
    _scopes.custom.append(dict(objects or {}))
    try:
        yield
    finally:
        _scopes.custom.pop()


def serialize(owner: str, value: Any) -> Any:
    """A value as JSON holds it.

    Raises:
        TypeError: an object that neither is plain nor has `get_config`, nor is a function that has a name.
    """
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, np.generic):
        return value.item()
    if isinstance(value, np.ndarray):
        return value.tolist()
    if isinstance(value, (list, tuple)):
        return [serialize(owner, each) for each in value]
    if isinstance(value, dict):
        return {str(key): serialize(owner, each) for key, each in value.items()}
    if hasattr(value, "get_config"):
        return serialize_keras_object(value)
    activation = _activation_name(value)
    if activation is not None:
        return activation
    name = getattr(value, "__name__", "<lambda>")
    if callable(value) and not isinstance(value, type) and name != "<lambda>":
        return {"class_name": "function", "config": name, "registered_name": _names.get(value)}
    raise TypeError(
        f"[{owner}] must be a number, string, list, dict or function with a name, or have get_config, to be part of a "
        f"configuration, got {value!r}"
    )


def _activation_name(value: Any) -> str | None:
    activations = importlib.import_module("mushin.keras.activations")
    return next((name for name, function in activations.ACTIVATIONS.items() if function is value), None)


def serialize_keras_object(thing: Any) -> Any:
    """{"module", "class_name", "config", "registered_name"} of an object with `get_config`."""
    if not hasattr(thing, "get_config"):
        return serialize("serialize_keras_object", thing)
    cls = type(thing)
    room = _room_of(cls)
    return {
        "module": None if room is None else f"keras.{room}",
        "class_name": cls.__name__,
        "config": thing.get_config(),
        "registered_name": _names.get(cls),
    }


def deserialize(value: Any) -> Any:
    """The values that `serialize` gave a configuration of; plain ones as they are."""
    if isinstance(value, list):
        return [deserialize(each) for each in value]
    if isinstance(value, dict):
        if "class_name" in value and "config" in value:
            return deserialize_keras_object(value)
        return {key: deserialize(each) for key, each in value.items()}
    return value


def deserialize_keras_object(config: Any, custom_objects: dict[str, Any] | None = None) -> Any:
    """The object of a configuration that `serialize_keras_object` gave.

    Args:
        config: the configuration.
        custom_objects: classes and functions of one's own by name.

    Raises:
        ValueError: a class that is neither the library's nor registered, or a configuration that it does not take.
        TypeError: anything but a configuration.
    """
    if not isinstance(config, dict) or not isinstance(config.get("class_name"), str):
        raise TypeError(f"[deserialize] config must be a dict with class_name and config, got {config!r}")
    with custom_object_scope(custom_objects):
        if config["class_name"] == "function":
            return _found(config, config.get("config"))
        cls = _found(config, config["class_name"])
        given = config.get("config")
        if not isinstance(cls, type) or not hasattr(cls, "from_config") or not isinstance(given, dict):
            raise ValueError(f"[deserialize] {config['class_name']} cannot be made of a configuration {given!r}")
        return cls.from_config(given)


def from_identifier(room: str, base: type, named: dict[str, Any], identifier: Any) -> Any:
    """What Keras' `get` gives: an object from its name, class or configuration; a function or None as it is.

    Args:
        room: whom the error names.
        base: the class of such objects.
        named: what makes them, by name.
        identifier: what was given.

    Raises:
        ValueError: anything else.
    """
    if isinstance(identifier, dict):
        identifier = deserialize(identifier)
    if isinstance(identifier, type) and issubclass(identifier, base):
        return identifier()
    if isinstance(identifier, str) and identifier in named:
        return named[identifier]()
    if identifier is None or (callable(identifier) and not isinstance(identifier, type)):
        return identifier
    raise ValueError(f"[{room}] identifier must be a function, None or one of {', '.join(named)}, got {identifier!r}")


def _found(config: dict[str, Any], name: Any) -> Any:
    """The class or function that a configuration names: of the scopes, the registered ones, the library's."""
    key = config.get("registered_name")
    for scope in reversed(_scopes.custom):
        for each in (key, name):
            if isinstance(each, str) and each in scope:
                return scope[each]
    if isinstance(key, str) and key in _registered:
        return _registered[key]
    if isinstance(name, str) and f"Custom>{name}" in _registered:
        return _registered[f"Custom>{name}"]
    module = config.get("module")
    for room in _ROOMS if module is None else ():
        if (offered := _offered(room, name)) is not None:
            return offered
    if isinstance(module, str) and module.removeprefix("keras.") in _ROOMS:
        found = _offered(module.removeprefix("keras."), name)
        if found is not None:
            return found
    raise ValueError(
        f"[deserialize] {name!r} is neither a class of the library nor registered: give it in custom_objects, or "
        "decorate it with keras.saving.register_keras_serializable"
    )


def _offered(room: str, name: Any) -> Any:
    """A class of one of the library's rooms, or None."""
    try:
        module = importlib.import_module(f"mushin.keras.{room}")
    except ModuleNotFoundError:
        return None
    public = isinstance(name, str) and name.isidentifier() and not name.startswith("_")
    found = vars(module).get(name) if public else None
    return found if isinstance(found, type) and issubclass(found, Configured) else None


def _room_of(cls: type) -> str | None:
    return next((room for room in _ROOMS if _offered(room, cls.__name__) is cls), None)
