"""TextVectorization: texts as ids or as counts of terms, before a model sees them."""

from __future__ import annotations

import string
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np

from mushin.autograd import Tensor
from mushin.data.text.padding import pad_sequences
from mushin.keras.arguments import flag, positive_integer, sequence
from mushin.keras.layers.layer import Layer
from mushin.keras.samples import numeric
from mushin.keras.symbolic import has_symbols

_MASK, _UNKNOWN = "", "[UNK]"
_STANDARDIZATIONS = ("lower_and_strip_punctuation", "lower", "strip_punctuation")
_SPLITS = ("whitespace", "character")
_MODES = ("int", "one_hot", "multi_hot", "count", "tf_idf")
_OTHER_MODES = {"binary": "multi_hot", "tf-idf": "tf_idf"}  # Keras' older names
_PUNCTUATION = string.punctuation.encode()

Rows = list[list[bytes]]


class _Terms:
    """The terms of a vocabulary, their numbers from 0 on, and their weights, (terms,) or none.

    In an object of their own: a layer looks for layers in its lists and dicts.
    """

    def __init__(self, terms: list[bytes], weights: np.ndarray | None) -> None:
        self.terms = terms
        self.numbers = {term: i for i, term in enumerate(terms)}
        self.weights = weights


class TextVectorization(Layer):
    """Texts as the ids of their terms, or as a row that tells which terms they have, how many, or of what weight.

    A text is standardized, split into tokens, and these are joined into n-grams; a term is a token or n-gram of the
    vocabulary, which is given or which `adapt` finds in texts. With the mode "int" the vocabulary begins with "", what
    fills rows up, and "[UNK]", all that is no term; with the others with "[UNK]". The weight of a term is

        log(1 + n / (1 + m))

    with n texts, m of which have the term; that of "[UNK]" is the mean of all. The layer prepares data: it is called on
    texts, and is no part of a model.

    Args:
        max_tokens: the most terms, "" and "[UNK]" among them; None for any number.
        standardize: "lower_and_strip_punctuation", "lower" or "strip_punctuation", which know letters and punctuation
            of ASCII only; None; or a function from an array of strings to another of its shape.
        split: "whitespace", that of ASCII; "character"; None, where the last axis holds tokens; or a function from an
            array of strings, (n,), to n lists of strings.
        ngrams: None for tokens alone; n for n-grams of 1 to n tokens; a tuple for those of these lengths.
        output_mode: "int" for ids, (batch, time); "multi_hot", "count" and "tf_idf" for rows, (batch, terms); "one_hot"
            for a row for each token, (batch, time, terms), of zeros where a text has ended.
        output_sequence_length: how many ids a row has with the mode "int"; that of the longest text if None.
        pad_to_max_tokens: whether rows have max_tokens elements, however many terms there are.
        vocabulary: the terms, with or without the special ones in front, or the path of a file with a term in each
            line.
        idf_weights: their weights, for the mode "tf_idf".
        encoding: that of texts which are bytes.
        options: as Layer's.

    Source: keras.layers.TextVectorization.
    """

    def __init__(
        self,
        max_tokens: int | None = None,
        standardize: str | Callable[..., Any] | None = "lower_and_strip_punctuation",
        split: str | Callable[..., Any] | None = "whitespace",
        ngrams: Any = None,
        output_mode: str = "int",
        output_sequence_length: int | None = None,
        pad_to_max_tokens: bool = False,
        vocabulary: Any = None,
        idf_weights: Any = None,
        encoding: str = "utf-8",
        **options: Any,
    ) -> None:
        super().__init__(**options)
        for name, value, known in (("standardize", standardize, _STANDARDIZATIONS), ("split", split, _SPLITS)):
            if value is not None and not callable(value) and value not in known:
                raise ValueError(
                    f"[{self.name}] {name} must be one of {', '.join(known)}, None or a function, got {value!r}"
                )
        self.output_mode = _OTHER_MODES.get(output_mode, output_mode)
        if self.output_mode not in _MODES:
            raise ValueError(f"[{self.name}] output_mode must be one of {', '.join(_MODES)}, got {output_mode!r}")
        if output_sequence_length is not None and self.output_mode != "int":
            raise ValueError(f"[{self.name}] output_sequence_length needs output_mode 'int', got {output_mode!r}")
        self.standardize, self.split, self.encoding = standardize, split, encoding
        self.max_tokens = None if max_tokens is None else positive_integer(self.name, "max_tokens", max_tokens)
        if max_tokens is not None and max_tokens < 2:
            raise ValueError(f"[{self.name}] max_tokens must be greater than 1, got {max_tokens}")
        self.output_sequence_length = (
            None
            if output_sequence_length is None
            else positive_integer(self.name, "output_sequence_length", output_sequence_length)
        )
        self.pad_to_max_tokens = flag(self.name, "pad_to_max_tokens", pad_to_max_tokens)
        if self.pad_to_max_tokens and max_tokens is None:
            raise ValueError(f"[{self.name}] pad_to_max_tokens needs max_tokens, got None")
        self.ngrams = ngrams
        self._lengths = () if ngrams is None else self._lengths_of(ngrams)
        self._specials = [_MASK, _UNKNOWN] if self.output_mode == "int" else [_UNKNOWN]
        self._found: _Terms | None = None
        self._has_given = vocabulary is not None
        if vocabulary is not None:
            self.set_vocabulary(vocabulary, idf_weights)
        elif idf_weights is not None:
            raise ValueError(f"[{self.name}] idf_weights needs a vocabulary, got None")

    def _lengths_of(self, ngrams: Any) -> tuple[int, ...]:
        if isinstance(ngrams, (list, tuple)):
            return tuple(positive_integer(self.name, "ngrams", each) for each in ngrams)
        return tuple(range(1, positive_integer(self.name, "ngrams", ngrams) + 1))

    # --- vocabulary

    def adapt(self, data: Any, batch_size: int | None = None, steps: int | None = None) -> None:
        """Takes the most frequent terms of texts, and their weights with the mode "tf_idf"; of terms that are equally
        frequent those that sort last. What was found before is forgotten.

        Args:
            data: texts as the layer takes them, or anything that yields batches of them.
            batch_size: not used; Keras has it.
            steps: how many batches are read; None for all.

        Raises:
            ValueError: the layer was made with a vocabulary.
        """
        if self._has_given:
            raise ValueError(f"[{self.name}] vocabulary was given: there is nothing to adapt")
        counts: Counter[bytes] = Counter()
        documents: Counter[bytes] = Counter()
        size = 0
        for batch in self._batches(data, steps):
            rows, _ = self._tokens(batch)
            size += len(rows)
            for row in rows:
                counts.update(row)
                if self.output_mode == "tf_idf":
                    documents.update(set(row))
        if not counts:
            return
        for special in (_MASK, _UNKNOWN):
            counts.pop(special.encode(), None)
        terms = sorted(counts, key=lambda term: (counts[term], term), reverse=True)
        del terms[len(terms) if self.max_tokens is None else self.max_tokens - len(self._specials) :]
        weights = None
        if self.output_mode == "tf_idf":
            found = np.array([documents[term] for term in terms])
            weights = self._with_mean(np.log(1 + size / (1 + found)).astype(np.float32))
        self._found = _Terms(terms, weights)

    def _batches(self, data: Any, steps: int | None) -> Iterator[Any]:
        if isinstance(data, (str, bytes, list, tuple, np.ndarray)):
            array = self._array(data)
            yield array[:, None] if array.ndim == 1 else array
        elif isinstance(data, Iterable):
            yield from islice(data, None if steps is None else positive_integer(self.name, "steps", steps))
        else:
            raise TypeError(f"[{self.name}] data must be texts, got {type(data).__name__}")

    def _with_mean(self, weights: np.ndarray) -> np.ndarray:
        """The weights of terms behind that of "[UNK]"."""
        return np.concatenate([[weights.mean() if weights.size else 0], weights]).astype(np.float32)

    def set_vocabulary(self, vocabulary: Any, idf_weights: Any = None) -> None:
        """Takes the terms that are given, in the place of those that there are.

        Args:
            vocabulary, idf_weights: as the layer takes them.

        Raises:
            ValueError: no terms, a term that comes twice or is empty, more than max_tokens, weights that are not as
                many as the terms, that are missing with the mode "tf_idf" or given with another.
            TypeError: terms that are no strings.
            OSError: the file cannot be read.
        """
        from_file = isinstance(vocabulary, str)
        if from_file:
            vocabulary = Path(vocabulary).read_text(self.encoding).splitlines()
        terms = [self._bytes_of("vocabulary", term) for term in sequence(self.name, "vocabulary", vocabulary)]
        if not terms:
            raise ValueError(f"[{self.name}] vocabulary must hold at least one term, got none")
        if (idf_weights is not None) != (self.output_mode == "tf_idf"):
            raise ValueError(
                f"[{self.name}] idf_weights must be given with output_mode 'tf_idf' and with no other, got "
                f"{'none' if idf_weights is None else 'some'} with {self.output_mode!r}"
            )
        weights = None if idf_weights is None else self._checked_weights(idf_weights, len(terms))
        specials = [special.encode() for special in self._specials]
        if terms[: len(specials)] == specials:
            del terms[: len(specials)]
        elif weights is not None:
            weights = self._with_mean(weights)
        if b"" in terms:
            raise ValueError(f"[{self.name}] vocabulary must hold '' in front only, before {_UNKNOWN!r}")
        twice = [term.decode() for term, count in Counter(terms).items() if count > 1]
        if twice:
            raise ValueError(f"[{self.name}] vocabulary must hold each term once, got {twice[0]!r} again")
        size = len(specials) + len(terms)
        if self.max_tokens is not None and size > self.max_tokens:
            raise ValueError(f"[{self.name}] vocabulary must have at most max_tokens, {self.max_tokens}, got {size}")
        self._found = _Terms(terms, weights)

    def _checked_weights(self, idf_weights: Any, size: int) -> np.ndarray:
        weights = numeric(self.name, "idf_weights", idf_weights).astype(np.float32)
        if weights.shape != (size,):
            raise ValueError(f"[{self.name}] idf_weights must have shape ({size},), got {weights.shape}")
        return weights

    def get_vocabulary(self, include_special_tokens: bool = True) -> list[str]:
        """The terms, each at the place that its id says; without the special ones if they are not wanted."""
        terms = [] if self._found is None else [term.decode() for term in self._found.terms]
        return [*self._specials, *terms] if include_special_tokens else terms

    def vocabulary_size(self) -> int:
        """How many terms there are, the special ones among them."""
        return len(self._specials) + (0 if self._found is None else len(self._found.terms))

    # --- configurations

    def arguments(self) -> dict[str, Any]:
        given = self.get_vocabulary() if self._has_given else None
        return {
            **super().arguments(),
            "vocabulary": given,
            "idf_weights": self._idf_weights() if self._has_given else None,
        }

    def _idf_weights(self) -> list[float] | None:
        return None if self._found is None or self._found.weights is None else self._found.weights.tolist()

    def get_config(self) -> dict[str, Any]:
        """What the layer was made with, and what it has found since: the terms and weights of `adapt`."""
        config = super().get_config()
        if self._found is not None and not self._has_given:
            config["adapted"] = {"vocabulary": self.get_vocabulary(), "idf_weights": self._idf_weights()}
        return config

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """A layer like the one that gave the configuration, with the terms that it had."""
        made_with = {name: value for name, value in config.items() if name != "adapted"}
        adapted = config.get("adapted")
        for given in (made_with, adapted or {}):
            if isinstance(given.get("vocabulary"), str):
                raise ValueError(
                    "[TextVectorization] vocabulary must be a list in a configuration, which names no files"
                )
        layer = super().from_config(made_with)
        if adapted:
            layer.set_vocabulary(**adapted)
        return layer

    # --- texts

    def _bytes_of(self, name: str, text: Any) -> bytes:
        """A text in UTF-8, in which ASCII's letters and white space are bytes of their own."""
        try:
            if isinstance(text, bytes):
                text = text.decode(self.encoding)
            if isinstance(text, str):
                return text.encode()
        except UnicodeError as error:
            raise ValueError(f"[{self.name}] {name} must be text: {error}") from None
        raise TypeError(f"[{self.name}] {name} must be strings, got {type(text).__name__}")

    def _array(self, inputs: Any) -> np.ndarray:
        """Texts as an array of objects; NumPy's own strings are all as long as the longest."""
        if isinstance(inputs, Tensor):
            raise TypeError(f"[{self.name}] inputs must be strings, got a tensor of {inputs.dtype}")
        return np.array(inputs, object)

    def _tokens(self, inputs: Any) -> tuple[Rows, tuple[int, ...]]:
        """A list of terms for each text, and the axes that the texts have: none for one text, or for the tokens of one
        text that need no splitting."""
        array = self._array(inputs)
        texts = [self._bytes_of("inputs", text) for text in array.ravel().tolist()]
        shape = array.shape
        if callable(self.standardize):
            texts = self._standardized(texts, shape)
        elif self.standardize is not None:
            lower, strip = "lower" in self.standardize, "strip" in self.standardize
            texts = [text.lower() for text in texts] if lower else texts
            texts = [text.translate(None, _PUNCTUATION) for text in texts] if strip else texts
        if self.split is None:
            lead, length = shape[:-1], shape[-1] if shape else 1
            rows = [texts[i * length : (i + 1) * length] for i in range(int(np.prod(lead)))]
        else:
            if len(shape) > 1 and shape[-1] != 1:
                raise ValueError(f"[{self.name}] inputs must have shape (batch,) or (batch, 1), got {shape}")
            lead = shape[:-1] if len(shape) > 1 else shape
            rows = self._split_rows(texts)
        return [self._joined(row) for row in rows] if self._lengths else rows, lead

    def _standardized(self, texts: list[bytes], shape: tuple[int, ...]) -> list[bytes]:
        assert callable(self.standardize)
        strings = np.array([text.decode() for text in texts], np.str_).reshape(shape)
        result = self._array(self.standardize(strings))
        if result.shape != shape:
            raise ValueError(f"[{self.name}] standardize must keep the shape {shape}, got {result.shape}")
        return [self._bytes_of("standardize", text) for text in result.ravel().tolist()]

    def _split_rows(self, texts: list[bytes]) -> Rows:
        if self.split == "whitespace":
            return [text.split() for text in texts]
        if self.split == "character":
            return [[character.encode() for character in text.decode()] for text in texts]
        assert callable(self.split)
        rows = list(self.split(np.array([text.decode() for text in texts], np.str_)))
        if len(rows) != len(texts):
            raise ValueError(f"[{self.name}] split must give a list for each of {len(texts)} texts, got {len(rows)}")
        return [[self._bytes_of("split", token) for token in row] for row in rows]

    def _joined(self, row: list[bytes]) -> list[bytes]:
        """The n-grams of a text, those of the first length first."""
        return [b" ".join(row[i : i + n]) for n in self._lengths for i in range(len(row) - n + 1)]

    # --- calls

    def __call__(self, *args: Any, training: bool | None = None, **kwargs: Any) -> Any:
        """The ids of texts, int64, or their rows, int64 or with "tf_idf" float32.

        The argument `inputs` is a text, or a list or array of texts, (batch,) or (batch, 1); strings, or bytes.

        Raises:
            TypeError: anything but texts.
            ValueError: texts of several axes; there is no vocabulary yet.
        """
        if has_symbols(args, kwargs):
            raise TypeError(f"[{self.name}] inputs must be texts: call the layer on them before they go to the model")
        return self.call(*args, **kwargs)

    def call(self, inputs: Any) -> Tensor:
        if self._found is None:
            raise ValueError(f"[{self.name}] vocabulary must be known: give it, or call adapt")
        rows, lead = self._tokens(inputs)
        ids = [self._ids_of(row) for row in rows]
        if self.output_mode == "int":
            padded = pad_sequences(ids, self._time(ids), np.int64, "post", "post")
            return Tensor(padded.reshape(*lead, padded.shape[1]))
        depth = self._depth()
        if self.output_mode == "one_hot":
            padded = pad_sequences(ids, self._time(ids), np.int64, "post", value=-1)
            hot = np.asarray(padded[..., None] == np.arange(depth), np.int64).reshape(*lead, padded.shape[1], depth)
            is_single = self.split is None and bool(lead) and padded.shape[1] == 1
            return Tensor(hot[..., 0, :] if is_single else hot)
        places = np.concatenate([[0][:0], *(i * depth + row for i, row in enumerate(ids))]).astype(np.int64)
        counts = np.bincount(places, minlength=len(ids) * depth).reshape(*lead, depth)
        if self.output_mode == "tf_idf":
            assert self._found.weights is not None
            weights = np.zeros(depth, np.float32)
            weights[: len(self._found.weights)] = self._found.weights
            return Tensor(counts.astype(np.float32) * weights)
        return Tensor((counts > 0).astype(np.int64) if self.output_mode == "multi_hot" else counts)

    def _ids_of(self, row: list[bytes]) -> np.ndarray:
        """The ids of terms; "" is 0 with the mode "int", and left out with the others."""
        assert self._found is not None
        numbers, first = self._found.numbers, len(self._specials)
        if self.output_mode == "int":
            return np.array([numbers.get(term, -1) + first if term else 0 for term in row], np.int64)
        return np.array([numbers.get(term, -1) + first for term in row if term], np.int64)

    def _time(self, ids: list[np.ndarray]) -> int:
        if self.output_sequence_length is not None:
            return self.output_sequence_length
        return max(map(len, ids), default=0)

    def _depth(self) -> int:
        return self.max_tokens if self.pad_to_max_tokens and self.max_tokens is not None else self.vocabulary_size()

    def compute_output_shape(self, input_shape: Any) -> Any:
        """(batch, output_sequence_length) with the mode "int", where None is a length that the texts decide; else
        (batch, ..., terms)."""
        if self.output_mode == "int":
            return input_shape[0], self.output_sequence_length
        lead = tuple(input_shape[:1]) if self.split is not None else tuple(input_shape[:-1]) or tuple(input_shape)
        return (*lead, None, self._depth()) if self.output_mode == "one_hot" else (*lead, self._depth())
