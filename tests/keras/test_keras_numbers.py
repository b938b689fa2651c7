"""Optimizers, fit and evaluate give Keras' own numbers; peers/ says how they were made."""

import numpy as np
import pytest

from mushin import keras
from peers import mushin_side, recipes

# Keras keeps hyperparameters in float32, even for float64 variables.
TOLERANCE = {np.float32: 1e-6, np.float64: 1e-7}
EXPECTED = recipes.expected("keras")
MODELS = recipes.expected_models()


@pytest.mark.parametrize("dtype", TOLERANCE)
@pytest.mark.parametrize("name", recipes.KERAS_OPTIMIZERS)
def test_five_steps_are_keras_s(name, dtype):
    got = mushin_side.run_keras_optimizer(name, recipes.SMALL_SHAPES, dtype)
    for ours, theirs in zip(got, EXPECTED[name], strict=True):
        assert ours.dtype == dtype
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=TOLERANCE[dtype])


@pytest.mark.parametrize(("name", "optimizer"), recipes.KERAS_RUNS)
def test_losses_and_scores_are_keras_s(name, optimizer):
    """Of two fits, one step and three, and an evaluation after them."""
    got = recipes.run_keras_model(keras, name, optimizer)
    expected = MODELS[f"{name}/{optimizer}"]
    assert expected
    for key, x in expected.items():
        np.testing.assert_allclose(np.ravel(got[key]), [x], rtol=2e-6, err_msg=key)


def test_every_number_is_used():
    assert set(EXPECTED) == set(recipes.KERAS_OPTIMIZERS)
    assert set(MODELS) == {f"{name}/{optimizer}" for name, optimizer in recipes.KERAS_RUNS}
