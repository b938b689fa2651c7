"""TextVectorization and pad_sequences beside Keras'."""

import json

import numpy as np
import pytest

from mushin import keras
from peers import keras_text


@pytest.fixture(scope="module")
def theirs(ask_peers):
    return ask_peers("keras_text")


@pytest.fixture(scope="module")
def ours():
    return keras_text.run(keras)


@pytest.mark.parametrize("name", keras_text.LAYERS)
def test_layers_give_the_same(theirs, ours, name):
    for part in ("terms", "own terms"):
        assert json.loads(str(ours[f"{name}/{part}"])) == json.loads(str(theirs[f"{name}/{part}"]))
    assert ours[f"{name}/size"] == theirs[f"{name}/size"]
    output, expected = ours[f"{name}/output"], theirs[f"{name}/output"]
    assert output.shape == expected.shape
    assert output.dtype == expected.dtype
    # The logarithm and the mean weight are rounded in another order.
    np.testing.assert_allclose(output, expected, rtol=1e-6 if output.dtype.kind == "f" else 0)


def test_sequences_are_padded_the_same(theirs, ours):
    names = [name for name in ours if name.startswith("padded")]
    assert len(names) == len(keras_text.PADDED) + 1
    for name in names:
        assert ours[name].dtype == theirs[name].dtype, name
        np.testing.assert_array_equal(ours[name], theirs[name], err_msg=name)


def test_defaults_are_the_same(theirs, ours):
    config, expected = (json.loads(str(each["defaults"])) for each in (ours, theirs))
    shared = set(config) & set(expected) - {"dtype"}
    assert set(config) - shared <= {"activity_regularizer", "dtype", "input_shape"}
    assert {name: config[name] for name in shared} == {name: expected[name] for name in shared}
