"""Module, the base of every layer: what is inside, modes, state, dtypes, printing."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Iterator, Mapping
from itertools import chain
from typing import Any, TypeVar

import numpy as np

from mushin.autograd import Tensor
from mushin.nn.hooks import HookedModule
from mushin.nn.modes import hold, mode_of
from mushin.nn.parameter import Parameter, float_dtype
from mushin.nn.state import IncompatibleKeys, assigned, check_state, load_into
from mushin.ops import cast
from mushin.ops.in_place import zero_

Self = TypeVar("Self", bound="Module")


class Module(HookedModule):
    """The base of layers and models: a subclass assigns parameters and modules to its attributes, and has a `forward`.

    Calling a module calls its `forward`. A subclass's `__init__` calls `super().__init__()` before it assigns a
    parameter, buffer or module.

    Copies have memory of their own, and keep which parameters are tied; a pickle leaves out hooks that cannot be
    imported, with a warning.

    Source: torch.nn.Module.
    """

    _modules: dict[str, Module | None]

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

    def modules(self, remove_duplicate: bool = True) -> Iterator[Module]:
        """This module and all below it, each once, or as often as it has names."""
        for _, module in self.named_modules(remove_duplicate=remove_duplicate):
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

    def set_submodule(self, target: str, module: Module, strict: bool = False) -> None:
        """Puts a module in the place of the one of a dotted name, or adds it under a name that is free.

        Args:
            target: the name.
            module: what is put there.
            strict: whether there must be a module of this name.

        Raises:
            AttributeError: there is no module to put it into; none of this name if strict.
            ValueError: an empty name, or another attribute's.
            TypeError: anything but a Module.
        """
        if not isinstance(module, Module):
            raise TypeError(f"[set_submodule] module must be a Module, got {type(module).__name__}")
        if strict:
            self.get_submodule(target)
        path, _, name = target.rpartition(".")
        self.get_submodule(path).add_module(name, module)

    def get_parameter(self, target: str) -> Parameter:
        """The parameter of a dotted name.

        Raises:
            AttributeError: there is no such parameter.
        """
        parameter: Parameter = self._get_member("get_parameter", "_parameters", target)
        return parameter

    def get_buffer(self, target: str) -> Tensor:
        """The buffer of a dotted name.

        Raises:
            AttributeError: there is no such buffer.
        """
        buffer: Tensor = self._get_member("get_buffer", "_buffers", target)
        return buffer

    def _get_member(self, op: str, registry: str, target: str) -> Any:
        path, _, name = target.rpartition(".")
        module = self.get_submodule(path)
        member = module.__dict__[registry].get(name)
        if member is None:
            kind = op.removeprefix("get_")
            raise AttributeError(f"[{op}] {type(module).__name__} has no {kind} {name!r} of {target!r}")
        return member

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

    def state_dict(
        self, *, destination: Any = None, prefix: str = "", keep_vars: bool = False
    ) -> OrderedDict[str, Tensor]:
        """The parameters and persistent buffers under their dotted names, a tied one under each of its names.

        The tensors share the module's memory until an optimizer is made of its parameters, which moves them: ask again
        then. To keep the present values copy them: `copy.deepcopy(model.state_dict())`.

        Args:
            destination: a dict to add them to, and to return; a new one if None.
            prefix: what all names begin with, its dot too.
            keep_vars: whether the parameters and buffers themselves are given, not tensors outside of the graph.
        """
        state: OrderedDict[str, Tensor] = OrderedDict() if destination is None else destination
        for name, module, member in self._saved():
            tensor: Tensor = module.__dict__[member]
            state[prefix + name] = tensor if keep_vars else tensor.detach()
        return state

    def _saved(self) -> Iterator[tuple[str, Module, str]]:
        """The dotted name of each parameter and persistent buffer, the module that has it, and its name there."""
        for path, module in self.named_modules(remove_duplicate=False):
            for name, tensor in chain(module._parameters.items(), module._buffers.items()):
                if tensor is not None and name not in module._not_saved:
                    yield f"{path}.{name}" if path else name, module, name

    def load_state_dict(
        self, state_dict: Mapping[str, Any], strict: bool = True, assign: bool = False
    ) -> IncompatibleKeys:
        """Copies values into the parameters and persistent buffers, whose memory and dtype stay as they are.

        Args:
            state_dict: from names as in `state_dict()` to tensors or arrays of the same shapes, of any real dtype.
            strict: whether the names must be the same. Values that do not fit are an error in any case.
            assign: whether the values themselves take the place of the parameters and buffers, in their memory and with
                their dtype. Tied ones stay tied. Make optimizers afterwards: they hold what was there before.

        Returns:
            missing_keys and unexpected_keys, both empty if strict.

        Raises:
            ValueError: names, shapes or dtypes that do not fit, all of them in one message; nothing has been changed.
        """
        owner = type(self).__name__
        if not assign:
            return load_into(self.state_dict(), state_dict, strict, owner)
        own = self.state_dict(keep_vars=True)
        incompatible = check_state(own, state_dict, strict, owner, written=False)
        new = assigned(own, state_dict)
        for name, module, member in list(self._saved()):
            if name in new:
                setattr(module, member, new[name])
        return incompatible

    def apply(self: Self, fn: Callable[[Module], Any]) -> Self:
        """Calls a function with every module below and at last this one; returns the module."""
        for child in self.children():
            child.apply(fn)
        fn(self)
        return self

    def to(self: Self, *args: Any, device: Any = None, dtype: Any = None) -> Self:
        """Casts the floating-point parameters, gradients and buffers, which get new memory; returns the module.

        Args:
            args: a dtype, "cpu", or "cpu" and a dtype. The only device is "cpu", where the module is already.

        Raises:
            TypeError: another device, or a dtype other than float32 and float64.
        """
        dtypes = [x for x in (*args, device, dtype) if x is not None and not (isinstance(x, str) and x == "cpu")]
        try:
            targets = [float_dtype("to", x) for x in dtypes]
        except TypeError as error:
            raise TypeError(f"{error}; the only device is 'cpu'") from None
        for target in targets:
            self._cast(target)
        return self

    def cpu(self: Self) -> Self:
        """The module itself: there is no other device."""
        return self

    def _cast(self, target: np.dtype[Any]) -> None:
        for tensor in chain(self.parameters(), self.buffers()):
            if tensor.dtype.kind == "f" and tensor.dtype != target:
                grad, tensor.grad = tensor.grad, None
                tensor.data = cast(tensor.detach(), target)
                tensor.grad = None if grad is None else cast(grad, target)

    def float(self: Self) -> Self:
        """`to(float32)`."""
        return self.to(np.float32)

    def double(self: Self) -> Self:
        """`to(float64)`."""
        return self.to(np.float64)

    def half(self: Self) -> Self:
        """Raises TypeError: kernels compute in float32 and float64."""
        return self.to(np.float16)

    def bfloat16(self: Self) -> Self:
        """Raises TypeError, as `half`."""
        return self.to("bfloat16")

    # --- printing

    def extra_repr(self) -> str:
        """What stands in the brackets of the module's line when it is printed."""
        return ""

    def _lines_of_children(self) -> list[tuple[str, str]]:
        return [(name, repr(child)) for name, child in self._modules.items()]

    def __repr__(self) -> str:
        extra = self.extra_repr()
        lines = extra.split("\n") if extra else []
        lines_of_children = [f"({name}): " + text.replace("\n", "\n  ") for name, text in self._lines_of_children()]
        if not lines_of_children and len(lines) <= 1:
            return f"{type(self).__name__}({extra})"
        return f"{type(self).__name__}(\n  " + "\n  ".join(lines + lines_of_children) + "\n)"
