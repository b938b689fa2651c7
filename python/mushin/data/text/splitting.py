"""Text cut into words and characters."""

from __future__ import annotations

import re
import unicodedata
from functools import cache
from typing import Any

_LAST_WITH_MARKS = 0x20000  # the planes from here on have no marks, but for variants of signs


def split_words(text: str, punctuation: bool = True) -> list[str]:
    """The words of a text, without the white space between them.

    A word is a run of letters, digits, marks and low lines; an apostrophe, a hyphen, and a point or comma between
    digits belong to it: don't, twenty-one, 3.5. Anything else is punctuation, each character by itself.

    Args:
        text: a string.
        punctuation: whether punctuation is listed too, each character as a word of its own.

    Raises:
        TypeError: a text that is no string, or a punctuation that is no bool.
    """
    op = "split_words"
    _check_string(op, text)
    if not isinstance(punctuation, bool):
        raise TypeError(f"[{op}] punctuation must be a bool, got {type(punctuation).__name__}")
    words: list[str] = _pattern(text.isascii(), punctuation).findall(text)
    return words


def split_characters(text: str) -> list[str]:
    """The characters of a text, which are Unicode's code points.

    Raises:
        TypeError: a text that is no string.
    """
    _check_string("split_characters", text)
    return list(text)


@cache
def _pattern(is_ascii: bool, punctuation: bool) -> re.Pattern[str]:
    """Python's own class of letters lacks marks, which vowels of Indic scripts are."""
    letter = r"\w" if is_ascii else rf"[\w{_marks()}]"
    join = "['-]" if is_ascii else r"['\u2019\u2010-]"
    word = rf"{letter}+(?:(?:{join}|(?<=\d)[.,](?=\d)){letter}+)*"
    return re.compile(rf"{word}|\S" if punctuation else word)


def _marks() -> str:
    """All marks as ranges of a regular expression's class."""
    points = [*range(_LAST_WITH_MARKS), *range(0xE0100, 0xE01F0)]
    marks = [point for point in points if unicodedata.category(chr(point)).startswith("M")]
    begins = [point for i, point in enumerate(marks) if i == 0 or marks[i - 1] != point - 1]
    ends = [point for i, point in enumerate(marks) if i + 1 == len(marks) or marks[i + 1] != point + 1]
    return "".join(f"{chr(begin)}-{chr(end)}" for begin, end in zip(begins, ends))


def _check_string(op: str, text: Any) -> None:
    if not isinstance(text, str):
        raise TypeError(f"[{op}] text must be a string, got {type(text).__name__}")
