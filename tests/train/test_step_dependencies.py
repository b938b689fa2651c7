"""What a recorded launch depends on besides the step's arguments, and what a step may not do to its own future."""

import gc
import weakref
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pytest

import mushin
from mushin import Tensor, kernels, nn, optim
from train.steps import AT_FIRST


def leaf(*values):
    return Tensor(np.array(values, np.float32), requires_grad=True)


def set_gradient(parameter):
    parameter.grad = np.ones(parameter.shape, np.float32)


@pytest.mark.parametrize("make", [lambda p: optim.SGD(p, lr=1.0), lambda p: optim.Adam(p, lr=0.1)])
def test_a_parameter_that_has_no_gradient_this_time_is_left_alone(make):
    p, q = leaf(1.0, 2.0), leaf(3.0)
    optimizer = make([p, q])
    apply = mushin.compile(lambda x: optimizer.step())
    for _ in range(6):
        set_gradient(p)
        set_gradient(q)
        apply(1)
    before = q.array.copy()
    q.grad = None
    apply(1)
    np.testing.assert_array_equal(q.array, before)


def test_parameters_that_have_stepped_apart_are_not_one_segment_any_more():
    def trained(wrap):
        p, q = leaf(1.0, 2.0), leaf(3.0)
        optimizer = optim.Adam([p, q], lr=0.1)
        step = wrap(lambda x: optimizer.step())

        def play(calls, call, *parameters):
            for _ in range(calls):
                optimizer.zero_grad()
                for each in parameters:
                    set_gradient(each)
                call(1)

        play(6, step, p, q)
        play(5, lambda x: optimizer.step(), p)
        play(6, step, p, q)
        return np.concatenate([p.array, q.array])

    np.testing.assert_array_equal(trained(mushin.compile), trained(lambda step: step))


def test_a_gradient_that_is_gone_is_not_used_again():
    p = leaf(1.0)
    optimizer = optim.SGD([p], lr=1.0)
    p.grad = Tensor(np.ones(1, np.float32)) * 1.0
    optimizer.step()
    p.grad = None
    optimizer.step()
    assert p.array == [0.0]


def test_parameters_are_neighbours_even_if_a_gradient_came_first():
    model = nn.Sequential(nn.Linear(3, 5), nn.ReLU(), nn.Linear(5, 2))
    model(mushin.ones(2, 3)).sum().backward()
    parameters = list(model.parameters())
    optim.Adam(parameters)
    assert all(kernels.adjacent(a.array, b.array) for a, b in pairwise(parameters))
    assert all(kernels.adjacent(a._grad, b._grad) for a, b in pairwise(parameters))


def test_a_rate_that_the_step_itself_changes_is_not_frozen():
    def trained(wrap):
        w = leaf(1.0)
        optimizer = optim.SGD([w], lr=1.0)

        def step(x):
            optimizer.zero_grad()
            (w * x).sum().backward()
            optimizer.step()
            optimizer.param_groups[0]["lr"] *= 0.5

        call = wrap(step)
        for i in range(8):
            call(mushin.tensor([float(i + 1)]))
        return w.array

    def compiled():
        return trained(mushin.compile)

    with pytest.warns(RuntimeWarning, match=r"\[param_groups\['lr'\]\] a hyperparameter cannot be set"):
        result = compiled()
    np.testing.assert_array_equal(result, trained(lambda step: step))


def test_a_mode_that_another_step_changes_is_seen():
    model = nn.Dropout(0.5)
    evaluate = mushin.compile(lambda x: (model.eval(), model(x))[1])
    train = mushin.compile(lambda x: model(x))
    x = mushin.ones(64)
    for _ in range(5):
        assert (train(x).array == 0).any()
    evaluate(x)
    np.testing.assert_array_equal(train(x).array, np.ones(64))


