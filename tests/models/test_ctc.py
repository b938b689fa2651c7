"""Decoding of what ctc_loss trains, beside all alignments one by one; distances between sequences."""

from itertools import groupby, product

import numpy as np
import pytest

from mushin import Tensor, models, ops


def random_log_probs(*shape, seed=0):
    return ops.log_softmax(Tensor(2 * np.random.default_rng(seed).standard_normal(shape))).numpy()


def read(alignment, blank):
    return tuple(label for label, _ in groupby(alignment) if label != blank)


def enumerated(rows, blank):
    """Every sequence of labels with the log-probability of all its alignments."""
    likelihoods = {}
    for alignment in product(range(rows.shape[1]), repeat=len(rows)):
        labels = read(alignment, blank)
        likelihood = rows[np.arange(len(rows)), list(alignment)].sum()
        likelihoods[labels] = np.logaddexp(likelihoods.get(labels, -np.inf), likelihood)
    return sorted(likelihoods.items(), key=lambda item: -item[1])


# --- greedy


@pytest.mark.parametrize("blank", [0, 2])
def test_greedy_reads_the_best_alignment(blank):
    log_probs, lengths = random_log_probs(9, 5, 4), np.array([9, 4, 0, 1, 8])
    for sample, labels in enumerate(models.greedy_decode(log_probs, lengths, blank)):
        best = log_probs[: lengths[sample], sample].argmax(-1)
        assert labels.dtype == np.int64
        assert tuple(labels) == read(best, blank)


def test_greedy_with_and_without_repetitions():
    log_probs = np.log(np.eye(3)[[1, 1, 0, 1, 2, 2, 2]][:, None] * 0.9 + 0.05)
    assert models.greedy_decode(log_probs)[0].tolist() == [1, 1, 2]
    assert models.greedy_decode(log_probs, merge_repeated=False)[0].tolist() == [1, 1, 1, 2, 2, 2]
    assert models.greedy_decode(Tensor(log_probs, requires_grad=True), Tensor([3]))[0].tolist() == [1]


def test_no_frames_and_no_samples():
    for decode, nothing in ((models.greedy_decode, []), (models.beam_decode, [([], 0.0)])):
        (labels,) = decode(np.zeros((0, 1, 3)))
        assert [*labels] == [] if decode is models.greedy_decode else [(x.tolist(), p) for x, p in labels] == nothing
        assert decode(np.zeros((4, 0, 3))) == []


# --- beams


@pytest.mark.parametrize("seed", range(6))
@pytest.mark.parametrize("blank", [0, 1, 2])
def test_a_beam_that_holds_every_prefix_is_exact(seed, blank):
    log_probs, lengths = random_log_probs(5, 2, 3, seed=seed), [5, 3]
    for sample, found in enumerate(models.beam_decode(log_probs, lengths, blank, beam_width=1000, top_paths=1000)):
        expected = enumerated(log_probs[: lengths[sample], sample], blank)
        assert [tuple(labels) for labels, _ in found] == [labels for labels, _ in expected]
        np.testing.assert_allclose([p for _, p in found], [p for _, p in expected], rtol=1e-12)


@pytest.mark.parametrize("classes", [4, 40])
def test_its_probabilities_are_those_of_ctc_loss(classes):
    """Of labels whose prefixes were never dropped; with 40 classes not all are tried in every frame."""
    log_probs = random_log_probs(6, 1, classes, seed=3)
    for labels, log_probability in models.beam_decode(log_probs, beam_width=3000, top_paths=5)[0]:
        loss = ops.ctc_loss(log_probs, labels, [6], [len(labels)], reduction="sum").item()
        assert log_probability == pytest.approx(-loss, rel=1e-9)


def plain_beam(rows, blank, width):
    """The search as Hannun et al. write it down, prefix by prefix."""
    beam = {(): (0.0, -np.inf)}
    for row in rows:
        after = {}

        def add(prefix, in_blank, in_label, after=after):
            old = after.get(prefix, (-np.inf, -np.inf))
            after[prefix] = (np.logaddexp(old[0], in_blank), np.logaddexp(old[1], in_label))

        for prefix, (in_blank, in_label) in beam.items():
            total = np.logaddexp(in_blank, in_label)
            add(prefix, total + row[blank], in_label + row[prefix[-1]] if prefix else -np.inf)
            for k in set(range(len(row))) - {blank}:
                add((*prefix, k), -np.inf, (in_blank if prefix and prefix[-1] == k else total) + row[k])
        beam = dict(sorted(after.items(), key=lambda item: -np.logaddexp(*item[1]))[:width])
    return [(prefix, np.logaddexp(*scores)) for prefix, scores in beam.items()]


@pytest.mark.parametrize("width", [1, 2, 3, 7, 25])
@pytest.mark.parametrize("classes", [3, 9])
def test_narrow_beams_are_those_of_the_plain_search(width, classes):
    """Prefixes leave the beam and come back, and there are more classes than a frame's candidates."""
    log_probs = random_log_probs(30, 2, classes, seed=width)
    for sample, found in enumerate(models.beam_decode(log_probs, None, 1, width, width)):
        expected = plain_beam(log_probs[:, sample], 1, width)
        assert [tuple(labels) for labels, _ in found] == [labels for labels, _ in expected]
        np.testing.assert_allclose([p for _, p in found], [p for _, p in expected], rtol=1e-12)


