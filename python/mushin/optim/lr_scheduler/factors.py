"""Schedules that multiply the rate with a factor of each epoch, so that several can be chained."""

from __future__ import annotations

from bisect import bisect_right
from collections import Counter
from collections.abc import Callable, Iterable
from typing import Any

from mushin.ops.arrays import number
from mushin.optim.group import ParameterGroup
from mushin.optim.lr_scheduler.base import LRScheduler, not_negative, one_for_each_group, positive
from mushin.optim.optimizer import Optimizer


class _Factors(LRScheduler):
    """A schedule that is told by the factor of an epoch, and by the product of all factors up to it."""

    def _factor(self, epoch: int) -> float:
        """The rate in `epoch` over that in the epoch before."""
        raise NotImplementedError

    def _product(self, epoch: int) -> float:
        """The rate in `epoch` over the first."""
        raise NotImplementedError

    def _rate(self, group: ParameterGroup, base: float) -> float:
        return float(group["lr"] * self._factor(self.last_epoch))

    def _rate_at(self, base: float) -> float | None:
        return base * self._product(self.last_epoch)


class ConstantLR(_Factors):
    """The rate times a factor, until epoch total_iters.

    Args:
        optimizer, last_epoch: as LRScheduler's.
        factor: of the first epochs; above 0, at most 1.
        total_iters: how many epochs.

    Source: torch.optim.lr_scheduler.ConstantLR.
    """

    def __init__(
        self, optimizer: Optimizer, factor: float = 1.0 / 3, total_iters: int = 5, last_epoch: int = -1
    ) -> None:
        if not 0 < number(self._name, "factor", factor) <= 1:
            raise ValueError(f"[{self._name}] factor must be above 0 and at most 1, got {factor}")
        self.factor, self.total_iters = factor, total_iters
        super().__init__(optimizer, last_epoch)

    def _factor(self, epoch: int) -> float:
        return self.factor if epoch == 0 else 1 / self.factor if epoch == self.total_iters else 1.0

    def _product(self, epoch: int) -> float:
        return self.factor if epoch < self.total_iters else 1.0


