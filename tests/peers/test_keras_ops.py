"""keras.ops beside Keras'."""

import numpy as np
import pytest

from mushin import keras
from peers import keras_ops


@pytest.fixture(scope="module")
def theirs(ask_peers):
    return ask_peers("keras_ops")


def test_ops_give_the_same(theirs):
    ours = keras_ops.run(keras.ops)
    assert set(ours) == set(theirs)
    for name, x in ours.items():
        assert x.shape == theirs[name].shape, name
        assert x.dtype.kind == theirs[name].dtype.kind, name
        # Functions of single numbers are good to 4 units in the last place here, and those of XLA no better.
        np.testing.assert_allclose(x, theirs[name], rtol=2e-6, atol=2e-6, err_msg=name)


def test_every_op_is_compared():
    """`ops.name(` is in an expression."""
    text = "".join(keras_ops.EXPRESSIONS.values())
    assert [name for name in dir(keras.ops) if f"ops.{name}(" not in text] == []
