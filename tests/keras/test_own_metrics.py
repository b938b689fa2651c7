"""Metrics of one's own with variables, as Keras documents them, by themselves and in recorded steps."""

import numpy as np
import pytest

from keras_models import dense_model, numbers, samples
from mushin import keras
from mushin.keras import layers, ops


class TruePositives(keras.metrics.Metric):
    def __init__(self, name="true_positives_of_one_s_own", **kwargs):
        super().__init__(name=name, **kwargs)
        self.true_positives = self.add_variable(shape=(), initializer="zeros", name="tp")

    def update_state(self, y_true, y_pred, sample_weight=None):
        y_true, y_pred = ops.cast(y_true, "bool"), ops.greater(y_pred, 0.5)
        values = ops.cast(ops.logical_and(ops.equal(y_true, True), ops.equal(y_pred, True)), self.dtype)
        if sample_weight is not None:
            sample_weight = ops.broadcast_to(ops.cast(sample_weight, self.dtype), ops.shape(values))
            values = ops.multiply(values, sample_weight)
        self.true_positives.assign(self.true_positives + ops.sum(values))

    def result(self):
        return self.true_positives


class Share(keras.metrics.Metric):
    """Of two parts: a variable that add_weight makes, and another metric."""

    def __init__(self):
        super().__init__(name="share")
        self.total = self.add_weight(name="total", dtype="float64")
        self.hits = TruePositives()

    def update_state(self, y_true, y_pred, sample_weight=None):
        self.hits.update_state(y_true, y_pred, sample_weight)
        self.total.assign_add(ops.sum(ops.cast(y_true, "float64")))

    def result(self):
        return self.hits.result() / self.total


def test_totals_and_resets():
    metric = TruePositives()
    assert metric([1, 0, 1], np.float32([0.7, 0.9, 0.2])).item() == 1.0
    assert metric([1, 1, 0], np.float32([0.7, 0.9, 0.2]), sample_weight=[0.5, 2.0, 3.0]).item() == 3.5
    assert [v.item() for v in metric.variables] == [3.5]
    metric.reset_state()
    assert metric.result().item() == 0.0
    share = Share()
    share([1, 0, 1], np.float32([0.7, 0.9, 0.2]))
    assert share.result().item() == 0.5
    share.reset_state()
    assert (share.total.item(), share.hits.result().item()) == (0.0, 0.0)


@pytest.mark.parametrize("run_eagerly", [False, True])
def test_recorded_steps_count_each_batch(run_eagerly):
    keras.utils.set_random_seed(2)
    model = keras.Sequential([layers.Dense(3, activation="sigmoid", input_shape=(4,))])
    own = [TruePositives(), Share()]
    model.compile(keras.optimizers.SGD(0.0), "binary_crossentropy", metrics=own, run_eagerly=run_eagerly)
    x, y = samples(80), (numbers(80, 3, seed=2) > 0).astype(np.float32)
    history = model.fit(x, y, batch_size=8, epochs=3, verbose=0, shuffle=False).history
    hits = float(((model.predict(x, verbose=0) > 0.5) & (y > 0)).sum())
    assert 10 < hits < y.sum()
    assert history["true_positives_of_one_s_own"] == [hits] * 3  # numbers, which the next epoch leaves as they are
    np.testing.assert_allclose(history["share"], hits / y.sum(), rtol=1e-6)
    if not run_eagerly:
        assert model.train_function.replayed > 20


def test_weights_of_samples_and_class_ids():
    class Weighed(TruePositives):
        def update_state(self, y_true, y_pred, sample_weight=None):
            self.true_positives.assign_sub(ops.sum(sample_weight) * -1.0)

    model = dense_model()
    model.compile("sgd", "sparse_categorical_crossentropy", weighted_metrics=[Weighed("weighed")])
    weights = np.arange(6, dtype=np.float32)
    scores = model.evaluate(samples(), np.arange(6) % 3, sample_weight=weights, verbose=0, return_dict=True)
    assert scores["weighed"] == 15.0
    with pytest.raises(TypeError, match=r"^\[true_positives_of_one_s_own\] name must be a string, got 3"):
        TruePositives().add_weight(name=3)
