"""Keras' metrics, from the training loop's."""

from __future__ import annotations

from typing import Any

import numpy as np

from mushin import kernels
from mushin.autograd import Tensor
from mushin.keras.arguments import Configured
from mushin.ops.arrays import reshaped
from mushin.train import metrics


class SparseCategoricalAccuracy(Configured, metrics.Accuracy):
    """The share of samples whose largest output is at the target's class id.

    Args:
        name: its name in the history.

    Source: keras.metrics.SparseCategoricalAccuracy.
    """

    def __init__(self, name: str = "sparse_categorical_accuracy") -> None:
        super().__init__(name)


class CategoricalAccuracy(Configured, metrics.Accuracy):
    """The share of samples whose largest output is at the largest of the target's row.

    Args:
        name: its name in the history.

    Source: keras.metrics.CategoricalAccuracy.
    """

    def __init__(self, name: str = "categorical_accuracy") -> None:
        super().__init__(name)


class BinaryAccuracy(Configured, metrics.Metric):
    """The share of outputs that are above 0.5 where the target is 1, and not above it where the target is 0.

    Args:
        name: its name in the history.

    Source: keras.metrics.BinaryAccuracy.
    """

    def __init__(self, name: str = "binary_accuracy") -> None:
        super().__init__(name)

    def update(self, outputs: Tensor, target: Tensor) -> None:
        _add_binary(self.total, outputs.array, target.array)


class MeanSquaredError(Configured, metrics.MeanSquaredError):
    """The mean of squared differences.

    Args:
        name: its name in the history.

    Source: keras.metrics.MeanSquaredError.
    """

    def __init__(self, name: str = "mean_squared_error") -> None:
        super().__init__(name)


class _AccuracyByShape(metrics.Accuracy):
    """What "accuracy" stands for: binary of outputs with a last axis of length 1, else of classes."""

    def update(self, outputs: Tensor, target: Tensor) -> None:
        if outputs.array.shape[-1] == 1:
            _add_binary(self.total, outputs.array, target.array)
        else:
            super().update(outputs, target)


def _add_binary(total: np.ndarray, outputs: np.ndarray, target: np.ndarray) -> None:
    """total[0] += elements of target that are 1 where the output is above 0.5 and 0 elsewhere, total[1] += elements."""
    decided = kernels.reduce_max(_beside(0.5, outputs)[:, :, None])[1]
    missed = kernels.sub_forward(
        kernels.copy(kernels.empty((outputs.size,), outputs.dtype), reshaped(decided, (outputs.size,))),
        kernels.copy(kernels.empty((outputs.size,), outputs.dtype), reshaped(target, (outputs.size,))),
    )
    # The first largest of (0, square) is the 0 where nothing was missed: a target of 0.7 is missed either way.
    kernels.add_correct(total, _beside(0.0, kernels.mul_forward(missed, missed)), np.zeros(outputs.size, np.int64))


def _beside(value: float, elements: np.ndarray) -> np.ndarray:
    """Rows (value, element), of shape (elements, 2)."""
    rows = kernels.fill(kernels.empty((elements.size, 2), elements.dtype), value)
    kernels.copy(rows[:, 1], reshaped(elements, (elements.size,)))
    return rows


METRICS: dict[str, type[metrics.Metric]] = {
    "accuracy": _AccuracyByShape,
    "acc": _AccuracyByShape,
    "sparse_categorical_accuracy": SparseCategoricalAccuracy,
    "SparseCategoricalAccuracy": SparseCategoricalAccuracy,
    "categorical_accuracy": CategoricalAccuracy,
    "CategoricalAccuracy": CategoricalAccuracy,
    "binary_accuracy": BinaryAccuracy,
    "BinaryAccuracy": BinaryAccuracy,
    "mse": MeanSquaredError,
    "MSE": MeanSquaredError,
    "mean_squared_error": MeanSquaredError,
    "MeanSquaredError": MeanSquaredError,
}


def get(metric: Any) -> metrics.Metric:
    """A metric from its name, which it keeps; or the metric itself."""
    if isinstance(metric, metrics.Metric):
        return metric
    if isinstance(metric, str):
        # Of this one Keras takes all spellings.
        kind = METRICS.get(metric.lower() if metric.lower() in ("accuracy", "acc") else metric)
        if kind is not None:
            return kind(metric)
    raise ValueError(f"[compile] metrics must be of {', '.join(METRICS)}, got {metric!r}")


def check_target_kind(metric: metrics.Metric, kind: str) -> None:
    """Raises ValueError for a metric that does not read the targets that the loss takes."""
    if kind == "ids":
        if isinstance(metric, (CategoricalAccuracy, BinaryAccuracy, metrics.MeanSquaredError)):
            raise ValueError(f"[compile] metric {metric.name} needs numbers, but the loss takes class ids")
    elif isinstance(metric, SparseCategoricalAccuracy):
        raise ValueError(f"[compile] metric {metric.name} needs class ids, but the loss takes {kind}")
