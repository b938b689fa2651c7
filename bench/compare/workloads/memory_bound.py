"""Ops that move more than they compute, into new arrays. `MemoryBound` in contests.py says which bytes must move."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from workloads import Prepared

FUNCTIONS: dict[str, Callable[..., Any]] = {
    "add": lambda functional, a, b: a + b,
    "relu": lambda functional, x: functional.relu(x),
    "gelu": lambda functional, x: functional.gelu(x, approximate="tanh"),
    "softmax": lambda functional, x: functional.softmax(x, dim=-1),
    "cross_entropy": lambda functional, logits, labels: functional.cross_entropy(logits, labels),
    "layer_norm": lambda functional, x, weight, bias: functional.layer_norm(x, weight.shape, weight, bias),
    "sum": lambda functional, x: x.sum(dim=0),
}


def operands(op: str) -> list[np.ndarray]:
    """What the op is computed of, the same on every call."""
    random = np.random.default_rng(0)

    def numbers(*shape: int) -> np.ndarray:
        x = random.random(shape, np.float32)
        x -= np.float32(0.5)
        x *= np.float32(4)
        return x

    if op == "cross_entropy":
        return [numbers(2048, 50257), random.integers(0, 50257, 2048)]
    if op == "layer_norm":
        return [numbers(4096, 1024), numbers(1024), numbers(1024)]
    if op in ("softmax", "sum"):
        return [numbers(4096, 1024)]
    return [numbers(4096, 3072) for _ in range(2 if op == "add" else 1)]


def prepare(tensor: Callable[[np.ndarray], Any], functional: Any, op: str, backward: bool) -> Prepared:
    """The op in the style that PyTorch and mushin share; with `backward`, its gradients too, into new arrays."""
    function = FUNCTIONS[op]
    inputs = [tensor(x) for x in operands(op)]
    leaves = [tensor for tensor, x in zip(inputs, operands(op)) if x.dtype == np.float32] if backward else None

    def gradient_of(y: Any) -> Any:
        return None if op == "cross_entropy" else tensor(np.full(tuple(y.shape), 0.5, np.float32) + y.numpy())

    return prepared(lambda: function(functional, *inputs), leaves, gradient_of)


def prepared(call: Callable[[], Any], leaves: list[Any] | None, gradient_of: Callable[[Any], Any]) -> Prepared:
    """A call of ops; unless `leaves` is None, the backward from its result's gradient too, into new ones of theirs."""

    def run_forward(count: int) -> dict[str, float]:
        for _ in range(count):
            call()
        return {}

    y = call()
    check = sample(y)
    if leaves is None:
        return Prepared(run_forward, check)
    gradient = gradient_of(y)
    for leaf in leaves:
        leaf.requires_grad_(True)

    def run_both(count: int) -> dict[str, float]:
        for _ in range(count):
            for leaf in leaves:
                leaf.grad = None
            call().backward(gradient)
        return {}

    run_both(1)
    return Prepared(run_both, check + [value for leaf in leaves for value in sample(leaf.grad)])


def sample(x: Any) -> list[float]:
    """The last numbers of the first row and of the last."""
    rows = np.atleast_2d(x.detach().numpy())
    return [float(value) for row in (rows[0], rows[-1]) for value in row.ravel()[-5:]]


def mushin(op: str, backward: bool) -> Prepared:
    import mushin
    from mushin.nn import functional

    return prepare(mushin.from_numpy, functional, op, backward)


def torch(op: str, backward: bool) -> Prepared:
    import torch

    return prepare(torch.from_numpy, torch.nn.functional, op, backward)


PREPARE: dict[str, Callable[..., Prepared]] = {"mushin": mushin, "torch": torch}
