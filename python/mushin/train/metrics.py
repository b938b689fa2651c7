"""Metrics of the training loop. Each keeps a running total in a buffer that kernels add to, so that a replayed step
updates it."""

from __future__ import annotations

import numpy as np

from mushin import kernels
from mushin.autograd import Tensor
from mushin.ops.arrays import reshaped


class Metric:
    """A mean over samples: `total` holds (sum, count)."""

    def __init__(self, name: str) -> None:
        self.name = name
        self.total = np.zeros(2)

    def reset(self) -> None:
        self.total[:] = 0.0

    def result(self) -> float:
        """The mean so far; NaN before the first sample."""
        return float(self.total[0] / self.total[1]) if self.total[1] else float("nan")

    def update(self, outputs: Tensor, target: Tensor) -> None:
        """Adds a batch: the model's outputs and what they should be."""
        raise NotImplementedError


class MeanLoss(Metric):
    """The mean of batch losses, each weighted with its number of samples."""

    def update_loss(self, loss: Tensor, samples: int) -> None:
        kernels.add_weighted(self.total, loss.array, samples)


class Accuracy(Metric):
    """The share of samples whose largest output is at the target: a class id, or the largest of a row."""

    def __init__(self, name: str = "accuracy") -> None:
        super().__init__(name)

    def update(self, outputs: Tensor, target: Tensor) -> None:
        classes = outputs.array.shape[-1]
        if classes == 1:
            raise ValueError("[accuracy] outputs must have scores of at least 2 classes, got a last axis of 1")
        scores = reshaped(outputs.array, (outputs.array.size // max(classes, 1), classes))
        ids = target.array
        if ids.dtype.kind == "f":
            rows = reshaped(ids, (scores.shape[0], classes, 1))
            ids = kernels.reduce_max(rows)[1]
        kernels.add_correct(self.total, scores, reshaped(ids, (scores.shape[0],)))


class MeanSquaredError(Metric):
    """The mean of squared differences."""

    def __init__(self, name: str = "mse") -> None:
        super().__init__(name)

    def update(self, outputs: Tensor, target: Tensor) -> None:
        difference = kernels.sub_forward(outputs.array, target.array)
        squares = kernels.mul_forward(difference, difference)
        mean = kernels.reduce_sum(True, squares.reshape(1, -1, 1), 1.0 / max(squares.size, 1))
        kernels.add_weighted(self.total, mean.reshape(()), len(outputs.array))
