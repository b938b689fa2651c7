"""Trainings with weights, penalties, constraints, callbacks and several outputs, and metrics, beside Keras'."""

import numpy as np
import pytest

from keras_models import TwoHeads
from mushin import keras
from peers import training

TOLERANCE = {"rtol": 1e-5, "atol": 1e-5}


@pytest.fixture(scope="module")
def theirs(ask_peers):
    return ask_peers("keras_training")


def assert_same(ours, theirs, case):
    expected = {key.removeprefix(f"{case}/"): x for key, x in theirs.items() if key.startswith(f"{case}/")}
    assert set(ours) == set(expected)
    for key, x in ours.items():
        np.testing.assert_allclose(x, expected[key], **TOLERANCE, err_msg=key)


@pytest.mark.parametrize("train", training.TRAININGS, ids=lambda train: train.__name__)
def test_training_is_the_same(theirs, train):
    assert_same(train(keras), theirs, train.__name__)


def test_two_outputs_are_the_same(theirs):
    assert_same(training.two_outputs(lambda: TwoHeads(5, 3, 4)), theirs, "two_outputs")


@pytest.mark.parametrize("name", training.METRICS)
def test_metrics_are_the_same(theirs, name):
    np.testing.assert_allclose(
        training.metric_results(keras.metrics, name), theirs[f"metrics/{name}"], rtol=2e-6, atol=2e-6
    )
