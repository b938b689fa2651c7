"""Regularizers and constraints of layers that are trained, beside steps of gradient descent in NumPy."""

import numpy as np
import pytest

from mushin import Tensor, keras, ops
from mushin.keras import callbacks, constraints, layers, regularizers

RATE = 0.1
RNG = np.random.Generator(np.random.Philox(9))
X = RNG.standard_normal((12, 3)).astype(np.float32)
Y = np.stack([X.sum(1), X[:, 0] * 2], axis=1)


def linear(loss="mse", run_eagerly=False, **options):
    keras.utils.set_random_seed(4)
    model = keras.Sequential([layers.Dense(2, input_shape=(3,), **options)])
    model.compile(keras.optimizers.SGD(RATE), loss, run_eagerly=run_eagerly)
    return model


def fit(model, **options):
    return model.fit(X, Y, **{"batch_size": 4, "epochs": 4, "shuffle": False, "verbose": 0, **options})


def test_penalties_in_numpy():
    model = linear(
        kernel_regularizer=regularizers.L1L2(0.01, 0.02),
        bias_regularizer="l2",
        activity_regularizer=regularizers.L1(0.05),
    )
    model.set_weights([model.get_weights()[0], np.array([0.3, -0.2], np.float32)])
    kernel, bias = (w.astype(np.float64) for w in model.get_weights())

    def penalty():
        of_outputs = 0.05 * abs(X @ kernel + bias).sum() / 12
        return 0.01 * abs(kernel).sum() + 0.02 * (kernel**2).sum() + 0.01 * (bias**2).sum() + of_outputs

    for _ in range(6):
        outputs = X @ kernel + bias
        loss = ((outputs - Y) ** 2).mean() + penalty()
        assert model.evaluate(X, Y, verbose=0) == pytest.approx(loss, rel=1e-5)
        assert model.train_on_batch(X, Y) == pytest.approx(loss, rel=1e-5)
        slope = 2 * (outputs - Y) / outputs.size + 0.05 * np.sign(outputs) / 12
        step = X.T @ slope + 0.01 * np.sign(kernel) + 0.04 * kernel
        kernel, bias = kernel - RATE * step, bias - RATE * (slope.sum(0) + 0.02 * bias)
    np.testing.assert_allclose(model.get_weights()[0], kernel, rtol=1e-5, atol=1e-6)
    assert model._trainer.train_step.replayed > 1


def test_what_is_frozen_is_not_penalized():
    plain, frozen = linear(), linear(kernel_regularizer="l2")
    frozen.layers[0].trainable = False
    assert frozen.evaluate(X, Y, verbose=0) == plain.evaluate(X, Y, verbose=0)


def test_a_function_is_a_regularizer():
    own, built_in = (linear(kernel_regularizer=r) for r in (lambda w: 0.02 * ops.sum(w * w), regularizers.L2(0.02)))
    fit(own)
    fit(built_in)
    for a, b in zip(own.get_weights(), built_in.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-6, atol=1e-6)


@pytest.mark.parametrize(
    ("constraint", "holds"),
    [
        (constraints.MaxNorm(0.7), lambda k: np.linalg.norm(k, axis=0).max() <= 0.7 * (1 + 1e-6)),
        (constraints.MaxNorm(0.7, axis=1), lambda k: np.linalg.norm(k, axis=1).max() <= 0.7 * (1 + 1e-6)),
        (constraints.MaxNorm(0.7, axis=[0, 1]), lambda k: np.linalg.norm(k) <= 0.7 * (1 + 1e-6)),
        ("unit_norm", lambda k: np.allclose(np.linalg.norm(k, axis=0), 1, rtol=1e-5)),
        ("non_neg", lambda k: k.min() >= 0),
        (
            constraints.MinMaxNorm(1.5, 1.8),
            lambda k: np.all(abs(np.linalg.norm(k, axis=0) - 1.65) <= 0.15 * (1 + 1e-5)),
        ),
        (lambda w: ops.clip(w, -0.1, 0.1), lambda k: abs(k).max() <= np.float32(0.1)),
    ],
)
def test_constraints_hold_after_every_step(constraint, holds):
    seen = []
    for run_eagerly in (False, True):
        model = linear(kernel_constraint=constraint, run_eagerly=run_eagerly)
        check = callbacks.LambdaCallback(on_train_batch_end=lambda *_: seen.append(holds(model.get_weights()[0])))  # noqa: B023
        fit(model, callbacks=check, epochs=5)
        assert run_eagerly or model._trainer.train_step.replayed > 8
    assert all(seen)
    assert len(seen) == 30


@pytest.mark.parametrize(
    ("room", "kind", "names"),
    [
        (regularizers, regularizers.L1L2, ["L1L2", "l1l2"]),
        (constraints, constraints.MaxNorm, ["MaxNorm", "max_norm"]),
        (keras.initializers, keras.initializers.RandomUniform, ["uniform", "random_uniform", "RandomUniform"]),
        (keras.initializers, keras.initializers.Ones, ["one", "ones"]),
        (keras.losses, keras.losses.Huber, ["huber", "Huber"]),
        (keras.optimizers, keras.optimizers.AdamW, ["adamw", "AdamW"]),
    ],
)
def test_get_takes_names_classes_configurations_and_objects(room, kind, names):
    made = kind()
    given = [*names, keras.saving.serialize_keras_object(made), *([] if room is keras.optimizers else [kind])]
    for each in given:
        assert type(room.get(identifier=each)) is kind
        assert room.get(each).get_config() == made.get_config()
    assert room.get(made) is made


@pytest.mark.parametrize(
    ("make", "message"),
    [
        (lambda: regularizers.L1(-1), r"\[L1\] l1 must be a number from 0 on, got -1"),
        (lambda: regularizers.L1L2(l2=float("inf")), r"\[L1L2\] l2 must be a number from 0 on, got inf"),
        (lambda: regularizers.OrthogonalRegularizer(mode="row"), r"\[OrthogonalRegularizer\] mode must be 'rows' or "),
        (lambda: regularizers.OrthogonalRegularizer()(Tensor(X[0])), r"\[OrthogonalRegularizer\] x must have two axes"),
        (lambda: regularizers.get("l3"), r"\[regularizers\] identifier must be a function, None or one of l1, "),
        (lambda: constraints.get("max"), r"\[constraints\] identifier must be a function, None or one of max_norm, "),
        (
            lambda: linear(loss=keras.losses.MeanSquaredError("none")),
            r"\[compile\] loss .* must be reduced to a ",
        ),
    ],
)
def test_wrong_regularizers_and_constraints(make, message):
    with pytest.raises(ValueError, match=f"^{message}"):
        make()
