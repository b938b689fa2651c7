"""Overfitting, and what is done against it: penalties on weights, dropout, early stopping.

Run it: python examples/overfitting.py
        python examples/overfitting.py --epochs 20 --out pictures

A network of 51,000 weights learns from 200 digits, of which every fifth has a wrong label. It has room enough to
learn all of them by heart, the wrong labels too; on digits that it has not seen it then gets worse, epoch by epoch.
The same network is trained four times, each time from the same weights:

    nothing         to see what happens
    L2              the loss grows with the squares of the weights, so that few large ones do not pay
    dropout         every step drops half of the hidden units, so that none can rely on another
    early stopping  training ends when digits that are held back are read no better; the best weights come back

The digits that are held back choose when to stop; those of the test choose nothing.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np

from mushin import keras
from mushin.data import load_digits, stratified_split

WRONG = 0.2
HIDDEN = 192
L2 = 0.01
DROPOUT = 0.5
PATIENCE = 10

Part = tuple[np.ndarray, np.ndarray]


def load(seed: int) -> tuple[Part, Part, Part]:
    """Images (n, 64) and digits (n,): 200 to train on with some wrong labels, 400 held back, and those to test on."""
    images, digits = load_digits()
    x = (images.reshape(-1, 64) / 16).astype(np.float32)
    rest, test = stratified_split(digits, test_fraction=0.5, seed=seed)
    order = np.random.default_rng(seed).permutation(rest)
    few, held_back = order[:200], order[200:600]
    labels = digits[few]  # a copy
    wrong = slice(0, int(WRONG * len(labels)))
    labels[wrong] = (labels[wrong] + np.random.default_rng(seed).integers(1, 10, wrong.stop)) % 10
    return (x[few], labels), (x[held_back], digits[held_back]), (x[test], digits[test])


def network(l2: float = 0.0, dropout: float = 0.0) -> keras.Sequential:
    """Two hidden layers; the arguments say what is done against overfitting."""
    penalty = keras.regularizers.L2(l2) if l2 else None
    layers = [keras.Input((64,))]
    for _ in range(2):
        layers.append(keras.layers.Dense(HIDDEN, activation="relu", kernel_regularizer=penalty))
        if dropout:
            layers.append(keras.layers.Dropout(dropout))
    layers.append(keras.layers.Dense(10, activation="softmax", kernel_regularizer=penalty))
    model = keras.Sequential(layers)
    # The loss in the logs is with the penalty, that among the metrics without: only the latter can be compared.
    model.compile(
        optimizer=keras.optimizers.Adam(0.002),
        loss="sparse_categorical_crossentropy",
        metrics=["accuracy", keras.metrics.SparseCategoricalCrossentropy(name="error")],
    )
    return model


def draw(histories: dict[str, dict[str, list[float]]], path: Path) -> None:
    """All learning curves: on the left the digits that are trained on, on the right those that are held back."""
    from matplotlib.figure import Figure

    figure = Figure(figsize=(10, 7), layout="constrained")
    pictures = figure.subplots(2, 2, sharex=True)
    for row, quantity in enumerate(("error", "accuracy")):
        for column, (prefix, part) in enumerate((("", "trained on"), ("val_", "held back"))):
            axes = pictures[row, column]
            for name, history in histories.items():
                axes.plot(np.arange(1, len(history["loss"]) + 1), history[prefix + quantity], label=name)
            axes.set_title(f"{quantity} of the digits {part}")
            axes.set_xlabel("epoch")
    pictures[0, 0].legend()
    figure.savefig(path)


def main(arguments: list[str] | None = None) -> dict[str, float]:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--epochs", type=int, default=150)
    parser.add_argument("--out", type=Path, help="a folder for a picture")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)

    (x, labels), held_back, test = load(options.seed)
    print(f"{len(x)} digits to train on, {WRONG:.0%} of them with a wrong label; {len(test[0])} to test on")
    print("                   cross-entropy of those         right of those")
    print("                  trained on | held back          trained on   test   epochs")
    print("                             | at best   in the end")
    remedies = {
        "nothing": network,
        "L2": lambda: network(l2=L2),
        "dropout": lambda: network(dropout=DROPOUT),
        "early stopping": network,
    }
    histories, results, steps = {}, {}, []
    for name, make in remedies.items():
        keras.utils.set_random_seed(options.seed)
        model = make()
        stop = keras.callbacks.EarlyStopping("val_error", patience=PATIENCE, restore_best_weights=True)
        history = model.fit(
            x,
            labels,
            batch_size=20,
            epochs=options.epochs,
            validation_data=held_back,
            callbacks=[stop] if name == "early stopping" else None,
            verbose=0,
        ).history
        on_training = model.evaluate(x, labels, verbose=0, return_dict=True)
        on_test = model.evaluate(*test, verbose=0, return_dict=True)
        errors = history["val_error"]
        in_the_end = model.evaluate(*held_back, verbose=0, return_dict=True)["error"]
        print(
            f"  {name:14} {on_training['error']:12.3f} {min(errors):9.3f} {in_the_end:12.3f}"
            f" {on_training['accuracy']:11.1%} {on_test['accuracy']:7.1%} {len(errors):8}"
        )
        histories[name] = history
        steps.append(model.train_function)
        results[name] = on_test["accuracy"]
        results[f"{name}, by heart"] = on_training["accuracy"]
        results[f"{name}, grown"] = in_the_end - min(errors)
    print("steps:", "; ".join(step.summary() for step in steps))
    results["replayed"] = min(step.replayed_share for step in steps)
    if options.out:
        options.out.mkdir(parents=True, exist_ok=True)
        draw(histories, options.out / "overfitting.png")
        print(f"{options.out / 'overfitting.png'} has the learning curves")
    return results


if __name__ == "__main__":
    main()
