"""fit, evaluate, predict and train_on_batch: what is trained on, in which order, what is returned and printed."""

import gc
import re
import weakref

import numpy as np
import pytest

import mushin
from keras_models import same_weights
from mushin import Tensor, keras, nn
from mushin.keras import layers
from mushin.train import progress

RATE = 0.1


def data(n=23, features=4, classes=3):
    rng = np.random.Generator(np.random.Philox(7))
    return rng.standard_normal((n, features)).astype(np.float32), rng.integers(0, classes, n)


def classifier(seed=0, dropout=0.0, optimizer="sgd", **options):
    keras.utils.set_random_seed(seed)
    model = keras.Sequential(
        [
            layers.Dense(6, activation="tanh", input_shape=(4,)),
            layers.Dropout(dropout),
            layers.Dense(3, activation="softmax"),
        ]
    )
    if optimizer == "sgd":
        optimizer = keras.optimizers.SGD(learning_rate=RATE)
    model.compile(optimizer, "sparse_categorical_crossentropy", metrics=["accuracy"], **options)
    return model


def linear(features=4, outputs=2, **compiled):
    model = keras.Sequential([layers.Dense(outputs, input_shape=(features,))])
    model.compile(**{"optimizer": keras.optimizers.SGD(learning_rate=RATE), "loss": "mse", **compiled})
    return model


def least_squares_steps(weights, batches):
    """The weights after steps of plain gradient descent on mean squared errors, and the errors, in NumPy."""
    kernel, bias = (w.astype(np.float64) for w in weights)
    errors = []
    for x, y in batches:
        difference = x @ kernel + bias - y
        errors.append((difference**2).mean())
        kernel = kernel - RATE * 2 * x.T @ difference / difference.size
        bias = bias - RATE * 2 * difference.sum(0) / difference.size
    return [kernel, bias], errors


def regression(n=10):
    x, _ = data(n)
    return x, np.stack([x.sum(1), x[:, 0] * 2], axis=1)


def assert_weights(model, expected):
    for got, w in zip(model.get_weights(), expected, strict=True):
        np.testing.assert_allclose(got, w, rtol=1e-5, atol=1e-6)


# --- values


def test_without_shuffling_batches_come_in_order():
    x, y = regression()
    model = linear()
    order = [(x[i : i + 4], y[i : i + 4]) for i in (0, 4, 8)] * 2
    expected, errors = least_squares_steps(model.get_weights(), order)
    history = model.fit(x, y, batch_size=4, epochs=2, shuffle=False, verbose=0)
    assert_weights(model, expected)
    sizes = np.array([4, 4, 2])
    epochs = [(np.array(errors[i : i + 3]) * sizes).sum() / 10 for i in (0, 3)]
    np.testing.assert_allclose(history.history["loss"], epochs, rtol=1e-5)


def test_shuffling_takes_every_sample_once_an_epoch():
    """With rate 0 the loss of an epoch is that of all samples, whatever their order."""
    x, y = regression(23)
    model = linear(optimizer=keras.optimizers.SGD(learning_rate=0.0), metrics=["mse"])
    history = model.fit(x, y, batch_size=5, epochs=3, verbose=0).history
    _, (error,) = least_squares_steps(model.get_weights(), [(x, y)])
    np.testing.assert_allclose(history["loss"], [error] * 3, rtol=1e-5)
    np.testing.assert_allclose(history["mse"], [error] * 3, rtol=1e-5)


def test_every_epoch_has_its_own_order():
    """Each sample's target is its own: the order can be seen in the weights."""
    x, y = regression(23)
    weights = []
    for epochs in (1, 2):
        keras.utils.set_random_seed(1)
        model = linear()
        before = model.get_weights()
        model.fit(x, y, batch_size=1, epochs=epochs, verbose=0)
        weights.append(model.get_weights())
    keras.utils.set_random_seed(1)
    model = linear()
    model.set_weights(before)
    in_order, _ = least_squares_steps(before, [(x[i : i + 1], y[i : i + 1]) for i in range(23)])
    assert abs(weights[0][0] - in_order[0]).max() > 1e-4
    again = linear()
    again.set_weights(weights[0])
    keras.utils.set_random_seed(1)
    again.fit(x, y, batch_size=1, verbose=0)
    assert abs(weights[1][0] - again.get_weights()[0]).max() > 1e-4


