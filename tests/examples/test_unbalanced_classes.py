"""Precision, recall and F1 of a rare class: what weights and thresholds do to them."""

import pytest


def test_weights_and_thresholds_move_precision_and_recall(example):
    result, printed = example("unbalanced_classes", "--epochs", 20)
    assert result["always no, accuracy"] == pytest.approx(0.9, abs=0.01)
    assert result["always no, recall"] == result["always no, F1"] == 0.0
    assert result["weighted, recall"] > 0.85 > result["plain, recall"]
    assert result["weighted, precision"] < result["plain, precision"]
    for key in ("plain", "weighted"):
        precision, recall, f1 = (result[f"{key}, chosen, {what}"] for what in ("precision", "recall", "F1"))
        assert f1 == pytest.approx(2 * precision * recall / (precision + recall))
        assert f1 > 0.7
        assert f1 > result[f"{key}, F1"]
        assert result[f"{key}, area"] > 0.95
    assert result["replayed"] > 0.95
    assert "719 to test on, 70 of them 8s" in printed
