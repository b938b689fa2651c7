"""What the tests of optimizers share: one of each, parameters with gradients, steps, comparison of bits."""

import numpy as np
import pytest

from mushin import nn, optim

OPTIMIZERS = {
    "SGD": lambda params: optim.SGD(params, lr=0.1, momentum=0.9, weight_decay=0.1),
    "Adam": lambda params: optim.Adam(params, lr=0.1, weight_decay=0.1, amsgrad=True),
    "AdamW": lambda params: optim.AdamW(params, lr=0.1),
    "NAdam": lambda params: optim.NAdam(params, lr=0.1, weight_decay=0.1),
    "RAdam": lambda params: optim.RAdam(params, lr=0.1, weight_decay=0.1),
    "Adamax": lambda params: optim.Adamax(params, lr=0.1, weight_decay=0.1),
    "RMSprop": lambda params: optim.RMSprop(params, lr=0.1, momentum=0.9, centered=True, eps=0.1),
    "Adagrad": lambda params: optim.Adagrad(params, lr=0.1, lr_decay=0.1, initial_accumulator_value=0.2),
    "Adadelta": lambda params: optim.Adadelta(params, lr=0.5, weight_decay=0.1, eps=0.01),
    "SparseAdam": lambda params: optim.SparseAdam(params, lr=0.1),
    "Adafactor": lambda params: optim.Adafactor(params, lr=0.5, weight_decay=0.1),
    "ASGD": lambda params: optim.ASGD(params, lr=0.1, lambd=0.1, t0=1),
    "Rprop": lambda params: optim.Rprop(params, lr=0.1),
    "Lion": lambda params: optim.Lion(params, lr=0.1, weight_decay=0.1),
}
every_optimizer = pytest.mark.parametrize("make", OPTIMIZERS.values(), ids=OPTIMIZERS)


def parameters(*shapes, dtype=np.float32):
    return [nn.Parameter(np.linspace(1, 2, int(np.prod(shape)), dtype=dtype).reshape(shape)) for shape in shapes]


def collect(params, scale=1.0):
    """Gives every parameter a gradient: scale times itself."""
    for p in params:
        (p * p.detach() * scale).sum().backward()


def values(params):
    return [p.array.copy() for p in params]


def assert_same_bits(got, expected):
    for a, b in zip(got, expected, strict=True):
        np.testing.assert_array_equal(a, b)


def step(optimizer, params, scale=1.0):
    optimizer.zero_grad()
    collect(params, scale)
    optimizer.step()
