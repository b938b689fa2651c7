"""Metrics and losses by name, what "accuracy" stands for, and the order in which scores come."""

import numpy as np
import pytest

import mushin
from mushin import Tensor, keras
from mushin.keras import layers

SAMPLES, CLASSES = 12, 3
IDS = np.arange(SAMPLES) % CLASSES
ROWS = np.eye(CLASSES, dtype=np.float32)[IDS]
ONES = IDS % 2


def samples():
    return np.random.Generator(np.random.Philox(3)).standard_normal((SAMPLES, 4)).astype(np.float32)


def network(units=CLASSES, activation="softmax", **compiled):
    keras.utils.set_random_seed(1)
    model = keras.Sequential([layers.Dense(units, activation=activation, input_shape=(4,))])
    model.compile("sgd", **compiled)
    return model


def scored(model, y):
    return model.evaluate(samples(), y, batch_size=5, verbose=0, return_dict=True)


def test_a_function_without_a_name_is_lambda_in_the_logs():
    model = network(loss="mse", metrics=[lambda y, p: mushin.mean(p - y, -1)])
    assert set(scored(model, ROWS)) == {"loss", "lambda"}


# --- of classes and numbers


@pytest.mark.parametrize(
    ("loss", "y", "names"),
    [
        (
            "sparse_categorical_crossentropy",
            IDS,
            ["accuracy", "acc", "Accuracy", "ACC", "sparse_categorical_accuracy", "SparseCategoricalAccuracy"],
        ),
        ("categorical_crossentropy", ROWS, ["accuracy", "acc", "categorical_accuracy", "CategoricalAccuracy"]),
    ],
)
def test_accuracy_of_classes(loss, y, names):
    model = network(loss=loss, metrics=names)
    expected = (model.predict(samples(), verbose=0).argmax(1) == IDS).mean()
    scores = scored(model, y)
    assert [scores[name] for name in names] == pytest.approx([expected] * len(names))


def test_mean_squared_error():
    names = ["mse", "MSE", "mean_squared_error", "MeanSquaredError"]
    model = network(loss="mse", metrics=names)
    scores = scored(model, ROWS)
    expected = ((model.predict(samples(), verbose=0) - ROWS) ** 2).mean()
    assert [scores[name] for name in (*names, "loss")] == pytest.approx([expected] * 5, rel=1e-5)


@pytest.mark.parametrize("kind", ["SparseCategoricalAccuracy", "CategoricalAccuracy", "BinaryAccuracy"])
def test_metrics_that_are_made_have_keras_s_names(kind):
    made = getattr(keras.metrics, kind)
    loss = "sparse_categorical_crossentropy" if kind.startswith("Sparse") else "mse"
    name = "".join(f"_{c.lower()}" if c.isupper() else c for c in kind)[1:]
    model = network(loss=loss, metrics=[made(), made("mine")])
    assert model.metrics_names == ["loss", name, "mine"]
    scores = scored(model, IDS if kind.startswith("Sparse") else ROWS)
    assert scores[name] == scores["mine"]


# --- of one output


@pytest.mark.parametrize("name", ["accuracy", "acc", "binary_accuracy", "BinaryAccuracy"])
@pytest.mark.parametrize("shape", [(SAMPLES,), (SAMPLES, 1)])
def test_accuracy_of_one_output_is_binary(name, shape):
    model = network(1, "sigmoid", loss="mse", metrics=[name])
    predicted = model.predict(samples(), verbose=0)[:, 0] > 0.5
    assert 0 < predicted.sum() < SAMPLES
    assert scored(model, ONES.reshape(shape))[name] == pytest.approx((predicted == ONES).mean())
    assert scored(model, (ONES > 0).reshape(shape))[name] == pytest.approx((predicted == ONES).mean())


def test_binary_accuracy_of_several_outputs():
    model = network(3, "sigmoid", loss="mse", metrics=["binary_accuracy", "accuracy"])
    predicted = model.predict(samples(), verbose=0)
    scores = scored(model, ROWS)
    assert scores["binary_accuracy"] == pytest.approx(((predicted > 0.5) == ROWS).mean())
    assert scores["accuracy"] == pytest.approx((predicted.argmax(1) == IDS).mean())


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_the_border_is_not_above_it_and_shares_are_missed(dtype):
    """Keras' own: 0.5 is taken for 0, and a target of 0.7 equals neither 0 nor 1."""
    metric = keras.metrics.BinaryAccuracy()
    outputs = np.array([0.5, 0.5, np.nextafter(dtype(0.5), dtype(1)), np.inf, -np.inf, 0.9, 0.1], dtype)[:, None]
    target = np.array([0, 1, 1, 1, 0, 0.7, 0.3], dtype)[:, None]
    metric.update(Tensor(outputs), Tensor(target))
    assert metric.total.tolist() == [4, 7]


