"""What happens to a model, its optimizer and its tensors between two calls of a captured step is followed."""

import copy
import pickle
import warnings

import numpy as np
import pytest

import mushin
from mushin import Tensor, nn, optim
from mushin.nn import functional
from train.steps import AT_FIRST, BEFORE_REPLAY, CLASSES, FEATURES, Classifier, assert_as_eager, batches, bits, number

# --- modules


class WithBuffer(nn.Module):
    def __init__(self):
        super().__init__()
        self.register_buffer("shift", mushin.ones(3))

    def forward(self, x):
        return x + self.shift


@pytest.mark.parametrize(
    "rebind",
    [
        lambda model, values: setattr(model, "shift", Tensor(values)),
        lambda model, values: model.register_buffer("shift", Tensor(values)),
        lambda model, values: setattr(model.shift, "data", values),
        lambda model, values: setattr(model.shift, "array", values),
        lambda model, values: model.shift.copy_(values),
        lambda model, values: model.load_state_dict({"shift": values}),
    ],
    ids=["attribute", "register_buffer", "data", "array", "copy_", "load_state_dict"],
)
def test_a_buffer_that_is_replaced(rebind):
    model = WithBuffer()
    step = mushin.compile(lambda x: model(x))
    for i in range(14):
        if i == 7:
            rebind(model, np.full(3, 5, np.float32))
        np.testing.assert_array_equal(step(number(i)).array, number(i + (1 if i < 7 else 5)).array)
    assert step.step.replayed >= 8


def test_a_parameter_that_is_added_to_a_module():
    def step(classifier, x, y):
        outputs = classifier.model(x)
        if hasattr(classifier.model, "scale"):
            outputs = outputs * classifier.model.scale
        loss = functional.cross_entropy(outputs, y)
        classifier.optimizer.zero_grad()
        loss.backward()
        classifier.optimizer.step()
        return loss

    def play(classifier, step):
        for i, batch in enumerate(batches(*[8] * 24)):
            if i == 8:
                classifier.model.scale = nn.Parameter(np.full(CLASSES, 2, np.float32))
            if i == 16:
                classifier.optimizer.add_param_group({"params": [classifier.model.scale], "lr": 0.5})
            step(*batch)

    assert assert_as_eager(play, step=step).replayed >= 24 - 3 * AT_FIRST


def test_a_parameter_that_is_replaced():
    def play(classifier, step):
        for i, batch in enumerate(batches(*[8] * 16)):
            if i == 8:
                classifier.model[3].bias = nn.Parameter(np.ones(CLASSES, np.float32))
            step(*batch)

    assert assert_as_eager(play).replayed >= 16 - 2 * AT_FIRST


def test_a_layer_that_is_replaced():
    def play(classifier, step):
        for i, batch in enumerate(batches(*[8] * 16)):
            if i == 8:
                classifier.model[1] = nn.Tanh()
            step(*batch)

    assert assert_as_eager(play).replayed == 16 - AT_FIRST - BEFORE_REPLAY


def test_parameters_that_another_optimizer_moves():
    def play(classifier, step):
        for i, batch in enumerate(batches(*[8] * 16)):
            if i == 8:
                optim.SGD(list(classifier.model.parameters())[::-1], lr=0.1)
            step(*batch)

    assert assert_as_eager(play).replayed >= 16 - 2 * AT_FIRST


def test_another_optimizer():
    def play(classifier, step):
        for i, batch in enumerate(batches(*[8] * 16)):
            if i == 8:
                classifier.optimizer = optim.SGD(classifier.model.parameters(), lr=0.1)
            step(*batch)

    assert assert_as_eager(play).replayed >= 16 - 2 * AT_FIRST


def test_a_model_that_is_cast_to_float64():
    def step(classifier, x, y):
        loss = functional.cross_entropy(classifier.model(x), y)
        classifier.model.zero_grad()
        loss.backward()
        return loss

    def play(classifier, step):
        for i, (x, y) in enumerate(batches(*[8] * 16)):
            if i == 8:
                classifier.model.double()
            step(Tensor(x.array.astype(np.float64)) if i >= 8 else x, y)

    assert assert_as_eager(play, step=step).replayed >= 16 - 2 * AT_FIRST


# --- copies


def test_a_model_that_is_copied_after_recording():
    """The step goes on with the model that it names; the copy is another, which trains apart."""

    def play(wrap):
        classifier = Classifier(dropout=0.0)
        step = wrap(classifier.step)
        data = batches(*[8] * 12)
        for batch in data[:6]:
            step(*batch)
        twin = copy.deepcopy(classifier)
        step_of_twin = wrap(twin.step)
        for batch in data[6:]:
            step(*batch)
        after = [p.array.tobytes() for p in twin.model.parameters()]
        for batch in data[6:]:
            step_of_twin(*batch)
        return classifier.state(), after, twin.state()

    assert play(mushin.compile) == play(lambda f: f)


