"""What fit and its like are given: weights, several inputs and outputs, batches from elsewhere; each beside steps of
gradient descent in NumPy, or beside the same given in another way."""

import numpy as np
import pytest

from keras_models import TwoHeads
from mushin import Tensor, keras, ops
from mushin.keras import callbacks, layers

RATE = 0.1
RNG = np.random.Generator(np.random.Philox(9))
X = RNG.standard_normal((12, 3)).astype(np.float32)
Y = np.stack([X.sum(1), X[:, 0] * 2], axis=1)
IDS = np.arange(12) % 3
W = RNG.random(12).astype(np.float32) + 0.2


def linear(activation=None, units=2, loss="mse", **options):
    compiled = {name: options.pop(name) for name in ("metrics", "weighted_metrics", "run_eagerly") if name in options}
    keras.utils.set_random_seed(4)
    model = keras.Sequential([layers.Dense(units, activation, input_shape=(3,), **options)])
    model.compile(keras.optimizers.SGD(RATE), loss, **compiled)
    return model


def fit(model, *given, **options):
    return model.fit(*given, **{"batch_size": 4, "epochs": 4, "shuffle": False, "verbose": 0, **options})


def same(a, b, rtol=0.0):
    for u, v in zip(a.get_weights(), b.get_weights(), strict=True):
        np.testing.assert_allclose(u, v, rtol=rtol, atol=rtol)


# --- weights of samples


def test_weighted_steps_in_numpy():
    model = linear()
    kernel, bias = (w.astype(np.float64) for w in model.get_weights())
    history = fit(model, X, Y, sample_weight=W, epochs=3)
    for epoch in range(3):
        losses = []
        for part in (slice(0, 4), slice(4, 8), slice(8, 12)):
            difference = X[part] @ kernel + bias - Y[part]
            losses.append((difference**2 * W[part, None]).mean())
            slope = 2 * difference * W[part, None] / difference.size
            kernel, bias = kernel - RATE * X[part].T @ slope, bias - RATE * slope.sum(0)
        assert history.history["loss"][epoch] == pytest.approx(np.mean(losses), rel=1e-5)
    np.testing.assert_allclose(model.get_weights()[0], kernel, rtol=1e-5)
    np.testing.assert_allclose(model.get_weights()[1], bias, rtol=1e-5)
    assert model._trainer.train_step.replayed > 4


@pytest.mark.parametrize(
    ("loss", "y", "activation"), [("mse", Y, None), ("sparse_categorical_crossentropy", IDS, "softmax")]
)
def test_weights_of_0_and_1_leave_samples_out(loss, y, activation):
    """The mean is over all samples: a batch with half of them out has half the rate."""
    units = 2 if loss == "mse" else 3
    some = np.tile([1.0, 0.0], 6)
    weighted, left_out = (linear(activation, units, loss) for _ in range(2))
    fit(weighted, X, y, sample_weight=some, batch_size=12)
    left_out.optimizer.learning_rate = RATE / 2
    fit(left_out, X[::2], y[::2], batch_size=6)
    same(weighted, left_out, 1e-5)


@pytest.mark.parametrize("run_eagerly", [False, True])
def test_class_weights_are_sample_weights(run_eagerly):
    of_classes = {0: 0.5, 2: 3.0}
    models = [linear("softmax", 3, "sparse_categorical_crossentropy", run_eagerly=run_eagerly) for _ in range(3)]
    by_hand = np.choose(IDS, [0.5, 1.0, 3.0])
    histories = [
        fit(models[0], X, IDS, class_weight=of_classes),
        fit(models[1], X, IDS, sample_weight=by_hand),
        fit(models[2], X, IDS[:, None].astype(np.float32), class_weight=of_classes),
    ]
    assert histories[0].history == histories[1].history == histories[2].history
    same(models[0], models[1])
    rows = linear("softmax", 3, "categorical_crossentropy")
    fit(rows, X, np.eye(3)[IDS], class_weight=of_classes)
    same(models[0], rows, 1e-5)


