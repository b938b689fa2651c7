"""The one training loop. Keras' `fit`, `evaluate` and `predict` are this loop; so is anything else that trains.

Data are arrays in memory. An epoch is one shuffled index array; a batch is gathered from the data by a kernel straight
into the recorded step's input buffers, and cast to float32 on the way.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from mushin.autograd import Tensor, no_grad
from mushin.nn.modes import training_mode
from mushin.nn.packing import packed_weights
from mushin.ops.packing import FEWEST_ROWS
from mushin.ops.random import numpy_generator
from mushin.train.metrics import MeanLoss, Metric
from mushin.train.progress import Logs, Progress
from mushin.train.step import CompiledStep, Rows

Step = Callable[..., Any]

# Weights are packed for so many batches at least, of so many rows.
PACKED_BATCHES, PACKED_ROWS = 4, range(FEWEST_ROWS, 129)


class History:
    """What `fit` returns: `history` maps each quantity to its value in every epoch, `epoch` numbers the epochs."""

    def __init__(self) -> None:
        self.history: dict[str, list[float]] = {}
        self.epoch: list[int] = []

    def append(self, epoch: int, logs: Logs) -> None:
        self.epoch.append(epoch)
        for name, value in logs.items():
            self.history.setdefault(name, []).append(value)


@dataclass
class Data:
    """Samples and their targets: arrays of the same length along the first axis, as a batch shall have them."""

    x: np.ndarray
    y: np.ndarray | None
    x_dtype: Any = np.float32
    y_dtype: Any = field(default=None)

    def __len__(self) -> int:
        return len(self.x)

    def rows(self, ids: np.ndarray) -> list[Rows]:
        rows = [Rows(self.x, ids, self.x_dtype)]
        if self.y is not None:
            rows.append(Rows(self.y, ids, self.y.dtype if self.y_dtype is None else self.y_dtype))
        return rows


class Trainer:
    """A model with what it takes to train it.

    Args:
        model: an nn.Module from a batch to the outputs that the loss takes.
        loss: from outputs and targets to a scalar, the batch's mean.
        optimizer: anything with `begin_step`, `zero_grad` and `step`.
        metrics: updated with outputs and targets of every batch.
        predictor: an nn.Module from a batch to what `predict` returns; the model itself if None.
        captured: replay recorded steps; False runs every step eagerly. The results are the same.
    """

    def __init__(
        self,
        model: Any,
        loss: Callable[[Tensor, Tensor], Tensor],
        optimizer: Any,
        metrics: list[Metric],
        predictor: Any = None,
        captured: bool = True,
    ) -> None:
        self.model = model
        self.loss = loss
        self.optimizer = optimizer
        self.metrics = metrics
        self.predictor = model if predictor is None else predictor
        self.mean_loss = MeanLoss("loss")
        wrap: Callable[[Step], Step] = CompiledStep if captured else _eager
        self.train_step = wrap(self._train_step)
        self.evaluate_step = wrap(self._evaluate_step)
        self.predict_step = wrap(self._predict_step)

    # --- steps

    def _train_step(self, x: Tensor, y: Tensor) -> None:
        outputs = self.model(x)
        loss = self.loss(outputs, y)
        self._update(outputs, loss, y)
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()

    def _evaluate_step(self, x: Tensor, y: Tensor) -> None:
        outputs = self.model(x)
        self._update(outputs, self.loss(outputs, y), y)

    def _predict_step(self, x: Tensor) -> Tensor:
        return self.predictor(x)  # type: ignore[no-any-return]

    def _update(self, outputs: Tensor, loss: Tensor, y: Tensor) -> None:
        self.mean_loss.update_loss(loss, len(y))
        for metric in self.metrics:
            metric.update(outputs, y)

    # --- passes

    def fit(
        self,
        data: Data,
        batch_size: int,
        epochs: int,
        initial_epoch: int = 0,
        validation: Data | None = None,
        validation_batch_size: int | None = None,
        shuffle: bool = True,
        verbose: int = 0,
        on_epoch: Callable[[int, Logs], None] | None = None,
    ) -> History:
        """Trains from `initial_epoch` to before epoch `epochs`; calls `on_epoch(epoch, logs)` after each."""
        history = History()
        with training_mode(self.model, True):
            for epoch in range(initial_epoch, epochs):
                if verbose:
                    print(f"Epoch {epoch + 1}/{epochs}")
                order = np.arange(len(data))
                if shuffle:
                    numpy_generator().shuffle(order)
                progress = self._pass(self.train_step, data, order, batch_size, verbose)
                logs = self.logs()
                if validation is not None:
                    scores = self._evaluate(validation, validation_batch_size or batch_size)
                    logs = _in_order({**logs, **{f"val_{name}": value for name, value in scores.items()}})
                progress.close(logs)
                history.append(epoch, logs)
                if on_epoch is not None:
                    on_epoch(epoch, logs)
        return history

    def evaluate(self, data: Data, batch_size: int, verbose: int = 0) -> Logs:
        """Loss and metrics over the data, without training."""
        with self._packed(data, batch_size):
            return self._evaluate(data, batch_size, verbose)

    def _evaluate(self, data: Data, batch_size: int, verbose: int = 0) -> Logs:
        """The same with the weights as they lie: `fit` holds no second copy of them."""
        with training_mode(self.model, False), no_grad():
            progress = self._pass(self.evaluate_step, data, np.arange(len(data)), batch_size, verbose)
        logs = self.logs()
        progress.close(logs)
        return logs

    def train_batch(self, data: Data) -> Logs:
        """One training step on all of the data as one batch."""
        with training_mode(self.model, True):
            self._pass(self.train_step, data, np.arange(len(data)), len(data), verbose=0)
        return self.logs()

    def predict(self, data: Data, batch_size: int, verbose: int = 0) -> np.ndarray:
        """The predictor's outputs for all samples."""
        result: np.ndarray | None = None
        progress = Progress(_steps(len(data), batch_size), verbose)
        with training_mode(self.predictor, False), no_grad(), self._packed(data, batch_size):
            for begin, ids in _batches(np.arange(len(data)), batch_size):
                outputs = self.predict_step(*data.rows(ids)).array
                if result is None:
                    result = np.empty((len(data), *outputs.shape[1:]), outputs.dtype)
                result[begin : begin + len(ids)] = outputs
                progress.step(dict)
        progress.close({})
        assert result is not None  # data are never empty
        return result

    def _packed(self, data: Data, batch_size: int) -> AbstractContextManager[None]:
        """A block for a pass, with packed weights if that pays."""
        pays = batch_size in PACKED_ROWS and len(data) >= PACKED_BATCHES * batch_size
        return packed_weights(self.model) if pays else nullcontext()

    def _pass(self, step: Step, data: Data, order: np.ndarray, batch_size: int, verbose: int) -> Progress:
        progress = Progress(_steps(len(data), batch_size), verbose)
        for metric in (self.mean_loss, *self.metrics):
            metric.reset()
        for _, ids in _batches(order, batch_size):
            if step is self.train_step:
                self.optimizer.begin_step()
            step(*data.rows(ids))
            progress.step(self.logs)
        return progress

    def logs(self) -> Logs:
        """The metrics and the loss so far in this pass."""
        return _in_order({metric.name: metric.result() for metric in (*self.metrics, self.mean_loss)})


def _in_order(logs: Logs) -> Logs:
    """By name, as Keras prints and keeps them."""
    return dict(sorted(logs.items()))


def _eager(step: Step) -> Step:
    def run(*rows: Rows) -> Any:
        return step(*(Tensor(each.gathered()) for each in rows))

    return run


def _steps(samples: int, batch_size: int) -> int:
    return -(-samples // batch_size)


def _batches(order: np.ndarray, batch_size: int) -> Iterator[tuple[int, np.ndarray]]:
    for begin in range(0, len(order), batch_size):
        yield begin, order[begin : begin + batch_size]
