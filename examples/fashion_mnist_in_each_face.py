"""The same classifier of clothes twice: in PyTorch's way with mushin.nn, in Keras' way with mushin.keras.

Run it: python examples/fashion_mnist_in_each_face.py
        python examples/fashion_mnist_in_each_face.py --epochs 1 --images 6000 --data /usr/share/datasets/fashion-mnist

Fashion-MNIST is 60,000 images of 28 x 28 pixels to train on and 10,000 to test on, of ten kinds of clothes. Without
--data it is looked for where mushin.data.load_fashion_mnist says, and downloaded if it is nowhere. Each face draws
its own first weights and orders, as each would by itself: the accuracies are close, not equal.
digits_in_each_face.py shows that they are equal from equal weights.
"""

from __future__ import annotations

import argparse
import time
from typing import Any

import numpy as np

import mushin
from mushin import keras, nn, optim
from mushin.data import DataLoader, TensorDataset, load_fashion_mnist

HIDDEN = 256
DROPOUT = 0.2
BATCH_SIZE = 128
LEARNING_RATE = 0.001

CLOTHES = ("T-shirt", "trousers", "pullover", "dress", "coat", "sandal", "shirt", "sneaker", "bag", "boot")


# --- PyTorch's way


def train_nn(x: np.ndarray, labels: np.ndarray, epochs: int) -> tuple[nn.Sequential, Any]:
    """A trained network and its recorded step."""
    model = nn.Sequential(
        nn.Flatten(), nn.Linear(28 * 28, HIDDEN), nn.ReLU(), nn.Dropout(DROPOUT), nn.Linear(HIDDEN, len(CLOTHES))
    )
    optimizer = optim.Adam(model.parameters(), lr=LEARNING_RATE)

    @mushin.compile
    def train_step(images, targets):
        loss = nn.functional.cross_entropy(model(images), targets)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    model.train()
    for epoch in range(epochs):
        losses = [
            train_step(images, targets).item()
            for images, targets in DataLoader(TensorDataset(x, labels), batch_size=BATCH_SIZE, shuffle=True)
        ]
        print(f"  epoch {epoch + 1}: loss {np.mean(losses):.4f}")
    return model, train_step.step


def predict_nn(model: nn.Sequential, x: np.ndarray) -> np.ndarray:
    """The kind of each image, (n,)."""
    model.eval()
    with mushin.no_grad():
        kinds = [model(images).argmax(dim=1).numpy() for (images,) in DataLoader(TensorDataset(x), batch_size=1000)]
    return np.concatenate(kinds)


# --- Keras' way


def train_keras(x: np.ndarray, labels: np.ndarray, epochs: int) -> keras.Sequential:
    """A trained network."""
    model = keras.Sequential(
        [
            keras.Input((28, 28)),
            keras.layers.Flatten(),
            keras.layers.Dense(HIDDEN, activation="relu"),
            keras.layers.Dropout(DROPOUT),
            keras.layers.Dense(len(CLOTHES), activation="softmax"),
        ]
    )
    model.compile(
        optimizer=keras.optimizers.Adam(LEARNING_RATE), loss="sparse_categorical_crossentropy", metrics=["accuracy"]
    )
    history = model.fit(x, labels, batch_size=BATCH_SIZE, epochs=epochs, verbose=0)
    for epoch, loss in enumerate(history.history["loss"]):
        print(f"  epoch {epoch + 1}: loss {loss:.4f}")
    return model


def main(arguments: list[str] | None = None) -> dict[str, float]:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", help="the folder with the four files of Fashion-MNIST")
    parser.add_argument("--epochs", type=int, default=10)
    parser.add_argument("--images", type=int, default=60_000, help="how many of the images to train on")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)

    (images, labels), (test_images, test_labels) = load_fashion_mnist(options.data)
    x = (images[: options.images] / 255).astype(np.float32)
    labels = labels[: options.images]
    test_x = (test_images / 255).astype(np.float32)
    print(f"{len(x):,} images to train on, {len(test_x):,} to test on")

    mushin.manual_seed(options.seed)
    print("mushin.nn")
    start = time.perf_counter()
    network, step = train_nn(x, labels, options.epochs)
    print(f"  trained in {time.perf_counter() - start:.1f} s: {step.summary()}")
    right = predict_nn(network, test_x) == test_labels
    print(f"  {right.mean():.1%} of the test images are right")

    keras.utils.set_random_seed(options.seed)
    print("mushin.keras")
    start = time.perf_counter()
    model = train_keras(x, labels, options.epochs)
    print(f"  trained in {time.perf_counter() - start:.1f} s: {model.train_function.summary()}")
    probabilities = model.predict(test_x, batch_size=1000, verbose=0)
    right_too = probabilities.argmax(axis=1) == test_labels
    print(f"  {right_too.mean():.1%} of the test images are right")

    print("Right of each kind, by mushin.nn and by mushin.keras:")
    for label, kind in enumerate(CLOTHES):
        of_kind = test_labels == label
        print(f"  {kind:9} {right[of_kind].mean():6.1%} {right_too[of_kind].mean():7.1%}")
    return {
        "nn": float(right.mean()),
        "keras": float(right_too.mean()),
        "replayed": min(step.replayed_share, model.train_function.replayed_share),
    }


if __name__ == "__main__":
    main()
