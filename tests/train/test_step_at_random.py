"""Random lives of a model: between captured steps anything may happen to it, and all stays as with eager steps."""

import copy
import warnings

import numpy as np
import pytest

import mushin
from mushin import Tensor, nn, optim
from mushin.nn import functional
from mushin.ops.random import generator

LIVES = range(40)
CALLS = 100
EVENTS_PER_CALL = 0.1


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.first, self.second, self.last = nn.Linear(4, 6), nn.Linear(6, 6), nn.Linear(6, 3)
        self.dropout = nn.Dropout(0.2)
        self.is_deep = True

    def forward(self, x):
        hidden = self.first(x).tanh()
        if self.is_deep:
            hidden = self.dropout(self.second(hidden)).relu()
        return self.last(hidden)


OPTIMIZERS = [
    lambda p: optim.SGD(p, lr=0.05),
    lambda p: optim.SGD(p, lr=0.05, momentum=0.9, nesterov=True),
    lambda p: optim.Adam(p, lr=0.02),
    lambda p: optim.AdamW([{"params": p[:2]}, {"params": p[2:], "lr": 0.01}], lr=0.02),
]

EVENTS = {
    "rate": lambda life: life.optimizer.param_groups[0].update(lr=life.number()),
    "decay": lambda life: life.optimizer.param_groups[0].update(weight_decay=life.number()),
    "maximize": lambda life: life.optimizer.param_groups[-1].update(maximize=life.number() < 0.02),
    "freeze or thaw": lambda life: life.parameter().requires_grad_(life.number() < 0.03),
    "hold a gradient": lambda life: life.held.append(life.parameter().grad),
    "let go": lambda life: life.held.clear(),
    "mode": lambda life: life.model.train(not life.model.training),
    "attribute": lambda life: setattr(life.model, "is_deep", not life.model.is_deep),
    "dropout": lambda life: setattr(life.model.dropout, "p", round(life.number() * 10, 1)),
    "no gradient": lambda life: setattr(life.parameter(), "grad", None),
    "own gradient": lambda life: life.bring_gradient(),
    "zero": lambda life: life.optimizer.zero_grad(set_to_none=False),
    "rebind": lambda life: life.rebind(),
    "assign": lambda life: life.assign(),
    "scale": lambda life: setattr(life, "scale", round(life.number() * 100)),
    "another parameter": lambda life: life.replace(),
    "numpy": lambda life: life.parameter().array.__imul__(np.float32(0.9)),
    "load": lambda life: life.model.load_state_dict({k: v.array * 0.9 for k, v in life.model.state_dict().items()}),
    "load optimizer": lambda life: life.optimizer.load_state_dict(copy.deepcopy(life.optimizer.state_dict())),
    "seed": lambda life: mushin.seed(int(life.number() * 1e6)),
    "clip": lambda life: optim.clip_grad_norm_(life.parameters, 0.1),
    "write": lambda life: life.shrink(),
}


class Life:
    """A model that is trained, evaluated and meddled with, as a seed says."""

    def __init__(self, seed, compile_):
        self.rng = np.random.default_rng(seed)
        mushin.seed(seed)
        self.model, self.held, self.scale = Model(), [], 1
        self.parameters = list(self.model.parameters())
        self.optimizer = OPTIMIZERS[seed % len(OPTIMIZERS)](self.parameters)
        self.steps = [compile_(step) for step in (self.train, self.accumulate, self.update, self.evaluate)]

    def train(self, x, y):
        self.optimizer.zero_grad()
        loss = functional.cross_entropy(self.model(x), y) * float(self.scale)
        loss.backward()
        self.optimizer.step()
        return loss

    def accumulate(self, x, y):
        loss = functional.cross_entropy(self.model(x), y)
        loss.backward()
        return loss

    def update(self, x, y):
        self.optimizer.step()
        self.optimizer.zero_grad()
        return x * 1.0

    def evaluate(self, x, y):
        with mushin.no_grad():
            return self.model(x).softmax()

    def number(self):
        return self.rng.random() * 0.05

    def parameter(self):
        return self.parameters[self.rng.integers(len(self.parameters))]

    def bring_gradient(self):
        parameter = self.parameter()
        parameter.grad = np.full(parameter.shape, 0.01, np.float32)

    def rebind(self):
        parameter = self.parameter()
        parameter.data = parameter.array.copy()

    def assign(self):
        parameter = self.parameter()
        parameter.array = parameter.array.copy()

    def replace(self):
        """The optimizer keeps the old one."""
        self.model.last.bias = nn.Parameter(self.model.last.bias.array * np.float32(0.5))

    def shrink(self):
        with mushin.no_grad():
            self.parameter().mul_(0.99)

    def live(self):
        """What happened, with every result and state as bytes."""
        for _ in range(CALLS):
            event = ""
            if self.rng.random() < EVENTS_PER_CALL:
                event = list(EVENTS)[self.rng.integers(len(EVENTS))]
                EVENTS[event](self)
            step = self.rng.choice(self.steps, p=[0.5, 0.2, 0.2, 0.1])
            n = self.rng.choice([8, 8, 8, 5])
            x = Tensor(self.rng.standard_normal((n, 4)).astype(np.float32))
            y = Tensor(self.rng.integers(0, 3, n))
            try:
                outcome = step(x, y).array.tobytes()
            except ValueError as error:
                outcome = str(error)
            gradients = [None if p.grad is None else p.grad.array.tobytes() for p in self.parameters]
            yield (
                event,
                step.__name__,
                outcome,
                [p.array.tobytes() for p in self.parameters],
                gradients,
                generator.tobytes(),
            )


@pytest.mark.parametrize("seed", LIVES)
def test_captured_and_eager_lives_are_the_same(seed):
    eager = list(Life(seed, lambda step: step).live())
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)  # whatever stays eager
        captured = list(Life(seed, mushin.compile).live())
    for i, (a, b) in enumerate(zip(eager, captured, strict=True)):
        assert a == b, f"call {i}, {b[1]}, after {[event for event, *_ in captured[: i + 1] if event]}"


def test_lives_are_captured():
    """At least some of it, or the comparison would compare nothing."""
    replayed = 0
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", RuntimeWarning)
        for seed in LIVES:
            life = Life(seed, mushin.compile)
            list(life.live())
            replayed += sum(step.step.replayed for step in life.steps)
    assert replayed > 10 * len(LIVES)
