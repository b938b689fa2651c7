"""Losses of numbers and of independent probabilities: the mean over the last axis of a loss of its elements."""

from __future__ import annotations

from math import prod
from typing import Any

from mushin import nn, ops
from mushin.autograd import Tensor
from mushin.keras.arguments import flag, number
from mushin.keras.losses.base import Loss, check_axis, share, smoothed
from mushin.keras.numbers import EPSILON
from mushin.ops.arrays import operands
from mushin.ops.loss import elementwise_loss, elementwise_loss_of_three


class LossOfElements(Loss):
    """The mean, or if `adds_up` the sum, over the last axis of one of the kernels' losses; weighted and reduced in the
    same launch."""

    target_kind = "numbers"
    kernel: str
    numbers: tuple[float, ...] = ()
    adds_up = False

    def __init__(
        self, reduction: str | None = "sum_over_batch_size", name: str | None = None, dtype: Any = None
    ) -> None:
        super().__init__(name, reduction, dtype)

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        losses = self._launch(y_pred, y_true, "none", None, None)
        if losses.ndim == 0:
            return losses
        return ops.sum(losses, -1) if self.adds_up else ops.mean(losses, -1)

    def of_outputs(self, outputs: Tensor, target: Tensor, sample_weight: Any = None) -> Tensor:
        by_weight = self.reduction == "mean_with_sample_weight" and sample_weight is not None
        if by_weight or self.reduction in ("none", None):
            return super().of_outputs(outputs, target, sample_weight)
        shape = outputs.shape[:-1]
        weight = None
        if sample_weight is not None:
            weight = self.weight_of(sample_weight, shape, outputs.dtype)
            weight = ops.reshape(weight, (*weight.shape, 1)) if outputs.ndim else weight
        divisor = 1 if self.adds_up or outputs.ndim == 0 else outputs.shape[-1]
        divisor *= 1 if self.reduction == "sum" else prod(shape)
        return self._launch(outputs, target, "sum", weight, 1 / divisor if divisor else float("nan"))

    def _launch(
        self, outputs: Tensor, target: Tensor, reduction: str, weight: Tensor | None, scale: float | None
    ) -> Tensor:
        return elementwise_loss(self.kernel, outputs, target, reduction, *self.numbers, weight=weight, scale=scale)


class MeanSquaredError(LossOfElements):
    """Mean of (y_pred - y_true)^2.

    Args:
        reduction, name, dtype: see Loss.

    Source: keras.losses.MeanSquaredError.
    """

    kernel = "mse_loss"


class MeanAbsoluteError(LossOfElements):
    """Mean of |y_pred - y_true|.

    Args:
        reduction, name, dtype: see Loss.

    Source: keras.losses.MeanAbsoluteError.
    """

    kernel = "l1_loss"


class MeanAbsolutePercentageError(LossOfElements):
    """Mean of 100 |y_pred - y_true| / max(|y_true|, 1e-7).

    Args:
        reduction, name, dtype: see Loss.

    Source: keras.losses.MeanAbsolutePercentageError.
    """

    kernel = "mean_absolute_percentage_error"
    numbers = (EPSILON,)


class MeanSquaredLogarithmicError(LossOfElements):
    """Mean of (log(1 + y_pred) - log(1 + y_true))^2, with neither below 1e-7.

    Args:
        reduction, name, dtype: see Loss.

    Source: keras.losses.MeanSquaredLogarithmicError.
    """

    kernel = "mean_squared_logarithmic_error"
    numbers = (EPSILON,)


class LogCosh(LossOfElements):
    """Mean of log(cosh(y_pred - y_true)).

    Args:
        reduction, name, dtype: see Loss.

    Source: keras.losses.LogCosh.
    """

    kernel = "log_cosh"


class Huber(LossOfElements):
    """Mean of (y_pred - y_true)^2 / 2 where |y_pred - y_true| <= delta, else of delta (|y_pred - y_true| - delta / 2).

    Args:
        delta: above 0.
        reduction, name, dtype: see Loss.

    Source: keras.losses.Huber.
    """

    kernel = "huber_loss"

    def __init__(
        self,
        delta: float = 1.0,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "huber_loss",
        dtype: Any = None,
    ) -> None:
        super().__init__(reduction, name, dtype)
        self.delta = number("Huber", "delta", delta)
        if not self.delta > 0:
            raise ValueError(f"[Huber] delta must be above 0, got {self.delta}")
        self.numbers = (self.delta,)


class Hinge(LossOfElements):
    """Mean of max(0, 1 - y_true y_pred), for labels 1 and -1, or 1 and 0, which stands for -1.

    Args:
        reduction, name, dtype: see Loss.

    Source: keras.losses.Hinge.
    """

    kernel = "hinge"


