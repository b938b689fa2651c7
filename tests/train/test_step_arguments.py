"""Arguments and results that are not what a step expects: twice the same, views, empty, of changing dtypes, models."""

import gc
import re
import warnings

import numpy as np
import pytest

import mushin
from mushin import Tensor, kernels, nn, optim
from mushin.nn import functional
from mushin.train.step import Rows
from train.steps import AT_FIRST, BEFORE_REPLAY, FEATURES, Classifier, batches, bits, number

# --- the same memory twice


def pairs(i):
    x = np.arange(12, dtype=np.float32) + i
    matrix = x[:9].reshape(3, 3)
    same = Tensor(x)
    return {
        "one tensor": (same, same),
        "two tensors": (Tensor(x), Tensor(x)),
        "a view of the other": (Tensor(x[:6]), Tensor(x[6:])),
        "overlapping views": (Tensor(x[:8]), Tensor(x[4:])),
        "reversed": (Tensor(x), Tensor(x[::-1])),
        "transposed": (Tensor(matrix), Tensor(matrix.T)),
        "repeated": (Tensor(np.broadcast_to(x[:1], (12,))), same),
    }


@pytest.mark.parametrize("name", pairs(0))
def test_two_arguments_over_one_memory(name):
    def function(x, y):
        return x * 2.0 - y, (x * y).sum()

    step = mushin.compile(function)
    for i in range(8):
        x, y = pairs(i)[name]
        assert bits(step(x, y)) == bits(function(x, y))
    x = number(3)
    assert bits(step(x, number(5))) == bits(function(x, number(5)))
    assert step.step.replayed >= 8 - BEFORE_REPLAY


def test_one_tensor_that_the_step_writes_is_two_copies():
    """An argument is a copy in every call, the first and a replay alike."""
    step = mushin.compile(lambda x, y: x.add_(1.0) * y)
    x = number(2)

    def play():
        return [step(x, x).array.tolist() for _ in range(6)]

    with pytest.warns(RuntimeWarning, match="writes into an argument in place") as caught:
        results = play()
    assert len(caught) == 1
    assert results == [[6.0] * 3] * 6
    assert step.step.replayed == 6 - BEFORE_REPLAY
    np.testing.assert_array_equal(x.array, [2, 2, 2])


def test_an_argument_over_a_parameter_s_memory():
    """The copy is made at the call: the update does not reach it."""
    weight = Tensor(np.ones(3, np.float32), requires_grad=True)
    optimizer = optim.SGD([weight], lr=0.5)

    def step(x):
        optimizer.zero_grad()
        (weight * 2.0).sum().backward()
        optimizer.step()
        return x * 1.0

    compiled = mushin.compile(step)
    for i in range(8):
        np.testing.assert_array_equal(compiled(weight.detach()).array, [1.0 - i] * 3)
    assert compiled.step.replayed == 8 - AT_FIRST


# --- dtypes, layouts and lengths that change


def test_dtypes_that_change():
    def step(x):
        return x * 3.0, x.sum()

    compiled = mushin.compile(step)
    for i in range(20):
        x = Tensor(np.arange(5, dtype=(np.float32, np.float64)[i % 2]) * i)
        assert bits(compiled(x)) == bits(step(x))
        assert compiled(x)[0].dtype == x.dtype
    assert compiled.step.plans == 2


def test_labels_of_changing_dtypes():
    classifier, twin = Classifier(dropout=0.0), Classifier(dropout=0.0)
    step = mushin.compile(classifier.step)
    for i, (x, y) in enumerate(batches(*[8] * 24)):
        labels = Tensor(y.array.astype((np.int64, np.int32, np.uint8)[i % 3]))
        assert bits(step(x, labels)) == bits(twin.step(x, y))
    assert classifier.state() == twin.state()
    assert step.step.plans == 3


def test_layouts_that_change():
    layer = nn.Linear(FEATURES, 4)
    layouts = [
        np.ascontiguousarray,
        np.asfortranarray,
        lambda x: np.repeat(x, 2, axis=0)[::2],
        lambda x: x[::-1].copy()[::-1],
    ]
    with mushin.no_grad():
        step = mushin.compile(lambda x: layer(x))
        for i, (x, _) in enumerate(batches(*[6] * 24)):
            x = Tensor(layouts[i % 4](x.array))
            assert bits(step(x)) == bits(layer(x))
    assert step.step.replayed == 24 - 2 * BEFORE_REPLAY  # all but the second are gathered into the same layout


def test_batches_without_rows_in_a_layer():
    classifier, twin = Classifier(dropout=0.0), Classifier(dropout=0.0)

    def outputs(model, optimizer, x):
        optimizer.zero_grad()
        y = model(x)
        y.sum().backward()
        optimizer.step()
        return y

    step = mushin.compile(lambda x: outputs(classifier.model, classifier.optimizer, x))
    for x, _ in batches(*[0, 5, 0, 5] * 5):
        assert bits(step(x)) == bits(outputs(twin.model, twin.optimizer, x))
    assert classifier.state() == twin.state()
    assert step.step.replayed >= 20 - 2 * AT_FIRST


