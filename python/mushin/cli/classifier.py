"""What demo and train share: a classifier is trained, tested, drawn, saved, loaded again and compared."""

from __future__ import annotations

import os
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TypeAlias

import numpy as np

from mushin import io, keras, seed, set_num_threads
from mushin.cli import words
from mushin.cli.errors import CommandError
from mushin.cli.scores import confusion_of
from mushin.data import stratified_split

HELD_BACK = 0.1

Say: TypeAlias = Callable[..., None]
Scores: TypeAlias = dict[str, list[float]]


@dataclass(frozen=True)
class Task:
    """Images and what they show.

    Args:
        goal: what is learned, after "mushin learns to".
        thing, kind: what an image and a class are called.
        images: uint8 (n, height, width), to learn from.
        labels: integers (n,).
        test_images, test_labels: the same for the test.
        brightest: the largest value a pixel can have.
        rehearse: train twice, first without the images that are held back, then with them; else never with them.
    """

    goal: str
    thing: str
    kind: str
    images: np.ndarray
    labels: np.ndarray
    test_images: np.ndarray
    test_labels: np.ndarray
    brightest: int
    rehearse: bool = False

    @property
    def classes(self) -> int:
        return int(max(self.labels.max(), self.test_labels.max())) + 1

    def rows(self, images: np.ndarray) -> np.ndarray:
        """Images as rows of numbers in [0, 1], float32 (n, pixels)."""
        rows: np.ndarray = np.multiply(images.reshape(len(images), -1), np.float32(1 / self.brightest))
        return rows


@dataclass(frozen=True)
class Settings:
    """How to train."""

    epochs: int
    batch_size: int
    learning_rate: float
    hidden: int
    dropout: float
    seed: int


@dataclass(frozen=True)
class Learned:
    """A trained model, and the scores of each round of a training with images held back, with both parts' sizes."""

    model: keras.Sequential
    history: Scores
    fitting: int
    held_back: int


@dataclass(frozen=True)
class Outcome:
    """What the test gave: the class probabilities of each test image, (n, classes)."""

    task: Task
    probabilities: np.ndarray

    @property
    def read(self) -> np.ndarray:
        classes: np.ndarray = self.probabilities.argmax(axis=1)
        return classes

    @property
    def misread(self) -> np.ndarray:
        """The images that were misread, those first that the model was surest of."""
        wrong = np.flatnonzero(self.read != self.task.test_labels)
        order = np.argsort(-self.probabilities[wrong].max(axis=1), kind="stable")
        return wrong[order]

    @property
    def confusion(self) -> np.ndarray:
        """How often a true class (row) was read as a class (column)."""
        return confusion_of(self.task.test_labels, self.read, self.task.classes)


def run_task(task: Task, settings: Settings, out: str, threads: int | None, quiet: bool) -> int:
    """Trains, tests, draws, saves and compares; returns the exit code.

    Raises:
        CommandError: the images cannot be divided, or training went astray.
        OSError: the files cannot be written.
    """
    folder = prepared_folder(out)
    if threads is not None:
        set_num_threads(threads)
    say: Say = silence if quiet else partial(print, flush=True)

    say(words.opening(task.goal, task.thing, task.images, task.test_images))
    how = learned(task, settings, say, quiet)
    outcome = Outcome(task, how.model.predict(task.rows(task.test_images), verbose=0))
    # Saved before anything is printed: whoever reads the output may stop reading.
    weights = folder / "weights.safetensors"
    io.save_state(weights, how.model.body)
    pictures = save_pictures(outcome, how, folder)
    say("\n" + words.confusion_table(task.kind, outcome.confusion) + "\n")
    print(words.result(task.thing, outcome.confusion))
    print(words.written(folder, [*pictures, weights.name], can_draw=bool(pictures)))
    return compare(outcome, settings, weights)


def silence(*_: object) -> None:
    """Says nothing."""


def prepared_folder(out: str) -> Path:
    """The folder for the results, made if it is not there; it can be written to.

    Raises:
        CommandError: it cannot be made or written to, or a file is in its place.
    """
    folder = Path(os.path.expanduser(out))  # Path's own raises RuntimeError for a user who does not exist
    if folder.exists() and not folder.is_dir():
        raise CommandError(f"{folder}: --out must name a folder, and this is a file")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        raise CommandError(f"{folder}: --out must name a folder that can be written to: {error.strerror}") from error
    return folder


