"""compile: names of losses, metrics and optimizers, an optimizer and its model, what is wrong at once."""

import numpy as np
import pytest

from keras_models import dense_model, samples
from mushin import keras
from mushin.keras import layers


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


def test_how_keras_is_told_to_run_steps_changes_nothing():
    weights = []
    for options in ({}, {"steps_per_execution": 8, "jit_compile": True, "auto_scale_loss": False}):
        keras.utils.set_random_seed(1)
        model = dense_model()
        model.compile("sgd", "mse", **options)
        model.fit(samples(40), samples(40)[:, :3], batch_size=4, verbose=0)
        weights.append(model.get_weights())
    for a, b in zip(*weights, strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize(
    ("options", "error", "message"),
    [
        ({"steps_per_execution": 0}, ValueError, r"^\[compile\] steps_per_execution must be a positive integer, got 0"),
        ({"jit_compile": "yes"}, TypeError, r"^\[compile\] jit_compile must be True or False, got 'yes'"),
        ({"auto_scale_loss": None}, TypeError, r"^\[compile\] auto_scale_loss must be True or False, got None"),
    ],
)
def test_words_that_keras_has_not_either(options, error, message):
    with pytest.raises(error, match=message):
        dense_model().compile("sgd", "mse", **options)


@pytest.mark.parametrize("call", ["fit", "evaluate", "train_on_batch"])
def test_training_needs_compile(call):
    with pytest.raises(ValueError, match=r"^\[sequential\] call compile before training or evaluating"):
        getattr(dense_model(), call)(samples(), samples()[:, :3])


def test_predicting_needs_no_compile():
    model = dense_model()
    first = model.predict(samples(), verbose=0)
    model.compile("sgd", "mse")
    np.testing.assert_array_equal(model.predict(samples(), verbose=0), first)


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
