"""Pieces of words, by byte-pair encoding or WordPiece: the tokenizers library under the names of vocabularies."""

from __future__ import annotations

import os
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mushin.data.sampler import whole_number
from mushin.data.text.cleaning import check_choice, check_form
from mushin.data.text.files import lines_of
from mushin.data.text.tokens import BEGIN, END, PAD, UNKNOWN, Tokenizer, checked_specials, unknown_token
from mushin.io.files import PathLike, write_file

if TYPE_CHECKING:
    import tokenizers

_MODELS = ("bpe", "wordpiece")
_INSIDE = "##"  # begins a piece of WordPiece that begins no word
_BYTES = 256  # each is a token of byte-pair encoding
# What files of others call the tokens that are known here, the first that there is.
_NAMES = {
    PAD: (PAD, "[PAD]"),
    UNKNOWN: (UNKNOWN, "[UNK]"),
    BEGIN: (BEGIN, "<s>", "[CLS]", "<|begin_of_text|>"),
    END: (END, "</s>", "[SEP]", "<|end_of_text|>", "<|endoftext|>"),
}


class SubwordTokenizer(Tokenizer):
    """Pieces of words and an id for each: `train` or `train_files` make one, `load` reads a tokenizer.json.

    Frequent words are tokens, others are put together of pieces. Byte-pair encoding is that of bytes: every text can be
    encoded, and decoding gives it back to the character. WordPiece cuts at white space and punctuation first, marks
    pieces inside of words with ##, and has <unk> for words with a character that it has not seen.

    Args:
        tokenizer: a tokenizers.Tokenizer; a copy is taken. Its padding and truncation are not used, `encode_batch` has
            its own.

    A token in a text that is written as a special one is that one. In files of others the special tokens may have
    other names: [PAD], [CLS] or <s>, [SEP] or </s>, [UNK].

    Raises:
        ImportError: the tokenizers library is not installed: pip install mushin[text].
        ValueError: ids that are not the numbers from 0 on.

    Source: Sennrich et al. 2016, Neural machine translation of rare words with subword units; Radford et al. 2019,
    Language models are unsupervised multitask learners (bytes); Schuster and Nakajima 2012, Japanese and Korean voice
    search (WordPiece); https://huggingface.co/docs/tokenizers.
    """

    def __init__(self, tokenizer: tokenizers.Tokenizer) -> None:
        library = _library("SubwordTokenizer")
        if not isinstance(tokenizer, library.Tokenizer):
            raise TypeError(
                f"[SubwordTokenizer] tokenizer must be a tokenizers.Tokenizer, got {type(tokenizer).__name__}"
            )
        self._tokenizer = library.Tokenizer.from_str(tokenizer.to_str())
        self._ids: dict[str, int] = self._tokenizer.get_vocab(with_added_tokens=True)
        if sorted(self._ids.values()) != list(range(len(self._ids))):
            raise ValueError("[SubwordTokenizer] tokenizer must have the ids from 0 on, each once, got others")
        self._tokens = tuple(sorted(self._ids, key=self._ids.__getitem__))
        added = self._tokenizer.get_added_tokens_decoder()
        self._specials = frozenset(i for i, token in added.items() if token.special)
        padding = self._tokenizer.padding
        self.pad_id = self._id_of(PAD) if padding is None else self._ids.get(padding["pad_token"])
        self.unk_id, self.bos_id, self.eos_id = map(self._id_of, (UNKNOWN, BEGIN, END))
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()

    def _id_of(self, name: str) -> int | None:
        return next((self._ids[each] for each in _NAMES[name] if each in self._ids), None)

    # --- training

    @classmethod
    def train(
        cls,
        texts: Iterable[str],
        model: str = "bpe",
        vocab_size: int = 8000,
        *,
        min_count: int = 2,
        form: str | None = None,
        lowercase: bool = False,
        specials: Sequence[str] | None = None,
        progress: bool = False,
    ) -> SubwordTokenizer:
        """A tokenizer for texts like these; the same texts give the same tokenizer.

        Args:
            texts: strings, read once, one after the other; no piece goes across two.
            model: "bpe" or "wordpiece".
            vocab_size: the most tokens, special ones among them. Few texts give fewer.
            min_count: how often a pair must come to become a token.
            form: Unicode's normal form that texts are brought to, at encoding too; None leaves them as they are.
            lowercase: whether letters become small, at encoding too.
            specials: tokens with the first ids, as a `Vocabulary` has them; <pad> if None, and <unk> for "wordpiece",
                which must have it.
            progress: whether a line shows how far training is.

        Raises:
            ImportError: the tokenizers library is not installed.
            TypeError: a text that is no string, numbers that are no integers.
            ValueError: no texts, half of a surrogate pair in one, an unknown model or form, a vocab_size without room
                for the special tokens and, with "bpe", the 256 bytes, a min_count below 1.
        """
        op = "SubwordTokenizer.train"
        if isinstance(texts, (str, bytes)) or not isinstance(texts, Iterable):
            raise TypeError(f"[{op}] texts must be several strings, got {type(texts).__name__}")
        given = _checked_texts(op, texts)
        return cls(_trained(op, given, model, vocab_size, min_count, form, lowercase, specials, progress))

    @classmethod
    def train_files(
        cls,
        paths: PathLike | Iterable[PathLike],
        model: str = "bpe",
        vocab_size: int = 8000,
        *,
        min_count: int = 2,
        form: str | None = None,
        lowercase: bool = False,
        specials: Sequence[str] | None = None,
        progress: bool = False,
    ) -> SubwordTokenizer:
        """A tokenizer for texts like those in files, whose lines are read one after the other.

        Args:
            paths: a file in UTF-8 or several, each compressed with gzip or not.
            model, vocab_size, min_count, form, lowercase, specials, progress: as in `train`.

        Raises:
            OSError: a file cannot be read.
            ValueError: bytes that are not UTF-8 or a line too long, with the file and line; nothing but empty files; as
                `train` does.
            ImportError, TypeError: as `train` does.
        """
        op = "SubwordTokenizer.train_files"
        lines = _checked_texts(op, lines_of(paths, keep_ends=True))
        return cls(_trained(op, lines, model, vocab_size, min_count, form, lowercase, specials, progress))

    # --- tokens

    @property
    def tokens(self) -> tuple[str, ...]:
        return self._tokens

    def __len__(self) -> int:
        return len(self._tokens)

    def __contains__(self, token: object) -> bool:
        return token in self._ids

    def index(self, token: str) -> int:
        """The id of a token as the file spells it, that of <unk> for one that is not known.

        Raises:
            ValueError: it is not known, and there is no <unk>.
        """
        return self._index("SubwordTokenizer.index", token)

    def _index(self, op: str, token: str) -> int:
        found = self._ids.get(token, self.unk_id)
        if found is None:
            raise unknown_token(op, token)
        return found

    def __eq__(self, other: object) -> bool:
        return isinstance(other, SubwordTokenizer) and self.to_json() == other.to_json()

    def __hash__(self) -> int:
        return hash(self._tokens)

    def __repr__(self) -> str:
        return f"SubwordTokenizer({len(self)} tokens, {type(self._tokenizer.model).__name__})"

    # --- text and ids

    def _encoded(self, op: str, texts: list[Any]) -> list[np.ndarray]:
        whole = [text for text in texts if isinstance(text, str)]
        try:
            encoded = iter(self._tokenizer.encode_batch_fast(whole, add_special_tokens=False))
        except TypeError:
            raise ValueError(f"[{op}] text must be Unicode characters, got half of a surrogate pair") from None
        return [
            np.array(next(encoded).ids if isinstance(text, str) else self._listed(op, text), np.int64) for text in texts
        ]

    def _listed(self, op: str, tokens: Any) -> list[int]:
        if not isinstance(tokens, (list, tuple)) or not all(isinstance(each, str) for each in tokens):
            raise TypeError(f"[{op}] text must be a string or a list of strings, got {type(tokens).__name__}")
        return [self._index(op, token) for token in tokens]

    def _decoded(self, ids: list[int]) -> str:
        text: str = self._tokenizer.decode(ids, skip_special_tokens=False)
        return text

    def _special_ids(self) -> frozenset[int]:
        return self._specials

    # --- files

    def to_json(self) -> str:
        """The content of a tokenizer.json, which says what fills up, so that other libraries know it."""
        if self.pad_id is not None:
            self._tokenizer.enable_padding(pad_id=self.pad_id, pad_token=self._tokens[self.pad_id])
        try:
            content: str = self._tokenizer.to_str(pretty=True)
        finally:
            self._tokenizer.no_padding()
        return content

    @classmethod
    def from_json(cls, text: str | bytes) -> SubwordTokenizer:
        """The tokenizer of a tokenizer.json's content.

        Raises:
            ImportError: the tokenizers library is not installed.
            ValueError: it is truncated, damaged or no tokenizer's.
        """
        return cls._read("SubwordTokenizer.from_json", "text", text.encode() if isinstance(text, str) else text)

    def save(self, path: PathLike) -> None:
        """Writes a tokenizer.json; a file that is there is replaced whole or not at all.

        Raises:
            OSError: the file cannot be written.
        """
        write_file(path, self.to_json().encode())

    @classmethod
    def load(cls, path: PathLike) -> SubwordTokenizer:
        """The tokenizer of a tokenizer.json, which `save` or another library wrote.

        Raises:
            ImportError: the tokenizers library is not installed.
            OSError: the file cannot be read.
            ValueError: it is truncated, damaged or no tokenizer's.
        """
        _library("SubwordTokenizer.load")
        return cls._read("SubwordTokenizer.load", os.fspath(path), Path(path).read_bytes())

    @classmethod
    def _read(cls, op: str, origin: Any, content: bytes) -> SubwordTokenizer:
        library = _library(op)
        try:
            return cls(library.Tokenizer.from_buffer(content))
        except Exception as error:  # the library has no class of its own for what it finds wrong
            raise ValueError(f"[{op}] {origin}: not a tokenizer.json: {error}") from error


