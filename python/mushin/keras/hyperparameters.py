"""What Keras' optimizers are made with: attributes that are checked whenever they are set, and reach the next step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mushin.autograd import configuration_changed, forbid_while_recording
from mushin.keras.arguments import flag, number

LIMITS = ("clipnorm", "clipvalue", "global_clipnorm")


class Hyperparameter:
    """An attribute of an optimizer. Setting it calls the optimizer's `write_hyperparameters`, which writes numbers to
    the buffers that kernels read, so that they also reach a recorded step."""

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, optimizer: Any, owner: type) -> Any:
        return self if optimizer is None else optimizer.__dict__[self.name]

    def __set__(self, optimizer: Any, value: Any) -> None:
        forbid_while_recording(f"{optimizer.name}.{self.name}", "a hyperparameter cannot be set")
        optimizer.__dict__[self.name] = self.checked(optimizer, value)
        optimizer.write_hyperparameters()

    def checked(self, optimizer: Any, value: Any) -> Any:
        """The value as it is kept; raises if it cannot be."""
        raise NotImplementedError


class Number(Hyperparameter):
    """A number of a range.

    Args:
        allowed: whether a number is in the range.
        rule: what is said of one that is not.
        optional: whether None is allowed.
    """

    def __init__(self, allowed: Callable[[float], bool], rule: str, optional: bool = False) -> None:
        self.allowed, self.rule, self.optional = allowed, rule, optional

    def checked(self, optimizer: Any, value: Any) -> float | None:
        if value is None and self.optional:
            return None
        checked = number(optimizer.name, self.name, value)
        if not self.allowed(checked):
            raise ValueError(f"[{optimizer.name}] {self.name} {self.rule}, got {checked}")
        return checked


class Flag(Hyperparameter):
    """True or false."""

    def checked(self, optimizer: Any, value: Any) -> bool:
        return flag(optimizer.name, self.name, value)


class Limit(Number):
    """What gradients are clipped to, one of LIMITS; None for no clipping."""

    def __init__(self) -> None:
        super().__init__(lambda x: x > 0, "must be above 0", optional=True)

    def __set__(self, optimizer: Any, value: Any) -> None:
        before = optimizer.__dict__.get(self.name)
        super().__set__(optimizer, value)
        if (before is None) != (value is None):
            configuration_changed()  # a step that was recorded before clips in another way

    def checked(self, optimizer: Any, value: Any) -> float | None:
        limit = super().checked(optimizer, value)
        given = [name for name in LIMITS if name == self.name or optimizer.__dict__.get(name) is not None]
        if limit is not None and len(given) > 1:
            raise ValueError(f"[{optimizer.name}] only one way of clipping can be chosen, got {' and '.join(given)}")
        return limit


def from_zero(optional: bool = False) -> Number:
    return Number(lambda x: x >= 0, "must not be negative", optional)


def share_below_one() -> Number:
    return Number(lambda x: 0 <= x < 1, "must be in [0, 1)")
