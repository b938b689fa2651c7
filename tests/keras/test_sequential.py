"""Sequential: layers that come and go, calls, names, summary."""

import numpy as np
import pytest

from keras_models import dense_model, samples
from mushin import Tensor, keras, nn
from mushin.keras import layers

# --- building


def test_a_declared_input_builds_at_once():
    model = dense_model()
    assert model.built
    assert (model.input_shape, model.output_shape) == ((None, 4), (None, 3))
    assert [w.shape for w in model.get_weights()] == [(4, 5), (5,), (5, 3), (3,)]


@pytest.mark.parametrize(
    "build",
    [
        lambda model: model.build((None, 4)),
        lambda model: model.build([7, 4]),
        lambda model: model.predict(samples(), verbose=0),
        lambda model: model(samples()),
        lambda model: model.fit(samples(), samples()[:, :3], verbose=0),
    ],
)
def test_without_one_it_is_built_with_its_first_data(build):
    model = dense_model(declared=False)
    model.compile("sgd", "mse")
    assert not model.built
    assert model.get_weights() == []
    assert (model.input_shape, model.output_shape, model.count_params()) == (None, None, 0)
    build(model)
    assert model.built
    assert (model.input_shape, model.output_shape, model.count_params()) == ((None, 4), (None, 3), 43)


def test_the_body_of_a_model_that_is_not_built():
    with pytest.raises(ValueError, match=r"^\[sequential\] the model does not know its input's shape yet"):
        _ = dense_model(declared=False).body


@pytest.mark.parametrize("make", [keras.Input, layers.Input])
def test_an_input_layer_says_the_shape(make):
    model = keras.Sequential([make(shape=(4,)), layers.Dense(3)])
    assert model.built
    assert model.predict(samples(), verbose=0).shape == (6, 3)
    assert [type(layer) for layer in model.layers] == [layers.Dense]
    model.pop()
    assert (model.layers, model.output_shape) == ([], (None, 4))


@pytest.mark.parametrize("shape", [4, (), None])
def test_a_model_is_built_for_batches(shape):
    with pytest.raises(ValueError, match=r"^\[sequential\] input_shape must be a tuple \(batch, ...\), got "):
        dense_model(declared=False).build(shape)


def test_a_layer_that_is_added_to_a_built_model_is_built_at_once():
    model = dense_model(declared=False)
    model.build((None, 4))
    model.add(layers.Dense(2))
    assert model.output_shape == (None, 2)
    assert len(model.get_weights()) == 6


def test_add_and_pop():
    model = keras.Sequential()
    model.add(layers.Dense(5, activation="relu", input_shape=(4,)))
    first = model.get_weights()
    model.add(layers.Dense(3))
    assert model.output_shape == (None, 3)
    last = model.pop()
    assert isinstance(last, layers.Dense)
    assert model.output_shape == (None, 5)
    assert model.predict(samples(), verbose=0).shape == (6, 5)
    model.add(layers.Dense(2))
    for before, after in zip(first, model.get_weights()):
        np.testing.assert_array_equal(before, after)
    assert model.predict(samples(), verbose=0).shape == (6, 2)
    with pytest.raises(ValueError, match=r"^\[sequential\] there is no layer to take off"):
        keras.Sequential().pop()


def test_training_goes_on_after_layers_have_come_and_gone():
    """The first two layers, and what the optimizer knows of them, stay."""
    model = dense_model()
    model.compile("adam", "mse")
    y = samples()[:, :3]
    model.fit(samples(), y, epochs=3, verbose=0)
    model.add(layers.Dense(2))
    before = model.get_weights()
    model.fit(samples(), samples()[:, :2], verbose=0)
    assert all((a != b).any() for a, b in zip(before, model.get_weights(), strict=True))
    model.pop()
    model.fit(samples(), y, verbose=0)
    states = model.optimizer.body.state_dict()["state"]
    assert [states[i]["step"] for i in range(6)] == [5, 5, 5, 5, 1, 1]


def test_layers_of_all_kinds():
    model = keras.Sequential(
        [
            layers.Flatten(input_shape=(2, 2)),
            layers.Dense(5),
            layers.Activation("tanh"),
            layers.Dropout(0.5),
            layers.Dense(3, activation="sigmoid", use_bias=False),
            layers.Activation("linear"),
        ],
        name="all",
    )
    kernel, bias, last = model.get_weights()
    x = samples().reshape(6, 2, 2)
    hidden = np.tanh(x.reshape(6, 4) @ kernel + bias)
    np.testing.assert_allclose(model.predict(x, verbose=0), 1 / (1 + np.exp(-hidden @ last)), rtol=1e-5)


def test_calling_a_model():
    model = keras.Sequential([layers.Dense(50, input_shape=(4,)), layers.Dropout(0.5)])
    x = samples()
    expected = model.predict(x, verbose=0)
    for given in (x, Tensor(x), x.astype(np.float64), x.tolist()):
        np.testing.assert_allclose(model(given).detach().numpy(), expected, rtol=1e-6)
    dropped = model(x, training=True).detach().numpy()
    assert 0.2 < (dropped == 0).mean() < 0.8
    np.testing.assert_array_equal(model(x).detach().numpy(), expected)


