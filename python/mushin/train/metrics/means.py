"""Metrics that are means over samples."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from mushin import kernels
from mushin.autograd import Tensor, from_array
from mushin.ops.arrays import reshaped, tensor_of
from mushin.train.metrics.metric import Metric, converted, rows_of

Function = Callable[..., Any]


class MeanMetric(Metric):
    """A weighted mean: `total` holds (sum of weighted values, sum of weights)."""

    heeds_mask = True

    def __init__(self, name: str) -> None:
        super().__init__(name)
        self.total = self.buffer("total", 2)

    def result(self) -> Any:
        """The mean so far; 0 before the first sample."""
        total, count = self.total.tolist()
        return total / count if count else 0.0

    def add_values(self, values: np.ndarray, weights: np.ndarray | None = None, factor: float = 1.0) -> None:
        """Adds values of any shape: each row counts with its mean, weight and factor."""
        kernels.add_weighted(self.total, rows_of(values, weights), weights, factor)


class MeanLoss(MeanMetric):
    """The mean of batch losses, each weighted with its number of samples."""

    direction = "down"

    def update_loss(self, loss: Tensor, samples: int) -> None:
        self.add_values(reshaped(loss.array, (1, 1)), factor=samples)


class MeanOf(MeanMetric):
    """The mean of a function's values.

    Args:
        name: shown in messages and logs.
        function: from targets and outputs, both tensors, to a tensor of values for each sample, (batch, ...).
    """

    def __init__(self, name: str, function: Function) -> None:
        super().__init__(name)
        self.function = function

    def add(self, outputs: np.ndarray, target: np.ndarray, weights: np.ndarray | None) -> None:
        values = tensor_of(self.function(from_array(target), from_array(outputs))).array
        self.add_values(values if values.ndim else reshaped(values, (1,)), weights)


class Accuracy(MeanMetric):
    """The share of samples whose largest output is at the target: a class id, or the largest of a row.

    Args:
        name: shown in messages and logs.
        among: count a target that is among the so many largest; 0 for the first largest.
    """

    target_kind: str | None = None
    direction = "up"
    ranks_only = True

    def __init__(self, name: str = "accuracy", among: int = 0) -> None:
        super().__init__(name)
        self.among = among

    def add(self, outputs: np.ndarray, target: np.ndarray, weights: np.ndarray | None) -> None:
        classes = outputs.shape[-1]
        if classes == 1:
            raise ValueError(f"[{self.name}] outputs must have scores of at least 2 classes, got a last axis of 1")
        scores = rows_of(outputs)
        kernels.add_correct(self.total, scores, ids_of_rows(target, scores), weights, self.among)


def ids_of_rows(target: np.ndarray, scores: np.ndarray) -> np.ndarray:
    """Class ids, also of rows whose largest element is at the class."""
    if target.dtype.kind == "f":
        target = kernels.reduce_max(reshaped(target, (*scores.shape, 1)))[1]
    return reshaped(converted(target, np.dtype(np.int64)), (scores.shape[0],))


class Agreement(MeanMetric):
    """The share of outputs that equal the target; or, with a threshold, that are above it where the target is 1 and not
    above it where the target is 0."""

    direction = "up"

    def __init__(self, name: str, threshold: float = float("nan")) -> None:
        super().__init__(name)
        self.threshold = threshold

    def add(self, outputs: np.ndarray, target: np.ndarray, weights: np.ndarray | None) -> None:
        rows = rows_of(outputs, weights)
        kernels.add_agreeing(self.total, rows, reshaped(target, rows.shape), weights, self.threshold)


class MeanSquaredError(MeanMetric):
    """The mean of squared differences."""

    direction = "down"

    def __init__(self, name: str = "mse") -> None:
        super().__init__(name)

    def add(self, outputs: np.ndarray, target: np.ndarray, weights: np.ndarray | None) -> None:
        difference = kernels.sub_forward(outputs, target)
        self.add_values(kernels.mul_forward(difference, difference), weights)
