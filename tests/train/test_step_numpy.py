"""NumPy in the middle of a step: no kernel does what it does, so it keeps the step eager, with a warning."""

import warnings

import numpy as np
import pytest

import mushin
from mushin import Tensor
from mushin.nn import functional
from train.steps import AT_FIRST, Classifier, assert_as_eager, batches, number, stays_eager


def eight_calls(classifier, step):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        for batch in batches(*[8] * 8):
            step(*batch)


# --- values


def test_numpy_in_the_middle_is_noticed():
    step = mushin.compile(lambda x: x * Tensor(np.array(x.array.max() ** 2, np.float32)))
    step(number(1))
    step(number(2))
    with stays_eager("a replay does not repeat it: its output 0 is another"):
        np.testing.assert_array_equal(step(number(3)).array, number(27).array)
    for i in range(4):
        np.testing.assert_array_equal(step(number(i)).array, number(i**3).array)


def test_numpy_that_changes_a_parameter_is_noticed():
    def step(classifier, x, y):
        scale = Tensor(np.array(1 + np.abs(x.array).mean(), np.float32))
        loss = functional.cross_entropy(classifier.model(x) * scale, y)
        classifier.optimizer.zero_grad()
        loss.backward()
        classifier.optimizer.step()

    assert assert_as_eager(eight_calls, step=step).replayed == 0


def test_the_warning_says_what_differs():
    weight = Tensor(np.ones(3, np.float32))

    def write(x):
        with mushin.no_grad():
            weight.copy_(x.array.max() * np.ones(3, np.float32))

    step = mushin.compile(write)
    step(number(1))
    step(number(2))
    with stays_eager(r"a float32 array of shape \(3,\) that it writes becomes another"):
        step(number(3))
    np.testing.assert_array_equal(weight.array, [3, 3, 3])


@pytest.mark.parametrize(
    "compute",
    [
        lambda x: Tensor(x.numpy() * 2),
        lambda x: Tensor(np.add(x, 1)),
        lambda x: Tensor(np.multiply(2, x)),
        lambda x: Tensor(np.stack([x, x])),
        lambda x: Tensor(np.exp(x)),
    ],
)
def test_numpy_functions_read_values(compute):
    step = mushin.compile(lambda x: compute(x * 1.0))
    for i in range(6):
        if i == 1:
            with stays_eager(r"\[numpy\] a tensor's value cannot be read"):
                result = step(number(i))
        else:
            result = step(number(i))
        np.testing.assert_array_equal(result.array, compute(number(i)).array)
    assert step.step.replayed == 0


def test_arithmetic_with_numpy_s_constants_is_captured():
    weights = np.arange(3, dtype=np.float32)
    step = mushin.compile(lambda x: np.float32(2) * x + weights * x)
    for i in range(6):
        np.testing.assert_array_equal(step(number(i)).array, 2 * number(i).array + weights * i)
    assert step.step.replayed == 3


# --- writes


def test_a_temporary_that_numpy_writes():
    def step(x):
        y = x * 2.0
        y.array += 1
        return y

    compiled = mushin.compile(step)
    compiled(number(0))
    compiled(number(1))
    with stays_eager("a replay does not repeat it: its output 0 is another"):
        compiled(number(2))
    np.testing.assert_array_equal(compiled(number(3)).array, number(7).array)


def by_subtraction(w):
    w.array -= np.float32(0.1) * w.grad.array


def by_elements(w):
    w.array[:] = w.array - np.float32(0.1) * w.grad.array


def by_numpy(w):
    np.subtract(w.array, np.float32(0.1) * w.grad.array, out=w.array)


