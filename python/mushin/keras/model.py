"""Model: a graph of layers, or a subclass with a call of its own."""

from __future__ import annotations

import json
from collections.abc import Callable
from inspect import signature
from typing import Any

from mushin import io, nn
from mushin.keras import training
from mushin.keras.arguments import flag, label, snake_case
from mushin.keras.graph import Graph, GraphBody, body_without
from mushin.keras.graph_config import config_of, graph_of
from mushin.keras.layers.calls import CalledLayer, CalledModel
from mushin.keras.layers.core import InputLayer
from mushin.keras.layers.layer import Layer, Shape, unique_name
from mushin.keras.layers.shapes import fits
from mushin.keras.saving import safetensors_path, save_model
from mushin.keras.serialization import custom_object_scope, serialize_keras_object
from mushin.keras.structures import leaves, mapped, mapped_shapes, packed, shape_leaves
from mushin.keras.summary import summary_of
from mushin.keras.symbolic import KerasTensor
from mushin.warning import warn_caller


class Model(Layer, training.Model):
    """A model: `Model(inputs, outputs)` of KerasTensors, or a subclass with layers as attributes and a `call`.

    Args:
        inputs: KerasTensors from `Input`, or others that outputs come from: one, or a list, tuple or dict of them.
        outputs: KerasTensors that come from the inputs, likewise.
        name: shown by `summary`.
        trainable: whether the model can be trained; the layers keep their own `trainable`.

    A model is a layer: called with KerasTensors it becomes part of another model.
    """

    builds_inside = True

    _kind = "Functional"

    def __init_subclass__(cls, **kwargs: Any) -> None:
        super().__init_subclass__(**kwargs)
        cls._kind = vars(cls).get("_kind", cls.__name__)

    def __init__(
        self, inputs: Any = None, outputs: Any = None, *, name: str | None = None, trainable: bool = True
    ) -> None:
        training.Model.__init__(self)
        self.compile_arguments: dict[str, Any] | None = None
        self._of_training = frozenset(vars(self))
        own_name = label(type(self).__name__, name)
        Layer.__init__(self, name=own_name or snake_case(self._kind), trainable=trainable)
        self._is_named_by_kind = own_name is None
        self._graph: Graph | None = None
        if (inputs is None) != (outputs is None):
            raise ValueError(f"[{self.name}] inputs and outputs must both be given")
        if inputs is not None:
            self._take(Graph(self.name, inputs, outputs))

    def __setattr__(self, name: str, value: Any) -> None:
        if name in self.__dict__.get("_of_training", ()):
            object.__setattr__(self, name, value)  # no `call` reads it
        else:
            super().__setattr__(name, value)

    def _take(self, graph: Graph) -> None:
        self._graph = graph
        self._body = None
        shapes = mapped(lambda x: x.shape, graph.inputs)
        self.__dict__.update(_built=True, _input_shape=shapes, _output_shape=mapped(lambda x: x.shape, graph.outputs))
        self.forget_training()

    def _graph_now(self) -> Graph | None:
        """The graph, None of a subclass that has a call of its own."""
        return self._graph if type(self).call is Model.call else None

    # --- layers

    @property
    def layers(self) -> list[Layer]:
        """The layers directly inside, those far from the outputs first; a subclass's in the order of its attributes."""
        if self._graph is None:
            return list(dict.fromkeys(each for each in super().members().values() if isinstance(each, Layer)))
        return [each for each in self._graph.operations if isinstance(each, Layer)]

    @property
    def operations(self) -> list[Any]:
        """The layers and ops of a graph, in the order of `layers`."""
        return self.layers if self._graph is None else self._graph.operations

    def members(self) -> dict[str, Any]:
        of_graph = [] if self._graph is None else self.layers
        found: dict[str, Any] = {str(i): layer for i, layer in enumerate(of_graph)}
        known = {id(layer) for layer in of_graph}
        return {**found, **{name: each for name, each in super().members().items() if id(each) not in known}}

    def sources_of(self, operation: Any) -> list[Any]:
        """The layers and ops of the graph whose results a layer or op takes in."""
        return [] if self._graph is None else self._graph.sources_of(operation)

    def is_a_chain(self) -> bool:
        """Whether it is layers one after the other, or no graph at all."""
        return self._graph is None or self._graph.is_a_chain()

    def get_layer(self, name: str | None = None, index: int | None = None) -> Layer:
        """The layer of a name, or of a place in `layers`.

        Raises:
            ValueError: there is none, or not exactly one of name and index is given.
        """
        layers = self.layers
        if (name is None) == (index is None):
            raise ValueError(f"[{self.name}] one of name and index must be given, got {name!r} and {index!r}")
        if index is not None:
            if not -len(layers) <= index < len(layers):
                raise ValueError(f"[{self.name}] index must be in [{-len(layers)}, {len(layers)}), got {index}")
            return layers[index]
        for layer in layers:
            if layer.name == name:
                return layer
        raise ValueError(f"[{self.name}] no layer is named {name!r}; there are {', '.join(x.name for x in layers)}")

    @property
    def inputs(self) -> list[KerasTensor]:
        """The graph's inputs."""
        return [] if self._graph is None else list(self._graph.flat_inputs)

    @property
    def outputs(self) -> list[KerasTensor]:
        """The graph's outputs."""
        return [] if self._graph is None else list(self._graph.flat_outputs)

    @property
    def input(self) -> Any:
        return super().input if self._graph is None else self._graph.inputs

    @property
    def output(self) -> Any:
        return super().output if self._graph is None else self._graph.outputs

    # --- what training asks for

    @property
    def input_sample_shapes(self) -> list[Shape]:
        return [shape[1:] for shape in shape_leaves(self._known_shape(self.input_shape))]  # type: ignore[misc]

    @property
    def output_sample_shapes(self) -> list[Shape]:
        return [shape[1:] for shape in shape_leaves(self._known_shape(self.output_shape))]  # type: ignore[misc]

    def _known_shape(self, shape: Any) -> Any:
        if shape is None:
            raise ValueError(f"[{self.name}] the model does not know its input's shape yet: call build, or fit it")
        return shape

    @property
    def input_names(self) -> list[str]:
        return training.Model.input_names.__get__(self) if self._graph is None else self._graph.input_names()

    @property
    def input_dtypes(self) -> list[Any]:
        return [tensor.dtype for tensor in self.inputs] or super().input_dtypes

    @property
    def output_names(self) -> list[str]:
        if self._graph is None:
            shape = self.output_shape
            return sorted(shape) if isinstance(shape, dict) else training.Model.output_names.__get__(self)
        return self._graph.output_names()

    def build_for_inputs(self, sample_shapes: list[Shape]) -> None:
        shapes = [(None, *shape) for shape in sample_shapes]
        self.ensure_built(shapes[0] if len(shapes) == 1 else shapes)

    def ensure_built(self, input_shape: Any) -> None:
        if self._graph is None:
            super().ensure_built(input_shape)
        else:
            self.check_input(input_shape)

    def check_input(self, input_shape: Any) -> None:
        if self._graph is None:
            return
        given = shape_leaves(input_shape)
        if len(given) != len(self.inputs):
            raise ValueError(f"[{self.name}] inputs must be {len(self.inputs)}, got {len(given)}")
        for name, shape, tensor in zip(self.input_names, given, self.inputs):
            if not fits(shape, tensor.shape):
                raise ValueError(f"[{name}] input must have shape {tensor.shape[1:]}, got {shape[1:]}")

    @property
    def body(self) -> nn.Module:
        """The nn module that does the work: `body(*inputs)` takes a tensor for each input.

        Raises:
            ValueError: the model is not built.
        """
        if not self._built:
            raise ValueError(f"[{self.name}] the model does not know its input's shape yet: call build, or fit it")
        return super().body

    def _make_body(self) -> nn.Module:
        graph = self._graph_now()
        if graph is None and type(self).call is Model.call:
            raise NotImplementedError(f"[{self.name}] the model has neither inputs and outputs nor a call()")
        if graph is None:
            return CalledModel(self, mapped_shapes(lambda shape: None, self.input_shape))
        return GraphBody(graph)

    def run_body(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        graph, body = self._graph_now(), self.body
        if isinstance(body, CalledLayer):
            return body.called(args, kwargs)
        outputs = body(*leaves(args[0]))
        assert graph is not None  # or there is a call
        return packed(graph.outputs, outputs if isinstance(outputs, tuple) else [outputs])

    def call(self, inputs: Any) -> Any:
        """What the model computes: its graph, unless a subclass says otherwise."""
        return self.run_body((inputs,), {})

    def body_without(self, activations: dict[int, type[nn.Module]]) -> tuple[nn.Module, frozenset[int]]:
        graph = self._graph_now()
        return super().body_without(activations) if graph is None else body_without(graph, activations)

    def is_called(self) -> bool:
        return self._graph_now() is None

    def chain(self) -> list[nn.Module]:
        """Its body: what a model inside of another is called as."""
        return [self.body]

    def compute_output_shape(self, input_shape: Any) -> Any:
        """The shapes (batch, ...) of the outputs for inputs of some shapes."""
        if self._graph_now() is None:
            return super().compute_output_shape(input_shape)
        self.check_input(input_shape)
        return self.output_shape

    def compute_output_spec(self, *args: Any, **kwargs: Any) -> Any:
        graph = self._graph_now()
        if graph is None:
            return self._tried(args, kwargs)
        return mapped(lambda x: KerasTensor(x.shape, x.dtype), graph.outputs)

    def _called_with_symbols(self, args: tuple[Any, ...], kwargs: dict[str, Any], training: bool | None) -> Any:
        if self._is_named_by_kind:  # in another model it must have a name of its own
            self.name, self._is_named_by_kind = unique_name(self._kind), False
        return super()._called_with_symbols(args, kwargs, training)

    def predict(self, *args: Any, **kwargs: Any) -> Any:
        """See `training.Model.predict`; several outputs come in the lists, tuples and dicts of the model's own."""
        return self._structured(super().predict(*args, **kwargs))

    def predict_on_batch(self, x: Any) -> Any:
        """See `training.Model.predict_on_batch`; several outputs come as those of `predict`."""
        return self._structured(super().predict_on_batch(x))

    def _structured(self, outputs: Any) -> Any:
        graph = self._graph_now()
        structure = mapped_shapes(lambda shape: None, self.output_shape) if graph is None else graph.outputs
        if isinstance(structure, (list, tuple)) and len(leaves(structure)) == 1:
            return outputs
        return packed(structure, outputs if isinstance(outputs, list) else [outputs])

    # --- configuration

    def get_config(self) -> dict[str, Any]:
        """The graph with its layers' configurations; of a subclass with a call of its own, what it was made with."""
        graph = self._graph_now()
        if graph is None or type(self).__init__ is not Model.__init__:
            return super().get_config()
        return {"name": self.name, "trainable": self.trainable, **config_of(self.name, graph)}

    @classmethod
    def from_config(cls, config: dict[str, Any], custom_objects: dict[str, Any] | None = None) -> Any:
        """A model like the one that gave the configuration, with new weights.

        Raises:
            ValueError: a configuration with layers that the library does not have, or of another kind.
        """
        with custom_object_scope(custom_objects):
            if "nodes" not in config:
                return super().from_config(config)
            inputs, outputs = graph_of(config)
        return cls(inputs, outputs, name=config["name"], trainable=config["trainable"])

    def to_json(self) -> str:
        """The configuration as JSON, for `keras.models.model_from_json`."""
        return json.dumps(serialize_keras_object(self))

    def with_layers(self, layer_of: Callable[[Layer], Layer]) -> Model:
        """A model like this one of other layers; see `clone_model`."""
        graph = self._graph_now()
        if graph is None:
            cloned: Model = type(self).from_config(self.get_config())
            return cloned
        layers = [each for each in self.layers if not isinstance(each, InputLayer)]
        inputs, outputs = graph_of(config_of(self.name, graph), lambda i: layer_of(layers[i]))
        return Model(inputs, outputs, name=self.name, trainable=self.trainable)

    # --- weights and files

    def compile(self, *args: Any, **kwargs: Any) -> None:
        """See `training.Model.compile`."""
        super().compile(*args, **kwargs)
        bound = signature(training.Model.compile).bind(self, *args, **kwargs).arguments
        self.compile_arguments = {**{name: bound[name] for name in list(bound)[1:]}, "optimizer": self.optimizer}

    def save(self, filepath: io.files.PathLike, overwrite: bool = True, include_optimizer: bool = True) -> None:
        """Writes the model with its weights to a file that ends in .safetensors; see `keras.saving.save_model`."""
        save_model(self, filepath, overwrite, include_optimizer)

    def save_weights(self, filepath: io.files.PathLike, overwrite: bool = True) -> None:
        """Writes the weights to a safetensors file, under the names that they have in `body`.

        Raises:
            ValueError: a path that does not end in .safetensors.
            FileExistsError: there is such a file, and overwrite is False.
            OSError: the file cannot be written.
        """
        io.save_state(safetensors_path("save_weights", filepath, overwrite), self.body)

    def load_weights(self, filepath: io.files.PathLike, skip_mismatch: bool = False) -> None:
        """Reads weights that `save_weights` wrote; nothing is changed if they do not fit.

        Args:
            filepath: of the file.
            skip_mismatch: leave the weights as they are that the file does not hold in their shape, with a warning.

        Raises:
            ValueError: a path that does not end in .safetensors; a damaged file, or other names or shapes.
            OSError: the file cannot be read.
        """
        path = safetensors_path("load_weights", filepath)
        if not flag("load_weights", "skip_mismatch", skip_mismatch):
            io.load_state(path, self.body)
            return
        given = io.load_weights(path)
        own = self.body.state_dict()
        kept = [name for name in own if name not in given or given[name].shape != own[name].shape]
        if kept:
            warn_caller(f"[load_weights] weights stay as they are that {filepath} has not or in another shape: {kept}")
        self.body.load_state_dict({name: given[name] for name in own if name not in kept}, strict=False)

    def summary(self, *, print_fn: Callable[[str], object] | None = None) -> None:
        """Prints the layers with their output shapes and numbers of parameters; of a graph also what they take from.

        Args:
            print_fn: is called once, with the whole text; `print` if None.
        """
        (print_fn or print)(summary_of(self))
