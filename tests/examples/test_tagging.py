"""Marks and capitals put back: what the labels are, that padding counts nowhere, and that a network learns."""

import runpy
from pathlib import Path

import numpy as np
import pytest

import mushin

EXAMPLE = Path(__file__).parents[2] / "examples" / "tagging.py"
TEXT = """\
Mr. Knightley came at three o'clock;--"Oh!" said
Emma: was it 3.5 miles?  No--never.

   * * *

CHAPTER II
"""


@pytest.fixture(scope="module")
def functions():
    return runpy.run_path(str(EXAMPLE))


def test_labels_are_what_the_author_wrote(functions):
    first, second = functions["pieces_of"](TEXT)
    assert " ".join(first.words) == "mr knightley came at three o'clock oh said emma was it 3.5 miles no never"
    marks = [functions["MARKS"][mark] for mark in first.marks]
    none = "none"
    assert marks == [".", *[none] * 4, ";", "!", none, ":", *[none] * 3, "?", "--", "."]
    assert first.capitals == [1, 1, 0, 0, 0, 0, 1, 0, 1, 0, 0, 0, 0, 1, 0]
    assert second == (["chapter", "ii"], [0, 0], [1, 1])
    assert functions["restored"](*second) == "Chapter Ii"
    assert functions["restored"](*first).startswith("Mr. Knightley came at three o'clock; Oh! said Emma: was it 3.5")


def test_long_paragraphs_are_cut(functions):
    pieces = functions["pieces_of"](" ".join(f"word{i}" for i in range(250)) + ".")
    assert [len(piece.words) for piece in pieces] == [100, 100, 50]
    assert pieces[0].words[-1] == "word99"
    assert [sum(piece.marks) for piece in pieces] == [0, 0, functions["MARKS"].index(".")]


def drawn_samples(lengths):
    random = np.random.default_rng(1)
    return [tuple(random.integers(0, top, n) for top in (20, 8, 2)) for n in lengths]


def test_padding_counts_neither_in_the_loss_nor_in_the_scores(functions):
    mushin.manual_seed(0)
    model = functions["Tagger"](20, 8)
    model.eval()
    samples = drawn_samples([5, 3, 9])
    ((words, marks, _, lengths),) = functions["batches_of"](samples, 3, shuffle=False)
    assert words.shape == (3, 16)
    loss = functions["masked_loss"](model(words, lengths)[0], marks).item()
    alone = [
        functions["masked_loss"](
            model(mushin.tensor(w[None]), mushin.tensor([len(w)]))[0], mushin.tensor(m[None])
        ).item()
        for w, m, _ in samples
    ]
    assert loss == pytest.approx(np.average(alone, weights=[5, 3, 9]), rel=1e-5)
    pairs = functions["labelled"](model, samples)
    by_length = sorted(samples, key=lambda sample: len(sample[0]))
    for place, (true, given) in enumerate(pairs.values(), 1):
        np.testing.assert_array_equal(true, np.concatenate([sample[place] for sample in by_length]))
        assert len(given) == 17


def test_a_word_alone_has_its_most_frequent_label(functions):
    train = [(np.array([2, 2, 2, 3]), np.array([1, 1, 0, 2]), np.array([0, 1, 1, 0]))]
    test = [(np.array([3, 2]), np.array([2, 0]), np.array([1, 1]))]
    pairs = functions["by_word_alone"](train, test, 5)
    assert pairs["marks"].tolist() == [[2, 0], [2, 1]]
    assert pairs["capitals"].tolist() == [[1, 1], [0, 1]]


def test_f1_is_that_of_precision_and_recall(functions):
    pair = np.array([[0, 0, 0, 1, 1, 2], [0, 0, 1, 1, 0, 1]])
    f1 = functions["f1_of_labels"](pair, 4)
    precision, recall = np.array([2 / 3, 1 / 3]), np.array([2 / 3, 1 / 2])
    np.testing.assert_allclose(f1[:2], 2 * precision * recall / (precision + recall))
    assert f1[2:].tolist() == [0, 0]


def test_the_network_sees_more_than_the_word(example):
    result, printed = example("tagging", "--epochs", 4, "--hidden-size", 32, "--batch-size", 16)
    for kind in ("marks", "capitals"):
        assert result[f"{kind}, network, accuracy"] > result[f"{kind}, word, accuracy"]
    assert result["capitals, network, F1"] > 0.6
    assert result["replayed"] > 0.85
    assert "A passage, put back: " in printed
    assert "As it was written:   " in printed


def test_novels_are_kept_apart(example, tmp_path):
    for name in ("one", "two", "three"):
        (tmp_path / f"{name}.txt").write_text(f"This is {name}, and no other.\n\n" * (40 if name == "one" else 3))
    _, printed = example("tagging", "--data", tmp_path, "--tune", "two", "--test", "three", "--epochs", 1)
    assert printed.startswith("240 words to train on, 18 to look at, 18 to judge;")
    with pytest.raises(SystemExit, match="--batch-size must be at most 40, the paragraphs to train on"):
        example("tagging", "--data", tmp_path, "--tune", "two", "--test", "three", "--batch-size", 41)
