"""A group of parameters with hyperparameters of its own."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

import numpy as np

from mushin.autograd import Tensor, configuration_changed, forbid_while_recording

if TYPE_CHECKING:
    from mushin.optim.optimizer import Optimizer

# How PyTorch is to run a step; here there is one way.
HINTS = ("foreach", "fused", "capturable", "differentiable")


def plain_numbers(kind: type[Optimizer], values: Mapping[str, Any]) -> dict[str, Any]:
    """The hyperparameters, with the number that it holds now in the place of a tensor of one element."""
    return {
        name: value.item() if name in kind.layout and isinstance(value, Tensor) and value.array.size == 1 else value
        for name, value in values.items()
    }


class ParameterGroup(dict[str, Any]):
    """A group's parameters and hyperparameters, which its optimizer's class checks before any is set. Numbers are also
    written to `hyper`, the buffer that kernels read, so that a changed rate reaches a recorded step."""

    def __init__(self, values: dict[str, Any], kind: type[Optimizer]) -> None:
        super().__init__()
        self.kind = kind
        self.layout = kind.layout
        self.hyper = np.zeros(1 + max(self.layout.values()))
        self.update(values)

    def __setitem__(self, name: str, value: Any) -> None:
        if name == "lr" and type(value) is float and value >= 0.0 and name in self.layout and name in self:
            # What schedules do in every step: whatever else the group has, this is a rate.
            forbid_while_recording("param_groups['lr']", "a hyperparameter cannot be set")
            self.hyper[self.layout[name]] = value
            super().__setitem__(name, value)
        else:
            self.update({name: value})

    def _write(self, name: str, value: Any) -> None:
        known = self.get(name)
        if name in self.kind.pairs:
            value = tuple(value)  # a list could be changed behind the buffer
            for each, number in zip(self.kind.pairs[name], value):
                self.hyper[self.layout[each]] = math.nan if number is None else float(number)
        elif name in self.layout:
            self.hyper[self.layout[name]] = float(value)
        super().__setitem__(name, value)
        is_number = name in self.layout or name in self.kind.pairs or name in HINTS
        # Another flag or list of parameters, or a momentum where there was none: launches are no longer the same.
        if (not is_number and known is not value) or (name == "momentum" and (known == 0) != (value == 0)):
            configuration_changed()

    def __ior__(self, values: Any) -> ParameterGroup:  # type: ignore[override,misc]
        self.update(values)
        return self

    def __reduce__(self) -> Any:
        return ParameterGroup, (dict(self), self.kind)

    def update(self, *args: Any, **kwargs: Any) -> None:
        given = dict(*args, **kwargs)
        for name in given:
            forbid_while_recording(f"param_groups[{name!r}]", "a hyperparameter cannot be set")
        values = plain_numbers(self.kind, given)
        if "params" in self and values.get("params", self["params"]) is not self["params"]:
            raise ValueError(f"[{self.kind.__name__}] params of a group cannot be set; use add_param_group for others")
        self.kind._check({**self, **values})
        for name, value in values.items():
            self._write(name, value)

    def setdefault(self, name: str, default: Any = None) -> Any:
        if name not in self:
            self[name] = default
        return self[name]

    def __delitem__(self, name: str) -> None:
        if name == "params" or name in (*self.layout, *self.kind.pairs, *self.kind.switches):
            raise ValueError(f"[{self.kind.__name__}] {name} of a group cannot be removed: a step needs it")
        forbid_while_recording(f"param_groups[{name!r}]", "a hyperparameter cannot be removed")
        super().__delitem__(name)
        configuration_changed()

    def pop(self, name: str, *default: Any) -> Any:
        if name not in self:
            return super().pop(name, *default)
        value = self[name]
        del self[name]
        return value

    def popitem(self) -> tuple[str, Any]:
        name = next(reversed(self))
        return name, self.pop(name)

    def clear(self) -> None:
        raise ValueError(f"[{self.kind.__name__}] a group cannot be cleared: a step needs its hyperparameters")