class SquaredHinge(LossOfElements):
    """Mean of max(0, 1 - y_true y_pred)^2, for labels as Hinge takes them.

    Args:
        reduction, name, dtype: see Loss.

    Source: keras.losses.SquaredHinge.
    """

    kernel = "squared_hinge"


class Poisson(LossOfElements):
    """Mean of y_pred - y_true log(y_pred + 1e-7).

    Args:
        reduction, name, dtype: see Loss.

    Source: keras.losses.Poisson.
    """

    kernel = "poisson_nll_loss"
    numbers = (0.0, 0.0, EPSILON)


class KLDivergence(LossOfElements):
    """Sum over the last axis of y_true log(y_true / y_pred), with both kept between 1e-7 and 1.

    Args:
        reduction, name, dtype: see Loss.

    Source: keras.losses.KLDivergence.
    """

    kernel = "kl_divergence"
    adds_up = True
    numbers = (EPSILON,)


class BinaryCrossentropy(LossOfElements):
    """Mean of -(y_true log(y_pred) + (1 - y_true) log(1 - y_pred)), with y_pred kept between 1e-7 and 1 - 1e-7.

    Args:
        from_logits: whether y_pred are logits, of which the sigmoid is the probability.
        label_smoothing: the share, in [0, 1], by which targets are moved to 1/2.
        axis: -1, the last.
        reduction, name, dtype: see Loss.

    Source: keras.losses.BinaryCrossentropy.
    """

    kernel = "binary_cross_entropy"
    numbers = (EPSILON,)
    takes_over = nn.Sigmoid

    def __init__(
        self,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "binary_crossentropy",
        dtype: Any = None,
    ) -> None:
        super().__init__(reduction, name, dtype)
        owner = type(self).__name__
        self.from_logits = flag(owner, "from_logits", from_logits)
        self.label_smoothing = share(owner, "label_smoothing", label_smoothing)
        self.axis = check_axis(owner, axis)

    def of_logits(self, logits: Tensor, target: Tensor, sample_weight: Any = None) -> Tensor:
        of_logits = BinaryCrossentropy(True, self.label_smoothing, reduction=self.reduction)
        return of_logits.of_outputs(logits, target, sample_weight)

    def _launch(
        self, outputs: Tensor, target: Tensor, reduction: str, weight: Tensor | None, scale: float | None
    ) -> Tensor:
        target = smoothed(target, self.label_smoothing, 2)
        if not self.from_logits:
            return super()._launch(outputs, target, reduction, weight, scale)
        logits, target = operands(type(self).__name__, outputs, target)
        op = "binary_cross_entropy_with_logits"
        return elementwise_loss_of_three(op, logits, target, None, reduction, weight=weight, scale=scale)


class BinaryFocalCrossentropy(LossOfElements):
    """Mean of (1 - p)^gamma times the binary cross-entropy, where p is the probability of the target.

    Args:
        apply_class_balancing: multiply by alpha for ones and 1 - alpha for zeros.
        alpha: in [0, 1].
        gamma: 0 gives the binary cross-entropy.
        from_logits, label_smoothing, axis: see BinaryCrossentropy.
        reduction, name, dtype: see Loss.

    Source: Lin et al. 2017; keras.losses.BinaryFocalCrossentropy.
    """

    kernel = "binary_focal_crossentropy"

    def __init__(
        self,
        apply_class_balancing: bool = False,
        alpha: float = 0.25,
        gamma: float = 2.0,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "binary_focal_crossentropy",
        dtype: Any = None,
    ) -> None:
        super().__init__(reduction, name, dtype)
        owner = type(self).__name__
        self.apply_class_balancing = flag(owner, "apply_class_balancing", apply_class_balancing)
        self.alpha, self.gamma = share(owner, "alpha", alpha), number(owner, "gamma", gamma)
        self.from_logits = flag(owner, "from_logits", from_logits)
        self.label_smoothing = share(owner, "label_smoothing", label_smoothing)
        self.axis = check_axis(owner, axis)
        self.numbers = (self.gamma, self.alpha, 1 - self.alpha) if apply_class_balancing else (self.gamma, 1.0, 1.0)

    def _launch(
        self, outputs: Tensor, target: Tensor, reduction: str, weight: Tensor | None, scale: float | None
    ) -> Tensor:
        target = smoothed(target, self.label_smoothing, 2)
        outputs = ops.sigmoid(outputs) if self.from_logits else outputs
        return super()._launch(outputs, target, reduction, weight, scale)
