"""`mushin evaluate`: how well a model does on data whose answers are known."""

from __future__ import annotations

import argparse

from mushin.cli.note import examples_for, read_model
from mushin.cli.report import as_text, outcome_of


def run(arguments: argparse.Namespace) -> int:
    """Prints loss and metrics, and what became of missing values; returns the exit code."""
    model, note = read_model(arguments.model)
    examples = examples_for(note, arguments.data, needs_target=True)
    if examples.remark:
        print(examples.remark)
    print(as_text("Evaluated", outcome_of(model, note, examples)))
    return 0
