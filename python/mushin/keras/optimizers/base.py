"""What all of Keras' optimizers share: hyperparameters, clipping, accumulated gradients, averages of the weights."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any, ClassVar

import numpy as np

from mushin import kernels, optim
from mushin.autograd import RecordingError, Switch, Tensor, note_gradient_written, note_writes
from mushin.keras.arguments import Configured, label, snake_case
from mushin.keras.optimizers.hyperparameters import LIMITS, Count, Flag, Hyperparameter, Limit, Number, Rate, from_zero
from mushin.ops.clip_gradients import clip_norm, gradients_of, of_one_dtype
from mushin.optim.segments import flat_like


class Optimizer(Configured):
    """Base of all optimizers. What it was made with may be changed at any time, but for its name.

    Args:
        learning_rate: step size, or a schedule, a function of the number of steps.
        weight_decay: share of every weight, in units of the learning rate, that each step takes; None for none.
        clipnorm: clip each gradient to this norm.
        clipvalue: clip each element of the gradients to [-clipvalue, clipvalue].
        global_clipnorm: clip the norm of all gradients together.
        use_ema: keep a running average of the weights, which `fit` leaves in their place.
        ema_momentum: share of the average that each step keeps.
        ema_overwrite_frequency: after so many steps each the average takes the weights' place; None for never.
        loss_scale_factor: must be None: losses are not scaled.
        gradient_accumulation_steps: update the weights after so many steps each, by the mean of their gradients.
        name: shown in messages.

    A subclass sets `body_kind`, the optimizer of `mushin.optim` whose launch it is, and `body_names`, what that calls
    its hyperparameters.
    """

    learning_rate = Rate()
    weight_decay = from_zero(optional=True)
    clipnorm = Limit()
    clipvalue = Limit()
    global_clipnorm = Limit()
    use_ema = Flag()
    ema_momentum = Number(lambda x: 0 <= x <= 1, "must be in [0, 1]")
    ema_overwrite_frequency = Count(1)
    gradient_accumulation_steps = Count(2)

    body_kind: ClassVar[type[optim.Optimizer]]
    body_names: ClassVar[dict[str, str]] = {}

    def __init__(
        self,
        learning_rate: Any = 0.001,
        weight_decay: float | None = None,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
        use_ema: bool = False,
        ema_momentum: float = 0.99,
        ema_overwrite_frequency: int | None = None,
        loss_scale_factor: None = None,
        gradient_accumulation_steps: int | None = None,
        name: str | None = None,
    ) -> None:
        kind = snake_case(type(self).__name__)
        self.name = label(kind, name) or kind
        if loss_scale_factor is not None:
            raise ValueError(f"[{self.name}] loss_scale_factor must be None: losses are not scaled")
        self._body: optim.Optimizer | None = None
        self._limit = np.array(np.inf)
        self._batches = np.array(0.0)  # whose gradients have come; counted by a kernel, so that replays are, too
        self._begun = -1  # the batch that the values below belong to
        self._is_settled = False  # they belong to all batches, until a hyperparameter is set
        self._phase = {"first": True, "update": True, "overwrite": False}  # of a batch among those that accumulate
        self._switches = {name: Switch() for name in self._phase}
        self._factor = np.array(1.0)  # of accumulated gradients
        self._averages: list[np.ndarray] = []
        self._averaged = np.array(0)
        self._kept = np.array(0.0)  # the share of the averages that this step keeps
        self.learning_rate, self.weight_decay = learning_rate, weight_decay
        self.clipnorm, self.clipvalue, self.global_clipnorm = clipnorm, clipvalue, global_clipnorm
        self.use_ema, self.ema_momentum = use_ema, ema_momentum
        self.ema_overwrite_frequency = ema_overwrite_frequency
        self.gradient_accumulation_steps = gradient_accumulation_steps

    def __setattr__(self, name: str, value: Any) -> None:
        """Refuses what no step would read, such as `optimizer.lr`."""
        if name != "name" and not name.startswith("_") and not hasattr(type(self), name):
            known = [each for each in dir(type(self)) if isinstance(getattr(type(self), each), Hyperparameter)]
            raise AttributeError(f"[{self.name}] unknown attribute {name!r}; there are {', '.join(known)}")
        super().__setattr__(name, value)

    def get_config(self) -> dict[str, Any]:
        """The hyperparameters as they are now, and the name; a schedule as its own configuration."""
        from mushin.keras.serialization import serialize

        names = [name for name in dir(type(self)) if isinstance(getattr(type(self), name), Hyperparameter)]
        return {"name": self.name, **{name: serialize(self.name, self.__dict__[name]) for name in names}}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """An optimizer with the hyperparameters that `get_config` gave; it is bound to no parameters."""
        from mushin.keras.serialization import deserialize

        return cls(**{name: deserialize(value) for name, value in config.items()})

    # --- the body

    @property
    def built(self) -> bool:
        """Whether it has been bound to parameters."""
        return self._body is not None

    def build(self, parameters: Iterable[Tensor]) -> None:
        """Binds the optimizer to the parameters it is to update. Those that it has updated before keep their states.

        Raises:
            ValueError: no parameters, or none of those it has updated before.
        """
        given = list(parameters)
        if not given:
            raise ValueError(f"[{self.name}] parameters must hold at least one parameter, got none")
        if self._body is None:
            self._body = self._make(given)
            return
        known = {id(p) for p in _parameters_of(self._body)}
        new = [p for p in given if id(p) not in known]
        if len(new) == len(given):
            raise ValueError(f"[{self.name}] the optimizer updates another model's parameters: make one for each")
        if new:
            self._body.add_param_group({"params": new, **self._body_options()})

    def _make(self, parameters: list[Tensor]) -> optim.Optimizer:
        return self.body_kind(parameters, **self._body_options())

    def _body_options(self) -> dict[str, Any]:
        """The hyperparameters under the body's names."""
        own = {theirs: getattr(self, ours) for ours, theirs in self.body_names.items()}
        return {"lr": self.learning_rate, "weight_decay": self.weight_decay or 0.0, **own}

    def write_hyperparameters(self) -> None:
        """Writes all hyperparameters to the buffers that kernels read."""
        limits = [self.__dict__[name] for name in LIMITS if self.__dict__.get(name) is not None]
        self._limit[...] = limits[0] if limits else np.inf
        self._begun, self._is_settled = -1, False
        if self._body is not None:
            for group in self._body.param_groups:
                group.update(self._body_options())

    @property
    def body(self) -> optim.Optimizer:
        if self._body is None:
            raise ValueError(f"[{self.name}] the optimizer is not bound to parameters yet; call build(parameters)")
        return self._body

    # --- steps

    @property
    def iterations(self) -> int:
        """How many times the weights have been updated."""
        return int(self._batches) // (self.gradient_accumulation_steps or 1)

    @property
    def batches(self) -> int:
        """Of how many batches gradients have come, which is what schedules count."""
        return int(self._batches)

    @batches.setter
    def batches(self, count: int) -> None:
        if count < 0:
            raise ValueError(f"[{self.name}] batches must not be negative, got {count}")
        self._batches[...] = count

    def begin_step(self) -> None:
        """Writes what changes from step to step to where kernels read it: the rate of a schedule, and what is to be
        done with the gradients. The training loop calls it before each step, outside of what is recorded; a step that
        nothing is recorded of does so itself."""
        if self._is_settled:
            return
        batch = int(self._batches)
        if batch == self._begun:
            return
        steps, frequency = self.gradient_accumulation_steps or 1, self.ema_overwrite_frequency
        if callable(self.__dict__["learning_rate"]) and self._body is not None:
            for group in self._body.param_groups:
                group["lr"] = self.learning_rate
        self._factor[...] = 1 / steps
        self._kept[...] = 0.0 if self.iterations == 0 else self.ema_momentum
        self._set_phase("first", batch % steps == 0)
        self._set_phase("update", (batch + 1) % steps == 0)
        self._set_phase("overwrite", frequency is not None and (self.iterations + 1) % frequency == 0)
        self._begun, self._is_settled = batch, not self._changes_by_step()

    def _set_phase(self, name: str, value: bool) -> None:
        if self._phase[name] != value:
            self._phase[name] = value
            self._switches[name].flip()

    def _begin_if_needed(self) -> None:
        if not kernels.recording():
            self.begin_step()
        elif self._changes_by_step() and self._begun != int(self._batches):
            raise RecordingError(f"[{self.name}] begin_step() must be called before a step that is recorded")

    def _changes_by_step(self) -> bool:
        return callable(self.__dict__["learning_rate"]) or self.use_ema or self.gradient_accumulation_steps is not None

    def zero_grad(self) -> None:
        """Forgets all gradients, unless more are to be added to them before the next update."""
        self._begin_if_needed()
        if self._phase["first"]:
            self.body.zero_grad()

    def step(self) -> None:
        """Clips the gradients and updates the parameters; or does nothing, if more gradients are to come first."""
        parameters = _parameters_of(self.body)
        self._begin_if_needed()
        if self._phase["update"]:
            self._change(parameters)
            self.body.step()
        if self.use_ema:
            self._average(parameters)
        kernels.fill((self._batches,), 1.0)

    def _change(self, parameters: list[Tensor]) -> None:
        """Makes of the gradients what the body takes."""
        limits = (self.clipnorm, self.global_clipnorm, self.clipvalue)
        if self.gradient_accumulation_steps is None and all(limit is None for limit in limits):
            return
        gradients = gradients_of(parameters)
        if not gradients:
            return
        if self.gradient_accumulation_steps is not None:
            for arrays in of_one_dtype(gradients):
                kernels.scale(arrays, self._factor)
        if self.clipnorm is not None or self.global_clipnorm is not None:
            clip_norm(gradients, self._limit, epsilon=0.0, together=self.global_clipnorm is not None)
        elif self.clipvalue is not None:
            for arrays in of_one_dtype(gradients):
                kernels.clip_by_value(arrays, self._limit)
        for parameter in parameters:
            note_gradient_written(parameter)

    # --- averages of the weights

    def _average(self, parameters: list[Tensor]) -> None:
        missing = parameters[len(self._averages) :]
        for average, parameter in zip(flat_like(missing), missing):
            self._averages.append(kernels.copy(average, parameter.array))
        for dtype in {p.array.dtype for p in parameters}:
            same = [(a, p.array) for a, p in zip(self._averages, parameters) if p.array.dtype == dtype]
            kernels.running_average([a for a, _ in same], self._averaged, [value for _, value in same], self._kept)
        if self._phase["overwrite"]:
            self._take_averages(parameters)

    def _take_averages(self, parameters: list[Tensor]) -> None:
        for average, parameter in zip(self._averages, parameters):
            kernels.copy(parameter.array, average)
        note_writes(parameters)

    def finalize_variable_values(self) -> None:
        """Puts the averages in the weights' place, if there are any; `fit` does so when it ends."""
        if self.use_ema and self._body is not None:
            self._take_averages(_parameters_of(self._body))


def _parameters_of(body: optim.Optimizer) -> list[Tensor]:
    return [p for group in body.param_groups for p in group["params"]]
