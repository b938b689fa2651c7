"""Functional models and layers beside the real Keras: the order of layers and weights, outputs, defaults."""

import json

import numpy as np
import pytest

from mushin import keras
from mushin.keras.activations import ACTIVATIONS
from peers import keras_graphs


@pytest.fixture(scope="module")
def theirs(ask_peers):
    return ask_peers("keras_graphs")


@pytest.mark.parametrize("name", keras_graphs.GRAPHS)
def test_graphs_are_the_same(theirs, name):
    expected = {key.removeprefix(f"{name}/"): x for key, x in theirs.items() if key.startswith(f"{name}/")}
    ours = keras_graphs.run_graph(keras, name)
    assert set(ours) == set(expected)
    assert ours.pop("layers").tolist() == expected["layers"].tolist()
    assert ours.pop("parameters").tolist() == expected["parameters"].tolist()
    for key, x in ours.items():
        np.testing.assert_allclose(x, expected[key], rtol=1e-5, atol=1e-5, err_msg=key)


def test_layers_give_the_same(theirs):
    for name, x in keras_graphs.run_layers(keras).items():
        assert x.shape == theirs[name].shape, name
        np.testing.assert_allclose(x, theirs[name], rtol=1e-5, atol=1e-5, err_msg=name)


def test_every_activation_is_compared():
    assert sorted(ACTIVATIONS) == sorted(keras_graphs.ACTIVATIONS)


def test_defaults_are_the_same(theirs):
    """Of the arguments that both have."""
    expected = json.loads(str(theirs["defaults"]))
    for name, config in keras_graphs.defaults(keras, keras_graphs.WITH_DEFAULTS).items():
        for key, value in config.items():
            if key not in expected[name] or key in ("name", "dtype"):
                continue
            if isinstance(value, dict) and value.get("class_name"):
                assert value["class_name"] == expected[name][key]["class_name"], (name, key)
            else:
                assert value == expected[name][key] or [value] == expected[name][key], (name, key)  # an axis, axes