def test_binary_accuracy_of_a_recorded_step():
    histories = []
    for run_eagerly in (False, True):
        model = network(1, "sigmoid", loss="mse", metrics=["accuracy"], run_eagerly=run_eagerly)
        histories.append(model.fit(samples(), ONES, batch_size=4, epochs=8, verbose=0, validation_split=0.4).history)
        assert run_eagerly or model._trainer.train_step.replayed > 3
    assert histories[0] == histories[1]


@pytest.mark.parametrize(
    ("loss", "metric", "message"),
    [
        ("mse", "sparse_categorical_accuracy", "needs class ids, but the loss takes numbers"),
        ("categorical_crossentropy", "SparseCategoricalAccuracy", "needs class ids, but the loss takes rows"),
        ("sparse_categorical_crossentropy", "categorical_accuracy", "needs numbers, but the loss takes class ids"),
        ("sparse_categorical_crossentropy", "binary_accuracy", "needs numbers, but the loss takes class ids"),
        ("sparse_categorical_crossentropy", "MSE", "needs numbers, but the loss takes class ids"),
    ],
)
def test_metrics_of_other_targets_than_the_loss_takes(loss, metric, message):
    with pytest.raises(ValueError, match=rf"^\[compile\] metric {metric} {message}"):
        network(loss=loss, metrics=[metric])


# --- losses by name


@pytest.mark.parametrize(
    ("names", "y"),
    [
        (["sparse_categorical_crossentropy", "SparseCategoricalCrossentropy"], IDS),
        (["categorical_crossentropy", "CategoricalCrossentropy"], ROWS),
        (["mse", "MSE", "mean_squared_error", "MeanSquaredError"], ROWS),
    ],
)
def test_losses_by_all_their_names(names, y):
    losses = [network(loss=name).evaluate(samples(), y, verbose=0) for name in names]
    assert losses == losses[:1] * len(names)


@pytest.mark.parametrize(
    ("name", "kind"),
    [
        ("top_k_categorical_accuracy", keras.metrics.TopKCategoricalAccuracy),
        ("sparse_top_k_categorical_accuracy", keras.metrics.SparseTopKCategoricalAccuracy),
        ("f_beta_score", keras.metrics.FBetaScore),
        ("r2_score", keras.metrics.R2Score),
        ("kl_divergence", keras.metrics.KLDivergence),
    ],
)
def test_metrics_by_the_words_of_their_classes(name, kind):
    metric = keras.metrics.get(name)
    assert type(metric) is kind
    assert metric.name == name


def test_layers_are_named_by_the_words_of_their_classes():
    assert layers.RMSNormalization().name.startswith("rms_normalization")
    assert layers.PReLU().name.startswith("p_re_lu")


@pytest.mark.parametrize("name", ["Mse", "Mean_squared_error", "SPARSE_categorical_crossentropy"])
def test_other_spellings_are_keras_s_errors_too(name):
    with pytest.raises(ValueError, match=r"^\[compile\] loss must be a Loss, a function or one of .*, got "):
        network(loss=name)


# --- order


def test_scores_are_sorted_by_name_but_for_evaluate_s_list(capsys):
    """Names that sort before, between and behind the others, with and without val_; capitals come first."""
    names = ["zeta", "Beta", "mean"]
    model = network(loss="mse", metrics=[keras.metrics.MeanSquaredError(name) for name in names])
    ordered = ["Beta", "loss", "mean", "val_Beta", "val_loss", "val_mean", "val_zeta", "zeta"]
    history = model.fit(samples(), ROWS, verbose=2, validation_split=0.25)
    assert list(history.history) == ordered
    line = capsys.readouterr().out.splitlines()[-1]
    assert [part.partition(":")[0] for part in line.split(" - ")[3:]] == ordered

    model.compile("sgd", "mse", metrics=["mse", "binary_accuracy"])
    scores = model.evaluate(samples(), ROWS, verbose=2, return_dict=True)
    assert list(scores) == ["binary_accuracy", "loss", "mse"]
    assert " - binary_accuracy: " in capsys.readouterr().out.partition(" - loss: ")[0]
    in_order = [scores[name] for name in ("loss", "mse", "binary_accuracy")]
    assert model.evaluate(samples(), ROWS, verbose=0) == in_order
    assert list(model.train_on_batch(samples(), ROWS, return_dict=True)) == ["binary_accuracy", "loss", "mse"]
    loss, error, accuracy = model.train_on_batch(samples(), ROWS)
    assert loss == pytest.approx(error, rel=1e-6)
    assert loss < 1 / 3 < accuracy
