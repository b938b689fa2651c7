"""Metrics of decisions: counts of right and wrong ones, and what is made of them."""

from __future__ import annotations

from typing import Any

import numpy as np

from mushin.keras.arguments import number, positive_integer
from mushin.keras.metrics.base import Metric
from mushin.keras.numbers import EPSILON
from mushin.train import metrics
from mushin.train.metrics.counts import Decisions
from mushin.train.metrics.metric import share


def checked_thresholds(owner: str, thresholds: Any, otherwise: float) -> list[float]:
    """Thresholds in [0, 1], in the order in which they were given."""
    if thresholds is None:
        return [otherwise]
    given = [
        number(owner, "thresholds", t) for t in (thresholds if isinstance(thresholds, (list, tuple)) else [thresholds])
    ]
    if not given or not all(0 <= t <= 1 for t in given):
        raise ValueError(f"[{owner}] thresholds must be in [0, 1], got {thresholds}")
    return given


class _AtThresholds(Metric, metrics.Counts):
    """Base of metrics that are made of the decisions at thresholds; one or a list of them."""

    def __init__(
        self,
        thresholds: Any,
        name: str | None,
        dtype: Any,
        top_k: int | None = None,
        class_id: int | None = None,
        otherwise: float = 0.5,
    ) -> None:
        owner = type(self).__name__
        given = checked_thresholds(owner, thresholds, otherwise)
        self.thresholds = thresholds
        self.top_k = None if top_k is None else positive_integer(owner, "top_k", top_k)
        if class_id is not None and (isinstance(class_id, bool) or not isinstance(class_id, int) or class_id < 0):
            raise ValueError(f"[{owner}] class_id must be an integer from 0 on, got {class_id!r}")
        self.class_id = class_id
        self._order = np.argsort(given)
        rising = [given[i] for i in self._order]
        super().__init__(dtype, name, thresholds=rising, by_column=class_id is not None, among=self.top_k or 0)

    def result(self) -> Any:
        found = self.decisions()
        column = 0
        if self.class_id is not None and "counts" in self._buffers:
            column = self.class_id
            if column >= len(found.true_positives):
                raise ValueError(
                    f"[{self.name}] class_id must be in [0, {len(found.true_positives)}), got {self.class_id}"
                )
        values = np.empty(len(self._order))
        values[self._order] = self.of_decisions(Decisions(*(each[column] for each in found)))
        return values if isinstance(self.thresholds, (list, tuple)) else float(values[0])

    def of_decisions(self, decisions: Decisions) -> Any:
        """The metric at every threshold."""
        raise NotImplementedError


class TruePositives(_AtThresholds):
    """The number of positives that were found, or the sum of their weights.

    Args:
        thresholds: one, or a list of them, in [0, 1]; outputs above are positive. 0.5 if None.
        name: in logs and history.
        dtype: see Metric.

    Source: keras.metrics.TruePositives.
    """

    def __init__(self, thresholds: Any = None, name: str | None = None, dtype: Any = None) -> None:
        super().__init__(thresholds, name, dtype)

    def of_decisions(self, decisions: Decisions) -> Any:
        return decisions.true_positives


class FalsePositives(TruePositives):
    """The number of negatives that were taken for positives, or the sum of their weights.

    Args:
        thresholds, name, dtype: as TruePositives'.

    Source: keras.metrics.FalsePositives.
    """

    direction = "down"

    def of_decisions(self, decisions: Decisions) -> Any:
        return decisions.false_positives


class TrueNegatives(TruePositives):
    """The number of negatives that were found, or the sum of their weights.

    Args:
        thresholds, name, dtype: as TruePositives'.

    Source: keras.metrics.TrueNegatives.
    """

    def of_decisions(self, decisions: Decisions) -> Any:
        return decisions.true_negatives


class FalseNegatives(TruePositives):
    """The number of positives that were missed, or the sum of their weights.

    Args:
        thresholds, name, dtype: as TruePositives'.

    Source: keras.metrics.FalseNegatives.
    """

    direction = "down"

    def of_decisions(self, decisions: Decisions) -> Any:
        return decisions.false_negatives


