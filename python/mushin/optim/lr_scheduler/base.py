"""What all schedules share: counting, rates of groups, states that are saved and loaded."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mushin.ops.arrays import number
from mushin.optim.group import ParameterGroup
from mushin.optim.optimizer import Optimizer


class LRScheduler:
    """Base of all schedules. Making one is its step to epoch 0, or to `last_epoch + 1`.

    Args:
        optimizer: whose groups' `lr` is set; a group's `initial_lr` is what the schedule begins with, its `lr`
            unless another schedule has set it before.
        last_epoch: how many steps have been made before; -1 for a new schedule. Others need groups with `initial_lr`,
            as a loaded optimizer has.

    A subclass writes `_rate`; where it depends on the rate before, `_rate_at` as well.

    Raises:
        TypeError: something else than an optimizer.
        ValueError: last_epoch is not -1, and a group has no initial_lr.

    Source: torch.optim.lr_scheduler.LRScheduler.
    """

    def __init__(self, optimizer: Optimizer, last_epoch: int = -1) -> None:
        self.optimizer = checked_optimizer(self._name, optimizer)
        for i, group in enumerate(optimizer.param_groups):
            if last_epoch == -1:
                group.setdefault("initial_lr", group["lr"])
            elif "initial_lr" not in group:
                raise ValueError(f"[{self._name}] param_groups[{i}] must have initial_lr for last_epoch {last_epoch}")
        self.base_lrs = [group["initial_lr"] for group in optimizer.param_groups]
        self.last_epoch = last_epoch
        self._begin()

    @property
    def _name(self) -> str:
        return type(self).__name__

    def _begin(self, before: int | None = None) -> None:
        """The step to the first epoch: the one behind `before`, or behind `last_epoch`."""
        self.last_epoch = self.last_epoch if before is None else before
        self._step_count = 0
        self._is_initial = True
        self.step()
        self._is_initial = False

    def _take_back(self) -> None:
        """Undoes the count of the step to the first epoch."""
        self.last_epoch -= 1

    def _restart(self) -> None:
        """Goes to epoch 0, wherever the rates are."""
        self._go_to(0)

    def _rate(self, group: ParameterGroup, base: float) -> float:
        """A group's rate in `last_epoch`; `group["lr"]` is its rate before, `base` its first."""
        raise NotImplementedError

    def _rate_at(self, base: float) -> float | None:
        """A group's rate in `last_epoch` from its first alone; None if `_rate` is that already."""
        return None

    def get_lr(self) -> list[float]:
        """The rates that a step to `last_epoch` sets."""
        for group in self.optimizer.param_groups[len(self.base_lrs) :]:  # was added after the schedule was made
            self.base_lrs.append(group.setdefault("initial_lr", group["lr"]))
        return [self._rate(group, base) for group, base in zip(self.optimizer.param_groups, self.base_lrs)]

    def _check_groups(self) -> None:
        """Raises ValueError for groups that the schedule has no numbers of."""
        made, groups = len(self.base_lrs), len(self.optimizer.param_groups)
        if made != groups:
            raise ValueError(f"[{self._name}] optimizer must have {made} groups as it had at first, got {groups}")

    def get_last_lr(self) -> list[float]:
        """The rates that the last step has set."""
        return self._last_lr

    def step(self, epoch: int | None = None) -> None:
        """Sets the rates of the next epoch, or of `epoch`."""
        self._step_count += 1
        self._go_to(epoch)

    def _go_to(self, epoch: int | None) -> None:
        self.last_epoch = self.last_epoch + 1 if epoch is None else epoch
        rates = self.get_lr()
        if epoch is not None:
            closed = [self._rate_at(base) for base in self.base_lrs]
            rates = [rate if other is None else other for rate, other in zip(rates, closed)]
        self._set(rates)

    def _set(self, rates: list[float]) -> None:
        for group, rate in zip(self.optimizer.param_groups, rates):
            group["lr"] = rate
        self._last_lr = [group["lr"] for group in self.optimizer.param_groups]

    def _saved(self) -> dict[str, Any]:
        """The attributes that a state has."""
        return {name: value for name, value in self.__dict__.items() if name not in ("optimizer", "_schedulers")}

    def state_dict(self) -> dict[str, Any]:
        """Everything but the optimizer. Functions are not saved."""
        return {name: value for name, value in self._saved().items() if not callable(value)}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        """Takes over what `state_dict` gave. The optimizer's rates come with the optimizer's own state.

        Raises:
            TypeError: no dict.
            ValueError: another schedule's state.
        """
        if not isinstance(state_dict, Mapping):
            raise TypeError(f"[{self._name}] state_dict must be a dict, got {type(state_dict).__name__}")
        known = self.state_dict()
        if missing := [name for name in known if name not in state_dict]:
            raise ValueError(f"[{self._name}] state_dict is another schedule's: it lacks {', '.join(missing)}")
        self.__dict__.update({name: state_dict[name] for name in known})


def checked_optimizer(name: str, optimizer: Any) -> Optimizer:
    if not isinstance(optimizer, Optimizer):
        raise TypeError(f"[{name}] optimizer must be an Optimizer, got {type(optimizer).__name__}")
    return optimizer


def positive(name: str, argument: str, value: Any) -> int:
    """An integer above 0."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 1:
        raise ValueError(f"[{name}] {argument} must be a positive integer, got {value!r}")
    return value


def not_negative(name: str, argument: str, value: Any) -> int:
    """An integer from 0 on."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError(f"[{name}] {argument} must be an integer from 0 on, got {value!r}")
    return value


def one_for_each_group(name: str, argument: str, optimizer: Optimizer, value: Any) -> list[Any]:
    """A list with a value for each group, from such a list or one value for all."""
    groups = len(checked_optimizer(name, optimizer).param_groups)
    if not isinstance(value, (list, tuple)):
        return [value] * groups
    if len(value) != groups:
        raise ValueError(f"[{name}] {argument} must have one value for each of {groups} groups, got {len(value)}")
    return list(value)


def numbers_for_groups(name: str, argument: str, optimizer: Optimizer, value: Any) -> list[float]:
    return [number(name, argument, each) for each in one_for_each_group(name, argument, optimizer, value)]
