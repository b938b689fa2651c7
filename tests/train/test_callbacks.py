"""Callbacks: which hooks are called when, when a training ends, what is written and set."""

import csv
import sys

import numpy as np
import pytest

from mushin import io, keras
from mushin.keras import callbacks
from mushin.train.callbacks import LazyLogs

RATE = 0.1


def data(n=12):
    x = np.random.Generator(np.random.Philox(5)).standard_normal((n, 3)).astype(np.float32)
    return x, x[:, :2] - x[:, 2:]


def model(rate=RATE, metrics=("mae",)):
    keras.utils.set_random_seed(4)
    made = keras.Sequential([keras.layers.Dense(2, input_shape=(3,))])
    made.compile(keras.optimizers.SGD(rate), "mse", metrics=list(metrics))
    return made


def fit(trained, *hooks, epochs=4, **options):
    options = {"batch_size": 4, "verbose": 0, "shuffle": False, **options}
    return trained.fit(*data(), epochs=epochs, callbacks=list(hooks), **options)


class Told(callbacks.Callback):
    """Replaces a quantity of the logs by values of one's own, epoch by epoch."""

    def __init__(self, *values, name="val_loss"):
        self.values, self.name = values, name

    def on_epoch_end(self, epoch, logs=None):
        logs[self.name] = self.values[epoch]


def noting(seen):
    """A callback that notes the name of every hook."""
    names = [name for name in dir(callbacks.Callback) if name.startswith("on_")]
    return callbacks.LambdaCallback(**{name: lambda *_, name=name: seen.append(name) for name in names})


# --- hooks


def test_the_order_of_hooks():
    seen, trained = [], model()
    fit(trained, noting(seen), epochs=1, batch_size=6, validation_data=data(4))
    batch = ["on_train_batch_begin", "on_train_batch_end"]
    test = ["on_test_begin", "on_test_batch_begin", "on_test_batch_end", "on_test_end"]
    epoch = ["on_epoch_begin", *batch, *batch, *test, "on_epoch_end"]
    assert seen == ["on_train_begin", *epoch, "on_train_end"]
    seen.clear()
    trained.evaluate(*data(4), verbose=0, callbacks=noting(seen))
    assert seen == test
    seen.clear()
    trained.predict(data(4)[0], verbose=0, callbacks=[noting(seen)])
    assert seen == [name.replace("test", "predict") for name in test]


def test_what_hooks_get():
    seen = {}

    class Seeing(callbacks.Callback):
        def on_batch_begin(self, batch, logs=None):
            seen.setdefault("begun", []).append(batch)

        def on_train_batch_end(self, batch, logs=None):
            seen.setdefault("losses", []).append(logs["loss"])
            assert set(logs) == {"loss", "mae"}

        def on_predict_batch_end(self, batch, logs=None):
            seen["outputs"] = logs["outputs"].shape

    seeing, trained = Seeing(), model()
    history = fit(trained, seeing, epochs=2)
    assert seen["begun"] == [0, 1, 2, 0, 1, 2]
    assert [seen["losses"][i] for i in (2, 5)] == history.history["loss"]
    assert seeing.model is trained
    assert seeing.params == {"epochs": 2, "steps": 3, "verbose": 0}
    trained.predict(data()[0], batch_size=5, verbose=0, callbacks=seeing)
    assert seen["outputs"] == (2, 2)


def test_logs_of_a_batch_are_computed_when_they_are_read():
    computed = []
    logs = LazyLogs({"mae", "loss"}, lambda name: computed.append(name) or len(computed))
    assert (list(logs), len(logs), computed) == (["loss", "mae"], 2, [])
    assert (logs["mae"], logs.get("none"), logs["mae"], computed) == (1, None, 1, ["mae"])
    assert (dict(logs), repr(logs)) == ({"loss": 2, "mae": 1}, "{'loss': 2, 'mae': 1}")
    assert computed == ["mae", "loss"]


