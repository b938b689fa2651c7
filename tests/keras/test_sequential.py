"""Sequential: layers that come and go, names, weights in Keras' layouts, summary, compile."""

import numpy as np
import pytest

from mushin import Tensor, keras, nn
from mushin.keras import layers


def dense_model(*, declared=True, **first):
    shape = {"input_shape": (4,)} if declared else {}
    return keras.Sequential([layers.Dense(5, activation="relu", **shape, **first), layers.Dense(3)])


def samples(n=6, features=4):
    return np.random.Generator(np.random.Philox(1)).standard_normal((n, features)).astype(np.float32)


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


def test_calling_a_model():
    model = keras.Sequential([layers.Dense(50, input_shape=(4,)), layers.Dropout(0.5)])
    x = samples()
    expected = model.predict(x, verbose=0)
    for given in (x, Tensor(x), x.astype(np.float64), x.tolist()):
        np.testing.assert_allclose(model(given).detach().numpy(), expected, rtol=1e-6)
    dropped = model(x, training=True).detach().numpy()
    assert 0.2 < (dropped == 0).mean() < 0.8
    np.testing.assert_array_equal(model(x).detach().numpy(), expected)


def test_calling_a_layer():
    layer = layers.Dense(3)
    x = samples()
    y = layer(x)
    kernel, bias = layer.get_weights()
    np.testing.assert_allclose(y.detach().numpy(), x @ kernel + bias, rtol=1e-5, atol=1e-6)
    with pytest.raises(ValueError, match=rf"^\[{layer.name}\] input must have shape \(4,\), got \(5,\)"):
        layer(np.ones((2, 5)))


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


# --- weights


def test_weights_are_copies_in_keras_layouts():
    model = dense_model()
    weights = model.get_weights()
    weights[0][:] = 7
    assert (model.get_weights()[0] != 7).all()
    assert all(w.dtype == np.float32 for w in weights)


def test_set_weights():
    model = dense_model()
    weights = [np.arange(w.size, dtype=np.float64).reshape(w.shape) for w in model.get_weights()]
    model.set_weights(weights)
    for got, expected in zip(model.get_weights(), weights, strict=True):
        np.testing.assert_array_equal(got, expected)
    hidden = np.maximum(samples() @ weights[0] + weights[1], 0)
    np.testing.assert_allclose(model.predict(samples(), verbose=0), hidden @ weights[2] + weights[3], rtol=1e-5)


def test_weights_that_do_not_fit_change_nothing():
    model = dense_model(name="first")
    before = model.get_weights()
    wrong = [np.zeros_like(w) for w in before]
    wrong[3] = np.zeros(4)
    with pytest.raises(ValueError, match=r"^\[sequential\] weights must have shapes .*\(3,\)\], got .*\(4,\)\]"):
        model.set_weights(wrong)
    with pytest.raises(ValueError, match=r"^\[sequential\] weights must have shapes"):
        model.set_weights(before[:3])
    with pytest.raises(
        ValueError, match=r"^\[first\] weights must have shapes \[\(4, 5\), \(5,\)\], got \[\(5, 4\), \(5,\)\]"
    ):
        model.layers[0].set_weights([before[0].T, before[1]])
    with pytest.raises(ValueError, match=r"has no weights before it knows its input's shape"):
        layers.Dense(2).set_weights(before[:2])
    flatten = layers.Flatten()
    flatten.build((None, 4))
    with pytest.raises(ValueError, match=r"weights must be an empty list, got 1 arrays"):
        flatten.set_weights(before[:1])
    for a, b in zip(before, model.get_weights()):
        np.testing.assert_array_equal(a, b)


def test_set_weights_reach_a_recorded_step():
    model = dense_model()
    model.compile("sgd", "mse")
    x, y = samples(40), samples(40)[:, :3]
    model.fit(x, y, batch_size=4, verbose=0)
    before = model.get_weights()
    first = model.predict(x, verbose=0)
    model.fit(x, y, batch_size=4, verbose=0)
    model.set_weights(before)
    np.testing.assert_array_equal(model.predict(x, verbose=0), first)


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


def test_summary_of_a_model_that_is_not_built(capsys):
    keras.Sequential([layers.Dense(2, name="a")]).summary()
    assert " a (Dense)      ?                    0\n" in capsys.readouterr().out


def test_printed_layers():
    layer = layers.Dense(2, name="a")
    assert repr(layer) == "<Dense name=a, built=False>"
    layer.build((None, 3))
    assert repr(layer) == "<Dense name=a, built=True>"


# --- compile


def test_names_of_the_metrics():
    model = dense_model()
    model.compile("sgd", "categorical_crossentropy", metrics=["accuracy", "mse"])
    assert model.metrics_names == ["loss", "accuracy", "mse"]
    model.compile("sgd", "categorical_crossentropy", metrics=["acc"])
    assert model.metrics_names == ["loss", "acc"]
    model.compile("sgd", "mse", metrics=[keras.metrics.MeanSquaredError()])
    assert model.metrics_names == ["loss", "mean_squared_error"]
    uncompiled = dense_model()
    uncompiled.predict(samples(), verbose=0)
    with pytest.raises(ValueError, match=r"^\[sequential\] call compile before training or evaluating"):
        _ = uncompiled.metrics_names


@pytest.mark.parametrize(("name", "kind"), [("sgd", "SGD"), ("Adam", "Adam"), ("adamw", "AdamW")])
def test_optimizers_by_name(name, kind):
    model = dense_model()
    model.compile(name, "mse")
    assert type(model.optimizer).__name__ == kind