def test_class_weights_are_for_training_alone():
    """What is held back has the loss that evaluate gives without weights."""
    model = linear("softmax", 3, "sparse_categorical_crossentropy", weighted_metrics=["accuracy"])
    history = fit(model, X, IDS, class_weight={0: 0.5, 2: 3.0}, validation_split=0.5, epochs=1).history
    loss, accuracy = model.evaluate(X[6:], IDS[6:], 4, 0)
    assert (history["val_loss"], history["val_accuracy"]) == ([loss], [accuracy])
    weighted = fit(model, X, IDS, sample_weight=W, validation_split=0.5, epochs=1).history
    assert weighted["val_loss"] == [model.evaluate(X[6:], IDS[6:], 4, 0, W[6:])[0]]


def test_weighted_metrics_and_others():
    model = linear(metrics=["mae"], weighted_metrics=["mse", "mae"])
    scores = model.evaluate(X, Y, 5, 0, W, return_dict=True)
    difference = model.predict(X, verbose=0).astype(np.float64) - Y
    assert scores["mae"] == pytest.approx(abs(difference).mean(), rel=1e-5)
    assert scores["weighted_mae"] == pytest.approx(np.average(abs(difference).mean(1), weights=W), rel=1e-5)
    assert scores["mse"] == pytest.approx(np.average((difference**2).mean(1), weights=W), rel=1e-5)
    assert scores["loss"] == pytest.approx(((difference**2).mean(1) * W).mean(), rel=1e-5)
    assert model.metrics_names == ["loss", "mae", "mse", "weighted_mae"]


def test_on_batch():
    model, fitted = linear(), linear()
    loss = model.test_on_batch(X, Y, W)
    assert loss == pytest.approx(model.evaluate(X, Y, sample_weight=W, verbose=0), rel=1e-6)
    assert model.train_on_batch(X, Y, W, return_dict=True) == {"loss": pytest.approx(loss)}
    fit(fitted, X, Y, sample_weight=W, batch_size=12, epochs=1)
    same(model, fitted)
    np.testing.assert_array_equal(model.predict_on_batch(X[:5]), model.predict(X[:5], verbose=0))


def test_validation_with_weights():
    model = linear()
    history = fit(model, X, Y, validation_data=(X, Y, W))
    assert history.history["val_loss"][-1] == pytest.approx(model.evaluate(X, Y, sample_weight=W, verbose=0), rel=1e-5)
    split, apart = linear(), linear()
    one = fit(split, X, Y, sample_weight=W, validation_split=0.25)
    two = fit(apart, X[:9], Y[:9], sample_weight=W[:9], validation_data=(X[9:], Y[9:], W[9:]))
    assert one.history == two.history


@pytest.mark.parametrize(("frequency", "epochs"), [(2, [1, 3]), ([1, 4], [0, 3]), (9, [])])
def test_validation_frequency(frequency, epochs):
    history = fit(linear(), X, Y, validation_data=(X, Y), validation_freq=frequency)
    assert len(history.history.get("val_loss", [])) == len(epochs)
    assert history._epochs.get("val_loss", []) == epochs


# --- several inputs and outputs


def two(**options):
    options = {"loss": {"sum": "mse", "kind": "sparse_categorical_crossentropy"}, **options}
    model = TwoHeads()
    model.compile(keras.optimizers.SGD(RATE), **options)
    return model


