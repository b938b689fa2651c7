"""Metrics of how far outputs are from their targets."""

from __future__ import annotations

from collections.abc import Callable
from math import log, sqrt
from typing import Any

import numpy as np

from mushin import ops
from mushin.autograd import Tensor
from mushin.keras import losses
from mushin.keras.arguments import flag, number
from mushin.keras.metrics.base import Metric
from mushin.keras.regularizers import root_of
from mushin.ops.arrays import integer
from mushin.train import metrics

EPSILON = 1e-7  # what Keras keeps arguments of logarithms and denominators away from 0 by


def _absolute(x: Tensor) -> Tensor:
    return ops.maximum(x, ops.neg(x))


def _square(x: Tensor) -> Tensor:
    return ops.mul(x, x)


def _above_zero(x: Tensor) -> Tensor:
    return ops.maximum(x, EPSILON)


def _softplus(x: Tensor) -> Tensor:
    """log(1 + exp(x)), which never overflows."""
    return ops.add(ops.maximum(x, 0.0), ops.log(ops.add(ops.exp(ops.neg(_absolute(x))), 1.0)))


def _absolute_difference(y: Tensor, p: Tensor) -> Tensor:
    return _absolute(ops.sub(y, p))


def _percentage(y: Tensor, p: Tensor) -> Tensor:
    return ops.mul(_absolute(ops.div(ops.sub(y, p), _above_zero(_absolute(y)))), 100.0)


def _squared_logarithm(y: Tensor, p: Tensor) -> Tensor:
    return _square(ops.sub(ops.log(ops.add(_above_zero(p), 1.0)), ops.log(ops.add(_above_zero(y), 1.0))))


def _log_cosh(y: Tensor, p: Tensor) -> Tensor:
    difference = ops.sub(p, y)
    return ops.sub(ops.add(difference, _softplus(ops.mul(difference, -2.0))), log(2.0))


def _poisson(y: Tensor, p: Tensor) -> Tensor:
    return ops.sub(p, ops.mul(y, ops.log(ops.add(p, EPSILON))))


def _kl_divergence(y: Tensor, p: Tensor) -> Tensor:
    y, p = ops.clip(y, EPSILON, 1.0), ops.clip(p, EPSILON, 1.0)
    return ops.sum(ops.mul(y, ops.log(ops.div(y, p))), -1)


def _binary_crossentropy(y: Tensor, p: Tensor) -> Tensor:
    p = ops.clip(p, EPSILON, 1 - EPSILON)
    misses = ops.mul(ops.sub(1.0, y), ops.log(ops.sub(1.0, p)))
    return ops.neg(ops.add(ops.mul(y, ops.log(p)), misses))


def _binary_crossentropy_of_logits(y: Tensor, logits: Tensor) -> Tensor:
    return ops.sub(_softplus(logits), ops.mul(y, logits))


class _MeanOf(Metric, metrics.MeanOf):
    """Base of metrics that are the mean of a function's values."""

    direction = "down"

    def __init__(self, name: str | None, function: Callable[[Tensor, Tensor], Tensor]) -> None:
        super().__init__(name, function=function)


class MeanSquaredError(Metric, metrics.MeanSquaredError):
    """The mean of squared differences.

    Args:
        name: in logs and history.

    Source: keras.metrics.MeanSquaredError.
    """

    def __init__(self, name: str | None = "mean_squared_error") -> None:
        super().__init__(name)


class RootMeanSquaredError(MeanSquaredError):
    """The root of the mean of squared differences, of all samples together.

    Args:
        name: in logs and history.

    Source: keras.metrics.RootMeanSquaredError.
    """

    def __init__(self, name: str | None = "root_mean_squared_error") -> None:
        super().__init__(name)

    def result(self) -> float:
        return sqrt(super().result())


class MeanAbsoluteError(_MeanOf):
    """The mean of |target - output|.

    Args:
        name: in logs and history.

    Source: keras.metrics.MeanAbsoluteError.
    """

    def __init__(self, name: str | None = "mean_absolute_error") -> None:
        super().__init__(name, _absolute_difference)


class MeanAbsolutePercentageError(_MeanOf):
    """The mean of 100 |target - output| / max(|target|, 1e-7).

    Args:
        name: in logs and history.

    Source: keras.metrics.MeanAbsolutePercentageError.
    """

    def __init__(self, name: str | None = "mean_absolute_percentage_error") -> None:
        super().__init__(name, _percentage)


class MeanSquaredLogarithmicError(_MeanOf):
    """The mean of (log(1 + target) - log(1 + output))^2, where numbers below 1e-7 count as 1e-7.

    Args:
        name: in logs and history.

    Source: keras.metrics.MeanSquaredLogarithmicError.
    """

    def __init__(self, name: str | None = "mean_squared_logarithmic_error") -> None:
        super().__init__(name, _squared_logarithm)


class LogCoshError(_MeanOf):
    """The mean of log(cosh(output - target)).

    Args:
        name: in logs and history.

    Source: keras.metrics.LogCoshError.
    """

    def __init__(self, name: str | None = "logcosh") -> None:
        super().__init__(name, _log_cosh)


class Poisson(_MeanOf):
    """The mean of output - target log(output + 1e-7).

    Args:
        name: in logs and history.

    Source: keras.metrics.Poisson.
    """

    def __init__(self, name: str | None = "poisson") -> None:
        super().__init__(name, _poisson)


class KLDivergence(_MeanOf):
    """The mean over samples of the sum over the last axis of target log(target / output), both kept in [1e-7, 1].

    Args:
        name: in logs and history.

    Source: keras.metrics.KLDivergence.
    """

    def __init__(self, name: str | None = "kl_divergence") -> None:
        super().__init__(name, _kl_divergence)


