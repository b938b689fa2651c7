"""fit, evaluate and predict beside Keras', and the optimizers' five steps and defaults."""

import json

import numpy as np
import pytest

from mushin import keras
from peers import mushin_side, recipes

TOLERANCE = {"rtol": 1e-6, "atol": 1e-6}


@pytest.fixture(scope="module")
def theirs(ask_peers):
    return ask_peers("keras")


@pytest.mark.parametrize("name", recipes.KERAS_OPTIMIZERS)
def test_five_steps_end_at_the_same_variables(theirs, name):
    for i, p in enumerate(mushin_side.run_keras_optimizer(name, recipes.ODD_SHAPES, np.float32)):
        np.testing.assert_allclose(p, theirs[f"{name}/{i}"], rtol=0, atol=1e-6)


@pytest.mark.parametrize(("name", "optimizer"), recipes.KERAS_RUNS)
def test_training_is_the_same(theirs, name, optimizer):
    prefix = f"{name}/{optimizer}/"
    expected = {key.removeprefix(prefix): x for key, x in theirs.items() if key.startswith(prefix)}
    ours = recipes.run_keras_model(keras, name, optimizer)
    assert set(ours) == set(expected)
    for key, x in ours.items():
        np.testing.assert_allclose(x, expected[key], **TOLERANCE, err_msg=key)


def test_losses_are_the_same(theirs):
    for name, loss in recipes.run_keras_losses(keras.losses).items():
        assert loss.shape == theirs[name].shape, name
        np.testing.assert_allclose(loss, theirs[name], **TOLERANCE, err_msg=name)


@pytest.mark.parametrize("name", recipes.KERAS_NAMES)
def test_defaults_are_the_same(theirs, name):
    configuration = json.loads(str(theirs[f"{name} configuration"]))
    ours = keras.optimizers.get(name)
    for option in recipes.KERAS_NAMES[name]:
        if configuration[option] is None:
            assert getattr(ours, option) is None, option
        else:
            assert getattr(ours, option) == pytest.approx(configuration[option], rel=1e-6), option


@pytest.mark.parametrize("name", recipes.KERAS_SCHEDULES)
def test_rates_are_the_same(theirs, name):
    ours = recipes.run_keras_schedule(keras.optimizers.schedules, name)
    np.testing.assert_allclose(ours, theirs[f"{name} schedule"], rtol=1e-6, atol=1e-7)