def test_the_same_seed_gives_the_same_bits():
    def trained(seed):
        model = classifier(seed, dropout=0.4, optimizer="adam")
        history = model.fit(*data(), batch_size=5, epochs=3, verbose=0, validation_split=0.2)
        return model.get_weights(), history.history

    (first, logs), (second, same_logs), (third, _) = trained(1), trained(1), trained(2)
    assert logs == same_logs
    assert all(np.array_equal(a, b) for a, b in zip(first, second))
    assert not np.array_equal(first[0], third[0])


@pytest.mark.parametrize("optimizer", ["sgd", "adam", "adamw"])
def test_running_eagerly_gives_the_same_bits(optimizer):
    histories, models = [], []
    for run_eagerly in (False, True):
        model = classifier(1, dropout=0.4, optimizer=optimizer, run_eagerly=run_eagerly)
        histories.append(model.fit(*data(60), batch_size=8, epochs=4, verbose=0, validation_split=0.3).history)
        models.append(model)
    assert histories[0] == histories[1]
    assert same_weights(*models)
    assert models[0].train_function.replayed > 10
    assert models[0].evaluate(*data(), verbose=0) == models[1].evaluate(*data(), verbose=0)
    np.testing.assert_array_equal(models[0].predict(data()[0], verbose=0), models[1].predict(data()[0], verbose=0))


def test_train_function_is_the_recorded_step_of_fit():
    model = classifier(1)
    assert model.train_function is None
    model.fit(*data(48), batch_size=8, epochs=4, verbose=0)
    assert model.train_function.replayed + model.train_function.eager == 24
    assert model.train_function.summary().startswith(f"1 plan, {model.train_function.replayed} of 24 calls replayed")
    model.compile("sgd", "sparse_categorical_crossentropy")
    assert model.train_function is None


def test_threads_do_not_change_the_bits(threads):
    models = []
    for count in (1, 2, 3):
        threads(count)
        models.append(classifier(1, dropout=0.4, optimizer="adam"))
        models[-1].fit(*data(60), batch_size=8, epochs=3, verbose=0)
    assert same_weights(models[0], models[1])
    assert same_weights(models[0], models[2])


def test_a_second_fit_continues():
    x, y = data()
    once, twice = classifier(1, optimizer="adam"), classifier(1, optimizer="adam")
    long = once.fit(x, y, batch_size=5, epochs=4, shuffle=False, verbose=0)
    first = twice.fit(x, y, batch_size=5, epochs=2, shuffle=False, verbose=0)
    second = twice.fit(x, y, batch_size=5, epochs=4, initial_epoch=2, shuffle=False, verbose=0)
    assert same_weights(once, twice)
    assert long.history["loss"] == first.history["loss"] + second.history["loss"]
    assert (first.epoch, second.epoch) == ([0, 1], [2, 3])


def test_history():
    model = classifier()
    history = model.fit(*data(), batch_size=5, epochs=3, initial_epoch=1, verbose=0, validation_data=data(7))
    assert history is model.history
    assert history.epoch == [1, 2]
    assert set(history.history) == {"loss", "accuracy", "val_loss", "val_accuracy"}
    assert all(len(values) == 2 for values in history.history.values())
    assert all(type(value) is float for values in history.history.values() for value in values)


def test_no_epochs():
    model = classifier()
    before = model.get_weights()
    history = model.fit(*data(), epochs=0, verbose=0)
    assert (history.epoch, history.history) == ([], {})
    assert all(np.array_equal(a, b) for a, b in zip(before, model.get_weights()))


def test_the_loss_falls():
    x, _ = data(200)
    y = (x[:, 0] > 0) + (x[:, 1] > 0) * 1
    history = classifier(optimizer=keras.optimizers.Adam(0.05)).fit(x, y, epochs=15, verbose=0).history
    assert history["loss"][-1] < 0.5 * history["loss"][0]
    assert history["accuracy"][-1] > 0.85


# --- validation


