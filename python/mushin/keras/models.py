"""Keras' Sequential model: layers one after the other, with compile, fit, evaluate and predict."""

from __future__ import annotations

import os
from collections.abc import Iterable, Sequence
from typing import Any

import numpy as np

from mushin import io, nn
from mushin.autograd import Tensor
from mushin.keras.arguments import flag, label, sequence
from mushin.keras.layers import InputLayer, Layer, Shape, arrays_like, run, sample_shape_of
from mushin.keras.summary import summary_of
from mushin.keras.training import Model


class Sequential(Model):
    """Layers one after the other.

    Args:
        layers: the layers. If the first says its `input_shape` the model is built at once, else with its first data.
        trainable: whether the model can be trained; the layers keep their own `trainable`.
        name: shown by `summary`.

    Where a layer declares `input_shape`, samples of another shape with as many elements are reshaped to it.
    """

    def __init__(self, layers: Iterable[Layer] | None = None, trainable: bool = True, name: str | None = None) -> None:
        super().__init__()
        self.name = label("Sequential", name) or "sequential"
        self._trainable = flag(self.name, "trainable", trainable)
        self._layers: list[Layer] = []
        self._body: nn.Sequential | None = None
        for layer in () if layers is None else sequence(self.name, "layers", layers):
            self._append(layer)
        self._build_if_shape_is_known()

    # --- layers

    @property
    def layers(self) -> list[Layer]:
        """The layers, without the one that only says the input's shape."""
        begin = int(bool(self._layers) and isinstance(self._layers[0], InputLayer))
        return self._layers[begin:]

    def add(self, layer: Layer) -> None:
        """Puts a layer at the end."""
        self._append(layer)
        self._body = None
        self.forget_training()
        self._build_if_shape_is_known()

    def pop(self) -> Layer:
        """Takes the last layer off."""
        if not self._layers:
            raise ValueError(f"[{self.name}] there is no layer to take off")
        layer = self._layers.pop()
        self._body = None
        self.forget_training()
        self._build_if_shape_is_known()
        return layer

    def _append(self, layer: Layer) -> None:
        if not isinstance(layer, Layer):
            raise TypeError(f"[{self.name}] layers must be mushin.keras layers, got {type(layer).__name__}")
        if any(layer is other for other in self._layers):
            raise ValueError(f"[{self.name}] layer {layer.name} is in the model already")
        if any(layer.name == other.name for other in self._layers):
            raise ValueError(f"[{self.name}] two layers are named {layer.name}")
        self._layers.append(layer)

    def _build_if_shape_is_known(self) -> None:
        if self._layers and self._layers[0].sample_shape is not None:
            self._build_for(self._layers[0].sample_shape)

    @property
    def built(self) -> bool:
        return self._body is not None

    @property
    def input_shape(self) -> tuple[int | None, ...] | None:
        """(None, ...), where None stands for the batch; None if it is not known yet."""
        return _of_batches(self._layers[0].sample_shape if self._layers else None)

    @property
    def output_shape(self) -> tuple[int | None, ...] | None:
        """(None, ...), where None stands for the batch; None if it is not known yet."""
        return _of_batches(self._layers[-1].output_sample_shape if self._layers else None)

    @property
    def input_sample_shapes(self) -> list[Shape]:
        return [self._known(self._layers[0].sample_shape)]

    @property
    def output_sample_shapes(self) -> list[Shape]:
        return [self._known(self._layers[-1].output_sample_shape)]

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
        return self._layers[0].declares_input_shape

    def _known(self, shape: Shape | None) -> Shape:
        if shape is None:
            raise ValueError(f"[{self.name}] the model does not know its input's shape yet: call build, or fit it")
        return shape

    def build_for_inputs(self, sample_shapes: list[Shape]) -> None:
        if len(sample_shapes) != 1:
            raise ValueError(f"[{self.name}] a Sequential has one input, got {len(sample_shapes)}")
        self._build_for(sample_shapes[0])

    def build(self, input_shape: Any) -> None:
        """Makes all layers' weights for inputs of a shape (batch, ...), whose batch may be None."""
        self._build_for(sample_shape_of(self.name, input_shape))

    def _build_for(self, sample_shape: Any) -> None:
        if not self._layers:
            raise ValueError(f"[{self.name}] a model needs at least one layer")
        shape = sample_shape
        for layer in self._layers:
            layer.build_for(shape)
            shape = layer.output_sample_shape
        self._body = nn.Sequential(*(module for layer in self._layers for module in layer.modules))
        self.forget_training()

    @property
    def body(self) -> nn.Sequential:
        """The nn modules that do the work."""
        if self._body is None:
            raise ValueError(f"[{self.name}] the model does not know its input's shape yet: call build, or fit it")
        return self._body

    def body_to_logits(self, outputs: Sequence[int]) -> tuple[nn.Module, frozenset[int]]:
        modules = list(self.body)
        if 0 not in outputs or not modules or type(modules[-1]) is not nn.Softmax:
            return self.body, frozenset()
        return nn.Sequential(*modules[:-1]), frozenset({0})

    def __call__(self, x: Any, training: bool | None = None) -> Tensor:
        """The outputs for a batch, in the graph only if `training`."""
        x = x if isinstance(x, Tensor) else Tensor(np.asarray(x, np.float32))
        if not self.built:
            self._build_for(x.shape[1:])
        return run(self.body, self.name, x, training)

    # --- weights

    @property
    def variables(self) -> list[Tensor]:
        return [variable for layer in self.layers for variable in layer.variables]

    @property
    def trainable(self) -> bool:
        """Whether the model can be trained; setting it sets it for all layers."""
        return self._trainable

    @trainable.setter
    def trainable(self, value: bool) -> None:
        self._trainable = flag(self.name, "trainable", value)
        for layer in self._layers:
            layer.trainable = self._trainable

    def get_weights(self) -> list[np.ndarray]:
        """Copies of all weights, layer by layer, in Keras' layouts."""
        return [w for layer in self.layers for w in layer.get_weights()]

    def set_weights(self, weights: list[np.ndarray]) -> None:
        """Overwrites all weights, given as `get_weights` returns them; nothing is changed if a shape does not fit."""
        remaining = iter(arrays_like(self.name, self.get_weights(), weights))
        for layer in self.layers:
            layer.set_weights([next(remaining) for _ in layer.get_weights()])

    def save_weights(self, filepath: io.files.PathLike) -> None:
        """Writes the weights to a safetensors file, under the names that they have in `body`.

        Raises:
            ValueError: a path that does not end in .safetensors.
            OSError: the file cannot be written.
        """
        io.save_state(_safetensors("save_weights", filepath), self.body)

    def load_weights(self, filepath: io.files.PathLike) -> None:
        """Reads weights that `save_weights` wrote; nothing is changed if they do not fit.

        Raises:
            ValueError: a path that does not end in .safetensors; a damaged file, or other names or shapes.
            OSError: the file cannot be read.
        """
        io.load_state(_safetensors("load_weights", filepath), self.body)

    def summary(self) -> None:
        """Prints the layers with their output shapes and numbers of parameters."""
        print(summary_of(self))


def _of_batches(sample_shape: Shape | None) -> tuple[int | None, ...] | None:
    return None if sample_shape is None else (None, *sample_shape)


def _safetensors(op: str, filepath: io.files.PathLike) -> io.files.PathLike:
    if not isinstance(filepath, (str, os.PathLike)):
        raise TypeError(f"[{op}] filepath must be a string or path, got {filepath!r}")
    if not os.fspath(filepath).endswith(".safetensors"):
        raise ValueError(
            f"[{op}] filepath must end in .safetensors, the format of weights here (HDF5 is neither written nor read), "
            f"got {os.fspath(filepath)!r}"
        )
    return filepath
