"""The same classifier of handwritten digits twice: in PyTorch's way with mushin.nn, in Keras' way with mushin.keras.

Run it: python examples/digits_in_each_face.py
        python examples/digits_in_each_face.py --epochs 3

Both networks start from the same weights and see the same batches in the same order. Both faces stand on the same
kernels, so they end with the same weights, to the last bit. The digits, 1,797 images of 8 x 8 pixels, come with the
package.
"""

from __future__ import annotations

import argparse
from typing import Any

import numpy as np

import mushin
from mushin import keras, nn, optim
from mushin.data import DataLoader, TensorDataset, load_digits, stratified_split

HIDDEN = 64
BATCH_SIZE = 32
LEARNING_RATE = 0.2


def load(seed: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """Images to train on, (n, 64) in [0, 1] and in random order, with their digits, (n,); then those to test on."""
    images, digits = load_digits()
    x = (images.reshape(-1, 64) / 16).astype(np.float32)
    train, test = stratified_split(digits, test_fraction=0.2, seed=seed)
    train = np.random.default_rng(seed).permutation(train)
    return x[train], digits[train], x[test], digits[test]


# --- PyTorch's way: the loop is written by hand, and mushin.compile records its step.


def train_nn(x: np.ndarray, digits: np.ndarray, epochs: int) -> tuple[nn.Sequential, list[np.ndarray], Any]:
    """A trained network, the weights it began with, and its recorded step."""
    model = nn.Sequential(nn.Linear(64, HIDDEN), nn.ReLU(), nn.Linear(HIDDEN, 10))
    optimizer = optim.SGD(model.parameters(), lr=LEARNING_RATE)
    first_weights = [parameter.detach().numpy().copy() for parameter in model.parameters()]

    @mushin.compile
    def train_step(inputs, targets):
        loss = nn.functional.cross_entropy(model(inputs), targets)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    loader = DataLoader(TensorDataset(x, digits), batch_size=BATCH_SIZE)
    for epoch in range(epochs):
        losses = [train_step(inputs, targets).item() for inputs, targets in loader]
        if (epoch + 1) % 10 == 0 or epoch + 1 == epochs:
            print(f"  epoch {epoch + 1:3}: mean loss of a batch {np.mean(losses):.4f}")
    return model, first_weights, train_step.step


def probabilities_nn(model: nn.Sequential, x: np.ndarray) -> np.ndarray:
    """The probability of each digit, (n, 10)."""
    with mushin.no_grad():
        return model(mushin.tensor(x)).softmax(dim=1).numpy()


# --- Keras' way: compile says how to train, fit is the loop and records its step by itself.


def train_keras(
    x: np.ndarray, digits: np.ndarray, epochs: int, first_weights: list[np.ndarray]
) -> tuple[keras.Sequential, Any]:
    """The same network, trained from the same weights, and its recorded step."""
    model = keras.Sequential(
        [
            keras.Input((64,)),
            keras.layers.Dense(HIDDEN, activation="relu"),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    # A Linear keeps its weight as (out, in) as PyTorch's does, a Dense its kernel as (in, out) as Keras' does.
    model.set_weights([weight.T for weight in first_weights])
    model.compile(
        optimizer=keras.optimizers.SGD(LEARNING_RATE),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy"],
    )
    history = model.fit(x, digits, batch_size=BATCH_SIZE, epochs=epochs, shuffle=False, verbose=0)
    print(f"  epoch {epochs:3}: mean loss of an image {history.history['loss'][-1]:.4f}")
    return model, model.train_function


def accuracy(probabilities: np.ndarray, digits: np.ndarray) -> float:
    return float((probabilities.argmax(axis=1) == digits).mean())


def main(arguments: list[str] | None = None) -> dict[str, float]:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--epochs", type=int, default=40)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)

    mushin.manual_seed(options.seed)
    x, digits, test_x, test_digits = load(options.seed)
    print(f"{len(x):,} digits to train on, {len(test_x)} to test on")

    print("mushin.nn")
    network, first_weights, step_of_nn = train_nn(x, digits, options.epochs)
    of_nn = probabilities_nn(network, test_x)
    print(f"  {accuracy(of_nn, test_digits):.1%} of the test digits are right; {step_of_nn.summary()}")

    print("mushin.keras")
    model, step_of_keras = train_keras(x, digits, options.epochs, first_weights)
    of_keras = model.predict(test_x, verbose=0)
    print(f"  {accuracy(of_keras, test_digits):.1%} of the test digits are right; {step_of_keras.summary()}")

    pairs = zip(network.parameters(), model.get_weights())
    apart = max(float(np.abs(ours.detach().numpy() - theirs.T).max()) for ours, theirs in pairs)
    print(f"The largest difference of any two weights is {apart}.")
    replayed = min(step_of_nn.replayed_share, step_of_keras.replayed_share)
    return {
        "nn": accuracy(of_nn, test_digits),
        "keras": accuracy(of_keras, test_digits),
        "apart": apart,
        "replayed": replayed,
    }


if __name__ == "__main__":
    main()
