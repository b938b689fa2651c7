"""`mushin generate`: what a language model writes behind a prompt."""

from __future__ import annotations

import argparse

from mushin.cli.errors import CommandError, without_origin
from mushin.cli.language import read_language_model


def run(arguments: argparse.Namespace) -> int:
    """Prints the prompt and what follows it; returns the exit code."""
    model = read_language_model(arguments.model)
    names = ("length", "temperature", "top_k", "top_p", "seed", "stop")
    try:
        text = model.generate(arguments.prompt, **{name: getattr(arguments, name) for name in names})
    except ValueError as error:
        raise CommandError(without_origin(error)) from error
    print(arguments.prompt + text)
    return 0
