"""Keras' metrics: totals over all samples of a pass, by the training loop's kernels. They can be used by themselves:
`update_state(y_true, y_pred, sample_weight)`, `result()` and `reset_state()`."""

from __future__ import annotations

from typing import Any

from mushin.keras import serialization
from mushin.keras.arguments import did_you_mean, snake_case
from mushin.keras.metrics.accuracy import (
    Accuracy,
    AccuracyByShape,
    BinaryAccuracy,
    CategoricalAccuracy,
    SparseCategoricalAccuracy,
    SparseTopKCategoricalAccuracy,
    TopKCategoricalAccuracy,
)
from mushin.keras.metrics.base import Mean, MeanMetricWrapper, Metric, Sum
from mushin.keras.metrics.counts import (
    F1Score,
    FalseNegatives,
    FalsePositives,
    FBetaScore,
    Precision,
    Recall,
    TrueNegatives,
    TruePositives,
)
from mushin.keras.metrics.curves import AUC
from mushin.keras.metrics.errors import (
    BinaryCrossentropy,
    CategoricalCrossentropy,
    CategoricalHinge,
    CosineSimilarity,
    Hinge,
    KLDivergence,
    LogCoshError,
    MeanAbsoluteError,
    MeanAbsolutePercentageError,
    MeanSquaredError,
    MeanSquaredLogarithmicError,
    Poisson,
    R2Score,
    RootMeanSquaredError,
    SparseCategoricalCrossentropy,
    SquaredHinge,
)
from mushin.keras.metrics.overlap import BinaryIoU, IoU, MeanIoU, OneHotIoU, OneHotMeanIoU
from mushin.train import metrics

__all__ = [
    "AUC",
    "Accuracy",
    "BinaryAccuracy",
    "BinaryCrossentropy",
    "BinaryIoU",
    "CategoricalAccuracy",
    "CategoricalCrossentropy",
    "CategoricalHinge",
    "CosineSimilarity",
    "F1Score",
    "FBetaScore",
    "FalseNegatives",
    "FalsePositives",
    "Hinge",
    "IoU",
    "KLDivergence",
    "LogCoshError",
    "Mean",
    "MeanAbsoluteError",
    "MeanAbsolutePercentageError",
    "MeanIoU",
    "MeanMetricWrapper",
    "MeanSquaredError",
    "MeanSquaredLogarithmicError",
    "Metric",
    "OneHotIoU",
    "OneHotMeanIoU",
    "Poisson",
    "Precision",
    "R2Score",
    "Recall",
    "RootMeanSquaredError",
    "SparseCategoricalAccuracy",
    "SparseCategoricalCrossentropy",
    "SparseTopKCategoricalAccuracy",
    "SquaredHinge",
    "Sum",
    "TopKCategoricalAccuracy",
    "TrueNegatives",
    "TruePositives",
    "get",
]

# Other names for the same, also in capitals.
_SHORT = {
    "mse": MeanSquaredError,
    "mae": MeanAbsoluteError,
    "mape": MeanAbsolutePercentageError,
    "msle": MeanSquaredLogarithmicError,
    "rmse": RootMeanSquaredError,
    "kld": KLDivergence,
    "bce": BinaryCrossentropy,
}

_CLASSES: list[type[Metric]] = [
    globals()[name] for name in __all__ if name not in ("Metric", "MeanMetricWrapper", "get")
]
METRICS: dict[str, type[Metric]] = {
    "accuracy": AccuracyByShape,
    "acc": AccuracyByShape,
    **{kind.__name__: kind for kind in _CLASSES if kind is not Accuracy},
    **{snake_case(kind.__name__): kind for kind in _CLASSES if kind is not Accuracy},
    "logcosh": LogCoshError,
    **_SHORT,
    **{short.upper(): kind for short, kind in _SHORT.items()},
}


def get(identifier: Any) -> metrics.Metric:
    """A metric from its name, which it keeps, class or configuration, or from a function of both; or itself."""
    if isinstance(identifier, dict):
        identifier = serialization.deserialize(identifier)
    if isinstance(identifier, metrics.Metric):
        return identifier
    if isinstance(identifier, type) and issubclass(identifier, metrics.Metric):
        return identifier()  # type: ignore[call-arg]
    if isinstance(identifier, str):
        # Of this one Keras takes all spellings.
        kind = METRICS.get(identifier.lower() if identifier.lower() in ("accuracy", "acc") else identifier)
        if kind is not None:
            return kind(name=identifier)
    elif callable(identifier):
        return MeanMetricWrapper(identifier, "lambda" if getattr(identifier, "__name__", None) == "<lambda>" else None)
    raise ValueError(
        f"[compile] metrics must be of {', '.join(METRICS)}, or functions, got {identifier!r}"
        f"{did_you_mean(identifier, METRICS)}"
    )


def check_target_kind(metric: metrics.Metric, kind: str) -> None:
    """Raises ValueError for a metric that does not read the targets that the loss takes. One with an `update_state` of
    its own in the place of `add` reads them as it likes."""
    if type(metric).add is metrics.Metric.add:
        return
    if kind == "ids" and metric.target_kind == "numbers":
        raise ValueError(f"[compile] metric {metric.name} needs numbers, but the loss takes class ids")
    if kind in ("numbers", "rows") and metric.target_kind == "ids":
        raise ValueError(f"[compile] metric {metric.name} needs class ids, but the loss takes {kind}")