def test_hundreds_of_batch_shapes_need_no_more_memory():
    classifier = Classifier(hidden=200)
    step = mushin.compile(classifier.step)
    in_use = []
    for _ in range(6):
        for n in range(1, 101):
            for batch in batches(*[n] * 2):
                step(*batch)
        gc.collect()
        in_use.append(kernels.pool_statistics()["bytes_in_use"])
        assert step.step.plans <= 8
        assert len(step.step._plans) <= 64
    assert max(in_use[1:]) <= 1.1 * in_use[0]


# --- models


def test_two_models_as_arguments_of_one_step():
    def train(model, optimizer, x, y):
        loss = functional.cross_entropy(model(x), y)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    def play(wrap):
        both = [Classifier(seed=k, dropout=0.0, hidden=5 + 3 * k) for k in range(2)]
        step = wrap(train)
        losses = [bits(step(both[i % 2].model, both[i % 2].optimizer, *b)) for i, b in enumerate(batches(*[8] * 20))]
        return losses, [c.state() for c in both], getattr(step, "step", None)

    *captured, step = play(mushin.compile)
    assert captured == [*play(lambda f: f)[:2]]
    assert step.plans == 2
    assert step.replayed >= 20 - 2 * AT_FIRST - 2


def test_two_models_that_a_variable_names_in_turn():
    def play(wrap):
        both = [Classifier(seed=k, dropout=0.0) for k in range(2)]
        current = both[0]
        step = wrap(lambda x, y: current.step(x, y))
        losses = []
        for i, batch in enumerate(batches(*[8] * 24)):
            current = both[i % 2]
            losses.append(bits(step(*batch)))
        return losses, [c.state() for c in both], getattr(step, "step", None)

    *captured, step = play(mushin.compile)
    assert captured == [*play(lambda f: f)[:2]]
    assert step.replayed >= 24 - 2 * AT_FIRST - 4


# --- results


@pytest.mark.parametrize(
    "of",
    [
        lambda weight, x: weight,
        lambda weight, x: weight[0],
        lambda weight, x: weight.T,
        lambda weight, x: weight.reshape(6).detach(),
        lambda weight, x: x,
        lambda weight, x: x[1:],
        lambda weight, x: {"both": (x, [weight, None]), "none": ()},
    ],
)
def test_results_that_nothing_was_computed_for(of):
    """They are copies at the end of the step, which the next one does not change."""

    def play(wrap):
        weight = Tensor(np.arange(6, dtype=np.float32).reshape(2, 3), requires_grad=True)
        optimizer = optim.SGD([weight], lr=0.1)

        def step(x):
            optimizer.zero_grad()
            (weight * x).sum().backward()
            optimizer.step()
            return of(weight, x)

        call, kept = wrap(step), []
        for i in range(8):
            result = call(Tensor(np.full((2, 3), i, np.float32)))
            kept.append((result, bits(result)))
        return kept, getattr(call, "step", None)

    kept, step = play(mushin.compile)
    assert [then for _, then in kept] == [then for _, then in play(lambda f: f)[0]]
    assert all(bits(result) == then for result, then in kept)
    assert step.replayed == 8 - AT_FIRST


# --- what goes wrong


def test_keys_that_stay_eager_do_no_harm_to_the_others():
    """Each that fails makes the plans be recorded anew: that is nobody's gradient that is held."""
    classifier = Classifier(dropout=0.0)

    def step(x, y, reads):
        loss = classifier.step(x, y)
        return loss * loss.item() if reads else loss

    compiled = mushin.compile(step)
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        for n in range(1, 9):
            for batch in batches(*[8] * 5):
                compiled(*batch, False)
            for batch in batches(*[n] * 3):
                compiled(*batch, True)
    assert len(caught) == 8
    assert all("[item]" in str(warning.message) for warning in caught)
    assert compiled.step.replayed >= 8


def test_a_warning_that_is_an_error_does_no_harm():
    def play(wrap):
        weight = Tensor(np.ones(3, np.float32), requires_grad=True)
        optimizer = optim.SGD([weight], lr=0.1)

        def step(x):
            optimizer.zero_grad()
            loss = (weight * x).sum()
            if loss.item() > 0:
                loss.backward()
                optimizer.step()
            return loss

        call, errors, losses = wrap(step), 0, []
        for i in range(12):
            try:
                losses.append(call(number(i)).item())
            except RuntimeWarning:
                errors += 1
                losses.append(call(number(i)).item())
        return losses, weight.array.tolist(), errors

    *captured, errors = play(mushin.compile)
    assert captured == [*play(lambda f: f)[:2]]
    assert errors > 0