class Precision(_AtThresholds):
    """true positives / (true positives + false positives), 0 if there are none.

    Args:
        thresholds: one, or a list of them, in [0, 1]; outputs above are positive. 0.5 if None; with top_k any output
            may be positive.
        top_k: only the so many largest outputs of a sample are positive.
        class_id: look at this class only.
        name: in logs and history.
        dtype: see Metric.

    Source: keras.metrics.Precision.
    """

    def __init__(
        self,
        thresholds: Any = None,
        top_k: int | None = None,
        class_id: int | None = None,
        name: str | None = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(thresholds, name, dtype, top_k, class_id, 0.5 if top_k is None else -np.inf)

    def of_decisions(self, decisions: Decisions) -> Any:
        return share(decisions.true_positives, decisions.true_positives + decisions.false_positives)


class Recall(Precision):
    """true positives / (true positives + false negatives), 0 if there are none.

    Args:
        thresholds, top_k, class_id, name, dtype: as Precision's.

    Source: keras.metrics.Recall.
    """

    def of_decisions(self, decisions: Decisions) -> Any:
        return share(decisions.true_positives, decisions.true_positives + decisions.false_negatives)


class FBetaScore(Metric, metrics.Counts):
    """(1 + beta^2) precision recall / (beta^2 precision + recall).

    Args:
        average: None for one score for each class, "micro" for all classes counted together, "macro" for the mean of
            the classes, "weighted" for that weighted with their numbers of positives.
        beta: above 1 recall counts more, below 1 precision.
        threshold: outputs above are positive; None: the largest of a sample is, of equal ones the first.
        name: in logs and history.
        dtype: see Metric.

    Outputs and targets are (batch, classes).

    Raises:
        ValueError: an argument out of its range.

    Source: keras.metrics.FBetaScore; sklearn.metrics.fbeta_score.
    """

    def __init__(
        self,
        average: str | None = None,
        beta: float = 1.0,
        threshold: float | None = None,
        name: str | None = "fbeta_score",
        dtype: Any = None,
    ) -> None:
        owner = type(self).__name__
        if average not in (None, "micro", "macro", "weighted"):
            raise ValueError(f"[{owner}] average must be None, 'micro', 'macro' or 'weighted', got {average!r}")
        self.average = average
        self.beta = number(owner, "beta", beta)
        if not self.beta > 0:
            raise ValueError(f"[{owner}] beta must be above 0, got {beta}")
        if threshold is not None and not 0 < number(owner, "threshold", threshold) <= 1:
            raise ValueError(f"[{owner}] threshold must be in (0, 1], got {threshold}")
        self.threshold = threshold
        super().__init__(
            dtype,
            name,
            thresholds=[-np.inf if threshold is None else threshold],
            by_column=True,
            among=1 if threshold is None else 0,
        )

    def result(self) -> Any:
        counts = (each[:, 0] for each in self.decisions())
        if self.average == "micro":
            counts = (each.sum(keepdims=True) for each in counts)
        true_positives, false_positives, _, false_negatives = counts
        precision = true_positives / (true_positives + false_positives + EPSILON)
        recall = true_positives / (true_positives + false_negatives + EPSILON)
        square = self.beta**2
        scores = (1 + square) * precision * recall / (square * precision + recall + EPSILON)
        if self.average is None:
            return scores
        if self.average == "weighted":
            positives = true_positives + false_negatives
            return float((scores * positives).sum() / (positives.sum() + EPSILON))
        return float(scores.mean())


class F1Score(FBetaScore):
    """2 precision recall / (precision + recall).

    Args:
        average, threshold, name, dtype: as FBetaScore's.

    Source: keras.metrics.F1Score; sklearn.metrics.f1_score.
    """

    def __init__(
        self,
        average: str | None = None,
        threshold: float | None = None,
        name: str | None = "f1_score",
        dtype: Any = None,
    ) -> None:
        super().__init__(average, 1.0, threshold, name, dtype)
