"""What a setting may be: how it is read from text that is typed, and checked when it comes from a TOML file."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from typing import Any


class Kind:
    """Values of one kind. `expected` says in words what they are."""

    expected: str

    def parse(self, text: str) -> Any:
        """The value of what was typed.

        Raises:
            ValueError: the text is no such value.
        """
        raise NotImplementedError

    def check(self, value: Any) -> Any:
        """The value itself, or in the form in which it is used.

        Raises:
            ValueError: it is no such value.
        """
        raise NotImplementedError

    def argument(self) -> Callable[[str], Any]:
        """A converter for argparse."""
        from argparse import ArgumentTypeError

        def convert(text: str) -> Any:
            try:
                return self.parse(text)
            except ValueError:
                raise ArgumentTypeError(f"must be {self.expected}, got {text!r}") from None

        return convert


class Number(Kind):
    """Numbers at least or above `least`, at most `most` and below `below`; whole ones if `kind` is int."""

    def __init__(
        self, kind: type, least: float, above: bool = False, most: float = math.inf, below: float = math.inf
    ) -> None:
        self.kind, self.least, self.above, self.most, self.below = kind, least, above, most, below
        self.expected = f"a {'whole ' if kind is int else ''}number {'above' if above else 'of at least'} {least}"
        for words, limit in (("at most", most), ("below", below)):
            if limit < math.inf:
                self.expected += f" and {words} {limit}"

    def parse(self, text: str) -> Any:
        return self.check(self.kind(text))

    def check(self, value: Any) -> Any:
        numbers = (int,) if self.kind is int else (int, float)
        if isinstance(value, bool) or not isinstance(value, numbers):
            raise ValueError(value)
        is_large_enough = self.least < value if self.above else self.least <= value
        if not is_large_enough or not value <= self.most or not value < self.below:
            raise ValueError(value)
        try:
            return self.kind(value)
        except OverflowError as error:
            raise ValueError(value) from error


class Text(Kind):
    """Any words, but some."""

    expected = "a text that is not empty"

    def parse(self, text: str) -> str:
        return self.check(text)

    def check(self, value: Any) -> str:
        if not isinstance(value, str) or not value:
            raise ValueError(value)
        return value


class Choice(Kind):
    """One of several words."""

    def __init__(self, *words: str) -> None:
        self.words = words
        self.expected = f"one of {', '.join(words)}"

    def parse(self, text: str) -> str:
        return self.check(text)

    def check(self, value: Any) -> str:
        if not isinstance(value, str) or value not in self.words:
            raise ValueError(value)
        return value


class Column(Kind):
    """A column's name, or its number from 1."""

    expected = "a column's name, or its number from 1 on (-1 is the last)"

    def parse(self, text: str) -> str:
        return self.check(text)

    def check(self, value: Any) -> str:
        if isinstance(value, bool) or not isinstance(value, (str, int)) or value in ("", 0):
            raise ValueError(value)
        return str(value)


class ListOf(Kind):
    """Several values of one kind; typed with commas between them."""

    def __init__(self, kind: Kind, plural: str) -> None:
        self.kind = kind
        self.expected = f"{plural} with commas between them, each {kind.expected}"

    def parse(self, text: str) -> list[Any]:
        return [self.kind.parse(part.strip()) for part in text.split(",")] if text.strip() else []

    def check(self, value: Any) -> list[Any]:
        values: Sequence[Any] = value if isinstance(value, list) else [value]
        return [self.kind.check(each) for each in values]


class ClassWeights(Kind):
    """none, balanced, or a weight for each class that is named."""

    expected = "none, balanced, or weights above 0 by class (typed as cat=2,dog=0.5)"
    _weight = Number(float, 0, above=True)

    def parse(self, text: str) -> str | dict[str, float]:
        if text in ("none", "balanced"):
            return text
        pairs = [part.rpartition("=") for part in text.split(",")]
        return {name.strip(): self._weight.parse(weight) for name, _, weight in pairs if name.strip() or _refuse(text)}

    def check(self, value: Any) -> str | dict[str, float]:
        if value in ("none", "balanced"):
            return str(value)
        if not isinstance(value, dict) or not value:
            raise ValueError(value)
        return {str(name): self._weight.check(weight) for name, weight in value.items()}


def _refuse(text: str) -> bool:
    raise ValueError(text)