def test_hooks_that_nobody_has_written_are_not_called(monkeypatch):
    for name in ("on_train_batch_begin", "on_train_batch_end", "on_batch_end"):
        monkeypatch.setattr(callbacks.Callback, name, lambda *_: pytest.fail("called"))
    fit(model(), callbacks.EarlyStopping("loss", patience=9), callbacks.History())


def test_later_callbacks_and_the_history_see_changed_logs():
    seen = []
    note = callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: seen.append(logs["val_loss"]))
    history = fit(model(), Told(5.0, 4.0), note, epochs=2)
    assert history.history["val_loss"] == seen == [5.0, 4.0]


def test_a_history_of_one_s_own_is_returned():
    own = callbacks.History()
    assert fit(model(), own, epochs=2) is own
    assert len(own.history["loss"]) == 2
    assert own.params["epochs"] == 2


@pytest.mark.parametrize("given", [5, callbacks.History])
def test_what_is_no_callback(given):
    with pytest.raises(TypeError, match=r"^\[fit\] callbacks must be Callbacks, got (int|type)$"):
        model().fit(*data(), callbacks=[given], verbose=0)
    with pytest.raises(TypeError, match=r"^\[fit\] callbacks must be a Callback or a list of them, got (5|<class)"):
        model().fit(*data(), callbacks=given, verbose=0)


def test_lambda_callbacks_name_what_they_do_not_know():
    with pytest.raises(TypeError, match=r"^\[LambdaCallback\] unknown argument 'on_batch'; there are on_epoch_begin, "):
        callbacks.LambdaCallback(on_batch=print)
    with pytest.raises(TypeError, match=r"^\[LambdaCallback\] on_epoch_end must be a function, got 3"):
        callbacks.LambdaCallback(on_epoch_end=3)


@pytest.mark.parametrize("error", [KeyboardInterrupt, ZeroDivisionError])
@pytest.mark.parametrize("hook", ["on_train_batch_end", "on_epoch_end", "on_test_begin"])
def test_an_error_in_a_callback_leaves_a_model_that_goes_on(hook, error):
    """The steps that were made count, and the next training is one that nobody has interrupted."""

    def stop(*_):
        raise error

    whole, stopped = model(), model()
    with pytest.raises(error):
        fit(stopped, callbacks.LambdaCallback(**{hook: stop}), validation_data=data(4))
    fit(whole, epochs=1, steps_per_epoch=1 if hook == "on_train_batch_end" else None)
    for a, b in zip(stopped.get_weights(), whole.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    assert fit(stopped).history == fit(whole).history


# --- ends


def test_stop_training_after_a_batch_and_after_an_epoch():
    trained, batches = model(), []

    class Stop(callbacks.Callback):
        def on_train_batch_end(self, batch, logs=None):
            batches.append(batch)
            self.model.stop_training = batch == 1

    history = fit(trained, Stop())
    assert (batches, history.epoch) == ([0, 1], [0])
    assert fit(trained).epoch == [0, 1, 2, 3]


@pytest.mark.parametrize(
    ("options", "values", "epochs"),
    [
        ({}, [5, 4, 4.5, 3], 3),
        ({}, [5, 4, 3, 2], 4),
        ({"patience": 2}, [5, 4, 4.5, 4.4, 1], 4),
        ({"patience": 2}, [5, 4, 4.5, 3.9, 4.1, 4.0, 1], 6),
        ({"min_delta": 0.5}, [5, 4, 3.8, 3], 3),
        ({"mode": "max"}, [1, 2, 3, 2.5, 9], 4),
        ({"baseline": 3.5, "patience": 2}, [5, 4, 3.9, 3.8], 4),
        ({"baseline": 3.5, "patience": 2}, [5, 3, 4.0, 4.0, 1], 4),
        ({"start_from_epoch": 2}, [1, 2, 3, 4, 5], 4),
        ({}, [5, float("nan"), 1], 2),
    ],
)
def test_early_stopping(options, values, epochs):
    stopping = callbacks.EarlyStopping(**options)
    history = fit(model(), Told(*values), stopping, epochs=len(values))
    assert len(history.epoch) == epochs
    if epochs < len(values):
        assert stopping.stopped_epoch == epochs - 1


@pytest.mark.parametrize("stops", [True, False])
def test_the_best_weights_come_back(stops, capsys):
    trained, kept = model(), []
    keep = callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: kept.append(trained.get_weights()))
    stopping = callbacks.EarlyStopping(patience=1 if stops else 9, restore_best_weights=True, verbose=1)
    fit(trained, Told(5, 3, 4, 4), keep, stopping)
    assert stopping.best_epoch == 1
    for a, b in zip(trained.get_weights(), kept[1], strict=True):
        np.testing.assert_array_equal(a, b)
    printed = capsys.readouterr().out
    assert ("Epoch 3: early stopping" in printed) is stops
    assert "Restoring model weights from the end of the best epoch: 2." in printed
    fit(trained)  # a recorded step finds the weights where they were


