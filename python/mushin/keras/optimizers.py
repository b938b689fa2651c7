"""Keras' optimizers: names, defaults and conventions are Keras', the launches are `mushin.optim`'s."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from mushin import kernels, optim
from mushin.autograd import Tensor
from mushin.optim.clip import clip_norm, gradients_of


class _SGDBody(optim.SGD):
    keras_convention = True


class _AdamBody(optim.AdamW):
    keras_convention = True


class Optimizer:
    """Base of all optimizers.

    Args:
        learning_rate: may be changed at any time.
        weight_decay: share of every weight, in units of the learning rate, that each step takes; None for none.
        clipnorm: clip each gradient to this norm.
        clipvalue: clip each element of the gradients to [-clipvalue, clipvalue].
        global_clipnorm: clip the norm of all gradients together.
        name: shown in messages.
    """

    def __init__(
        self,
        learning_rate: float,
        weight_decay: float | None,
        clipnorm: float | None,
        clipvalue: float | None,
        global_clipnorm: float | None,
        name: str | None,
    ) -> None:
        self.name = name or type(self).__name__.lower()
        if not float(learning_rate) >= 0:
            raise ValueError(f"[{self.name}] learning_rate must not be negative, got {learning_rate}")
        limits = {"clipnorm": clipnorm, "clipvalue": clipvalue, "global_clipnorm": global_clipnorm}
        given = [limit for limit, value in limits.items() if value is not None]
        if len(given) > 1:
            raise ValueError(f"[{self.name}] only one way of clipping can be chosen, got {' and '.join(given)}")
        for limit in given:
            if not limits[limit] > 0:  # type: ignore[operator]
                raise ValueError(f"[{self.name}] {limit} must be above 0, got {limits[limit]}")
        self.clipnorm, self.clipvalue, self.global_clipnorm = clipnorm, clipvalue, global_clipnorm
        self._limit = np.array(float(limits[given[0]] if given else np.inf))  # type: ignore[arg-type]
        self.weight_decay = weight_decay
        self._learning_rate = learning_rate
        self._body: optim.Optimizer | None = None

    def build(self, parameters: Iterable[Tensor]) -> None:
        """Binds the optimizer to the parameters it is to update.

        Raises:
            ValueError: it updates another model's.
        """
        given = list(parameters)
        if self._body is not None:
            known = {id(p) for group in self._body.param_groups for p in group["params"]}
            if known.isdisjoint(id(p) for p in given):
                raise ValueError(f"[{self.name}] the optimizer updates another model's parameters: make one for each")
        self._body = self._make(given)

    def _make(self, parameters: list[Tensor]) -> optim.Optimizer:
        raise NotImplementedError

    @property
    def body(self) -> optim.Optimizer:
        if self._body is None:
            raise ValueError(f"[{self.name}] the optimizer is not bound to parameters yet; call build(parameters)")
        return self._body

    @property
    def learning_rate(self) -> float:
        return self._learning_rate

    @learning_rate.setter
    def learning_rate(self, value: float) -> None:
        self._learning_rate = float(value)
        if self._body is not None:
            for group in self._body.param_groups:
                group["lr"] = self._learning_rate

    def zero_grad(self) -> None:
        self.body.zero_grad()

    def step(self) -> None:
        """Clips the gradients and updates the parameters."""
        gradients = gradients_of(p for group in self.body.param_groups for p in group["params"])
        if gradients:
            self._clip(gradients)
        self.body.step()

    def _clip(self, gradients: list[np.ndarray]) -> None:
        if self.clipnorm is not None or self.global_clipnorm is not None:
            clip_norm(gradients, self._limit, epsilon=0.0, together=self.global_clipnorm is not None)
        elif self.clipvalue is not None:
            kernels.clip_by_value(gradients, self._limit)


class SGD(Optimizer):
    """Stochastic gradient descent.

        v = momentum v - learning_rate g;  w += momentum v - learning_rate g if nesterov else v

    Args:
        learning_rate, momentum, nesterov: as above.
        weight_decay, clipnorm, clipvalue, global_clipnorm, name: as Optimizer's.

    Source: keras.optimizers.SGD.
    """

    def __init__(
        self,
        learning_rate: float = 0.01,
        momentum: float = 0.0,
        nesterov: bool = False,
        weight_decay: float | None = None,
        clipnorm: float | None = None,
        clipvalue: float | None = None,
        global_clipnorm: float | None = None,
        name: str | None = None,
    ) -> None:
        super().__init__(learning_rate, weight_decay, clipnorm, clipvalue, global_clipnorm, name)
        if not 0 <= momentum <= 1:
            raise ValueError(f"[{self.name}] momentum must be in [0, 1], got {momentum}")
        self.momentum, self.nesterov = momentum, nesterov

    def _make(self, parameters: list[Tensor]) -> optim.Optimizer:
        return _SGDBody(
            parameters,
            lr=self.learning_rate,
            momentum=self.momentum,
            # Without momentum looking ahead changes nothing, and PyTorch's convention refuses it.
            nesterov=self.nesterov and self.momentum > 0,
            weight_decay=self.weight_decay or 0.0,
        )


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
        name: str | None = None,
    ) -> None:
        super().__init__(learning_rate, weight_decay, clipnorm, clipvalue, global_clipnorm, name)
        for option, beta in (("beta_1", beta_1), ("beta_2", beta_2)):
            if not 0 <= beta < 1:
                raise ValueError(f"[{self.name}] {option} must be in [0, 1), got {beta}")
        self.beta_1, self.beta_2, self.epsilon, self.amsgrad = beta_1, beta_2, epsilon, amsgrad

    def _make(self, parameters: list[Tensor]) -> optim.Optimizer:
        return _AdamBody(
            parameters,
            lr=self.learning_rate,
            betas=(self.beta_1, self.beta_2),
            eps=self.epsilon,
            weight_decay=self.weight_decay or 0.0,
            amsgrad=self.amsgrad,
        )


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
        name: str | None = None,
    ) -> None:
        super().__init__(
            learning_rate, beta_1, beta_2, epsilon, amsgrad, weight_decay, clipnorm, clipvalue, global_clipnorm, name
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
