"""Vocabularies of words and characters."""

from __future__ import annotations

import json
import os
from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from itertools import repeat
from pathlib import Path
from typing import Any

import numpy as np

from mushin.data.sampler import whole_number
from mushin.data.text.splitting import split_characters, split_words
from mushin.data.text.tokens import BEGIN, END, PAD, UNKNOWN, Tokenizer, checked_specials, strings_of, unknown_token
from mushin.io.files import PathLike, write_file

_SPLITS: dict[str, Callable[[str], list[str]]] = {
    "words": split_words,
    "whitespace": str.split,
    "characters": split_characters,
}
_FORMAT, _VERSION = "mushin.vocabulary", 1
_CODES = np.dtype("<u4")


class Vocabulary(Tokenizer):
    """Words or characters and an id for each, from 0 on: first the special ones, then the others as they are given.

    `Vocabulary.of(texts)` counts the tokens of texts. A token of a text that is written as a special one is that one.

    Args:
        tokens: the tokens, without the special ones.
        split: how a text is cut into tokens: "words" as `split_words` does, "whitespace" between white space,
            "characters".
        specials: tokens with ids of their own before all others: <pad>, if it is there, fills batches up and comes
            first; <unk> stands for what is not known, which is an error without it; <bos> and <eos> begin and end
            texts on request. Others mean nothing here.
        counts: how often each token was found; None if that is not known.

    Raises:
        TypeError: tokens that are no strings, counts that are no integers.
        ValueError: a token that comes twice or is empty, characters that are several, an unknown split, a <pad> that
            is not the first, counts that are not as many as the tokens.
    """

    def __init__(
        self,
        tokens: Iterable[str],
        split: str = "words",
        specials: Sequence[str] = (PAD, UNKNOWN),
        counts: Iterable[int] | None = None,
    ) -> None:
        op = "Vocabulary"
        self.split = _checked_split(op, split)
        self.specials = checked_specials(op, specials)
        own = strings_of(op, "tokens", tokens)
        self._tokens = (*self.specials, *own)
        self._ids = {token: i for i, token in enumerate(self._tokens)}
        if len(self._ids) < len(self._tokens):
            twice = next(token for token, count in Counter(self._tokens).items() if count > 1)
            raise ValueError(f"[{op}] tokens must differ from each other and from specials, got {twice!r} twice")
        if split == "characters":
            longer = next((token for token in own if len(token) != 1), None)
            if longer is not None:
                raise ValueError(f"[{op}] tokens must be single characters with split 'characters', got {longer!r}")
        self.counts = None if counts is None else _checked_counts(op, counts, len(own))
        self.pad_id, self.unk_id, self.bos_id, self.eos_id = map(self._ids.get, (PAD, UNKNOWN, BEGIN, END))
        self._table = self._table_of_characters() if split == "characters" else None

    @classmethod
    def of(
        cls,
        texts: Iterable[Any],
        split: str = "words",
        *,
        min_count: int = 1,
        max_size: int | None = None,
        specials: Sequence[str] = (PAD, UNKNOWN),
    ) -> Vocabulary:
        """The tokens of texts, the most frequent first, those of one count in the order of their characters' numbers.

        Args:
            texts: strings, or lists of tokens; read once, one after the other. One string is one text.
            split, specials: as the class takes them.
            min_count: tokens that come less often are left out.
            max_size: the most tokens, special ones among them; the most frequent stay. None for any number.

        Raises:
            TypeError: a text that is neither a string nor a list of strings, numbers that are no integers.
            ValueError: a min_count below 1, a max_size without room for the special tokens; as the class does.
        """
        op = "Vocabulary.of"
        cut = _SPLITS[_checked_split(op, split)]
        special = checked_specials(op, specials)
        least = whole_number(op, "min_count", min_count, 1)
        most = None if max_size is None else whole_number(op, "max_size", max_size, len(special)) - len(special)
        counter: Counter[str] = Counter()
        if not isinstance(texts, Iterable):
            raise TypeError(f"[{op}] texts must be strings or lists of tokens, got {type(texts).__name__}")
        for text in [texts] if isinstance(texts, str) else texts:
            whole = isinstance(text, str)
            counter.update(text if whole and split == "characters" else _pieces(op, "texts", text, cut))
        for token in ("", *special):
            counter.pop(token, None)
        kept = [(-count, token) for token, count in counter.items() if count >= least]
        kept.sort()
        del kept[len(kept) if most is None else most :]
        return cls([token for _, token in kept], split, special, [-count for count, _ in kept])

    # --- tokens

    @property
    def tokens(self) -> tuple[str, ...]:
        return self._tokens

    def __len__(self) -> int:
        return len(self._tokens)

    def __contains__(self, token: object) -> bool:
        return token in self._ids

    def index(self, token: str) -> int:
        """The id of a token, that of <unk> for one that is not known.

        Raises:
            ValueError: it is not known, and there is no <unk>.
        """
        found = self._ids.get(token, self.unk_id)
        if found is None:
            raise unknown_token("Vocabulary.index", token)
        return found

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Vocabulary) and self._content() == other._content()

    def __hash__(self) -> int:
        return hash((self.split, self._tokens))

    def __repr__(self) -> str:
        return f"Vocabulary({len(self)} tokens, split={self.split!r}, specials={self.specials})"

    # --- text and ids

    def _encoded(self, op: str, texts: list[Any]) -> list[np.ndarray]:
        return [self._ids_of_text(op, text) for text in texts]

    def _ids_of_text(self, op: str, text: Any) -> np.ndarray:
        if self._table is not None and isinstance(text, str):
            return self._ids_of_characters(op, text, self._table)
        pieces = _pieces(op, "text", text, _SPLITS[self.split])
        if self.unk_id is not None:
            found: Iterable[int] = map(self._ids.get, pieces, repeat(self.unk_id))
            return np.fromiter(found, np.int64, len(pieces))
        try:
            return np.fromiter(map(self._ids.__getitem__, pieces), np.int64, len(pieces))
        except KeyError as error:
            raise unknown_token(op, error.args[0]) from None

    def _ids_of_characters(self, op: str, text: str, table: np.ndarray) -> np.ndarray:
        codes = np.frombuffer(text.encode("utf-32-le", "surrogatepass"), _CODES)
        # What lies past the table is looked up in its last element, which is no token's.
        ids: np.ndarray = table[np.minimum(codes, len(table) - 1)]
        if self.unk_id is None and ids.size and ids.min() < 0:
            raise unknown_token(op, text[int(np.argmin(ids))])
        return ids

    def _table_of_characters(self) -> np.ndarray:
        """Ids by the characters' numbers; -1, or <unk>'s, for those that are no tokens."""
        numbers = [ord(token) if len(token) == 1 else -1 for token in self._tokens]
        table = np.full(max(numbers, default=-1) + 2, -1 if self.unk_id is None else self.unk_id, np.int64)
        for i, number in enumerate(numbers):
            if number >= 0:
                table[number] = i
        return table

    def _decoded(self, ids: list[int]) -> str:
        between = "" if self.split == "characters" else " "
        return between.join([self._tokens[i] for i in ids])

    def _special_ids(self) -> frozenset[int]:
        return frozenset(range(len(self.specials)))

    # --- files

    def _content(self) -> dict[str, Any]:
        own = self._tokens[len(self.specials) :]
        counts = None if self.counts is None else list(self.counts)
        return {"split": self.split, "specials": list(self.specials), "tokens": list(own), "counts": counts}

    def to_json(self) -> str:
        """The vocabulary as text, which `from_json` reads."""
        return json.dumps({"format": _FORMAT, "version": _VERSION, **self._content()}, indent=0)

    @classmethod
    def from_json(cls, text: str | bytes) -> Vocabulary:
        """The vocabulary that `to_json` wrote.

        Raises:
            ValueError: the text is truncated, damaged, or no vocabulary's.
        """
        return cls._read("Vocabulary.from_json", "text", text)

    def save(self, path: PathLike) -> None:
        """Writes the vocabulary as JSON; a file that is there is replaced whole or not at all.

        Raises:
            OSError: the file cannot be written.
        """
        write_file(path, self.to_json().encode())

    @classmethod
    def load(cls, path: PathLike) -> Vocabulary:
        """The vocabulary that `save` wrote.

        Raises:
            OSError: the file cannot be read.
            ValueError: it is truncated, damaged, or no vocabulary's.
        """
        return cls._read("Vocabulary.load", os.fspath(path), Path(path).read_bytes())

    @classmethod
    def _read(cls, op: str, origin: Any, text: str | bytes) -> Vocabulary:
        try:
            content = json.loads(text)
            if not isinstance(content, dict) or content.pop("format", None) != _FORMAT:
                raise ValueError("it holds no vocabulary")
            if content.pop("version", None) != _VERSION:
                raise ValueError("it is of a version that this library does not read")
            if set(content) != {"split", "specials", "tokens", "counts"}:
                raise ValueError(f"expected split, specials, tokens and counts, got {', '.join(map(str, content))}")
            return cls(**content)
        except (ValueError, TypeError, RecursionError) as error:
            raise ValueError(f"[{op}] {origin}: {error}") from error


