"""The one training loop. Keras' `fit`, `evaluate` and `predict` are this loop; so is anything else that trains.

Data in memory stay where they are: an epoch is one shuffled index array, and a kernel gathers each batch straight into
the recorded step's input buffers, cast on the way. Metrics are totals in buffers that the step's kernels add to; they
are read when somebody asks for the logs.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from math import isfinite
from os import PathLike
from typing import Any

import numpy as np

from mushin import io, ops
from mushin.autograd import Tensor, no_grad
from mushin.nn.modes import training_mode
from mushin.nn.packing import packed_weights
from mushin.ops.packing import FEWEST_ROWS
from mushin.train.batches import Batch, Data, Feed, Stream, eager, placed
from mushin.train.callbacks import History, Hooks, LazyLogs, ProgbarLogger
from mushin.train.metrics import MeanLoss, Metric
from mushin.train.penalties import collected_penalties
from mushin.train.progress import Logs
from mushin.train.step import CompiledStep
from mushin.warning import warn_caller

Step = Callable[..., Any]

# Weights are packed for so many batches at least, of so many rows.
PACKED_BATCHES, PACKED_ROWS = 4, range(FEWEST_ROWS, 129)


@dataclass
class Objective:
    """What one output of a model is trained for, and how it is judged.

    loss: from outputs, targets and the samples' weights (None for none) to a scalar; None if nothing is trained for it.
    factor: of this loss in the sum of all.
    metrics, weighted_metrics: by their names in the logs; the latter are told the samples' weights.
    name: the output's; where several outputs have losses, `name_loss` is in the logs.
    predictions: from what the loss takes to what the metrics take; None if that is the same.
    weights_for: from a metric, the outputs and the samples' weights, or None, to the weights that it is told; None if
        these are the same.
    """

    loss: Callable[[Tensor, Tensor, Tensor | None], Tensor] | None
    factor: float = 1.0
    metrics: dict[str, Metric] = field(default_factory=dict)
    weighted_metrics: dict[str, Metric] = field(default_factory=dict)
    name: str = ""
    predictions: Callable[[Tensor], Tensor] | None = None
    weights_for: Callable[[Metric, Tensor, Tensor | None], Tensor | None] | None = None


class Trainer:
    """A model with what it takes to train it.

    Args:
        model: an nn.Module from a batch's inputs to outputs, one tensor or several.
        objectives: one for each output.
        optimizer: anything with `begin_step`, `zero_grad` and `step`.
        predictor: an nn.Module from inputs to what `predict` returns; the model itself if None.
        captured: replay recorded steps; False runs every step eagerly. The results are the same.
        penalties: returns scalars that are added to the loss, such as the weights' regularizers.
        constrain: called after each of the optimizer's steps, inside the recorded step.

    `stop_training` set by a callback ends `fit` after the batch or epoch.
    """

    def __init__(
        self,
        model: Any,
        objectives: Sequence[Objective],
        optimizer: Any,
        predictor: Any = None,
        captured: bool = True,
        penalties: Callable[[], list[Tensor]] = list,
        constrain: Callable[[], None] | None = None,
    ) -> None:
        self.model = model
        self.objectives = list(objectives)
        self.optimizer = optimizer
        self.predictor = model if predictor is None else predictor
        self.penalties = penalties
        self.constrain = constrain
        self.stop_training = False
        self.mean_loss = MeanLoss("loss")
        trained = [each for each in self.objectives if each.loss is not None]
        self._own_losses = {id(each): MeanLoss(f"{each.name}_loss") for each in trained} if len(trained) > 1 else {}
        self.metrics: dict[str, Metric] = {"loss": self.mean_loss}
        self.metrics.update({mean.name: mean for mean in self._own_losses.values()})
        for group in ("metrics", "weighted_metrics"):
            for each in self.objectives:
                self.metrics.update(getattr(each, group))
        wrap: Callable[[Step], Step] = CompiledStep if captured else eager
        self.train_step = wrap(self._train_step)
        self.evaluate_step = wrap(self._evaluate_step)
        self.predict_step = wrap(self._predict_step)

    def close(self) -> None:
        """Lets the steps go, with the memory of what they have recorded: they and this keep each other."""
        del self.train_step, self.evaluate_step, self.predict_step

    # --- steps

    def _train_step(self, layout: str, *arrays: Tensor) -> None:
        loss = self._loss_of(layout, arrays)
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        if self.constrain is not None:
            self.constrain()

    def _evaluate_step(self, layout: str, *arrays: Tensor) -> None:
        self._loss_of(layout, arrays)

    def _predict_step(self, layout: str, *arrays: Tensor) -> list[Tensor]:
        return listed(self.predictor(*placed(layout, arrays)[0]))

    def _loss_of(self, layout: str, arrays: Sequence[Tensor]) -> Tensor:
        """The loss of a batch, which with the metrics has been noted."""
        inputs, targets, weights = placed(layout, arrays)
        samples = len(inputs[0])
        with collected_penalties() as of_modules:
            outputs = listed(self.model(*inputs))
        terms = []
        for objective, output, target, weight in zip(self.objectives, outputs, targets, weights):
            if objective.loss is not None:
                loss = objective.loss(output, target, weight)
                if id(objective) in self._own_losses:
                    self._own_losses[id(objective)].update_loss(loss, samples)
                terms.append(loss if objective.factor == 1.0 else ops.mul(loss, objective.factor))
        total = _sum([*terms, *of_modules, *self.penalties()])
        self.mean_loss.update_loss(total, samples)
        with no_grad():
            for objective, output, target, weight in zip(self.objectives, outputs, targets, weights):
                _judge(objective, output, target, weight)
        return total

    # --- passes

    def fit(
        self,
        data: Data | Stream,
        batch_size: int = 32,
        epochs: int = 1,
        initial_epoch: int = 0,
        validation: Data | Stream | None = None,
        validation_batch_size: int | None = None,
        shuffle: bool = True,
        verbose: int = 0,
        callbacks: Any = None,
        steps_per_epoch: int | None = None,
        validation_steps: int | None = None,
        validation_freq: int | Sequence[int] = 1,
        owner: Any = None,
    ) -> History:
        """Trains from `initial_epoch` to before epoch `epochs`.

        Args:
            data: what is trained on.
            batch_size, shuffle: of data in memory.
            validation, validation_batch_size: what is evaluated after an epoch; batch_size if None.
            verbose: 0 silent, 1 a line that moves, 2 a line an epoch.
            callbacks: a Callback or a list of them.
            steps_per_epoch, validation_steps: batches an epoch; all if None.
            validation_freq: validate after every so many epochs, or after those that are listed, counted from 1.
            owner: what callbacks see as their `model`, with an attribute `stop_training`; the trainer if None.
        """
        owner = self if owner is None else owner
        feed = Feed(data, batch_size, shuffle, steps_per_epoch)
        validation_feed = None
        if validation is not None:
            validation_feed = Feed(validation, validation_batch_size or batch_size, False, validation_steps)
        params = {"epochs": epochs, "steps": feed.steps, "verbose": verbose}
        history = History()
        hooks = Hooks("fit", callbacks, [*([ProgbarLogger()] if verbose else []), history], owner, params)
        history = next(each for each in hooks.callbacks if isinstance(each, History))
        owner.stop_training = False
        logs: Logs = {}
        loss = 0.0
        with training_mode(self.model, True):
            hooks.call("on_train_begin", {})
            for epoch in range(initial_epoch, epochs):
                hooks.call("on_epoch_begin", epoch, {})
                steps = self._pass("train", self.train_step, feed, hooks)
                if steps == 0:
                    if epoch == initial_epoch:
                        raise ValueError("[fit] x must yield at least one batch, got none")
                    _warn_of_the_end("fit", feed, steps)
                    break
                logs = self.logs()
                loss_before, loss = loss, logs["loss"]
                if validation_feed is not None and _is_due(epoch + 1, validation_freq):
                    scores = self._evaluate(validation_feed, hooks)
                    logs.update({f"val_{name}": value for name, value in scores.items()})
                logs = in_order(logs)
                hooks.call("on_epoch_end", epoch, logs)
                if isfinite(loss_before) and not isfinite(loss) and not owner.stop_training:
                    _warn_of_a_loss("fit", loss, epoch)
                if feed.has_run_out and not owner.stop_training:
                    _warn_of_the_end("fit", feed, steps)
                if feed.has_run_out or owner.stop_training:
                    break
            hooks.call("on_train_end", logs)
        return history

    def evaluate(
        self,
        data: Data | Stream,
        batch_size: int = 32,
        verbose: int = 0,
        callbacks: Any = None,
        steps: int | None = None,
        owner: Any = None,
    ) -> Logs:
        """Loss and metrics over the data, without training."""
        feed = Feed(data, batch_size, False, steps)
        hooks = self._hooks("evaluate", feed, verbose, callbacks, owner)
        with self._packed(data, batch_size):
            return self._evaluate(feed, hooks)

    def _evaluate(self, feed: Feed, hooks: Hooks) -> Logs:
        """The same with the weights as they lie: `fit` holds no second copy of them."""
        with training_mode(self.model, False), no_grad():
            hooks.call("on_test_begin", {})
            if self._pass("test", self.evaluate_step, feed, hooks) == 0:
                raise ValueError("[evaluate] x must yield at least one batch, got none")
            logs = self.logs()
            hooks.call("on_test_end", logs)
        return logs

    def train_batch(self, batch: Batch) -> Logs:
        """One training step."""
        with training_mode(self.model, True):
            return self._score(self.train_step, batch)

    def evaluate_batch(self, batch: Batch) -> Logs:
        """Loss and metrics of one batch, without training."""
        with training_mode(self.model, False), no_grad():
            return self._score(self.evaluate_step, batch)

    def _score(self, step: Step, batch: Batch) -> Logs:
        self.reset_metrics()
        self._run(step, batch)
        return self.logs()

    def _run(self, step: Step, batch: Batch) -> None:
        if step is self.train_step:
            self.optimizer.begin_step()  # outside of the recorded step: a schedule sets its rate
        step(*batch)

    def predict(
        self,
        data: Data | Stream,
        batch_size: int = 32,
        verbose: int = 0,
        callbacks: Any = None,
        steps: int | None = None,
        owner: Any = None,
    ) -> Any:
        """The predictor's outputs for all samples: an array, or a list of one for each output."""
        feed = Feed(data, batch_size, False, steps)
        hooks = self._hooks("predict", feed, verbose, callbacks, owner)
        total = len(data) if isinstance(data, Data) and steps is None else None
        results: list[_Rows] = []
        begin, end = hooks.written("on_predict_batch_begin"), hooks.written("on_predict_batch_end")
        with training_mode(self.predictor, False), no_grad(), self._packed(data, batch_size):
            hooks.call("on_predict_begin", {})
            for number, batch in enumerate(feed.epoch()):
                for hook in begin:
                    hook(number, {})
                outputs = [each.array for each in self.predict_step(*batch)]
                results = results or [_Rows(total) for _ in outputs]
                for rows, array in zip(results, outputs):
                    rows.append(array)
                for hook in end:
                    hook(number, {"outputs": outputs[0] if len(outputs) == 1 else outputs})
            hooks.call("on_predict_end", {})
        if not results:
            raise ValueError("[predict] x must yield at least one batch, got none")
        arrays = [rows.joined() for rows in results]
        return arrays[0] if len(arrays) == 1 else arrays

    def _hooks(self, op: str, feed: Feed, verbose: int, callbacks: Any, owner: Any) -> Hooks:
        params = {"epochs": 1, "steps": feed.steps, "verbose": verbose}
        more = [ProgbarLogger()] if verbose else []
        return Hooks(op, callbacks, more, self if owner is None else owner, params)

    def _packed(self, data: Data | Stream, batch_size: int) -> AbstractContextManager[None]:
        """A block for a pass, with packed weights if that pays."""
        pays = batch_size in PACKED_ROWS and isinstance(data, Data) and len(data) >= PACKED_BATCHES * batch_size
        return packed_weights(self.model) if pays else nullcontext()

    def _pass(self, phase: str, step: Step, feed: Feed, hooks: Hooks) -> int:
        """One epoch of steps; returns how many there were. Hooks that nobody has written cost nothing."""
        self.reset_metrics()
        begin, end = hooks.written(f"on_{phase}_batch_begin"), hooks.written(f"on_{phase}_batch_end")
        count = 0
        for batch in feed.epoch():
            for hook in begin:
                hook(count, {})
            self._run(step, batch)
            if end:
                logs = LazyLogs(self.metrics, self._result)
                for hook in end:
                    hook(count, logs)
            count += 1
            if phase == "train" and hooks.model.stop_training:
                break
        return count

    # --- numbers and weights

    def reset_metrics(self) -> None:
        for metric in self.metrics.values():
            metric.reset()

    def logs(self) -> Logs:
        """The metrics and the loss so far in this pass."""
        return in_order({name: self._result(name) for name in self.metrics})

    def _result(self, name: str) -> Any:
        """A metric's result as a number or an array; what a metric returns as a tensor may still change."""
        result = self.metrics[name].result()
        if not isinstance(result, Tensor):
            return result
        return result.array.copy() if result.ndim else result.item()

    def direction_of(self, name: str) -> str | None:
        """Whether a quantity of the logs is to go "up" or "down"; None if nobody knows."""
        return self.metrics[name].direction if name in self.metrics else None

    def get_weights(self) -> list[np.ndarray]:
        """Copies of the model's parameters and buffers."""
        return [tensor.array.copy() for tensor in self.model.state_dict().values()]

    def set_weights(self, weights: Sequence[np.ndarray]) -> None:
        """Overwrites them, given as `get_weights` returns them."""
        for tensor, array in zip(self.model.state_dict().values(), weights, strict=True):
            tensor.copy_(array)

    def save_weights(self, filepath: str | PathLike[str]) -> None:
        """Writes them to a safetensors file."""
        io.save_state(filepath, self.model)


