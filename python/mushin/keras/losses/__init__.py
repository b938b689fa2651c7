"""Keras' losses, from mushin's loss kernels. Called as loss(y_true, y_pred, sample_weight=None) they return a number:
the losses of the samples, each times its weight, reduced as `reduction` says."""

from __future__ import annotations

from typing import Any

from mushin.keras.losses.base import EPSILON, Loss, LossFunctionWrapper, check_target
from mushin.keras.losses.crossentropy import CategoricalCrossentropy, SparseCategoricalCrossentropy
from mushin.keras.losses.regression import MeanSquaredError

__all__ = [
    "EPSILON",
    "CategoricalCrossentropy",
    "Loss",
    "LossFunctionWrapper",
    "MeanSquaredError",
    "SparseCategoricalCrossentropy",
    "check_target",
    "get",
]

LOSSES: dict[str, type[Loss]] = {
    "sparse_categorical_crossentropy": SparseCategoricalCrossentropy,
    "SparseCategoricalCrossentropy": SparseCategoricalCrossentropy,
    "categorical_crossentropy": CategoricalCrossentropy,
    "CategoricalCrossentropy": CategoricalCrossentropy,
    "mean_squared_error": MeanSquaredError,
    "MeanSquaredError": MeanSquaredError,
    "mse": MeanSquaredError,
    "MSE": MeanSquaredError,
}


def get(loss: Any) -> Loss:
    """A loss from its name or from a function of (y_true, y_pred), or the loss itself."""
    if isinstance(loss, type) and issubclass(loss, Loss):
        return loss()
    if isinstance(loss, Loss):
        return loss
    if callable(loss):
        return LossFunctionWrapper(loss)
    if not isinstance(loss, str) or loss not in LOSSES:
        raise ValueError(f"[compile] loss must be a Loss, a function or one of {', '.join(LOSSES)}, got {loss!r}")
    return LOSSES[loss]()