def test_an_optimizer_of_one_s_own():
    model = dense_model()
    optimizer = keras.optimizers.SGD(learning_rate=0.0)
    model.compile(optimizer, keras.losses.MeanSquaredError())
    assert model.optimizer is optimizer
    before = model.get_weights()
    model.fit(samples(), samples()[:, :3], verbose=0)
    for a, b in zip(before, model.get_weights()):
        np.testing.assert_array_equal(a, b)
    optimizer.learning_rate = 0.1
    model.fit(samples(), samples()[:, :3], verbose=0)
    assert (before[0] != model.get_weights()[0]).any()


def test_an_optimizer_belongs_to_one_model():
    optimizer = keras.optimizers.Adam()
    first, second = dense_model(), dense_model()
    for model in (first, second):
        model.compile(optimizer, "mse")
    first.fit(samples(), samples()[:, :3], verbose=0)
    with pytest.raises(ValueError, match=r"^\[adam\] the optimizer updates another model's parameters"):
        second.fit(samples(), samples()[:, :3], verbose=0)
    assert second.evaluate(samples(), samples()[:, :3], verbose=0) > 0
    first.compile(optimizer, "mse")
    first.fit(samples(), samples()[:, :3], verbose=0)


def test_a_model_without_parameters_is_evaluated_but_not_trained():
    model = keras.Sequential([layers.Flatten(input_shape=(2, 2))])
    model.compile("sgd", "mse")
    x, y = np.ones((3, 2, 2)), np.zeros((3, 4))
    assert model.evaluate(x, y, verbose=0) == 1.0
    with pytest.raises(ValueError, match=r"^\[sgd\] parameters must hold at least one parameter, got none"):
        model.fit(x, y, verbose=0)


@pytest.mark.parametrize("optimizer", ["SGD", "Adam"])
@pytest.mark.parametrize("run_eagerly", [False, True])
def test_an_optimizer_that_is_compiled_again_goes_on(optimizer, run_eagerly):
    """In two halves with another compile between them, training gives the same weights as in one."""
    options = {"SGD": {"learning_rate": 0.01, "momentum": 0.9}, "Adam": {"learning_rate": 0.01}}[optimizer]
    weights = []
    for compiled_again in (False, True):
        keras.utils.set_random_seed(1)
        model = dense_model()
        model.compile(getattr(keras.optimizers, optimizer)(**options), "mse", run_eagerly=run_eagerly)
        model.fit(samples(40), samples(40)[:, :3], batch_size=4, shuffle=False, verbose=0)
        if compiled_again:
            model.compile(model.optimizer, "mse", metrics=["mse"], run_eagerly=run_eagerly)
        model.fit(samples(40), samples(40)[:, :3], batch_size=4, shuffle=False, verbose=0)
        assert model.optimizer.iterations == 20
        weights.append(model.get_weights())
    for a, b in zip(*weights, strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"loss": None}, r"^\[compile\] loss must be given"),
        ({"loss": "entropy"}, r"^\[compile\] loss must be a Loss, a function or one of .*sparse_.*, got 'entropy'"),
        ({"loss": "sparse_crossentropy"}, r"got 'sparse_crossentropy'; did you mean '.*_crossentropy'\?$"),
        ({"loss": 3}, r"^\[compile\] loss must be a Loss, a function or one of"),
        (
            {"loss": "mse", "optimizer": "lbfgs"},
            r"^\[compile\] optimizer must be .* sgd, rmsprop, .*, got 'lbfgs'",
        ),
        ({"loss": "mse", "optimizer": None}, r"^\[compile\] optimizer must be .*, got None"),
        ({"loss": "mse", "metrics": ["f1"]}, r"^\[compile\] metrics must be of accuracy, .*, got 'f1'"),
        ({"loss": "mse", "metrics": ["acuracy"]}, r"got 'acuracy'; did you mean 'accuracy'\?$"),
        ({"loss": "mse", "metrics": "accuracy"}, r"^\[compile\] metrics must be a list, got 'accuracy'"),
        ({"loss": "mse", "metrics": ["mse", "mse"]}, r"^\[compile\] metrics must have names of .*, got loss, mse, mse"),
        (
            {"loss": "mse", "metrics": [keras.metrics.MeanSquaredError("loss")]},
            r"^\[compile\] metrics must have names of their own, got loss, loss",
        ),
        (
            {"loss": "sparse_categorical_crossentropy", "metrics": ["mse"]},
            r"^\[compile\] metric mse needs numbers, but the loss takes class ids",
        ),
    ],
)
def test_wrong_names(arguments, message):
    with pytest.raises(ValueError, match=message):
        dense_model().compile(**arguments)


@pytest.mark.parametrize("call", ["fit", "evaluate", "train_on_batch"])
def test_training_needs_compile(call):
    with pytest.raises(ValueError, match=r"^\[sequential\] call compile before training or evaluating"):
        getattr(dense_model(), call)(samples(), samples()[:, :3])


def test_predicting_needs_no_compile():
    model = dense_model()
    first = model.predict(samples(), verbose=0)
    model.compile("sgd", "mse")
    np.testing.assert_array_equal(model.predict(samples(), verbose=0), first)


# --- errors


@pytest.mark.parametrize(
    "call",
    [
        lambda model: keras.optimizers.SGD(0.1, 0.0, False, None, None, None, None, True),
        lambda model: keras.optimizers.AdamW(0.1, 0.0, 0.9, 0.99, 1e-7, False, None, None, None, True),
    ],
)
def test_arguments_that_keras_has_and_this_library_has_not_are_not_taken_for_others(call):
    """By position, Keras takes batch_size and use_ema here."""
    model = dense_model()
    model.compile("sgd", "mse")
    with pytest.raises(TypeError, match="positional"):
        call(model)


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
