"""Ops, layers and losses beside PyTorch's: the same expression in both libraries, values and gradients."""

import zlib

import numpy as np
import pytest

import mushin
from peers.expressions import EXPRESSIONS, running

INPUTS = {
    name: running.inputs_of(spec, np.float32, seed=zlib.crc32(name.encode())) for name, (_, spec) in EXPRESSIONS.items()
}


@pytest.fixture(scope="module")
def theirs(ask_peers):
    return ask_peers("torch_nn", {f"{name}/{key}": x for name, inputs in INPUTS.items() for key, x in inputs.items()})


@pytest.mark.parametrize("name", EXPRESSIONS)
def test_values_and_gradients_are_the_same(theirs, name):
    for key, ours in running.run(mushin, EXPRESSIONS[name][0], INPUTS[name]).items():
        expected = theirs[f"{name}/{key}"]
        assert ours.shape == expected.shape
        assert ours.dtype == expected.dtype
        # Sums err by a share of their largest terms; numbers from 1e-30 to 3e38 have none in common.
        size = 1.0 if "edges" in name else float(np.abs(expected[np.isfinite(expected)]).max(initial=1.0))
        np.testing.assert_allclose(ours, expected, rtol=2e-6, atol=2e-6 * size, err_msg=key)
