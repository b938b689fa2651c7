"""The training loop by itself: passes over data, their order, modes, running means, callbacks."""

import threading

import numpy as np
import pytest

import mushin
from mushin import Tensor, nn, optim
from mushin.nn import functional
from mushin.nn.modes import training_mode
from mushin.nn.packing import _free
from mushin.ops.random import numpy_generator
from mushin.train.batches import Data
from mushin.train.callbacks import LambdaCallback
from mushin.train.loop import Objective, Trainer
from mushin.train.metrics import Accuracy, MeanLoss, MeanSquaredError


def mse_loss(outputs, target, weight):
    assert weight is None
    return functional.mse_loss(outputs, target)


def trainer(rate=0.1, captured=True, dropout=0.0, names=("mse",)):
    mushin.seed(0)
    model = nn.Sequential(nn.Linear(3, 2), nn.Dropout(dropout))
    optimizer = optim.SGD(model.parameters(), lr=rate)
    metrics = {name: MeanSquaredError(name) for name in names}
    return Trainer(model, [Objective(mse_loss, metrics=metrics)], optimizer, captured=captured)


def values(trained):
    return [p.array.tolist() for p in trained.model.parameters()]


def data(n=10):
    x = np.arange(3 * n, dtype=np.float32).reshape(n, 3) / 10
    return Data(x, x[:, :2] - x[:, 2:], y_dtype=np.float32)


def samples(n=10):
    return Data(data(n).x[0], None)


class Watching(Trainer):
    """Notes the first column of every batch that it trains on."""

    def _train_step(self, layout, x, y):
        self.seen.append(x.array[:, 0].tolist())
        super()._train_step(layout, x, y)


def watched(**options):
    mushin.seed(3)
    model = nn.Linear(3, 2)
    watching = Watching(model, [Objective(mse_loss)], optim.SGD(model.parameters(), lr=0.1), captured=False)
    watching.seen = []
    watching.fit(Data(np.arange(30.0).reshape(10, 3), np.zeros((10, 2)), y_dtype=np.float32), **options)
    return watching.seen


def test_batches_in_order():
    assert watched(batch_size=4, epochs=1, shuffle=False) == [[0, 3, 6, 9], [12, 15, 18, 21], [24, 27]]


def test_shuffled_batches():
    seen = watched(batch_size=4, epochs=3)
    epochs = [[x for batch in seen[i : i + 3] for x in batch] for i in (0, 3, 6)]
    assert all(sorted(epoch) == [3 * i for i in range(10)] for epoch in epochs)
    assert len({tuple(epoch) for epoch in epochs}) == 3
    assert watched(batch_size=4, epochs=3) == seen
    assert [len(batch) for batch in seen[:3]] == [4, 4, 2]


def test_the_order_is_the_seed_s():
    mushin.seed(3)
    nn.Linear(3, 2)  # draws its weights first, as the watched model does
    orders = []
    for _ in range(2):
        order = np.arange(10)
        numpy_generator().shuffle(order)
        orders += [3 * i for i in order]
    assert [x for batch in watched(batch_size=10, epochs=2) for x in batch] == orders


def test_training_on_a_batch_is_one_step():
    one, fitted = trainer(), trainer()
    logs = one.train_batch(data().whole())
    history = fitted.fit(data(), batch_size=10, epochs=1, shuffle=False)
    assert {name: [value] for name, value in logs.items()} == history.history
    assert values(one) == values(fitted)


def test_a_smaller_last_batch_counts_by_its_samples():
    both = trainer(rate=0.0)
    history = both.fit(data(), batch_size=4, epochs=1)
    scores = both.evaluate(data(), batch_size=3)
    exact = ((both.predict(samples(), 10) - data().y[0]) ** 2).mean()
    for logs in ({name: values[0] for name, values in history.history.items()}, scores):
        assert logs["loss"] == pytest.approx(exact, rel=1e-5)
        assert logs["mse"] == pytest.approx(exact, rel=1e-5)


