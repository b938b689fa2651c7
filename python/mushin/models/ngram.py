"""Interpolated modified Kneser-Ney: what a language model without a network reaches.

Every token of a text has a whole context, since symbols that mean "the text begins" stand in front of it. A context of
k tokens is a row number in a table of its own: the row of its last k - 1 tokens, and one token further to the left. A
gram is a context and the token behind it. Tables are sorted keys, so that counting is sorting and looking up is
bisection, for all tokens of a text at once.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from mushin.data.sampler import whole_number
from mushin.models.judging import Predictor, checked_ids, checked_texts
from mushin.ops.arrays import number
from mushin.ops.random import generator_of, numpy_generator

KINDS = 3  # of grams, each with a discount: seen once, twice, more often
LEAST_DISCOUNT = 1e-3  # what is taken away is given to grams that were not seen: they must get something
_SWEEPS = 50
_ENOUGH = 1e-7  # nats per token that a sweep must win for another to follow


@dataclass
class _Level:
    """The grams of one length, by context.

    context_keys: (contexts,) sorted: the row of the context without its first token, times the number of symbols, and
        that token. Empty for the empty context, which is row 0.
    gram_keys: (grams,) sorted: context times the vocabulary's size, and the last token.
    counts: (grams,) how often a gram was seen; of grams shorter than the longest, behind how many different tokens.
    totals: (contexts,) sums of the counts.
    kinds: (KINDS, contexts) how many grams with a count of 1, 2, and more.
    """

    context_keys: np.ndarray
    gram_keys: np.ndarray
    counts: np.ndarray
    totals: np.ndarray
    kinds: np.ndarray


@dataclass
class _Evidence:
    """What a level says of some tokens: p = share - discounts[kind] scale + (discounts . kinds + unseen) p_shorter.

    share: (n,) count of gram / total of context. kind: (n,) 0 for a gram that was not seen, else 1 to KINDS.
    scale: (n,) 1 / total. kinds: (KINDS, n) how many grams of each kind the context has / total.
    unseen: (n,) 1 where the context was not seen; all else is 0 there.
    """

    share: np.ndarray
    kind: np.ndarray
    scale: np.ndarray
    kinds: np.ndarray
    unseen: np.ndarray

    def weight(self, discounts: np.ndarray) -> np.ndarray:
        """Of the shorter context's probability."""
        weight: np.ndarray = discounts @ self.kinds + self.unseen
        return weight

    def probability(self, discounts: np.ndarray, shorter: np.ndarray) -> np.ndarray:
        taken = np.concatenate([[0.0], discounts])[self.kind] * self.scale
        probability: np.ndarray = self.share - taken + self.weight(discounts) * shorter
        return probability

    def slope(self, kind: int, shorter: np.ndarray) -> np.ndarray:
        """The probability's derivative by the discount of a kind, from 1."""
        slope: np.ndarray = self.kinds[kind - 1] * shorter - (self.kind == kind) * self.scale
        return slope


