"""Keras' names and conventions: a face. It has no numerics, tape or loop of its own: a layer builds its `nn` layer when
it learns its input's shape, and `fit` is mushin's one training loop. `conventions` lists where it differs from `nn` and
`optim`."""

from mushin.keras import (
    activations,
    callbacks,
    constraints,
    datasets,
    initializers,
    layers,
    losses,
    metrics,
    models,
    ops,
    optimizers,
    preprocessing,
    regularizers,
    saving,
    utils,
)
from mushin.keras.layers import Input
from mushin.keras.models import Model, Sequential

__all__ = [
    "Input",
    "Model",
    "Sequential",
    "activations",
    "callbacks",
    "constraints",
    "datasets",
    "initializers",
    "layers",
    "losses",
    "metrics",
    "models",
    "ops",
    "optimizers",
    "preprocessing",
    "regularizers",
    "saving",
    "utils",
]