class LinearLR(_Factors):
    """The rate times a factor that changes linearly from start_factor to end_factor: a warm-up.

    Args:
        optimizer, last_epoch: as LRScheduler's.
        start_factor: of epoch 0; above 0, at most 1.
        end_factor: from epoch total_iters on; from 0 to 1.
        total_iters: in how many epochs; with 0 the factor stays start_factor.

    Source: torch.optim.lr_scheduler.LinearLR.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        start_factor: float = 1.0 / 3,
        end_factor: float = 1.0,
        total_iters: int = 5,
        last_epoch: int = -1,
    ) -> None:
        if not 0 < number(self._name, "start_factor", start_factor) <= 1:
            raise ValueError(f"[{self._name}] start_factor must be above 0 and at most 1, got {start_factor}")
        if not 0 <= number(self._name, "end_factor", end_factor) <= 1:
            raise ValueError(f"[{self._name}] end_factor must be in [0, 1], got {end_factor}")
        self.start_factor, self.end_factor = start_factor, end_factor
        self.total_iters = not_negative(self._name, "total_iters", total_iters)
        super().__init__(optimizer, last_epoch)

    def _factor(self, epoch: int) -> float:
        if epoch == 0:
            return self.start_factor
        if self._is_initial or epoch > self.total_iters:
            return 1.0
        change = self.end_factor - self.start_factor
        return 1.0 + change / (self.total_iters * self.start_factor + (epoch - 1) * change)

    def _product(self, epoch: int) -> float:
        share = min(self.total_iters, epoch) / max(1, self.total_iters)
        return self.start_factor + (self.end_factor - self.start_factor) * share


class StepLR(_Factors):
    """The rate times gamma every step_size epochs.

    Args:
        optimizer, last_epoch: as LRScheduler's.
        step_size: how many epochs a rate lasts.
        gamma: factor.

    Source: torch.optim.lr_scheduler.StepLR.
    """

    def __init__(self, optimizer: Optimizer, step_size: int, gamma: float = 0.1, last_epoch: int = -1) -> None:
        self.step_size, self.gamma = positive(self._name, "step_size", step_size), number(self._name, "gamma", gamma)
        super().__init__(optimizer, last_epoch)

    def _factor(self, epoch: int) -> float:
        return self.gamma if epoch > 0 and epoch % self.step_size == 0 else 1.0

    def _product(self, epoch: int) -> float:
        return self.gamma ** (epoch // self.step_size)


class MultiStepLR(_Factors):
    """The rate times gamma at each milestone.

    Args:
        optimizer, last_epoch: as LRScheduler's.
        milestones: epochs; one that is given twice counts twice.
        gamma: factor.

    Source: torch.optim.lr_scheduler.MultiStepLR.
    """

    def __init__(
        self, optimizer: Optimizer, milestones: Iterable[int], gamma: float = 0.1, last_epoch: int = -1
    ) -> None:
        self.milestones, self.gamma = Counter(milestones), number(self._name, "gamma", gamma)
        super().__init__(optimizer, last_epoch)

    def _factor(self, epoch: int) -> float:
        return self.gamma ** self.milestones[epoch]

    def _product(self, epoch: int) -> float:
        return self.gamma ** bisect_right(sorted(self.milestones.elements()), epoch)


class ExponentialLR(_Factors):
    """The rate times gamma every epoch.

    Args:
        optimizer, last_epoch: as LRScheduler's.
        gamma: factor.

    Source: torch.optim.lr_scheduler.ExponentialLR.
    """

    def __init__(self, optimizer: Optimizer, gamma: float, last_epoch: int = -1) -> None:
        self.gamma = number(self._name, "gamma", gamma)
        super().__init__(optimizer, last_epoch)

    def _factor(self, epoch: int) -> float:
        return 1.0 if self._is_initial else self.gamma

    def _product(self, epoch: int) -> float:
        return self.gamma**epoch


class PolynomialLR(_Factors):
    """The rate falls to zero with a power of the epochs that are left: base (1 - epoch / total_iters)^power.

    Args:
        optimizer, last_epoch: as LRScheduler's.
        total_iters: in how many epochs; with 0 the rate stays as it is.
        power: 1 for a line.

    Source: torch.optim.lr_scheduler.PolynomialLR.
    """

    def __init__(self, optimizer: Optimizer, total_iters: int = 5, power: float = 1.0, last_epoch: int = -1) -> None:
        self.total_iters = not_negative(self._name, "total_iters", total_iters)
        self.power = number(self._name, "power", power)
        super().__init__(optimizer, last_epoch)

    def _factor(self, epoch: int) -> float:
        if self._is_initial or epoch > self.total_iters:
            return 1.0
        left, before = 1.0 - epoch / self.total_iters, 1.0 - (epoch - 1) / self.total_iters
        return float((left / before) ** self.power)

    def _product(self, epoch: int) -> float:
        return float((1.0 - min(self.total_iters, epoch) / max(1, self.total_iters)) ** self.power)


class _Functions(LRScheduler):
    """A schedule with a function of the epoch for each group. Functions are not saved, objects' attributes are."""

    def __init__(self, optimizer: Optimizer, lr_lambda: Any, last_epoch: int) -> None:
        self.lr_lambdas = one_for_each_group(self._name, "lr_lambda", optimizer, lr_lambda)
        for each in self.lr_lambdas:
            if not callable(each):
                raise TypeError(f"[{self._name}] lr_lambda must be a function, got {type(each).__name__}")
        super().__init__(optimizer, last_epoch)

    def get_lr(self) -> list[float]:
        self._check_groups()
        groups = zip(self.lr_lambdas, self.optimizer.param_groups, self.base_lrs)
        return [self._value(function, group["lr"], base) for function, group, base in groups]

    def _value(self, function: Callable[[int], float], before: float, base: float) -> float:
        raise NotImplementedError

    def state_dict(self) -> dict[str, Any]:
        attributes = [getattr(each, "__dict__", {}) for each in self.lr_lambdas]
        return {**super().state_dict(), "lr_lambdas": [dict(each) or None for each in attributes]}

    def load_state_dict(self, state_dict: Any) -> None:
        functions = self.lr_lambdas
        super().load_state_dict(state_dict)
        self.lr_lambdas = functions  # and not their attributes
        for function, saved in zip(functions, state_dict["lr_lambdas"]):
            if saved is not None:
                function.__dict__.update(saved)


class LambdaLR(_Functions):
    """The first rate times a function of the epoch.

    Args:
        optimizer, last_epoch: as LRScheduler's.
        lr_lambda: a function of the epoch, or one for each group.

    Source: torch.optim.lr_scheduler.LambdaLR.
    """

    def __init__(self, optimizer: Optimizer, lr_lambda: Any, last_epoch: int = -1) -> None:
        super().__init__(optimizer, lr_lambda, last_epoch)

    def _value(self, function: Callable[[int], float], before: float, base: float) -> float:
        return base * function(self.last_epoch)


class MultiplicativeLR(_Functions):
    """The rate before times a function of the epoch.

    Args:
        optimizer, last_epoch: as LRScheduler's.
        lr_lambda: a function of the epoch, or one for each group.

    Source: torch.optim.lr_scheduler.MultiplicativeLR.
    """

    def __init__(self, optimizer: Optimizer, lr_lambda: Any, last_epoch: int = -1) -> None:
        super().__init__(optimizer, lr_lambda, last_epoch)

    def _value(self, function: Callable[[int], float], before: float, base: float) -> float:
        return before if self._is_initial else before * function(self.last_epoch)
