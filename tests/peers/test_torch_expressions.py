"""Ops, layers and losses beside PyTorch's: the same expression in both libraries, values and gradients."""

import numpy as np
import pytest

import mushin
from peers.expressions import EXPRESSIONS, running

INPUTS = {name: running.inputs_of(spec, np.float32, seed=i) for i, (name, (_, spec)) in enumerate(EXPRESSIONS.items())}


@pytest.fixture(scope="module")
def theirs(ask_peers):
    return ask_peers("torch_nn", {f"{name}/{key}": x for name, inputs in INPUTS.items() for key, x in inputs.items()})


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_values_and_gradients_are_the_same(theirs, name):
    for key, ours in running.run(mushin, EXPRESSIONS[name][0], INPUTS[name]).items():
        expected = theirs[f"{name}/{key}"]
        assert ours.shape == expected.shape
        assert ours.dtype == expected.dtype
        np.testing.assert_allclose(ours, expected, rtol=2e-6, atol=2e-6, err_msg=key)
