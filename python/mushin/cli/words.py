"""What demo and train say, as text."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from mushin import __version__

if TYPE_CHECKING:
    from mushin.cli.note import Note

MOST_CONFUSIONS = 3


def opening(thing: str, images: np.ndarray, test_images: np.ndarray) -> str:
    """What the demo is going to do, and with which images."""
    height, width = images.shape[1:]
    return (
        f"mushin {__version__} learns to read handwritten {thing}s.\n"
        f"It has {len(images):,} {thing}s of {height} x {width} pixels to learn from, and {len(test_images):,} others "
        "for the test at the end.\n"
    )


def rehearsal(epochs: int, fitting: int, held_back: int, thing: str) -> str:
    """What the first training is for."""
    return (
        f"Rehearsal: {_rounds(epochs)} over {fitting:,} {thing}s; {held_back:,} others are held back and show how well "
        "it reads what it has not seen."
    )


def rehearsed(accuracy: float) -> str:
    """How the first training ended."""
    return f"After it, {percent(accuracy)} of those held back are read correctly."


def training(epochs: int, fitting: int, held_back: int, thing: str) -> str:
    """What the training is."""
    apart = f"; {held_back:,} others are held back (val_)" if held_back else ""
    return f"Training: {_rounds(epochs)} over {fitting:,} {thing}s{apart}."


def _rounds(epochs: int) -> str:
    return f"{epochs:,} round" + "s" * (epochs != 1)


def percent(share: float) -> str:
    return f"{100 * share:.2f} %"


def result(thing: str, confusion: np.ndarray) -> str:
    """How many test images were read correctly, and what was mistaken for what."""
    total, correct = int(confusion.sum()), int(confusion.trace())
    lines = [f"Test accuracy: {percent(correct / total)}, {correct:,} of {total:,} {thing}s."]
    worst = most_confused(confusion)
    if worst:
        lines.append("Misread most often: " + ", ".join(f"{true} as {read} ({n:,}x)" for true, read, n in worst) + ".")
    return "\n".join(lines)


def most_confused(confusion: np.ndarray) -> list[tuple[int, int, int]]:
    """(true class, read as, how often) of the most frequent mistakes, at most three of them."""
    mistakes = confusion - np.diag(np.diag(confusion))
    order = np.argsort(-mistakes, axis=None, kind="stable")[:MOST_CONFUSIONS]
    places = [divmod(int(place), len(confusion)) for place in order]
    return [(true, read, int(mistakes[true, read])) for true, read in places if mistakes[true, read]]


def confusion_table(kind: str, confusion: np.ndarray, names: Sequence[str] | None = None) -> str:
    """The confusion matrix as text; classes are called by their numbers if they have no names."""
    names = [str(i) for i in range(len(confusion))] if names is None else names
    longest = max(map(len, names))
    width = max(len(str(int(confusion.max()))), longest) + 2
    side = longest + 2
    lines = [f"Confusion matrix (rows: true {kind}, columns: predicted {kind}):", ""]
    lines.append(" " * side + "".join(f"{read:>{width}}" for read in names))
    for true, counts in zip(names, confusion.tolist()):
        cells = "".join(f"{n or '.':>{width}}" for n in counts)
        lines.append(f"{true:>{side}}{cells}")
    return "\n".join(lines)


def best_round(best: int, rounds: int, epochs: int) -> str:
    """Of which round the model is, and whether more rounds promise a better one."""
    if best == epochs:
        return f"The model is of the last of {_rounds(epochs)}, the best so far: more --epochs may do better."
    return f"The model is of round {best:,} of {rounds:,}, the best on what was held back."


def written(folder: Path, names: Sequence[str], can_draw: bool) -> str:
    """Where the files are; and how there would be pictures, if none can be drawn."""
    lines = [f"Written to {folder}: {', '.join(names)}"]
    if not can_draw:
        lines.append("For pictures, too: pip install matplotlib")
    return "\n".join(lines)


def opening_of_training(note: Note, fitting: int, held_back: int, epochs: int) -> str:
    """What is learned of what."""
    if note.classes is None:
        what = f"Regression of {note.target or 'numbers'}, whose loss is the squared error divided by its variance"
    else:
        what = f"Classification into {len(note.classes):,} classes"
    return f"{what}. {training(epochs, fitting, held_back, 'image' if note.are_images else 'sample')}"