def test_a_step_that_always_changes_a_module_says_why_it_stays_eager():
    class Counting(nn.Module):
        count = 0

        def forward(self, x):
            self.count += 1
            return x * (2.0 if self.count <= 6 else 3.0)

    module = Counting()
    step = mushin.compile(lambda x: module(x))

    def play():
        return [float(step(mushin.ones(1)).array[0]) for _ in range(10)]

    with pytest.warns(RuntimeWarning, match="each call changes modules"):
        results = play()
    assert results == [2.0] * 6 + [3.0] * 4


def test_a_temporary_that_is_written_in_place_is_captured():
    def double(x):
        h = mushin.empty(4)
        h.copy_(x)
        return (h * 2.0).sum()

    step = mushin.compile(double)
    for i in range(6):
        assert step(mushin.full((4,), float(i))).item() == 8 * i
    assert step.step.replayed > 0


def test_what_the_caller_keeps_of_a_failed_recording_is_not_overwritten():
    kept = []

    def step(x):
        h = x * 2.0
        if len(x) == 3:
            kept.append(h)
        return h.sum()

    compiled = mushin.compile(step)
    for i in range(5):
        compiled(mushin.full((4,), float(i)))
    compiled(mushin.full((3,), 7.0))
    with pytest.warns(RuntimeWarning, match="something outside still holds"):
        compiled(mushin.full((3,), 7.0))
    for i in range(5):
        compiled(mushin.full((4,), 100.0 + i))
    for each in kept:
        np.testing.assert_array_equal(each.array, [14, 14, 14])


def test_a_constant_that_changes_is_noticed_at_a_later_check():
    factor = [2.0]
    step = mushin.compile(lambda x: x * factor[0])
    for i in range(10):
        step(mushin.full((2,), float(i)))
    factor[0] = 3.0

    def play():
        return [step(mushin.full((2,), float(i))).array[0] / i for i in range(1, 100)]

    with pytest.warns(RuntimeWarning, match="a replay does not repeat it"):
        results = play()
    assert results[-1] == 3.0


def test_a_failed_recording_leaves_a_gradient_that_somebody_holds():
    w = leaf(5.0)
    w.grad = np.array([5.0], np.float32)
    armed = []

    def step(x):
        w.grad = None
        (w * x).sum().backward()
        if armed:
            raise KeyError("armed")

    compiled = mushin.compile(step)
    compiled(mushin.ones(1))
    compiled(mushin.ones(1))
    held = w.grad
    armed.append(True)
    before = held.array.copy()
    with pytest.raises(KeyError):
        compiled(mushin.full((1,), 9.0))
    np.testing.assert_array_equal(held.array, before)
    np.testing.assert_array_equal(w.grad.array, [9.0])


def test_modes_that_alternate_are_recorded_once():
    mushin.manual_seed(0)
    model = nn.Sequential(nn.Linear(4, 8), nn.ReLU(), nn.Dropout(0.5), nn.Linear(8, 2))
    optimizer = optim.SGD(model.parameters(), lr=0.1)

    @mushin.compile
    def step(x):
        loss = (model(x) * model(x)).mean()
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    x = np.random.default_rng(0).standard_normal((6, 4), np.float32)
    for _ in range(4):  # each epoch ends with a look at the model in evaluation
        for _ in range(3):
            step(x)
        model.eval()
        with mushin.no_grad():
            model(mushin.tensor(x))
        model.train()
    assert step.step.replayed == 12 - AT_FIRST
    assert step.step.plans == 1


def test_a_gradient_that_is_added_to_is_not_added_elsewhere():
    """Gradients that are there before the first call, that go, and that move while somebody holds the old one."""

    def play(capture):
        w = leaf(0.0, 0.0, 0.0)
        (w * 1.0).sum().backward()
        step = capture(lambda x: (w * x).sum().backward())
        seen = []
        for i in range(12):
            if i == 5:
                w.grad = None
            if i == 8:
                held = w.grad
                w.grad = None
                (w * 5.0).sum().backward()
            step(mushin.full((3,), float(i)))
            seen.append(w.grad.array.copy())
        return seen, held.array

    for captured, eager in zip(*map(play, (mushin.compile, lambda f: f)), strict=True):
        np.testing.assert_array_equal(captured, eager)


