"""A network of one sigmoid layer in NumPy, with right gradients for two losses, beside the same in mushin.

Run it: python examples/numpy_network_corrected.py

A version that is often copied has a backward pass with three faults:

1. It uses W and b, which are neither its arguments nor defined: a NameError at the first call.
2. For p = sigmoid(x W + b) its dW = x^T (p - y) / n and db are gradients of the binary cross-entropy, while the loss
   beside it is the mean squared error, whose gradients have the further factor 2 p (1 - p).
3. Its dX multiplies by sigmoid(z) where the derivative, sigmoid(z) (1 - sigmoid(z)), belongs.
"""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from mushin import nn, optim
from mushin.nn import functional

Gradients = tuple[np.ndarray, float, np.ndarray]


def sigmoid(z: np.ndarray) -> np.ndarray:
    """1 / (1 + exp(-z))."""
    p: np.ndarray = 1 / (1 + np.exp(-z))
    return p


def forward(x: np.ndarray, w: np.ndarray, b: float | np.ndarray) -> np.ndarray:
    """p = sigmoid(x w + b): (n, features), (features, 1) and a number give (n, 1)."""
    return sigmoid(x @ w + b)


def mean_squared_error(p: np.ndarray, y: np.ndarray) -> float:
    """Mean of (p - y)^2."""
    return float(np.mean((p - y) ** 2))


def cross_entropy(p: np.ndarray, y: np.ndarray) -> float:
    """Mean of -y log p - (1 - y) log(1 - p)."""
    return float(-np.mean(y * np.log(p) + (1 - y) * np.log(1 - p)))


def backward_of_mean_squared_error(x: np.ndarray, y: np.ndarray, p: np.ndarray, w: np.ndarray) -> Gradients:
    """Gradients of w, b and x: dz = 2 (p - y) p (1 - p) / n, because dp/dz = p (1 - p)."""
    return backward(x, 2 * (p - y) * p * (1 - p) / len(y), w)


def backward_of_cross_entropy(x: np.ndarray, y: np.ndarray, p: np.ndarray, w: np.ndarray) -> Gradients:
    """Gradients of w, b and x: dz = (p - y) / n; p (1 - p) cancels against the loss's own denominator."""
    return backward(x, (p - y) / len(y), w)


def backward(x: np.ndarray, dz: np.ndarray, w: np.ndarray) -> Gradients:
    """From the gradient of z = x w + b to those of w, b and x."""
    return x.T @ dz, float(dz.sum()), dz @ w.T


def differences(cost: Callable[[], float], array: np.ndarray, step: float = 1e-6) -> np.ndarray:
    """The gradient of a cost by central differences, moving one element of the array at a time."""
    gradient = np.empty_like(array)
    for index in np.ndindex(array.shape):
        value = array[index]
        array[index] = value + step
        above = cost()
        array[index] = value - step
        gradient[index] = (above - cost()) / (2 * step)
        array[index] = value
    return gradient


def train(
    x: np.ndarray, y: np.ndarray, gradients: Callable[..., Gradients], epochs: int, learning_rate: float
) -> tuple[np.ndarray, float]:
    """Gradient descent from zero."""
    w, b = np.zeros((x.shape[1], 1)), 0.0
    for _ in range(epochs):
        dw, db, _ = gradients(x, y, forward(x, w, b), w)
        w -= learning_rate * dw
        b -= learning_rate * db
    return w, b


def train_with_mushin(x: np.ndarray, y: np.ndarray, epochs: int, learning_rate: float) -> nn.Sequential:
    """The same with layers, the mean squared error and automatic gradients."""
    model = nn.Sequential(nn.Linear(x.shape[1], 1), nn.Sigmoid()).double()
    for parameter in model.parameters():
        nn.init.zeros_(parameter)
    optimizer = optim.SGD(model.parameters(), lr=learning_rate)
    for _ in range(epochs):
        optimizer.zero_grad()
        functional.mse_loss(model(x), y).backward()
        optimizer.step()
    return model


def points(n: int = 200) -> tuple[np.ndarray, np.ndarray]:
    """Points of the plane, (n, 2), and on which side of a line they are, (n, 1); some near it on the wrong one."""
    random = np.random.default_rng(0)
    x = random.normal(size=(n, 2))
    side = x @ np.array([[1.5], [-1.0]]) + 0.3 + 0.3 * random.normal(size=(n, 1))
    return x, (side > 0).astype(np.float64)


def largest_error(
    loss: Callable[..., float], gradients: Callable[..., Gradients], x: np.ndarray, y: np.ndarray
) -> float:
    """How far the gradients of w, b and x are from finite differences."""
    w, b = np.array([[0.4], [-0.7]]), np.array([[0.2]])
    analytic = gradients(x, y, forward(x, w, b), w)
    numeric = [differences(lambda: loss(forward(x, w, b), y), array) for array in (w, b, x)]
    return max(float(np.abs(a - n).max()) for a, n in zip(analytic, numeric))


def main() -> None:
    x, y = points()
    for name, loss, gradients in (
        ("mean squared error", mean_squared_error, backward_of_mean_squared_error),
        ("cross-entropy", cross_entropy, backward_of_cross_entropy),
    ):
        print(f"{name}: gradients are within {largest_error(loss, gradients, x, y):.0e} of finite differences")
        w, b = train(x, y, gradients, epochs=500, learning_rate=1.0)
        p = forward(x, w, b)
        print(f"  trained: loss {loss(p, y):.4f}, {np.mean((p > 0.5) == y):.1%} right, w = {w[:, 0]}, b = {b:.6f}")
    model = train_with_mushin(x, y, epochs=500, learning_rate=1.0)
    weight, bias = (parameter.detach().numpy() for parameter in model.parameters())
    print(f"mushin, mean squared error:\n  w = {weight[0]}, b = {bias[0]:.6f}")


if __name__ == "__main__":
    main()
