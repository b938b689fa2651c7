"""Backpropagation through a 3-4-2 ReLU network, number by number.

Run it: python examples/backpropagation_by_hand.py

Every weight is a multiple of 1/16, so that all numbers are exact and can be followed with pencil and paper. The second
unit of each layer is dead: its weighted sum is negative, its ReLU passes nothing on, and its gradients are zero.

Introductions often print these formulas with two errors, which the last part shows at work:

    delta = dC/dz * dsigma/da        right: delta = dC/da * sigma'(z), which is dC/dz
    w <- w + eta * m * delta * a     right: w <- w - eta * delta * a, the mean over the m examples of a batch
"""

from __future__ import annotations

import numpy as np

import mushin
from mushin import nn
from mushin.nn import functional

X = np.array([1.0, 2.0, 3.0])
Y = np.array([1.75, 0.5])
W1 = np.array([[0.5, -0.25, 0.75], [-1.0, 0.375, -0.5], [1.25, 2.0, -0.875], [-0.375, 1.5, 0.625]])
B1 = np.array([0.25, -0.125, -1.125, -1.5])
W2 = np.array([[0.875, -0.625, 1.75, -0.75], [1.0, 1.125, -1.25, -1.75]])
B2 = np.array([0.1875, 0.125])

Parameters = tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]


def forward(parameters: Parameters) -> tuple[np.ndarray, np.ndarray, np.ndarray, np.ndarray]:
    """z1 = W1 x + b1, a1 = max(z1, 0), z2 = W2 a1 + b2, a2 = max(z2, 0)."""
    w1, b1, w2, b2 = parameters
    z1 = w1 @ X + b1
    a1 = np.maximum(z1, 0)
    z2 = w2 @ a1 + b2
    return z1, a1, z2, np.maximum(z2, 0)


def cost(parameters: Parameters) -> float:
    """C = sum of (a2 - y)^2."""
    return float(np.square(forward(parameters)[-1] - Y).sum())


def gradients(parameters: Parameters) -> Parameters:
    """The gradients of W1, b1, W2 and b2: delta (input of the layer)^T, and delta itself for the bias."""
    z1, a1, z2, a2 = forward(parameters)
    delta2 = np.where(z2 > 0, 2 * (a2 - Y), 0)  # dC/da2 * sigma'(z2)
    delta1 = np.where(z1 > 0, parameters[2].T @ delta2, 0)  # dC/da1 * sigma'(z1)
    return np.outer(delta1, X), delta1, np.outer(delta2, a1), delta2


def moved(parameters: Parameters, factor: float) -> Parameters:
    """The parameters plus a factor times their gradients."""
    w1, b1, w2, b2 = (p + factor * g for p, g in zip(parameters, gradients(parameters)))
    return w1, b1, w2, b2


def network() -> nn.Sequential:
    """The same network of layers."""
    model = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2), nn.ReLU())
    model.load_state_dict({"0.weight": W1, "0.bias": B1, "2.weight": W2, "2.bias": B2})
    return model


def show_the_calculation(parameters: Parameters) -> None:
    """Prints every number of one forward and one backward pass."""
    z1, a1, z2, a2 = forward(parameters)
    print("Forward")
    print(f"  z1 = W1 x + b1   = {z1}")
    print(f"  a1 = max(z1, 0)  = {a1}   unit 2 is dead")
    print(f"  z2 = W2 a1 + b2  = {z2}")
    print(f"  a2 = max(z2, 0)  = {a2}   unit 2 is dead")
    print(f"  C  = sum (a2 - y)^2 = {cost(parameters)} for y = {Y}")
    dw1, delta1, dw2, delta2 = gradients(parameters)
    print("\nBackward")
    print(f"  dC/da2 = 2 (a2 - y)         = {2 * (a2 - Y)}")
    print(f"  delta2 = dC/da2 * sigma'(z2) = {delta2}   the dead unit stops its error")
    print(f"  dC/dW2 = delta2 a1^T         = {dw2.tolist()}")
    print(f"  dC/da1 = W2^T delta2         = {parameters[2].T @ delta2}")
    print(f"  delta1 = dC/da1 * sigma'(z1) = {delta1}")
    print(f"  dC/dW1 = delta1 x^T          = {dw1.tolist()}")
    print("  The gradients of the biases are the deltas.")


def show_that_mushin_agrees(parameters: Parameters) -> None:
    """Prints whether the library's gradients are the same numbers."""
    model = network()
    loss = functional.mse_loss(model(mushin.tensor(X, dtype=np.float32)), Y.astype(np.float32), reduction="sum")
    loss.backward()
    print("\nThe same from mushin.nn, to the bit")
    print(f"  cost {loss.item()}")
    for (name, parameter), expected in zip(model.named_parameters(), gradients(parameters)):
        print(f"  {name:8} equal: {np.array_equal(np.asarray(parameter.grad), expected)}")


def show_the_two_errors(parameters: Parameters) -> None:
    """Prints what the misprinted formulas do to the cost and to an error."""
    eta, m = 0.001, 32
    print("\nOne step with eta = 0.001")
    print(f"  before                                   C = {cost(parameters):.4f}")
    print(f"  w - eta * gradient                       C = {cost(moved(parameters, -eta)):.4f}   downhill")
    print(f"  w + eta * gradient                       C = {cost(moved(parameters, eta)):.4f}   uphill: the sign")
    print("  For a batch of 32 copies of the example, whose mean gradient is the same:")
    print(f"  w - eta * m * gradient                   C = {cost(moved(parameters, -eta * m)):.4f}   overshoots: the m")
    print(f"  w + eta * m * gradient, both as printed  C = {cost(moved(parameters, eta * m)):.4f}")
    z = 0.5
    slope = float(np.exp(-z) / (1 + np.exp(-z)) ** 2)
    print("\nThe derivative of the activation, once too often")
    print("  dC/dz = dC/da * sigma'(z) has it already. For ReLU a second factor is hidden: 1 * 1 = 1 and 0 * 0 = 0.")
    print(f"  For the sigmoid at z = {z} it makes the error {slope:.4f} times as large as it is.")


def main() -> None:
    parameters = (W1, B1, W2, B2)
    show_the_calculation(parameters)
    show_that_mushin_agrees(parameters)
    show_the_two_errors(parameters)


if __name__ == "__main__":
    main()