def test_metrics_say_which_way_is_better():
    for name, values, epochs in (("auc", [1, 2, 3], 3), ("auc", [3, 2, 1], 2), ("mae", [3, 2, 1], 3)):
        history = fit(
            model(metrics=["auc", "mae"]),
            Told(*values, name=f"val_{name}"),
            callbacks.EarlyStopping(f"val_{name}"),
            epochs=3,
        )
        assert len(history.epoch) == epochs
    with pytest.raises(ValueError, match=r"^\[EarlyStopping\] mode must be 'min' or 'max': nobody knows which of 'x'"):
        fit(model(), Told(1, 2, 3, 4, name="x"), callbacks.EarlyStopping("x"))
    with pytest.raises(ValueError, match=r"^\[EarlyStopping\] mode must be one of auto, min, max, got 'up'"):
        callbacks.EarlyStopping(mode="up")


def test_a_quantity_that_is_not_in_the_logs_is_warned_of():
    with pytest.warns(RuntimeWarning, match=r"^\[EarlyStopping\] monitor 'val_loss' is not in the logs; there are "):
        fit(model(), callbacks.EarlyStopping())


def test_terminate_on_nan(capsys):
    x, y = data()
    y[5] = np.nan
    history = model().fit(x, y, 4, 3, 0, callbacks.TerminateOnNaN(), shuffle=False)
    assert history.epoch == [0]
    assert "Batch 1: Invalid loss, terminating training" in capsys.readouterr().out


# --- learning rates


