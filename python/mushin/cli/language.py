"""The files of language models."""

from __future__ import annotations

from pathlib import Path

from mushin.cli.errors import CommandError, without_origin
from mushin.models import LanguageModel


def read_language_model(file: str) -> LanguageModel:
    """The model of a file that `LanguageModel.save` has written.

    Raises:
        CommandError: the file is damaged, or holds something else.
        OSError: it cannot be read.
    """
    if Path(file).is_dir():
        raise CommandError(f"{file}: is a folder; MODEL must be a file that LanguageModel.save has written")
    try:
        return LanguageModel.load(file)
    except (ValueError, ImportError) as error:
        raise CommandError(without_origin(error)) from error


def holds_language_model(file: str) -> bool:
    """Whether a file says that it holds a language model; False of what is no file of weights at all.

    Raises:
        OSError: it cannot be read.
    """
    try:
        return not Path(file).is_dir() and LanguageModel.is_file_of(file)
    except ValueError:
        return False


def facts(model: LanguageModel) -> str:
    """What a model reads and predicts, a line each."""
    parameters = sum(parameter.numel() for parameter in model.parameters())
    lines = ["Task: language model", f"Vocabulary: {model.vocabulary!r}", f"Parameters: {parameters:,}"]
    return "\n".join(lines)