def test_two_outputs_are_trained_for_the_sum_of_their_losses():
    model = two(loss_weights=[0.5, 2.0], metrics={"kind": "accuracy", "sum": ["mae", "mse"]})
    before = model.evaluate([X, X], [Y, IDS], verbose=0, return_dict=True)
    numbers, chances = model.predict([X, X], verbose=0)
    squares, logs = ((numbers - Y) ** 2).mean(), -np.log(chances[np.arange(12), IDS]).mean()
    assert before["loss"] == pytest.approx(0.5 * squares + 2 * logs, rel=1e-5)
    assert (before["sum_loss"], before["kind_loss"]) == (pytest.approx(squares), pytest.approx(logs))
    assert before["kind_accuracy"] == pytest.approx((chances.argmax(1) == IDS).mean())
    assert before["sum_mae"] == pytest.approx(abs(numbers - Y).mean())
    names = ["loss", "sum_loss", "kind_loss", "sum_mae", "sum_mse", "kind_accuracy"]
    assert model.metrics_names == names
    assert model.evaluate([X, X], [Y, IDS], verbose=0) == [before[name] for name in names]
    history = fit(model, [X, X], [Y, IDS], epochs=6).history
    assert history["loss"][-1] < 0.8 * history["loss"][0]
    assert model._trainer.train_step.replayed > 10


def test_dicts_by_name_are_lists_in_order():
    listed, named, partly = two(loss_weights=[1.0, 3.0]), two(loss_weights={"kind": 3.0}), two(loss_weights=[1.0, 3.0])
    fit(listed, [X, 2 * X], [Y, IDS], sample_weight=[None, W], validation_split=0.25)
    fit(named, {"b": 2 * X, "a": X}, {"kind": IDS, "sum": Y}, sample_weight={"kind": W}, validation_split=0.25)
    fit(partly, (X, 2 * X), (Y, IDS), sample_weight=(np.ones(12), W), validation_split=0.25)
    same(listed, named)
    same(listed, partly, 1e-6)


def test_one_array_of_weights_is_for_all_outputs():
    one, each = two(), two()
    fit(one, [X, X], [Y, IDS], sample_weight=W)
    fit(each, [X, X], [Y, IDS], sample_weight=[W, W])
    same(one, each)


def test_an_output_without_a_loss():
    model = two(loss={"kind": "sparse_categorical_crossentropy"}, metrics={"sum": "mae"})
    before = model.get_weights()
    history = fit(model, [X, X], {"sum": Y, "kind": IDS}).history
    assert set(history) == {"loss", "sum_mae"}
    after = model.get_weights()
    assert all(np.array_equal(before[i], after[i]) for i in (0, 1))
    assert not np.array_equal(before[2], after[2])
    fit(model, [X, X], {"kind": IDS})  # its target may be missing


@pytest.mark.parametrize(
    ("call", "message"),
    [
        (lambda: fit(two(), [X], [Y, IDS]), r"\[fit\] x must be a list or dict of 2 \(a, b\), got 1"),
        (lambda: fit(two(), X, [Y, IDS]), r"\[fit\] x must be a list or dict of 2 \(a, b\), got ndarray"),
        (lambda: fit(two(), {"a": X, "c": X}, [Y, IDS]), r"\[fit\] x must have names of a, b, got a, c"),
        (lambda: fit(two(), {"a": X}, [Y, IDS]), r"\[fit\] x\[1\] must be given"),
        (lambda: fit(two(), [X, X[:5]], [Y, IDS]), r"\[fit\] all inputs must have the same number of samples, got "),
        (lambda: fit(two(), [X, X], [Y, None]), r"\[fit\] y must be given for output 'kind', which has a loss"),
        (lambda: fit(two(), [X, X], [Y, IDS[:5]]), r"\[fit\] x and y must have the same number of samples, got shape"),
        (
            lambda: fit(two(), [X, X], [Y, IDS], class_weight={0: 2}),
            r"\[fit\] class_weight needs a model of one ",
        ),
        (lambda: fit(two(loss=["mse"]), [X, X], [Y, IDS]), r"\[compile\] loss must be a list or dict of 2"),
        (lambda: fit(two(metrics=["mae"]), [X, X], [Y, IDS]), r"\[compile\] metrics must be a list or dict of 2"),
        (lambda: fit(two(loss_weights={"x": 1}), [X, X], [Y, IDS]), r"\[compile\] loss_weights must have names of sum"),
        (lambda: fit(linear(), X, Y, sample_weight=W[:5]), r"\[fit\] sample_weight must have a weight for each of 12"),
        (lambda: fit(linear(), X, Y, sample_weight=W, class_weight={}), r"\[fit\] class_weight and sample_weight must"),
        (lambda: fit(linear(), X, Y, class_weight={"1": 2}), r"\[fit\] class_weight must be a dict from .*the key '1'"),
        (lambda: fit(linear(), X, Y, class_weight={1: "2"}), r"\[fit\] class_weight\[1\] must be a number, got '2'"),
        (lambda: fit(linear(), X, Y, steps_per_epoch=0), r"\[fit\] steps_per_epoch must be a positive integer, got 0"),
        (lambda: fit(linear(), X, Y, validation_freq=0), r"\[fit\] validation_freq must be a positive integer, got 0"),
        (lambda: fit(linear(), iter([(X, Y)]), Y), r"\[fit\] y must be None where x yields batches"),
        (lambda: fit(linear(), iter([])), r"\[fit\] x must yield at least one batch"),
        (lambda: fit(linear(), iter([(X, Y)]), validation_split=0.5), r"\[fit\] validation_split needs arrays"),
        (lambda: linear().evaluate(iter([]), verbose=0), r"\[evaluate\] x must yield at least one batch, got none"),
        (lambda: linear().predict(iter([]), verbose=0), r"\[predict\] x must yield at least one batch, got none"),
        (
            lambda: fit(linear(), iter([(X, Y, W, W)])),
            r"\[fit\] a batch must be x, \(x, y\) or \(x, y, ",
        ),
    ],
)
def test_what_does_not_fit(call, message):
    with pytest.raises((ValueError, TypeError), match=f"^{message}"):
        call()


