"""A matrix product of float32. NumPy and PyTorch write into an array that is there, as mushin's pool lets it do."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from workloads import Prepared


def operands(m: int, k: int, n: int) -> tuple[np.ndarray, np.ndarray]:
    random = np.random.default_rng(0)
    return random.random((m, k), np.float32) - np.float32(0.5), random.random((k, n), np.float32) - np.float32(0.5)


def prepare(product: Callable[[], Any]) -> Prepared:
    def run(count: int) -> dict[str, float]:
        for _ in range(count):
            product()
        return {}

    result = product()
    return Prepared(run, [float(value) for row in (result[0], result[-1]) for value in row[-5:]])


def mushin(m: int, k: int, n: int) -> Prepared:
    import mushin

    a, b = (mushin.from_numpy(x) for x in operands(m, k, n))
    return prepare(lambda: mushin.matmul(a, b))


def numpy(m: int, k: int, n: int) -> Prepared:
    a, b = operands(m, k, n)
    c = np.empty((m, n), np.float32)
    return prepare(lambda: np.matmul(a, b, out=c))


def torch(m: int, k: int, n: int) -> Prepared:
    import torch

    a, b = (torch.from_numpy(x) for x in operands(m, k, n))
    c = torch.empty(m, n)
    return prepare(lambda: torch.mm(a, b, out=c))


PREPARE: dict[str, Callable[..., Prepared]] = {"mushin": mushin, "numpy": numpy, "torch": torch}
