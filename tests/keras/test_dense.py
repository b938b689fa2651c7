"""Dense beside NumPy, and its first weights."""

import numpy as np
import pytest

from keras_models import dense_model, samples
from mushin import keras
from mushin.keras import layers


@pytest.mark.parametrize(
    ("activation", "function"),
    [
        (None, lambda x: x),
        ("linear", lambda x: x),
        ("relu", lambda x: np.maximum(x, 0)),
        ("sigmoid", lambda x: 1 / (1 + np.exp(-x))),
        ("tanh", np.tanh),
        ("softmax", lambda x: np.exp(x) / np.exp(x).sum(-1, keepdims=True)),
    ],
)
def test_activations(activation, function):
    model = keras.Sequential([layers.Dense(3, activation=activation, input_shape=(4,))])
    kernel, bias = model.get_weights()
    np.testing.assert_allclose(model.predict(samples(), verbose=0), function(samples() @ kernel + bias), rtol=1e-5)


def test_dense_works_on_the_last_axis():
    model = keras.Sequential([layers.Dense(3, input_shape=(2, 4))])
    kernel, bias = model.get_weights()
    x = samples(12).reshape(6, 2, 4)
    assert model.output_shape == (None, 2, 3)
    np.testing.assert_allclose(model.predict(x, verbose=0), x @ kernel + bias, rtol=1e-5, atol=1e-6)


def test_calling_a_layer():
    layer = layers.Dense(3)
    x = samples()
    y = layer(x)
    kernel, bias = layer.get_weights()
    np.testing.assert_allclose(y.detach().numpy(), x @ kernel + bias, rtol=1e-5, atol=1e-6)
    with pytest.raises(ValueError, match=rf"^\[{layer.name}\] input must have shape \(4,\), got \(5,\)"):
        layer(np.ones((2, 5)))


def test_first_weights_are_glorot_s():
    keras.utils.set_random_seed(1)
    kernel, bias = keras.Sequential([layers.Dense(300, input_shape=(200,))]).get_weights()
    limit = np.sqrt(6 / 500)
    assert -limit <= kernel.min() < -0.99 * limit
    assert 0.99 * limit < kernel.max() <= limit
    assert abs(kernel.mean()) < 0.01 * limit
    assert abs(kernel.std() - limit / np.sqrt(3)) < 0.01 * limit
    assert (bias == 0).all()


def test_the_same_seed_gives_the_same_weights():
    def weights(seed):
        keras.utils.set_random_seed(seed)
        return dense_model().get_weights()

    for a, b, c in zip(weights(3), weights(3), weights(4)):
        np.testing.assert_array_equal(a, b)
        assert a.ndim == 1 or (a != c).any()


def test_printed_layers():
    layer = layers.Dense(2, name="a")
    assert repr(layer) == "<Dense name=a, built=False>"
    layer.build((None, 3))
    assert repr(layer) == "<Dense name=a, built=True>"


def test_arguments_come_in_the_order_of_keras():
    layer = layers.Dense(2, None, True, "ones", "zeros", "l1", None, "l2", "non_neg", None)
    layer.build((None, 3))
    assert type(layer.activity_regularizer).__name__ == "L2"
    assert (layer.bias_regularizer, type(layer.kernel_constraint).__name__) == (None, "NonNeg")
    again = layers.Dense.from_config(layer.get_config())
    assert type(again.activity_regularizer).__name__ == "L2"