# --- batches from elsewhere

PARTS = [slice(0, 4), slice(4, 8), slice(8, 12)]


class Batches(keras.utils.PyDataset):
    def __init__(self):
        self.passes = 0

    def __len__(self):
        return len(PARTS)

    def __getitem__(self, index):
        return X[PARTS[index]], Y[PARTS[index]], W[PARTS[index]]

    def on_epoch_end(self):
        self.passes += 1


class Indexed:
    """A sequence without __iter__."""

    def __len__(self):
        return len(PARTS)

    def __getitem__(self, index):
        return X[PARTS[index]], Y[PARTS[index]], W[PARTS[index]]


class Loader:
    """Iterable, as often as it is asked; batches are tensors."""

    def __iter__(self):
        return ((Tensor(X[part]), Tensor(Y[part]), Tensor(W[part])) for part in PARTS)


def endless():
    while True:
        for part in PARTS:
            yield X[part], Y[part], W[part]


@pytest.mark.parametrize(
    ("make", "options"),
    [
        (Batches, {}),
        (Indexed, {}),
        (Loader, {}),
        (endless, {"steps_per_epoch": 3}),
        (Batches, {"steps_per_epoch": 3}),
        (lambda: ((X[p], Y[p], W[p]) for p in PARTS * 4), {"steps_per_epoch": 3}),
    ],
    ids=["dataset", "indexed", "loader", "generator", "dataset in steps", "iterator"],
)
def test_batches_are_arrays_in_order(make, options):
    arrays, streamed = linear(metrics=["mae"]), linear(metrics=["mae"])
    expected = fit(arrays, X, Y, sample_weight=W)
    history = fit(streamed, make(), **options)
    assert history.history == expected.history
    same(arrays, streamed)
    assert streamed._trainer.train_step.replayed > 7


def test_passes_are_told_to_the_data_set():
    batches = Batches()
    fit(linear(), batches, epochs=3)
    assert batches.passes == 3


def test_steps_of_arrays_go_on_where_they_ended():
    model, seen = linear(), []
    note = callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: seen.append(model.get_weights()[0]))
    fit(model, X, Y, steps_per_epoch=2, epochs=3, callbacks=note)
    whole = linear()
    fit(whole, X, Y, epochs=2)
    np.testing.assert_array_equal(seen[-1], whole.get_weights()[0])


