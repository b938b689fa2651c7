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
    "AdamW": {**ADAM, "weight_decay": 0.004, "name": "adam_w", **CLIPPING},
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
        (lambda: optimizers.AdamW(beta_2=-0.1), r"^\[adam_w\] beta_2 must be in \[0, 1\), got -0.1"),
        (lambda: optimizers.Adam(clipnorm=0.0), r"^\[adam\] clipnorm must be above 0, got 0.0"),
        (
            lambda: optimizers.SGD(clipnorm=1.0, global_clipnorm=1.0, name="mine"),
            r"^\[mine\] only one way of clipping can be chosen, got clipnorm and global_clipnorm",
        ),
        (lambda: optimizers.Adam(epsilon=-1.0), r"^\[adam\] epsilon must not be negative, got -1.0"),
        (lambda: optimizers.AdamW(weight_decay=-1.0), r"^\[adam_w\] weight_decay must not be negative, got -1.0"),
        (lambda: optimizers.SGD().step(), r"^\[sgd\] the optimizer is not bound to parameters yet"),
        (lambda: optimizers.SGD().build([]), r"^\[sgd\] parameters must hold at least one parameter, got none"),
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
        ({"global_clipnorm": 2.5}, [[7.5 / 25.25**0.5, 10 / 25.25**0.5], [1.25 / 25.25**0.5]]),
        ({"clipnorm": 100.0}, [[3.0, 4.0], [0.5]]),
    ],
)
def test_clipping(clipping, expected):
    got = one_step(optimizers.SGD(1.0, **clipping), [[3.0, 4.0], [0.5]], start=0.0)
    for p, g in zip(got, expected):
        np.testing.assert_allclose(-p, g, rtol=1e-6)


def test_weight_decay_is_decoupled():
    (p,) = one_step(optimizers.SGD(0.5, weight_decay=0.2), [[0.0, 1.0]])
    np.testing.assert_allclose(p, [0.9, 0.4], rtol=1e-6)
    (p,) = one_step(optimizers.AdamW(0.5, weight_decay=0.2), [[0.0, 1.0]])
    np.testing.assert_allclose(p, [0.9, 0.4], rtol=1e-5)  # epsilon is 3e-6 of the root of the first average


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


# (kind, options, what is set after a step, how the next step changes two weights: Keras' own numbers, from
# w = [1, 2], g = [3, 4] and learning_rate=0.1 in eager mode)
CHANGES = [
    ("SGD", {}, {"clipvalue": 0.5}, [-0.05, -0.05]),
    ("SGD", {}, {"clipnorm": 0.5}, [-0.03, -0.04]),
    ("SGD", {}, {"global_clipnorm": 0.5}, [-0.03, -0.04]),
    ("SGD", {"clipvalue": 1e-9}, {"clipvalue": None, "clipnorm": 0.5}, [-0.03, -0.04]),
    ("SGD", {"clipnorm": 1e-9}, {"clipnorm": None}, [-0.3, -0.4]),
    ("SGD", {"clipnorm": 1e-9}, {"clipnorm": 0.5}, [-0.03, -0.04]),
    ("SGD", {}, {"nesterov": True}, [-0.3, -0.4]),
    ("SGD", {}, {"weight_decay": 0.5}, [-0.335, -0.48]),
    ("SGD", {"weight_decay": 0.5}, {"weight_decay": None}, [-0.3, -0.4]),
    ("SGD", {"momentum": 0.5}, {"momentum": 0.0}, [-0.3, -0.4]),
    ("SGD", {"momentum": 0.5}, {"momentum": 0.1}, [-0.33, -0.44]),
    ("SGD", {"momentum": 0.5}, {"nesterov": True}, [-0.525, -0.7]),
    ("Adam", {}, {"beta_1": 0.1}, [-0.09191823, -0.09191823]),
    ("Adam", {}, {"beta_2": 0.1}, [-0.10487503, -0.10487497]),
    ("Adam", {}, {"epsilon": 10.0}, [-0.00132352, -0.00175703]),
    ("Adam", {}, {"weight_decay": 0.5}, [-0.14499897, -0.19499898]),
    ("Adam", {"amsgrad": True}, {"amsgrad": False}, [-0.09999889, -0.09999895]),
]


@pytest.mark.parametrize(("kind", "options", "changes", "expected"), CHANGES)
def test_what_is_set_later_is_used(kind, options, changes, expected):
    optimizer = getattr(optimizers, kind)(learning_rate=0.1, **options)
    p = Tensor(np.array([1, 2], np.float32))
    optimizer.build([p])
    p.grad = np.array([3, 4], np.float32)
    optimizer.step()
    for name, value in changes.items():
        setattr(optimizer, name, value)
        assert getattr(optimizer, name) == value
    before = p.numpy().copy()
    p.grad = np.array([3, 4], np.float32)
    optimizer.step()
    np.testing.assert_allclose(p.numpy() - before, expected, rtol=1e-5, atol=2e-7)


