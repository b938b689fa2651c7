"""mushin's side of a recipe whose steps the two libraries call differently."""

from mushin import Tensor
from mushin.keras import optimizers
from peers import recipes


def run_keras_optimizer(name, shapes, dtype):
    return recipes.run_keras_optimizer(optimizers, _variables, _apply, name, shapes, dtype)


def _variables(arrays):
    return [Tensor(a, requires_grad=True) for a in arrays]


def _apply(optimizer, gradients, variables):
    if optimizer._body is None:
        optimizer.build(variables)
    optimizer.zero_grad()
    for p, g in zip(variables, gradients):
        (p * Tensor(g)).sum().backward()
    optimizer.step()
