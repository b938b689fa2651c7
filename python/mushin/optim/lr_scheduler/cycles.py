"""Schedules that move the momentum against the rate."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import Any

from mushin.ops.arrays import number
from mushin.optim.group import ParameterGroup
from mushin.optim.lr_scheduler.base import LRScheduler, checked_optimizer, numbers_for_groups, positive
from mushin.optim.optimizer import Optimizer


class _Cycles(LRScheduler):
    """A schedule that may set a group's momentum, or its first beta, as well."""

    cycle_momentum: bool

    def _prepare_momentum(
        self, base_momentum: Any, max_momentum: Any, last_epoch: int
    ) -> tuple[list[float], list[float]]:
        """Sets the first momentums; returns each group's limits."""
        groups = self.optimizer.param_groups
        if not any(name in group for group in groups for name in ("momentum", "betas")):
            raise ValueError(f"[{self._name}] cycle_momentum needs an optimizer with momentum or betas")
        self.use_beta1 = "betas" in self.optimizer.defaults
        lows = numbers_for_groups(self._name, "base_momentum", self.optimizer, base_momentum)
        highs = numbers_for_groups(self._name, "max_momentum", self.optimizer, max_momentum)
        if last_epoch == -1:
            for group, low, high in zip(groups, lows, highs):
                self._set_momentum(group, high)
                group.update(max_momentum=high, base_momentum=low)
        return lows, highs

    def _set_momentum(self, group: ParameterGroup, value: float) -> None:
        if self.use_beta1:
            group["betas"] = (value, *group["betas"][1:])
        else:
            group["momentum"] = value