@pytest.mark.parametrize("update", [by_subtraction, by_elements, by_numpy])
def test_parameters_that_numpy_updates(update):
    """No kernel writes the parameter, and what the step returns is right in the first replay."""

    def train(wrap):
        w = Tensor(np.ones(3, np.float32), requires_grad=True)

        def step(x):
            w.grad = None
            loss = (w * x).sum()
            loss.backward()
            update(w)
            return loss

        call = wrap(step)
        return [float(call(number(i)).array) for i in range(12)], w.array.tolist()

    with stays_eager(r"a float32 array of shape \(3,\) is written by something else than a kernel"):
        captured = train(mushin.compile)
    assert captured == train(lambda f: f)


def test_parameters_that_numpy_rebinds():
    def train(wrap):
        w = Tensor(np.ones(3, np.float32), requires_grad=True)

        def step(x):
            w.grad = None
            loss = (w * x).sum()
            loss.backward()
            w.array = w.array - np.float32(0.1) * w.grad.array
            return loss

        call = wrap(step)
        return [float(call(number(i)).array) for i in range(20)], w.array.tolist()

    with pytest.warns(RuntimeWarning, match="each call changes"):
        captured = train(mushin.compile)
    assert captured == train(lambda f: f)


def average_of(kind):
    array = np.zeros(3, np.float32)
    return array, Tensor(array) if kind == "tensor" else array


@pytest.mark.parametrize("kind", ["tensor", "array"])
def test_an_average_that_numpy_keeps(kind):
    """No kernel reads or writes it."""

    def play(wrap):
        average, named = average_of(kind)
        total = mushin.zeros(3)

        def step(x):
            total.add_(x)
            values = named if isinstance(named, np.ndarray) else named.array
            values *= np.float32(0.5)
            values += total.array

        call = wrap(step)
        for i in range(12):
            call(number(i))
        return average.tolist()

    with stays_eager(r"a float32 array of shape \(3,\) is written by something else than a kernel"):
        captured = play(mushin.compile)
    assert captured == play(lambda f: f)


def test_a_parameter_that_numpy_writes_beside_the_optimizer():
    def step(classifier, x, y):
        loss = Classifier.step(classifier, x, y)
        for p in classifier.model.parameters():
            p.array *= np.float32(0.9)
        return loss

    assert assert_as_eager(eight_calls, step=step).replayed == 0


# --- between the calls


def test_a_parameter_that_numpy_writes_between_calls():
    def play(classifier, step):
        for i, batch in enumerate(batches(*[8] * 10)):
            if i > 5:
                classifier.model[0].weight.array *= np.float32(0.9)
            step(*batch)

    assert assert_as_eager(play).replayed == 10 - AT_FIRST


def test_an_array_that_is_assigned_between_calls():
    def play(classifier, step):
        for i, batch in enumerate(batches(*[8] * 16)):
            if i == 8:
                weight = classifier.model[0].weight
                weight.array = weight.array * np.float32(2)
            step(*batch)

    assert assert_as_eager(play).replayed == 16 - 2 * AT_FIRST


def test_an_array_that_is_assigned_between_all_calls():
    def play(classifier, step):
        weight = classifier.model[0].weight
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            for batch in batches(*[8] * 16):
                weight.array = weight.array * np.float32(2)
                step(*batch)
        messages.append([str(warning.message) for warning in caught])

    messages = []
    assert assert_as_eager(play).replayed == 0
    assert [len(each) for each in messages] == [0, 1]
    assert "each call finds modules, modes or a parameter's memory changed" in messages[1][0]


@pytest.mark.parametrize(
    "array",
    [
        np.array(["a", None], object),
        np.array([("a", 1)], [("name", "U4"), ("number", "i4")]),
        np.array(3.5),
        np.zeros((0, 3)),
        np.arange(12.0).reshape(3, 4).T[::2],
        np.arange(3, dtype=">i2"),
        np.array(["1999-12-31"], "datetime64[D]"),
    ],
    ids=lambda array: str(array.dtype),
)
def test_arrays_of_any_kind_may_lie_around(array):
    step = mushin.compile(lambda x: x * float(len(array.shape)))
    for i in range(6):
        np.testing.assert_array_equal(step(number(i)).array, number(i * array.ndim).array)
    assert step.step.replayed == 3
