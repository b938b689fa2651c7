"""Metrics of the order of all scores, which no running total knows: functions of whole arrays."""

from __future__ import annotations

from typing import Any

import numpy as np


def roc_auc_score(y_true: Any, y_score: Any, sample_weight: Any = None) -> float:
    """The area under the ROC curve: the probability that a positive sample scores above a negative one, where equal
    scores count half.

    Args:
        y_true: (n,) of 0 and 1, or False and True.
        y_score: (n,) of numbers; the larger, the more likely positive.
        sample_weight: (n,), None for 1.

    Raises:
        ValueError: other shapes or targets, NaN among the scores, or only one class.

    Source: sklearn.metrics.roc_auc_score.
    """
    scores = np.asarray(y_score, np.float64)
    target = np.asarray(y_true)
    weights = np.ones(scores.shape) if sample_weight is None else np.asarray(sample_weight, np.float64)
    for name, array in (("y_true", target), ("sample_weight", weights)):
        if scores.ndim != 1 or array.shape != scores.shape:
            raise ValueError(
                f"[roc_auc_score] {name} must have the shape of y_score, (n,), got {array.shape} and {scores.shape}"
            )
    if not np.isin(target, (0, 1)).all():
        raise ValueError("[roc_auc_score] y_true must hold 0 and 1 only")
    if np.isnan(scores).any():
        raise ValueError(f"[roc_auc_score] y_score must not be NaN, got one at {int(np.isnan(scores).argmax())}")
    _, places = np.unique(scores, return_inverse=True)
    positive = np.bincount(places, weights * target)  # by rising score
    negative = np.bincount(places, weights * (1 - target.astype(np.float64)))
    pairs = positive.sum() * negative.sum()
    if not pairs:
        raise ValueError("[roc_auc_score] y_true must hold both classes, got one")
    below = np.cumsum(negative) - negative
    return float((positive * (below + negative / 2)).sum() / pairs)
