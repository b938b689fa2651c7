"""Whole models in files: what they are made of, their weights, how they were compiled, and the optimizer's state.

A file is one safetensors file. Its tensors are the weights, under their names in the model's `body`, and the
optimizer's states; its metadata holds the configuration as JSON. One file can be replaced whole or not at all, which a
folder cannot; its header says how long every tensor is, and is checked against the file's length before any memory is
taken; and other libraries read the weights.

Nothing in a file is executed: layers, losses and the like are found by name among the library's own and those that its
user has registered. Weights are made only as far as the file holds numbers for them.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from math import prod
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mushin import io
from mushin.io.weights import load_metadata
from mushin.keras.layers.calls import weights_limited_to
from mushin.keras.serialization import (
    custom_object_scope,
    deserialize,
    deserialize_keras_object,
    get_registered_name,
    get_registered_object,
    register_keras_serializable,
    serialize,
    serialize_keras_object,
)
from mushin.keras.structures import mapped_shapes

if TYPE_CHECKING:
    from mushin.keras.models import Model

__all__ = [
    "custom_object_scope",
    "deserialize_keras_object",
    "get_registered_name",
    "get_registered_object",
    "load_model",
    "register_keras_serializable",
    "save_model",
    "serialize_keras_object",
]

_KEY = "mushin.keras"
_VERSION = 1
_OF_OPTIMIZER = "optimizer."
_BATCHES = f"{_OF_OPTIMIZER}batches"


def safetensors_path(op: str, filepath: io.files.PathLike, overwrite: bool = True) -> io.files.PathLike:
    """The path of a file of weights, which ends in .safetensors; and must be no file's yet, unless `overwrite`."""
    if not isinstance(filepath, (str, os.PathLike)):
        raise TypeError(f"[{op}] filepath must be a string or path, got {filepath!r}")
    if not os.fspath(filepath).endswith(".safetensors"):
        raise ValueError(
            f"[{op}] filepath must end in .safetensors, the format of weights here (HDF5 is neither written nor read), "
            f"got {os.fspath(filepath)!r}"
        )
    if not overwrite and Path(filepath).exists():
        raise FileExistsError(f"[{op}] {os.fspath(filepath)} exists, and overwrite is False")
    return filepath


def save_model(
    model: Model,
    filepath: io.files.PathLike,
    overwrite: bool = True,
    include_optimizer: bool = True,
    metadata: Mapping[str, str] | None = None,
) -> None:
    """Writes a model to a file.

    Args:
        model: a model that is built.
        filepath: ends in .safetensors.
        overwrite: False raises if there is such a file.
        include_optimizer: whether the optimizer's states are written too.
        metadata: strings by name that the file holds beside the model; see `io.load_metadata`.

    Raises:
        ValueError: another path, a model that is not built.
        TypeError: a layer or an argument that has no configuration.
        FileExistsError: there is a file, and overwrite is False.
        OSError: the file cannot be written.
    """
    path = safetensors_path("save", filepath, overwrite)
    tensors: dict[str, Any] = dict(model.body.state_dict())
    compiled = model.compile_arguments
    content = {
        "version": _VERSION,
        "model": serialize_keras_object(model),
        "shapes": mapped_shapes(list, model.input_shape),
        "compile": None if compiled is None else serialize("compile", compiled),
    }
    if compiled is not None and include_optimizer:
        tensors.update(_states_of(model))
    io.save_weights(path, tensors, metadata={**(metadata or {}), _KEY: json.dumps(content)})


def _states_of(model: Model) -> dict[str, np.ndarray]:
    """The optimizer's states by the numbers that their parameters have in the model's body."""
    optimizer = model.optimizer
    if not optimizer.built:
        return {}
    numbers = {id(parameter): i for i, parameter in enumerate(model.body.parameters())}
    order = [numbers.get(id(p)) for group in optimizer.body.param_groups for p in group["params"]]
    states = {
        f"{_OF_OPTIMIZER}{order[i]}.{key}": np.asarray(value)
        for i, state in optimizer.body.state_dict()["state"].items()
        for key, value in state.items()
        if order[i] is not None
    }
    return {**states, _BATCHES: np.array(optimizer.batches)}


def load_model(
    filepath: io.files.PathLike,
    custom_objects: dict[str, Any] | None = None,
    compile: bool = True,  # noqa: A002  Keras' name
) -> Model:
    """The model that `save_model` wrote to a file.

    Args:
        filepath: ends in .safetensors.
        custom_objects: classes and functions of one's own by name, beside those that are registered.
        compile: whether it is compiled as it was, with the optimizer's states.

    Raises:
        FileNotFoundError: there is no such file.
        OSError: it cannot be read.
        ValueError: a file that is damaged or truncated, that holds no model, or one with a class that is neither the
            library's nor registered, or with a Lambda.
    """
    path = safetensors_path("load_model", filepath)
    metadata = load_metadata(path)
    if _KEY not in metadata:
        raise ValueError(f"[load_model] {os.fspath(path)} holds weights without a model: make it, and load_weights")
    tensors = io.load_weights(path)
    states = {name: tensors.pop(name) for name in list(tensors) if name.startswith(_OF_OPTIMIZER)}
    try:
        content = json.loads(metadata[_KEY])
        if content["version"] != _VERSION:
            raise ValueError(f"of version {content['version']!r}, which this library does not read")
        with custom_object_scope(custom_objects):
            with weights_limited_to(sum(prod(array.shape) for array in tensors.values())):
                model = _model_of(content)
            model.body.load_state_dict(tensors)
            if compile and content["compile"] is not None:
                model.compile(**deserialize(content["compile"]))
                _load_states(model, states)
    except (ValueError, TypeError, KeyError, IndexError, AttributeError, OverflowError, RecursionError) as error:
        what = f"lacks {error}" if isinstance(error, KeyError) else str(error)
        raise ValueError(f"[load_model] {os.fspath(path)}: {what}") from error
    return model


def _model_of(content: dict[str, Any]) -> Model:
    from mushin.keras.models import Model

    model = deserialize_keras_object(content["model"])
    if not isinstance(model, Model):
        raise ValueError(f"the file holds a {type(model).__name__}, which is no model")
    if not model.built:
        model.ensure_built(mapped_shapes(tuple, content["shapes"]))
    return model


def _load_states(model: Model, states: dict[str, np.ndarray]) -> None:
    if not states:
        return
    model.optimizer.build(model.body.parameters())
    body = model.optimizer.body
    model.optimizer.batches = int(states.pop(_BATCHES, np.array(0)).item())
    by_number: dict[int, dict[str, Any]] = {}
    for name, array in states.items():
        number, _, key = name.removeprefix(_OF_OPTIMIZER).partition(".")
        by_number.setdefault(int(number), {})[key] = array if array.ndim else array.item()
    body.load_state_dict({**body.state_dict(), "state": by_number})


def model_from_json(json_string: str, custom_objects: dict[str, Any] | None = None) -> Model:
    """The model of what `to_json` gave, with new weights.

    Raises:
        ValueError: no JSON, or no model's.
    """
    try:
        config = json.loads(json_string)
    except (ValueError, RecursionError) as error:
        raise ValueError(f"[model_from_json] json_string must hold JSON: {error}") from error
    model: Model = deserialize_keras_object(config, custom_objects)
    return model
