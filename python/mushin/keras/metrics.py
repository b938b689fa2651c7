"""Keras' metrics by name, from the training loop's."""

from __future__ import annotations

from typing import Any

from mushin.train import metrics

METRICS: dict[str, type[metrics.Metric]] = {
    "accuracy": metrics.Accuracy,
    "acc": metrics.Accuracy,
    "mse": metrics.MeanSquaredError,
    "mean_squared_error": metrics.MeanSquaredError,
}


class MeanSquaredError(metrics.MeanSquaredError):
    """The mean of squared differences.

    Args:
        name: its name in the history.

    Source: keras.metrics.MeanSquaredError.
    """

    def __init__(self, name: str = "mean_squared_error") -> None:
        super().__init__(name)


def get(metric: Any) -> metrics.Metric:
    """A metric from its name, which it keeps; or the metric itself."""
    if isinstance(metric, metrics.Metric):
        return metric
    if not isinstance(metric, str) or metric not in METRICS:
        raise ValueError(f"[compile] metrics must be of {', '.join(METRICS)}, got {metric!r}")
    return METRICS[metric](metric)
