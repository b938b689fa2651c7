"""`mushin summary`: what a model's file holds."""

from __future__ import annotations

import argparse

from mushin.cli import language
from mushin.cli.note import Note, read_model


def run(arguments: argparse.Namespace) -> int:
    """Prints the layers, and what goes in and comes out; returns the exit code."""
    if language.holds_language_model(arguments.model):
        language_model = language.read_language_model(arguments.model)
        print(f"{language_model}\n\n{language.facts(language_model)}")
        return 0
    model, note = read_model(arguments.model)
    model.summary()
    print("\n" + facts(note))
    return 0


def facts(note: Note) -> str:
    """What a model takes and gives, a line each."""
    lines = [f"Task: {note.task}", f"Input: {'images' if note.are_images else 'numbers'} of shape {note.shape}"]
    if note.columns is not None:
        lines.append(f"Columns: {', '.join(note.columns)}")
        lines.append(f"Predicted column: {note.target}")
    if note.missing != "refuse":
        lines.append(f"Missing values: {'rows are left out' if note.missing == 'drop' else 'filled with means'}")
    if note.classes is not None:
        lines.append(f"Classes: {', '.join(map(str, note.classes))}")
    return "\n".join(lines)
