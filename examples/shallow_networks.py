"""Logistic regression and a linear support vector machine, as networks of one layer.

Run it: python examples/shallow_networks.py
        python examples/shallow_networks.py --steps 300

Both are one nn.Linear; they differ in the loss, and each has a penalty on its weights. With n examples and
scikit-learn's strength C they minimise

    logistic regression   mean of cross_entropy(scores, digit)            + |weights|^2 / (2 C n)
    support vectors       mean of sum_k max(0, 1 - s_k score_k)^2         + |weights|^2 / (2 C n)

where s_k is 1 for the class of the example and -1 for the nine others: ten machines beside each other, each of which
tells one digit from all others. The gradient of the penalty is weights / (C n), which is an optimizer's weight_decay.
If scikit-learn is installed, its LogisticRegression and LinearSVC, which solve the same two problems by other means,
are trained on the same digits, and the answers are compared.
"""

from __future__ import annotations

import argparse
from collections.abc import Callable
from typing import Any

import numpy as np

import mushin
from mushin import Tensor, nn, optim
from mushin.data import load_digits, stratified_split

C = 1.0

Loss = Callable[[Tensor, Tensor], Tensor]


def logistic_loss(scores: Tensor, digits: Tensor) -> Tensor:
    """Minus the logarithm of the probability of the right class, softmax(scores) at the digit."""
    return nn.functional.cross_entropy(scores, digits)


def squared_hinge_loss(scores: Tensor, digits: Tensor) -> Tensor:
    """Nothing for a score beyond 1 on its side; the square of what is missing for any other."""
    sides = 2 * nn.functional.one_hot(digits, 10) - 1
    return (1 - sides * scores).clamp(min=0).square().sum(dim=1).mean()


def train(x: np.ndarray, digits: np.ndarray, loss_of: Loss, steps: int) -> tuple[nn.Linear, Any]:
    """One layer, trained on all examples at once, and its recorded step."""
    model = nn.Linear(x.shape[1], 10)
    for parameter in model.parameters():
        nn.init.zeros_(parameter)
    optimizer = optim.Adam(
        [
            {"params": [model.weight], "weight_decay": 1 / (C * len(x))},
            {"params": [model.bias]},
        ],
        lr=0.05,
    )
    schedule = optim.lr_scheduler.CosineAnnealingLR(optimizer, T_max=steps)

    @mushin.compile
    def train_step(inputs, targets):
        loss = loss_of(model(inputs), targets)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
        return loss

    inputs, targets = mushin.tensor(x), mushin.tensor(digits)
    for step in range(steps):
        loss = train_step(inputs, targets)
        schedule.step()
        if (step + 1) % max(steps // 3, 1) == 0:
            print(f"  step {step + 1:5}: loss without the penalty {loss.item():.5f}")
    return model, train_step.step


def predict(model: nn.Linear, x: np.ndarray) -> np.ndarray:
    """The class with the highest score, (n,)."""
    with mushin.no_grad():
        return model(mushin.tensor(x)).argmax(dim=1).numpy()


def of_scikit_learn(name: str, x: np.ndarray, digits: np.ndarray, test_x: np.ndarray) -> np.ndarray | None:
    """Its answers to the same questions; None where it is not installed."""
    try:
        from sklearn.linear_model import LogisticRegression
        from sklearn.svm import LinearSVC
    except ImportError:
        return None
    if name == "logistic regression":
        model = LogisticRegression(C=C, max_iter=5_000)
    else:  # its intercept would be a weight with a penalty, but for this scale of it
        model = LinearSVC(C=C, loss="squared_hinge", intercept_scaling=100.0, max_iter=100_000, random_state=0)
    return model.fit(x, digits).predict(test_x)


def main(arguments: list[str] | None = None) -> dict[str, float]:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--steps", type=int, default=3_000)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)

    images, digits = load_digits()
    x = (images.reshape(-1, 64) / 16).astype(np.float32)
    train_ids, test_ids = stratified_split(digits, test_fraction=0.3, seed=options.seed)
    print(f"{len(train_ids):,} digits to train on, {len(test_ids)} to test on")

    results: dict[str, float] = {"replayed": 1.0}
    losses = {"logistic regression": logistic_loss, "support vector machine": squared_hinge_loss}
    for name, loss_of in losses.items():
        print(name)
        model, step = train(x[train_ids], digits[train_ids], loss_of, options.steps)
        ours = predict(model, x[test_ids])
        results[name] = float((ours == digits[test_ids]).mean())
        results["replayed"] = min(results["replayed"], step.replayed_share)
        print(f"  mushin        {results[name]:.2%} of the test digits are right; {step.summary()}")
        theirs = of_scikit_learn(name, x[train_ids], digits[train_ids], x[test_ids])
        if theirs is None:
            print("  scikit-learn  is not installed: pip install scikit-learn")
            continue
        results[f"{name}, scikit-learn"] = float((theirs == digits[test_ids]).mean())
        same = int((ours == theirs).sum())
        print(f"  scikit-learn  {results[f'{name}, scikit-learn']:.2%}; the same answer to {same} of {len(ours)}")
        results[f"{name}, same answers"] = same / len(ours)
    return results


if __name__ == "__main__":
    main()
