"""Keras' optimizers: names, defaults and conventions are Keras', the launches are `mushin.optim`'s."""

from __future__ import annotations

from typing import Any

from mushin import optim
from mushin.keras.optimizers.base import Optimizer
from mushin.keras.optimizers.hyperparameters import Flag, Number, from_zero, share_below_one


class SGDBody(optim.SGD):
    keras_convention = True


class AdamBody(optim.AdamW):
    keras_convention = True


class AdamaxBody(optim.Adamax):
    keras_convention = True


class RMSpropBody(optim.RMSprop):
    keras_convention = True


class AdagradBody(optim.Adagrad):
    keras_convention = True


class AdadeltaBody(optim.Adadelta):
    keras_convention = True


class AdafactorBody(optim.Adafactor):
    keras_convention = True


class SGD(Optimizer):
    """Stochastic gradient descent.

        v = momentum v - learning_rate g;  w += momentum v - learning_rate g if nesterov else v

    Args:
        learning_rate, momentum, nesterov: as above.
        others: as Optimizer's.

    Source: keras.optimizers.SGD.
    """

    momentum = Number(lambda x: 0 <= x <= 1, "must be in [0, 1]")
    nesterov = Flag()
    body_kind = SGDBody

    def __init__(self, learning_rate: Any = 0.01, momentum: float = 0.0, nesterov: bool = False, **others: Any) -> None:
        super().__init__(learning_rate, **others)
        self.momentum, self.nesterov = momentum, nesterov

    def _body_options(self) -> dict[str, Any]:
        # Without momentum looking ahead changes nothing, and PyTorch's convention refuses it.
        nesterov = self.nesterov and self.momentum > 0
        return {**super()._body_options(), "momentum": self.momentum, "nesterov": nesterov}


class RMSprop(Optimizer):
    """Steps in units of the gradient's running root mean square, with epsilon below the root.

        v = rho v + (1 - rho) g^2;  m = momentum m + learning_rate g / sqrt(v - mean(g)^2 if centered else v + epsilon)
        w -= m

    Args:
        learning_rate: step size.
        rho: how much of the running means is kept.
        momentum: how much of the step is kept.
        epsilon: added below the root.
        centered: divide by the gradient's deviation, not by its root mean square.
        others: as Optimizer's.

    Source: keras.optimizers.RMSprop; Hinton 2012, lecture 6e.
    """

    rho = Number(lambda x: 0 <= x <= 1, "must be in [0, 1]")
    momentum = Number(lambda x: 0 <= x <= 1, "must be in [0, 1]")
    epsilon = from_zero()
    centered = Flag()
    body_kind = RMSpropBody
    body_names = {"rho": "alpha", "momentum": "momentum", "epsilon": "eps", "centered": "centered"}  # noqa: RUF012

    def __init__(
        self,
        learning_rate: Any = 0.001,
        rho: float = 0.9,
        momentum: float = 0.0,
        epsilon: float = 1e-7,
        centered: bool = False,
        **others: Any,
    ) -> None:
        super().__init__(learning_rate, **others)
        self.rho, self.momentum, self.epsilon, self.centered = rho, momentum, epsilon, centered


class Adagrad(Optimizer):
    """Steps that shrink with the root of the sum of all squared gradients: w -= learning_rate g / sqrt(sum + epsilon).

    Args:
        learning_rate: step size.
        initial_accumulator_value: what the sums begin with.
        epsilon: added below the root.
        others: as Optimizer's.

    Source: keras.optimizers.Adagrad; Duchi, Hazan and Singer 2011.
    """

    initial_accumulator_value = from_zero()
    epsilon = from_zero()
    body_kind = AdagradBody
    body_names = {"initial_accumulator_value": "initial_accumulator_value", "epsilon": "eps"}  # noqa: RUF012

    def __init__(
        self,
        learning_rate: Any = 0.001,
        initial_accumulator_value: float = 0.1,
        epsilon: float = 1e-7,
        **others: Any,
    ) -> None:
        super().__init__(learning_rate, **others)
        self.initial_accumulator_value, self.epsilon = initial_accumulator_value, epsilon


class Adadelta(Optimizer):
    """Steps in the units of the weights: the running root mean square of steps over that of gradients.

    Args:
        learning_rate: what steps are multiplied with.
        rho: how much of the running means is kept.
        epsilon: added below both roots.
        others: as Optimizer's.

    Source: keras.optimizers.Adadelta; Zeiler 2012.
    """

    rho = Number(lambda x: 0 <= x <= 1, "must be in [0, 1]")
    epsilon = from_zero()
    body_kind = AdadeltaBody
    body_names = {"rho": "rho", "epsilon": "eps"}  # noqa: RUF012

    def __init__(self, learning_rate: Any = 0.001, rho: float = 0.95, epsilon: float = 1e-7, **others: Any) -> None:
        super().__init__(learning_rate, **others)
        self.rho, self.epsilon = rho, epsilon


class _WithBetas(Optimizer):
    """What Adam and its kin have."""

    beta_1 = share_below_one()
    beta_2 = share_below_one()
    epsilon = from_zero()
    body_names = {"epsilon": "eps"}  # noqa: RUF012

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        **others: Any,
    ) -> None:
        super().__init__(learning_rate, **others)
        self.beta_1, self.beta_2, self.epsilon = beta_1, beta_2, epsilon

    def _body_options(self) -> dict[str, Any]:
        return {**super()._body_options(), "betas": (self.beta_1, self.beta_2)}


