"""A matrix product of float32. NumPy and PyTorch write into an array that is there, as mushin's pool lets it do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from workloads import Prepared


def operands(form: str, m: int, k: int, n: int) -> tuple[np.ndarray, np.ndarray]:
    """What is multiplied, as it is stored: (m, k) and (k, n), or what a linear layer with a weight of (n, k) has."""
    shapes = {
        "plain": ((m, k), (k, n)),
        "forward": ((m, k), (n, k)),
        "dx": ((m, n), (n, k)),
        "dw": ((m, n), (m, k)),
    }
    random = np.random.default_rng(0)
    a, b = (random.random(shape, np.float32) - np.float32(0.5) for shape in shapes[form])
    return a, b


def views(form: str, a: Any, b: Any) -> tuple[Any, Any]:
    """The operands as views that are multiplied."""
    return a.T if form == "dw" else a, b.T if form == "forward" else b


def prepare(product: Callable[[], Any]) -> Prepared:
    def run(count: int) -> dict[str, float]:
        for _ in range(count):
            product()
        return {}

    result = product()
    return Prepared(run, [float(value) for row in (result[0], result[-1]) for value in row[-5:]])


def mushin(form: str, m: int, k: int, n: int) -> Prepared:
    import mushin

    a, b = views(form, *(mushin.from_numpy(x) for x in operands(form, m, k, n)))
    return prepare(lambda: mushin.matmul(a, b))


def numpy(form: str, m: int, k: int, n: int) -> Prepared:
    a, b = views(form, *operands(form, m, k, n))
    c = np.empty((len(a), b.shape[1]), np.float32)
    return prepare(lambda: np.matmul(a, b, out=c))


def torch(form: str, m: int, k: int, n: int) -> Prepared:
    import torch

    a, b = views(form, *(torch.from_numpy(x) for x in operands(form, m, k, n)))
    c = torch.empty(len(a), b.shape[1])
    return prepare(lambda: torch.mm(a, b, out=c))


PREPARE: dict[str, Callable[..., Prepared]] = {"mushin": mushin, "numpy": numpy, "torch": torch}
