"""Metrics of how far outputs are from their targets: means of what the losses of these names give."""

from __future__ import annotations

from collections.abc import Callable
from math import sqrt
from typing import Any

import numpy as np

from mushin import ops
from mushin.autograd import Tensor, from_array
from mushin.keras import losses
from mushin.keras.arguments import number
from mushin.keras.metrics.base import Metric
from mushin.ops.arrays import reshaped
from mushin.train import metrics


class _MeanLoss(Metric, metrics.MeanOf):
    """Base of metrics that are the mean of a loss, which `values` gives for each sample."""

    direction = "down"

    def __init__(self, name: str | None, dtype: Any, values: Callable[[Tensor, Tensor], Tensor]) -> None:
        super().__init__(dtype, name, function=values)


class _MeanOfElements(_MeanLoss):
    """Base of metrics that are the mean of a loss of elements; numbers along one axis are a sample each."""

    def add(self, outputs: np.ndarray, target: np.ndarray, weights: np.ndarray | None) -> None:
        if outputs.ndim == 1:
            outputs, target = reshaped(outputs, (len(outputs), 1)), reshaped(target, (len(target), 1))
        super().add(outputs, target, weights)


class MeanSquaredError(Metric, metrics.MeanSquaredError):
    """The mean of squared differences.

    Args:
        name: in logs and history.
        dtype: see Metric.

    Source: keras.metrics.MeanSquaredError.
    """

    def __init__(self, name: str | None = "mean_squared_error", dtype: Any = None) -> None:
        super().__init__(dtype, name)


class RootMeanSquaredError(MeanSquaredError):
    """The root of the mean of squared differences, of all samples together.

    Args:
        name: in logs and history.
        dtype: see Metric.

    Source: keras.metrics.RootMeanSquaredError.
    """

    heeds_mask = False

    def __init__(self, name: str | None = "root_mean_squared_error", dtype: Any = None) -> None:
        super().__init__(name, dtype)

    def result(self) -> float:
        return sqrt(super().result())


class MeanAbsoluteError(_MeanOfElements):
    """The mean of |target - output|.

    Args:
        name: in logs and history.
        dtype: see Metric.

    Source: keras.metrics.MeanAbsoluteError.
    """

    def __init__(self, name: str | None = "mean_absolute_error", dtype: Any = None) -> None:
        super().__init__(name, dtype, losses.MeanAbsoluteError().call)


class MeanAbsolutePercentageError(_MeanOfElements):
    """The mean of 100 |target - output| / max(|target|, 1e-7).

    Args:
        name: in logs and history.
        dtype: see Metric.

    Source: keras.metrics.MeanAbsolutePercentageError.
    """

    def __init__(self, name: str | None = "mean_absolute_percentage_error", dtype: Any = None) -> None:
        super().__init__(name, dtype, losses.MeanAbsolutePercentageError().call)


class MeanSquaredLogarithmicError(_MeanOfElements):
    """The mean of (log(1 + target) - log(1 + output))^2, where numbers below 1e-7 count as 1e-7.

    Args:
        name: in logs and history.
        dtype: see Metric.

    Source: keras.metrics.MeanSquaredLogarithmicError.
    """

    def __init__(self, name: str | None = "mean_squared_logarithmic_error", dtype: Any = None) -> None:
        super().__init__(name, dtype, losses.MeanSquaredLogarithmicError().call)


class LogCoshError(_MeanOfElements):
    """The mean of log(cosh(output - target)).

    Args:
        name: in logs and history.
        dtype: see Metric.

    Source: keras.metrics.LogCoshError.
    """

    def __init__(self, name: str | None = "logcosh", dtype: Any = None) -> None:
        super().__init__(name, dtype, losses.LogCosh().call)


class Poisson(_MeanOfElements):
    """The mean of output - target log(output + 1e-7).

    Args:
        name: in logs and history.
        dtype: see Metric.

    Source: keras.metrics.Poisson.
    """

    def __init__(self, name: str | None = "poisson", dtype: Any = None) -> None:
        super().__init__(name, dtype, losses.Poisson().call)


class Hinge(_MeanOfElements):
    """The mean of max(1 - target output, 0), for targets 1 and -1; 0 stands for -1.

    Args:
        name: in logs and history.
        dtype: see Metric.

    Source: keras.metrics.Hinge.
    """

    def __init__(self, name: str | None = "hinge", dtype: Any = None) -> None:
        super().__init__(name, dtype, losses.Hinge().call)


class SquaredHinge(_MeanOfElements):
    """The mean of max(1 - target output, 0)^2, for targets 1 and -1; 0 stands for -1.

    Args:
        name: in logs and history.
        dtype: see Metric.

    Source: keras.metrics.SquaredHinge.
    """

    def __init__(self, name: str | None = "squared_hinge", dtype: Any = None) -> None:
        super().__init__(name, dtype, losses.SquaredHinge().call)


class CategoricalHinge(_MeanLoss):
    """The mean of max(1 + (largest output of another class) - (output of the target's), 0), of one-hot rows.

    Args:
        name: in logs and history.
        dtype: see Metric.

    Source: keras.metrics.CategoricalHinge.
    """

    def __init__(self, name: str | None = "categorical_hinge", dtype: Any = None) -> None:
        super().__init__(name, dtype, losses.CategoricalHinge().call)


