"""Callbacks that write files."""

from __future__ import annotations

import csv
import os
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import numpy as np

from mushin.train.callbacks.base import Callback
from mushin.train.callbacks.monitor import Monitor


class ModelCheckpoint(Monitor):
    """Saves the model, or its weights, while it is trained.

    Args:
        filepath: the file; names in braces are filled in, such as {epoch:02d} (from 1) and {val_loss:.2f}. It ends in
            .safetensors, and folders are made.
        monitor: what tells the best epoch, a name in the logs.
        verbose: 1 to print when a file is written.
        save_best_only: only when the monitored quantity is better than ever.
        save_weights_only: the weights, not the model.
        mode: "min", "max", or "auto" as the metric says.
        save_freq: "epoch", or after how many batches, counted through all epochs.
        initial_value_threshold: what the first epoch must be better than with save_best_only.

    Raises:
        ValueError: another mode, save_freq or ending; a name in braces that is not in the logs.

    Source: keras.callbacks.ModelCheckpoint.
    """

    def __init__(
        self,
        filepath: str | os.PathLike[str],
        monitor: str = "val_loss",
        verbose: int = 0,
        save_best_only: bool = False,
        save_weights_only: bool = False,
        mode: str = "auto",
        save_freq: str | int = "epoch",
        initial_value_threshold: float | None = None,
    ) -> None:
        super().__init__(monitor, mode)
        if save_freq != "epoch" and (isinstance(save_freq, (str, bool)) or save_freq < 1):
            raise ValueError(f"[ModelCheckpoint] save_freq must be 'epoch' or a positive integer, got {save_freq!r}")
        self.filepath = os.fspath(filepath)
        if not self.filepath.endswith(".safetensors"):
            raise ValueError(f"[ModelCheckpoint] filepath must end in .safetensors, got {self.filepath!r}")
        self.verbose = verbose
        self.save_best_only = save_best_only
        self.save_weights_only = save_weights_only
        self.save_freq = save_freq
        self.best = initial_value_threshold
        self._epoch = self._batches = 0
        if save_freq != "epoch":
            # Else no batch calls anything.
            self.on_train_batch_end = self._count_batch  # type: ignore[method-assign]

    def on_epoch_begin(self, epoch: int, logs: Any = None) -> None:
        self._epoch = epoch

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        if self.save_freq == "epoch":
            self._save(epoch, None, logs)

    def _count_batch(self, batch: int, logs: Any = None) -> None:
        self._batches += 1
        if self._batches % int(self.save_freq) == 0:
            self._save(self._epoch, batch, logs)

    def _save(self, epoch: int, batch: int | None, logs: Any) -> None:
        if self.save_best_only:
            current = self.monitored(logs)
            if current is None or not self.is_better(current, self.best):
                return
            self.best = current
        path = self._path(epoch, batch, logs)
        if self.verbose:
            print(f"\nEpoch {epoch + 1}: saving model to {path}")
        path.parent.mkdir(parents=True, exist_ok=True)
        if self.save_weights_only:
            self.model.save_weights(path)
        else:
            self.model.save(path)

    def _path(self, epoch: int, batch: int | None, logs: Any) -> Path:
        known = {"epoch": epoch + 1, **({} if batch is None else {"batch": batch + 1}), **(logs or {})}
        try:
            return Path(self.filepath.format(**known))
        except KeyError as error:
            raise ValueError(
                f"[ModelCheckpoint] filepath names {error}, which is not in the logs; there are {', '.join(known)}"
            ) from None


class CSVLogger(Callback):
    """Writes a line for each epoch to a CSV file: the epoch, then the logs by name.

    Args:
        filename: the file.
        separator: between the columns.
        append: write behind what is in the file; False begins it anew.

    Source: keras.callbacks.CSVLogger.
    """

    def __init__(self, filename: str | os.PathLike[str], separator: str = ",", append: bool = False) -> None:
        self.filename = os.fspath(filename)
        self.separator = separator
        self.append = append
        self._names: list[str] | None = None

    def on_train_begin(self, logs: Any = None) -> None:
        self._names = None
        if self.append and os.path.exists(self.filename) and os.path.getsize(self.filename) > 0:
            with open(self.filename, newline="") as file:
                self._names = next(csv.reader(file, delimiter=self.separator))[1:]
        else:
            open(self.filename, "w").close()

    def on_epoch_end(self, epoch: int, logs: Any = None) -> None:
        logs = logs or {}
        rows = [[epoch, *(_cell(logs.get(name, "NA")) for name in self._names or sorted(logs))]]
        if self._names is None:
            self._names = sorted(logs)
            rows.insert(0, ["epoch", *self._names])
        with open(self.filename, "a", newline="") as file:
            csv.writer(file, delimiter=self.separator, lineterminator="\n").writerows(rows)


def _cell(value: Any) -> Any:
    if isinstance(value, Iterable) and not isinstance(value, str):
        return f"[{', '.join(map(str, np.asarray(value).tolist()))}]"
    return value
