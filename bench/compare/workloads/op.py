"""An op on tiny arrays, where everything but the arithmetic costs."""

from __future__ import annotations

import operator
from collections.abc import Callable
from typing import Any

import numpy as np

from workloads import Prepared

SHAPES: dict[str, list[tuple[int, ...]]] = {"add": [(8,), (8,)], "mul": [(8,), (8,)], "linear": [(4, 4), (4, 4), (4,)]}


def prepare(tensor: Callable[..., Any], linear: Callable[..., Any], op: str, backward: bool) -> Prepared:
    """The op in the style that PyTorch and mushin share; with `backward`, its gradients too."""
    random = np.random.default_rng(0)
    operands = [tensor(random.standard_normal(shape).astype(np.float32)) for shape in SHAPES[op]]
    function = {"add": operator.add, "mul": operator.mul, "linear": linear}[op]
    gradient = tensor(np.linspace(0.5, 1.5, 16 if op == "linear" else 8, dtype=np.float32).reshape(SHAPES[op][0]))

    def run_forward(count: int) -> dict[str, float]:
        for _ in range(count):
            function(*operands)
        return {}

    def run_both(count: int) -> dict[str, float]:
        for _ in range(count):
            function(*operands).backward(gradient)
        return {}

    check = np.asarray(function(*operands).tolist()).ravel().tolist()
    if not backward:
        return Prepared(run_forward, check)
    for operand in operands:
        operand.requires_grad_(True)
    run_both(1)
    for operand in operands:
        check += np.asarray(operand.grad.tolist()).ravel().tolist()
    return Prepared(run_both, check)


def mushin(op: str, backward: bool) -> Prepared:
    import mushin
    from mushin.nn import functional

    return prepare(mushin.tensor, functional.linear, op, backward)


def torch(op: str, backward: bool) -> Prepared:
    import torch

    return prepare(torch.tensor, torch.nn.functional.linear, op, backward)


PREPARE: dict[str, Callable[..., Prepared]] = {"mushin": mushin, "torch": torch}
