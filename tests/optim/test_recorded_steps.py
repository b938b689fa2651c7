"""Every optimizer in a recorded step: the same bits as eagerly, whatever changes between steps."""

import numpy as np
import pytest

import mushin
from mushin import nn
from optim.optimizers import assert_same_bits, every_optimizer, values


def trained(make, compiled, accumulated=1):
    """A model after twelve steps with rates that change, and how many of them were replayed."""
    mushin.manual_seed(1)
    model = nn.Sequential(nn.Linear(4, 7), nn.Tanh(), nn.Linear(7, 2))
    optimizer = make(model.parameters())

    def collect(x):
        (model(x) * model(x)).sum().backward()

    def update():
        optimizer.step()
        optimizer.zero_grad()

    steps = [mushin.compile(each) if compiled else each for each in (collect, update)]
    for k in range(12):
        optimizer.param_groups[0]["lr"] *= 0.9
        for part in range(accumulated):
            steps[0](mushin.ones(3, 4) * (1 + (k + part) % 3))
        steps[1]()
    return values(model.parameters()), min(each.step.replayed for each in steps) if compiled else 0


@every_optimizer
@pytest.mark.parametrize("accumulated", [1, 3])
def test_recorded_steps_are_as_eager_ones(make, accumulated):
    """With gradients of several calls of backward, too."""
    eager, _ = trained(make, False, accumulated)
    recorded, replayed = trained(make, True, accumulated)
    assert_same_bits(recorded, eager)
    assert replayed > 6
    assert all(np.isfinite(p).all() for p in recorded)


@every_optimizer
def test_several_backwards_are_one_of_their_sum(make):
    """Up to the rounding of the sums."""
    results = []
    for together in (False, True):
        p = nn.Parameter(mushin.tensor(np.linspace(1, 2, 5)))
        optimizer = make([p])
        for k in range(1, 5):
            optimizer.zero_grad()
            parts = [k * 0.5, 1.0 + k, -0.25]
            for scale in [sum(parts)] if together else parts:
                (p * p.detach() * scale).sum().backward()
            optimizer.step()
        results.append(p.array.copy())
    np.testing.assert_allclose(*results, rtol=1e-12)
