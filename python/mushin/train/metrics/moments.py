"""What the coefficient of determination is made of."""

from __future__ import annotations

import numpy as np

from mushin import kernels
from mushin.ops.arrays import reshaped
from mushin.train.metrics.metric import Metric, rows_of


class Moments(Metric):
    """For each column of the outputs: the sums of weights, of targets, of their squares, and of squared errors."""

    direction = "up"

    def add(self, outputs: np.ndarray, target: np.ndarray, weights: np.ndarray | None) -> None:
        rows = rows_of(outputs)
        sums = self.buffer("sums", 4, rows.shape[1])
        kernels.add_moments(sums, rows, reshaped(target, rows.shape), weights)