NEARLY = {
    "the same": lambda x: (x, 3),
    "another tensor": lambda x: (mushin.randn(6, 6), 3),
    "another constant": lambda x: (x, 4),
    "a float": lambda x: (x, 3.0),
    "a bool": lambda x: (x, True),
    "no constant": lambda x: (x,),
    "an array": lambda x: (x.array, 3),
    "a parameter": lambda x: (nn.Parameter(x), 3),
    "a tensor that wants its gradient": lambda x: (mushin.Tensor(x.array, requires_grad=True), 3),
    "another layout": lambda x: (x.T, 3),
    "gaps": lambda x: (mushin.randn(6, 12)[:, ::2], 3),
    "another shape": lambda x: (x[:5], 3),
    "an axis more": lambda x: (x.reshape(6, 6, 1), 3),
    "another dtype": lambda x: (x.double(), 3),
    "a dtype without kernels": lambda x: (mushin.from_numpy(np.ones((6, 6), np.float16)), 3),
    "swapped bytes": lambda x: (x.array.astype(">f4"), 3),
}


@pytest.mark.parametrize("name", NEARLY)
def test_arguments_nearly_like_those_of_the_last_replay(name):
    def scaled(x, scale=2):
        return mushin.mul(x, scale)

    step, usual = mushin.compile(scaled), mushin.randn(6, 6)
    of_usual = scaled(usual, 3).numpy()
    for _ in range(BEFORE_REPLAY + 1):
        step(usual, 3)
    assert step.step.replayed == 1
    for _ in range(4):
        args = NEARLY[name](usual)
        try:
            expected = scaled(*args)
        except TypeError as refusal:
            with pytest.raises(TypeError, match=re.escape(str(refusal).rpartition("must be")[2])):
                step(*args)
        else:
            result = step(*args)
            assert (result.requires_grad, result.dtype) == (expected.requires_grad, expected.dtype)
            np.testing.assert_array_equal(result.detach().numpy(), expected.detach().numpy())
        np.testing.assert_array_equal(step(usual, 3).numpy(), of_usual)


ROWS = np.arange(60, dtype=np.float32).reshape(10, 6)
IDS = np.array([1, 8, 1, 0])

NEARLY_ROWS = {
    "other ids": Rows(ROWS, IDS[::-1], np.float32),
    "fewer ids": Rows(ROWS, IDS[:3], np.float32),
    "another dtype": Rows(ROWS, IDS, np.float64),
    "of another dtype": Rows(ROWS.astype(np.uint8), IDS, np.float32),
    "fewer columns": Rows(ROWS[:, :5], IDS, np.float32),
    "another layout": Rows(np.asfortranarray(ROWS), IDS, np.float32),
    "an axis less": Rows(ROWS[:, 0], IDS, np.float32),
}


@pytest.mark.parametrize("name", NEARLY_ROWS)
def test_rows_nearly_like_those_of_the_last_replay(name):
    step, usual, other = mushin.compile(lambda x: x * 3.0), Rows(ROWS, IDS, np.float32), NEARLY_ROWS[name]
    for _ in range(BEFORE_REPLAY + 1):
        step(usual)
    for _ in range(4):
        result = step(other)
        assert result.dtype == other.dtype
        np.testing.assert_array_equal(result.array, 3.0 * other.array[other.ids])
        np.testing.assert_array_equal(step(usual).array, 3.0 * ROWS[IDS])


def test_rows_that_are_not_there_do_no_harm_to_a_replay():
    step, usual = mushin.compile(lambda x: x * 3.0), Rows(ROWS, IDS, np.float32)
    for _ in range(BEFORE_REPLAY + 1):
        step(usual)
    with pytest.raises(ValueError, match=r"\[gather_rows\] ids must be in \[0, 10\), got 10 at position 3"):
        step(Rows(ROWS, np.array([0, 1, 2, 10]), np.float32))
    np.testing.assert_array_equal(step(usual).array, 3.0 * ROWS[IDS])
    assert step.step.replayed == 2


def test_keywords_in_any_order():
    def difference(x, y=None, scale=1.0):
        return (x - y) * scale

    step, x, y = mushin.compile(difference), number(5), number(3)
    for _ in range(BEFORE_REPLAY + 1):
        assert bits(step(x, y=y, scale=2.0)) == bits(difference(x, y, 2.0))
    for _ in range(4):
        assert bits(step(x, scale=2.0, y=y)) == bits(difference(x, y, 2.0))
        assert bits(step(y=x, scale=2.0, x=y)) == bits(difference(y, x, 2.0))
        assert bits(step(x, y=y, scale=2.0)) == bits(difference(x, y, 2.0))
        assert bits(step(x, y, 2.0)) == bits(difference(x, y, 2.0))
        assert bits(step(x, y=y, scale=float("2"))) == bits(difference(x, y, 2.0))