# --- arguments


def _checked_split(op: str, split: Any) -> str:
    if not isinstance(split, str) or split not in _SPLITS:
        raise ValueError(f"[{op}] split must be one of {', '.join(_SPLITS)}, got {split!r}")
    return split


def _checked_counts(op: str, counts: Any, size: int) -> tuple[int, ...]:
    if isinstance(counts, str) or not isinstance(counts, Iterable):
        raise TypeError(f"[{op}] counts must be a list of integers, got {type(counts).__name__}")
    checked = tuple(whole_number(op, "counts", count, 0) for count in counts)
    if len(checked) != size:
        raise ValueError(f"[{op}] counts must be as many as the tokens, {size}, got {len(checked)}")
    return checked


def _pieces(op: str, name: str, text: Any, cut: Callable[[str], list[str]]) -> Sequence[str]:
    """The tokens of a text, or those that are given."""
    if isinstance(text, str):
        return cut(text)
    if not isinstance(text, (list, tuple)) or not all(isinstance(each, str) for each in text):
        raise TypeError(f"[{op}] {name} must be a string or a list of strings, got {_kind(text)}")
    return text


def _kind(text: Any) -> str:
    if isinstance(text, (list, tuple)):
        return f"a {type(text).__name__} with {next(type(each).__name__ for each in text if not isinstance(each, str))}"
    return type(text).__name__
