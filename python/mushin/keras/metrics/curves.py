"""The area under the curve of two rates of decisions."""

from __future__ import annotations

from typing import Any

import numpy as np

from mushin import ops
from mushin.keras.arguments import positive_integer
from mushin.keras.metrics.base import Metric
from mushin.keras.metrics.counts import checked_thresholds
from mushin.keras.numbers import EPSILON
from mushin.ops.arrays import tensor_of
from mushin.train import metrics
from mushin.train.metrics.counts import Decisions
from mushin.train.metrics.metric import share


class AUC(Metric, metrics.Counts):
    """The area under a curve of two rates, one point for each threshold of the outputs.

    Args:
        num_thresholds: how many thresholds, evenly from just below 0 to just above 1.
        curve: "ROC", the recall over the share of false positives, or "PR", the precision over the recall.
        summation_method: "interpolation" for straight lines between the points (for "PR" as Davis and Goadrich do),
            "minoring" for steps below, "majoring" for steps above.
        name: in logs and history.
        dtype: see Metric.
        thresholds: those between 0 and 1, instead of num_thresholds.
        multi_label: the mean of the areas of each column of the outputs; False takes all elements together.
        num_labels: with multi_label, the number of columns that outputs must have; None for any.
        label_weights: with multi_label, of the columns in this mean.
        from_logits: outputs are logits, whose sigmoid is taken.

    `mushin.train.metrics.roc_auc_score` is the exact area, of arrays with all scores.

    Source: keras.metrics.AUC; Davis and Goadrich 2006.
    """

    def __init__(
        self,
        num_thresholds: int = 200,
        curve: str = "ROC",
        summation_method: str = "interpolation",
        name: str | None = None,
        dtype: Any = None,
        thresholds: Any = None,
        multi_label: bool = False,
        num_labels: int | None = None,
        label_weights: Any = None,
        from_logits: bool = False,
    ) -> None:
        if curve not in ("ROC", "PR"):
            raise ValueError(f"[AUC] curve must be 'ROC' or 'PR', got {curve!r}")
        if summation_method not in ("interpolation", "minoring", "majoring"):
            raise ValueError(
                f"[AUC] summation_method must be 'interpolation', 'minoring' or 'majoring', got {summation_method!r}"
            )
        if thresholds is None:
            if positive_integer("AUC", "num_thresholds", num_thresholds) < 2:
                raise ValueError(f"[AUC] num_thresholds must be at least 2, got {num_thresholds}")
            inside = [(i + 1) / (num_thresholds - 1) for i in range(num_thresholds - 2)]
        else:
            inside = sorted(checked_thresholds("AUC", thresholds, 0.5))
        if label_weights is not None and not multi_label:
            raise ValueError("[AUC] label_weights needs multi_label=True")
        self.curve, self.summation_method, self.multi_label = curve, summation_method, multi_label
        self.label_weights = None if label_weights is None else np.asarray(label_weights, np.float64)
        if num_labels is not None and not multi_label:
            raise ValueError("[AUC] num_labels needs multi_label=True")
        self.num_labels = None if num_labels is None else positive_integer("AUC", "num_labels", num_labels)
        self.from_logits = from_logits
        super().__init__(dtype, name, thresholds=[-EPSILON, *inside, 1 + EPSILON], by_column=multi_label)

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        if self.from_logits:
            y_pred = ops.sigmoid(tensor_of(y_pred))
        if self.num_labels is not None and (shape := tensor_of(y_pred).shape)[-1:] != (self.num_labels,):
            raise ValueError(f"[{self.name}] outputs must have {self.num_labels} columns, got shape {shape}")
        super().update_state(y_true, y_pred, sample_weight)

    def result(self) -> float:
        """The area; NaN where there are no positives or no negatives."""
        found = self.decisions()
        if self.curve == "PR" and self.summation_method == "interpolation":
            areas = _area_of_precision(found)
        else:
            recall = share(found.true_positives, found.true_positives + found.false_negatives)
            if self.curve == "ROC":
                x, y = share(found.false_positives, found.false_positives + found.true_negatives), recall
            else:
                x, y = recall, share(found.true_positives, found.true_positives + found.false_positives)
            left, right = y[:, :-1], y[:, 1:]
            heights = {
                "interpolation": (left + right) / 2,
                "minoring": np.minimum(left, right),
                "majoring": np.maximum(left, right),
            }[self.summation_method]
            areas = ((x[:, :-1] - x[:, 1:]) * heights).sum(1)
        return float(np.average(areas, weights=self.label_weights))


def _area_of_precision(found: Decisions) -> np.ndarray:
    """Between two points true positives grow in proportion to all positives, and precision is their quotient."""
    positives = found.true_positives + found.false_positives
    gained = found.true_positives[:, :-1] - found.true_positives[:, 1:]
    slope = share(gained, positives[:, :-1] - positives[:, 1:])
    intercept = found.true_positives[:, 1:] - slope * positives[:, 1:]
    both = (positives[:, :-1] > 0) & (positives[:, 1:] > 0)
    ratio = np.where(both, share(positives[:, :-1], positives[:, 1:]), 1.0)
    areas = slope * (gained + intercept * np.log(ratio))
    return np.asarray(share(areas, found.true_positives[:, 1:] + found.false_negatives[:, 1:]).sum(1))
