"""Bits per character of n-grams on prose: longer grams predict better, and the texts are kept apart."""

import gzip

import pytest

ORDERS = ("1", "3", "5")


def test_longer_grams_predict_pythons_texts_better(example):
    result, printed = example("ngram_prose", "--orders", *ORDERS, "--characters", 8_000)
    bits = [result[order] for order in ORDERS]
    assert bits == sorted(bits, reverse=True)
    assert 4 < bits[0] < 5.5
    assert 2 < bits[-1] < 3
    assert all(result[order] < result[f"{order}, estimated"] + 0.01 for order in ORDERS)
    assert "The model of order 5 writes:" in printed
    assert len(printed.partition("writes:\n\n")[2]) == 301


def test_no_passage_is_on_both_sides(common):
    parts = common("prose").of_python()
    passages = {
        part: {each[i : i + 80] for each in texts for i in range(len(each) - 80)} for part, texts in parts.items()
    }
    assert all(passages.values())
    assert passages["train"].isdisjoint(passages["tune"] | passages["test"])
    assert passages["tune"].isdisjoint(passages["test"])


def test_files_of_a_folder_are_kept_apart(example, common, tmp_path):
    parts = common("prose").of_python()
    (tmp_path / "one.txt").write_text("".join(parts["train"])[:60_000], encoding="utf-8")
    (tmp_path / "two.txt.gz").write_bytes(gzip.compress("".join(parts["tune"])[:9_000].encode()))
    (tmp_path / "three.txt").write_text("\u6f22" + "".join(parts["test"])[:8_999], encoding="utf-8")
    (tmp_path / "other.csv").write_text("1,2")
    arguments = ("ngram_prose", "--data", tmp_path, "--orders", 1, 4)
    result, printed = example(*arguments, "--tune", "two", "--test", "three")
    assert printed.startswith("60,000 characters to count in, 9,000 to tune on, 9,000 to predict;")
    assert result["4"] < result["1"] - 1
    with pytest.raises(SystemExit, match=r"--test must be in the name of one file, got 't'.*one\.txt, three\.txt, two"):
        example(*arguments, "--tune", "two", "--test", "t")
    with pytest.raises(SystemExit, match="--data must have a text each for --tune and --test"):
        example(*arguments, "--tune", "two", "--test", "two")
