"""Keras' Embedding: in models, with ids of any dtype, with first values, saved and loaded."""

import numpy as np
import pytest

from mushin import keras
from mushin.keras import layers

RANDOM = np.random.default_rng(0)
IDS = RANDOM.integers(0, 20, (96, 6))
LABELS = (IDS[:, 0] > 9).astype(np.float32)


def classifier(*first, loss="binary_crossentropy"):
    model = keras.Sequential([*first, layers.Flatten(), layers.Dense(1, activation="sigmoid")])
    model.compile(keras.optimizers.Adam(0.05), loss)
    return model


@pytest.mark.parametrize("dtype", [np.int32, np.int64, np.uint8, np.float32, np.float64])
def test_a_model_that_begins_with_it_trains_on_ids_of_any_dtype(dtype):
    keras.utils.set_random_seed(1)
    model = classifier(layers.Embedding(20, 4))
    losses = model.fit(IDS.astype(dtype), LABELS, epochs=12, verbose=0).history["loss"]
    assert losses[-1] < 0.3 < losses[0]
    right = (model.predict(IDS.astype(dtype), verbose=0)[:, 0] > 0.5) == LABELS
    assert right.mean() > 0.9


def test_bits_do_not_depend_on_the_dtype_of_ids():
    predictions = []
    for dtype in (np.int64, np.float32):
        keras.utils.set_random_seed(1)
        model = classifier(layers.Embedding(20, 4))
        model.fit(IDS.astype(dtype), LABELS, epochs=3, verbose=0)
        predictions.append(model.predict(IDS, verbose=0))
    np.testing.assert_array_equal(*predictions)


def test_steps_are_replayed():
    model = classifier(layers.Embedding(20, 4))
    model.fit(IDS, LABELS, batch_size=2, epochs=4, shuffle=False, verbose=0)
    assert model.train_function.replayed_share > 0.9
    assert int(model.layers[0].embeddings._touched.count) >= 0  # no optimizer's step has had the gradient in hand


def test_a_generator_of_ids():
    model = classifier(layers.Embedding(20, 4))
    model.fit(((IDS[i : i + 32], LABELS[i : i + 32]) for i in range(0, 96, 32)), verbose=0)
    np.testing.assert_array_equal(model.predict(iter([IDS]), verbose=0), model.predict(IDS, batch_size=96, verbose=0))


@pytest.mark.parametrize("dtype", [None, "int32"])
def test_a_functional_model(dtype):
    inputs = layers.Input((6,), dtype=dtype)
    outputs = layers.Dense(1)(layers.Flatten()(layers.Embedding(20, 4)(inputs)))
    model = keras.Model(inputs, outputs)
    table = model.layers[1].embeddings.detach().numpy()
    kernel, bias = model.layers[3].get_weights()
    wanted = table[IDS].reshape(96, -1) @ kernel + bias
    np.testing.assert_allclose(model.predict(IDS, verbose=0), wanted, rtol=1e-5, atol=1e-6)


def test_clipping_keeps_gradients_right():
    """It writes all of the gradient, which is then cleared as a whole."""
    results = []
    for options in ({"clipnorm": 1e9}, {}):
        keras.utils.set_random_seed(1)
        model = keras.Sequential([layers.Embedding(20, 4), layers.Flatten(), layers.Dense(1)])
        model.compile(keras.optimizers.SGD(0.1, **options), "mse")
        model.fit(IDS, LABELS, batch_size=2, epochs=2, verbose=0)
        results.append(model.layers[0].get_weights()[0])
    np.testing.assert_array_equal(*results)


def test_first_vectors():
    table = RANDOM.standard_normal((20, 4)).astype(np.float32)
    for given in (table, [table]):
        layer = layers.Embedding(20, 4, weights=given)
        np.testing.assert_array_equal(layer(IDS).numpy(), table[IDS])
    assert (layers.Embedding(20, 4, embeddings_initializer="ones")(IDS).numpy() == 1).all()
    with pytest.raises(ValueError, match=r"weights must have shape \(20, 4\), got \(4, 20\)"):
        layers.Embedding(20, 4, weights=table.T)


def test_saved_and_loaded(tmp_path):
    embedding = layers.Embedding(20, 4, mask_zero=True, weights=np.ones((20, 4)))
    model = keras.Sequential([embedding, layers.LSTM(3), layers.Dense(3, activation="softmax")])
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(IDS, LABELS, verbose=0)
    model.save(tmp_path / "model.safetensors")
    loaded = keras.models.load_model(tmp_path / "model.safetensors")
    np.testing.assert_array_equal(loaded.predict(IDS, verbose=0), model.predict(IDS, verbose=0))
    assert loaded.layers[0].mask_zero


def test_mask():
    layer = layers.Embedding(20, 4, mask_zero=True)
    np.testing.assert_array_equal(layer.compute_mask(IDS).numpy(), IDS != 0)
    np.testing.assert_array_equal(layer.compute_mask(IDS.astype(np.float32)).numpy(), IDS != 0)
    assert layers.Embedding(20, 4).compute_mask(IDS) is None


def test_shapes():
    layer = layers.Embedding(20, 4)
    assert layer.compute_output_shape((None, 6)) == (None, 6, 4)
    assert layer(np.zeros((2, 3, 5), int)).shape == (2, 3, 5, 4)
    with pytest.raises(AttributeError, match="embeddings are there once the layer is built"):
        layers.Embedding(20, 4).embeddings  # noqa: B018  raises


def test_ids_out_of_range():
    for bad in (20, -1, np.nan, 1e30):
        with pytest.raises(IndexError, match=r"\[embedding\] input must be in \[0, 20\)"):
            layers.Embedding(20, 4)(np.array([[bad]]))
    model = classifier(layers.Embedding(20, 4))
    with pytest.raises(IndexError, match="got 20 at position"):
        model.fit(IDS + 1, LABELS, verbose=0)


def test_ids_that_float32_does_not_hold():
    rounded = layers.Embedding(2**24 + 2, 1)
    with pytest.raises(ValueError, match="input must hold integers where input_dim is above 16777216, got float32"):
        rounded(np.array([[1]], np.float32))
    assert rounded(np.array([[2.0**24 + 1]])).shape == (1, 1, 1)


@pytest.mark.parametrize(
    ("arguments", "error", "message"),
    [
        ((0, 4), ValueError, "input_dim must be"),
        ((20, 2.5), ValueError, "output_dim must be a positive integer, got 2.5"),
        ((20, 4, "normalish"), ValueError, "normalish"),
    ],
)
def test_bad_arguments(arguments, error, message):
    with pytest.raises(error, match=message):
        layers.Embedding(*arguments)
