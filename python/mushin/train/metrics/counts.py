"""Metrics of decisions: how many were right and wrong, at thresholds and between classes."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np

from mushin import kernels
from mushin.ops.arrays import reshaped
from mushin.train.metrics.means import ids_of_rows
from mushin.train.metrics.metric import Metric, rows_of


class Decisions(NamedTuple):
    """Weights of the outputs by what was decided and what was true: arrays (columns, thresholds)."""

    true_positives: np.ndarray
    false_positives: np.ndarray
    true_negatives: np.ndarray
    false_negatives: np.ndarray


class Counts(Metric):
    """Counts of outputs above thresholds, which are decided to be positive, and not above.

    Args:
        name: shown in messages and logs.
        thresholds: of the outputs, rising.
        by_column: count each column of the outputs for itself; False counts all elements together.
        among: only the so many largest outputs of a row may be positive, of equal ones the first; 0 for any.
    """

    direction = "up"

    def __init__(self, name: str, thresholds: Sequence[float], by_column: bool = False, among: int = 0) -> None:
        super().__init__(name)
        # The kernel's first bucket is what lies above no threshold.
        self.buckets = np.array([-np.inf, *thresholds], np.float64)
        self.by_column = by_column
        self.among = among

    def add(self, outputs: np.ndarray, target: np.ndarray, weights: np.ndarray | None) -> None:
        by_column = self.by_column or self.among
        rows = rows_of(outputs) if by_column else reshaped(outputs, (outputs.size, 1))
        counts = self.buffer("counts", rows.shape[1], len(self.buckets), 2)
        kernels.add_counts(counts, rows, reshaped(target, rows.shape), self.buckets, weights, self.among)

    def decisions(self) -> Decisions:
        """What has been counted; of one column if it is not by column."""
        counts = self._buffers.get("counts", np.zeros((1, len(self.buckets), 2)))
        if not self.by_column:
            counts = counts.sum(0, keepdims=True)
        above = np.cumsum(counts[:, :0:-1], axis=1)[:, ::-1]  # of what lies above each threshold
        below = counts.sum(1, keepdims=True) - above
        return Decisions(above[..., 1], above[..., 0], below[..., 0], below[..., 1])


class ConfusionMatrix(Metric):
    """How often each class was taken for which: the entry (i, j) counts the samples of class i whose largest output is
    at j, weighted if there are weights.

    Args:
        name: shown in messages and logs.

    Outputs are scores (batch, ..., classes), targets class ids or rows whose largest element is at the class.

    Source: sklearn.metrics.confusion_matrix.
    """

    target_kind = None
    ranks_only = True

    def __init__(self, name: str = "confusion_matrix") -> None:
        super().__init__(name)

    def add(self, outputs: np.ndarray, target: np.ndarray, weights: np.ndarray | None) -> None:
        scores = rows_of(outputs)
        counts = self.buffer("counts", scores.shape[1], scores.shape[1])
        kernels.add_confusion(counts, scores, ids_of_rows(target, scores), weights)

    def result(self) -> Any:
        """The matrix (classes, classes) of doubles; (0, 0) before the first batch."""
        return self._buffers.get("counts", np.zeros((0, 0))).copy()