def test_the_validation_split_is_the_last_part_before_shuffling():
    x, y = data(20)
    split = classifier(1)
    first = split.fit(x, y, batch_size=5, epochs=3, validation_split=0.3, verbose=0)
    apart = classifier(1)
    second = apart.fit(x[:14], y[:14], batch_size=5, epochs=3, validation_data=(x[14:], y[14:]), verbose=0)
    assert first.history == second.history
    assert same_weights(split, apart)


def test_validation_data_are_scored_after_each_epoch():
    model = classifier(1)
    history = model.fit(*data(), batch_size=5, epochs=2, validation_data=data(9), verbose=0).history
    loss, accuracy = model.evaluate(*data(9), verbose=0)
    assert history["val_loss"][-1] == pytest.approx(loss, rel=1e-6)
    assert history["val_accuracy"][-1] == pytest.approx(accuracy)
    assert history["val_loss"][0] != history["val_loss"][1]


def test_validation_does_not_train():
    models = []
    for more in ({}, {"validation_data": data(9), "validation_batch_size": 2}):
        models.append(classifier(1, dropout=0.3))
        models[-1].fit(*data(), batch_size=5, epochs=3, verbose=0, **more)
    assert same_weights(*models)
    evaluations = models[1]._trainer.evaluate_step
    assert evaluations.eager + evaluations.replayed == 3 * 5


@pytest.mark.parametrize(
    ("more", "message"),
    [
        ({"validation_split": 1.0}, r"^\[fit\] validation_split must be in \[0, 1\), got 1.0"),
        ({"validation_split": -0.1}, r"^\[fit\] validation_split must be in \[0, 1\), got -0.1"),
        ({"validation_split": float("nan")}, r"^\[fit\] validation_split must be in \[0, 1\), got nan"),
        ({"validation_split": 0.99}, r"^\[fit\] validation_split 0.99 leaves no samples on one side of 23"),
        ({"validation_data": data()[0]}, r"^\[fit\] validation_data must be \(x, y\), .* got ndarray"),
        ({"validation_data": (data()[0], data()[1] + 1)}, r"^\[fit\] y must be in \[0, 3\), got 3 at position"),
        ({"validation_data": data(), "validation_batch_size": 0}, r"^\[fit\] batch_size must be a positive integer"),
        ({"batch_size": 0}, r"^\[fit\] batch_size must be a positive integer, got 0"),
        ({"batch_size": 2.0}, r"^\[fit\] batch_size must be a positive integer, got 2.0"),
        ({"epochs": 1.5}, r"^\[fit\] epochs must be an integer from 0 on, got 1.5"),
        ({"epochs": -1}, r"^\[fit\] epochs must be an integer from 0 on, got -1"),
        ({"initial_epoch": -1}, r"^\[fit\] initial_epoch must be an integer from 0 on, got -1"),
        ({"verbose": 3}, r"^\[fit\] verbose must be 0, 1, 2 or 'auto', got 3"),
    ],
)
def test_wrong_arguments_change_nothing(more, message):
    model = classifier()
    before = model.get_weights()
    with pytest.raises(ValueError, match=message):
        model.fit(*data(), **{"verbose": 0, **more})
    assert all(np.array_equal(a, b) for a, b in zip(before, model.get_weights()))


# --- evaluate, predict, train_on_batch


@pytest.mark.parametrize("batch_size", [None, 1, 5, 23, 100])
def test_evaluate(batch_size):
    x, y = data()
    model = classifier(1)
    p = model.predict(x, verbose=0).astype(np.float64)
    expected = [-np.log(p[np.arange(23), y]).mean(), (p.argmax(1) == y).mean()]
    np.testing.assert_allclose(model.evaluate(x, y, batch_size=batch_size, verbose=0), expected, rtol=1e-5)
    scores = model.evaluate(x, y, batch_size=batch_size, verbose=0, return_dict=True)
    assert set(scores) == {"loss", "accuracy"}
    np.testing.assert_allclose([scores["loss"], scores["accuracy"]], expected, rtol=1e-5)


