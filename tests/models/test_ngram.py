"""The n-gram model beside one that is written as the formulas are, with dicts."""

import pickle
from collections import Counter, defaultdict
from math import log

import numpy as np
import pytest

import mushin
from mushin.models import NGram
from mushin.models.ngram import LEAST_DISCOUNT

BEGIN = -1


class Slow:
    """Interpolated modified Kneser-Ney, one token at a time."""

    def __init__(self, order, vocabulary_size, texts, discounts):
        self.order, self.vocabulary_size, self.discounts = order, vocabulary_size, discounts
        longest = Counter()
        for text in texts:
            padded = [BEGIN] * (order - 1) + list(text)
            longest.update(tuple(padded[i : i + order]) for i in range(len(text)))
        counts = longest
        self.behind = {}  # by length of the gram: context to a Counter of tokens
        for n in range(order, 0, -1):
            self.behind[n] = defaultdict(Counter)
            for gram, count in counts.items():
                self.behind[n][gram[:-1]][gram[-1]] = count
            in_front = defaultdict(set)
            for gram in counts:
                in_front[gram[1:]].add(gram[0])
            counts = {gram: len(tokens) for gram, tokens in in_front.items()}

    def probability(self, context, token, n=None):
        n = self.order if n is None else n
        if n == 0:
            return 1 / self.vocabulary_size
        context = context[len(context) - n + 1 :]
        shorter = self.probability(context[1:], token, n - 1)
        seen = self.behind[n].get(context)
        if seen is None:
            return shorter

        def discount(count):
            return self.discounts[n - 1][min(count, 3) - 1] if count else 0.0

        left = sum(discount(count) for count in seen.values())
        return (seen[token] - discount(seen[token]) + left * shorter) / sum(seen.values())

    def log_prob(self, text):
        padded = [BEGIN] * (self.order - 1) + list(text)
        return [log(self.probability(tuple(padded[i : i + self.order - 1]), w)) for i, w in enumerate(text)]


def some_text(seed, n, vocabulary_size):
    """Tokens that depend on the one before; the last symbol of the vocabulary does not come."""
    random = np.random.default_rng(seed)
    steps = random.geometric(0.5, n)
    return np.cumsum(steps) * 3 % (vocabulary_size - 1)


TEXTS = [some_text(1, 300, 9), some_text(2, 41, 9), np.zeros(0, np.int64), np.array([7]), np.full(30, 2)]
HELD_OUT = [some_text(3, 150, 9), np.full(9, 2), np.array([8, 8, 0, 1])]  # with a symbol that was never seen


@pytest.fixture(params=[1, 2, 3, 4, 6])
def order(request):
    return request.param


@pytest.mark.parametrize("texts", [TEXTS, TEXTS[:1], [[4]], [[0, 0]]], ids=["several", "one", "a token", "two"])
def test_probabilities_are_those_of_the_formulas(order, texts):
    model = NGram(order, 9).fit(texts)
    model.discounts[:] = np.random.default_rng(0).uniform(0.1, 1.0, (order, 3)) * [1, 2, 3]
    slow = Slow(order, 9, texts, model.discounts)
    for text in (*HELD_OUT, *texts[:2]):
        np.testing.assert_allclose(model.log_prob(text), slow.log_prob(text), rtol=1e-12)
    expected = np.concatenate([slow.log_prob(text) for text in HELD_OUT])
    np.testing.assert_allclose(model.log_prob(HELD_OUT), expected, rtol=1e-12)
    assert model.bits_per_token(HELD_OUT) == pytest.approx(-expected.mean() / log(2), rel=1e-12)
    assert model.perplexity(HELD_OUT) == pytest.approx(np.exp(-expected.mean()), rel=1e-12)


