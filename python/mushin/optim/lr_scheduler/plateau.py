"""A schedule that looks at what training achieves."""

from __future__ import annotations

import math
from typing import Any

from mushin.ops.arrays import number
from mushin.optim.lr_scheduler.base import LRScheduler, checked_optimizer, numbers_for_groups
from mushin.optim.optimizer import Optimizer


class ReduceLROnPlateau(LRScheduler):
    """The rate times a factor whenever a metric has not improved for more than `patience` epochs.

    Args:
        optimizer: whose rates are set.
        mode: "min" or "max": which way is better.
        factor: of the new rate; below 1.
        patience: epochs without improvement that are borne.
        threshold: what an improvement must at least be.
        threshold_mode: "rel", as a share of the best value, or "abs".
        cooldown: epochs after a new rate in which nothing counts.
        min_lr: smallest rate, or one for each group.
        eps: smallest change of a rate; others are not made.

    Source: torch.optim.lr_scheduler.ReduceLROnPlateau.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        mode: str = "min",
        factor: float = 0.1,
        patience: int = 10,
        threshold: float = 1e-4,
        threshold_mode: str = "rel",
        cooldown: int = 0,
        min_lr: float | list[float] = 0.0,
        eps: float = 1e-8,
    ) -> None:
        self.optimizer = checked_optimizer(self._name, optimizer)
        if mode not in ("min", "max"):
            raise ValueError(f"[{self._name}] mode must be 'min' or 'max', got {mode!r}")
        if threshold_mode not in ("rel", "abs"):
            raise ValueError(f"[{self._name}] threshold_mode must be 'rel' or 'abs', got {threshold_mode!r}")
        if not number(self._name, "factor", factor) < 1:
            raise ValueError(f"[{self._name}] factor must be below 1, got {factor}")
        self.mode, self.threshold, self.threshold_mode = mode, threshold, threshold_mode
        self.factor, self.patience, self.cooldown, self.eps = factor, patience, cooldown, eps
        self.min_lrs = numbers_for_groups(self._name, "min_lr", optimizer, min_lr)
        self.default_min_lr = None if isinstance(min_lr, (list, tuple)) else min_lr
        self.last_epoch = 0
        self.mode_worse = math.inf if mode == "min" else -math.inf
        self.best = self.mode_worse
        self.cooldown_counter = self.num_bad_epochs = 0
        self._last_lr = [group["lr"] for group in optimizer.param_groups]

    def step(self, metrics: Any, epoch: int | None = None) -> None:  # type: ignore[override]
        """Counts an epoch that ended with this value, a number or a tensor without axes."""
        current = float(metrics)
        self.last_epoch = self.last_epoch + 1 if epoch is None else epoch
        if self._is_better(current):
            self.best, self.num_bad_epochs = current, 0
        else:
            self.num_bad_epochs += 1
        if self.in_cooldown:
            self.cooldown_counter -= 1
            self.num_bad_epochs = 0
        if self.num_bad_epochs > self.patience:
            self._reduce()
            self.cooldown_counter, self.num_bad_epochs = self.cooldown, 0
        self._last_lr = [group["lr"] for group in self.optimizer.param_groups]

    def _reduce(self) -> None:
        groups = self.optimizer.param_groups
        if len(self.min_lrs) != len(groups):  # some were added after the schedule was made
            given = self.min_lrs if self.default_min_lr is None else self.default_min_lr
            self.min_lrs = numbers_for_groups(self._name, "min_lr", self.optimizer, given)
        for group, smallest in zip(groups, self.min_lrs):
            rate = max(group["lr"] * self.factor, smallest)
            if group["lr"] - rate > self.eps:
                group["lr"] = rate

    @property
    def in_cooldown(self) -> bool:
        return self.cooldown_counter > 0

    def _is_better(self, value: float) -> bool:
        sign = 1 if self.mode == "max" else -1
        if self.threshold_mode == "abs":
            return sign * value > sign * self.best + self.threshold
        return sign * value > sign * self.best * (1 + sign * self.threshold)
