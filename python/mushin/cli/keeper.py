"""Writes the best model and the history while a model is trained."""

from __future__ import annotations

import csv
import io as text_io
from collections.abc import Callable, Mapping
from math import isfinite
from pathlib import Path
from typing import Any

from mushin import io
from mushin.cli.errors import CommandError
from mushin.keras.saving import save_model
from mushin.train.callbacks import Callback


class Keeper(Callback):
    """After every epoch the history is written, and the model if it is the best so far.

    Args:
        model_file, history_file: where to.
        metadata: what the model's file says beside the model.
        watches: whether the best epoch is that of the least val_loss; else it is the last one.
        begin: is called before the first file is written; until then those of an earlier run stay as they are.
    """

    def __init__(
        self,
        model_file: Path,
        history_file: Path,
        metadata: Mapping[str, str],
        watches: bool,
        begin: Callable[[], None],
    ) -> None:
        self.model_file, self.history_file, self.metadata, self.watches = model_file, history_file, metadata, watches
        self.begin = begin
        self.history: dict[str, list[float]] = {}
        self.best: float | None = None
        self.best_epoch = 0

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        scores = {name: float(value) for name, value in (logs or {}).items()}
        if not all(map(isfinite, scores.values())):
            raise CommandError(
                "the loss has grown beyond all numbers: try a smaller --learning-rate, or look for values in the data "
                "that are far beyond the others"
            )
        if not self.history:
            self.begin()
        for name, value in scores.items():
            self.history.setdefault(name, []).append(value)
        self._write_history()
        loss = scores["val_loss"] if self.watches else 0.0
        if self.best is None or not self.watches or loss < self.best:
            save_model(self.model, self.model_file, metadata=self.metadata)
            self.best, self.best_epoch = loss, epoch + 1

    def _write_history(self) -> None:
        text = text_io.StringIO()
        writer = csv.writer(text, lineterminator="\n")
        writer.writerow(["epoch", *self.history])
        writer.writerows([i + 1, *row] for i, row in enumerate(zip(*self.history.values())))
        io.write_file(self.history_file, text.getvalue().encode())

    def what_is_left(self) -> str:
        """What there is after an interruption, in words."""
        if self.best_epoch == 0:
            return "interrupted in the first round; nothing has been written"
        return f"interrupted; the best model so far, of round {self.best_epoch}, is in {self.model_file}"
