"""What is trained in Keras' way: compile, fit, evaluate and predict, over mushin's one training loop."""

from __future__ import annotations

from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np

from mushin import nn
from mushin.keras import losses, metrics, optimizers
from mushin.keras.arguments import Configured, flag
from mushin.keras.layers import Shape
from mushin.keras.samples import batch_size_of, numeric, split, validation_share
from mushin.keras.variables import HasVariables
from mushin.train.loop import Data, History, Trainer
from mushin.train.metrics import Metric
from mushin.train.progress import verbosity


class Model(Configured, HasVariables):
    """Base of whatever is compiled, fitted, evaluated and asked for predictions.

    A subclass gives

    - `name`: what messages call it.
    - `body`: the nn.Module that does the work. `body(*inputs)` takes a tensor for each input, whose first axis is the
      batch, and returns a tensor, or a tuple or list of tensors if there are several outputs.
    - `built`: whether the body is there, and `build_for_inputs(shapes)`, which makes it. Data of a model that is not
      built call it with one shape for each input.
    - `input_sample_shapes` and `output_sample_shapes`: lists with the shape of one sample for each input and output,
      without the batch's axis; read once the model is built. `input_names` and `output_names`: by which data and losses
      are given in dicts, if there are any.
    - `variables`, `trainable` and `trainable_variables`, as HasVariables says.

    It may give

    - `declares_input_shapes`: whether samples of other shapes with as many elements are reshaped.
    - `body_to_logits(outputs)`: the body without the softmax at its end.

    It calls `super().__init__()` before all else and `forget_training()` when its body has become another one.
    """

    name: str

    def __init__(self) -> None:
        self.history: History | None = None
        self._trainer: Trainer | None = None
        self._compiled: dict[str, Any] | None = None

    @property
    def body(self) -> nn.Module:
        raise NotImplementedError

    @property
    def built(self) -> bool:
        raise NotImplementedError

    @property
    def input_sample_shapes(self) -> list[Shape]:
        raise NotImplementedError

    @property
    def output_sample_shapes(self) -> list[Shape]:
        raise NotImplementedError

    @property
    def input_names(self) -> list[str]:
        return []

    @property
    def output_names(self) -> list[str]:
        return []

    @property
    def declares_input_shapes(self) -> bool:
        return False

    def build_for_inputs(self, sample_shapes: list[Shape]) -> None:
        raise NotImplementedError

    def body_to_logits(self, outputs: Sequence[int]) -> tuple[nn.Module, frozenset[int]]:
        """A body without the softmax that ends those of the outputs (numbered from 0) that end in one, and which."""
        return self.body, frozenset()

    def forget_training(self) -> None:
        """The next step finds another body: what was recorded for this one is forgotten."""
        self._trainer = None

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
            # As in Keras, the cross-entropy of a softmax is computed from the logits.
            if loss.takes_logits and not getattr(loss, "from_logits", False):
                model, of_logits = self.body_to_logits([0])
                if of_logits:
                    of_outputs = loss.of_logits
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
            self.build_for_inputs([array.shape[1:]])
        (expected,) = self.input_sample_shapes
        if array.shape[1:] == expected:
            return array
        if self.declares_input_shapes and prod(array.shape[1:]) == prod(expected):
            return array.reshape(len(array), *expected)
        owner = self.input_names[0] if self.input_names else self.name
        raise ValueError(f"[{owner}] input must have shape {expected}, got {array.shape[1:]} (of x {array.shape})")

    def _data(self, op: str, x: Any, y: Any) -> Data:
        if y is None:
            raise ValueError(f"[{op}] y must be given")
        samples, target = self._samples(op, x), numeric(op, "y", y)
        if target.ndim == 0 or len(target) != len(samples):
            raise ValueError(
                f"[{op}] x and y must have the same number of samples, got shapes {samples.shape} and {target.shape}"
            )
        loss = self._settings()["loss"]
        (outputs,) = self.output_sample_shapes
        target = losses.check_target(op, loss, target, (len(samples), *outputs))
        return Data(samples, target, y_dtype=np.int64 if loss.target_kind == "ids" else np.float32)


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
