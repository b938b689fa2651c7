"""What Keras' optimizers are made with: attributes that are checked whenever they are set, and reach the next step."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mushin.autograd import configuration_changed, forbid_while_recording
from mushin.keras.arguments import flag, number, positive_integer
from mushin.keras.optimizers.schedules import LearningRateSchedule

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


class Rate(Number):
    """A learning rate that is not negative, or a schedule: then it is read as the rate of the next step."""

    def __init__(self) -> None:
        super().__init__(lambda x: x >= 0, "must not be negative")

    def __get__(self, optimizer: Any, owner: type) -> Any:
        kept = super().__get__(optimizer, owner)
        return kept(int(optimizer._batches)) if isinstance(kept, LearningRateSchedule) else kept

    def checked(self, optimizer: Any, value: Any) -> Any:
        if isinstance(value, LearningRateSchedule):
            super().checked(optimizer, value(int(optimizer._batches)))
            return value
        if isinstance(optimizer.__dict__.get(self.name), LearningRateSchedule):
            raise TypeError(
                f"[{optimizer.name}] {self.name} must be another schedule, as it was made with one, got {value!r}"
            )
        return super().checked(optimizer, value)


class Changing(Hyperparameter):
    """What decides which launches a step has."""

    def __set__(self, optimizer: Any, value: Any) -> None:
        before = optimizer.__dict__.get(self.name)
        super().__set__(optimizer, value)
        if before != optimizer.__dict__[self.name]:
            configuration_changed()


class Count(Changing):
    """A number of steps from `least` on, or None."""

    def __init__(self, least: int) -> None:
        self.least = least

    def checked(self, optimizer: Any, value: Any) -> int | None:
        if value is None:
            return None
        if positive_integer(optimizer.name, self.name, value) < self.least:
            raise ValueError(f"[{optimizer.name}] {self.name} must be {self.least} or more, got {value}")
        return int(value)


class Flag(Changing):
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
