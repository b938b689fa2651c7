"""Learning rates that depend on the number of steps: `optimizer = Adam(learning_rate=CosineDecay(0.01, 1000))`."""

from __future__ import annotations

import inspect
import math
from collections.abc import Sequence
from typing import Any

from mushin.keras.arguments import Configured, flag, label, number, positive_integer, sequence


class LearningRateSchedule(Configured):
    """Base of all schedules: a function of the number of steps that have been made. A subclass writes `__call__`."""

    name: str | None

    def __call__(self, step: int) -> float:
        """The learning rate of the step after `step` steps."""
        raise NotImplementedError(f"[{type(self).__name__}] a schedule must have a __call__(step)")

    def get_config(self) -> dict[str, Any]:
        """The arguments that it was made with."""
        return {name: getattr(self, name) for name in list(inspect.signature(type(self).__init__).parameters)[1:]}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """A schedule with the arguments that `get_config` gave."""
        return cls(**config)

    def _rate(self, name: str, value: Any) -> float:
        return number(type(self).__name__, name, value)

    def _steps(self, name: str, value: Any) -> int:
        return positive_integer(type(self).__name__, name, value)

    def _flag(self, name: str, value: Any) -> bool:
        return flag(type(self).__name__, name, value)

    def _label(self, name: Any) -> str | None:
        return label(type(self).__name__, name)


class ExponentialDecay(LearningRateSchedule):
    """initial_learning_rate decay_rate^(step / decay_steps).

    Args:
        initial_learning_rate: rate of step 0.
        decay_steps: steps after which the rate is multiplied with decay_rate.
        decay_rate: as above.
        staircase: only whole multiples of decay_steps count.
        name: shown in messages.

    Source: keras.optimizers.schedules.ExponentialDecay.
    """

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: int,
        decay_rate: float,
        staircase: bool = False,
        name: str | None = "ExponentialDecay",
    ) -> None:
        self.initial_learning_rate = self._rate("initial_learning_rate", initial_learning_rate)
        self.decay_steps, self.decay_rate = (
            self._steps("decay_steps", decay_steps),
            self._rate("decay_rate", decay_rate),
        )
        self.staircase, self.name = self._flag("staircase", staircase), self._label(name)

    def __call__(self, step: int) -> float:
        share = step / self.decay_steps
        return self.initial_learning_rate * self.decay_rate ** (math.floor(share) if self.staircase else share)


class InverseTimeDecay(LearningRateSchedule):
    """initial_learning_rate / (1 + decay_rate step / decay_steps).

    Args:
        initial_learning_rate: rate of step 0.
        decay_steps: as above.
        decay_rate: as above.
        staircase: only whole multiples of decay_steps count.
        name: shown in messages.

    Source: keras.optimizers.schedules.InverseTimeDecay.
    """

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: int,
        decay_rate: float,
        staircase: bool = False,
        name: str | None = "InverseTimeDecay",
    ) -> None:
        self.initial_learning_rate = self._rate("initial_learning_rate", initial_learning_rate)
        self.decay_steps, self.decay_rate = (
            self._steps("decay_steps", decay_steps),
            self._rate("decay_rate", decay_rate),
        )
        self.staircase, self.name = self._flag("staircase", staircase), self._label(name)

    def __call__(self, step: int) -> float:
        share = step / self.decay_steps
        return self.initial_learning_rate / (1 + self.decay_rate * (math.floor(share) if self.staircase else share))


class PiecewiseConstantDecay(LearningRateSchedule):
    """values[0] up to step boundaries[0], values[1] up to boundaries[1], ..., the last value from then on.

    Args:
        boundaries: numbers of steps, rising.
        values: rates, one more than boundaries.
        name: shown in messages.

    Source: keras.optimizers.schedules.PiecewiseConstantDecay.
    """

    def __init__(
        self, boundaries: Sequence[float], values: Sequence[float], name: str | None = "PiecewiseConstant"
    ) -> None:
        op = type(self).__name__
        self.boundaries = [number(op, "boundaries", each) for each in sequence(op, "boundaries", boundaries)]
        self.values = [number(op, "values", each) for each in sequence(op, "values", values)]
        self.name = self._label(name)
        if len(self.values) != len(self.boundaries) + 1:
            raise ValueError(
                f"[{op}] values must be one more than {len(self.boundaries)} boundaries, got {len(self.values)}"
            )

    def __call__(self, step: int) -> float:
        return next((value for end, value in zip(self.boundaries, self.values) if step <= end), self.values[-1])


