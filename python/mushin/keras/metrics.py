"""Keras' metrics by name, from the training loop's."""

from __future__ import annotations

from typing import Any

from mushin.train.metrics import Accuracy, MeanSquaredError, Metric

METRICS: dict[str, type[Metric]] = {
    "accuracy": Accuracy,
    "acc": Accuracy,
    "mse": MeanSquaredError,
    "mean_squared_error": MeanSquaredError,
}


def get(metric: Any) -> Metric:
    """A metric from its name, which it keeps; or the metric itself."""
    if isinstance(metric, Metric):
        return metric
    if not isinstance(metric, str) or metric not in METRICS:
        raise ValueError(f"[compile] metrics must be of {', '.join(METRICS)}, got {metric!r}")
    return METRICS[metric](metric)
