"""Errors in the middle of a step, at any of its calls, leave what they leave in an eager step."""

import contextlib
import warnings

import numpy as np
import pytest

import mushin
from mushin import Tensor, kernels
from mushin.autograd import trace
from mushin.nn import functional
from train.steps import AT_FIRST, Classifier, assert_as_eager, batches, number


class StopError(Exception):
    pass


@pytest.mark.parametrize(
    ("call", "keep"),
    [
        *((call, False) for call in range(6)),
        (0, True),
        (1, True),
        (2, True),
        (3, True),
        (4, True),
    ],
)
def test_an_error_in_the_middle_is_as_in_an_eager_step(call, keep):
    """At any call: the first, the recorded, the verified, a replay. The error may be kept, with its frames."""
    armed = []

    def step(classifier, x, y):
        loss = functional.cross_entropy(classifier.model(x), y)
        classifier.optimizer.zero_grad()
        loss.backward()
        if armed:
            raise StopError
        classifier.optimizer.step()
        return loss

    classifier, raised = Classifier(), False
    compiled = mushin.compile(lambda x, y: step(classifier, x, y))
    errors = []
    for i, batch in enumerate(batches(*[8] * 10)):
        before = classifier.state()[:4]
        if i == call:
            armed.append(True)
            try:
                compiled(*batch)
            except StopError as error:
                errors += [error] if keep else []
                assert classifier.state()[:4] == before
                raised = True
            armed.clear()
        else:
            compiled(*batch)
            assert classifier.state()[:4] != before
    assert raised == (call < 4)  # a replay does not run the function and cannot raise
    assert compiled.step.replayed >= 3


@pytest.mark.parametrize("call", range(AT_FIRST))  # a replay runs no Python that could raise
def test_an_error_after_the_update_leaves_it_as_in_an_eager_step(call):
    armed = []

    def step(classifier, x, y):
        loss = Classifier.step(classifier, x, y)
        if armed:
            raise StopError
        return loss

    def play(classifier, step):
        for i, batch in enumerate(batches(*[8] * 10)):
            armed[:] = [True] * (i == call)
            with contextlib.suppress(StopError):
                step(*batch)

    assert_as_eager(play, step=step)


@pytest.mark.parametrize("call", range(8))
def test_a_bad_label_after_zero_grad_leaves_no_gradients(call):
    """Dropout has drawn, the gradients are gone, and the optimizer then finds none."""

    def step(classifier, x, y):
        classifier.optimizer.zero_grad()
        loss = functional.cross_entropy(classifier.model(x), y)
        loss.backward()
        classifier.optimizer.step()
        return loss

    def play(classifier, step):
        for i, (x, y) in enumerate(batches(*[8] * 10)):
            with contextlib.suppress(ValueError):
                step(x, Tensor(np.full_like(y.array, 99)) if i == call else y)
            gradients = [p.grad is None for p in classifier.model.parameters()]
            assert all(gradients) if i == call else not any(gradients)
            classifier.optimizer.step()

    assert_as_eager(play, step=step)


def test_a_value_that_is_read_while_recording_leaves_nothing_behind():
    def play(classifier, step):
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            for batch in batches(*[8] * 6):
                step(*batch)

    def step(classifier, x, y):
        loss = Classifier.step(classifier, x, y)
        return loss * (2.0 if loss.item() > 0 else 3.0)

    assert assert_as_eager(play, step=step).replayed == 0


@pytest.mark.parametrize("call", range(8))
@pytest.mark.parametrize("label", [-7, 3, 2**40])
def test_a_label_out_of_range(call, label):
    def play(captured):
        classifier = Classifier(dropout=0.0)
        step = mushin.compile(classifier.step) if captured else classifier.step
        messages, states = [], []
        for i, (x, y) in enumerate(batches(*[8] * 9)):
            if i == call:
                before = classifier.state()[:4]
                wrong = Tensor(y.array.copy())
                wrong.array[5] = label
                with pytest.raises(ValueError, match=r"^\[cross_entropy\w*\] target\w* must be in \[0, 3\)") as info:
                    step(x, wrong)
                messages.append(str(info.value))
                del info  # its frames hold what was computed
                assert classifier.state()[:4] == before
            step(x, y)
            states.append(classifier.state())
        return messages, states

    messages, states = play(True)
    assert f"got {label} at position 5" in messages[0]
    assert (messages, states) == play(False)


