"""The networks that `mushin train` makes."""

from __future__ import annotations

from typing import Any

import numpy as np

from mushin import keras
from mushin.cli.examples import Samples
from mushin.cli.note import Note
from mushin.cli.settings import Settings

MOST_OF_AN_IMAGE_FILE = 255.0


def new_model(note: Note, settings: Settings, x: Samples, goal: np.ndarray, steps: int) -> keras.Sequential:
    """An untrained network that takes samples as they are: it scales them itself, and numbers that it predicts, too.

    Args:
        note: what goes in and comes out.
        settings: of the run.
        x, goal: samples that are trained on, and their targets, whose means and deviations scale.
        steps: of an epoch.
    """
    layers: list[Any] = [keras.Input(note.shape, name="input"), _scaling(note, x)]
    if len(note.shape) > 1:
        layers.append(keras.layers.Flatten(name="flatten"))
    for i, width in enumerate(settings["model.hidden"], 1):
        layers.append(keras.layers.Dense(width, activation=settings["model.activation"], name=f"hidden_{i}"))
        if settings["model.dropout"]:
            layers.append(keras.layers.Dropout(settings["model.dropout"], name=f"dropout_{i}"))
    optimizer = keras.optimizers.OPTIMIZERS[settings["training.optimizer"]](_rate(settings, steps))
    if note.classes is not None:
        layers.append(keras.layers.Dense(len(note.classes), activation="softmax", name="probabilities"))
        model = keras.Sequential(layers, name="classifier")
        model.compile(optimizer=optimizer, loss="sparse_categorical_crossentropy", metrics=["accuracy"])
        return model
    deviation = float(goal.std(dtype=np.float64)) or 1.0
    layers.append(keras.layers.Dense(1, name="prediction"))
    layers.append(keras.layers.Rescaling(deviation, float(goal.mean(dtype=np.float64)), name="unit"))
    model = keras.Sequential(layers, name="regressor")
    # Divided by the variance of the targets: the learning rate need not know their unit.
    model.compile(optimizer=optimizer, loss="mse", loss_weights=deviation**-2, metrics=["mae"])
    return model


def _scaling(note: Note, x: Samples) -> keras.layers.Layer:
    """Images to [0, 1]; columns to mean 0 and deviation 1."""
    if note.are_images:
        brightest = float(x.max()) if isinstance(x, np.ndarray) else MOST_OF_AN_IMAGE_FILE
        return keras.layers.Rescaling(1 / (brightest or 1.0), name="scaling")
    assert isinstance(x, np.ndarray)
    columns = x.reshape(-1, x.shape[-1]).astype(np.float64, copy=False)
    variance = columns.var(axis=0)
    # A column that never changes tells nothing, and must not be blown up where it does.
    variance[variance == 0] = 1.0
    return keras.layers.Normalization(mean=columns.mean(axis=0).tolist(), variance=variance.tolist(), name="scaling")


def _rate(settings: Settings, steps: int) -> Any:
    """The learning rate, or its schedule over all steps."""
    rate, share = settings["training.learning_rate"], settings["training.last_rate"]
    total = steps * settings["training.epochs"]
    schedules = keras.optimizers.schedules
    match settings["training.schedule"]:
        case "cosine":
            return schedules.CosineDecay(rate, total, alpha=share)
        case "linear":
            return schedules.PolynomialDecay(rate, total, end_learning_rate=rate * share)
        case "exponential":
            return schedules.ExponentialDecay(rate, total, decay_rate=share)
    return rate


def balanced_weights(ids: np.ndarray, classes: int) -> dict[int, float]:
    """Weights that give every class the same part in the loss, 1 on average over the samples."""
    counts = np.bincount(ids, minlength=classes)
    return {i: len(ids) / (classes * int(count)) for i, count in enumerate(counts) if count}
