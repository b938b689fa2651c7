"""Keras' names and conventions: a face. It has no numerics, tape or loop of its own: a layer builds its `nn` layer when
it learns its input's shape, and `fit` is mushin's one training loop. `conventions` lists where it differs from `nn` and
`optim`."""

from mushin.keras import (
    callbacks,
    constraints,
    datasets,
    layers,
    losses,
    metrics,
    models,
    optimizers,
    regularizers,
    utils,
)
from mushin.keras.layers import Input
from mushin.keras.models import Sequential

__all__ = [
    "Input",
    "Sequential",
    "callbacks",
    "constraints",
    "datasets",
    "layers",
    "losses",
    "metrics",
    "models",
    "optimizers",
    "regularizers",
    "utils",
]