class _Rows:
    """Outputs of batch after batch, in one array: at once if it is known how many there will be."""

    def __init__(self, total: int | None) -> None:
        self._total = total
        self._whole: np.ndarray | None = None
        self._parts: list[np.ndarray] = []
        self._end = 0

    def append(self, array: np.ndarray) -> None:
        if self._total is None:
            self._parts.append(array)
            return
        if self._whole is None:
            self._whole = np.empty((self._total, *array.shape[1:]), array.dtype)
        self._whole[self._end : self._end + len(array)] = array
        self._end += len(array)

    def joined(self) -> np.ndarray:
        return np.concatenate(self._parts) if self._whole is None else self._whole


def listed(outputs: Any) -> list[Tensor]:
    """A module's outputs as a list."""
    return [outputs] if isinstance(outputs, Tensor) else list(outputs)


def _sum(terms: list[Tensor]) -> Tensor:
    total = terms[0]
    for term in terms[1:]:
        total = ops.add(total, term)
    return total


def _judge(objective: Objective, output: Tensor, target: Tensor | None, weight: Tensor | None) -> None:
    if target is None or not (objective.metrics or objective.weighted_metrics):
        return
    predicted = output if objective.predictions is None else objective.predictions(output)
    for metrics, of_samples in ((objective.metrics, None), (objective.weighted_metrics, weight)):
        for metric in metrics.values():
            told = of_samples if objective.weights_for is None else objective.weights_for(metric, output, of_samples)
            metric.update(predicted, target, told)


def in_order(logs: Logs) -> Logs:
    """By name, as Keras prints and keeps them."""
    return dict(sorted(logs.items()))


def _is_due(epoch: int, frequency: int | Sequence[int]) -> bool:
    return epoch % frequency == 0 if isinstance(frequency, int) else epoch in frequency


def _warn_of_a_loss(op: str, loss: float, epoch: int) -> None:
    warn_caller(
        f"[{op}] the loss is {loss} in epoch {epoch + 1}: the data hold NaN or infinity, or the learning rate is too "
        "large; mushin.detect_anomaly() names the first op that computes one"
    )


def _warn_of_the_end(op: str, feed: Feed, steps: int) -> None:
    warn_caller(
        f"[{op}] x has run out of batches after {steps} of {feed.steps} steps of an epoch; the training ends here"
    )