class OneCycleLR(_Cycles):
    """One cycle: the rate rises to max_lr and falls below where it began; momentum does the opposite.

    Args:
        optimizer, last_epoch: as LRScheduler's.
        max_lr: largest rate, or one for each group.
        total_steps: steps of the cycle; or epochs times steps_per_epoch. `step` may be called so many times; what the
            last call sets, no step of the optimizer uses.
        epochs, steps_per_epoch: as above.
        pct_start: share of the steps in which the rate rises.
        anneal_strategy: "cos" or "linear".
        cycle_momentum: whether to set momentum, or beta1.
        base_momentum, max_momentum: its limits, for each group if they are lists.
        div_factor: max_lr over the first rate.
        final_div_factor: the first rate over the last.
        three_phase: fall as long as rise, then to the last rate; else fall at once.

    Raises:
        ValueError: neither total_steps nor epochs and steps_per_epoch; values out of range; too many steps.

    Source: Smith and Topin 2017; torch.optim.lr_scheduler.OneCycleLR.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        max_lr: float | list[float],
        total_steps: int | None = None,
        epochs: int | None = None,
        steps_per_epoch: int | None = None,
        pct_start: float = 0.3,
        anneal_strategy: str = "cos",
        cycle_momentum: bool = True,
        base_momentum: float | list[float] = 0.85,
        max_momentum: float | list[float] = 0.95,
        div_factor: float = 25.0,
        final_div_factor: float = 1e4,
        three_phase: bool = False,
        last_epoch: int = -1,
    ) -> None:
        self.optimizer = checked_optimizer(self._name, optimizer)
        if total_steps is None and (epochs is None or steps_per_epoch is None):
            raise ValueError(f"[{self._name}] total_steps must be given, or epochs and steps_per_epoch")
        if total_steps is None:
            total_steps = positive(self._name, "epochs", epochs) * positive(
                self._name, "steps_per_epoch", steps_per_epoch
            )
        self.total_steps = positive(self._name, "total_steps", total_steps)
        if not 0 <= number(self._name, "pct_start", pct_start) <= 1:
            raise ValueError(f"[{self._name}] pct_start must be in [0, 1], got {pct_start}")
        if anneal_strategy not in ("cos", "linear"):
            raise ValueError(f"[{self._name}] anneal_strategy must be 'cos' or 'linear', got {anneal_strategy!r}")
        self._anneal_func_type = anneal_strategy
        self.cycle_momentum = cycle_momentum
        rise, last = pct_start * self.total_steps - 1, self.total_steps - 1
        phases = [(rise, "initial_lr", "max_lr", "max_momentum", "base_momentum")]
        if three_phase:
            phases.append((2 * rise, "max_lr", "initial_lr", "base_momentum", "max_momentum"))
            phases.append((last, "initial_lr", "min_lr", "max_momentum", "max_momentum"))
        else:
            phases.append((last, "max_lr", "min_lr", "base_momentum", "max_momentum"))
        names = ("end_step", "start_lr", "end_lr", "start_momentum", "end_momentum")
        self._schedule_phases: list[dict[str, Any]] = [dict(zip(names, phase)) for phase in phases]
        if last_epoch == -1:
            for group, largest in zip(
                optimizer.param_groups, numbers_for_groups(self._name, "max_lr", optimizer, max_lr)
            ):
                first = largest / div_factor
                group.update(lr=first, initial_lr=first, max_lr=largest, min_lr=first / final_div_factor)
        if cycle_momentum:
            self._prepare_momentum(base_momentum, max_momentum, last_epoch)
        super().__init__(optimizer, last_epoch)

    def _between(self, start: float, end: float, share: float) -> float:
        if self._anneal_func_type == "cos":
            return end + (start - end) / 2.0 * (1 + math.cos(math.pi * share))
        return start + (end - start) * share

    def get_lr(self) -> list[float]:
        self._check_groups()
        if self.last_epoch > self.total_steps:
            raise ValueError(f"[{self._name}] a step must be one of {self.total_steps}, got step {self.last_epoch}")
        return super().get_lr()

    def _rate(self, group: ParameterGroup, base: float) -> float:
        begin = 0.0
        for phase in self._schedule_phases:
            end = phase["end_step"]
            if self.last_epoch <= end or end == self.total_steps - 1:
                share = (self.last_epoch - begin) / (end - begin) if end != begin else 1.0
                if self.cycle_momentum:
                    first, last = group[phase["start_momentum"]], group[phase["end_momentum"]]
                    self._set_momentum(group, self._between(first, last, share))
                return self._between(group[phase["start_lr"]], group[phase["end_lr"]], share)
            begin = end
        raise AssertionError("the last phase ends with the last step")


class CyclicLR(_Cycles):
    """The rate rises and falls on straight lines between base_lr and max_lr; momentum does the opposite.

    Args:
        optimizer, last_epoch: as LRScheduler's.
        base_lr, max_lr: limits of the rate, for each group if they are lists.
        step_size_up, step_size_down: steps of the rise and of the fall; as many if None.
        mode: "triangular"; "triangular2", where each cycle is half as high; "exp_range", where the height is
            gamma^step.
        gamma: as above.
        scale_fn: a function that gives the height, of the cycle's number or of the step; overrides mode.
        scale_mode: "cycle" or "iterations": what scale_fn is a function of.
        cycle_momentum: whether to set momentum, or beta1.
        base_momentum, max_momentum: its limits, for each group if they are lists.

    Source: Smith 2017; torch.optim.lr_scheduler.CyclicLR.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        base_lr: float | list[float],
        max_lr: float | list[float],
        step_size_up: int = 2000,
        step_size_down: int | None = None,
        mode: str = "triangular",
        gamma: float = 1.0,
        scale_fn: Callable[[float], float] | None = None,
        scale_mode: str = "cycle",
        cycle_momentum: bool = True,
        base_momentum: float | list[float] = 0.8,
        max_momentum: float | list[float] = 0.9,
        last_epoch: int = -1,
    ) -> None:
        self.optimizer = checked_optimizer(self._name, optimizer)
        if scale_fn is None and mode not in ("triangular", "triangular2", "exp_range"):
            raise ValueError(f"[{self._name}] mode must be 'triangular', 'triangular2' or 'exp_range', got {mode!r}")
        if scale_mode not in ("cycle", "iterations"):
            raise ValueError(f"[{self._name}] scale_mode must be 'cycle' or 'iterations', got {scale_mode!r}")
        base_lrs = numbers_for_groups(self._name, "base_lr", optimizer, base_lr)
        self.max_lrs = numbers_for_groups(self._name, "max_lr", optimizer, max_lr)
        up = positive(self._name, "step_size_up", step_size_up)
        down = up if step_size_down is None else positive(self._name, "step_size_down", step_size_down)
        self.total_size = float(up + down)
        self.step_ratio = up / self.total_size
        self.mode, self.gamma, self._scale_fn_custom = mode, gamma, scale_fn
        self.scale_mode = scale_mode if scale_fn is not None else "iterations" if mode == "exp_range" else "cycle"
        self.cycle_momentum = cycle_momentum
        if last_epoch == -1:
            for group, rate in zip(optimizer.param_groups, base_lrs):
                group["lr"] = rate
        if cycle_momentum:
            limits = self._prepare_momentum(base_momentum, max_momentum, last_epoch)
            self.base_momentums, self.max_momentums = limits
        super().__init__(optimizer, last_epoch)
        self.base_lrs = base_lrs

    def scale_fn(self, x: float) -> float:
        """A cycle's height, from its number or from the step."""
        if self._scale_fn_custom is not None:
            return float(self._scale_fn_custom(x))
        heights: dict[str, float] = {"triangular": 1.0, "triangular2": 0.5 ** (x - 1), "exp_range": self.gamma**x}
        return heights[self.mode]

    def get_lr(self) -> list[float]:
        self._check_groups()
        cycle = math.floor(1 + self.last_epoch / self.total_size)
        share = 1.0 + self.last_epoch / self.total_size - cycle
        height = share / self.step_ratio if share <= self.step_ratio else (share - 1) / (self.step_ratio - 1)
        height *= self.scale_fn(cycle if self.scale_mode == "cycle" else self.last_epoch)
        if self.cycle_momentum:
            for group, low, high in zip(self.optimizer.param_groups, self.base_momentums, self.max_momentums):
                self._set_momentum(group, high - (high - low) * height)
        return [low + (high - low) * height for low, high in zip(self.base_lrs, self.max_lrs)]
