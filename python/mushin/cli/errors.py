"""What went wrong, for the person at the terminal."""

from __future__ import annotations


class CommandError(Exception):
    """An error that is not mushin's: its text, one line, says what to do about it."""


class UsageError(CommandError):
    """What was typed cannot be meant."""


class Interrupted(KeyboardInterrupt):
    """Ctrl-C, with what is left of the work in words."""


def without_origin(error: Exception) -> str:
    """A message without the function's name in brackets that it begins with."""
    text = str(error)
    return (text.partition("] ")[2] or text if text.startswith("[") else text).removeprefix("path ")


def one_line(error: BaseException) -> str:
    """An error's text as one line: files by their name rather than by the system's error number."""
    if isinstance(error, MemoryError):
        return "not enough memory"
    if isinstance(error, OSError) and error.strerror and error.filename:
        return f"{error.filename}: {error.strerror}"
    return " ".join(str(error).split())
