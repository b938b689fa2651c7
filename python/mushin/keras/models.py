"""Keras' models, and what makes models of models and files."""

from __future__ import annotations

from collections.abc import Callable

from mushin.keras.layers.layer import Layer
from mushin.keras.model import Model
from mushin.keras.saving import load_model, model_from_json, save_model
from mushin.keras.sequential import Sequential

__all__ = ["Model", "Sequential", "clone_model", "load_model", "model_from_json", "save_model"]


def clone_model(model: Model, clone_function: Callable[[Layer], Layer] | None = None) -> Model:
    """A model of new layers with the same configurations, without the weights.

    Args:
        model: a graph or Sequential; of a subclass with a call of its own, another object of its configuration.
        clone_function: from a layer to the one in its place; `from_config` of its configuration if None.

    Source: keras.models.clone_model.
    """
    if not isinstance(model, Model):
        raise TypeError(f"[clone_model] model must be a Model, got {type(model).__name__}")

    def cloned(layer: Layer) -> Layer:
        if clone_function is not None:
            return clone_function(layer)
        return clone_model(layer) if isinstance(layer, Model) else layer.clone()

    return model.with_layers(cloned)
