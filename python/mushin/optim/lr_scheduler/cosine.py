"""Schedules that follow a cosine from the first rate to the smallest."""

from __future__ import annotations

import math

from mushin.ops.arrays import number
from mushin.optim.group import ParameterGroup
from mushin.optim.lr_scheduler.base import LRScheduler, positive
from mushin.optim.optimizer import Optimizer


class CosineAnnealingLR(LRScheduler):
    """A cosine from the first rate to eta_min in T_max epochs, and back again.

        eta_min + (base - eta_min) (1 + cos(pi epoch / T_max)) / 2

    Args:
        optimizer, last_epoch: as LRScheduler's.
        T_max: epochs of half a period.
        eta_min: smallest rate.

    Source: Loshchilov and Hutter 2017; torch.optim.lr_scheduler.CosineAnnealingLR.
    """

    def __init__(self, optimizer: Optimizer, T_max: int, eta_min: float = 0.0, last_epoch: int = -1) -> None:  # noqa: N803
        self.T_max, self.eta_min = positive(self._name, "T_max", T_max), number(self._name, "eta_min", eta_min)
        super().__init__(optimizer, last_epoch)

    def _rate(self, group: ParameterGroup, base: float) -> float:
        """From the rate before, so that schedules can be chained."""
        if self._is_initial:
            return float(group["lr"])
        if (self.last_epoch - 1 - self.T_max) % (2 * self.T_max) == 0:  # the rate before is the smallest
            return float(group["lr"] + (base - self.eta_min) * (1 - math.cos(math.pi / self.T_max)) / 2)
        before = 1 + math.cos(math.pi * (self.last_epoch - 1) / self.T_max)
        factor = (1 + math.cos(math.pi * self.last_epoch / self.T_max)) / before
        return float(factor * (group["lr"] - self.eta_min) + self.eta_min)

    def _rate_at(self, base: float) -> float | None:
        return self.eta_min + (base - self.eta_min) * (1 + math.cos(math.pi * self.last_epoch / self.T_max)) / 2


class CosineAnnealingWarmRestarts(LRScheduler):
    """A cosine from the first rate to eta_min, then anew from the first rate: over T_0 epochs, T_0 T_mult, ...

    Args:
        optimizer, last_epoch: as LRScheduler's.
        T_0: epochs of the first period.
        T_mult: how many times as long the next one is.
        eta_min: smallest rate.

    Source: Loshchilov and Hutter 2017; torch.optim.lr_scheduler.CosineAnnealingWarmRestarts.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        T_0: int,  # noqa: N803
        T_mult: int = 1,  # noqa: N803
        eta_min: float = 0.0,
        last_epoch: int = -1,
    ) -> None:
        self.T_0 = self.T_i = positive(self._name, "T_0", T_0)
        self.T_mult = positive(self._name, "T_mult", T_mult)
        self.eta_min = number(self._name, "eta_min", eta_min)
        self.T_cur: float = last_epoch
        super().__init__(optimizer, last_epoch)

    def _rate(self, group: ParameterGroup, base: float) -> float:
        return self.eta_min + (base - self.eta_min) * (1 + math.cos(math.pi * self.T_cur / self.T_i)) / 2

    def step(self, epoch: float | None = None) -> None:
        """Sets the rates of the next epoch, or of `epoch`, which may be a fraction."""
        if epoch is None and self.last_epoch >= 0:
            epoch = self.last_epoch + 1
            self.T_cur += 1
            if self.T_cur >= self.T_i:
                self.T_cur, self.T_i = self.T_cur % self.T_i, self.T_i * self.T_mult
        else:
            epoch = 0 if epoch is None else epoch
            if epoch < 0:
                raise ValueError(f"[{self._name}] epoch must not be negative, got {epoch}")
            self.T_cur, self.T_i = epoch, self.T_0
            while self.T_cur >= self.T_i:
                self.T_cur, self.T_i = self.T_cur - self.T_i, self.T_i * self.T_mult
        self.last_epoch = math.floor(epoch)
        self._set(self.get_lr())

    def _go_to(self, epoch: int | None) -> None:
        self.step(epoch)