def test_learning_rate_scheduler(capsys):
    rates = []
    note = callbacks.LambdaCallback(on_train_batch_end=lambda *_: rates.append(float(trained.optimizer.learning_rate)))
    trained = model()
    schedule = callbacks.LearningRateScheduler(lambda epoch, rate: rate / 2 if epoch else rate, verbose=1)
    history = fit(trained, schedule, note, epochs=3)
    expected = [RATE, RATE / 2, RATE / 4]
    np.testing.assert_allclose(rates, np.repeat(expected, 3))
    np.testing.assert_allclose(history.history["learning_rate"], expected)
    assert "Epoch 2: LearningRateScheduler setting learning rate to 0.05." in capsys.readouterr().out
    by_hand = model()
    for rate in expected:
        by_hand.optimizer.learning_rate = rate
        fit(by_hand, epochs=1)
    for a, b in zip(trained.get_weights(), by_hand.get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    fit(trained, callbacks.LearningRateScheduler(lambda epoch: 0.5), epochs=1)
    assert trained.optimizer.learning_rate == 0.5
    with pytest.raises(ValueError, match=r"^\[LearningRateScheduler\] schedule must return a number, got None"):
        fit(trained, callbacks.LearningRateScheduler(lambda epoch: None))


@pytest.mark.parametrize(
    ("options", "values", "rates"),
    [
        ({"patience": 1}, [5, 4, 4, 4], [1, 1, 1, 0.1]),
        ({"patience": 2, "factor": 0.5}, [5, 5, 5, 5, 5, 5], [1, 1, 1, 0.5, 0.5, 0.25]),
        ({"patience": 1, "factor": 0.5, "cooldown": 2}, [5, 5, 5, 5, 5], [1, 1, 0.5, 0.5, 0.25]),
        ({"patience": 1, "factor": 0.5, "min_lr": 0.04}, [5, 5, 5, 5], [1, 1, 0.5, 0.4]),
        ({"patience": 1, "min_delta": 1.0}, [5, 4.5, 3], [1, 1, 0.1]),
        ({"patience": 1, "mode": "max"}, [1, 2, 2], [1, 1, 1]),
    ],
)
def test_reduce_on_plateau(options, values, rates):
    history = fit(model(), Told(*values), callbacks.ReduceLROnPlateau(**options), epochs=len(values))
    np.testing.assert_allclose(history.history["learning_rate"], RATE * np.array(rates), rtol=1e-6)


def test_a_factor_that_raises_the_rate():
    with pytest.raises(ValueError, match=r"^\[ReduceLROnPlateau\] factor must be below 1, got 1"):
        callbacks.ReduceLROnPlateau(factor=1)


# --- files


def test_checkpoints_of_every_epoch(tmp_path):
    trained, kept = model(), []
    keep = callbacks.LambdaCallback(on_epoch_end=lambda epoch, logs: kept.append(trained.get_weights()))
    path = tmp_path / "more" / "{epoch:02d}-{val_loss:.2f}.safetensors"
    fit(trained, Told(5, 3, 4.126, 4), callbacks.ModelCheckpoint(path, save_weights_only=True), keep)
    names = ["01-5.00", "02-3.00", "03-4.13", "04-4.00"]
    assert sorted(each.name for each in path.parent.iterdir()) == [f"{name}.safetensors" for name in names]
    other = model()
    for name, weights in zip(names, kept, strict=True):
        other.load_weights(path.parent / f"{name}.safetensors")
        for a, b in zip(other.get_weights(), weights, strict=True):
            np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize(("threshold", "saved"), [(None, [1, 2, 4]), (4.0, [2, 4])])
def test_checkpoints_of_the_best(tmp_path, threshold, saved, capsys):
    path = tmp_path / "{epoch}.safetensors"
    best = callbacks.ModelCheckpoint(
        path, save_best_only=True, save_weights_only=True, verbose=1, initial_value_threshold=threshold
    )
    fit(model(), Told(5, 3, 4, 2), best)
    assert sorted(int(each.stem) for each in tmp_path.iterdir()) == saved
    assert f"Epoch 4: saving model to {tmp_path / '4.safetensors'}" in capsys.readouterr().out


def test_checkpoints_after_batches(tmp_path):
    path = tmp_path / "{epoch}-{batch}.safetensors"
    fit(model(), callbacks.ModelCheckpoint(path, save_weights_only=True, save_freq=2))
    assert sorted(each.stem for each in tmp_path.iterdir()) == ["1-2", "2-1", "2-3", "3-2", "4-1", "4-3"]


def test_checkpoints_of_whole_models(tmp_path):
    trained, saved = model(), []
    trained.save = saved.append
    fit(trained, callbacks.ModelCheckpoint(tmp_path / "{epoch}.safetensors"), epochs=2)
    assert saved == [tmp_path / "1.safetensors", tmp_path / "2.safetensors"]


def test_checkpoints_that_cannot_be(tmp_path):
    for weights_only in (False, True):
        with pytest.raises(ValueError, match=r"^\[ModelCheckpoint\] filepath must end in .safetensors, got '.*keras'"):
            callbacks.ModelCheckpoint(tmp_path / "a.keras", save_weights_only=weights_only)
    with pytest.raises(ValueError, match=r"^\[ModelCheckpoint\] save_freq must be 'epoch' or a positive integer, "):
        callbacks.ModelCheckpoint(tmp_path / "a.safetensors", save_freq=0)
    unknown = callbacks.ModelCheckpoint(tmp_path / "{auc}.safetensors", save_weights_only=True)
    with pytest.raises(ValueError, match=r"^\[ModelCheckpoint\] filepath names 'auc', which is not in the logs; there"):
        fit(model(), unknown)


def test_a_file_for_every_epoch(tmp_path):
    path, trained = tmp_path / "log.csv", model()
    history = fit(trained, callbacks.CSVLogger(path), epochs=2).history
    fit(trained, callbacks.CSVLogger(path, append=True), epochs=3, initial_epoch=2)
    with open(path, newline="") as file:
        rows = list(csv.reader(file))
    assert rows[0] == ["epoch", "loss", "mae"]
    assert [row[0] for row in rows[1:]] == ["0", "1", "2"]
    assert [float(row[1]) for row in rows[1:3]] == history["loss"]
    fit(trained, callbacks.CSVLogger(path, separator=";"), epochs=1)
    assert path.read_text().splitlines()[0] == "epoch;loss;mae"
    assert len(path.read_text().splitlines()) == 2


def test_a_line_for_quantities_that_come_and_go_and_for_arrays(tmp_path):
    path, trained = tmp_path / "log.csv", model(metrics=["f1_score"])
    fit(trained, callbacks.CSVLogger(path), epochs=2, validation_data=data(4), validation_freq=[1])
    first, second = csv.DictReader(path.read_text().splitlines())
    assert first["val_loss"] != "NA" == second["val_loss"]
    assert first["f1_score"].startswith("[")


# --- pictures


def test_learning_curves(tmp_path):
    pytest.importorskip("matplotlib", reason="learning curves are drawn with matplotlib")
    history = fit(model(), validation_data=data(4), validation_freq=2)
    assert len(history.history["val_loss"]) == 2
    figure = history.plot(tmp_path / "curves.png")
    assert (tmp_path / "curves.png").read_bytes()[1:4] == b"PNG"
    assert [axes.get_title() for axes in figure.axes] == ["loss", "mae"]
    training, validation = figure.axes[0].lines
    assert training.get_xdata().tolist() == [1, 2, 3, 4]
    assert validation.get_xdata().tolist() == [2, 4]
    assert validation.get_ydata().tolist() == history.history["val_loss"]
    assert figure.axes[0].get_legend() is not None


def test_a_curve_alone_has_no_legend(tmp_path):
    pytest.importorskip("matplotlib", reason="learning curves are drawn with matplotlib")
    figure = fit(model()).plot(tmp_path / "curves.png")
    assert [axes.get_legend() for axes in figure.axes] == [None, None]


def test_pictures_that_cannot_be_drawn(tmp_path, monkeypatch):
    with pytest.raises(ValueError, match=r"^\[plot\] the history must hold at least one epoch"):
        callbacks.History().plot(tmp_path / "none.png")
    history = fit(model())
    monkeypatch.setitem(sys.modules, "matplotlib", None)
    monkeypatch.setitem(sys.modules, "matplotlib.figure", None)
    with pytest.raises(ImportError, match=r"^\[plot\] drawing needs matplotlib: pip install matplotlib"):
        history.plot(tmp_path / "none.png")


def test_the_loop_by_itself_saves_its_weights(tmp_path):
    """A Trainer without a Keras model is what callbacks see as their model."""
    from mushin import nn, optim
    from mushin.train.batches import Data
    from mushin.train.loop import Objective, Trainer

    net = nn.Linear(3, 2)
    loss = lambda outputs, target, weight: nn.functional.mse_loss(outputs, target)  # noqa: E731
    trainer = Trainer(net, [Objective(loss)], optim.SGD(net.parameters(), lr=0.1))
    path = tmp_path / "best.safetensors"
    stopping = callbacks.EarlyStopping("loss", restore_best_weights=True, patience=9)
    plateau = callbacks.ReduceLROnPlateau("loss", patience=1)
    saved = callbacks.ModelCheckpoint(path, "loss", save_best_only=True, save_weights_only=True)
    history = trainer.fit(Data(*data()), 4, 3, callbacks=[stopping, plateau, saved])
    assert len(history.history["learning_rate"]) == 3
    other = nn.Linear(3, 2)
    io.load_state(path, other)
    np.testing.assert_array_equal(other.weight.array, net.weight.array)
