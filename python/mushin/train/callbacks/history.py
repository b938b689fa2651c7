"""What became of the loss and the metrics, epoch by epoch."""

from __future__ import annotations

import os
import weakref
from typing import Any

from mushin.train.callbacks.base import Callback


def _new_figure(shown: bool) -> Any:
    try:
        if shown:
            from matplotlib import pyplot

            return pyplot.figure(layout="constrained")
        from matplotlib.figure import Figure

        return Figure(layout="constrained")
    except ImportError as error:
        raise ImportError("[plot] drawing needs matplotlib: pip install matplotlib") from error


class History(Callback):
    """What `fit` returns: `history` maps each quantity to its value in every epoch, `epoch` numbers the epochs.

    Source: keras.callbacks.History.
    """

    _model: weakref.ref[Any] | None = None

    def __init__(self) -> None:
        self.history: dict[str, list[Any]] = {}
        self.epoch: list[int] = []
        self._epochs: dict[str, list[int]] = {}  # of each quantity: validation may be rarer

    @property
    def model(self) -> Any:
        """What was trained, as long as somebody else has it: a model has its history."""
        return None if self._model is None else self._model()

    @model.setter
    def model(self, model: Any) -> None:
        self._model = None if model is None else weakref.ref(model)

    def __getstate__(self) -> dict[str, Any]:
        return {**vars(self), "_model": None}

    def on_train_begin(self, logs: Any = None) -> None:
        self.epoch = []

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        self.epoch.append(epoch)
        for name, value in (logs or {}).items():
            self.history.setdefault(name, []).append(value)
            self._epochs.setdefault(name, []).append(epoch)

    def plot(self, path: str | os.PathLike[str] | None = None) -> Any:
        """Draws learning curves: a picture for each quantity, with that of the validation data beside it.

        Args:
            path: a file to write, whose ending says its format; None shows the figure where Matplotlib shows figures.

        Returns:
            The Matplotlib figure.

        Raises:
            ValueError: no epoch has been trained.
            ImportError: Matplotlib is missing.
        """
        if not self.epoch:
            raise ValueError("[plot] the history must hold at least one epoch, got none")
        figure = _new_figure(shown=path is None)
        names = list(dict.fromkeys(name.removeprefix("val_") for name in self.history))
        figure.set_size_inches(4.0 * len(names), 3.2)
        for axes, name in zip(figure.subplots(1, len(names), squeeze=False)[0], names):
            for key, label in ((name, "training"), (f"val_{name}", "validation")):
                if key in self.history:
                    epochs = [epoch + 1 for epoch in self._epochs[key]]
                    axes.plot(epochs, self.history[key], marker=".", label=label)
            axes.set_xlabel("epoch")
            axes.set_title(name)
            if len(axes.lines) > 1:
                axes.legend()
        if path is not None:
            figure.savefig(path)
        return figure
