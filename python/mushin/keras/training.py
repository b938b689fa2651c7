"""What is trained in Keras' way: compile, fit, evaluate and predict, over mushin's one training loop."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

import numpy as np

from mushin import nn, ops
from mushin.autograd import Tensor, no_grad
from mushin.keras import constraints, optimizers, regularizers
from mushin.keras.arguments import Configured, flag, positive_integer
from mushin.keras.compiling import Compiled, Output
from mushin.keras.given import Given, is_stream
from mushin.keras.layers.layer import Shape
from mushin.keras.samples import batch_size_of, split, validation_share
from mushin.keras.variables import HasVariables
from mushin.train.batches import Data, Stream
from mushin.train.callbacks import History
from mushin.train.loop import Trainer
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
      without the batch's axis, with None for lengths that may change; read once the model is built.
    - `layers`: whose `penalties()` and `constraints()` are pairs of a variable and what it has, and whose
      `weight_layouts()` are pairs of a variable and the order of axes that makes Keras' layout of it, or None.
    - `variables`, `trainable` and `trainable_variables`, as HasVariables says.

    It may give

    - `input_names` and `output_names`: by which data, losses and metrics are given in dicts.
    - `input_dtypes`: what each input is cast to; float32 otherwise.
    - `input_count`: how many inputs there are, if it is known before the model is built.
    - `declares_input_shapes`: whether samples of other shapes with as many elements are reshaped.
    - `body_without(activations)`: the body without the activations at its end that losses take over.

    It calls `super().__init__()` before all else and `forget_training()` when its body has become another one.
    """

    name: str

    def __init__(self) -> None:
        self.history: History | None = None
        self._trainer: Trainer | None = None
        self._compiled: Compiled | None = None
        self._outputs: list[Output] | None = None
        self.stop_training = False

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
    def layers(self) -> list[Any]:
        raise NotImplementedError

    @property
    def input_names(self) -> list[str]:
        return _numbered("input", len(self.input_sample_shapes))

    @property
    def output_names(self) -> list[str]:
        return _numbered("output", len(self.output_sample_shapes))

    @property
    def input_dtypes(self) -> list[Any]:
        return [np.float32] * len(self.input_sample_shapes)

    @property
    def input_count(self) -> int | None:
        return len(self.input_sample_shapes) if self.built else None

    @property
    def declares_input_shapes(self) -> bool:
        return False

    def build_for_inputs(self, sample_shapes: list[Shape]) -> None:
        raise NotImplementedError

    def body_without(self, activations: dict[int, type[nn.Module]]) -> tuple[nn.Module, frozenset[int]]:
        """A body without the activations that end those of the outputs (numbered from 0) that end in theirs, and
        which these are."""
        return self.body, frozenset()

    def __del__(self) -> None:
        trainer = vars(self).get("_trainer")
        if trainer is not None:
            trainer.close()

    def forget_training(self) -> None:
        """The next step finds another body: what was recorded for this one is forgotten."""
        self._trainer = self._outputs = None

    # --- compile

    def compile(
        self,
        optimizer: Any = "rmsprop",
        loss: Any = None,
        loss_weights: Any = None,
        metrics: Any = None,
        weighted_metrics: Any = None,
        run_eagerly: bool = False,
        steps_per_execution: int = 1,
        jit_compile: Any = "auto",
        auto_scale_loss: bool = True,
    ) -> None:
        """Says how the model is to be trained.

        Args:
            optimizer: an optimizer or its name.
            loss: a loss, its name, or a function; for several outputs one for all of them, or a list or dict by name
                with one for each, None for an output that is not trained for.
            loss_weights: a factor for each output's loss in their sum, in a list or dict.
            metrics: metrics, their names, or functions: a list; for several outputs a list or dict with one or a list
                for each.
            weighted_metrics: the same, of metrics that count samples with their weights.
            run_eagerly: do not record and replay steps; the results are the same.
            steps_per_execution: a positive integer that changes nothing: callbacks hear of every single batch.
            jit_compile: True, False or "auto", which change nothing: kernels are compiled, and `run_eagerly` alone says
                whether steps are recorded.
            auto_scale_loss: True or False, which change nothing: no optimizer here scales losses.
        """
        positive_integer("compile", "steps_per_execution", steps_per_execution)
        if jit_compile != "auto":
            flag("compile", "jit_compile", jit_compile)
        flag("compile", "auto_scale_loss", auto_scale_loss)
        self._compiled = Compiled(optimizer, loss, loss_weights, metrics, weighted_metrics, run_eagerly)
        self.forget_training()

    @property
    def optimizer(self) -> optimizers.Optimizer:
        """The optimizer that `compile` was given."""
        return self._settings().optimizer

    @property
    def train_function(self) -> Callable[..., None] | None:
        """What `fit` runs for each batch, None before the first; unless `run_eagerly`, a step as `mushin.compile` makes
        it: `train_function.summary()` says how many of its calls were replayed."""
        return None if self._trainer is None or self._compiled is None else self._trainer.train_step

    @property
    def metrics(self) -> list[Metric]:
        """The metrics that `compile` was given, those without weights first."""
        outputs = self.compiled_outputs()
        plain = [metric for output in outputs for metric in output.metrics.values()]
        return plain + [metric for output in outputs for metric in output.weighted_metrics.values()]

    @property
    def metrics_names(self) -> list[str]:
        """In the order of what `evaluate` returns."""
        names = ["loss"]
        outputs = self.compiled_outputs()
        trained = [output for output in outputs if output.loss is not None]
        names += [f"{output.name}_loss" for output in trained if len(trained) > 1]
        names += [name for output in outputs for name in output.metrics]
        return names + [name for output in outputs for name in output.weighted_metrics]

    def direction_of(self, name: str) -> str | None:
        """Whether a quantity of the logs is to go "up" or "down"; None if nobody knows."""
        return None if self._trainer is None else self._trainer.direction_of(name)

    def _settings(self) -> Compiled:
        if self._compiled is None:
            raise ValueError(f"[{self.name}] call compile before training or evaluating")
        return self._compiled

    def compiled_outputs(self) -> list[Output]:
        """What each output is trained for."""
        settings = self._settings()
        if not self.built:
            return settings.outputs(["output"])
        if self._outputs is None:
            self._outputs = settings.outputs(self.output_names)
        return self._outputs

    def _ready(self) -> Trainer:
        """The trainer, made anew after compile or a change of layers."""
        if self._trainer is None:
            settings, outputs = self._settings(), self.compiled_outputs()
            left = {i: each.left_to_loss for i, each in enumerate(outputs) if each.left_to_loss is not None}
            body, with_logits = self.body_without(left)
            self._trainer = Trainer(
                body,
                [each.objective(i in with_logits) for i, each in enumerate(outputs)],
                settings.optimizer,
                predictor=self.body,
                captured=settings.is_captured,
                penalties=_Weakly(self._penalties),
                constrain=_Weakly(self._constrain) if any(layer.constraints() for layer in self.layers) else None,
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

    def _penalties(self) -> list[Tensor]:
        """What the regularizers of variables that are trained add to the loss."""
        penalties = []
        for layer in self.layers:
            for variable, given in layer.penalties():
                regularizer = regularizers.get(given)
                if regularizer is not None and variable.requires_grad:
                    order = None if getattr(regularizer, "is_of_elements", False) else _layout(layer, variable)
                    penalties.append(regularizer(variable if order is None else ops.permute(variable, order)))
        return penalties

    def _constrain(self) -> None:
        """Replaces the variables that have constraints."""
        with no_grad():
            for layer in self.layers:
                for variable, given in layer.constraints():
                    constraint = constraints.get(given)
                    if constraint is not None and variable.requires_grad:
                        order = _layout(layer, variable)
                        if order is None:
                            variable.copy_(constraint(variable.detach()))
                        else:
                            limited = constraint(ops.permute(variable.detach(), order))
                            variable.copy_(ops.permute(limited, tuple(int(i) for i in np.argsort(order))))

    # --- fit, evaluate, predict

    def fit(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        epochs: int = 1,
        verbose: Any = "auto",
        callbacks: Any = None,
        validation_split: float = 0.0,
        validation_data: Any = None,
        shuffle: bool = True,
        class_weight: Any = None,
        sample_weight: Any = None,
        initial_epoch: int = 0,
        steps_per_epoch: int | None = None,
        validation_steps: int | None = None,
        validation_batch_size: int | None = None,
        validation_freq: Any = 1,
    ) -> History:
        """Trains the model.

        Args:
            x: samples, (n, ...) of any numeric dtype; batches are cast to float32. Several inputs are in a list, or in
                a dict by name. Or what yields batches x, (x, y) or (x, y, sample_weight): a generator, an iterator, a
                `keras.utils.PyDataset`, a loader.
            y: targets, class ids or numbers as the loss takes them; for several outputs in a list or dict. A last axis
                of length 1 may be missing or too many: (n,) or (n, 1).
            batch_size: samples a step, 32 if None; the last step of an epoch may have fewer.
            epochs: the number of the last epoch.
            verbose: 0 silent, 1 a moving line, 2 a line an epoch, 'auto'.
            callbacks: a `keras.callbacks.Callback` or a list of them.
            validation_split: share of the data, taken from the end before shuffling, that is not trained on.
            validation_data: (x, y) or (x, y, sample_weight) to evaluate after each epoch, or what yields batches.
            shuffle: put the samples in a new order for each epoch.
            class_weight: a dict from class ids to weights of their samples; none that validation_split holds back.
            sample_weight: weights of the samples' losses, (n,) or further axes of the targets; for several outputs the
                same for all, or a list or dict.
            initial_epoch: the number of the first epoch, from 0.
            steps_per_epoch: batches an epoch; the next epoch goes on where it ended. None: all.
            validation_steps: batches of validation_data; None: all.
            validation_batch_size: batch_size if None.
            validation_freq: validate after every so many epochs, or after the epochs of a list, counted from 1.

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
        steps = _steps("fit", "steps_per_epoch", steps_per_epoch)
        validation_steps = _steps("fit", "validation_steps", validation_steps)
        training = Given("fit", self, class_weight).source(x, y, sample_weight)
        validation: Data | Stream | None = None
        if validation_data is not None:
            given = validation_data
            if not is_stream(given) and (not isinstance(given, (tuple, list)) or len(given) not in (2, 3)):
                what = f"{len(given)} parts" if isinstance(given, (tuple, list)) else type(given).__name__
                raise ValueError(
                    f"[fit] validation_data must be (x, y), (x, y, sample_weight), or yield batches, got {what}"
                )
            validation = Given("fit", self).source(*((given,) if is_stream(given) else given))
        elif share:
            if not isinstance(training, Data):
                raise ValueError("[fit] validation_split needs arrays; give validation_data beside what yields batches")
            training, validation = split(training, share, weighs_classes=class_weight is not None)
        self.history = self._ready_to_train().fit(
            training,
            size,
            epochs,
            initial_epoch,
            validation,
            validation_size,
            shuffle,
            degree,
            callbacks,
            steps,
            validation_steps,
            _frequency(validation_freq),
            owner=self,
        )
        self.optimizer.finalize_variable_values()
        return self.history

    def evaluate(
        self,
        x: Any = None,
        y: Any = None,
        batch_size: int | None = None,
        verbose: Any = "auto",
        sample_weight: Any = None,
        steps: int | None = None,
        callbacks: Any = None,
        return_dict: bool = False,
    ) -> Any:
        """The loss, or [loss, metrics...], over the data; a dict by name if `return_dict`. The arguments are fit's."""
        degree = verbosity("evaluate", verbose)
        size = batch_size_of("evaluate", batch_size)
        count = _steps("evaluate", "steps", steps)
        data = Given("evaluate", self).source(x, y, sample_weight)
        logs = self._ready().evaluate(data, size, degree, callbacks, count, owner=self)
        return self._scores(logs, return_dict)

    def predict(
        self,
        x: Any,
        batch_size: int | None = None,
        verbose: Any = "auto",
        steps: int | None = None,
        callbacks: Any = None,
    ) -> Any:
        """The model's outputs for all samples, (n, ...) float32; a list of arrays if there are several outputs. The
        arguments are fit's."""
        degree = verbosity("predict", verbose)
        size = batch_size_of("predict", batch_size)
        count = _steps("predict", "steps", steps)
        data = Given("predict", self, has_targets=False).source(x)
        return self._ready_to_predict().predict(data, size, degree, callbacks, count, owner=self)

    def train_on_batch(
        self, x: Any, y: Any = None, sample_weight: Any = None, class_weight: Any = None, return_dict: bool = False
    ) -> Any:
        """One training step; the loss, or [loss, metrics...], of this batch."""
        data = Given("train_on_batch", self, class_weight).data(x, y, sample_weight)
        return self._scores(self._ready_to_train().train_batch(data.whole()), return_dict)

    def test_on_batch(self, x: Any, y: Any = None, sample_weight: Any = None, return_dict: bool = False) -> Any:
        """The loss, or [loss, metrics...], of a batch."""
        data = Given("test_on_batch", self).data(x, y, sample_weight)
        return self._scores(self._ready().evaluate_batch(data.whole()), return_dict)

    def predict_on_batch(self, x: Any) -> Any:
        """The model's outputs for a batch: an array, or a list of them."""
        data = Given("predict_on_batch", self, has_targets=False).data(x)
        return self._ready_to_predict().predict(data, len(data))

    def _ready_to_predict(self) -> Trainer:
        """`predict` needs no compile."""
        if self._trainer is None and self._compiled is None:
            self._trainer = Trainer(self.body, [], None)
        return self._trainer or self._ready()

    def _scores(self, logs: dict[str, Any], return_dict: bool) -> Any:
        if return_dict:
            return logs
        scores = [logs[name] for name in self.metrics_names]
        return scores if len(scores) > 1 else scores[0]


class _Weakly:
    """A method of a model for the model's trainer, which would else keep the model that keeps it."""

    def __init__(self, method: Callable[[], Any]) -> None:
        self._method = weakref.WeakMethod(method)

    def __call__(self) -> Any:
        method = self._method()
        assert method is not None
        return method()

    def __reduce__(self) -> Any:
        return _Weakly, (self._method(),)


def _numbered(name: str, count: int) -> list[str]:
    return [name] if count == 1 else [f"{name}_{i}" for i in range(count)]


def _layout(layer: Any, variable: Tensor) -> tuple[int, ...] | None:
    """The order of axes that makes Keras' layout of a variable; None if it is the same."""
    orders = [order for each, order in layer.weight_layouts() if each is variable]
    return orders[0] if orders else None


def _steps(op: str, name: str, value: Any) -> int | None:
    return None if value is None else positive_integer(op, name, value)


def _frequency(value: Any) -> Any:
    if isinstance(value, (list, tuple, set)):
        return [positive_integer("fit", "validation_freq", each) for each in value]
    return positive_integer("fit", "validation_freq", value)