@pytest.mark.parametrize("tuned", [False, True])
def test_probabilities_sum_to_one_and_none_is_zero(order, tuned):
    model = NGram(order, 9).fit(TEXTS)
    if tuned:
        model.tune(HELD_OUT)
    contexts = [[], [2], [8, 8, 8, 8, 8, 8], TEXTS[0][:3], TEXTS[0][50:60], [1, 8, 2, 2, 2], TEXTS[1]]
    for context in contexts:
        p = model.probabilities(context)
        assert p.sum() == pytest.approx(1, rel=1e-12)
        assert p.min() > 0
        for token in range(9):
            expected = model.log_prob([*context, token])[-1]
            assert np.log(p[token]) == pytest.approx(expected, rel=1e-12)


def test_the_unigram_model_counts():
    text = [0] * 50 + [1] * 30 + [2] * 20
    model = NGram(1, 3).fit(text)
    model.discounts[:] = LEAST_DISCOUNT
    np.testing.assert_allclose(model.probabilities(), [0.5, 0.3, 0.2], atol=LEAST_DISCOUNT)
    entropy = -sum(p * np.log2(p) for p in (0.5, 0.3, 0.2))
    assert model.bits_per_token(text) == pytest.approx(entropy, abs=1e-6)


def test_estimated_discounts_are_chen_and_goodmans():
    text = np.repeat(np.arange(10), [1, 1, 1, 1, 2, 2, 3, 3, 4, 9])
    y = 4 / (4 + 2 * 2)
    expected = [1 - 2 * y * 2 / 4, 2 - 3 * y * 2 / 2, 3 - 4 * y * 1 / 2]
    np.testing.assert_allclose(NGram(1, 10).fit(text).discounts, [expected])


def test_tuned_discounts_are_the_best_nearby(order):
    model = NGram(order, 9).fit(TEXTS)
    estimated = model.bits_per_token(HELD_OUT)
    tuned = model.tune(HELD_OUT).bits_per_token(HELD_OUT)
    assert tuned < estimated
    best = model.discounts.copy()
    assert (best >= LEAST_DISCOUNT).all()
    assert (best <= [1, 2, 3]).all()
    for n in range(order):
        for kind in range(3):
            for change in (-0.01, 0.01):
                model.discounts[:] = best
                model.discounts[n, kind] = np.clip(best[n, kind] + change, LEAST_DISCOUNT, kind + 1)
                # The search ends when a round wins less than 1e-7 nats.
                assert model.bits_per_token(HELD_OUT) > tuned - 1e-6


def test_tuning_begins_where_discounts_are_and_ends_at_the_same():
    model = NGram(4, 9).fit(TEXTS).tune(HELD_OUT)
    bits = model.bits_per_token(HELD_OUT)
    for start in (0.01, 1.0):
        model.discounts[:] = start
        assert model.tune(HELD_OUT).bits_per_token(HELD_OUT) == pytest.approx(bits, abs=1e-4)


def test_texts_do_not_continue_each_other():
    apart, together = (NGram(2, 3).fit(texts) for texts in ([[0, 1], [2, 0]], [0, 1, 2, 0]))
    apart.discounts[:] = together.discounts[:] = 0.5
    assert apart.probabilities([1])[2] < together.probabilities([1])[2]
    assert apart.probabilities()[2] > together.probabilities()[2]


@pytest.mark.parametrize("dtype", [np.uint8, np.int16, np.uint64])
def test_ids_of_any_integers(dtype):
    expected = NGram(3, 9).fit(TEXTS[0]).log_prob(HELD_OUT[0])
    for given in (TEXTS[0].astype(dtype), mushin.tensor(TEXTS[0]), TEXTS[0].tolist(), (TEXTS[0],), iter([TEXTS[0]])):
        np.testing.assert_array_equal(NGram(3, 9).fit(given).log_prob(HELD_OUT[0].astype(dtype)), expected)


def test_more_context_predicts_better():
    train, test = some_text(5, 20_000, 200), some_text(6, 5_000, 200)
    unigram, bigram = (NGram(order, 200).fit(train).bits_per_token(test) for order in (1, 2))
    assert unigram == pytest.approx(np.log2(199), abs=0.05)  # all but evenly distributed
    assert bigram == pytest.approx(2, abs=0.2)  # the entropy of a geometric distribution with p = 1/2 is 2 bits


