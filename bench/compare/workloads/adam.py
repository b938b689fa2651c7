"""Adam's step over many parameters, whose gradients stay."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from workloads import Prepared

SIZE = 1000  # of the square matrices that the parameters are


def prepare(
    tensor: Callable[[np.ndarray], Any], parameter: Callable[[Any], Any], adam: Any, parameters: int
) -> Prepared:
    """The optimizer in the style that PyTorch and mushin share; `backward` puts the gradients where they belong."""
    random = np.random.default_rng(0)
    matrices = [parameter(tensor(random.random((SIZE, SIZE), np.float32))) for _ in range(parameters // SIZE**2)]
    optimizer = adam(matrices)
    for matrix in matrices:
        (matrix * tensor(random.random((SIZE, SIZE), np.float32) - np.float32(0.5))).sum().backward()

    def run(count: int) -> dict[str, float]:
        for _ in range(count):
            optimizer.step()
        return {}

    run(2)
    return Prepared(run, [float(value) for x in matrices for value in x.detach().numpy()[-1, -5:]])


def mushin(parameters: int) -> Prepared:
    import mushin
    from mushin import nn, optim

    return prepare(mushin.from_numpy, nn.Parameter, optim.Adam, parameters)


def torch(parameters: int, **form: bool) -> Prepared:
    import torch

    def adam(matrices: Any) -> Any:
        return torch.optim.Adam(matrices, **form)

    return prepare(torch.from_numpy, torch.nn.Parameter, adam, parameters)


def torch_fused(parameters: int) -> Prepared:
    return torch(parameters, fused=True)


PREPARE: dict[str, Callable[..., Prepared]] = {"mushin": mushin, "torch": torch, "torch_fused": torch_fused}
