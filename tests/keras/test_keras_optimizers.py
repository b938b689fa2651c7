"""Optimizers and utilities: Keras' defaults, options that exclude each other, changes between steps."""

import random

import numpy as np
import pytest

import mushin
from mushin import Tensor, keras
from mushin.keras import optimizers

ADAM = {"learning_rate": 0.001, "beta_1": 0.9, "beta_2": 0.999, "epsilon": 1e-7, "amsgrad": False}
CLIPPING = {"clipnorm": None, "clipvalue": None, "global_clipnorm": None}
DEFAULTS = {
    "SGD": {"learning_rate": 0.01, "momentum": 0.0, "nesterov": False, "weight_decay": None, "name": "sgd", **CLIPPING},
    "Adam": {**ADAM, "weight_decay": None, "name": "adam", **CLIPPING},
    "AdamW": {**ADAM, "weight_decay": 0.004, "name": "adamw", **CLIPPING},
}


@pytest.mark.parametrize("name", DEFAULTS)
def test_defaults_are_keras_s(name):
    optimizer = getattr(optimizers, name)()
    assert {option: getattr(optimizer, option) for option in DEFAULTS[name]} == DEFAULTS[name]


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: optimizers.SGD(-0.1), r"^\[sgd\] learning_rate must not be negative, got -0.1"),
        (lambda: optimizers.Adam(float("nan")), r"^\[adam\] learning_rate must not be negative, got nan"),
        (lambda: optimizers.SGD(momentum=1.5), r"^\[sgd\] momentum must be in \[0, 1\], got 1.5"),
        (lambda: optimizers.Adam(beta_1=1.0), r"^\[adam\] beta_1 must be in \[0, 1\), got 1.0"),
        (lambda: optimizers.AdamW(beta_2=-0.1), r"^\[adamw\] beta_2 must be in \[0, 1\), got -0.1"),
        (lambda: optimizers.Adam(clipnorm=0.0), r"^\[adam\] clipnorm must be above 0, got 0.0"),
        (
            lambda: optimizers.SGD(clipnorm=1.0, global_clipnorm=1.0, name="mine"),
            r"^\[mine\] only one way of clipping can be chosen, got clipnorm and global_clipnorm",
        ),
        (lambda: optimizers.SGD().step(), r"^\[sgd\] the optimizer is not bound to parameters yet"),
    ],
)
def test_wrong_options(make, message):
    with pytest.raises(ValueError, match=message):
        make()


def one_step(optimizer, gradients, start=1.0):
    """What a step makes of parameters that are `start` everywhere."""
    params = [Tensor(np.full(np.shape(g), start, np.float32)) for g in gradients]
    optimizer.build(params)
    for p, g in zip(params, gradients):
        p.grad = None if g is None else np.array(g, np.float32)
    optimizer.step()
    return [p.array for p in params]


@pytest.mark.parametrize(
    ("clipping", "expected"),
    [
        ({"clipnorm": 1.0}, [[0.6, 0.8], [0.5]]),
        ({"clipvalue": 1.0}, [[1.0, 1.0], [0.5]]),
        ({"global_clipnorm": 2.5}, [[1.5 / 1.005, 2 / 1.005], [0.25 / 1.005]]),
        ({"clipnorm": 100.0}, [[3.0, 4.0], [0.5]]),
    ],
)
def test_clipping(clipping, expected):
    got = one_step(optimizers.SGD(1.0, **clipping), [[3.0, 4.0], [0.5]], start=0.0)
    for p, g in zip(got, expected):
        np.testing.assert_allclose(-p, g, rtol=1e-4)


def test_weight_decay_is_decoupled():
    (p,) = one_step(optimizers.SGD(0.5, weight_decay=0.2), [[0.0, 1.0]])
    np.testing.assert_allclose(p, [0.9, 0.4], rtol=1e-6)
    (p,) = one_step(optimizers.AdamW(0.5, weight_decay=0.2), [[0.0, 1.0]])
    np.testing.assert_allclose(p, [0.9, 0.4], rtol=1e-4)


def test_a_parameter_without_gradient_is_left_alone():
    a, b = Tensor(np.ones(3, np.float32)), Tensor(np.ones(2, np.float32))
    optimizer = optimizers.AdamW(0.1)
    optimizer.build([a, b])
    a.grad = np.ones(3, np.float32)
    optimizer.step()
    assert (a.array < 1).all()
    assert (b.array == 1).all()


def test_a_changed_rate_is_used():
    a = Tensor(np.ones(2, np.float32))
    optimizer = optimizers.SGD(1e9)
    optimizer.build([a])
    optimizer.learning_rate = 0.5
    a.grad = np.ones(2, np.float32)
    optimizer.step()
    assert optimizer.learning_rate == 0.5
    np.testing.assert_array_equal(a.array, [0.5, 0.5])
    optimizer.zero_grad()
    assert a.grad is None


def test_a_changed_rate_reaches_a_recorded_step():
    x, y = np.eye(4, dtype=np.float32)[np.arange(40) % 4], np.arange(40) % 3
    model = keras.Sequential([keras.layers.Dense(3, activation="softmax", input_shape=(4,))])
    model.compile("adam", "sparse_categorical_crossentropy")
    model.fit(x, y, batch_size=4, verbose=0)
    model.optimizer.learning_rate = 0.0
    before = model.get_weights()
    model.fit(x, y, batch_size=4, verbose=0)
    assert all(np.array_equal(a, b) for a, b in zip(before, model.get_weights()))
    assert model._trainer.train_step.replayed > 12


# --- utilities


def test_set_random_seed_starts_all_generators():
    def draw():
        keras.utils.set_random_seed(5)
        return random.random(), np.random.rand(), mushin.rand(3).tolist()

    assert draw() == draw()


def test_to_categorical():
    rows = keras.utils.to_categorical([0, 2, 1])
    assert rows.dtype == np.float32
    assert rows.tolist() == [[1, 0, 0], [0, 0, 1], [0, 1, 0]]
    assert keras.utils.to_categorical([0, 1], num_classes=4).shape == (2, 4)
    assert keras.utils.to_categorical([[0], [1]]).tolist() == [[1, 0], [0, 1]]
    assert keras.utils.to_categorical([[0, 1], [2, 2]]).shape == (2, 2, 3)
    assert keras.utils.to_categorical([], 3).shape == (0, 3)
    assert keras.utils.to_categorical(np.array([1.0, 0.0])).tolist() == [[0, 1], [1, 0]]


@pytest.mark.parametrize("ids", [[0, 4], [-1, 0]])
def test_to_categorical_of_ids_out_of_range(ids):
    with pytest.raises(ValueError, match=r"^\[to_categorical\] x must be in \[0, 3\), got ids from"):
        keras.utils.to_categorical(ids, 3)
