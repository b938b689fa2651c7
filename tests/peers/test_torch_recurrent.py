"""Recurrent layers beside PyTorch's: the same names, outputs and gradients from the same weights."""

import numpy as np
import pytest

import mushin
from mushin.nn.utils import rnn
from peers.recipes.recurrent import RECURRENT, run_recurrent


@pytest.fixture(scope="module")
def theirs(ask_peers):
    return ask_peers("torch_recurrent")


@pytest.mark.parametrize("name", RECURRENT)
def test_a_layer_is_theirs(theirs, name):
    ours = run_recurrent(mushin, rnn, name)
    assert {f"{name}/{key}" for key in ours} == {key for key in theirs if key.startswith(f"{name}/")}
    for key, value in ours.items():
        wanted = theirs[f"{name}/{key}"]
        assert value.dtype == wanted.dtype
        np.testing.assert_allclose(value, wanted, rtol=0, atol=5e-6 * max(1, np.abs(wanted).max(initial=0)))
