"""Keras' optimizers: names, defaults and conventions are Keras', the launches are `mushin.optim`'s."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from mushin import kernels, optim
from mushin.autograd import Tensor, note_gradient_written
from mushin.keras.arguments import Configured, label
from mushin.keras.hyperparameters import LIMITS, Flag, Hyperparameter, Limit, Number, from_zero, share_below_one
from mushin.ops.clip_gradients import clip_norm, gradients_of


class _SGDBody(optim.SGD):
    keras_convention = True


class _AdamBody(optim.AdamW):
    keras_convention = True


class Optimizer(Configured):
    """Base of all optimizers. What it was made with may be changed at any time, but for its name.

    Args:
        learning_rate: step size.
        weight_decay: share of every weight, in units of the learning rate, that each step takes; None for none.
        clipnorm: clip each gradient to this norm.
        clipvalue: clip each element of the gradients to [-clipvalue, clipvalue].
        global_clipnorm: clip the norm of all gradients together.
        name: shown in messages.
    """

    learning_rate = from_zero()
    weight_decay = from_zero(optional=True)
    clipnorm = Limit()
    clipvalue = Limit()
    global_clipnorm = Limit()

    def __init__(
        self,
        learning_rate: float,
        weight_decay: float | None,
        clipnorm: float | None,
        clipvalue: float | None,
        global_clipnorm: float | None,
        name: str | None,
    ) -> None:
        kind = type(self).__name__.lower()
        self.name = label(kind, name) or kind
        self._body: optim.Optimizer | None = None
        self._limit = np.array(np.inf)
        self.learning_rate, self.weight_decay = learning_rate, weight_decay
        self.clipnorm, self.clipvalue, self.global_clipnorm = clipnorm, clipvalue, global_clipnorm

    def __setattr__(self, name: str, value: Any) -> None:
        """Refuses what no step would read, such as `optimizer.lr`."""
        if name != "name" and not name.startswith("_") and not hasattr(type(self), name):
            known = [each for each in dir(type(self)) if isinstance(getattr(type(self), each), Hyperparameter)]
            raise AttributeError(f"[{self.name}] unknown attribute {name!r}; there are {', '.join(known)}")
        super().__setattr__(name, value)

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
        raise NotImplementedError

    def _body_options(self) -> dict[str, Any]:
        """The hyperparameters under the body's names."""
        return {"lr": self.learning_rate, "weight_decay": self.weight_decay or 0.0}

    def write_hyperparameters(self) -> None:
        """Writes all hyperparameters to the buffers that kernels read."""
        limits = [self.__dict__[name] for name in LIMITS if self.__dict__.get(name) is not None]
        self._limit[...] = limits[0] if limits else np.inf
        if self._body is not None:
            for group in self._body.param_groups:
                group.update(self._body_options())

    @property
    def built(self) -> bool:
        """Whether it has been bound to parameters."""
        return self._body is not None

    @property
    def body(self) -> optim.Optimizer:
        if self._body is None:
            raise ValueError(f"[{self.name}] the optimizer is not bound to parameters yet; call build(parameters)")
        return self._body

    def zero_grad(self) -> None:
        self.body.zero_grad()

    def step(self) -> None:
        """Clips the gradients and updates the parameters."""
        parameters = _parameters_of(self.body)
        gradients = gradients_of(parameters)
        if gradients and self._is_clipping():
            self._clip(gradients)
            for parameter in parameters:
                note_gradient_written(parameter)
        self.body.step()

    def _is_clipping(self) -> bool:
        return not (self.clipnorm is None and self.clipvalue is None and self.global_clipnorm is None)

    def _clip(self, gradients: list[np.ndarray]) -> None:
        if self.clipnorm is not None or self.global_clipnorm is not None:
            clip_norm(gradients, self._limit, epsilon=0.0, together=self.global_clipnorm is not None)
        else:
            kernels.clip_by_value(gradients, self._limit)


def _parameters_of(body: optim.Optimizer) -> list[Tensor]:
    return [p for group in body.param_groups for p in group["params"]]


