"""Learning-rate schedules, averages of the weights and accumulated gradients: Keras' numbers, in recorded steps too."""

import numpy as np
import pytest

import mushin
from mushin import Tensor, keras
from mushin.keras import optimizers
from mushin.keras.optimizers import schedules
from peers import recipes

EXPECTED = recipes.expected_rates("keras")


@pytest.mark.parametrize("name", recipes.KERAS_SCHEDULES)
def test_rates_are_keras_s(name):
    np.testing.assert_allclose(recipes.run_keras_schedule(schedules, name), EXPECTED[name], rtol=1e-6, atol=1e-7)


def test_every_number_is_used():
    assert set(EXPECTED) == set(recipes.KERAS_SCHEDULES)


@pytest.mark.parametrize("name", recipes.KERAS_SCHEDULES)
def test_a_schedule_made_of_its_configuration_is_the_same(name):
    schedule = recipes.KERAS_SCHEDULES[name](schedules)
    twin = type(schedule).from_config(schedule.get_config())
    assert twin.get_config() == schedule.get_config()
    assert [twin(step) for step in range(20)] == [schedule(step) for step in range(20)]


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (
            lambda: schedules.ExponentialDecay(0.1, 0, 0.5),
            ValueError,
            r"\[ExponentialDecay\] decay_steps must be a",
        ),
        (
            lambda: schedules.ExponentialDecay("x", 1, 0.5),
            TypeError,
            r"\[ExponentialDecay\] initial_learning_rate",
        ),
        (
            lambda: schedules.PiecewiseConstantDecay([1], [0.1]),
            ValueError,
            r"\[PiecewiseConstantDecay\] values must",
        ),
        (lambda: schedules.CosineDecayRestarts(0.1, 3, 0.5), ValueError, r"\[CosineDecayRestarts\] t_mul must not be"),
        (lambda: schedules.CosineDecay(0.1, 3, steps=2), TypeError, r"\[CosineDecay\] unknown argument 'steps'; there"),
        (lambda: schedules.LearningRateSchedule()(0), NotImplementedError, r"\[LearningRateSchedule\] a schedule must"),
    ],
)
def test_wrong_arguments(make, error, message):
    with pytest.raises(error, match="^" + message):
        make()


def fitted(run_eagerly, optimizer, epochs=3, samples=40):
    """The trained model."""
    keras.utils.set_random_seed(1)
    x, y = np.eye(4, dtype=np.float32)[np.arange(samples) % 4], np.arange(samples) % 3
    model = keras.Sequential([keras.layers.Dense(3, activation="softmax", input_shape=(4,))])
    model.compile(optimizer, "sparse_categorical_crossentropy", run_eagerly=run_eagerly)
    model.fit(x, y, batch_size=4, epochs=epochs, verbose=0, shuffle=False)
    return model


OPTIONS = {
    "schedule": {"learning_rate": schedules.CosineDecay(0.5, 20, warmup_target=1.0, warmup_steps=5)},
    "average": {"use_ema": True, "ema_momentum": 0.8},
    "average that takes over": {"use_ema": True, "ema_overwrite_frequency": 3},
    "accumulated": {"gradient_accumulation_steps": 3, "clipnorm": 0.1},
    "all": {
        "learning_rate": schedules.PolynomialDecay(0.5, 8, cycle=True),
        "use_ema": True,
        "gradient_accumulation_steps": 2,
        "ema_overwrite_frequency": 2,
    },
}


@pytest.mark.parametrize("kind", ["SGD", "Adam"])
@pytest.mark.parametrize("options", OPTIONS.values(), ids=OPTIONS)
def test_recorded_steps_are_as_eager_ones(options, kind):
    """fit replays them, whatever changes from step to step."""
    models = [fitted(run_eagerly, getattr(optimizers, kind)(**options)) for run_eagerly in (False, True)]
    for a, b in zip(models[0].get_weights(), models[1].get_weights(), strict=True):
        np.testing.assert_array_equal(a, b)
    assert models[0]._trainer.train_step.replayed > 12


def test_accumulated_gradients_are_one_large_batch():
    """Batches of 4 in threes are a batch of 12, and a count of steps by updates."""
    small = fitted(False, optimizers.Adam(0.1, gradient_accumulation_steps=3), samples=48)
    assert small.optimizer.iterations == 12
    keras.utils.set_random_seed(1)
    large = keras.Sequential([keras.layers.Dense(3, activation="softmax", input_shape=(4,))])
    large.compile(optimizers.Adam(0.1), "sparse_categorical_crossentropy")
    x, y = np.eye(4, dtype=np.float32)[np.arange(48) % 4], np.arange(48) % 3
    large.fit(x, y, batch_size=12, epochs=3, verbose=0, shuffle=False)
    for a, b in zip(small.get_weights(), large.get_weights(), strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-5, atol=1e-6)


