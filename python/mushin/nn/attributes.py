"""What a module's attributes are: parameters, buffers, modules or anything else, and how they are copied.

A module's parameters, buffers and child modules are ordinary attributes of it. Beside them it keeps three registries
in the order of assignment, from which `parameters()`, `state_dict()` and the like are made.
"""

from __future__ import annotations

import inspect
from typing import Any, TypeVar

from mushin.autograd import Switch, Tensor, configuration_changed
from mushin.nn.parameter import Parameter

Self = TypeVar("Self", bound="Attributes")


class ModuleClass(type):
    """The class of module classes: marks a module when its `__init__` is done."""

    def __call__(cls, *args: Any, **kwargs: Any) -> Any:
        module = super().__call__(*args, **kwargs)
        module.__dict__["_training_switch"] = Switch()
        return module

    @property
    def __signature__(cls) -> inspect.Signature:
        initialize: Any = cls.__init__  # type: ignore[misc]
        return inspect.Signature(list(inspect.signature(initialize).parameters.values())[1:])


class Attributes(metaclass=ModuleClass):
    """A module as far as it has attributes."""

    _training: bool
    _parameters: dict[str, Parameter | None]
    _buffers: dict[str, Tensor | None]
    _modules: dict[str, Any]
    _not_saved: set[str]  # names of the buffers that are not part of the state
    _training_switch: Switch  # there as soon as `__init__` is done

    def __init__(self) -> None:
        self.__dict__.update(_training=True, _parameters={}, _buffers={}, _modules={}, _not_saved=set())

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "training":
            object.__setattr__(self, name, value)
            return
        registry = self._registry_of(name)
        if isinstance(value, Parameter):
            registry = "_parameters"
        elif isinstance(value, Attributes) and registry != "_parameters":
            registry = "_modules"
        if registry is None:
            object.__setattr__(self, name, value)
        else:
            self._register(registry, name, value)
        self._has_changed()

    def __delattr__(self, name: str) -> None:
        registry = self._registry_of(name)
        object.__delattr__(self, name)
        if registry is not None:
            del self.__dict__[registry][name]
            self._not_saved.discard(name)
        self._has_changed()

    def _has_changed(self) -> None:
        """Tells recorded steps that a module is another; one that is still being made is in none of them."""
        if "_training_switch" in self.__dict__:
            configuration_changed()

    def __copy__(self: Self) -> Self:
        copy = type(self).__new__(type(self))
        copy.__dict__.update(self.__dict__)
        copy.__dict__.update({registry: self.__dict__[registry].copy() for registry in (*_KINDS, "_not_saved")})
        copy.__dict__["_training_switch"] = Switch()
        return copy

    def _registry_of(self, name: str) -> str | None:
        for registry in _KINDS:
            if name in self.__dict__.get(registry, ()):
                return registry
        return None

    def _register(self, registry: str, name: str, value: Any) -> None:
        """Makes a parameter, buffer or module, or None in the place of one, an attribute that the registry knows."""
        owner, (kind, expected, expected_name) = type(self).__name__, _KINDS[registry]
        if registry not in self.__dict__:
            raise AttributeError(f"[{owner}] super().__init__() must be called before a {kind} is assigned")
        self._check_name(kind, name)
        if value is not None and not isinstance(value, expected):
            raise TypeError(f"[{owner}] {kind} {name!r} must be a {expected_name} or None, got {type(value).__name__}")
        for other in _KINDS:
            if other != registry:
                self.__dict__[other].pop(name, None)
        if registry != "_buffers":
            self._not_saved.discard(name)
        self.__dict__[registry][name] = self.__dict__[name] = value

    def _check_name(self, kind: str, name: Any) -> None:
        """Raises for a name under which no parameter, buffer or module can be."""
        owner = type(self).__name__
        if not isinstance(name, str):
            raise TypeError(f"[{owner}] a {kind}'s name must be a string, got {type(name).__name__}")
        if name == "" or "." in name:
            raise ValueError(f"[{owner}] a {kind}'s name must not be empty nor contain '.', got {name!r}")
        if hasattr(type(self), name):
            raise ValueError(f"[{owner}] {name!r} is an attribute of the class and cannot become a {kind}")

    def _register_new(self, registry: str, name: str, value: Any) -> None:
        if isinstance(name, str) and name in self.__dict__ and self._registry_of(name) != registry:
            raise ValueError(f"[{type(self).__name__}] attribute {name!r} already exists")
        self._register(registry, name, value)
        self._has_changed()

    def register_parameter(self, name: str, param: Parameter | None) -> None:
        """Adds a parameter under a name, or None to say that the module has none.

        Raises:
            ValueError: a name that is empty, has a dot or is another attribute's.
            TypeError: anything but a Parameter or None.
        """
        self._register_new("_parameters", name, param)

    def register_buffer(self, name: str, tensor: Tensor | None, persistent: bool = True) -> None:
        """Adds a tensor that is not a parameter but belongs to the module, such as a mask or a running mean.

        Args:
            name: the attribute's name.
            tensor: of any shape and dtype, or None.
            persistent: whether `state_dict` contains it.

        Raises:
            ValueError: a name that is empty, has a dot or is another attribute's.
            TypeError: anything but a Tensor or None.
        """
        self._register_new("_buffers", name, tensor)
        if persistent:
            self._not_saved.discard(name)
        else:
            self._not_saved.add(name)

    def add_module(self, name: str, module: Any) -> None:
        """Adds a child module under a name, as `register_parameter` does a parameter."""
        self._register_new("_modules", name, module)

    def register_module(self, name: str, module: Any) -> None:
        """The same as `add_module`."""
        self.add_module(name, module)

    def __dir__(self) -> list[str]:
        return sorted(name for name in super().__dir__() if name.isidentifier())  # "0" of a container is none


# Each registry of a module: what messages call its members, their class, and what messages call that.
_KINDS: dict[str, tuple[str, type, str]] = {
    "_parameters": ("parameter", Parameter, "Parameter"),
    "_buffers": ("buffer", Tensor, "Tensor"),
    "_modules": ("module", Attributes, "Module"),
}