class SGD(Optimizer):
    """Stochastic gradient descent.

        v = momentum v - learning_rate g;  w += momentum v - learning_rate g if nesterov else v

    Args:
        learning_rate, momentum, nesterov: as above.
        weight_decay, clipnorm, clipvalue, global_clipnorm, name: as Optimizer's.

    Source: keras.optimizers.SGD.
    """

    momentum = Number(lambda x: 0 <= x <= 1, "must be in [0, 1]")
    nesterov = Flag()

    def __init__(
        self,
        learning_rate: float = 0.01,
        momentum: float = 0.0,
        nesterov: bool = False,
        weight_decay: float | None = None,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
        *,
        name: str | None = None,
    ) -> None:
        super().__init__(learning_rate, weight_decay, clipnorm, clipvalue, global_clipnorm, name)
        self.momentum, self.nesterov = momentum, nesterov

    def _make(self, parameters: list[Tensor]) -> optim.Optimizer:
        return _SGDBody(parameters, **self._body_options())

    def _body_options(self) -> dict[str, Any]:
        # Without momentum looking ahead changes nothing, and PyTorch's convention refuses it.
        nesterov = self.nesterov and self.momentum > 0
        return {**super()._body_options(), "momentum": self.momentum, "nesterov": nesterov}


class Adam(Optimizer):
    """Adam, with epsilon beside the uncorrected root: w -= rate m / (sqrt(v) + epsilon).

    Args:
        learning_rate: step size; rate is learning_rate sqrt(1 - beta_2^t) / (1 - beta_1^t).
        beta_1, beta_2: how much of the running means of g and g^2 is kept.
        epsilon: added to the root.
        amsgrad: divide by the largest v so far.
        weight_decay, clipnorm, clipvalue, global_clipnorm, name: as Optimizer's.

    Source: keras.optimizers.Adam; Kingma and Ba 2015, "epsilon hat".
    """

    beta_1 = share_below_one()
    beta_2 = share_below_one()
    epsilon = from_zero()
    amsgrad = Flag()

    def __init__(
        self,
        learning_rate: float = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        amsgrad: bool = False,
        weight_decay: float | None = None,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
        *,
        name: str | None = None,
    ) -> None:
        super().__init__(learning_rate, weight_decay, clipnorm, clipvalue, global_clipnorm, name)
        self.beta_1, self.beta_2, self.epsilon, self.amsgrad = beta_1, beta_2, epsilon, amsgrad

    def _make(self, parameters: list[Tensor]) -> optim.Optimizer:
        return _AdamBody(parameters, **self._body_options())

    def _body_options(self) -> dict[str, Any]:
        betas = (self.beta_1, self.beta_2)
        return {**super()._body_options(), "betas": betas, "eps": self.epsilon, "amsgrad": self.amsgrad}


class AdamW(Adam):
    """Adam with weight decay, 0.004 unless said otherwise.

    Args:
        weight_decay: share of every weight, in units of the learning rate, that each step takes.
        others: as Adam's.

    Source: keras.optimizers.AdamW; Loshchilov and Hutter 2019.
    """

    def __init__(
        self,
        learning_rate: float = 0.001,
        weight_decay: float = 0.004,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        amsgrad: bool = False,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
        *,
        name: str | None = None,
    ) -> None:
        super().__init__(
            learning_rate,
            beta_1,
            beta_2,
            epsilon,
            amsgrad,
            weight_decay,
            clipnorm,
            clipvalue,
            global_clipnorm,
            name=name,
        )


OPTIMIZERS: dict[str, type[Any]] = {"sgd": SGD, "adam": Adam, "adamw": AdamW}


def get(optimizer: Any) -> Optimizer:
    """An optimizer from its name, or the optimizer itself."""
    if isinstance(optimizer, Optimizer):
        return optimizer
    if not isinstance(optimizer, str) or optimizer.lower() not in OPTIMIZERS:
        raise ValueError(
            f"[compile] optimizer must be an Optimizer or one of {', '.join(OPTIMIZERS)}, got {optimizer!r}"
        )
    return OPTIMIZERS[optimizer.lower()]()  # type: ignore[no-any-return]