def test_evaluate_without_metrics_is_a_number():
    x, y = regression()
    model = linear()
    score = model.evaluate(x, y, verbose=0)
    assert type(score) is float
    _, (error,) = least_squares_steps(model.get_weights(), [(x, y)])
    assert score == pytest.approx(error, rel=1e-5)


def test_neither_evaluate_nor_predict_trains_or_drops():
    x, y = data()
    model = classifier(1, dropout=0.5)
    before = model.get_weights()
    generator = mushin.ops.random.generator.copy()
    first, scores = model.predict(x, verbose=0), model.evaluate(x, y, verbose=0)
    np.testing.assert_array_equal(model.predict(x, verbose=0), first)
    assert model.evaluate(x, y, verbose=0) == scores
    assert all(np.array_equal(a, b) for a, b in zip(before, model.get_weights()))
    np.testing.assert_array_equal(mushin.ops.random.generator, generator)


@pytest.mark.parametrize("batch_size", [None, 1, 7, 100])
def test_predict(batch_size):
    x, _ = data()
    model = classifier(1)
    expected = model(x).detach().numpy()
    got = model.predict(x, batch_size=batch_size, verbose=0)
    assert got.dtype == np.float32
    assert got.shape == (23, 3)
    np.testing.assert_allclose(got, expected, rtol=1e-5)
    np.testing.assert_allclose(got.sum(1), 1, rtol=1e-5)


def test_predictions_are_not_overwritten():
    x, _ = data()
    model = classifier(1)
    kept = [model.predict(x * i, batch_size=23, verbose=0) for i in range(6)]
    for i, predicted in enumerate(kept):
        np.testing.assert_allclose(predicted, model(x * i).detach().numpy(), rtol=1e-5)


def test_train_on_batch():
    x, y = regression()
    model = linear()
    expected, errors = least_squares_steps(model.get_weights(), [(x, y)] * 6)
    losses = [model.train_on_batch(x, y) for _ in range(6)]
    np.testing.assert_allclose(losses, errors, rtol=1e-5)
    assert_weights(model, expected)
    model.compile("sgd", "mse", metrics=["mse"])
    loss, error = model.train_on_batch(x, y)
    assert loss == pytest.approx(error)
    assert set(model.train_on_batch(x, y, return_dict=True)) == {"loss", "mse"}


def test_a_mode_that_somebody_set_comes_back():
    model = classifier(dropout=0.5)
    model.body.eval()
    model.fit(*data(), verbose=0)
    assert not any(module.training for module in model.body.modules())
    model.body.train()
    model.predict(data()[0], verbose=0)
    assert all(module.training for module in model.body.modules())


def test_the_article_s_network_is_the_same_in_both_faces():
    """A Keras model's body is an nn model: its output is the same, and so is its layout but for the transpose."""
    model = classifier(1)
    kernel, bias = model.get_weights()[:2]
    first = model.body[0]
    assert isinstance(first, nn.Linear)
    np.testing.assert_array_equal(first.weight.detach().numpy(), kernel.T)
    np.testing.assert_array_equal(first.bias.detach().numpy(), bias)
    x = data()[0]
    body = model.body.eval()(Tensor(x)).detach().numpy()
    np.testing.assert_allclose(model.predict(x, verbose=0), body, rtol=1e-6)


# --- what is printed

PASS = r"{steps}/{steps} - \d+s - \d+(ms|us)/step{logs}"
LOGS = r" - accuracy: \d\.\d{4} - loss: \d\.\d{4}"


def lines(capsys):
    """What was printed; of a line that was drawn several times, how it ended."""
    return [line.rpartition("\r")[2].rstrip() for line in capsys.readouterr().out.rstrip("\n").split("\n")]


def test_silence(capsys):
    model = classifier()
    model.fit(*data(), verbose=0, epochs=2, validation_split=0.2)
    model.evaluate(*data(), verbose=0)
    model.predict(data()[0], verbose=0)
    captured = capsys.readouterr()
    assert captured.out + captured.err == ""


def test_one_line_an_epoch(capsys):
    classifier().fit(*data(), batch_size=6, verbose=2, epochs=2, validation_split=0.2)
    printed = lines(capsys)
    assert [printed[0], printed[2]] == ["Epoch 1/2", "Epoch 2/2"]
    validation = r" - val_accuracy: \d\.\d{4} - val_loss: \d\.\d{4}"
    for line in (printed[1], printed[3]):
        assert re.fullmatch(PASS.format(steps=3, logs=LOGS + validation), line), line
    assert len(printed) == 4