@pytest.mark.parametrize("call", range(AT_FIRST))
def test_a_leaf_that_is_frozen_before_the_error_stays_frozen(call):
    weight, other = (Tensor(np.ones(2, np.float32), requires_grad=True) for _ in range(2))
    armed = []

    def step(x):
        weight.grad = other.grad = None
        if armed:
            weight.requires_grad_(False)
            raise StopError
        (weight * other * x).sum().backward()

    compiled = mushin.compile(step)
    for i in range(8):
        armed[:] = [True] * (i == call)
        with contextlib.suppress(StopError):
            compiled(mushin.full((2,), float(i)))
    assert weight.grad is None
    np.testing.assert_array_equal(other.grad.array, [7.0, 7.0])


def test_an_interrupt_as_a_recording_begins(monkeypatch):
    class Interrupted(kernels.Plan):
        def begin(self, *saved):
            super().begin(*saved)
            raise KeyboardInterrupt

    step = mushin.compile(lambda x: x * 2.0)
    step(number(1))
    with monkeypatch.context() as patch:
        patch.setattr(kernels, "Plan", Interrupted)
        with pytest.raises(KeyboardInterrupt) as interrupt:
            step(number(2))
    assert not kernels.recording()
    assert interrupt is not None  # the traceback, and with it the plan, is still there
    for i in range(5):
        np.testing.assert_array_equal(step(number(i)).array, number(2 * i).array)


def test_an_error_after_a_gradient_of_one_s_own_is_bound():
    """What a step binds need not be the array at the leaf's home."""
    leaf = Tensor(np.ones((4, 3), np.float32), requires_grad=True)
    own = np.full((4, 3), 7, np.float32)
    (leaf * 2.0).sum().backward()  # now it has a home
    leaf.grad = None

    def step(x, y):
        leaf.grad = own
        return functional.cross_entropy(x * 1.0, y)

    compiled = mushin.compile(step)
    for i in range(6):
        compiled(mushin.full((4, 3), float(i)), Tensor(np.zeros(4, np.int64)))
        leaf.grad = None
    assert compiled.step.replayed
    with pytest.raises(ValueError, match="target must be in"):
        compiled(mushin.ones(4, 3), Tensor(np.full(4, 9)))
    assert leaf._grad is own


def test_an_interrupt_while_a_replay_runs():
    """Python hears of it when the launches have run: all that goes with them is done, too."""
    classifier = Classifier(dropout=0.0)
    step = mushin.compile(classifier.step)
    data = batches(*[8] * 8)
    for batch in data:
        step(*batch)
    assert step.step.replayed
    x, _ = data[0]
    output = classifier.model(x).sum()
    recorded = step.step._latest.recorded
    recorded.plan = Interrupted(recorded.plan)
    with pytest.raises(KeyboardInterrupt):
        step(*data[1])
    with pytest.raises(ValueError, match="overwritten in place"):
        output.backward()


class Interrupted:
    """A plan whose replay is interrupted by a key as it ends."""

    def __init__(self, plan):
        self._plan = plan

    def __getattr__(self, name):
        return getattr(self._plan, name)

    def replay(self):
        self._plan.replay()
        raise KeyboardInterrupt


def test_an_interrupt_that_keeps_a_trace_from_ending(monkeypatch):
    def interrupted(self, *_):
        raise KeyboardInterrupt

    step = mushin.compile(lambda x: x * 2.0)
    with monkeypatch.context() as patch:
        patch.setattr(trace.tracing, "__exit__", interrupted)
        with pytest.raises(KeyboardInterrupt):
            step(mushin.ones(3))
    assert trace._state.trace is None
    for _ in range(6):
        step(mushin.ones(3))
    assert step.step.replayed
