"""One layer as logistic regression and as support vector machine: as right as scikit-learn's."""

import importlib.util
import sys

import pytest

NAMES = ("logistic regression", "support vector machine")


def test_one_layer_reads_digits(example):
    result, _ = example("shallow_networks", "--steps", 300)
    assert min(result[name] for name in NAMES) > 0.94
    assert result["replayed"] > 0.95


@pytest.mark.skipif(not importlib.util.find_spec("sklearn"), reason="scikit-learn is missing: pip install scikit-learn")
def test_it_answers_as_scikit_learn_does(example):
    result, _ = example("shallow_networks", "--steps", 1_500)
    for name in NAMES:
        assert result[name] == pytest.approx(result[f"{name}, scikit-learn"], abs=0.01)
        assert result[f"{name}, same answers"] > 0.98


def test_without_scikit_learn_it_says_how_to_get_it(example, monkeypatch):
    monkeypatch.setitem(sys.modules, "sklearn.linear_model", None)
    result, printed = example("shallow_networks", "--steps", 20)
    assert printed.count("pip install scikit-learn") == 2
    assert result.keys() == {*NAMES, "replayed"}
