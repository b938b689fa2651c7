"""Averages of a model's parameters while it trains, under the names of torch.optim.swa_utils."""

from __future__ import annotations

import copy
import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import numpy as np

from mushin import kernels
from mushin.autograd import NEW, Tensor, no_grad, note_writes
from mushin.nn.module import Module
from mushin.nn.norm import BatchNorm
from mushin.ops.arrays import number
from mushin.optim.lr_scheduler.base import LRScheduler, not_negative, numbers_for_groups
from mushin.optim.optimizer import Optimizer

THE_MEAN = -1.0  # a decay that stands for n / (n + 1)


class _Average:
    """average = decay average + (1 - decay) value, of one tensor or of lists; a launch does it for many at once."""

    def __init__(self, decay: float) -> None:
        self.decay = decay

    def weight(self, n_averaged: Any) -> float:
        """The newest value's."""
        return 1 / (int(n_averaged) + 1) if self.decay == THE_MEAN else 1 - self.decay


class _OfOne(_Average):
    def __call__(self, averaged: Tensor, current: Tensor, n_averaged: Any) -> Tensor:
        return averaged + (current - averaged) * self.weight(n_averaged)


class _OfMany(_Average):
    def __call__(self, averaged: Sequence[Tensor], current: Sequence[Tensor], n_averaged: Any) -> None:
        for average, value in zip(averaged, current):
            average.copy_(average + (value - average) * self.weight(n_averaged))


def get_swa_avg_fn() -> Callable[[Tensor, Tensor, Any], Tensor]:
    """For `avg_fn`: the mean of all parameters so far."""
    return _OfOne(THE_MEAN)


def get_swa_multi_avg_fn() -> Callable[[Sequence[Tensor], Sequence[Tensor], Any], None]:
    """For `multi_avg_fn`: the mean of all parameters so far."""
    return _OfMany(THE_MEAN)


def get_ema_avg_fn(decay: float = 0.999) -> Callable[[Tensor, Tensor, Any], Tensor]:
    """For `avg_fn`: decay average + (1 - decay) parameter.

    Raises:
        ValueError: a decay that is not in [0, 1].
    """
    return _OfOne(_checked_decay("get_ema_avg_fn", decay))


def get_ema_multi_avg_fn(decay: float = 0.999) -> Callable[[Sequence[Tensor], Sequence[Tensor], Any], None]:
    """For `multi_avg_fn`: decay average + (1 - decay) parameter.

    Raises:
        ValueError: a decay that is not in [0, 1].
    """
    return _OfMany(_checked_decay("get_ema_multi_avg_fn", decay))


def _checked_decay(op: str, decay: Any) -> float:
    if not 0 <= number(op, "decay", decay) <= 1:
        raise ValueError(f"[{op}] decay must be in [0, 1], got {decay}")
    return float(decay)


class AveragedModel(Module):
    """A copy of a model whose parameters are averages of the model's: the copy is called, the model is trained.

    The first `update_parameters` copies the parameters. Those of this module are one launch for each dtype, which a
    recorded step repeats; a function of one's own reads how many were averaged, and keeps a step from being recorded.

    Args:
        model: the model.
        device: must be None or "cpu".
        avg_fn: from an average, a parameter and how many were averaged to the new average.
        multi_avg_fn: the same for lists, in place. The mean of all parameters, if neither is given.
        use_buffers: average buffers as well; otherwise, and if they are integers, they are copied.

    Raises:
        TypeError: no module.
        ValueError: both functions; another device.

    Source: Izmailov et al. 2018; torch.optim.swa_utils.AveragedModel.
    """

    n_averaged: Tensor

    def __init__(
        self,
        model: Module,
        device: str | None = None,
        avg_fn: Callable[[Tensor, Tensor, Any], Tensor] | None = None,
        multi_avg_fn: Callable[[Sequence[Tensor], Sequence[Tensor], Any], None] | None = None,
        use_buffers: bool = False,
    ) -> None:
        super().__init__()
        if not isinstance(model, Module):
            raise TypeError(f"[AveragedModel] model must be a Module, got {type(model).__name__}")
        if device not in (None, "cpu"):
            raise ValueError(f"[AveragedModel] device must be 'cpu', got {device!r}")
        if avg_fn is not None and multi_avg_fn is not None:
            raise ValueError("[AveragedModel] only one of avg_fn and multi_avg_fn can be given")
        self.module = copy.deepcopy(model)
        self.register_buffer("n_averaged", Tensor(np.array(0)))
        self.avg_fn, self.multi_avg_fn, self.use_buffers = avg_fn, multi_avg_fn, use_buffers
        own = avg_fn or multi_avg_fn or get_swa_avg_fn()
        self._decay = np.array(own.decay) if isinstance(own, _Average) else None

    def forward(self, *args: Any, **kwargs: Any) -> Any:
        """The copy's outputs."""
        return self.module(*args, **kwargs)

    def update_parameters(self, model: Module) -> None:
        """Takes the model's parameters into the averages."""
        pairs = list(zip(self.module.parameters(), model.parameters()))
        buffers = list(zip(self.module.buffers(), model.buffers()))
        averaged = [pair for pair in buffers if self.use_buffers and pair[0].dtype.kind == "f"]
        with no_grad():
            self._average([*pairs, *averaged])
            for own, theirs in buffers:
                if not any(own is average for average, _ in averaged):
                    own.copy_(theirs)

    def _average(self, pairs: list[tuple[Tensor, Tensor]]) -> None:
        if self._decay is not None:
            self._launch(pairs, self._decay)
            return
        averages, values = [own.detach() for own, _ in pairs], [theirs.detach() for _, theirs in pairs]
        count = int(self.n_averaged.item())
        if count == 0:
            for average, value in zip(averages, values):
                average.copy_(value)
        elif self.multi_avg_fn is not None:
            self.multi_avg_fn(averages, values, self.n_averaged)
        elif self.avg_fn is not None:
            for average, value in zip(averages, values):
                average.copy_(self.avg_fn(average, value, self.n_averaged))
        self.n_averaged.fill_(count + 1)

    def _launch(self, pairs: list[tuple[Tensor, Tensor]], decay: np.ndarray) -> None:
        """One launch for each dtype; the last counts."""
        if not pairs:
            self.n_averaged.add_(1)
            return
        count = self.n_averaged.array
        dtypes = list(dict.fromkeys(own.dtype for own, _ in pairs))
        for dtype in dtypes:
            same = [(own.array, theirs.array) for own, theirs in pairs if own.dtype == dtype]
            counted = count if dtype == dtypes[-1] else kernels.copy(NEW, count)
            kernels.running_average([own for own, _ in same], counted, [theirs for _, theirs in same], decay)
        note_writes([self.n_averaged, *(own for own, _ in pairs)])


