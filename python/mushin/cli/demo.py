"""`mushin demo`: a classifier learns the digits that come with mushin, is tested, drawn, saved and loaded again."""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TypeAlias

import numpy as np

from mushin import io, keras, seed, set_num_threads
from mushin.cli import words
from mushin.cli.output import Say, prepared_folder, speaker
from mushin.cli.scores import confusion_of
from mushin.data import load_digits, stratified_split

# Measured with 40 seeds on each instruction set: every one reads 96.1 % to 97.5 % of the test digits.
BATCH_SIZE = 16
LEARNING_RATE = 0.002
HIDDEN = 128

TEST_SHARE = 0.2
HELD_BACK = 0.1
BRIGHTEST = 16
CLASSES = 10
THING = "digit"

Scores: TypeAlias = dict[str, list[float]]


@dataclass(frozen=True)
class Digits:
    """Images uint8 (n, height, width) and labels (n,), to learn from and for the test."""

    images: np.ndarray
    labels: np.ndarray
    test_images: np.ndarray
    test_labels: np.ndarray


def digits() -> Digits:
    """The digits, a fifth of each kind for the test; the same fifth for every seed."""
    images, labels = load_digits()
    train, test = stratified_split(labels, TEST_SHARE, seed=0)
    return Digits(images[train], labels[train], images[test], labels[test])


def rows(images: np.ndarray) -> np.ndarray:
    """Images as rows of numbers in [0, 1], float32 (n, pixels)."""
    scaled: np.ndarray = np.multiply(images.reshape(len(images), -1), np.float32(1 / BRIGHTEST))
    return scaled


@dataclass(frozen=True)
class Learned:
    """A trained model, and the scores of each round of the rehearsal, with its parts' sizes."""

    model: keras.Sequential
    history: Scores
    fitting: int
    held_back: int


@dataclass(frozen=True)
class Outcome:
    """What the test gave: the true digit of each test image, and its class probabilities, (n, 10)."""

    images: np.ndarray
    labels: np.ndarray
    probabilities: np.ndarray

    @property
    def read(self) -> np.ndarray:
        digits: np.ndarray = self.probabilities.argmax(axis=1)
        return digits

    @property
    def misread(self) -> np.ndarray:
        """The images that were misread, those first that the model was surest of."""
        wrong = np.flatnonzero(self.read != self.labels)
        order = np.argsort(-self.probabilities[wrong].max(axis=1), kind="stable")
        return wrong[order]

    @property
    def confusion(self) -> np.ndarray:
        """How often a true digit (row) was read as a digit (column)."""
        return confusion_of(self.labels, self.read, CLASSES)


def run(arguments: argparse.Namespace) -> int:
    """Trains, tests, draws, saves and compares; returns the exit code.

    Raises:
        CommandError: the folder cannot be written to.
        OSError: the files cannot be written.
    """
    data, folder = digits(), prepared_folder(arguments.out)
    if arguments.threads is not None:
        set_num_threads(arguments.threads)
    say = speaker(arguments.quiet)
    say(words.opening(THING, data.images, data.test_images))
    how = learned(data, arguments, say)
    outcome = Outcome(data.test_images, data.test_labels, how.model.predict(rows(data.test_images), verbose=0))
    # Saved before anything is printed: whoever reads the output may stop reading.
    weights = folder / "weights.safetensors"
    io.save_state(weights, how.model.body)
    pictures = save_pictures(outcome, how, folder)
    say("\n" + words.confusion_table(THING, outcome.confusion) + "\n")
    print(words.result(THING, outcome.confusion))
    print(words.written(folder, [*pictures, weights.name], can_draw=bool(pictures)))
    return compare(outcome, weights)


def new_model(pixels: int) -> keras.Sequential:
    """An untrained classifier of rows of pixels."""
    layers = [
        keras.layers.Dense(HIDDEN, activation="relu", input_shape=(pixels,), name="hidden"),
        keras.layers.Dense(CLASSES, activation="softmax", name="probabilities"),
    ]
    model = keras.Sequential(layers, name="classifier")
    model.compile(
        optimizer=keras.optimizers.Adam(LEARNING_RATE), loss="sparse_categorical_crossentropy", metrics=["accuracy"]
    )
    return model


def learned(data: Digits, arguments: argparse.Namespace, say: Say) -> Learned:
    """A model of all digits to learn from, after a rehearsal that shows how one does on some that are held back."""
    fitting, held_back = stratified_split(data.labels, HELD_BACK, seed=0)
    epochs, counts = arguments.epochs, (len(fitting), len(held_back))
    x = rows(data.images)
    if not arguments.quiet:
        new_model(x.shape[1]).summary()
    say("\n" + words.rehearsal(epochs, *counts, THING))
    held = (x[held_back], data.labels[held_back])
    _, history = fitted(x[fitting], data.labels[fitting], arguments, validation=held)
    say(words.rehearsed(history["val_accuracy"][-1]))
    say("\n" + words.training(epochs, len(x), 0, THING))
    verbose = 0 if arguments.quiet else 1 if sys.stdout.isatty() else 2
    model, _ = fitted(x, data.labels, arguments, verbose)
    return Learned(model, history, *counts)


def fitted(
    x: np.ndarray, labels: np.ndarray, arguments: argparse.Namespace, verbose: int = 0, validation: object = None
) -> tuple[keras.Sequential, Scores]:
    """A model trained on rows of pixels, and its history."""
    seed(arguments.seed)
    model = new_model(x.shape[1])
    scores: Scores = model.fit(
        x, labels, batch_size=BATCH_SIZE, epochs=arguments.epochs, verbose=verbose, validation_data=validation
    ).history
    return model, scores


def save_pictures(outcome: Outcome, how: Learned, folder: Path) -> list[str]:
    """Draws what was learned; returns the files' names, none where matplotlib is missing."""
    from mushin.cli import pictures

    if not pictures.can_draw():
        return []
    misread = outcome.misread
    shown = misread[: pictures.MOST_IMAGES]
    figures = {
        "confusion-matrix.png": pictures.confusion_matrix(outcome.confusion, THING, THING),
        "learning-curve.png": pictures.learning_curve(
            how.history, len(how.history["loss"]), how.fitting, how.held_back, THING
        ),
        "misread-digits.png": pictures.misread_images(
            outcome.images[shown],
            outcome.labels[shown],
            outcome.read[shown],
            outcome.probabilities[shown].max(axis=1),
            THING,
            f"{len(misread):,} of {len(outcome.labels):,}",
        ),
    }
    for name, figure in figures.items():
        io.write_file(folder / name, pictures.png(figure))
    return list(figures)


def compare(outcome: Outcome, weights: Path) -> int:
    """Loads the weights into a new model and says whether it predicts the same; returns the exit code."""
    x = rows(outcome.images)
    model = new_model(x.shape[1])
    io.load_state(weights, model.body)
    again = model.predict(x, verbose=0)
    if again.tobytes() != outcome.probabilities.tobytes():
        print(f"mushin: a new model with the weights of {weights} predicts something else", file=sys.stderr)
        return 1
    print(f"A new model with these weights predicts the same for all {len(again):,} test {THING}s, bit for bit.")
    return 0