def _library(op: str) -> Any:
    try:
        import tokenizers  # loaded when it is first needed, as not everybody has it
        import tokenizers.decoders
        import tokenizers.models
        import tokenizers.normalizers
        import tokenizers.pre_tokenizers
        import tokenizers.trainers
    except ImportError as error:
        raise ImportError(f"[{op}] needs the tokenizers library: pip install mushin[text]") from error
    return tokenizers


def _trained(
    op: str,
    texts: Iterable[str],
    model: str,
    vocab_size: int,
    min_count: int,
    form: str | None,
    lowercase: bool,
    specials: Sequence[str] | None,
    progress: bool,
) -> Any:
    """The library's tokenizer for texts that are checked when they are read."""
    check_choice(op, "model", model, _MODELS)
    if form is not None:
        check_form(op, form)
    defaults = (PAD,) if model == "bpe" else (PAD, UNKNOWN)
    special = checked_specials(op, defaults if specials is None else specials)
    if model == "wordpiece" and UNKNOWN not in special:
        raise ValueError(f"[{op}] specials must have {UNKNOWN} with model 'wordpiece', got {special}")
    least = len(special) + (_BYTES if model == "bpe" else 0)
    options = {
        "vocab_size": whole_number(op, "vocab_size", vocab_size, least),
        "min_frequency": whole_number(op, "min_count", min_count, 1),
        "show_progress": progress,
    }
    library = _library(op)
    before = [getattr(library.normalizers, form)()] if form else []
    before += [library.normalizers.Lowercase()] if lowercase else []
    normalizer = library.normalizers.Sequence(before)
    train = _train_bytes if model == "bpe" else _train_wordpiece
    tokenizer = train(library, texts, normalizer, special, options)
    if before:
        tokenizer.normalizer = normalizer
    return tokenizer


