"""Keras' Sequential model: layers one after the other, with compile, fit, evaluate and predict."""

from __future__ import annotations

import os
from collections.abc import Iterable
from math import prod
from typing import Any

import numpy as np

from mushin import io, nn
from mushin.autograd import Tensor
from mushin.keras import losses, metrics, optimizers
from mushin.keras.arguments import Configured, flag, label, sequence
from mushin.keras.layers import InputLayer, Layer, Shape, arrays_like, run, sample_shape_of
from mushin.keras.samples import batch_size_of, numeric, split, validation_share
from mushin.keras.summary import summary_of
from mushin.keras.variables import HasVariables
from mushin.train.loop import Data, History, Trainer
from mushin.train.metrics import Metric
from mushin.train.progress import verbosity


class Sequential(Configured, HasVariables):
    """Layers one after the other.

    Args:
        layers: the layers. If the first says its `input_shape` the model is built at once, else with its first data.
        trainable: whether the model can be trained; the layers keep their own `trainable`.
        name: shown by `summary`.

    Where a layer declares `input_shape`, samples of another shape with as many elements are reshaped to it.
    """

    def __init__(self, layers: Iterable[Layer] | None = None, trainable: bool = True, name: str | None = None) -> None:
        self.name = label("Sequential", name) or "sequential"
        self._trainable = flag(self.name, "trainable", trainable)
        self._layers: list[Layer] = []
        self.history: History | None = None
        self._body: nn.Sequential | None = None
        self._trainer: Trainer | None = None
        self._compiled: dict[str, Any] | None = None
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
        self._body = self._trainer = None
        self._build_if_shape_is_known()

    def pop(self) -> Layer:
        """Takes the last layer off."""
        if not self._layers:
            raise ValueError(f"[{self.name}] there is no layer to take off")
        layer = self._layers.pop()
        self._body = self._trainer = None
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
        self._trainer = None

    @property
    def body(self) -> nn.Sequential:
        """The nn modules that do the work."""
        if self._body is None:
            raise ValueError(f"[{self.name}] the model does not know its input's shape yet: call build, or fit it")
        return self._body

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

    # --- training

    def compile(
        self,
        optimizer: Any = "rmsprop",
        loss: Any = None,
        *,
        metrics: list[Any] | None = None,
        run_eagerly: bool = False,
    ) -> None:
        """Says how the model is to be trained.

        Args:
            optimizer: an optimizer or its name.
            loss: a loss or its name.
            metrics: metrics or their names.
            run_eagerly: do not record and replay steps; the results are the same.
        """
        if loss is None:
            raise ValueError("[compile] loss must be given")
        loss = losses.get(loss)
        self._compiled = {
            "loss": loss,
            "metrics": _metrics_of(metrics, loss),
            "optimizer": optimizers.get(optimizer),
            "captured": not flag("compile", "run_eagerly", run_eagerly),
        }
        self._trainer = None

    @property
    def optimizer(self) -> optimizers.Optimizer:
        """The optimizer that `compile` was given."""
        return self._settings()["optimizer"]  # type: ignore[no-any-return]

    @property
    def metrics_names(self) -> list[str]:
        return ["loss", *(metric.name for metric in self._settings()["metrics"])]

    def _settings(self) -> dict[str, Any]:
        if self._compiled is None:
            raise ValueError(f"[{self.name}] call compile before training or evaluating")
        return self._compiled

    def _ready(self) -> Trainer:
        """The trainer, made anew after compile or a change of layers."""
        if self._trainer is None:
            settings = self._settings()
            loss = settings["loss"]
            model, of_outputs = self.body, loss.of_outputs
            modules = list(self.body)
            # As in Keras, the cross-entropy of a softmax is computed from the logits.
            if (
                loss.takes_logits
                and not getattr(loss, "from_logits", False)
                and modules
                and type(modules[-1]) is nn.Softmax
            ):
                model, of_outputs = nn.Sequential(*modules[:-1]), loss.of_logits
            self._trainer = Trainer(
                model,
                of_outputs,
                settings["optimizer"],
                settings["metrics"],
                predictor=self.body,
                captured=settings["captured"],
            )
        return self._trainer

    def _ready_to_train(self) -> Trainer:
        trainer = self._ready()
        if self.variables and not self.trainable_variables:
            raise ValueError(
                f"[{self.name}] nothing is trainable: set trainable = True on the model, or on one of its layers"
            )
        # The frozen ones too: the optimizer forgets the gradients that they have, and knows them when they thaw.
        self.optimizer.build(self.body.parameters())
        return trainer

    def fit(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        epochs: int = 1,
        verbose: Any = "auto",
        *,
        validation_split: float = 0.0,
        validation_data: Any = None,
        shuffle: bool = True,
        initial_epoch: int = 0,
        validation_batch_size: int | None = None,
    ) -> History:
        """Trains the model.

        Args:
            x: samples, (n, ...) of any numeric dtype; batches are cast to float32.
            y: targets, class ids or numbers as the loss takes them. A last axis of length 1 may be missing or too many:
                (n,) or (n, 1).
            batch_size: samples a step, 32 if None; the last step of an epoch may have fewer.
            epochs: the number of the last epoch.
            verbose: 0 silent, 1 a moving line, 2 a line an epoch, 'auto'.
            validation_split: share of the data, taken from the end before shuffling, that is not trained on.
            validation_data: (x, y) to evaluate after each epoch.
            shuffle: put the samples in a new order for each epoch.
            initial_epoch: the number of the first epoch, from 0.
            validation_batch_size: batch_size if None.

        Returns:
            A History of the loss and metrics of every epoch.
        """
        degree = verbosity("fit", verbose)
        size = batch_size_of("fit", batch_size)
        validation_size = size if validation_batch_size is None else batch_size_of("fit", validation_batch_size)
        share = validation_share(validation_split)
        shuffle = flag("fit", "shuffle", shuffle)
        for name, count in (("epochs", epochs), ("initial_epoch", initial_epoch)):
            if not isinstance(count, (int, np.integer)) or count < 0:
                raise ValueError(f"[fit] {name} must be an integer from 0 on, got {count!r}")
        training = self._data("fit", x, y)
        validation = None
        if validation_data is not None:
            if not isinstance(validation_data, (tuple, list)) or len(validation_data) != 2:
                raise ValueError("[fit] validation_data must be a pair (x, y)")
            validation = self._data("fit", *validation_data)
        elif share:
            training, validation = split(training, share)
        self.history = self._ready_to_train().fit(
            training, size, epochs, initial_epoch, validation, validation_size, shuffle, degree
        )
        self.optimizer.finalize_variable_values()
        return self.history

    def evaluate(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        verbose: Any = "auto",
        *,
        return_dict: bool = False,
    ) -> Any:
        """The loss, or [loss, metrics...], over the data; a dict by name if `return_dict`."""
        degree = verbosity("evaluate", verbose)
        size = batch_size_of("evaluate", batch_size)
        data = self._data("evaluate", x, y)
        return self._scores(self._ready().evaluate(data, size, degree), return_dict)

    def predict(self, x: Any, batch_size: int | None = None, verbose: Any = "auto") -> np.ndarray:
        """The model's outputs for all samples, (n, ...) float32."""
        degree = verbosity("predict", verbose)
        size = batch_size_of("predict", batch_size)
        samples = self._samples("predict", x)
        trainer = self._trainer or self._untrained()
        return trainer.predict(Data(samples, None), size, degree)

    def train_on_batch(self, x: Any, y: Any = None, *, return_dict: bool = False) -> Any:
        """One training step; the loss, or [loss, metrics...], of this batch."""
        data = self._data("train_on_batch", x, y)
        return self._scores(self._ready_to_train().train_batch(data), return_dict)

    def _untrained(self) -> Trainer:
        """`predict` needs no compile."""
        if self._compiled is not None:
            return self._ready()
        self._trainer = Trainer(self.body, losses.MeanSquaredError().of_outputs, None, [])
        return self._trainer

    def _scores(self, logs: dict[str, float], return_dict: bool) -> Any:
        if return_dict:
            return logs
        scores = [logs[name] for name in self.metrics_names]
        return scores if len(scores) > 1 else scores[0]

    # --- data

    def _samples(self, op: str, x: Any) -> np.ndarray:
        array = numeric(op, "x", x)
        if array.ndim == 0 or len(array) == 0:
            raise ValueError(f"[{op}] x must hold at least one sample, got shape {array.shape}")
        if not self.built:
            self._build_for(array.shape[1:])
        first = self._layers[0]
        expected = first.sample_shape
        assert expected is not None  # the model is built
        if array.shape[1:] == expected:
            return array
        if first.declares_input_shape and prod(array.shape[1:]) == prod(expected):
            return array.reshape(len(array), *expected)
        raise ValueError(f"[{first.name}] input must have shape {expected}, got {array.shape[1:]} (of x {array.shape})")

    def _data(self, op: str, x: Any, y: Any) -> Data:
        if y is None:
            raise ValueError(f"[{op}] y must be given")
        samples, target = self._samples(op, x), numeric(op, "y", y)
        if target.ndim == 0 or len(target) != len(samples):
            raise ValueError(
                f"[{op}] x and y must have the same number of samples, got shapes {samples.shape} and {target.shape}"
            )
        loss = self._settings()["loss"]
        outputs = self._layers[-1].output_sample_shape
        assert outputs is not None  # the model is built
        target = losses.check_target(op, loss, target, (len(samples), *outputs))
        return Data(samples, target, y_dtype=np.int64 if loss.target_kind == "ids" else np.float32)


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


def _metrics_of(given: Any, loss: losses.Loss) -> list[Metric]:
    if given is not None and not isinstance(given, (list, tuple)):
        raise ValueError(f"[compile] metrics must be a list, got {given!r}")
    chosen = [metrics.get(metric) for metric in given or ()]
    names = [metric.name for metric in chosen]
    for metric in chosen:
        if names.count(metric.name) > 1 or metric.name == "loss":
            raise ValueError(f"[compile] metrics must have names of their own, got {', '.join(['loss', *names])}")
        metrics.check_target_kind(metric, loss.target_kind)
    return chosen
