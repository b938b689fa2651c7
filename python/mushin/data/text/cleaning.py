"""Text made uniform: Unicode's normal forms, case, accents, punctuation, control characters, white space."""

from __future__ import annotations

import string
import unicodedata
from collections.abc import Callable
from typing import Any, Literal, get_args

Form = Literal["NFC", "NFD", "NFKC", "NFKD"]
Whitespace = Literal["collapse", "lines", "keep"]


def normalize(
    text: str,
    form: Form | None = "NFKC",
    lowercase: bool = False,
    *,
    casefold: bool = False,
    strip_accents: bool = False,
    strip_punctuation: bool = False,
    strip_control: bool = True,
    whitespace: Whitespace = "collapse",
) -> str:
    """Text whose characters that look or mean the same are the same; what is done is done in the arguments' order.

    Args:
        text: a string.
        form: Unicode's normal form, which the result has too; NFKC also makes one character of those that differ in
            looks only: ligatures, full-width letters, superscripts. None leaves all as they are.
        lowercase: letters become small.
        casefold: letters become what compares without regard to case, "ss" of the German sharp s.
        strip_accents: letters lose their marks; see `remove_accents`.
        strip_punctuation: see `remove_punctuation`.
        strip_control: see `remove_control`.
        whitespace: "collapse" makes one space of any white space and none at the ends, "lines" does so within each
            line, "keep" changes nothing.

    Raises:
        TypeError: a text that is no string.
        ValueError: an unknown form or whitespace.

    Source: Unicode Standard Annex 15 (the forms), Unicode Standard, 3.13 (case).
    """
    op = "normalize"
    _check_text(op, text)
    if form is not None:
        check_form(op, form)
    check_choice(op, "whitespace", whitespace, get_args(Whitespace))
    before = text
    if form is not None:
        text = unicodedata.normalize(form, text)
    if lowercase:
        text = text.lower()
    if casefold:
        text = text.casefold()
    if strip_accents:
        text = remove_accents(text)
    if strip_punctuation:
        text = remove_punctuation(text)
    if strip_control:
        text = remove_control(text)
    if whitespace == "collapse":
        text = " ".join(text.split())
    elif whitespace == "lines":
        text = collapse_lines(text)
    # Case and what went may have brought characters side by side that the form joins.
    return text if form is None or text is before else unicodedata.normalize(form, text)


def remove_accents(text: str) -> str:
    """Text in NFC without the marks that stand over, under and in letters: e of é, but ø and ß as they are.

    Raises:
        TypeError: a text that is no string.
    """
    _check_text("remove_accents", text)
    if text.isascii():
        return text
    apart = unicodedata.normalize("NFD", text)
    return unicodedata.normalize("NFC", _without(apart, lambda character: unicodedata.category(character) == "Mn"))


def remove_punctuation(text: str, replacement: str = "", keep: str = "") -> str:
    """Text without punctuation: Unicode's categories P, and all of ASCII that is neither letter, digit nor space.

    Args:
        text: a string.
        replacement: what comes in the place of each: " " keeps words apart that a dash joined.
        keep: characters that stay, such as "'-".

    Raises:
        TypeError: anything but strings.
    """
    op = "remove_punctuation"
    for name, value in (("text", text), ("replacement", replacement), ("keep", keep)):
        _check_text(op, value, name)

    def is_punctuation(character: str) -> bool:
        wanted = character in string.punctuation or unicodedata.category(character).startswith("P")
        return wanted and character not in keep

    return _without(text, is_punctuation, replacement)


def remove_control(text: str, keep: str = "") -> str:
    """Text without what is no character of it: control characters but white space, Unicode's category Cc; marks of
    format and of the byte order, Cf, as joiners and soft hyphens; halves of surrogate pairs, Cs, which UTF-8 has not.

    Args:
        text: a string.
        keep: characters that stay: "\\u200c\\u200d", the joiners, for Persian, Indic scripts and compound emoji.

    Raises:
        TypeError: anything but strings.
    """
    for name, value in (("text", text), ("keep", keep)):
        _check_text("remove_control", value, name)

    def is_control(character: str) -> bool:
        wanted = unicodedata.category(character) in ("Cc", "Cf", "Cs") and not character.isspace()
        return wanted and character not in keep

    return _without(text, is_control)


def collapse_lines(text: str) -> str:
    """Text whose lines have one space for any white space and none at the ends; empty lines stay.

    A line ends with a line feed, a carriage return or both.

    Raises:
        TypeError: a text that is no string.
    """
    _check_text("collapse_lines", text)
    lines = text.replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return "\n".join(" ".join(line.split()) for line in lines)


def _without(text: str, is_unwanted: Callable[[str], bool], replacement: str = "") -> str:
    """Each kind of character is asked about once, however long the text is."""
    unwanted = {ord(character): replacement for character in set(text) if is_unwanted(character)}
    return text.translate(unwanted) if unwanted else text


def _check_text(op: str, text: Any, name: str = "text") -> None:
    if not isinstance(text, str):
        raise TypeError(f"[{op}] {name} must be a string, got {type(text).__name__}")


def check_form(op: str, form: Any) -> None:
    check_choice(op, "form", form, get_args(Form))


def check_choice(op: str, name: str, value: Any, choices: tuple[str, ...]) -> None:
    if value not in choices:
        raise ValueError(f"[{op}] {name} must be one of {', '.join(choices)}, got {value!r}")