def _train_bytes(
    library: Any, texts: Iterable[str], normalizer: Any, special: tuple[str, ...], options: dict[str, Any]
) -> Any:
    tokenizer = library.Tokenizer(library.models.BPE())
    tokenizer.normalizer = normalizer
    tokenizer.pre_tokenizer = library.pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = library.decoders.ByteLevel()
    letters = sorted(library.pre_tokenizers.ByteLevel.alphabet())
    trainer = library.trainers.BpeTrainer(**options, special_tokens=list(special), initial_alphabet=letters)
    tokenizer.train_from_iterator(texts, trainer)
    return tokenizer


def _train_wordpiece(
    library: Any, texts: Iterable[str], normalizer: Any, special: tuple[str, ...], options: dict[str, Any]
) -> Any:
    """The library numbers the pieces of one character, ##a and so on, in the order of a hash table, which is another in
    every run, and ties are broken by number. So they are numbered here, as special tokens of a tokenizer that only
    learns the pieces."""
    splitter = library.pre_tokenizers.BertPreTokenizer()
    counts: Counter[str] = Counter()
    for text in texts:
        counts.update([word for word, _ in splitter.pre_tokenize_str(normalizer.normalize_str(text))])
    letters = sorted({f"{_INSIDE}{letter}" for word in counts for letter in word[1:]})
    learner = library.Tokenizer(library.models.WordPiece(unk_token=UNKNOWN))
    learner.pre_tokenizer = splitter
    trainer = library.trainers.WordPieceTrainer(
        **options, special_tokens=[*special, *letters], continuing_subword_prefix=_INSIDE
    )
    learner.train_from_iterator((" ".join([word] * counts[word]) for word in sorted(counts)), trainer)
    vocab = learner.get_vocab(with_added_tokens=False)
    tokenizer = library.Tokenizer(library.models.WordPiece(vocab, unk_token=UNKNOWN))
    tokenizer.pre_tokenizer = splitter
    tokenizer.decoder = library.decoders.WordPiece(_INSIDE)
    tokenizer.add_special_tokens(list(special))
    return tokenizer


def _checked_texts(op: str, texts: Iterable[Any]) -> Iterator[str]:
    is_empty = True
    for text in texts:
        if not isinstance(text, str):
            raise TypeError(f"[{op}] texts must be strings, got {type(text).__name__}")
        try:
            text.encode()
        except UnicodeEncodeError:
            raise ValueError(f"[{op}] texts must be Unicode characters, got half of a surrogate pair") from None
        is_empty = is_empty and not text
        yield text
    if is_empty:
        raise ValueError(f"[{op}] texts must have text, got none")
