"""How often a step is captured, and with what it is called: keys, batches that repeat, arguments, results."""

import numpy as np
import pytest

import mushin
from mushin import Tensor, nn, optim
from mushin.nn import functional
from mushin.train.step import MOST_PLANS, Rows
from train.steps import AT_FIRST, BEFORE_REPLAY, Classifier, assert_as_eager, batches, bits, play_batches

# --- counts and keys


def test_counts():
    step = mushin.compile(Classifier().step)
    seen = []
    for batch in batches(*[8] * 6):
        step(*batch)
        seen.append((step.step.eager, step.step.replayed, step.step.plans))
    assert seen == [(1, 0, 0), (2, 0, 0), (3, 0, 1), (4, 0, 1), (4, 1, 1), (4, 2, 1)]


def test_the_function_keeps_its_name():
    def training_step(x):
        """What it does."""

    step = mushin.compile(training_step)
    assert (step.__name__, step.__doc__) == ("training_step", "What it does.")


def test_hundreds_of_shapes():
    assert MOST_PLANS == 8
    step = mushin.compile(lambda x: x * 2.0)
    for n in [*range(1, 120)] * 3:
        x = np.full((n,), 1.5, np.float32)
        x[0] = n
        np.testing.assert_array_equal(step(Tensor(x)).array, x * 2)
        assert step.step.plans <= MOST_PLANS
    sizes = [*range(1, MOST_PLANS + 1)]
    for i in range(6):
        for n in sizes:
            step(Tensor(np.full((n,), float(i), np.float32)))
    assert step.step.plans == MOST_PLANS
    before = step.step.replayed
    for n in sizes:
        step(Tensor(np.full((n,), 3.0, np.float32)))
    assert step.step.replayed == before + MOST_PLANS


def test_the_least_used_plan_goes():
    step = mushin.compile(lambda x: x * 2.0)

    def call(n, times=4):
        before = step.step.replayed
        for i in range(times):
            step(Tensor(np.full((n,), float(i), np.float32)))
        return step.step.replayed - before

    for n in range(1, MOST_PLANS + 1):
        call(n)
    call(1)
    call(MOST_PLANS + 1)
    assert call(1) == 4
    assert call(2) == 4 - BEFORE_REPLAY


def test_two_models_in_turn():
    def play(two_at_a_time):
        first, second = Classifier(seed=1, dropout=0.0), Classifier(seed=2, dropout=0.0, hidden=5)
        steps = [c.step if not two_at_a_time else mushin.compile(c.step) for c in (first, second)]
        losses = [bits(steps[i % 2](*batch)) for i, batch in enumerate(batches(*[8] * 16))]
        return losses, first.state(), second.state(), [getattr(step, "step", None) for step in steps]

    *eager, _ = play(False)
    *captured, steps = play(True)
    assert captured == eager
    assert [step.replayed for step in steps] == [8 - AT_FIRST] * 2


def test_two_compiled_steps_of_one_model():
    def play(captured):
        classifier = Classifier()
        wrap = mushin.compile if captured else lambda f: f
        train, score = wrap(classifier.step), wrap(lambda x: classifier.model(x).softmax(-1))
        seen = []
        for batch in batches(*[8] * 10):
            seen.append(bits(train(*batch)))
            with mushin.no_grad():
                seen.append(bits(score(batch[0])))
        return seen, classifier.state()

    assert play(True) == play(False)


def test_a_compiled_step_inside_another():
    def play(captured):
        classifier = Classifier()
        inner = mushin.compile(classifier.step) if captured else classifier.step

        def twice(x, y):
            first = inner(x, y)
            return first, inner(x, y)

        outer = mushin.compile(twice) if captured else twice
        seen = [(bits(outer(*batch)), classifier.state()) for batch in batches(*[8] * 8)]
        return seen, outer

    expected, _ = play(False)
    got, outer = play(True)
    assert got == expected
    assert outer.step.replayed >= 3


def test_gradients_after_a_replay_of_a_nested_step():
    classifier = Classifier()
    inner = mushin.compile(classifier.step)
    outer = mushin.compile(lambda x, y: inner(x, y))
    for batch in batches(*[8] * 8):
        classifier.optimizer.zero_grad()
        outer(*batch)
        assert classifier.model[0].weight.grad is not None


def test_modes_are_part_of_the_key():
    weight = Tensor(np.ones(3, np.float32), requires_grad=True)

    def square(x):
        loss = (weight * x).sum()
        if loss.requires_grad:
            weight.grad = None
            loss.backward()
        return loss

    step = mushin.compile(square)
    for i in range(5):
        step(mushin.full((3,), float(i)))
        with mushin.no_grad():
            step(mushin.full((3,), float(i)))
    assert step.step.plans == 2
    np.testing.assert_array_equal(weight.grad.numpy(), [4, 4, 4])


