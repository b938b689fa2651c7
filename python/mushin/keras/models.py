"""Keras' Sequential model: layers one after the other, with compile, fit, evaluate and predict."""

from __future__ import annotations

from collections.abc import Iterable
from math import prod
from typing import Any

import numpy as np

from mushin import nn
from mushin.autograd import Tensor
from mushin.keras import losses, metrics, optimizers
from mushin.keras.layers import InputLayer, Layer, Shape, sample_shape_of
from mushin.nn.module import training_mode
from mushin.train.loop import Data, History, Trainer
from mushin.train.metrics import MeanSquaredError, Metric
from mushin.train.progress import verbosity


class Sequential:
    """Layers one after the other.

    Args:
        layers: the layers. If the first says its `input_shape` the model is built at once, else with its first data.
        name: shown by `summary`.

    Where a layer declares `input_shape`, samples of another shape with as many elements are reshaped to it.
    """

    def __init__(self, layers: Iterable[Layer] | None = None, *, name: str = "sequential") -> None:
        self.name = name
        self._layers: list[Layer] = []
        self.history: History | None = None
        self._body: nn.Sequential | None = None
        self._trainer: Trainer | None = None
        self._compiled: dict[str, Any] | None = None
        for layer in layers or ():
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

    def __call__(self, x: Any, training: bool = False) -> Tensor:
        """The outputs for a batch."""
        x = x if isinstance(x, Tensor) else Tensor(np.asarray(x, np.float32))
        if not self.built:
            self._build_for(x.shape[1:])
        with training_mode(self.body, training):
            return self.body(x)  # type: ignore[no-any-return]

    @property
    def trainable_variables(self) -> list[Tensor]:
        return [p for layer in self.layers for p in layer.trainable_variables]

    def count_params(self) -> int:
        return sum(layer.count_params() for layer in self.layers)

    def get_weights(self) -> list[np.ndarray]:
        """Copies of all weights, layer by layer, in Keras' layouts."""
        return [w for layer in self.layers for w in layer.get_weights()]

    def set_weights(self, weights: list[np.ndarray]) -> None:
        """Overwrites all weights, given as `get_weights` returns them; nothing is changed if a shape does not fit."""
        expected = [w.shape for w in self.get_weights()]
        if [np.shape(w) for w in weights] != expected:
            raise ValueError(f"[{self.name}] weights must have shapes {expected}, got {[np.shape(w) for w in weights]}")
        remaining = iter(weights)
        for layer in self.layers:
            layer.set_weights([next(remaining) for _ in layer.get_weights()])

    def summary(self) -> None:
        """Prints the layers with their output shapes and numbers of parameters."""
        rows = [("Layer (type)", "Output Shape", "Param #")]
        for layer in self.layers:
            shape = str(_of_batches(layer.output_sample_shape) or "?")
            rows.append((f"{layer.name} ({type(layer).__name__})", shape, f"{layer.count_params():,}"))
        widths = [max(len(row[i]) for row in rows) for i in range(3)]
        print(f'Model: "{self.name}"')
        for i, (layer_text, shape, count) in enumerate(rows):
            print(f" {layer_text:<{widths[0]}}   {shape:<{widths[1]}}   {count:>{widths[2]}}")
            if i == 0:
                print(" " + "-" * (sum(widths) + 6))
        print(f" Total params: {self.count_params():,}")

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
            optimizer: an optimizer or its name; Keras' default, "rmsprop", is not among them yet.
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
            "captured": not run_eagerly,
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
        size = _batch_size("fit", batch_size)
        validation_size = size if validation_batch_size is None else _batch_size("fit", validation_batch_size)
        for name, count in (("epochs", epochs), ("initial_epoch", initial_epoch)):
            if not isinstance(count, (int, np.integer)) or count < 0:
                raise ValueError(f"[fit] {name} must be an integer from 0 on, got {count!r}")
        training = self._data("fit", x, y)
        validation = None
        if validation_data is not None:
            if not isinstance(validation_data, (tuple, list)) or len(validation_data) != 2:
                raise ValueError("[fit] validation_data must be a pair (x, y)")
            validation = self._data("fit", *validation_data)
        elif validation_split:
            training, validation = _split(training, validation_split)
        self.history = self._ready_to_train().fit(
            training, size, epochs, initial_epoch, validation, validation_size, shuffle, degree
        )
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
        size = _batch_size("evaluate", batch_size)
        data = self._data("evaluate", x, y)
        return self._scores(self._ready().evaluate(data, size, degree), return_dict)

    def predict(self, x: Any, batch_size: int | None = None, verbose: Any = "auto") -> np.ndarray:
        """The model's outputs for all samples, (n, ...) float32."""
        degree = verbosity("predict", verbose)
        size = _batch_size("predict", batch_size)
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

    @staticmethod
    def _scores(logs: dict[str, float], return_dict: bool) -> Any:
        if return_dict:
            return logs
        scores = [logs["loss"], *(value for name, value in logs.items() if name != "loss")]
        return scores if len(scores) > 1 else scores[0]

    # --- data

    def _samples(self, op: str, x: Any) -> np.ndarray:
        array = _numeric(op, "x", x)
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
        samples, target = self._samples(op, x), _numeric(op, "y", y)
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


def _metrics_of(given: Any, loss: losses.Loss) -> list[Metric]:
    if isinstance(given, str):
        raise ValueError(f"[compile] metrics must be a list, got {given!r}")
    chosen = [metrics.get(metric) for metric in given or ()]
    names = [metric.name for metric in chosen]
    for metric in chosen:
        if names.count(metric.name) > 1 or metric.name == "loss":
            raise ValueError(f"[compile] metrics must have names of their own, got {', '.join(['loss', *names])}")
        if loss.target_kind == "ids" and isinstance(metric, MeanSquaredError):
            raise ValueError(f"[compile] metric {metric.name} needs numbers, but the loss takes class ids")
    return chosen


def _numeric(op: str, name: str, data: Any) -> np.ndarray:
    """Data as a C-ordered array of numbers."""
    if data is None:
        raise ValueError(f"[{op}] {name} must be given")
    array = np.ascontiguousarray(data.array if isinstance(data, Tensor) else data)
    if array.dtype.kind not in "fiub" or array.dtype.itemsize > 8 or array.dtype == np.float16:
        raise TypeError(f"[{op}] {name} must hold numbers that mushin reads, got {array.dtype}")
    return array if array.dtype.isnative else array.astype(array.dtype.newbyteorder("="))


def _batch_size(op: str, batch_size: int | None) -> int:
    if batch_size is None:
        return 32
    if not isinstance(batch_size, (int, np.integer)) or batch_size < 1:
        raise ValueError(f"[{op}] batch_size must be a positive integer, got {batch_size!r}")
    return int(batch_size)


def _split(data: Data, share: float) -> tuple[Data, Data]:
    if not 0 < share < 1:
        raise ValueError(f"[fit] validation_split must be in [0, 1), got {share}")
    at = int(len(data) * (1 - share))
    if at == 0 or at == len(data):
        raise ValueError(f"[fit] validation_split {share} leaves no samples on one side of {len(data)}")
    assert data.y is not None  # data to fit have targets
    return (
        Data(data.x[:at], data.y[:at], data.x_dtype, data.y_dtype),
        Data(data.x[at:], data.y[at:], data.x_dtype, data.y_dtype),
    )
