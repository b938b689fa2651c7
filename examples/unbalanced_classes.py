"""When one class is rare: why accuracy misleads, and what precision, recall, F1, class weights and thresholds do.

Run it: python examples/unbalanced_classes.py
        python examples/unbalanced_classes.py --epochs 10

The question is whether a digit is an 8; one in ten is. Who always says no is right nine times out of ten and finds no
8 at all. So there are other numbers:

    precision   the share of 8s among those that are called 8
    recall      the share of those called 8 among the 8s
    F1          2 precision recall / (precision + recall), high only if both are

Two things move them. A class weight makes every 8 count as much in training as its rarity takes away. A threshold other
than 0.5 says how sure the network must be before it calls a digit an 8; it is chosen on digits that are held back.
Weights find more of the 8s and call more others 8; with a threshold chosen for each, both networks reach about the
same F1. The area under the ROC curve, which looks at all thresholds at once, is about the same for both.
"""

from __future__ import annotations

import argparse

import numpy as np

from mushin import keras
from mushin.data import load_digits, stratified_split

RARE = 8


def load(seed: int) -> list[tuple[np.ndarray, np.ndarray]]:
    """Images (n, 64) and whether they show an 8, (n,): to train on, held back, to test on."""
    images, digits = load_digits()
    x = (images.reshape(-1, 64) / 16).astype(np.float32)
    is_rare = (digits == RARE).astype(np.int64)
    rest, test = stratified_split(digits, test_fraction=0.4, seed=seed)
    train, held_back = stratified_split(digits[rest], test_fraction=0.4, seed=seed)
    return [(x[ids], is_rare[ids]) for ids in (rest[train], rest[held_back], test)]


def network() -> keras.Sequential:
    """Logistic regression: the probability that an image shows an 8."""
    model = keras.Sequential([keras.Input((64,)), keras.layers.Dense(1, activation="sigmoid")])
    model.compile(
        optimizer=keras.optimizers.Adam(0.01),
        loss="binary_crossentropy",
        metrics=["accuracy", keras.metrics.AUC(name="auc")],
    )
    return model


def scores(is_rare: np.ndarray, probabilities: np.ndarray, threshold: float) -> dict[str, float]:
    """Accuracy, precision, recall and F1 of calling 8 what is more probable than the threshold."""
    accuracy = keras.metrics.BinaryAccuracy(threshold=threshold)
    precision = keras.metrics.Precision(thresholds=threshold)
    recall = keras.metrics.Recall(thresholds=threshold)
    f1 = keras.metrics.F1Score(average="micro", threshold=threshold)
    named = {"accuracy": accuracy, "precision": precision, "recall": recall, "F1": f1}
    for metric in named.values():
        metric.update_state(is_rare[:, None], probabilities)
    return {name: float(metric.result()) for name, metric in named.items()}


def best_threshold(is_rare: np.ndarray, probabilities: np.ndarray) -> float:
    """The threshold of the highest F1."""
    candidates = np.linspace(0.02, 0.98, 49)
    return float(max(candidates, key=lambda each: scores(is_rare, probabilities, each)["F1"]))


def main(arguments: list[str] | None = None) -> dict[str, float]:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--epochs", type=int, default=60)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)

    (x, is_rare), (held_back, of_held_back), (test, of_test) = load(options.seed)
    weight = (len(x) - is_rare.sum()) / is_rare.sum()
    print(
        f"{len(x)} digits to train on, {is_rare.sum()} of them 8s; {len(test)} to test on, {of_test.sum()} of them 8s"
    )
    print(" " * 48 + "   accuracy  precision     recall         F1")
    results = {}

    def note(key: str, name: str, threshold: float, probabilities: np.ndarray) -> None:
        numbers = scores(of_test, probabilities, threshold)
        print(f"  {name:38}at {threshold:.2f} " + "".join(f"{value:11.1%}" for value in numbers.values()))
        results.update({f"{key}, {what}": value for what, value in numbers.items()})

    note("always no", "always no", 0.5, np.zeros((len(test), 1), np.float32))
    steps = []
    for key, name, class_weight in (
        ("plain", "no weights", None),
        ("weighted", f"8s count {weight:.1f} times", {0: 1.0, 1: weight}),
    ):
        keras.utils.set_random_seed(options.seed)
        model = network()
        model.fit(x, is_rare, batch_size=32, epochs=options.epochs, class_weight=class_weight, verbose=0)
        steps.append(model.train_function)
        threshold = best_threshold(of_held_back, model.predict(held_back, verbose=0))
        probabilities = model.predict(test, verbose=0)
        note(key, name, 0.5, probabilities)
        note(f"{key}, chosen", f"{name}, chosen threshold", threshold, probabilities)
        results[f"{key}, area"] = model.evaluate(test, of_test, verbose=0, return_dict=True)["auc"]
        print(f"    area under the ROC curve {results[f'{key}, area']:.3f}")
    print("steps:", "; ".join(step.summary() for step in steps))
    results["replayed"] = min(step.replayed_share for step in steps)
    return results


if __name__ == "__main__":
    main()