def test_a_copy_has_the_same_probabilities():
    model = NGram(3, 9).fit(TEXTS)
    copy = pickle.loads(pickle.dumps(model))
    np.testing.assert_array_equal(copy.log_prob(HELD_OUT), model.log_prob(HELD_OUT))


# --- drawing


def test_samples_have_the_probabilities_of_their_contexts():
    model = NGram(3, 9).fit(TEXTS)
    text = model.sample(20_000, prompt=[2, 2], generator=3)
    assert text.dtype == np.int64
    expected = model.probabilities([*TEXTS[0][:5], 2, 2])
    behind = text[2:][(text[:-2] == 2) & (text[1:-1] == 2)]
    assert len(behind) > 1000
    shares = np.bincount(behind, minlength=9) / len(behind)
    np.testing.assert_allclose(shares, expected, atol=4 * np.sqrt(0.25 / len(behind)))  # four deviations at most


def test_a_seed_fixes_samples():
    model = NGram(3, 9).fit(TEXTS)
    first = model.sample(50, generator=3)
    np.testing.assert_array_equal(model.sample(50, generator=mushin.Generator().manual_seed(3)), first)
    assert (model.sample(50, generator=4) != first).any()
    assert len(model.sample(0)) == 0


def test_temperature_prefers_the_likely():
    model = NGram(3, 9).fit(TEXTS)
    cold = model.sample(30, prompt=TEXTS[0][:2], temperature=1e-3, generator=1)
    text = TEXTS[0][:2].tolist()
    for token in cold:
        assert token == np.argmax(model.probabilities(text))
        text.append(token)
    hot = model.sample(9000, temperature=1e6, generator=1)
    np.testing.assert_allclose(np.bincount(hot, minlength=9), 1000, atol=150)  # five deviations


# --- what is wrong


def test_wrong_arguments():
    model = NGram(2, 9)
    for method in (model.tune, model.log_prob, model.perplexity, model.probabilities, model.sample):
        with pytest.raises(RuntimeError, match=r"the model must be fitted before: call fit\(ids\)"):
            method(3 if method == model.sample else [1])
    for ids in ([], [[]], [[], []], np.zeros(0)):
        with pytest.raises(ValueError, match=r"\[NGram\.fit\] ids must have at least one token, got none"):
            model.fit(ids)
    for ids, wrong in (([1, 9], 9), ([[1], [-1]], -1)):
        with pytest.raises(ValueError, match=rf"\[NGram\.fit\] ids must be in \[0, 9\), got {wrong}"):
            model.fit(ids)
    with pytest.raises(TypeError, match=r"\[NGram\.fit\] ids must be integers, got float"):
        model.fit([0.5])
    with pytest.raises(ValueError, match=r"\[NGram\.fit\] ids must have shape \(n,\), got \(2, 2\)"):
        model.fit(np.zeros((2, 2), int))
    with pytest.raises(ValueError, match=r"vocabulary_size times the number of tokens must fit int64"):
        NGram(2, 2**62).fit([1, 2, 3])
    for arguments, message in [((0, 3), "order must be at least 1"), ((1, 0), "vocabulary_size must be at least 1")]:
        with pytest.raises(ValueError, match=rf"\[NGram\] {message}, got 0"):
            NGram(*arguments)
    model.fit([1, 2, 3])
    with pytest.raises(ValueError, match=r"\[NGram\.log_prob\] ids must be in \[0, 9\), got 9"):
        model.log_prob([9])
    with pytest.raises(ValueError, match=r"\[NGram\.probabilities\] context must be in"):
        model.probabilities([9])
    with pytest.raises(ValueError, match=r"\[NGram\.sample\] temperature must be above 0, got 0"):
        model.sample(3, temperature=0)
    with pytest.raises(ValueError, match=r"\[NGram\.sample\] length must be at least 0, got -1"):
        model.sample(-1)
