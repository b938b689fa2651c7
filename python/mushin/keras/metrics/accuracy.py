"""Shares of right answers."""

from __future__ import annotations

from typing import Any

from mushin.keras.arguments import number, positive_integer
from mushin.keras.metrics.base import Metric
from mushin.ops.arrays import tensor_of
from mushin.train import metrics
from mushin.train.metrics.means import Agreement


class Accuracy(Metric, Agreement):
    """The share of outputs that equal their target.

    Args:
        name: in logs and history.
        dtype: see Metric.

    Source: keras.metrics.Accuracy.
    """

    def __init__(self, name: str | None = "accuracy", dtype: Any = None) -> None:
        super().__init__(dtype, name)


class BinaryAccuracy(Metric, Agreement):
    """The share of outputs that are above the threshold where the target is 1, and not above it where the target is 0.

    Args:
        name: in logs and history.
        dtype: see Metric.
        threshold: of the outputs.

    Source: keras.metrics.BinaryAccuracy.
    """

    def __init__(self, name: str | None = "binary_accuracy", dtype: Any = None, threshold: float = 0.5) -> None:
        super().__init__(dtype, name, threshold=number("BinaryAccuracy", "threshold", threshold))


class CategoricalAccuracy(Metric, metrics.Accuracy):
    """The share of samples whose largest output is at the largest of the target's row.

    Args:
        name: in logs and history.
        dtype: see Metric.

    Source: keras.metrics.CategoricalAccuracy.
    """

    target_kind = "numbers"

    def __init__(self, name: str | None = "categorical_accuracy", dtype: Any = None) -> None:
        super().__init__(dtype, name)


class SparseCategoricalAccuracy(Metric, metrics.Accuracy):
    """The share of samples whose largest output is at the target's class id.

    Args:
        name: in logs and history.
        dtype: see Metric.

    Source: keras.metrics.SparseCategoricalAccuracy.
    """

    target_kind = "ids"

    def __init__(self, name: str | None = "sparse_categorical_accuracy", dtype: Any = None) -> None:
        super().__init__(dtype, name)


class TopKCategoricalAccuracy(Metric, metrics.Accuracy):
    """The share of samples whose target, the largest of its row, is among the k largest outputs. Outputs that equal the
    target's do not count as larger.

    Args:
        k: how many.
        name: in logs and history.
        dtype: see Metric.

    Source: keras.metrics.TopKCategoricalAccuracy.
    """

    target_kind = "numbers"

    def __init__(self, k: int = 5, name: str | None = "top_k_categorical_accuracy", dtype: Any = None) -> None:
        super().__init__(dtype, name, among=positive_integer(type(self).__name__, "k", k))
        self.k = self.among


class SparseTopKCategoricalAccuracy(TopKCategoricalAccuracy):
    """The share of samples whose target's class id is among the k largest outputs.

    Args:
        k: how many.
        name: in logs and history.
        dtype: see Metric.

    Source: keras.metrics.SparseTopKCategoricalAccuracy.
    """

    target_kind = "ids"

    def __init__(self, k: int = 5, name: str | None = "sparse_top_k_categorical_accuracy", dtype: Any = None) -> None:
        super().__init__(k, name, dtype)


class AccuracyByShape(Metric, metrics.Accuracy):
    """What "accuracy" stands for: binary of outputs with a last axis of length 1, else of classes."""

    def __init__(self, name: str | None = "accuracy", dtype: Any = None) -> None:
        super().__init__(dtype, name)
        self._binary = Agreement(self.name, threshold=0.5)
        self._binary.total = self.total

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        if tensor_of(y_pred).shape[-1:] == (1,):
            self._binary.update(y_pred, y_true, sample_weight)
        else:
            super().update_state(y_true, y_pred, sample_weight)