# --- names


def test_names_are_numbered_by_kind():
    first, second, third = layers.Dense(2), layers.Dense(2), layers.Dropout(0.1)
    number = int([*first.name.split("_"), "0"][1])
    assert first.name.startswith("dense")
    assert second.name == f"dense_{number + 1}"
    assert third.name.startswith("dropout")


def test_names_can_be_given():
    model = keras.Sequential([layers.Dense(2, name="first"), layers.Dense(2, name="last")], name="mine")
    assert model.name == "mine"
    assert [layer.name for layer in model.layers] == ["first", "last"]


# --- summary


def test_summary(capsys):
    model = keras.Sequential(
        [
            layers.Dense(1200, name="first", input_shape=(4,)),
            layers.Dropout(0.1, name="drop"),
            layers.Dense(3, name="z"),
        ],
        name="net",
    )
    model.summary()
    assert capsys.readouterr().out.splitlines() == [
        'Model: "net"',
        " Layer (type)     Output Shape   Param #",
        " ---------------------------------------",
        " first (Dense)    (None, 1200)     6,000",
        " drop (Dropout)   (None, 1200)         0",
        " z (Dense)        (None, 3)        3,603",
        " Total params: 9,603",
        " Trainable params: 9,603",
        " Non-trainable params: 0",
    ]


def test_a_summary_goes_where_one_says(capsys):
    texts = []
    dense_model().summary(print_fn=texts.append)
    assert capsys.readouterr().out == ""
    dense_model().summary(print_fn=None)
    assert [len(text.splitlines()) for text in texts] == [len(capsys.readouterr().out.splitlines())] == [8]


def test_summary_of_a_model_that_is_not_built(capsys):
    keras.Sequential([layers.Dense(2, name="a")]).summary()
    assert " a (Dense)      ?                    0\n" in capsys.readouterr().out


# --- errors


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda: layers.Dense(0, name="a"), ValueError, r"^\[a\] units must be a positive integer, got 0"),
        (lambda: layers.Dense(2.5, name="a"), ValueError, r"^\[a\] units must be a positive integer, got 2.5"),
        (lambda: layers.Dense(2, activation="rel", name="a"), ValueError, r"^\[a\] activation must be one of .*'rel'"),
        (lambda: layers.Activation("rel", name="a"), ValueError, r"^\[a\] activation must be one of .*, got 'rel'"),
        (lambda: layers.Dense(2, kernel=3), TypeError, r"^\[Dense\] unknown argument 'kernel'; there are units, act"),
        (lambda: layers.Dropout(1.5, name="a"), ValueError, r"^\[a\] rate must be in \[0, 1\], got 1.5"),
        (lambda: layers.Dense(2, input_shape=(0,), name="a"), ValueError, r"^\[a\] input_shape must hold positive"),
        (
            lambda: layers.Dense(2, input_shape=(-1, 4), name="a"),
            ValueError,
            r"^\[a\] input_shape must hold positive",
        ),
        (lambda: keras.Sequential([nn.Linear(2, 2)]), TypeError, r"layers must be mushin.keras layers, got Linear"),
        (lambda: keras.Sequential([layers.Dense(2, name="a")] * 2), ValueError, "layer a is in the model already"),
        (
            lambda: keras.Sequential([layers.Dense(2, name="a"), layers.Flatten(name="a")]),
            ValueError,
            "two layers are named a",
        ),
        (lambda: keras.Sequential().build((None, 3)), ValueError, r"^\[sequential\] a model needs at least one layer"),
        (lambda: keras.Sequential().predict(np.ones((2, 3))), ValueError, "a model needs at least one layer"),
        (
            lambda: keras.Sequential([layers.Dense(2, input_shape=(4,)), layers.Dense(3, input_shape=(5,), name="a")]),
            ValueError,
            r"^\[a\] input must have shape \(5,\), got \(2,\)",
        ),
    ],
)
def test_wrong_layers(make, error, message):
    with pytest.raises(error, match=message):
        make()


@pytest.mark.parametrize("form", ["sequential", "graph"])
def test_a_model_inside(form):
    """Is a layer like any other: trained, counted and saved in its place."""
    x = keras.Input((4,))
    hidden = [layers.Dense(5, activation="tanh"), layers.Dense(3)]
    inner = keras.Sequential([x, *hidden]) if form == "sequential" else keras.Model(x, hidden[1](hidden[0](x)))
    model = keras.Sequential([keras.Input((4,)), inner, layers.Dense(2, activation="softmax")])
    model.compile(keras.optimizers.SGD(0.1), "sparse_categorical_crossentropy")
    before = model.get_weights()
    assert [w.shape for w in before] == [(4, 5), (5,), (5, 3), (3,), (3, 2), (2,)]
    model.fit(samples(), np.arange(len(samples())) % 2, epochs=3, verbose=0)
    assert all(np.abs(a - b).max() > 0 for a, b in zip(before, model.get_weights()))
    a, b, c, d, e, f = model.get_weights()
    logits = (np.tanh(samples() @ a + b) @ c + d) @ e + f
    shares = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    np.testing.assert_allclose(model.predict(samples(), verbose=0), shares, rtol=1e-5)
