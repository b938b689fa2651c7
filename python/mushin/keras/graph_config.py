"""A graph as numbers, strings, lists and dicts, and back again."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from mushin.autograd import Tensor
from mushin.keras.graph import Graph
from mushin.keras.layers.core import InputLayer
from mushin.keras.layers.layer import Layer
from mushin.keras.ops import OPS, Operation
from mushin.keras.serialization import deserialize_keras_object, serialize, serialize_keras_object
from mushin.keras.symbolic import KerasTensor

# How values that JSON has not are written: {one of these: ...}.
_MARKS = ("input", "node", "slice", "ellipsis", "tuple", "array", "dict")


def config_of(name: str, graph: Graph) -> dict[str, Any]:
    """The configuration of a graph: its inputs' layers, its other layers, and the nodes in the order of their calls.

    Raises:
        TypeError: a layer or an argument of a call that has no configuration.
    """
    places: dict[int, dict[str, Any]] = {id(x): {"input": i} for i, x in enumerate(graph.flat_inputs)}
    layers = [each for each in graph.operations if isinstance(each, Layer) and not isinstance(each, InputLayer)]
    numbers = {id(layer): i for i, layer in enumerate(layers)}
    nodes: list[dict[str, Any]] = []
    for node in graph.walked():
        called = {"op": node.operation.op} if isinstance(node.operation, Operation) else {}
        nodes.append(
            {
                **(called or {"layer": numbers[id(node.operation)]}),
                "args": [_written(name, each, places) for each in node.args],
                "kwargs": {key: _written(name, each, places) for key, each in node.kwargs.items()},
                "training": node.training,
            }
        )
        places.update({id(x): {"node": len(nodes) - 1, "output": i} for i, x in enumerate(node.outputs)})
    return {
        "input_layers": [_input_config(x) for x in graph.flat_inputs],
        "layers": [serialize_keras_object(layer) for layer in layers],
        "nodes": nodes,
        "inputs": _written(name, graph.inputs, places),
        "outputs": _written(name, graph.outputs, places),
    }


def _input_config(tensor: KerasTensor) -> dict[str, Any]:
    assert tensor.node is not None
    return {"shape": list(tensor.shape[1:]), "dtype": tensor.dtype, "name": tensor.node.operation.name}


def _written(name: str, value: Any, places: dict[int, dict[str, Any]]) -> Any:
    """An argument of a call as JSON holds it."""
    if isinstance(value, KerasTensor):
        return places[id(value)]
    if isinstance(value, slice):
        return {"slice": [value.start, value.stop, value.step]}
    if value is Ellipsis:
        return {"ellipsis": True}
    if isinstance(value, (Tensor, np.ndarray)):
        array = value.array if isinstance(value, Tensor) else value
        return {"array": array.tolist(), "dtype": array.dtype.name}
    if isinstance(value, tuple):
        return {"tuple": [_written(name, each, places) for each in value]}
    if isinstance(value, list):
        return [_written(name, each, places) for each in value]
    if isinstance(value, dict):
        return {"dict": {str(key): _written(name, each, places) for key, each in value.items()}}
    return serialize(name, value)


def _read(value: Any, inputs: list[Any], results: list[list[Any]]) -> Any:
    """What `_written` wrote, with new KerasTensors."""
    if isinstance(value, list):
        return [_read(each, inputs, results) for each in value]
    if not isinstance(value, dict):
        return value
    mark = next((mark for mark in _MARKS if mark in value), None)
    if mark is None:
        raise ValueError(f"[from_config] an argument must be one of {', '.join(_MARKS)}, got {', '.join(value)}")
    content = value[mark]
    if mark in ("input", "node"):
        return (
            _numbered(inputs, content) if mark == "input" else _numbered(_numbered(results, content), value["output"])
        )
    if mark == "slice":
        return slice(*content)
    if mark == "array":
        return np.asarray(content, np.dtype(value["dtype"]))
    if mark == "tuple":
        return tuple(_read(each, inputs, results) for each in content)
    if mark == "dict":
        return {key: _read(each, inputs, results) for key, each in content.items()}
    return Ellipsis


def _numbered(known: list[Any], number: Any) -> Any:
    if isinstance(number, bool) or not isinstance(number, int) or not 0 <= number < len(known):
        raise ValueError(f"[from_config] a number must be in [0, {len(known)}), got {number!r}")
    return known[number]


def graph_of(config: dict[str, Any], layer_of: Callable[[int], Layer] | None = None) -> tuple[Any, Any]:
    """The inputs and outputs of a graph with new layers.

    Args:
        config: what `config_of` gave.
        layer_of: from the number of a layer to the layer; made of its configuration if None.

    Raises:
        ValueError: layers that the library does not have, or numbers of nodes that there are not.
    """
    layers = [
        deserialize_keras_object(each) if layer_of is None else layer_of(i) for i, each in enumerate(config["layers"])
    ]
    for layer in layers:
        if not isinstance(layer, Layer):
            raise ValueError(f"[from_config] layers must be layers, got {type(layer).__name__}")
    inputs = [InputLayer(**each).output for each in config["input_layers"]]
    results: list[list[Any]] = []
    for node in config["nodes"]:
        args = tuple(_read(each, inputs, results) for each in node["args"])
        kwargs = {key: _read(each, inputs, results) for key, each in node["kwargs"].items()}
        if "op" in node:
            if node["op"] not in OPS:
                raise ValueError(f"[from_config] there is no op {node['op']!r}")
            called = Operation(node["op"])(*args, **kwargs)
        else:
            called = _numbered(layers, node["layer"])(*args, training=node["training"], **kwargs)
        first = called
        while isinstance(first, (list, tuple, dict)):
            first = next(iter(first.values() if isinstance(first, dict) else first))
        results.append(first.node.outputs)
    return _read(config["inputs"], inputs, results), _read(config["outputs"], inputs, results)