def test_states_that_are_first_needed_later_start_at_zero():
    """Keras fails at the next step."""
    optimizer = optimizers.SGD(learning_rate=0.1)
    p = Tensor(np.array([1, 2], np.float32))
    optimizer.build([p])
    for momentum, expected in ((0.0, [-0.3, -0.4]), (0.5, [-0.3, -0.4]), (0.5, [-0.45, -0.6])):
        optimizer.momentum = momentum
        before = p.numpy().copy()
        p.grad = np.array([3, 4], np.float32)
        optimizer.step()
        np.testing.assert_allclose(p.numpy() - before, expected, rtol=1e-5)


@pytest.mark.parametrize(
    ("kind", "options", "changes"),
    [
        *[(kind, options, changes) for kind, options, changes, _ in CHANGES],
        ("SGD", {}, {"learning_rate": 0.0}),
        ("SGD", {}, {"momentum": 0.5}),
        ("Adam", {}, {"learning_rate": 0.0}),
        ("Adam", {}, {"amsgrad": True}),
    ],
)
def test_what_is_set_later_reaches_a_recorded_step(kind, options, changes):
    """Replayed steps give the same weights as those that run eagerly."""
    x, y = np.eye(4, dtype=np.float32)[np.arange(40) % 4], np.arange(40) % 3
    weights = []
    for run_eagerly in (False, True):
        keras.utils.set_random_seed(1)
        model = keras.Sequential([keras.layers.Dense(3, activation="softmax", input_shape=(4,))])
        optimizer = getattr(optimizers, kind)(learning_rate=0.1, **options)
        model.compile(optimizer, "sparse_categorical_crossentropy", run_eagerly=run_eagerly)
        model.fit(x, y, batch_size=4, verbose=0)
        for name, value in changes.items():
            setattr(optimizer, name, value)
        model.fit(x, y, batch_size=4, verbose=0)
        weights.append(model.get_weights())
        assert run_eagerly or model._trainer.train_step.replayed > 12
    for a, b in zip(*weights, strict=True):
        np.testing.assert_array_equal(a, b)


@pytest.mark.parametrize(
    ("name", "value", "error", "message"),
    [
        ("learning_rate", -1.0, ValueError, r"learning_rate must not be negative, got -1.0"),
        ("learning_rate", "fast", TypeError, r"learning_rate must be a number, got 'fast'"),
        ("learning_rate", None, TypeError, r"learning_rate must be a number, got None"),
        ("learning_rate", abs, TypeError, r"learning_rate must be a number, got <built-in function abs>"),
        ("beta_1", 1.0, ValueError, r"beta_1 must be in \[0, 1\), got 1.0"),
        ("epsilon", -1e-3, ValueError, r"epsilon must not be negative, got -0.001"),
        ("clipnorm", 0.0, ValueError, r"clipnorm must be above 0, got 0.0"),
        ("clipnorm", 1.0, ValueError, r"only one way of clipping can be chosen, got clipnorm and clipvalue"),
    ],
)
def test_wrong_values_that_are_set_later_change_nothing(name, value, error, message):
    optimizer = optimizers.Adam(clipvalue=0.5)
    p = Tensor(np.ones(2, np.float32))
    optimizer.build([p])
    before, groups = getattr(optimizer, name), [dict(group) for group in optimizer.body.param_groups]
    with pytest.raises(error, match=rf"^\[adam\] {message}"):
        setattr(optimizer, name, value)
    assert getattr(optimizer, name) == before
    assert [dict(group) for group in optimizer.body.param_groups] == groups


def test_what_is_set_in_a_step_keeps_it_from_being_recorded():
    p = Tensor(np.ones(3, np.float32), requires_grad=True)
    optimizer = optimizers.SGD(0.1, clipvalue=1.0)
    optimizer.build([p])

    @mushin.compile
    def step(x):
        optimizer.zero_grad()
        (p * x).sum().backward()
        optimizer.clipvalue = 0.5
        optimizer.step()

    def steps():
        for _ in range(4):
            step(mushin.ones(3))

    with pytest.warns(RuntimeWarning, match=r"\[sgd.clipvalue\] a hyperparameter cannot be set"):
        steps()
    np.testing.assert_allclose(p.detach().numpy(), 1 - 4 * 0.05, rtol=1e-6)


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