def new_model(task: Task, settings: Settings) -> keras.Sequential:
    """An untrained classifier of rows of pixels."""
    pixels = int(np.prod(task.images.shape[1:]))
    layers: list[keras.layers.Layer] = [
        keras.layers.Dense(settings.hidden, activation="relu", input_shape=(pixels,), name="hidden")
    ]
    if settings.dropout:
        layers.append(keras.layers.Dropout(settings.dropout, name="dropout"))
    layers.append(keras.layers.Dense(task.classes, activation="softmax", name="probabilities"))
    model = keras.Sequential(layers, name="classifier")
    model.compile(
        optimizer=keras.optimizers.Adam(settings.learning_rate),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    return model


def learned(task: Task, settings: Settings, say: Say, quiet: bool) -> Learned:
    """A trained model, and how one did in each round on images that were held back.

    Raises:
        CommandError: the images cannot be divided, or the loss is not a number.
    """
    try:
        fitting, held_back = stratified_split(task.labels, HELD_BACK, seed=0)
    except ValueError as error:
        raise CommandError(
            f"a part of the training {task.thing}s must be held back, and that failed: {error}"
        ) from error
    counts = len(fitting), len(held_back)
    if not quiet:
        new_model(task, settings).summary()
    verbose = 0 if quiet else 1 if sys.stdout.isatty() else 2
    if not task.rehearse:
        say("\n" + words.training(settings.epochs, *counts, task.thing))
        return Learned(*fitted(task, settings, fitting, held_back, verbose), *counts)
    say("\n" + words.rehearsal(settings.epochs, *counts, task.thing))
    _, history = fitted(task, settings, fitting, held_back, verbose=0)
    say(words.rehearsed(history["val_accuracy"][-1]))
    say("\n" + words.training(settings.epochs, len(task.labels), 0, task.thing))
    model, _ = fitted(task, settings, np.arange(len(task.labels)), None, verbose)
    return Learned(model, history, *counts)


def fitted(
    task: Task, settings: Settings, fitting: np.ndarray, held_back: np.ndarray | None, verbose: int
) -> tuple[keras.Sequential, Scores]:
    """A model trained on some of the images, and its history with scores on those held back."""
    seed(settings.seed)
    model = new_model(task, settings)
    validation = None if held_back is None else (task.rows(task.images[held_back]), task.labels[held_back])
    scores: Scores = model.fit(
        task.rows(task.images[fitting]),
        task.labels[fitting],
        batch_size=settings.batch_size,
        epochs=settings.epochs,
        verbose=verbose,
        validation_data=validation,
    ).history
    if not all(np.isfinite(values).all() for values in scores.values()):
        raise CommandError("the loss has grown beyond all numbers: try a smaller --learning-rate")
    return model, scores


def save_pictures(outcome: Outcome, how: Learned, folder: Path) -> list[str]:
    """Draws what was learned; returns the files' names, none where matplotlib is missing."""
    from mushin.cli import pictures

    if not pictures.can_draw():
        return []
    task, misread = outcome.task, outcome.misread
    shown = misread[: pictures.MOST_IMAGES]
    figures = {
        "confusion-matrix.png": pictures.confusion_matrix(outcome.confusion, task.thing, task.kind),
        "learning-curve.png": pictures.learning_curve(how.history, how.fitting, how.held_back, task.thing),
        f"misread-{task.thing}s.png": pictures.misread_images(
            task.test_images[shown],
            task.test_labels[shown],
            outcome.read[shown],
            outcome.probabilities[shown].max(axis=1),
            task.thing,
            f"{len(misread):,} of {len(task.test_labels):,}",
        ),
    }
    for name, figure in figures.items():
        io.write_file(folder / name, pictures.png(figure))
    return list(figures)


def compare(outcome: Outcome, settings: Settings, weights: Path) -> int:
    """Loads the weights into a new model and says whether it predicts the same; returns the exit code."""
    task = outcome.task
    model = new_model(task, settings)
    io.load_state(weights, model.body)
    again = model.predict(task.rows(task.test_images), verbose=0)
    if again.tobytes() != outcome.probabilities.tobytes():
        print(f"mushin: a new model with the weights of {weights} predicts something else", file=sys.stderr)
        return 1
    print(f"A new model with these weights predicts the same for all {len(again):,} test {task.thing}s, bit for bit.")
    return 0