@pytest.mark.parametrize("more", [{}, {"verbose": "auto"}, {"verbose": 1}, {"verbose": True}])
def test_a_line_that_moves(capsys, more):
    classifier().fit(*data(), batch_size=6, epochs=4, initial_epoch=2, **more)
    printed = lines(capsys)
    assert [printed[0], printed[2]] == ["Epoch 3/4", "Epoch 4/4"]
    for line in (printed[1], printed[3]):
        assert re.fullmatch(PASS.format(steps=4, logs=LOGS), line), line
    assert len(printed) == 4


@pytest.mark.parametrize(("seconds", "drawn"), [(0.0, ["1", "2", "3", "4"]), (60.0, [])])
def test_the_line_moves_when_it_is_time(capsys, monkeypatch, seconds, drawn):
    monkeypatch.setattr(progress, "SECONDS_BETWEEN_DRAWINGS", seconds)
    classifier().fit(*data(), batch_size=6, verbose=1)
    assert re.findall(r"\r(\d)/4 \S+\s+00:00<00:00" + LOGS, capsys.readouterr().out) == drawn


def test_evaluate_and_predict_print_a_line(capsys):
    model = classifier()
    model.evaluate(*data(), batch_size=6, verbose=2)
    model.predict(data()[0], batch_size=6, verbose=2)
    model.evaluate(*data(), batch_size=6)
    model.predict(data()[0], batch_size=6)
    printed = lines(capsys)
    for line, logs in zip(printed, (LOGS, "", LOGS, ""), strict=True):
        assert re.fullmatch(PASS.format(steps=4, logs=logs), line), line


@pytest.mark.parametrize(
    ("loss", "error", "words"),
    [
        (lambda y_true, y_pred: 3.0, ValueError, "must be computed from y_pred"),
        (lambda y_true, y_pred: (y_pred - y_true).detach(), ValueError, "must be computed from y_pred"),
        (lambda y_true, y_pred: 1.0 * (y_pred > y_true), ValueError, "must be computed from y_pred"),
        (lambda y_true, y_pred: None, TypeError, "must return float32 or float64 numbers, got object"),
        (lambda y_true, y_pred: 3, TypeError, "must return float32 or float64 numbers, got int64"),
    ],
)
def test_a_loss_that_teaches_nothing_is_named(loss, error, words):
    loss.__name__ = "mine"
    x, y = regression()
    with pytest.raises(error, match=f"loss mine {words}"):
        linear(loss=loss).fit(x, y, verbose=0)
    inputs = keras.Input((4,))
    both = keras.Model(inputs, [layers.Dense(2)(inputs), layers.Dense(2)(inputs)])
    both.compile("sgd", ["mse", loss])  # the sum of both does depend on an output
    with pytest.raises(error, match=f"loss mine {words}"):
        both.fit(x, [y, y], verbose=0)


def test_an_output_that_is_frozen_may_have_a_loss():
    x, y = regression()
    inputs = keras.Input((4,))
    frozen = layers.Dense(2, trainable=False)
    both = keras.Model(inputs, [layers.Dense(2)(inputs), frozen(inputs)])
    both.compile("sgd", "mse")
    before = [w.copy() for w in frozen.get_weights()]
    both.fit(x, [y, y], verbose=0)
    for now, then in zip(frozen.get_weights(), before):
        np.testing.assert_array_equal(now, then)


def test_a_model_that_is_dropped_lets_its_training_go_at_once():
    x, y = regression()
    gc.collect()
    gc.disable()
    try:
        model = linear(optimizer="adam")
        model.fit(x, y, verbose=0)
        parts = [weakref.ref(each) for each in (model, model.train_function, model.optimizer, model._trainer)]
        assert model.history.model is model
        history = model.history
        del model
        assert [part() for part in parts] == [None] * 4
        assert history.model is None
        assert len(history.history["loss"]) == 1
    finally:
        gc.enable()
