"""What went wrong, for the person at the terminal."""

from __future__ import annotations


class CommandError(Exception):
    """An error that is not mushin's: its text, one line, says what to do about it."""


def one_line(error: BaseException) -> str:
    """An error's text as one line: files by their name rather than by the system's error number."""
    if isinstance(error, MemoryError):
        return "not enough memory"
    if isinstance(error, OSError) and error.strerror and error.filename:
        return f"{error.filename}: {error.strerror}"
    return " ".join(str(error).split())