class NGram(Predictor):
    """An n-gram language model with interpolated modified Kneser-Ney smoothing.

        p_k(w | h) = max(c(h w) - D_k(c(h w)), 0) / c(h) + g_k(h) p_{k-1}(w | h without its first token)
        p_0(w | h) = 1 / vocabulary_size

    c counts grams of the longest order, and for shorter ones the different tokens in front of them; g_k(h) is what
    the discounts leave over, so that the probabilities sum to 1; an unseen context leaves all to the shorter one. Each
    order has three discounts, for grams with a count of 1, 2, and more.

        model = NGram(5, len(vocabulary)).fit(train_ids).tune(held_out_ids)
        model.bits_per_token(test_ids)

    Args:
        order: how many tokens the longest gram has; 1 is the unigram model.
        vocabulary_size: how many symbols there are; ids are in [0, vocabulary_size).

    `discounts`, float64 (order, 3), are estimates after `fit`, and what suits other text best after `tune`.

    Raises:
        ValueError: numbers below 1.
        TypeError: numbers that are no integers.

    Source: Chen and Goodman 1998, An empirical study of smoothing techniques for language modeling.
    """

    def __init__(self, order: int, vocabulary_size: int) -> None:
        self.order = whole_number("NGram", "order", order, 1)
        self.vocabulary_size = whole_number("NGram", "vocabulary_size", vocabulary_size, 1)
        self.discounts = np.empty((self.order, KINDS))
        self._levels: list[_Level] = []

    # --- learning

    def fit(self, ids: Any) -> NGram:
        """Counts the grams of a text, and estimates discounts from how many there are of each count.

        Args:
            ids: (n,) integers, or a list of such arrays: texts that do not continue each other.

        Raises:
            ValueError: no token, ids outside the vocabulary, a vocabulary too large for int64.
            TypeError: ids that are no integers.
        """
        words, places = self._read("fit", ids)
        if len(words) > np.iinfo(np.int64).max // (self.vocabulary_size + 1):
            raise ValueError(
                f"[NGram.fit] vocabulary_size times the number of tokens must fit int64, got {self.vocabulary_size} "
                f"times {len(words)}"
            )
        rows = np.zeros(len(words), np.int64)
        context_keys = [np.empty(0, np.int64)]
        for k in range(1, self.order):
            keys, rows = np.unique(self._context_keys(rows, self._before(words, places, k)), return_inverse=True)
            context_keys.append(keys)
        grams, counts = np.unique(self._gram_keys(rows, words), return_counts=True)
        levels = [self._level(context_keys[-1], grams, counts)]
        for longer, keys in zip(context_keys[:0:-1], context_keys[-2::-1]):
            contexts, last = np.divmod(grams, self.vocabulary_size)
            shorter = longer[contexts] // (self.vocabulary_size + 1)
            grams, counts = np.unique(self._gram_keys(shorter, last), return_counts=True)
            levels.append(self._level(keys, grams, counts))
        self._levels = levels[::-1]
        self.discounts = np.array([_estimated_discounts(level.counts) for level in self._levels])
        return self

    def tune(self, ids: Any) -> NGram:
        """Chooses the discounts that give another text the highest probability, starting from what they are.

        The probability is linear in each discount while the others rest, so its logarithm has one maximum, which is
        found by Newton's steps; this goes round until nothing is won.

        Args:
            ids: as in `fit`; text that the grams were not counted in.

        Raises:
            ValueError: no token, ids outside the vocabulary.
            TypeError: ids that are no integers.
            RuntimeError: the model has not been fitted.
        """
        evidence = list(self._evidence("tune", ids))
        uniform, before = 1 / self.vocabulary_size, -np.inf
        for _ in range(_SWEEPS):
            # What a change of a level's probability is to the longest one's: the product of the weights above it.
            factors = [np.ones_like(evidence[0].share)]
            for each, discounts in zip(evidence[:0:-1], self.discounts[:0:-1]):
                factors.append(factors[-1] * each.weight(discounts))
            shorter = np.full_like(factors[0], uniform)
            longest = _probabilities(evidence, self.discounts, uniform)
            for each, discounts, factor in zip(evidence, self.discounts, factors[::-1]):
                for kind in range(1, KINDS + 1):
                    slope = factor * each.slope(kind, shorter)
                    best = _best_discount(longest, slope, discounts[kind - 1], kind)
                    longest += (best - discounts[kind - 1]) * slope
                    discounts[kind - 1] = best
                shorter = each.probability(discounts, shorter)
            now = float(np.log(longest).mean())
            if now - before < _ENOUGH:
                break
            before = now
        return self

    # --- judging

    def log_prob(self, ids: Any) -> np.ndarray:
        """The natural logarithm of each token's probability, given those before it; float64 (n,), of several texts one
        behind the other.

        Args:
            ids: as in `fit`.

        Raises:
            ValueError: no token, ids outside the vocabulary.
            TypeError: ids that are no integers.
            RuntimeError: the model has not been fitted.
        """
        p = _probabilities(self._evidence("log_prob", ids), self.discounts, 1 / self.vocabulary_size)
        logarithms: np.ndarray = np.log(p, out=p)
        return logarithms

    def probabilities(self, context: Any = ()) -> np.ndarray:
        """The probability of every symbol behind a context; float64 (vocabulary_size,).

        Args:
            context: (n,) integers from the beginning of a text, of which the last order - 1 count.

        Raises:
            ValueError: ids outside the vocabulary.
            TypeError: ids that are no integers.
            RuntimeError: the model has not been fitted.
        """
        self._check_fitted("probabilities")
        return self._distribution(checked_ids("NGram.probabilities", "context", context, self.vocabulary_size).tolist())

    def sample(self, length: int, prompt: Any = (), temperature: float = 1.0, generator: Any = None) -> np.ndarray:
        """Draws tokens, one after the other, each with its probability behind those before it; int64 (length,).

        Args:
            length: how many.
            prompt: (n,) integers that the tokens follow, from the beginning of a text.
            temperature: probabilities are raised to the power of 1 / temperature: below 1 the likely becomes likelier.
            generator: None for the generator that `mushin.seed` starts, a `mushin.Generator`, or a seed.

        Raises:
            ValueError: ids outside the vocabulary, a negative length, a temperature that is not above 0.
            TypeError: ids or a length that are no integers, another generator.
            RuntimeError: the model has not been fitted.
        """
        op = "sample"
        self._check_fitted(op)
        count = whole_number(f"NGram.{op}", "length", length, 0)
        if not number(f"NGram.{op}", "temperature", temperature) > 0:
            raise ValueError(f"[NGram.{op}] temperature must be above 0, got {temperature}")
        text = checked_ids(f"NGram.{op}", "prompt", prompt, self.vocabulary_size).tolist()
        random = numpy_generator(generator_of(f"NGram.{op}", generator))
        for threshold in random.random(count):
            shares = self._distribution(text)
            shares = np.cumsum((shares / shares.max()) ** (1 / temperature))
            text.append(int(np.searchsorted(shares, threshold * shares[-1], "right")))
        return np.array(text[len(text) - count :], np.int64)

    # --- texts

    def _read(self, op: str, ids: Any) -> tuple[np.ndarray, np.ndarray]:
        """The tokens of all texts, int64 (n,), and for each how many of its text are in front of it."""
        texts = checked_texts(f"NGram.{op}", ids, self.vocabulary_size)
        return np.concatenate(texts), np.concatenate([np.arange(len(text)) for text in texts])

    def _before(self, words: np.ndarray, places: np.ndarray, k: int) -> np.ndarray:
        """The k-th token in front of each; where the text has none, the symbol for that."""
        tokens = np.full_like(words, self.vocabulary_size)
        tokens[k:] = words[:-k]
        tokens[places < k] = self.vocabulary_size
        return tokens

    # --- tables

    def _context_keys(self, shorter: np.ndarray, first: np.ndarray) -> np.ndarray:
        keys: np.ndarray = shorter * (self.vocabulary_size + 1) + first
        return keys

    def _gram_keys(self, contexts: np.ndarray, last: np.ndarray) -> np.ndarray:
        keys: np.ndarray = contexts * self.vocabulary_size + last
        return keys

    def _level(self, context_keys: np.ndarray, gram_keys: np.ndarray, counts: np.ndarray) -> _Level:
        contexts, n = gram_keys // self.vocabulary_size, max(len(context_keys), 1)
        kinds = np.minimum(counts, KINDS)
        numbers = np.stack([np.bincount(contexts[kinds == kind], minlength=n) for kind in range(1, KINDS + 1)])
        return _Level(context_keys, gram_keys, counts, np.bincount(contexts, counts, n), numbers)

    def _evidence(self, op: str, ids: Any) -> Iterator[_Evidence]:
        """What the levels say of a text's tokens, from the shortest context to the longest."""
        self._check_fitted(op)
        words, places = self._read(op, ids)
        rows = np.zeros(len(words), np.int64)  # of contexts, -1 for one that was not seen: then no longer one was
        for k, level in enumerate(self._levels):
            if k > 0:
                rows = _found(level.context_keys, self._context_keys(rows, self._before(words, places, k)))
            grams = _found(level.gram_keys, self._gram_keys(rows, words))
            counts = np.where(grams >= 0, level.counts[grams], 0)
            scale = (rows >= 0) / level.totals[rows]
            unseen = (rows < 0).astype(np.float64)
            yield _Evidence(counts * scale, np.minimum(counts, KINDS), scale, level.kinds[:, rows] * scale, unseen)

    def _distribution(self, text: list[int]) -> np.ndarray:
        """The probability of every symbol behind a text that has been checked."""
        shares = np.full(self.vocabulary_size, 1 / self.vocabulary_size)
        history = ([self.vocabulary_size] * self.order + text[-self.order :])[::-1]
        row = np.zeros(1, np.int64)
        for k, (level, discounts) in enumerate(zip(self._levels, self.discounts)):
            if k > 0:
                row = _found(level.context_keys, self._context_keys(row, np.array(history[k - 1 : k])))
            if row[0] < 0:
                break
            bounds = self._gram_keys(row[0] + np.arange(2), np.zeros(2, np.int64))
            grams = slice(*np.searchsorted(level.gram_keys, bounds).tolist())
            counts = level.counts[grams]
            shares *= discounts @ level.kinds[:, row[0]] / level.totals[row[0]]
            taken = discounts[np.minimum(counts, KINDS) - 1]
            shares[level.gram_keys[grams] % self.vocabulary_size] += (counts - taken) / level.totals[row[0]]
        return shares

    def _check_fitted(self, op: str) -> None:
        if not self._levels:
            raise RuntimeError(f"[NGram.{op}] the model must be fitted before: call fit(ids)")