class PolynomialDecay(LearningRateSchedule):
    """(initial_learning_rate - end_learning_rate) (1 - step / decay_steps)^power + end_learning_rate.

    Args:
        initial_learning_rate: rate of step 0.
        decay_steps: steps until the end, where the rate stays.
        end_learning_rate: as above.
        power: 1 for a line.
        cycle: begin anew, each time over a whole multiple of decay_steps, instead of staying at the end.
        name: shown in messages.

    Source: keras.optimizers.schedules.PolynomialDecay.
    """

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: int,
        end_learning_rate: float = 0.0001,
        power: float = 1.0,
        cycle: bool = False,
        name: str | None = "PolynomialDecay",
    ) -> None:
        self.initial_learning_rate = self._rate("initial_learning_rate", initial_learning_rate)
        self.decay_steps = self._steps("decay_steps", decay_steps)
        self.end_learning_rate = self._rate("end_learning_rate", end_learning_rate)
        self.power, self.cycle, self.name = self._rate("power", power), self._flag("cycle", cycle), self._label(name)

    def __call__(self, step: int) -> float:
        steps = self.decay_steps * (max(math.ceil(step / self.decay_steps), 1) if self.cycle else 1)
        left = 1 - min(step, steps) / steps
        return (self.initial_learning_rate - self.end_learning_rate) * float(left**self.power) + self.end_learning_rate


class CosineDecay(LearningRateSchedule):
    """A cosine from the first rate to alpha times it; before that, if asked for, a warm-up on a line.

    Args:
        initial_learning_rate: rate of step 0.
        decay_steps: steps of the cosine.
        alpha: the last rate over that at the cosine's beginning.
        name: shown in messages.
        warmup_target: rate at the end of the warm-up; None for none.
        warmup_steps: steps of the warm-up.

    Source: Loshchilov and Hutter 2017; keras.optimizers.schedules.CosineDecay.
    """

    def __init__(
        self,
        initial_learning_rate: float,
        decay_steps: int,
        alpha: float = 0.0,
        name: str | None = "CosineDecay",
        warmup_target: float | None = None,
        warmup_steps: int = 0,
    ) -> None:
        self.initial_learning_rate = self._rate("initial_learning_rate", initial_learning_rate)
        self.decay_steps, self.alpha = self._steps("decay_steps", decay_steps), self._rate("alpha", alpha)
        self.name = self._label(name)
        self.warmup_target = None if warmup_target is None else self._rate("warmup_target", warmup_target)
        self.warmup_steps = warmup_steps if warmup_steps == 0 else self._steps("warmup_steps", warmup_steps)

    def __call__(self, step: int) -> float:
        first = self.initial_learning_rate if self.warmup_target is None else self.warmup_target
        if self.warmup_target is not None:
            if step < self.warmup_steps:
                share = step / self.warmup_steps
                return self.initial_learning_rate + (self.warmup_target - self.initial_learning_rate) * share
            step -= self.warmup_steps
        share = min(step, self.decay_steps) / self.decay_steps
        return first * ((1 - self.alpha) * 0.5 * (1 + math.cos(math.pi * share)) + self.alpha)


class CosineDecayRestarts(LearningRateSchedule):
    """A cosine from the first rate to alpha times it, again and again: each t_mul times as long, m_mul times as high.

    Args:
        initial_learning_rate: rate of step 0.
        first_decay_steps: steps of the first cosine.
        t_mul: as above.
        m_mul: as above.
        alpha: smallest rate over the first.
        name: shown in messages.

    Source: Loshchilov and Hutter 2017; keras.optimizers.schedules.CosineDecayRestarts.
    """

    def __init__(
        self,
        initial_learning_rate: float,
        first_decay_steps: int,
        t_mul: float = 2.0,
        m_mul: float = 1.0,
        alpha: float = 0.0,
        name: str | None = "SGDRDecay",
    ) -> None:
        self.initial_learning_rate = self._rate("initial_learning_rate", initial_learning_rate)
        self.first_decay_steps = self._steps("first_decay_steps", first_decay_steps)
        self.t_mul, self.m_mul = self._rate("t_mul", t_mul), self._rate("m_mul", m_mul)
        self.alpha, self.name = self._rate("alpha", alpha), self._label(name)
        if self.t_mul < 1:
            raise ValueError(f"[{type(self).__name__}] t_mul must not be below 1, got {t_mul}")

    def __call__(self, step: int) -> float:
        begin, length, height = 0.0, float(self.first_decay_steps), 1.0
        while step >= begin + length:
            begin, length, height = begin + length, length * self.t_mul, height * self.m_mul
        wave = 0.5 * height * (1 + math.cos(math.pi * (step - begin) / length))
        return self.initial_learning_rate * ((1 - self.alpha) * wave + self.alpha)
