"""A language model and n-grams on the same prose: the LSTM learns, its file writes, and its state is carried."""

import re

import pytest

from mushin.models import LanguageModel

SMALL = ("--characters", 5_000, "--hidden", 64, "--learning-rate", 0.01)


def test_the_lstm_learns_characters(example, tmp_path):
    result, printed = example("language_model", *SMALL, "--steps", 300, "--out", tmp_path, "--prompt", "The ")
    assert 4 < result["unigram"] < 5.5
    assert 2 < result["5-gram, tuned"] < 3
    assert 2.5 < result["model"] < result["unigram"] - 0.5
    assert result["replayed"] > 0.95
    assert len(re.findall(r"^ +\d+0%", printed, re.M)) == 10
    text = printed.partition("The LSTM writes:\n\n")[2]
    assert text.startswith("The ")
    model = LanguageModel.load(tmp_path / "model.safetensors")
    assert model.generate("The ", 400, temperature=0.8, seed=0) == text[4:-1]


def test_the_gru_learns_words(example):
    small = ("--words", "--cell", "gru", "--characters", 5_000, "--hidden", 48, "--dropout", 0.1)
    result, printed = example("language_model", *small, "--steps", 120, "--learning-rate", 0.01)
    assert result["5-gram, tuned"] < result["unigram"]
    assert result["model"] < result["first"] - 0.3
    assert "bits per word" in printed
    assert "The GRU writes:" in printed


def test_minutes_end_it(example):
    result, printed = example("language_model", *SMALL, "--minutes", 0.02)
    assert result["model"] < 7.5
    assert "100%" in printed or re.search(r"^ +1\d\d%", printed, re.M)


def test_the_same_steps_give_the_same_bits(example):
    results = [example("language_model", *SMALL, "--steps", 20)[0] for _ in range(2)]
    assert results[0]["model"] == results[1]["model"]
    assert example("language_model", *SMALL, "--steps", 20, "--seed", 1)[0]["model"] != pytest.approx(
        results[0]["model"], abs=1e-9
    )
