"""Recurrent layers and masks beside the real Keras: the same predictions, steps of training and scores."""

import json

import numpy as np
import pytest

from mushin import keras
from peers.recipes import keras_recurrent


@pytest.fixture(scope="module")
def theirs(ask_peers):
    return ask_peers("keras_recurrent")


@pytest.mark.parametrize("part", ["layers", "models", "stateful"])
def test_numbers_are_theirs(theirs, part):
    ours = getattr(keras_recurrent, f"run_{part}")(keras)
    expected = {key.removeprefix(f"{part}/"): x for key, x in theirs.items() if key.startswith(f"{part}/")}
    assert set(ours) == set(expected)
    for key, x in ours.items():
        assert np.shape(x) == expected[key].shape, key
        np.testing.assert_allclose(x, expected[key], rtol=1e-5, atol=1e-5, err_msg=key)


def test_defaults_are_theirs(theirs):
    expected = json.loads(str(theirs["defaults"]))
    for kind, config in keras_recurrent.defaults(keras).items():
        for key, value in config.items():
            if key in expected[kind] and key not in ("name", "layer", "backward_layer"):
                wanted = expected[kind][key]
                if isinstance(value, dict):
                    value, wanted = value["class_name"], wanted["class_name"]
                assert value == wanted, (kind, key)
