"""How well predictions fit what is true."""

from __future__ import annotations

from typing import Any

import numpy as np

from mushin import Tensor
from mushin.keras import losses, metrics


def confusion_of(true: np.ndarray, read: np.ndarray, classes: int) -> np.ndarray:
    """How often a true class (row) was read as a class (column)."""
    matrix = np.zeros((classes, classes), np.int64)
    np.add.at(matrix, (true, read), 1)
    return matrix


def scores_of_classes(probabilities: np.ndarray, ids: np.ndarray) -> dict[str, float]:
    """loss (cross-entropy), accuracy and macro F1.

    Args:
        probabilities: float32 (n, classes).
        ids: the true classes, int64 (n,).
    """
    one_hot = np.eye(probabilities.shape[1], dtype=np.float32)[ids]
    return {
        "loss": _loss(losses.SparseCategoricalCrossentropy(), ids, probabilities),
        "accuracy": _total(metrics.SparseCategoricalAccuracy(), ids, probabilities),
        "macro F1": _total(metrics.F1Score(average="macro"), one_hot, probabilities),
    }


def scores_of_numbers(predicted: np.ndarray, true: np.ndarray) -> dict[str, float]:
    """MSE, MAE, RMSE and R2; R2 needs two samples, and is left out of one.

    Args:
        predicted, true: float32 (n, 1).
    """
    scores = {
        "MSE": _loss(losses.MeanSquaredError(), true, predicted),
        "MAE": _total(metrics.MeanAbsoluteError(), true, predicted),
        "RMSE": _total(metrics.RootMeanSquaredError(), true, predicted),
    }
    if len(true) > 1:
        scores["R2"] = _total(metrics.R2Score(), true, predicted)
    return scores


def _loss(loss: Any, true: np.ndarray, predicted: np.ndarray) -> float:
    return float(loss(Tensor(true), Tensor(predicted)).item())


def _total(metric: Any, true: np.ndarray, predicted: np.ndarray) -> float:
    metric.update_state(true, predicted)
    return float(metric.result())
