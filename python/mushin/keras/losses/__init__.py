"""Keras' losses, from mushin's loss kernels. Called as loss(y_true, y_pred, sample_weight=None) they return a number:
the losses of the samples, each times its weight, reduced as `reduction` says."""

from __future__ import annotations

from typing import Any

from mushin.keras import serialization
from mushin.keras.arguments import did_you_mean
from mushin.keras.losses.alignments import CTC
from mushin.keras.losses.base import Loss, LossFunctionWrapper, check_target
from mushin.keras.losses.crossentropy import (
    CategoricalCrossentropy,
    CategoricalFocalCrossentropy,
    SparseCategoricalCrossentropy,
)
from mushin.keras.losses.elements import (
    BinaryCrossentropy,
    BinaryFocalCrossentropy,
    Hinge,
    Huber,
    KLDivergence,
    LogCosh,
    MeanAbsoluteError,
    MeanAbsolutePercentageError,
    MeanSquaredError,
    MeanSquaredLogarithmicError,
    Poisson,
    SquaredHinge,
)
from mushin.keras.losses.functions import (
    binary_crossentropy,
    binary_focal_crossentropy,
    categorical_crossentropy,
    categorical_focal_crossentropy,
    categorical_hinge,
    cosine_similarity,
    ctc,
    dice,
    hinge,
    huber,
    kl_divergence,
    log_cosh,
    mean_absolute_error,
    mean_absolute_percentage_error,
    mean_squared_error,
    mean_squared_logarithmic_error,
    poisson,
    sparse_categorical_crossentropy,
    squared_hinge,
    tversky,
)
from mushin.keras.losses.similarity import CategoricalHinge, CosineSimilarity, Dice, Tversky

__all__ = [
    "CTC",
    "BinaryCrossentropy",
    "BinaryFocalCrossentropy",
    "CategoricalCrossentropy",
    "CategoricalFocalCrossentropy",
    "CategoricalHinge",
    "CosineSimilarity",
    "Dice",
    "Hinge",
    "Huber",
    "KLDivergence",
    "LogCosh",
    "Loss",
    "LossFunctionWrapper",
    "MeanAbsoluteError",
    "MeanAbsolutePercentageError",
    "MeanSquaredError",
    "MeanSquaredLogarithmicError",
    "Poisson",
    "SparseCategoricalCrossentropy",
    "SquaredHinge",
    "Tversky",
    "binary_crossentropy",
    "binary_focal_crossentropy",
    "categorical_crossentropy",
    "categorical_focal_crossentropy",
    "categorical_hinge",
    "check_target",
    "cosine_similarity",
    "ctc",
    "dice",
    "get",
    "hinge",
    "huber",
    "kl_divergence",
    "log_cosh",
    "mean_absolute_error",
    "mean_absolute_percentage_error",
    "mean_squared_error",
    "mean_squared_logarithmic_error",
    "poisson",
    "sparse_categorical_crossentropy",
    "squared_hinge",
    "tversky",
]

LOSSES: dict[str, type[Loss]] = {
    "mean_squared_error": MeanSquaredError,
    "MeanSquaredError": MeanSquaredError,
    "mse": MeanSquaredError,
    "MSE": MeanSquaredError,
    "mean_absolute_error": MeanAbsoluteError,
    "MeanAbsoluteError": MeanAbsoluteError,
    "mae": MeanAbsoluteError,
    "MAE": MeanAbsoluteError,
    "mean_absolute_percentage_error": MeanAbsolutePercentageError,
    "MeanAbsolutePercentageError": MeanAbsolutePercentageError,
    "mape": MeanAbsolutePercentageError,
    "MAPE": MeanAbsolutePercentageError,
    "mean_squared_logarithmic_error": MeanSquaredLogarithmicError,
    "MeanSquaredLogarithmicError": MeanSquaredLogarithmicError,
    "msle": MeanSquaredLogarithmicError,
    "MSLE": MeanSquaredLogarithmicError,
    "cosine_similarity": CosineSimilarity,
    "CosineSimilarity": CosineSimilarity,
    "huber": Huber,
    "Huber": Huber,
    "log_cosh": LogCosh,
    "LogCosh": LogCosh,
    "hinge": Hinge,
    "Hinge": Hinge,
    "squared_hinge": SquaredHinge,
    "SquaredHinge": SquaredHinge,
    "categorical_hinge": CategoricalHinge,
    "CategoricalHinge": CategoricalHinge,
    "kl_divergence": KLDivergence,
    "KLDivergence": KLDivergence,
    "kld": KLDivergence,
    "KLD": KLDivergence,
    "poisson": Poisson,
    "Poisson": Poisson,
    "binary_crossentropy": BinaryCrossentropy,
    "BinaryCrossentropy": BinaryCrossentropy,
    "bce": BinaryCrossentropy,
    "BCE": BinaryCrossentropy,
    "binary_focal_crossentropy": BinaryFocalCrossentropy,
    "BinaryFocalCrossentropy": BinaryFocalCrossentropy,
    "categorical_crossentropy": CategoricalCrossentropy,
    "CategoricalCrossentropy": CategoricalCrossentropy,
    "categorical_focal_crossentropy": CategoricalFocalCrossentropy,
    "CategoricalFocalCrossentropy": CategoricalFocalCrossentropy,
    "ctc": CTC,
    "CTC": CTC,
    "sparse_categorical_crossentropy": SparseCategoricalCrossentropy,
    "SparseCategoricalCrossentropy": SparseCategoricalCrossentropy,
    "dice": Dice,
    "Dice": Dice,
    "tversky": Tversky,
    "Tversky": Tversky,
}


def get(identifier: Any) -> Loss:
    """A loss from its name, class or configuration, or from a function of (y_true, y_pred); or the loss itself."""
    if isinstance(identifier, dict):
        identifier = serialization.deserialize(identifier)
    if isinstance(identifier, type) and issubclass(identifier, Loss):
        return identifier()
    if isinstance(identifier, Loss):
        return identifier
    if callable(identifier):
        return LossFunctionWrapper(identifier)
    if not isinstance(identifier, str) or identifier not in LOSSES:
        raise ValueError(
            f"[compile] loss must be a Loss, a function or one of {', '.join(LOSSES)}, got {identifier!r}"
            f"{did_you_mean(identifier, LOSSES)}"
        )
    return LOSSES[identifier]()
