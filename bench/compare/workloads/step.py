"""A training step of the classifier 784-128(relu)-10 with softmax cross-entropy and Adam."""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np

from workloads import Prepared

WARM_STEPS = 20


@lru_cache(maxsize=1)
def images(count: int) -> tuple[np.ndarray, np.ndarray]:
    """MNIST-like images (count, 784) in [0, 1], four fifths black, and labels that a linear teacher gives them."""
    random = np.random.default_rng(0)
    x = random.random((count, 784), np.float32)
    x *= random.random((count, 784), np.float32) < 0.2
    teacher = random.standard_normal((784, 10)).astype(np.float32)
    return x, (x @ teacher).argmax(1).astype(np.int64)


def prepare_fit(keras: Any, batch: int, steps: int) -> Prepared:
    """`model.fit`, the same code for mushin.keras and for Keras; a unit is a step of its epoch."""
    x, y = images(batch * steps)
    model = keras.Sequential([keras.layers.Dense(128, activation="relu"), keras.layers.Dense(10, activation="softmax")])
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])

    def run(count: int) -> dict[str, float]:
        n = count * batch
        history = model.fit(x[:n], y[:n], batch_size=batch, epochs=1, verbose=0)
        return {"loss": float(history.history["loss"][-1])}

    run(WARM_STEPS)
    return Prepared(run)


def prepare_loop(
    step: Callable[[Any, Any], Any], tensor: Callable[[np.ndarray], Any], batch: int, steps: int
) -> Prepared:
    """A hand-written loop over batches that are tensors already."""
    x, y = images(batch * steps)
    batches = [(tensor(x[i : i + batch]), tensor(y[i : i + batch])) for i in range(0, len(x), batch)]

    def run(count: int) -> dict[str, float]:
        for inputs, labels in batches[:count]:
            loss = step(inputs, labels)
        return {"loss": loss.item()}

    run(WARM_STEPS)
    return Prepared(run)


def training_step(nn: Any, adam: Callable[[Any], Any]) -> Callable[[Any, Any], Any]:
    """The step in PyTorch's style, the same code for mushin and PyTorch."""
    model = nn.Sequential(nn.Linear(784, 128), nn.ReLU(), nn.Linear(128, 10))
    loss_function = nn.CrossEntropyLoss()
    optimizer = adam(model.parameters())

    def step(inputs: Any, labels: Any) -> Any:
        optimizer.zero_grad()
        loss = loss_function(model(inputs), labels)
        loss.backward()
        optimizer.step()
        return loss

    return step


def mushin_fit(batch: int, steps: int) -> Prepared:
    from mushin import keras

    return prepare_fit(keras, batch, steps)


def keras_fit(batch: int, steps: int) -> Prepared:
    import keras

    return prepare_fit(keras, batch, steps)


def mushin_eager(batch: int, steps: int) -> Prepared:
    import mushin
    from mushin import nn, optim

    return prepare_loop(training_step(nn, optim.Adam), mushin.from_numpy, batch, steps)


def mushin_compiled(batch: int, steps: int) -> Prepared:
    import mushin
    from mushin import nn, optim

    return prepare_loop(mushin.compile(training_step(nn, optim.Adam)), mushin.from_numpy, batch, steps)


def torch_eager(batch: int, steps: int, **form: bool) -> Prepared:
    import torch

    def adam(parameters: Any) -> Any:
        return torch.optim.Adam(parameters, **form)

    return prepare_loop(training_step(torch.nn, adam), torch.from_numpy, batch, steps)


def torch_foreach(batch: int, steps: int) -> Prepared:
    return torch_eager(batch, steps, foreach=True)


def torch_fused(batch: int, steps: int) -> Prepared:
    return torch_eager(batch, steps, fused=True)


def torch_compiled(batch: int, steps: int) -> Prepared:
    import torch

    torch.compiler.reset()  # for another batch it would otherwise compile a step for batches of any size
    step = training_step(torch.nn, lambda parameters: torch.optim.Adam(parameters, fused=True))
    return prepare_loop(torch.compile(step), torch.from_numpy, batch, steps)


def jax_jit(batch: int, steps: int) -> Prepared:
    import jax

    from workloads import jax_step

    return prepare_loop(jax_step.training_step(), jax.numpy.asarray, batch, steps)


PREPARE: dict[str, Callable[..., Prepared]] = {
    "mushin_fit": mushin_fit,
    "mushin_eager": mushin_eager,
    "mushin_compiled": mushin_compiled,
    "torch_eager": torch_eager,
    "torch_foreach": torch_foreach,
    "torch_fused": torch_fused,
    "torch_compiled": torch_compiled,
    "jax_jit": jax_jit,
    "keras_fit": keras_fit,
}