def test_a_beam_finds_what_the_best_alignment_misses():
    """Two labels of 0.4 beside a blank of 0.6: the blank twice has 0.36, the label in all its alignments 0.64."""
    log_probs = np.log([[[0.6, 0.4]], [[0.6, 0.4]]])
    assert models.greedy_decode(log_probs)[0].tolist() == []
    ((labels, log_probability),) = models.beam_decode(log_probs)[0]
    assert labels.tolist() == [1]
    assert log_probability == pytest.approx(np.log(0.64))


def test_what_is_impossible_is_no_hypothesis():
    with np.errstate(divide="ignore"):
        log_probs = np.log(np.eye(3)[[1, 0, 1]])[:, None]
    assert [(x.tolist(), p) for x, p in models.beam_decode(log_probs, top_paths=5)[0]] == [([1, 1], 0.0)]
    log_probs[1] = -np.inf
    assert models.beam_decode(log_probs) == [[]]


@pytest.mark.parametrize("decode", [models.greedy_decode, models.beam_decode])
@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((np.zeros((2, 3)),), ValueError, r"log_probs must have shape \(time, batch, classes\), got \(2, 3\)"),
        ((np.zeros((2, 1, 3), int),), TypeError, "log_probs must be float32 or float64, got int64"),
        ((np.full((2, 1, 3), np.nan),), ValueError, "log_probs must hold no NaN"),
        ((np.zeros((2, 1, 3)), [3]), ValueError, r"lengths must be in \[0, 2\], got 3 at position 0"),
        ((np.zeros((2, 2, 3)), [1, -1]), ValueError, r"lengths must be in \[0, 2\], got -1 at position 1"),
        ((np.zeros((2, 2, 3)), [1]), ValueError, r"lengths must have shape \(2,\), got \(1,\)"),
        ((np.zeros((2, 1, 3)), [1.5]), TypeError, "lengths must hold integers, got float"),
        ((np.zeros((2, 1, 3)), None, 3), ValueError, r"blank must be in \[0, 3\), got 3"),
    ],
)
def test_wrong_arguments(decode, arguments, error, message):
    with pytest.raises(error, match=rf"^\[{decode.__name__}\] {message}"):
        decode(*arguments)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"beam_width": 0}, ValueError, "beam_width must be at least 1, got 0"),
        ({"beam_width": 2.0}, TypeError, "beam_width must be an integer"),
        ({"beam_width": 2, "top_paths": 3}, ValueError, r"top_paths must be in \[1, 2\], the beam's width, got 3"),
        ({"top_paths": 0}, ValueError, r"top_paths must be in \[1, 100\], the beam's width, got 0"),
    ],
)
def test_wrong_widths(options, error, message):
    with pytest.raises(error, match=rf"^\[beam_decode\] {message}"):
        models.beam_decode(np.zeros((2, 1, 3)), **options)


def test_only_blanks_can_be_read_where_there_is_no_label():
    assert [(x.tolist(), p) for x, p in models.beam_decode(np.zeros((3, 1, 1)), top_paths=2)[0]] == [([], 0.0)]


def test_infinite_log_probs_are_refused():
    with pytest.raises(ValueError, match=r"^\[beam_decode\] log_probs must be logarithms of probabilities, got inf"):
        models.beam_decode(np.full((2, 1, 3), np.inf))


# --- distances


def plain_distance(a, b):
    if not a or not b:
        return len(a) + len(b)
    if a[0] == b[0]:
        return plain_distance(a[1:], b[1:])
    return 1 + min(plain_distance(a[1:], b), plain_distance(a, b[1:]), plain_distance(a[1:], b[1:]))


def test_distances_are_those_of_the_definition():
    rng = np.random.default_rng(0)
    for _ in range(150):
        a, b = ("".join(rng.choice(["a", "b", "c"], rng.integers(0, 7))) for _ in range(2))
        assert models.edit_distance(a, b) == models.edit_distance(b, a) == plain_distance(a, b)


@pytest.mark.parametrize(
    ("a", "b", "distance"),
    [
        ("kitten", "sitting", 3),
        ("", "", 0),
        ("", "abc", 3),
        (["the", "cat"], ["cat"], 1),
        (["K", "AE1", "T"], ("K", "AH0", "T"), 1),
        (np.array([1, 2, 3]), [1, 3], 1),
        ([1, "1"], ["1", 1], 2),
    ],
)
def test_distances_of_tokens_of_any_kind(a, b, distance):
    assert models.edit_distance(a, b) == distance


def test_the_error_rate_counts_tokens_not_sequences():
    true, read = ["the cat", "a"], ["the bat", "a b"]
    assert models.error_rate(true, read) == 3 / 8  # of characters
    assert models.error_rate([t.split() for t in true], [r.split() for r in read]) == 2 / 3  # of words
    assert models.error_rate(["", "ab"], ["xyz", ""]) == 2.5


@pytest.mark.parametrize(
    ("references", "hypotheses", "error", "message"),
    [
        (["a"], ["a", "b"], ValueError, "hypotheses must be as many as references, 1, got 2"),
        (["", ""], ["a", ""], ValueError, "references must hold a token, got none"),
        ([], [], ValueError, "references must hold a token, got none"),
        ("ab", ["a", "b"], TypeError, "references must be several sequences, got one string"),
        (["a", "b"], "ab", TypeError, "hypotheses must be several sequences, got one string"),
    ],
)
def test_pairs_that_are_none(references, hypotheses, error, message):
    with pytest.raises(error, match=rf"^\[error_rate\] {message}"):
        models.error_rate(references, hypotheses)