class CosineSimilarity(_MeanOf):
    """The mean over samples of the cosine of the angle between target and output, 1 if they have one direction.

    Args:
        name: in logs and history.
        axis: along which they are vectors.

    Source: keras.metrics.CosineSimilarity.
    """

    direction = "up"

    def __init__(self, name: str | None = "cosine_similarity", *, axis: int = -1) -> None:
        self.axis = integer("CosineSimilarity", "axis", axis)
        super().__init__(name, self._cosine)

    def _cosine(self, y: Tensor, p: Tensor) -> Tensor:
        def unit(x: Tensor) -> Tensor:
            return ops.div(x, root_of(ops.maximum(ops.sum(_square(x), self.axis, True), 1e-12)))

        return ops.sum(ops.mul(unit(y), unit(p)), self.axis)


class BinaryCrossentropy(_MeanOf):
    """The mean of -(target log(output) + (1 - target) log(1 - output)), with outputs kept in [1e-7, 1 - 1e-7].

    Args:
        name: in logs and history.
        from_logits: whether the outputs are logits rather than probabilities.
        label_smoothing: targets become target (1 - label_smoothing) + label_smoothing / 2.

    Source: keras.metrics.BinaryCrossentropy.
    """

    def __init__(
        self,
        name: str | None = "binary_crossentropy",
        *,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
    ) -> None:
        self.from_logits = flag("BinaryCrossentropy", "from_logits", from_logits)
        self.label_smoothing = _smoothing("BinaryCrossentropy", label_smoothing)
        super().__init__(name, self._values)

    def _values(self, y: Tensor, p: Tensor) -> Tensor:
        y = _smoothed(y, self.label_smoothing, 2)
        return _binary_crossentropy_of_logits(y, p) if self.from_logits else _binary_crossentropy(y, p)


class CategoricalCrossentropy(_MeanOf):
    """The mean cross-entropy of rows of probabilities.

    Args:
        name: in logs and history.
        from_logits: whether the outputs are logits rather than probabilities, which are divided by their sum.
        label_smoothing: targets become target (1 - label_smoothing) + label_smoothing / classes.

    Source: keras.metrics.CategoricalCrossentropy.
    """

    def __init__(
        self,
        name: str | None = "categorical_crossentropy",
        *,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
    ) -> None:
        self._loss = losses.CategoricalCrossentropy(from_logits)
        self.from_logits = self._loss.from_logits
        self.label_smoothing = _smoothing("CategoricalCrossentropy", label_smoothing)
        super().__init__(name, self._of_smoothed)

    def _of_smoothed(self, y: Tensor, p: Tensor) -> Tensor:
        return self._loss.call(_smoothed(y, self.label_smoothing, p.shape[-1]), p)


class SparseCategoricalCrossentropy(_MeanOf):
    """The mean cross-entropy of class ids.

    Args:
        name: in logs and history.
        from_logits: whether the outputs are logits rather than probabilities.

    Source: keras.metrics.SparseCategoricalCrossentropy.
    """

    target_kind = "ids"

    def __init__(self, name: str | None = "sparse_categorical_crossentropy", *, from_logits: bool = False) -> None:
        loss = losses.SparseCategoricalCrossentropy(from_logits)
        self.from_logits = loss.from_logits
        super().__init__(name, loss.call)


class R2Score(Metric, metrics.Moments):
    """1 - (sum of squared errors) / (sum of squared deviations of the targets from their mean), for each column.

    Args:
        class_aggregation: "uniform_average" for the mean of the columns, "variance_weighted_average", or None for one
            score for each.
        num_regressors: how many variables the outputs were predicted from, for the adjusted score; 0 for the usual one.
        name: in logs and history.

    Outputs and targets are (batch, columns).

    Source: keras.metrics.R2Score; sklearn.metrics.r2_score.
    """

    def __init__(
        self,
        class_aggregation: str | None = "uniform_average",
        num_regressors: int = 0,
        name: str | None = "r2_score",
    ) -> None:
        if class_aggregation not in (None, "uniform_average", "variance_weighted_average"):
            raise ValueError(
                "[R2Score] class_aggregation must be None, 'uniform_average' or 'variance_weighted_average', "
                f"got {class_aggregation!r}"
            )
        if number("R2Score", "num_regressors", num_regressors) < 0:
            raise ValueError(f"[R2Score] num_regressors must not be negative, got {num_regressors}")
        self.class_aggregation, self.num_regressors = class_aggregation, num_regressors
        super().__init__(name)

    def result(self) -> Any:
        """The score so far; NaN before the first sample."""
        if "sums" not in self._buffers:
            return float("nan")
        count, total, squares, errors = self._buffers["sums"]
        with np.errstate(divide="ignore", invalid="ignore"):
            variation = squares - total * (total / count)
            scores = 1 - errors / variation
            scores = np.where(np.isinf(scores), 0.0, scores)  # as Keras: targets without any variation
            if self.class_aggregation == "uniform_average":
                scores = scores.mean()
            elif self.class_aggregation == "variance_weighted_average":
                scores = (variation * scores).sum() / variation.sum()
            if self.num_regressors:
                samples = count[0]
                scores = 1 - (1 - scores) * (samples - 1) / (samples - self.num_regressors - 1)
        return float(scores) if np.ndim(scores) == 0 else scores


def _smoothing(owner: str, value: Any) -> float:
    smoothing = number(owner, "label_smoothing", value)
    if not 0 <= smoothing <= 1:
        raise ValueError(f"[{owner}] label_smoothing must be in [0, 1], got {value}")
    return smoothing


def _smoothed(y: Tensor, smoothing: float, classes: int) -> Tensor:
    return ops.add(ops.mul(y, 1 - smoothing), smoothing / classes) if smoothing else y
