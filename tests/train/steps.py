"""What the tests of the captured step share: a model to train, batches, and a comparison with eager steps."""

import numpy as np
import pytest

import mushin
from mushin import Tensor, nn, optim
from mushin.nn import functional
from mushin.ops.random import generator

FEATURES, CLASSES = 6, 3
BEFORE_REPLAY = 3  # a key's first call is eager, the second recorded, the third verified
AT_FIRST = 4  # a new step does not know yet which parameters will have gradients: its first key never comes again


def adam(params):
    return optim.Adam(params, lr=0.01)


class Classifier:
    """A model with dropout, its optimizer and a training step."""

    def __init__(self, seed=0, hidden=16, dropout=0.5, make_optimizer=adam):
        mushin.seed(seed)
        self.model = nn.Sequential(
            nn.Linear(FEATURES, hidden), nn.ReLU(), nn.Dropout(dropout), nn.Linear(hidden, CLASSES)
        )
        self.optimizer = make_optimizer(self.model.parameters())

    def step(self, x, y):
        loss = functional.cross_entropy(self.model(x), y)
        self.optimizer.zero_grad()
        loss.backward()
        self.optimizer.step()
        return loss

    def state(self):
        """Parameters, gradients, the optimizer's states and the generator, as bytes."""
        arrays = [p.array for p in self.model.parameters()]
        arrays += [p._grad for p in self.model.parameters() if p._grad is not None]
        for state in self.optimizer.state_dict()["state"].values():
            arrays += [np.asarray(x) for x in state.values()]
        return [x.tobytes() for x in (*arrays, generator)]


def batches(*sizes, seed=5):
    rng = np.random.Generator(np.random.Philox(seed))
    return [
        (Tensor(rng.standard_normal((n, FEATURES)).astype(np.float32)), Tensor(rng.integers(0, CLASSES, n)))
        for n in sizes
    ]


def bits(result):
    """A step's results as bytes."""
    if isinstance(result, Tensor):
        return result.array.tobytes()
    if isinstance(result, dict):
        return {name: bits(x) for name, x in result.items()}
    return [bits(x) for x in result] if isinstance(result, (tuple, list)) else result


def assert_as_eager(play, step=Classifier.step, **options):
    """`play(classifier, step)` must give the same bits with eager and with captured steps.

    Args:
        play: calls step(x, y) as often as it likes, and may change the classifier in between.
        step: a function of the classifier and a batch.
        options: of the Classifier.

    Returns:
        The CompiledStep.
    """
    runs = []
    for captured in (False, True):
        classifier = Classifier(**options)
        results = []

        def eager(*args, classifier=classifier, **kwargs):
            return step(classifier, *args, **kwargs)

        function = mushin.compile(eager) if captured else eager

        def noted(*args, results=results, function=function, classifier=classifier, **kwargs):
            result = function(*args, **kwargs)
            results.append((bits(result), classifier.state()))
            return result

        play(classifier, noted)
        runs.append(results)
    for i, (expected, got) in enumerate(zip(*runs, strict=True)):
        assert got == expected, f"call {i} differs"
    return function.step


def play_batches(*sizes):
    def play(classifier, step):
        for batch in batches(*sizes):
            step(*batch)

    return play


def number(value, n=3):
    return mushin.full((n,), float(value))


def follow(function, calls, before=lambda call: None):
    """Calls a step with the function itself beside it: the results must be the same bits. Returns the CompiledStep."""
    step = mushin.compile(function)
    for call in range(calls):
        before(call)
        x = number(call + 1)
        assert bits(step(x)) == bits(function(x)), f"call {call}"
    return step.step


def stays_eager(match):
    return pytest.warns(RuntimeWarning, match=rf"\[compile\] the step .* stays eager: .*{match}")
