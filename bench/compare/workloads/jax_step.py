"""The classifier's training step in JAX, parameters and Adam by hand. Only JAX's worker imports this module."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from itertools import pairwise
from typing import Any

import jax
import numpy as np
from jax import numpy as jnp

SIZES = (784, 128, 10)
RATE, BETA1, BETA2, EPSILON = 1e-3, 0.9, 0.999, 1e-8


def initial_state() -> Any:
    """Parameters as PyTorch's linear layers have them, both moments, and the number of steps."""
    random = np.random.default_rng(0)
    parameters = []
    for inputs, outputs in pairwise(SIZES):
        bound = inputs**-0.5
        parameters.append([random.uniform(-bound, bound, shape) for shape in ((inputs, outputs), (outputs,))])
    parameters = jax.tree.map(lambda x: jnp.asarray(x, jnp.float32), parameters)
    return parameters, jax.tree.map(jnp.zeros_like, parameters), jax.tree.map(jnp.zeros_like, parameters), jnp.zeros(())


def loss_of(parameters: Any, inputs: Any, labels: Any) -> Any:
    (weight1, bias1), (weight2, bias2) = parameters
    logits = jax.nn.relu(inputs @ weight1 + bias1) @ weight2 + bias2
    return -jnp.take_along_axis(jax.nn.log_softmax(logits), labels[:, None], axis=1).mean()


@partial(jax.jit, donate_argnums=0)
def advance(state: Any, inputs: Any, labels: Any) -> Any:
    """The next state, in the old one's memory, and the loss."""
    parameters, means, squares, steps = state
    loss, gradients = jax.value_and_grad(loss_of)(parameters, inputs, labels)
    steps = steps + 1
    means = jax.tree.map(lambda m, g: BETA1 * m + (1 - BETA1) * g, means, gradients)
    squares = jax.tree.map(lambda v, g: BETA2 * v + (1 - BETA2) * g * g, squares, gradients)
    rate, correction = RATE / (1 - BETA1**steps), 1 / (1 - BETA2**steps)
    parameters = jax.tree.map(
        lambda p, m, v: p - rate * m / (jnp.sqrt(v * correction) + EPSILON), parameters, means, squares
    )
    return (parameters, means, squares, steps), loss


def training_step() -> Callable[[Any, Any], Any]:
    state = initial_state()

    def step(inputs: Any, labels: Any) -> Any:
        nonlocal state
        state, loss = advance(state, inputs, labels)
        return loss

    return step
