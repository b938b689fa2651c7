"""Sequential: layers one after the other."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from itertools import zip_longest
from typing import Any

from mushin import nn
from mushin.keras.arguments import sequence
from mushin.keras.graph import Graph
from mushin.keras.layers.core import Input, InputLayer
from mushin.keras.layers.layer import Layer
from mushin.keras.layers.shapes import batch_shape_of
from mushin.keras.masks import LayerChain
from mushin.keras.model import Model
from mushin.keras.serialization import custom_object_scope, deserialize_keras_object, serialize_keras_object
from mushin.keras.symbolic import KerasTensor


class Sequential(Model):
    """Layers one after the other.

    Args:
        layers: the layers; the first may be an `Input`. If the first says its shape the model is built at once, else
            with its first data.
        trainable: whether the model can be trained; the layers keep their own `trainable`.
        name: shown by `summary`.

    Where a layer declares `input_shape`, samples of another shape with as many elements are reshaped to it.
    """

    _kind = "Sequential"

    def __init__(self, layers: Iterable[Any] | None = None, trainable: bool = True, name: str | None = None) -> None:
        super().__init__(name=name, trainable=trainable)
        self._layers: list[Layer] = []
        self._tensors: list[Any] = []  # the input, and what each layer makes of it, once the input's shape is known
        for layer in () if layers is None else sequence(self.name, "layers", layers):
            self._append(layer)
        self._build_if_shape_is_known()

    @property
    def layers(self) -> list[Layer]:
        """The layers, without the one that only says the input's shape."""
        begin = int(bool(self._layers) and isinstance(self._layers[0], InputLayer))
        return self._layers[begin:]

    def add(self, layer: Any) -> None:
        """Puts a layer at the end."""
        self._append(layer)
        self._layers_have_changed()

    def pop(self) -> Layer:
        """Takes the last layer off."""
        if not self._layers:
            raise ValueError(f"[{self.name}] there is no layer to take off")
        layer = self._layers.pop()
        self._layers_have_changed()
        return layer

    @property
    def operations(self) -> list[Any]:
        return self.layers

    def is_a_chain(self) -> bool:
        return True

    def get_config(self) -> dict[str, Any]:
        """The layers' configurations."""
        layers = [serialize_keras_object(layer) for layer in self._layers]
        return {"name": self.name, "trainable": self.trainable, "layers": layers}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None) -> Any:
        with custom_object_scope(custom_objects):
            layers = [deserialize_keras_object(each) for each in config["layers"]]
        return cls(layers, config["trainable"], config["name"])

    def with_layers(self, layer_of: Callable[[Layer], Layer]) -> Model:
        cloned = [each.clone() if isinstance(each, InputLayer) else layer_of(each) for each in self._layers]
        made = type(self)(cloned, self.trainable, self.name)
        if self.built and not made.built:
            made.build(self.input_shape)
        return made

    def _append(self, layer: Any) -> None:
        if isinstance(layer, KerasTensor) and layer.node is not None:
            layer = layer.node.operation
        if not isinstance(layer, Layer):
            raise TypeError(f"[{self.name}] layers must be mushin.keras layers, got {type(layer).__name__}")
        if any(layer is other for other in self._layers):
            raise ValueError(f"[{self.name}] layer {layer.name} is in the model already")
        if any(layer.name == other.name for other in self._layers):
            raise ValueError(f"[{self.name}] two layers are named {layer.name}")
        self._layers.append(layer)

    def _layers_have_changed(self) -> None:
        self._graph = self._body = None
        self.__dict__["_built"] = False
        self.forget_training()
        if self._tensors and self._layers:
            self._build_on(self._tensors[0])
        else:
            self._tensors = []
            self._build_if_shape_is_known()

    def _build_if_shape_is_known(self) -> None:
        first = self._layers[0] if self._layers else None
        if isinstance(first, InputLayer):
            self._build_on(first.output)
        elif first is not None and first.input_shape is not None:
            self._build_on(_input_of(first, first.input_shape))

    def build(self, input_shape: Any) -> None:
        """Makes all layers' weights for inputs of a shape (batch, ...), whose batch may be None."""
        shape = batch_shape_of(self.name, input_shape)
        if not self._layers:
            raise ValueError(f"[{self.name}] a model needs at least one layer")
        if self.built:
            self.check_input(shape)
        else:
            self._build_on(_input_of(self.layers[0], shape))

    def _build_on(self, tensor: Any) -> None:
        """Calls the layers one after the other with an input; those that have been called before keep their tensors."""
        tensors = [tensor]
        for layer, known in zip_longest(self.layers, self._tensors[1:]):
            if layer is None:
                break
            is_same = known is not None and known.node.operation is layer and known.node.inputs == tensors[-1:]
            tensors.append(known if is_same else layer(tensors[-1]))
        self._tensors = tensors
        self._take(Graph(self.name, tensors[0], tensors[-1]))

    def ensure_built(self, input_shape: Any) -> None:
        self.build(input_shape)

    @property
    def input_count(self) -> int:
        return 1

    @property
    def input_names(self) -> list[str]:
        return [layer.name for layer in self._layers[:1]]

    @property
    def output_names(self) -> list[str]:
        return [layer.name for layer in self._layers[-1:]]

    @property
    def declares_input_shapes(self) -> bool:
        return self._layers[0].declared_shape is not None

    def _make_body(self) -> nn.Module:
        if self._graph_now() is None:
            return super()._make_body()
        return LayerChain([(layer, layer.chain()) for layer in self.layers])

    def body_without(self, activations: dict[int, type[nn.Module]]) -> tuple[nn.Module, frozenset[int]]:
        modules = list(self.body) if isinstance(self.body, LayerChain) else []
        if not modules or type(modules[-1]) is not activations.get(0) or getattr(modules[-1], "dim", -1) != -1:
            return self.body, frozenset()
        parts = [(layer, layer.chain()) for layer in self.layers]
        last = max(i for i, (_, of_layer) in enumerate(parts) if of_layer)
        parts[last] = (parts[last][0], parts[last][1][:-1])
        return LayerChain(parts), frozenset({0})


def _input_of(first: Layer, shape: Any) -> Any:
    """The input of a model of which only the first layer is known."""
    return Input(batch_shape=shape, dtype=None if first.casts_inputs else "int64")
