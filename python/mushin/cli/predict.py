"""`mushin predict`: what a model says of new data."""

from __future__ import annotations

import argparse
import csv
import io as text_io
from pathlib import Path

import numpy as np

from mushin import io
from mushin.cli.errors import UsageError
from mushin.cli.examples import Examples
from mushin.cli.note import Note, examples_for, predictions, read_model


def run(arguments: argparse.Namespace) -> int:
    """Prints predictions, or writes them to a file; returns the exit code."""
    out = None if arguments.out is None else Path(arguments.out)
    if out is not None:
        _check(out, arguments)
    model, note = read_model(arguments.model)
    examples = examples_for(note, arguments.data, needs_target=False)
    predicted = predictions(model, examples.x, examples.shape)
    if out is None:
        print(as_csv(note, examples, predicted), end="")
        return 0
    io.write_file(out, as_csv(note, examples, predicted).encode() if out.suffix == ".csv" else as_npy(note, predicted))
    print(f"{len(examples):,} prediction{'s' * (len(examples) != 1)} of {examples.origin} written to {out}")
    return 0


def _check(out: Path, arguments: argparse.Namespace) -> None:
    """See that a file can be the output.

    Raises:
        UsageError: it has another ending, or is the data.
    """
    if out.suffix not in (".csv", ".npy"):
        raise UsageError(f"argument --out: must end in .csv or .npy, got {arguments.out!r}")
    if out.exists() and Path(arguments.data).exists() and out.samefile(arguments.data):
        raise UsageError(
            f"argument --out: must be another file than DATA, which it would replace, got {arguments.out!r}"
        )


def as_csv(note: Note, examples: Examples, predicted: np.ndarray) -> str:
    """A row for each sample: the file of an image, the prediction, and the probability of each class."""
    text = text_io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    files = [] if isinstance(examples.x, np.ndarray) else [["file"], *([str(file)] for file in examples.x)]
    if note.classes is None:
        rows = [["prediction"], *([value] for value in predicted[:, 0].tolist())]
    else:
        rows = [["prediction", *(f"probability of {name}" for name in note.classes)]]
        rows += [[note.classes[row.argmax()], *row.tolist()] for row in predicted]
    for i, row in enumerate(rows):
        writer.writerow([*(files[i] if files else ()), *row])
    return text.getvalue()


def as_npy(note: Note, predicted: np.ndarray) -> bytes:
    """Numbers float32 (n,), or records (n,) with the fields `class` and `probabilities`."""
    content = text_io.BytesIO()
    if note.classes is None:
        np.save(content, predicted[:, 0], allow_pickle=False)
        return content.getvalue()
    classes = np.array(note.classes)
    kind = np.dtype([("class", classes.dtype), ("probabilities", np.float32, (len(classes),))])
    records = np.empty(len(predicted), kind)
    records["class"], records["probabilities"] = classes[predicted.argmax(axis=1)], predicted
    np.save(content, records, allow_pickle=False)
    return content.getvalue()