@pytest.mark.parametrize("copied", [copy.deepcopy, lambda step: pickle.loads(pickle.dumps(step))])
def test_a_step_that_is_copied(copied):
    """With the object that its function is a method of."""
    classifier = Classifier(dropout=0.0)
    classifier.compiled = mushin.compile(classifier.step).step
    data = batches(*[8] * 12)
    for batch in data[:6]:
        classifier.compiled(*batch)
    twin = copied(classifier)
    before = classifier.state()
    for batch in data[6:]:
        twin.compiled(*batch)
    assert classifier.state() == before
    assert twin.compiled.replayed >= 6 - AT_FIRST
    for batch in data[6:]:
        classifier.compiled(*batch)
    assert classifier.state() == twin.state()


# --- gradients


@pytest.mark.parametrize("by", ["argument", "caller"])
def test_gradients_that_are_forgotten_every_third_call(by):
    def step(classifier, x, y, is_last=False):
        loss = functional.cross_entropy(classifier.model(x), y) / 3
        loss.backward()
        if is_last:
            classifier.optimizer.step()
            classifier.optimizer.zero_grad()
        return loss

    def play(classifier, step):
        for i, batch in enumerate(batches(*[8] * 30)):
            if by == "argument":
                step(*batch, is_last=i % 3 == 2)
                continue
            step(*batch)
            if i % 3 == 2:
                classifier.optimizer.step()
                classifier.model.zero_grad()

    assert assert_as_eager(play, step=step).replayed >= 30 - 4 * BEFORE_REPLAY


def test_gradients_of_a_model_that_two_steps_train():
    def play(wrap):
        classifier = Classifier(dropout=0.0)

        def collect(x, y):
            functional.cross_entropy(classifier.model(x), y).backward()

        def train(x, y):
            loss = functional.cross_entropy(classifier.model(x), y)
            loss.backward()
            classifier.optimizer.step()
            classifier.optimizer.zero_grad()
            return loss

        steps, seen = [wrap(collect), wrap(train)], []
        for i, batch in enumerate(batches(*[8] * 24)):
            seen.append(bits(steps[i % 2](*batch)))
        return seen, classifier.state()

    assert play(mushin.compile) == play(lambda f: f)


# --- modes and random numbers


def test_a_gradient_mode_that_the_step_leaves_behind():
    def step(x):
        mushin.set_grad_enabled(False)
        return x * 2.0

    compiled = mushin.compile(step)

    def play():
        for i in range(10):
            mushin.set_grad_enabled(True)
            np.testing.assert_array_equal(compiled(number(i)).array, number(2 * i).array)
            assert not mushin.is_grad_enabled()

    try:
        with pytest.warns(RuntimeWarning, match="stays eager: each call changes modules, modes") as caught:
            play()
    finally:
        mushin.set_grad_enabled(True)
    assert len(caught) == 1


def test_a_mode_that_the_step_sets_and_puts_back():
    model = nn.Dropout(0.5)

    def step(x):
        model.eval()
        expected = model(x)
        model.train()
        return expected, model(x)

    def play(wrap):
        mushin.seed(0)
        call = wrap(step)
        return [bits(call(number(i, 50))) for i in range(8)], getattr(call, "step", None)

    captured, compiled = play(mushin.compile)
    assert captured == play(lambda f: f)[0]
    assert compiled.replayed == 8 - BEFORE_REPLAY


def test_a_generator_that_is_reseeded_in_the_middle():
    def step(classifier, x, y):
        mushin.seed(7)
        return Classifier.step(classifier, x, y)

    def play(classifier, step):
        with warnings.catch_warnings(record=True) as caught:
            warnings.simplefilter("always")
            for batch in batches(*[8] * 8):
                step(*batch)
        messages.append([str(warning.message) for warning in caught])

    messages = []
    assert assert_as_eager(play, step=step).replayed == 0
    assert [len(each) for each in messages] == [0, 1]
    assert "[seed] the generator cannot be set while a step is being recorded" in messages[1][0]


def test_modules_that_change_on_every_call_are_told():
    model = nn.Linear(FEATURES, CLASSES)
    step = mushin.compile(lambda x: model(x).detach())

    def play():
        for i, (x, _) in enumerate(batches(*[8] * 10)):
            model.label = i
            assert bits(step(x)) == bits(model(x).detach())

    message = "stays eager: each call finds modules, modes or a parameter's memory changed"
    with pytest.warns(RuntimeWarning, match=message) as caught:
        play()
    assert (step.step.replayed, len(caught)) == (0, 1)