def update_bn(loader: Iterable[Any], model: Module, device: str | None = None) -> None:
    """Makes the running statistics of all batch norms the means over a loader's batches, with which the model is called
    in training; then every module is in the mode of the model before.

    Args:
        loader: of batches that the model is called with; of a list or tuple the first element.
        model: that is called.
        device: must be None or "cpu".

    Raises:
        ValueError: another device.

    Source: torch.optim.swa_utils.update_bn.
    """
    if device not in (None, "cpu"):
        raise ValueError(f"[update_bn] device must be 'cpu', got {device!r}")
    momenta = {module: module.momentum for module in model.modules() if isinstance(module, BatchNorm)}
    if not momenta:
        return
    was_training = model.training
    try:
        model.train()
        for norm in momenta:
            norm.reset_running_stats()
            norm.momentum = None
        with no_grad():
            for batch in loader:
                model(batch[0] if isinstance(batch, (list, tuple)) else batch)
    finally:
        for norm, momentum in momenta.items():
            norm.momentum = momentum
        model.train(was_training)


class SWALR(LRScheduler):
    """The rate goes from where it is to swa_lr, and stays there.

    Args:
        optimizer, last_epoch: as LRScheduler's.
        swa_lr: the last rate, or one for each group.
        anneal_epochs: in how many steps; 0 for at once.
        anneal_strategy: "cos" or "linear".

    Source: torch.optim.swa_utils.SWALR.
    """

    def __init__(
        self,
        optimizer: Optimizer,
        swa_lr: float | list[float],
        anneal_epochs: int = 10,
        anneal_strategy: str = "cos",
        last_epoch: int = -1,
    ) -> None:
        if anneal_strategy not in ("cos", "linear"):
            raise ValueError(f"[SWALR] anneal_strategy must be 'cos' or 'linear', got {anneal_strategy!r}")
        for group, rate in zip(optimizer.param_groups, numbers_for_groups("SWALR", "swa_lr", optimizer, swa_lr)):
            group["swa_lr"] = rate
        self.anneal_epochs = not_negative("SWALR", "anneal_epochs", anneal_epochs)
        self._anneal_strategy = anneal_strategy
        super().__init__(optimizer, last_epoch)

    def _share(self, step: int) -> float:
        """How much of the rate is swa_lr after so many steps."""
        share = max(0.0, min(1.0, step / max(1, self.anneal_epochs)))
        return share if self._anneal_strategy == "linear" else (1 - math.cos(math.pi * share)) / 2

    def get_lr(self) -> list[float]:
        self._check_groups()
        step = self._step_count - 1
        step = max(1, step) if self.anneal_epochs == 0 else step
        before, now = self._share(step - 1), self._share(step)
        rates = []
        for group in self.optimizer.param_groups:
            first = group["swa_lr"] if before == 1 else (group["lr"] - before * group["swa_lr"]) / (1 - before)
            rates.append(group["swa_lr"] * now + first * (1 - now))
        return rates
