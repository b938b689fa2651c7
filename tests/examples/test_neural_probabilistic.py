"""A network that predicts a word from those before it, beside n-grams of the same words."""

import runpy

import numpy as np
import pytest

from .conftest import EXAMPLES

SMALL = ("--characters", 6_000, "--features", 30, "--hidden", 40, "--epochs", 2)


@pytest.mark.parametrize("direct", [(), ("--direct",)])
def test_it_predicts_better_than_the_unigram_and_helps_the_ngram(example, direct):
    result, printed = example("neural_probabilistic", *SMALL, *direct)
    assert result["neural"] < result["1-gram"] * 0.8
    assert result["mean of both"] < min(result["neural"], result["4-gram"])
    assert result["replayed"] > 0.95
    assert "perplexity of the test texts" in printed


def test_windows(common):
    windows = runpy.run_path(str(EXAMPLES / "neural_probabilistic.py"))["windows"]
    contexts, words = windows([np.array([5, 6, 7]), np.array([8])], 3, 1)
    assert contexts.tolist() == [[1, 1], [1, 5], [5, 6], [1, 1]]
    assert words.tolist() == [5, 6, 7, 8]