def test_logs_are_sorted_by_name():
    both = trainer(names=("mse", "zeta", "Beta"))
    seen = []
    history = both.fit(
        data(),
        5,
        epochs=1,
        validation=data(4),
        callbacks=LambdaCallback(on_epoch_end=lambda epoch, logs: seen.extend(logs)),
    )
    expected = ["Beta", "loss", "mse", "val_Beta", "val_loss", "val_mse", "val_zeta", "zeta"]
    assert list(history.history) == seen == expected
    assert list(both.evaluate(data(), 5)) == list(both.train_batch(data().whole())) == ["Beta", "loss", "mse", "zeta"]


def test_the_callback_gets_epochs_and_logs():
    seen = []

    def note(epoch, logs):
        seen.append((epoch, logs))

    history = trainer().fit(
        data(), 5, epochs=5, initial_epoch=2, validation=data(4), callbacks=LambdaCallback(on_epoch_end=note)
    )
    assert [epoch for epoch, _ in seen] == history.epoch == [2, 3, 4]
    assert set(seen[0][1]) == {"loss", "mse", "val_loss", "val_mse"}
    assert [logs["val_loss"] for _, logs in seen] == history.history["val_loss"]


def test_an_error_in_the_callback_leaves_the_model_usable():
    stopped = trainer(dropout=0.5)
    stopped.model.eval()

    def stop(epoch, logs):
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        stopped.fit(data(), 5, epochs=3, callbacks=LambdaCallback(on_epoch_end=stop))
    assert not stopped.model.training
    plain = trainer(dropout=0.5)
    plain.fit(data(), 5, epochs=1)
    assert values(stopped) == values(plain)


def test_modes_are_put_back_module_by_module():
    model = nn.Sequential(nn.Dropout(0.5), nn.Sequential(nn.Dropout(0.5), nn.Linear(2, 2)))
    model[1].eval()
    before = [module.training for module in model.modules()]
    for training in (True, False):
        with training_mode(model, training):
            assert all(module.training is training for module in model.modules())
        assert [module.training for module in model.modules()] == before


def test_a_mode_is_held_for_one_thread():
    model, seen = nn.Dropout(0.5), []
    with training_mode(model, False):
        other = threading.Thread(target=lambda: seen.append(model.training))
        other.start()
        other.join()
        assert (model.training, seen) == (False, [True])


def test_a_mode_that_is_set_meanwhile_stays():
    model = nn.Sequential(nn.Dropout(0.5), nn.Dropout(0.5))
    with training_mode(model, False):
        model[0].train()
        assert (model[0].training, model[1].training) == (True, False)
        with training_mode(model, True):
            model[1].eval()
        assert (model[0].training, model[1].training) == (True, False)
    assert (model[0].training, model[1].training) == (True, False)


def test_held_modes_of_two_models_are_told_apart():
    first, second = nn.Dropout(0.5), nn.Dropout(0.5)
    for module in (first, second):
        module.eval()
    step = mushin.compile(lambda x: first(x) + second(x))
    dropped = []
    for held in (first, second):
        for i in range(5):
            with training_mode(held, True):
                step(mushin.full((1000,), float(i + 1)))
                dropped.append([model.training for model in (first, second)])
    assert step.step.plans == 2
    assert dropped == [[True, False]] * 5 + [[False, True]] * 5


def test_plans_stay_good_through_evaluations():
    """Epochs with validation between them: each kind of step is recorded once."""
    both = trainer(dropout=0.5)
    both.fit(data(8), batch_size=4, epochs=10, validation=data(4))
    assert (both.train_step.plans, both.evaluate_step.plans) == (1, 1)
    assert (both.train_step.eager, both.evaluate_step.eager) == (4, 3)
    both.fit(data(8), batch_size=4, epochs=5, validation=data(4))
    both.predict(samples(4), 4)
    both.fit(data(8), batch_size=4, epochs=5, validation=data(4))
    assert (both.train_step.eager, both.evaluate_step.eager) == (4, 3)
    assert both.train_step.replayed == 36