def test_gradients_that_a_step_reads_are_part_of_its_key():
    def play(capture):
        parameters = [leaf(1.0), leaf(2.0)]

        def apply(x):
            with mushin.no_grad():
                for p in parameters:
                    if p.grad is not None:
                        p.sub_(p.grad * x)

        step, seen = capture(apply), []
        for i in range(12):
            for p in parameters[: 1 if i in (6, 9) else 2]:
                p.grad = None
                (p * float(i)).sum().backward()
            if i == 9:
                parameters[1].grad = None
            step(mushin.full((1,), 0.1))
            seen.append([p.array.copy() for p in parameters])
        return seen

    np.testing.assert_array_equal(play(mushin.compile), play(lambda f: f))


@pytest.mark.parametrize(
    "clip", [lambda p: optim.clip_grad_value_(p, 0.1), lambda p: optim.clip_grad_norm_(p, 0.1)], ids=["value", "norm"]
)
@pytest.mark.filterwarnings("ignore:.*somebody holds the gradient")
def test_clipping_alone_follows_the_gradients(clip):
    def play(capture):
        w, held, seen = leaf(1.0, 2.0), [], []
        step = capture(lambda: [clip([w]), None][1])
        for i in range(8):
            w.grad = None
            (w * float(i + 1)).sum().backward()
            held.append(w.grad)
            step()
            seen.append(w.grad.array.copy())
        return seen

    np.testing.assert_array_equal(play(mushin.compile), play(lambda f: f))


def test_an_optimizer_s_state_that_is_loaded_between_replays():
    def play(capture):
        mushin.seed(0)
        layer = nn.Linear(4, 2)
        optimizer = optim.Adam(layer.parameters(), lr=0.05)

        def step(x):
            optimizer.zero_grad()
            y = layer(x)
            (y * y).mean().backward()
            optimizer.step()

        compiled = capture(step)
        for i in range(12):
            if i == 6:
                state = optimizer.state_dict()
                state["state"][1]["step"] = 100
                optimizer.load_state_dict(state)
            compiled(Tensor(np.random.default_rng(i).standard_normal((6, 4)).astype(np.float32)))
        return [p.array for p in layer.parameters()]

    for captured, eager in zip(*map(play, (mushin.compile, lambda f: f)), strict=True):
        np.testing.assert_array_equal(captured, eager)


# --- a call that looks like the last one


def test_a_hashable_argument_that_has_changed_is_another():
    @dataclass(unsafe_hash=True)
    class Setting:
        scale: float

    step, setting, x = mushin.compile(lambda x, setting: x * setting.scale), Setting(2.0), leaf(1.0).detach()
    for _ in range(6):
        assert step(x, setting).item() == 2
    assert step.step.replayed
    setting.scale = 3.0
    assert step(x, setting).item() == 3


def test_a_gradient_of_a_leaf_that_came_later_is_seen():
    """The leaf that the first call used is gone when the second is recorded."""
    always, now = leaf(1.0), [leaf(1.0)]

    def step(x):
        (always * now[0] * x).sum().backward()
        gradient = now[0].grad * 1.0
        now[0].grad = None
        always.grad = None
        return gradient

    compiled, x = mushin.compile(step), Tensor(np.full(1, 2, np.float32))
    for _ in range(2):
        compiled(x)
    now[0] = leaf(1.0)
    for _ in range(5):
        compiled(x)
    now[0].grad = np.full(1, 100, np.float32)
    assert compiled(x).item() == 102


def test_a_gradient_of_the_caller_s_is_not_kept():
    weight, x = leaf(1.0, 2.0), Tensor(np.ones(2, np.float32))

    @mushin.compile
    def step(x):
        weight.grad = None
        (weight * x).sum().backward()

    gradient = np.ones(2, np.float32)
    gone = weakref.ref(gradient)
    for _ in range(6):
        weight.grad = gradient
        step(x)
    assert step.step.replayed
    del gradient
    weight.grad = None
    gc.collect()
    assert gone() is None
