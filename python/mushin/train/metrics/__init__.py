"""Metrics of the training loop: totals over a pass, in buffers that kernels add to, so that a replayed step counts."""

from mushin.train.metrics.counts import ConfusionMatrix, Counts
from mushin.train.metrics.means import Accuracy, MeanLoss, MeanMetric, MeanOf, MeanSquaredError
from mushin.train.metrics.metric import Metric
from mushin.train.metrics.moments import Moments
from mushin.train.metrics.ranks import roc_auc_score

__all__ = [
    "Accuracy",
    "ConfusionMatrix",
    "Counts",
    "MeanLoss",
    "MeanMetric",
    "MeanOf",
    "MeanSquaredError",
    "Metric",
    "Moments",
    "roc_auc_score",
]
