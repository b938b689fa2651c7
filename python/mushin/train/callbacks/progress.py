"""What is printed while a model is trained."""

from __future__ import annotations

from typing import Any

from mushin.train.callbacks.base import Callback
from mushin.train.progress import Progress


class ProgbarLogger(Callback):
    """Prints a line for each epoch, and moves it after each batch if `params["verbose"]` is 1.

    Source: keras.callbacks.ProgbarLogger.
    """

    def __init__(self) -> None:
        self._progress: Progress | None = None
        self._is_training = False

    def set_params(self, params: dict[str, Any]) -> None:
        super().set_params(params)
        self._verbose = int(params.get("verbose", 0))
        self._steps: int | None = params.get("steps")
        if self._verbose == 1 or (self._verbose and self._steps is None):
            # Only a line that moves, or steps that must be counted, have something to do after each batch.
            hooks = {"train": self._step, "test": self._step_of_test, "predict": self._step}
            for phase, hook in hooks.items():
                setattr(self, f"on_{phase}_batch_end", hook)

    def _begin(self) -> None:
        self._progress = Progress(self._steps, self._verbose)

    def _step(self, batch: int, logs: Any = None) -> None:
        if self._progress is not None:
            self._progress.step({} if logs is None else logs)

    def _step_of_test(self, batch: int, logs: Any = None) -> None:
        if not self._is_training:
            self._step(batch, logs)

    def _end(self, logs: Any) -> None:
        if self._progress is not None:
            self._progress.close(logs)
            self._steps = self._progress.steps
            self._progress = None

    def on_train_begin(self, logs: Any = None) -> None:
        self._is_training = True

    def on_train_end(self, logs: Any = None) -> None:
        self._is_training = False

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        if self._verbose and self.params is not None:
            print(f"Epoch {epoch + 1}/{self.params['epochs']}")
        self._begin()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self._end(logs)

    def on_test_begin(self, logs: Any = None) -> None:
        if not self._is_training:
            self._begin()

    def on_test_end(self, logs: Any = None) -> None:
        if not self._is_training:
            self._end(logs)

    def on_predict_begin(self, logs: Any = None) -> None:
        self._begin()

    def on_predict_end(self, logs: Any = None) -> None:
        self._end({})
