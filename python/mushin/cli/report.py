"""What a model does on examples whose answers are known: scores, a confusion matrix, pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from mushin import io
from mushin.cli import words
from mushin.cli.examples import Examples
from mushin.cli.note import Note, predictions
from mushin.cli.scores import confusion_of, scores_of_classes, scores_of_numbers

if TYPE_CHECKING:
    from mushin.keras import Model

MOST_CLASSES_AS_TEXT = 30
SHARES = ("accuracy", "macro F1")


@dataclass(frozen=True)
class Outcome:
    """What a model predicts for examples, and what is true.

    Args:
        note: of the model.
        examples: the samples.
        predicted: probabilities (n, classes), or numbers (n, 1).
        goal: class numbers (n,), or numbers (n,).
    """

    note: Note
    examples: Examples
    predicted: np.ndarray
    goal: np.ndarray

    @property
    def scores(self) -> dict[str, float]:
        if self.note.classes is not None:
            return scores_of_classes(self.predicted, self.goal)
        return scores_of_numbers(self.predicted, self.goal[:, None])

    @property
    def read(self) -> np.ndarray:
        """The classes that are the likeliest, (n,)."""
        classes: np.ndarray = self.predicted.argmax(axis=1)
        return classes

    @property
    def confusion(self) -> np.ndarray:
        return confusion_of(self.goal, self.read, len(self.note.classes or ()))

    @property
    def misread(self) -> np.ndarray:
        """The samples that were misread, those first that the model was surest of."""
        wrong = np.flatnonzero(self.read != self.goal)
        order = np.argsort(-self.predicted[wrong].max(axis=1), kind="stable")
        return wrong[order]


def outcome_of(model: Model, note: Note, examples: Examples, workers: int = 0) -> Outcome:
    """Predicts the examples.

    Raises:
        CommandError: a class that the model does not know, or an image that cannot be read.
    """
    goal = note.goal_of(examples)
    return Outcome(note, examples, predictions(model, examples.x, examples.shape, workers), goal)


def as_text(which: str, outcome: Outcome, brief: bool = False) -> str:
    """The scores; of classes the confusion matrix, too, unless it is to be brief or there are too many."""
    n, note = len(outcome.examples), outcome.note
    lines = [f"{which}: {n:,} sample{'s' * (n != 1)} of {outcome.examples.origin}"]
    for name, value in outcome.scores.items():
        lines.append(f"  {name:<9} {words.percent(value) if name in SHARES else f'{value:.6g}'}")
    if note.classes is not None and not brief:
        names = [str(name) for name in note.classes]
        if len(names) <= MOST_CLASSES_AS_TEXT:
            lines += ["", words.confusion_table("class", outcome.confusion, names)]
    return "\n".join(lines)


def save_pictures(
    outcome: Outcome, history: Mapping[str, Sequence[float]], kept: int, fitting: int, held_back: int, folder: Path
) -> list[str]:
    """Draws what was learned; returns the files' names, none without Matplotlib.

    Args:
        outcome: of the model.
        history, kept, fitting, held_back: as `pictures.learning_curve` takes them.
        folder: where to.
    """
    from mushin.cli import pictures

    if not pictures.can_draw():
        return []
    thing = "image" if outcome.note.are_images else "sample"
    names = [str(name) for name in outcome.note.classes or ()]
    figures = {}
    if names:
        figures["confusion-matrix.png"] = pictures.confusion_matrix(outcome.confusion, thing, "class", names)
    if held_back:
        figures["learning-curve.png"] = pictures.learning_curve(history, kept, fitting, held_back, thing)
    x = outcome.examples.x
    if names and isinstance(x, np.ndarray) and outcome.note.are_images and x.ndim == 3:
        misread = outcome.misread
        shown = misread[: pictures.MOST_IMAGES]
        figures["misread-images.png"] = pictures.misread_images(
            x[shown],
            np.array(names)[outcome.goal[shown]],
            np.array(names)[outcome.read[shown]],
            outcome.predicted[shown].max(axis=1),
            thing,
            f"{len(misread):,} of {len(outcome.goal):,}",
        )
    for name, figure in figures.items():
        io.write_file(folder / name, pictures.png(figure))
    return list(figures)