def test_rows_are_cast():
    integers = Data(np.arange(30).reshape(10, 3), np.arange(20, dtype=np.uint8).reshape(10, 2), y_dtype=np.float32)
    floats = Data(integers.x[0].astype(np.float32), integers.y[0].astype(np.float32))
    runs = []
    for each in (integers, floats):
        one = trainer(rate=1e-4)
        runs.append((one.fit(each, 4, epochs=3).history, one.predict(Data(each.x[0], None), 4).tolist()))
    assert runs[0] == runs[1]


# --- metrics


def test_accuracy_of_ids_and_rows():
    scores = Tensor(np.array([[0.1, 0.9, 0.0], [0.5, 0.2, 0.3], [0.0, 0.1, 0.2], [1, 2, 3]], np.float32))
    ids = np.array([1, 1, 2, 0])
    for target in (ids, ids.astype(np.int64), np.eye(3, dtype=np.float32)[ids]):
        metric = Accuracy()
        metric.update(scores, Tensor(target))
        assert metric.result() == 0.5
        metric.update(scores, Tensor(target))
        assert (metric.result(), metric.total.tolist()) == (0.5, [4, 8])


def test_accuracy_of_sequences():
    metric = Accuracy("share")
    scores = np.eye(3, dtype=np.float32)[np.array([[0, 1], [2, 2]])]
    metric.update(Tensor(scores), Tensor(np.array([[0, 1], [2, 0]])))
    assert (metric.name, metric.result()) == ("share", 0.75)


def test_mean_loss_is_weighted():
    metric = MeanLoss("loss")
    assert metric.result() == 0.0
    metric.update_loss(Tensor(np.float32(2.0)), 3)
    metric.update_loss(Tensor(np.float32(5.0)), 1)
    assert metric.result() == pytest.approx(2.75)
    metric.reset()
    assert metric.result() == 0.0


def test_mean_squared_error():
    metric = MeanSquaredError()
    metric.update(Tensor(np.zeros((2, 3), np.float32)), Tensor(np.full((2, 3), 2, np.float32)))
    metric.update(Tensor(np.zeros((1, 3), np.float32)), Tensor(np.full((1, 3), 1, np.float32)))
    assert metric.result() == pytest.approx(3.0)


def wide_trainer():
    mushin.seed(0)
    model = nn.Linear(3, 64)
    return Trainer(model, [Objective(mse_loss)], optim.SGD(model.parameters(), lr=0.1))


def wide_data(n):
    return Data(data(n).x[0], np.zeros((n, 64)), y_dtype=np.float32)


def has_packed(trained):
    return any(packings._packed for packings in _free.get(trained.model, []))


def test_passes_of_many_batches_pack_weights():
    trained = wide_trainer()
    trained.predict(samples(24), batch_size=8)
    trained.evaluate(wide_data(24), batch_size=8)
    trained.fit(wide_data(32), batch_size=8, epochs=1, validation=wide_data(32), validation_batch_size=8)
    assert not has_packed(trained)  # few are not worth it, and `fit` holds no second copy of the weights
    trained.evaluate(wide_data(32), batch_size=8)
    assert has_packed(trained)


def test_every_pass_sees_the_weights_as_they_are():
    trained = wide_trainer()
    for scale in (1.0, 2.0, -3.0):
        weight, bias = (p.array for p in trained.model.parameters())
        weight *= np.float32(scale)
        expected = samples(44).x[0] @ weight.T + bias
        np.testing.assert_allclose(trained.predict(samples(44), batch_size=8), expected, rtol=1e-5, atol=1e-5)
        assert trained.evaluate(wide_data(44), batch_size=8)["loss"] == pytest.approx((expected**2).mean(), rel=1e-5)
    assert has_packed(trained)
    assert trained.predict_step.replayed > 8
    assert trained.evaluate_step.replayed > 8