def test_fit_leaves_the_averages():
    """As a twin's weights, averaged by hand after every step."""
    averaged = fitted(True, optimizers.SGD(0.5, use_ema=True, ema_momentum=0.7), epochs=1, samples=16).get_weights()
    expected = None
    for steps in (1, 2, 3, 4):
        weights = fitted(True, optimizers.SGD(0.5), epochs=1, samples=4 * steps).get_weights()
        expected = weights if expected is None else [0.7 * a + 0.3 * w for a, w in zip(expected, weights)]
    for a, b in zip(averaged, expected, strict=True):
        np.testing.assert_allclose(a, b, rtol=1e-6)


def test_the_rate_of_a_schedule_is_read():
    optimizer = optimizers.SGD(schedules.PiecewiseConstantDecay([1], [0.5, 0.25]))
    p = Tensor(np.ones(2, np.float32))
    optimizer.build([p])
    rates = []
    for _ in range(4):
        rates.append(optimizer.learning_rate)
        p.grad = np.ones(2, np.float32)
        optimizer.step()
    assert rates == [0.5, 0.5, 0.25, 0.25]
    np.testing.assert_array_equal(p.numpy(), [-0.5, -0.5])
    with pytest.raises(TypeError, match=r"^\[sgd\] learning_rate must be another schedule, as it was made with one"):
        optimizer.learning_rate = 0.1
    optimizer.learning_rate = schedules.PiecewiseConstantDecay([100], [2.0, 0.25])
    assert optimizer.learning_rate == 2.0


def test_a_step_of_one_s_own_begins_outside_of_what_is_recorded():
    p = Tensor(np.ones(2, np.float32), requires_grad=True)
    optimizer = optimizers.SGD(schedules.InverseTimeDecay(1.0, 1, 1.0))
    optimizer.build([p])

    @mushin.compile
    def step(x):
        optimizer.zero_grad()
        (p * x).sum().backward()
        optimizer.step()

    for _ in range(8):
        optimizer.begin_step()
        step(mushin.ones(2))
    assert step.step.replayed > 3
    np.testing.assert_allclose(p.detach().numpy(), 1 - sum(1 / (1 + k) for k in range(8)), rtol=1e-5)


def test_a_recorded_step_that_does_not_begin_stays_eager():
    p = Tensor(np.ones(2, np.float32), requires_grad=True)
    optimizer = optimizers.SGD(schedules.InverseTimeDecay(1.0, 1, 1.0))
    optimizer.build([p])

    @mushin.compile
    def step(x):
        optimizer.zero_grad()
        (p * x).sum().backward()
        optimizer.step()

    def steps():
        for _ in range(6):
            step(mushin.ones(2))

    with pytest.warns(RuntimeWarning, match=r"\[sgd\] begin_step\(\) must be called before a step that is recorded"):
        steps()
    np.testing.assert_allclose(p.detach().numpy(), 1 - sum(1 / (1 + k) for k in range(6)), rtol=1e-5)


def test_an_optimizer_made_of_its_configuration_is_the_same():
    optimizer = optimizers.RMSprop(0.1, momentum=0.5, centered=True, weight_decay=0.1, name="mine", use_ema=True)
    twin = optimizers.RMSprop.from_config(optimizer.get_config())
    assert twin.get_config() == optimizer.get_config()


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"loss_scale_factor": 2.0}, r"\[adam\] loss_scale_factor must be None"),
        ({"gradient_accumulation_steps": 1}, r"\[adam\] gradient_accumulation_steps must be 2 or more, got 1"),
        ({"gradient_accumulation_steps": 2.5}, r"\[adam\] gradient_accumulation_steps must be a positive integer"),
        ({"ema_overwrite_frequency": 0}, r"\[adam\] ema_overwrite_frequency must be a positive integer, got 0"),
        ({"ema_momentum": 1.5}, r"\[adam\] ema_momentum must be in \[0, 1\], got 1.5"),
    ],
)
def test_wrong_options(options, message):
    with pytest.raises(ValueError, match="^" + message):
        optimizers.Adam(**options)