# --- batches that repeat


def test_the_same_batch_every_time():
    batch = batches(8)[0]

    def play(classifier, step):
        for _ in range(8):
            step(*batch)

    assert assert_as_eager(play).replayed == 8 - AT_FIRST


def test_batches_of_one_sample():
    assert assert_as_eager(play_batches(*[1] * 8)).replayed == 8 - AT_FIRST


def test_one_sample_again_and_again():
    batch = batches(1)[0]

    def play(classifier, step):
        for _ in range(8):
            step(*batch)

    assert_as_eager(play)


def test_a_step_without_arguments():
    weight = Tensor(np.ones(3, np.float32), requires_grad=True)
    optimizer = optim.SGD([weight], lr=0.5)

    def shrink():
        optimizer.zero_grad()
        (weight * weight).sum().backward()
        optimizer.step()
        return weight * 1.0

    step = mushin.compile(shrink)
    for _ in range(6):
        np.testing.assert_array_equal(step().array, [0, 0, 0])


def test_batches_without_samples():
    step = mushin.compile(lambda x: x * 2.0)
    for _ in range(5):
        assert step(mushin.zeros(0, 4)).shape == (0, 4)


# --- arguments


def test_arguments_of_all_kinds():
    def weighted(x, scale, *, y, shift=0.0, name="a"):
        return x * scale + y + shift if name == "a" else x

    step = mushin.compile(weighted)
    for i in range(6):
        x, y = np.full(3, i, np.float32), np.full(3, 2 * i, np.float32)
        np.testing.assert_array_equal(step(Tensor(x), 3.0, y=Tensor(y)).array, 3 * x + y)
        np.testing.assert_array_equal(step(Tensor(x), 2.0, y=Tensor(y), shift=1.0).array, 2 * x + y + 1)
        np.testing.assert_array_equal(step(y=Tensor(y), x=Tensor(x), scale=2.0, name="b").array, x)
    assert step.step.plans == 3


def test_arrays_are_passed_as_arrays():
    def halved(x, ids):
        assert isinstance(x, np.ndarray)
        return mushin.as_tensor(x) * 0.5, functional.cross_entropy(mushin.as_tensor(x), ids)

    step = mushin.compile(halved)
    for i in range(6):
        x = np.arange(12, dtype=np.float32).reshape(3, 4) * i
        half, _ = step(x, np.array([0, i % 4, 2]))
        np.testing.assert_array_equal(half.array, x / 2)
    assert step.step.replayed == 3


@pytest.mark.parametrize(
    "prepare",
    [
        lambda x: np.asfortranarray(x),
        lambda x: np.repeat(x, 2, axis=1)[:, ::2],
        lambda x: x[::-1, ::-1][::-1, ::-1],
        lambda x: np.broadcast_to(x[:1], x.shape),
        lambda x: x.astype(">f4"),
    ],
)
def test_arrays_of_any_layout(prepare):
    step = mushin.compile(lambda x: x * 2.0)
    for i in range(6):
        x = prepare(np.arange(12, dtype=np.float32).reshape(3, 4) + i)
        before = x.copy()
        np.testing.assert_array_equal(step(Tensor(x)).array, 2 * before)
        np.testing.assert_array_equal(x, before)


def test_a_batch_is_read_at_the_call():
    """The step keeps nothing of a batch: the caller may overwrite it."""
    step = mushin.compile(lambda x: x * 2.0)
    x = np.zeros(4, np.float32)
    for i in range(6):
        x[:] = i
        result = step(Tensor(x))
        x[:] = -1
        np.testing.assert_array_equal(result.array, np.full(4, 2 * i))


@pytest.mark.parametrize(
    ("args", "kwargs", "message"),
    [
        (([1, 2],), {}, r"\[compile\] argument 0 must be a tensor, an array or a hashable constant, got list"),
        ((1, {"a": 2}), {}, "argument 1 must be .*, got dict"),
        ((1,), {"y": {3}}, "argument y must be .*, got set"),
        ((np.ones(3), (np.ones(2),)), {}, "argument 1 must be .*, got tuple"),
    ],
)
def test_an_argument_that_cannot_be_a_key(args, kwargs, message):
    with pytest.raises(TypeError, match=message):
        mushin.compile(lambda *args, **kwargs: None)(*args, **kwargs)


def test_rows_are_gathered():
    data = np.arange(40, dtype=np.uint8).reshape(10, 4)
    step = mushin.compile(lambda x: x * 2.0)
    for i in range(6):
        ids = np.array([9 - i, i, 0])
        np.testing.assert_array_equal(step(Rows(data, ids, np.float32)).array, 2.0 * data[ids])
    assert step.step.replayed == 3


# --- results


