"""Texts that language models are given, and how well they predict them."""

from __future__ import annotations

from collections.abc import Iterable
from math import exp, log
from typing import Any

import numpy as np

from mushin.autograd import Tensor
from mushin.data.text.windows import sequence_of_ids
from mushin.ops.arrays import ids_of


def checked_ids(op: str, name: str, value: Any, vocabulary_size: int) -> np.ndarray:
    """A text's ids as int64 (n,), all of them in the vocabulary.

    Raises:
        ValueError: another number of axes, ids outside [0, vocabulary_size).
        TypeError: ids that are no integers.
    """
    ids = sequence_of_ids(op, name, value)
    if ids.size == 0:
        return np.empty(0, np.int64)
    ids = ids_of(op, name, ids, "ids")
    if ids.min() < 0 or ids.max() >= vocabulary_size:
        wrong = ids[(ids < 0) | (ids >= vocabulary_size)][0]
        raise ValueError(f"[{op}] {name} must be in [0, {vocabulary_size}), got {wrong}")
    return ids


def checked_texts(op: str, ids: Any, vocabulary_size: int) -> list[np.ndarray]:
    """The ids of one text, (n,) integers, or of each of a list of such; errors as `checked_ids`, and for no token."""
    several = isinstance(ids, Iterable) and not isinstance(ids, (np.ndarray, Tensor))
    texts = list(ids) if several else [ids]
    if several and not any(np.ndim(text) for text in texts):
        texts = [texts]  # numbers: one text
    checked = [checked_ids(op, "ids", text, vocabulary_size) for text in texts]
    if not any(map(len, checked)):
        raise ValueError(f"[{op}] ids must have at least one token, got none")
    return checked


class Predictor:
    """Base of language models: of `log_prob`, which a subclass has, follow bits per token and perplexity."""

    def log_prob(self, ids: Any) -> np.ndarray:
        """The natural logarithm of each token's probability, given those before it; float64 (n,), of several texts one
        behind the other.

        Args:
            ids: (n,) integers, or a list of such arrays.
        """
        raise NotImplementedError

    def bits_per_token(self, ids: Any) -> float:
        """The mean of -log2 p over the tokens of a text; arguments and errors as in `log_prob`."""
        return float(-self.log_prob(ids).mean() / log(2))

    def perplexity(self, ids: Any) -> float:
        """exp of the mean of -log p over the tokens of a text; arguments and errors as in `log_prob`."""
        return exp(-self.log_prob(ids).mean())
