"""Module, the base of every layer.

A module's parameters, buffers and child modules are ordinary attributes of it. Beside them it keeps three registries
in the order of assignment, from which `parameters()`, `state_dict()` and the like are made.
"""

from __future__ import annotations

import inspect
from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from itertools import chain
from typing import Any, TypeVar

import numpy as np

from mushin.autograd import Switch, Tensor, configuration_changed
from mushin.nn.modes import hold, mode_of
from mushin.nn.parameter import Parameter, float_dtype
from mushin.nn.state import IncompatibleKeys, load_into
from mushin.ops import cast
from mushin.ops.in_place import zero_

Self = TypeVar("Self", bound="Module")


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


class Module(metaclass=ModuleClass):
    """The base of layers and models: a subclass assigns parameters and modules to its attributes, and has a `forward`.

    Calling a module calls its `forward`. A subclass's `__init__` calls `super().__init__()` before it assigns a
    parameter, buffer or module.

    Source: torch.nn.Module.
    """

    _training: bool
    _parameters: dict[str, Parameter | None]
    _buffers: dict[str, Tensor | None]
    _modules: dict[str, Module | None]
    _not_saved: set[str]  # names of the buffers that are not part of the state
    _training_switch: Switch  # there as soon as `__init__` is done

    def __init__(self) -> None:
        self.__dict__.update(_training=True, _parameters={}, _buffers={}, _modules={}, _not_saved=set())

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.forward(*args, **kwargs)

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """What the module computes; every subclass that is called has its own."""
        raise NotImplementedError(f"[{type(self).__name__}] the module has no forward()")

    # --- attributes

    def __setattr__(self, name: str, value: Any) -> None:
        if name == "training":
            object.__setattr__(self, name, value)
            return
        registry = self._registry_of(name)
        if isinstance(value, Parameter):
            registry = "_parameters"
        elif isinstance(value, Module) and registry != "_parameters":
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
        owner, (kind, expected) = type(self).__name__, _KINDS[registry]
        if registry not in self.__dict__:
            raise AttributeError(f"[{owner}] super().__init__() must be called before a {kind} is assigned")
        if not isinstance(name, str):
            raise TypeError(f"[{owner}] a {kind}'s name must be a string, got {type(name).__name__}")
        if name == "" or "." in name:
            raise ValueError(f"[{owner}] a {kind}'s name must not be empty nor contain '.', got {name!r}")
        if hasattr(type(self), name):
            raise ValueError(f"[{owner}] {name!r} is an attribute of the class and cannot become a {kind}")
        if value is not None and not isinstance(value, expected):
            raise TypeError(
                f"[{owner}] {kind} {name!r} must be a {expected.__name__} or None, got {type(value).__name__}"
            )
        for other in _KINDS:
            if other != registry:
                self.__dict__[other].pop(name, None)
        if registry != "_buffers":
            self._not_saved.discard(name)
        self.__dict__[registry][name] = self.__dict__[name] = value

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

    def add_module(self, name: str, module: Module | None) -> None:
        """Adds a child module under a name, as `register_parameter` does a parameter."""
        self._register_new("_modules", name, module)

    def register_module(self, name: str, module: Module | None) -> None:
        """The same as `add_module`."""
        self.add_module(name, module)

    # --- what is inside

    def named_modules(
        self, memo: set[Module] | None = None, prefix: str = "", remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Module]]:
        """This module and all below it, with their dotted names; a module that is shared comes once.

        Args:
            memo: modules to leave out; those that come are added.
            prefix: what all names begin with.
            remove_duplicate: False gives a shared module under each of its names.
        """
        memo = set() if memo is None else memo
        if remove_duplicate:
            if self in memo:
                return
            memo.add(self)
        yield prefix, self
        for name, module in self._modules.items():
            if module is not None:
                yield from module.named_modules(memo, f"{prefix}.{name}" if prefix else name, remove_duplicate)

    def modules(self) -> Iterator[Module]:
        """This module and all below it, each once."""
        for _, module in self.named_modules():
            yield module

    def named_children(self) -> Iterator[tuple[str, Module]]:
        """The modules directly below this one, each once, with their names."""
        seen: set[Module] = set()
        for name, module in self._modules.items():
            if module is not None and module not in seen:
                seen.add(module)
                yield name, module

    def children(self) -> Iterator[Module]:
        """The modules directly below this one, each once."""
        for _, module in self.named_children():
            yield module

    def _named_members(
        self, registry: str, prefix: str, recurse: bool, remove_duplicate: bool
    ) -> Iterator[tuple[str, Any]]:
        modules = self.named_modules(None, prefix, remove_duplicate) if recurse else iter([(prefix, self)])
        seen: set[int] = set()
        for module_name, module in modules:
            for name, member in module.__dict__[registry].items():
                if member is None or id(member) in seen:
                    continue
                if remove_duplicate:
                    seen.add(id(member))
                yield f"{module_name}.{name}" if module_name else name, member

    def named_parameters(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Parameter]]:
        """The parameters with their dotted names; a tied parameter comes once, under its first name.

        Args:
            prefix: what all names begin with.
            recurse: whether those of the modules below belong to it.
            remove_duplicate: False gives a tied parameter under each of its names.
        """
        return self._named_members("_parameters", prefix, recurse, remove_duplicate)

    def parameters(self, recurse: bool = True) -> Iterator[Parameter]:
        """The parameters, each once, as `named_parameters`."""
        for _, parameter in self.named_parameters(recurse=recurse):
            yield parameter

    def named_buffers(
        self, prefix: str = "", recurse: bool = True, remove_duplicate: bool = True
    ) -> Iterator[tuple[str, Tensor]]:
        """The buffers with their dotted names, as `named_parameters`."""
        return self._named_members("_buffers", prefix, recurse, remove_duplicate)

    def buffers(self, recurse: bool = True) -> Iterator[Tensor]:
        """The buffers, each once, as `named_parameters`."""
        for _, buffer in self.named_buffers(recurse=recurse):
            yield buffer

    def get_submodule(self, target: str) -> Module:
        """The module of a dotted name; this one for an empty name.

        Raises:
            AttributeError: there is no such module.
        """
        module = self
        for name in target.split(".") if target else ():
            child = module._modules.get(name)
            if child is None:
                raise AttributeError(f"[get_submodule] {type(module).__name__} has no module {name!r} of {target!r}")
            module = child
        return module

    def get_parameter(self, target: str) -> Parameter:
        """The parameter of a dotted name.

        Raises:
            AttributeError: there is no such parameter.
        """
        path, _, name = target.rpartition(".")
        module = self.get_submodule(path)
        parameter = module._parameters.get(name)
        if parameter is None:
            raise AttributeError(f"[get_parameter] {type(module).__name__} has no parameter {name!r} of {target!r}")
        return parameter

    # --- modes

    @property
    def training(self) -> bool:
        """Whether the module is in training; what `training_mode` says to this thread goes first."""
        return mode_of(self)

    @training.setter
    def training(self, mode: bool) -> None:
        if not isinstance(mode, bool):
            raise TypeError(f"[{type(self).__name__}] training must be a bool, got {type(mode).__name__}")
        hold(self, None)
        if mode != self._training and "_training_switch" in self.__dict__:
            self._training_switch.flip()  # steps recorded in either mode stay good for it
        self.__dict__["_training"] = mode

    def train(self: Self, mode: bool = True) -> Self:
        """Sets this module and all below it to training, or to evaluation; returns the module.

        Raises:
            TypeError: a mode that is not a bool.
        """
        if not isinstance(mode, bool):
            raise TypeError(f"[train] mode must be a bool, got {type(mode).__name__}")
        self.training = mode
        for child in self.children():
            child.train(mode)
        return self

    def eval(self: Self) -> Self:
        """Sets this module and all below it to evaluation: dropout passes everything on. Returns the module."""
        return self.train(False)

    def requires_grad_(self: Self, requires_grad: bool = True) -> Self:
        """Starts or stops collecting the gradients of all parameters; returns the module."""
        for parameter in self.parameters():
            parameter.requires_grad_(requires_grad)
        return self

    def zero_grad(self, set_to_none: bool = True) -> None:
        """Forgets the gradients of all parameters, or overwrites them with zeros."""
        for parameter in self.parameters():
            if set_to_none:
                parameter.grad = None
            elif parameter.grad is not None:
                zero_(parameter.grad)

    # --- state

    def state_dict(self) -> OrderedDict[str, Tensor]:
        """The parameters and persistent buffers under their dotted names, a tied one under each of its names.

        The tensors share the module's memory until an optimizer is made of its parameters, which moves them: ask again
        then. To keep the present values copy them: `copy.deepcopy(model.state_dict())`.
        """
        state: OrderedDict[str, Tensor] = OrderedDict()
        for prefix, module in self.named_modules(remove_duplicate=False):
            for name, tensor in chain(module._parameters.items(), module._buffers.items()):
                if tensor is not None and name not in module._not_saved:
                    state[f"{prefix}.{name}" if prefix else name] = tensor.detach()
        return state

    def load_state_dict(self, state_dict: Mapping[str, Any], strict: bool = True) -> IncompatibleKeys:
        """Copies values into the parameters and persistent buffers, whose memory and dtype stay as they are.

        Args:
            state_dict: from names as in `state_dict()` to tensors or arrays of the same shapes, of any real dtype.
            strict: whether the names must be the same. Values that do not fit are an error in any case.

        Returns:
            missing_keys and unexpected_keys, both empty if strict.

        Raises:
            ValueError: names, shapes or dtypes that do not fit, all of them in one message; nothing has been changed.
        """
        return load_into(self.state_dict(), state_dict, strict, type(self).__name__)

    def apply(self: Self, fn: Callable[[Module], Any]) -> Self:
        """Calls a function with every module below and at last this one; returns the module."""
        for child in self.children():
            child.apply(fn)
        fn(self)
        return self

    def to(self: Self, dtype: Any) -> Self:
        """Casts the floating-point parameters, gradients and buffers, which get new memory; returns the module. Of
        devices there is "cpu", where the module is already.

        Raises:
            TypeError: another device, or a dtype other than float32 and float64.
        """
        if isinstance(dtype, str) and dtype == "cpu":
            return self
        try:
            target = float_dtype("to", dtype)
        except TypeError as error:
            raise TypeError(f"{error}; the only device is 'cpu'") from None
        for tensor in chain(self.parameters(), self.buffers()):
            if tensor.dtype.kind == "f" and tensor.dtype != target:
                grad, tensor.grad = tensor.grad, None
                tensor.data = cast(tensor.detach(), target)
                tensor.grad = None if grad is None else cast(grad, target)
        return self

    def float(self: Self) -> Self:
        """`to(float32)`."""
        return self.to(np.float32)

    def double(self: Self) -> Self:
        """`to(float64)`."""
        return self.to(np.float64)

    # --- printing

    def extra_repr(self) -> str:
        """What stands in the brackets of the module's line when it is printed."""
        return ""

    def __repr__(self) -> str:
        extra = self.extra_repr()
        lines = extra.split("\n") if extra else []
        lines_of_children = [f"({name}): " + repr(child).replace("\n", "\n  ") for name, child in self._modules.items()]
        if not lines_of_children and len(lines) <= 1:
            return f"{type(self).__name__}({extra})"
        return f"{type(self).__name__}(\n  " + "\n  ".join(lines + lines_of_children) + "\n)"


# Each registry of a module: what messages call its members, and their class.
_KINDS: dict[str, tuple[str, type]] = {
    "_parameters": ("parameter", Parameter),
    "_buffers": ("buffer", Tensor),
    "_modules": ("module", Module),
}
