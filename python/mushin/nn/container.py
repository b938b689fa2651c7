"""Sequential: layers one after the other."""
# ruff: noqa: A001, A002  `input` is PyTorch's name for the argument

from __future__ import annotations

import operator
from collections import OrderedDict
from collections.abc import Iterator
from typing import Any, TypeVar

from mushin import ops
from mushin.nn.activation import ReLU, Sigmoid, Tanh
from mushin.nn.linear import Linear
from mushin.nn.module import Module

Self = TypeVar("Self", bound="Sequential")

# The layers that a product can finish with, under the names that ops.linear has for them.
_EPILOGUES: dict[type | None, str] = {ReLU: "relu", Sigmoid: "sigmoid", Tanh: "tanh"}


class Sequential(Module):
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

    def append(self: Self, module: Module) -> Self:
        """Adds a module at the end, under the number of those before it or the next free one; returns the container."""
        number = len(self)
        while str(number) in self._modules:  # a slice keeps its modules' names: [1:] of three has "1" and "2"
            number += 1
        self.add_module(str(number), module)
        return self

    def __len__(self) -> int:
        return len(self._modules)

    def __iter__(self) -> Iterator[Any]:
        return iter(self._modules.values())

    def __getitem__(self, index: int | slice) -> Any:
        """A module, or a new Sequential of some of them."""
        if isinstance(index, slice):
            return type(self)(OrderedDict(list(self._modules.items())[index]))
        return self._modules[self._name(index)]

    def __setitem__(self, index: int, module: Module) -> None:
        self.add_module(self._name(index), module)

    def __delitem__(self, index: int | slice) -> None:
        """Takes modules out; the others are numbered anew."""
        gone = list(self._modules)[index] if isinstance(index, slice) else [self._name(index)]
        kept = [module for name, module in self._modules.items() if name not in gone]
        for name in list(self._modules):
            delattr(self, name)
        for i, module in enumerate(kept):
            self.add_module(str(i), module)

    def _name(self, index: int) -> str:
        names = list(self._modules)
        if not -len(names) <= operator.index(index) < len(names):
            raise IndexError(f"[Sequential] index must be in [{-len(names)}, {len(names)}), got {index}")
        return names[index]


def _kind(module: Any) -> type | None:
    """A module's class; None if the object has a forward of its own or hooks, and must be called."""
    own = getattr(module, "__dict__", ())
    return None if "forward" in own or "_hooks" in own else type(module)