class KLDivergence(_MeanLoss):
    """The mean over samples of the sum over the last axis of target log(target / output), both kept in [1e-7, 1].

    Args:
        name: in logs and history.
        dtype: see Metric.

    Source: keras.metrics.KLDivergence.
    """

    def __init__(self, name: str | None = "kl_divergence", dtype: Any = None) -> None:
        super().__init__(name, dtype, losses.KLDivergence().call)


class CosineSimilarity(_MeanLoss):
    """The mean over samples of the cosine of the angle between target and output, 1 if they have one direction.

    Args:
        name: in logs and history.
        dtype: see Metric.
        axis: along which they are vectors.

    Source: keras.metrics.CosineSimilarity.
    """

    direction = "up"

    def __init__(self, name: str | None = "cosine_similarity", dtype: Any = None, axis: int = -1) -> None:
        self._loss = losses.CosineSimilarity(axis)
        self.axis = self._loss.axis
        super().__init__(name, dtype, self._cosine)

    def _cosine(self, y: Tensor, p: Tensor) -> Tensor:
        return ops.neg(self._loss.call(y, p))


class BinaryCrossentropy(_MeanOfElements):
    """The mean of -(target log(output) + (1 - target) log(1 - output)), with outputs kept in [1e-7, 1 - 1e-7].

    Args:
        name: in logs and history.
        dtype: see Metric.
        from_logits: whether the outputs are logits rather than probabilities.
        label_smoothing: targets become target (1 - label_smoothing) + label_smoothing / 2.

    Source: keras.metrics.BinaryCrossentropy.
    """

    def __init__(
        self,
        name: str | None = "binary_crossentropy",
        dtype: Any = None,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
    ) -> None:
        loss = losses.BinaryCrossentropy(from_logits, label_smoothing)
        self.from_logits, self.label_smoothing = loss.from_logits, loss.label_smoothing
        super().__init__(name, dtype, loss.call)


class CategoricalCrossentropy(_MeanLoss):
    """The mean cross-entropy of rows of probabilities.

    Args:
        name: in logs and history.
        dtype: see Metric.
        from_logits: whether the outputs are logits rather than probabilities, which are divided by their sum.
        label_smoothing: targets become target (1 - label_smoothing) + label_smoothing / classes.
        axis: -1, the last, is that of the classes.

    Source: keras.metrics.CategoricalCrossentropy.
    """

    def __init__(
        self,
        name: str | None = "categorical_crossentropy",
        dtype: Any = None,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
    ) -> None:
        loss = losses.CategoricalCrossentropy(from_logits, label_smoothing, axis)
        self.from_logits, self.label_smoothing, self.axis = loss.from_logits, loss.label_smoothing, loss.axis
        super().__init__(name, dtype, loss.call)


class SparseCategoricalCrossentropy(_MeanLoss):
    """The mean cross-entropy of class ids.

    Args:
        name: in logs and history.
        dtype: see Metric.
        from_logits: whether the outputs are logits rather than probabilities.
        ignore_class: an id whose samples count with 0 or, where there are weights, do not count; None for none.
        axis: -1, the last, is that of the classes.

    Source: keras.metrics.SparseCategoricalCrossentropy.
    """

    target_kind = "ids"

    def __init__(
        self,
        name: str | None = "sparse_categorical_crossentropy",
        dtype: Any = None,
        from_logits: bool = False,
        ignore_class: int | None = None,
        axis: int = -1,
    ) -> None:
        loss = losses.SparseCategoricalCrossentropy(from_logits, ignore_class, axis=axis)
        self.from_logits, self.ignore_class, self.axis = loss.from_logits, loss.ignore_class, loss.axis
        super().__init__(name, dtype, loss.call)

    def add(self, outputs: np.ndarray, target: np.ndarray, weights: np.ndarray | None) -> None:
        if weights is not None and self.ignore_class is not None:  # as Keras: only then they are no part of the count
            counts = ops.reshape(ops.ne(from_array(target), self.ignore_class), (weights.size, -1))
            weights = reshaped(ops.mul(reshaped(weights, (weights.size, 1)), counts).array, (target.size,))
        super().add(outputs, target, weights)


class R2Score(Metric, metrics.Moments):
    """1 - (sum of squared errors) / (sum of squared deviations of the targets from their mean), for each column.

    Args:
        class_aggregation: "uniform_average" for the mean of the columns, "variance_weighted_average", or None for one
            score for each.
        num_regressors: how many variables the outputs were predicted from, for the adjusted score; 0 for the usual one.
        name: in logs and history.
        dtype: see Metric.

    Outputs and targets are (batch, columns).

    Source: keras.metrics.R2Score; sklearn.metrics.r2_score.
    """

    def __init__(
        self,
        class_aggregation: str | None = "uniform_average",
        num_regressors: int = 0,
        name: str | None = "r2_score",
        dtype: Any = None,
    ) -> None:
        if class_aggregation not in (None, "uniform_average", "variance_weighted_average"):
            raise ValueError(
                "[R2Score] class_aggregation must be None, 'uniform_average' or 'variance_weighted_average', "
                f"got {class_aggregation!r}"
            )
        if number("R2Score", "num_regressors", num_regressors) < 0:
            raise ValueError(f"[R2Score] num_regressors must not be negative, got {num_regressors}")
        self.class_aggregation, self.num_regressors = class_aggregation, num_regressors
        super().__init__(dtype, name)

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