class Adam(_WithBetas):
    """Adam, with epsilon beside the uncorrected root: w -= rate m / (sqrt(v) + epsilon).

    Args:
        learning_rate: step size; rate is learning_rate sqrt(1 - beta_2^t) / (1 - beta_1^t).
        beta_1, beta_2: how much of the running means of g and g^2 is kept.
        epsilon: added to the root.
        amsgrad: divide by the largest v so far.
        others: as Optimizer's.

    Source: keras.optimizers.Adam; Kingma and Ba 2015, "epsilon hat".
    """

    amsgrad = Flag()
    body_kind = AdamBody
    body_names = {"epsilon": "eps", "amsgrad": "amsgrad"}  # noqa: RUF012

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        amsgrad: bool = False,
        **others: Any,
    ) -> None:
        super().__init__(learning_rate, beta_1, beta_2, epsilon, **others)
        self.amsgrad = amsgrad


class AdamW(Adam):
    """Adam with weight decay, 0.004 unless said otherwise.

    Args:
        weight_decay: share of every weight, in units of the learning rate, that each step takes.
        others: as Adam's.

    Source: keras.optimizers.AdamW; Loshchilov and Hutter 2019.
    """

    def __init__(
        self,
        learning_rate: Any = 0.001,
        weight_decay: float | None = 0.004,
        beta_1: float = 0.9,
        beta_2: float = 0.999,
        epsilon: float = 1e-7,
        amsgrad: bool = False,
        **others: Any,
    ) -> None:
        super().__init__(learning_rate, beta_1, beta_2, epsilon, amsgrad, weight_decay=weight_decay, **others)


class Nadam(_WithBetas):
    """Adam with Nesterov's momentum, which grows from beta_1 / 2 to beta_1.

    Args:
        learning_rate: step size.
        beta_1, beta_2: how much of the running means of g and g^2 is kept.
        epsilon: added to the corrected root.
        others: as Optimizer's.

    Source: keras.optimizers.Nadam; Dozat 2016.
    """

    body_kind = optim.NAdam

    def _body_options(self) -> dict[str, Any]:
        return {**super()._body_options(), "momentum_decay": 1.0, "decoupled_weight_decay": True}


class Adamax(_WithBetas):
    """Adam with the largest gradient in the place of the root mean square: w -= rate m / (u + epsilon).

    Args:
        learning_rate: step size; rate is learning_rate / (1 - beta_1^t).
        beta_1, beta_2: how much of the mean of g is kept, and what u is multiplied with in each step.
        epsilon: added to u.
        others: as Optimizer's.

    Source: keras.optimizers.Adamax; Kingma and Ba 2015, section 7.1.
    """

    body_kind = AdamaxBody


class Lion(Optimizer):
    """Steps of the size learning_rate along the signs of a momentum.

    Args:
        learning_rate: step size.
        beta_1, beta_2: shares of the momentum in the step and in the next momentum.
        others: as Optimizer's.

    Source: keras.optimizers.Lion; Chen et al. 2023.
    """

    beta_1 = Number(lambda x: 0 < x < 1, "must be above 0 and below 1")
    beta_2 = share_below_one()
    body_kind = optim.Lion

    def __init__(self, learning_rate: Any = 0.001, beta_1: float = 0.9, beta_2: float = 0.99, **others: Any) -> None:
        super().__init__(learning_rate, **others)
        self.beta_1, self.beta_2 = beta_1, beta_2

    def _body_options(self) -> dict[str, Any]:
        return {**super()._body_options(), "betas": (self.beta_1, self.beta_2)}


class Adafactor(Optimizer):
    """Steps relative to the weights' size, divided by a root mean square that matrices keep by rows and columns.

    Args:
        learning_rate: largest relative step.
        beta_2_decay: power with which the newest gradient's weight in the means falls.
        epsilon_1: added to squared gradients.
        epsilon_2: smallest root mean square of weights.
        clip_threshold: largest root mean square of a step's direction.
        relative_step: without effect, as in Keras: the rate is at most 1 / sqrt(t) in any case.
        others: as Optimizer's.

    Source: keras.optimizers.Adafactor; Shazeer and Stern 2018.
    """

    beta_2_decay = Number(lambda x: x <= 0, "must not be above 0")
    epsilon_1 = from_zero()
    epsilon_2 = from_zero()
    clip_threshold = Number(lambda x: x >= 1, "must not be below 1")
    relative_step = Flag()
    body_kind = AdafactorBody
    body_names = {"beta_2_decay": "beta2_decay", "clip_threshold": "d"}  # noqa: RUF012

    def __init__(
        self,
        learning_rate: Any = 0.001,
        beta_2_decay: float = -0.8,
        epsilon_1: float = 1e-30,
        epsilon_2: float = 1e-3,
        clip_threshold: float = 1.0,
        relative_step: bool = True,
        **others: Any,
    ) -> None:
        super().__init__(learning_rate, **others)
        self.beta_2_decay, self.epsilon_1, self.epsilon_2 = beta_2_decay, epsilon_1, epsilon_2
        self.clip_threshold, self.relative_step = clip_threshold, relative_step

    def _body_options(self) -> dict[str, Any]:
        return {**super()._body_options(), "eps": (self.epsilon_1, self.epsilon_2)}
