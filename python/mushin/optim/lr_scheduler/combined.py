"""Schedules made of schedules."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Mapping, Sequence
from typing import Any

from mushin.optim.lr_scheduler.base import LRScheduler, checked_optimizer
from mushin.optim.lr_scheduler.plateau import ReduceLROnPlateau
from mushin.optim.optimizer import Optimizer


class _Combined(LRScheduler):
    def _take(self, schedulers: Sequence[LRScheduler], optimizer: Optimizer | None) -> None:
        if not schedulers:
            raise ValueError(f"[{self._name}] schedulers must hold at least one, got none")
        for i, each in enumerate(schedulers):
            if not isinstance(each, LRScheduler) or isinstance(each, ReduceLROnPlateau):
                raise TypeError(
                    f"[{self._name}] schedulers[{i}] must be a schedule whose step takes no metric, "
                    f"got {type(each).__name__}"
                )
        self.optimizer = schedulers[0].optimizer if optimizer is None else checked_optimizer(self._name, optimizer)
        for i, each in enumerate(schedulers):
            if each.optimizer is not self.optimizer:
                raise ValueError(f"[{self._name}] schedulers[{i}] must be of the same optimizer as the others")
        self._schedulers = list(schedulers)

    def _set_initial_rates(self) -> None:
        for group in self.optimizer.param_groups:
            group["lr"] = group["initial_lr"]

    def state_dict(self) -> dict[str, Any]:
        return {**super().state_dict(), "_schedulers": [each.state_dict() for each in self._schedulers]}

    def load_state_dict(self, state_dict: Mapping[str, Any]) -> None:
        schedulers = self._schedulers
        states = state_dict.get("_schedulers", ()) if isinstance(state_dict, Mapping) else ()
        if states and len(states) != len(schedulers):
            raise ValueError(f"[{self._name}] state_dict must be of {len(schedulers)} schedulers, got {len(states)}")
        super().load_state_dict(state_dict)
        self._schedulers = schedulers  # and not their states
        for each, state in zip(schedulers, state_dict["_schedulers"]):
            each.load_state_dict(state)


class SequentialLR(_Combined):
    """One schedule after the other, each from its own epoch 0: `LinearLR` before another is a warm-up.

    Args:
        optimizer: that of all schedules.
        schedulers: the schedules.
        milestones: the epochs at which the second, the third, ... begins, in rising order.
        last_epoch: as LRScheduler's.

    Source: torch.optim.lr_scheduler.SequentialLR.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        schedulers: Sequence[LRScheduler],
        milestones: Sequence[int],
        last_epoch: int = -1,
    ) -> None:
        self._take(schedulers, optimizer)
        if len(milestones) != len(schedulers) - 1:
            raise ValueError(
                f"[{self._name}] milestones must be one less than {len(schedulers)} schedulers, got {len(milestones)}"
            )
        if list(milestones) != sorted(milestones):
            raise ValueError(f"[{self._name}] milestones must be in rising order, got {list(milestones)}")
        self._milestones = list(milestones)
        self.last_epoch = last_epoch
        # All have made their first step on the rates; only the one that begins shall have.
        self._set_initial_rates()
        for each in schedulers:
            each._take_back()
        self._begin()

    def _first(self) -> LRScheduler:
        return self._schedulers[bisect_right(self._milestones, 0)]

    def step(self) -> None:  # type: ignore[override]
        """Sets the rates of the next epoch."""
        self.last_epoch += 1
        i = bisect_right(self._milestones, self.last_epoch)
        scheduler = self._schedulers[i]
        if i > 0 and self._milestones[i - 1] == self.last_epoch:
            scheduler._restart()
        else:
            scheduler.step()
        self._last_lr = scheduler.get_last_lr()

    def _begin(self, before: int | None = None) -> None:
        self.last_epoch = (self.last_epoch if before is None else before) + 1
        self._first()._begin(before)
        self._last_lr = self._first().get_last_lr()

    def _take_back(self) -> None:
        self.last_epoch -= 1
        self._first()._take_back()

    def _restart(self) -> None:
        self.last_epoch = 0
        self._first()._restart()
        self._last_lr = self._first().get_last_lr()


class ChainedScheduler(_Combined):
    """All schedules at once: each step makes a step of each, one on the rates of the other.

    As a part of SequentialLR it begins at its own epoch 0, as any schedule does; PyTorch's has by then multiplied the
    rates once by what its parts multiply them in every epoch.

    Args:
        schedulers: schedules that multiply the rate before.
        optimizer: that of all schedules.

    Source: torch.optim.lr_scheduler.ChainedScheduler.
    """

    def __init__(self, schedulers: Sequence[LRScheduler], optimizer: Optimizer | None = None) -> None:
        self._take(schedulers, optimizer)
        self._last_lr = [group["lr"] for group in self.optimizer.param_groups]

    def step(self) -> None:  # type: ignore[override]
        """Sets the rates of the next epoch."""
        for each in self._schedulers:
            each.step()
        self._last_lr = [group["lr"] for group in self.optimizer.param_groups]

    def _begin(self, before: int | None = None) -> None:
        for each in self._schedulers:
            each._begin(before)
        self._last_lr = [group["lr"] for group in self.optimizer.param_groups]

    def _take_back(self) -> None:
        for each in self._schedulers:
            each._take_back()

    def _restart(self) -> None:
        self._set_initial_rates()
        self._begin(-1)