def _found(table: np.ndarray, keys: np.ndarray) -> np.ndarray:
    """The row of each key in a sorted table, -1 for one that is not there, as no key of row -1 is."""
    rows = np.searchsorted(table, keys)
    rows[rows == len(table)] = 0
    return np.where(table[rows] == keys, rows, -1)


def _probabilities(evidence: Iterable[_Evidence], discounts: np.ndarray, uniform: float) -> np.ndarray:
    p = np.array(uniform)
    for each, own in zip(evidence, discounts):
        p = each.probability(own, p)
    return p


# --- discounts


def _estimated_discounts(counts: np.ndarray) -> list[float]:
    """1 - 2 y n2 / n1, 2 - 3 y n3 / n2, 3 - 4 y n4 / n3 with y = n1 / (n1 + 2 n2), where nr is the number of grams with
    the count r; half the count where they are not known.

    Source: Chen and Goodman 1998, equation 26.
    """
    n = np.bincount(np.minimum(counts, KINDS + 2), minlength=KINDS + 3).tolist()
    discounts = []
    for kind in range(1, KINDS + 1):
        estimate = kind / 2
        if n[1] and n[kind]:
            estimate = kind - (kind + 1) * n[1] / (n[1] + 2 * n[2]) * n[kind + 1] / n[kind]
        discounts.append(min(max(estimate, LEAST_DISCOUNT), kind))
    return discounts


def _best_discount(p: np.ndarray, slope: np.ndarray, discount: float, most: float) -> float:
    """The discount in [LEAST_DISCOUNT, most] where sum log(p + slope (d - discount)) is highest.

    The sum is concave: its derivative falls, so Newton's steps are kept between the last places where it was positive
    and negative. A step out of there goes to the middle; the first one to the end, where the best often lies.
    """
    low, high, here = LEAST_DISCOUNT, most, discount
    for i in range(30):
        ratios = slope / (p + slope * (here - discount))
        gradient = ratios.sum()
        low, high = (here, high) if gradient > 0 else (low, here)
        curvature = np.dot(ratios, ratios)
        step = gradient / curvature if curvature > 0 else 0.0
        there = here + step
        if not low <= there <= high:
            there = (low + high) / 2 if i > 0 else high if step > 0 else low
        if abs(there - here) < 1e-6:
            return float(there)
        here = there
    return here
