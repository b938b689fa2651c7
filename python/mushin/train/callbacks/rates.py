"""Callbacks that set the learning rate."""

from __future__ import annotations

from collections.abc import Callable
from inspect import signature
from typing import Any

import numpy as np

from mushin.train.callbacks.base import Callback
from mushin.train.callbacks.monitor import Monitor


def learning_rate_of(optimizer: Any) -> float:
    """The learning rate of a Keras optimizer, or of the first group of one that follows PyTorch."""
    rate = optimizer.learning_rate if hasattr(optimizer, "learning_rate") else optimizer.param_groups[0]["lr"]
    return float(rate)


def set_learning_rate(optimizer: Any, rate: float) -> None:
    if hasattr(optimizer, "learning_rate"):
        optimizer.learning_rate = rate
    else:
        for group in optimizer.param_groups:
            group["lr"] = rate


class LearningRateScheduler(Callback):
    """Sets the learning rate at the beginning of each epoch.

    Args:
        schedule: from the epoch, from 0, and the learning rate to the new one; or from the epoch alone.
        verbose: 1 to print it.

    Raises:
        ValueError: the schedule returns no number.

    Source: keras.callbacks.LearningRateScheduler.
    """

    def __init__(self, schedule: Callable[..., float], verbose: int = 0) -> None:
        if not callable(schedule):
            raise TypeError(f"[LearningRateScheduler] schedule must be a function, got {schedule!r}")
        self.schedule = schedule
        self.verbose = verbose

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        optimizer = self.model.optimizer
        takes_rate = len(signature(self.schedule).parameters) > 1
        rate = self.schedule(epoch, learning_rate_of(optimizer)) if takes_rate else self.schedule(epoch)
        if isinstance(rate, bool) or not isinstance(rate, (float, int, np.floating, np.integer)):
            raise ValueError(f"[LearningRateScheduler] schedule must return a number, got {rate!r}")
        set_learning_rate(optimizer, float(rate))
        if self.verbose:
            print(f"\nEpoch {epoch + 1}: LearningRateScheduler setting learning rate to {rate}.")

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        if logs is not None:
            logs["learning_rate"] = learning_rate_of(self.model.optimizer)


class ReduceLROnPlateau(Monitor):
    """Lowers the learning rate when a quantity has stopped improving.

    Args:
        monitor: its name in the logs of an epoch.
        factor: what the rate is multiplied with, below 1.
        patience: so many epochs without an improvement are waited for.
        verbose: 1 to print a new rate.
        mode: "min", "max", or "auto": "max" if the name has "acc" in it, else "min".
        min_delta: less of a change is no improvement.
        cooldown: epochs after a new rate in which nothing is counted.
        min_lr: the rate stays above.

    Raises:
        ValueError: factor is 1 or more, or another mode.

    Source: keras.callbacks.ReduceLROnPlateau.
    """

    def __init__(
        self,
        monitor: str = "val_loss",
        factor: float = 0.1,
        patience: int = 10,
        verbose: int = 0,
        mode: str = "auto",
        min_delta: float = 1e-4,
        cooldown: int = 0,
        min_lr: float = 0.0,
    ) -> None:
        super().__init__(monitor, mode, min_delta)
        if mode == "auto":
            self._rises = "acc" in monitor
        if factor >= 1.0:
            raise ValueError(f"[ReduceLROnPlateau] factor must be below 1, got {factor}")
        self.factor = factor
        self.patience = patience
        self.verbose = verbose
        self.cooldown = cooldown
        self.min_lr = min_lr
        self.on_train_begin()

    def on_train_begin(self, logs: Any = None) -> None:
        self.cooldown_counter = self.wait = 0
        self.best = -np.inf if self._rises else np.inf

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        if logs is not None:
            logs["learning_rate"] = learning_rate_of(self.model.optimizer)
        current = self.monitored(logs)
        if current is None:
            return
        if self.cooldown_counter > 0:
            self.cooldown_counter -= 1
            self.wait = 0
        if self.is_better(current, self.best):
            self.best, self.wait = current, 0
        elif self.cooldown_counter <= 0:
            self.wait += 1
            if self.wait >= self.patience:
                self._lower(epoch)

    def _lower(self, epoch: int) -> None:
        before = learning_rate_of(self.model.optimizer)
        if before > np.float32(self.min_lr):
            rate = max(before * self.factor, self.min_lr)
            set_learning_rate(self.model.optimizer, rate)
            if self.verbose:
                print(f"\nEpoch {epoch + 1}: ReduceLROnPlateau reducing learning rate to {rate}.")
            self.cooldown_counter = self.cooldown
            self.wait = 0