@pytest.mark.parametrize(
    "wrap",
    [
        lambda a, b: a,
        lambda a, b: None,
        lambda a, b: (a, b),
        lambda a, b: [a, None, b],
        lambda a, b: {"a": a, "b": b},
        lambda a, b: ({"a": a}, [b, (a,)], ()),
    ],
)
def test_results_of_all_kinds(wrap):
    step = mushin.compile(lambda x: wrap(x * 2.0, x + 1.0))
    for i in range(6):
        x = np.arange(3, dtype=np.float32) * i
        got, expected = step(Tensor(x)), wrap(Tensor(x * 2), Tensor(x + 1))
        assert type(got) is type(expected)
        assert bits(got) == bits(expected)


def test_results_that_are_views():
    def views(x):
        y = (x * 2.0).reshape(3, 4)
        return y[1:], y.T, y[:, ::2], x[::2]

    step = mushin.compile(views)
    for i in range(6):
        x = np.arange(12, dtype=np.float32) + i
        y = (2 * x).reshape(3, 4)
        for got, expected in zip(step(Tensor(x)), (y[1:], y.T, y[:, ::2], x[::2]), strict=True):
            np.testing.assert_array_equal(got.array, expected)
    assert step.step.replayed == 3


def test_a_result_may_be_the_next_argument():
    step = mushin.compile(lambda state, x: state * 0.5 + x)
    state, expected = mushin.zeros(4), np.zeros(4, np.float32)
    for i in range(10):
        x = np.full(4, i, np.float32)
        state = step(state, Tensor(x))
        expected = expected * np.float32(0.5) + x
        np.testing.assert_array_equal(state.array, expected)


def test_results_are_copies_outside_the_graph():
    weight = Tensor(np.ones(3, np.float32), requires_grad=True)
    step = mushin.compile(lambda x: (x * weight, x))
    kept = []
    for i in range(7):
        x = np.full(3, i, np.float32)
        kept.append((x, step(Tensor(x))))
    for x, (product, same) in kept:
        np.testing.assert_array_equal(product.array, x)
        np.testing.assert_array_equal(same.array, x)
        assert not product.requires_grad
        assert not same.requires_grad


def test_a_parameter_that_is_returned_is_a_copy():
    weight = Tensor(np.ones(3, np.float32), requires_grad=True)
    step = mushin.compile(lambda x: (x + weight, weight))
    for i in range(6):
        step(mushin.full((3,), float(i)))[1].array[:] = 7
        assert (weight.array == 1).all(), f"call {i}"


@pytest.mark.parametrize("result", [3.0, "text", np.ones(2)])
def test_a_result_that_is_no_tensor(result):
    with pytest.raises(TypeError, match=rf"must return tensors, or None, got {type(result).__name__}: read"):
        mushin.compile(lambda x: result)(mushin.ones(2))


def test_constants_in_tuples_are_told_apart():
    step = mushin.compile(lambda x, constants: x / constants[0] if type(constants[0]) is float else x)
    x = mushin.ones(1)
    for zero in (0.0, -0.0):
        for _ in range(4):
            np.testing.assert_array_equal(step(x, (zero,)).array, [np.copysign(np.inf, zero)])
    for constant in (1, True, 1.0, np.float32(0.0), np.float32(-0.0)):
        for _ in range(4):
            step(x, ((constant, 2),))
    assert step.step.plans == 2 + 5


def test_a_step_without_arrays_is_replayed():
    w = Tensor(np.ones(3, np.float32), requires_grad=True)

    def step():
        w.grad = None
        (w * w).sum().backward()
        with mushin.no_grad():
            w.sub_(w.grad * 0.1)

    compiled = mushin.compile(step)
    for _ in range(10):
        compiled()
    assert compiled.step.replayed >= 6
    np.testing.assert_allclose(w.array, 0.8**10, rtol=1e-6)


@pytest.mark.parametrize("layout", [lambda a: a, np.asfortranarray, lambda a: a.transpose(1, 0).copy().transpose(1, 0)])
def test_layouts_keep_their_bits(layout):
    layer = nn.Linear(64, 16)
    rng = np.random.default_rng(0)

    def function(x):
        return layer(x) @ layer.weight

    compiled = mushin.compile(function)
    with mushin.no_grad():
        for _ in range(6):
            x = Tensor(layout(rng.standard_normal((8, 64)).astype(np.float32)))
            assert compiled(x).array.tobytes() == function(x).array.tobytes()
    assert compiled.step.replayed == 3


def test_a_write_into_an_argument_is_told():
    step = mushin.compile(lambda x: x.add_(1.0) * 1.0)
    x = mushin.ones(2)
    with pytest.warns(RuntimeWarning, match="writes into an argument in place; it gets a copy"):
        result = step(x)
    np.testing.assert_array_equal(result.array, [2.0, 2.0])
    np.testing.assert_array_equal(x.array, [1.0, 1.0])
