"""What a replayed step costs where the arithmetic costs nothing: one number a layer."""

from __future__ import annotations

import time
from collections.abc import Callable

import numpy as np

from workloads import Prepared

LAYERS, MORE_LAYERS = 1, 7
CALLS_UNTIL_REPLAYED = 10


def step_of(layers: int) -> tuple[Callable[[], object], int]:
    """A recorded step of so many layers, ready to be replayed, and how many launches it has."""
    import mushin
    from mushin import kernels, nn, optim

    model = nn.Sequential(*(nn.Linear(1, 1) for _ in range(layers)))
    optimizer = optim.SGD(model.parameters(), lr=0.01)
    x = mushin.from_numpy(np.ones((1, 1), np.float32))
    launches = 0

    def train(x: mushin.Tensor) -> mushin.Tensor:
        nonlocal launches
        optimizer.zero_grad()
        loss = nn.functional.mse_loss(model(x), x)
        loss.backward()
        optimizer.step()
        launches = max(launches, kernels.launches_recorded())
        return loss

    step = mushin.compile(train)
    for _ in range(CALLS_UNTIL_REPLAYED):
        step(x)
    return lambda: step(x), launches


def seconds_of(step: Callable[[], object], count: int) -> float:
    """The mean of `count` calls."""
    begin = time.perf_counter()
    for _ in range(count):
        step()
    return (time.perf_counter() - begin) / count


def mushin() -> Prepared:
    short, launches = step_of(LAYERS)
    long, more_launches = step_of(MORE_LAYERS)

    def run(count: int) -> dict[str, float]:
        seconds, more_seconds = seconds_of(short, count), seconds_of(long, count)
        a_launch = (more_seconds - seconds) / (more_launches - launches)
        return {
            "launches": launches,
            "us a step": seconds * 1e6,
            "launches of the longer": more_launches,
            "us of the longer": more_seconds * 1e6,
            "us a launch": a_launch * 1e6,
            "us of ten launches": (seconds - (launches - 10) * a_launch) * 1e6,
        }

    return Prepared(run)


PREPARE: dict[str, Callable[..., Prepared]] = {"mushin": mushin}