def test_a_generator_that_runs_out_ends_the_training():
    with pytest.warns(RuntimeWarning, match=r"^\[fit\] x has run out of batches after 1 of 2 steps of an epoch"):
        history = fit(linear(), ((X[p], Y[p]) for p in PARTS), steps_per_epoch=2, epochs=5)
    assert history.epoch == [0, 1]
    with pytest.warns(RuntimeWarning, match=r"^\[fit\] x has run out of batches after 0 of 3 steps"):
        history = fit(linear(), ((X[p], Y[p]) for p in PARTS), epochs=5)
    assert history.epoch == [0]


def test_streams_are_evaluated_predicted_and_validated():
    model = linear(metrics=["mae"])
    assert model.evaluate(Batches(), verbose=0) == model.evaluate(X, Y, 4, 0, W)
    assert model.evaluate(endless(), verbose=0, steps=3) == model.evaluate(X, Y, 4, 0, W)
    np.testing.assert_array_equal(model.predict(Batches(), verbose=0), model.predict(X, 4, verbose=0))
    np.testing.assert_array_equal(model.predict(iter([X[:4], X[4:5]]), verbose=0), model.predict(X[:5], 4, verbose=0))
    np.testing.assert_array_equal(model.predict(X, 4, verbose=0, steps=2), model.predict(X[:8], 4, verbose=0))
    history = fit(model, Batches(), validation_data=endless(), validation_steps=3)
    assert history.history["val_loss"][-1] == model.evaluate(X, Y, 4, 0, W)[0]
    other = fit(linear(metrics=["mae"]), Batches(), validation_data=Batches())
    assert other.history == history.history


def test_a_stream_builds_a_model():
    for batches in (Batches(), endless(), Loader()):
        model = keras.Sequential([layers.Dense(2)])
        model.compile("sgd", "mse")
        fit(model, batches, steps_per_epoch=3, epochs=1)
        assert model.input_shape == (None, 3)


@pytest.mark.parametrize("verbose", [1, 2])
def test_steps_that_are_not_known_are_counted(verbose, capsys):
    fit(linear(), Loader(), epochs=2, verbose=verbose)
    lines = [line.rpartition("\r")[2] for line in capsys.readouterr().out.rstrip().split("\n")]
    assert [line.split()[0] for line in lines] == ["Epoch", "3/3", "Epoch", "3/3"]


# --- metrics


def test_metrics_of_probabilities_see_them_although_the_loss_takes_logits():
    model = linear("softmax", 3, "categorical_crossentropy", metrics=["categorical_crossentropy", "mae"])
    rows = np.eye(3, dtype=np.float32)[IDS]
    scores = model.evaluate(X, rows, verbose=0, return_dict=True)
    assert scores["categorical_crossentropy"] == pytest.approx(scores["loss"], rel=1e-5)
    assert scores["mae"] == pytest.approx(abs(model.predict(X, verbose=0) - rows).mean(), rel=1e-5)


def test_functions_as_metrics():
    def worst(y_true, y_pred):
        return ops.max(y_pred - y_true, -1)

    model = linear(metrics=[worst, keras.metrics.MeanMetricWrapper(worst, name="again")])
    scores = model.evaluate(X, Y, 5, verbose=0, return_dict=True)
    assert scores["worst"] == pytest.approx((model.predict(X, verbose=0) - Y).max(1).mean(), rel=1e-5)
    assert scores["again"] == scores["worst"]


def test_batches_of_a_loader():
    from mushin.data import DataLoader, TensorDataset

    x, y = np.arange(12, dtype=np.float32).reshape(6, 2), np.arange(6, dtype=np.float32)

    def trained(*data, **options):
        keras.utils.set_random_seed(1)
        model = keras.Sequential([keras.Input((2,)), keras.layers.Dense(1)])
        model.compile("sgd", "mse")
        model.fit(*data, epochs=2, verbose=0, **options)
        return model.predict(x, verbose=0)

    loader = DataLoader(TensorDataset(x, y), batch_size=4)
    np.testing.assert_array_equal(trained(loader), trained(x, y, batch_size=4, shuffle=False))
