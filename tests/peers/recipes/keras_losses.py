"""Keras' losses."""

import numpy as np

from peers.expressions.running import numbers

KERAS_OUTPUTS = {
    "probabilities": [[0.2, 0.5, 0.3], [0.1, 0.1, 0.8]],
    "certain": [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]],
    "numbers below 1 that do not sum to 1": [[0.9, 0.8, 0.3], [0.01, 0.02, 0.05]],
    "numbers above 1": [[2.0, 3.0, 5.0], [0.5, 7.0, 1.5]],
}

# name: (class, options, targets, outputs)
KERAS_LOSSES = {
    "mse": ("MeanSquaredError", {}, "numbers", "numbers"),
    "mae": ("MeanAbsoluteError", {}, "numbers", "numbers"),
    "mape": ("MeanAbsolutePercentageError", {}, "numbers", "numbers"),
    "msle": ("MeanSquaredLogarithmicError", {}, "shares", "shares"),
    "msle of negative numbers": ("MeanSquaredLogarithmicError", {}, "numbers", "numbers"),
    "cosine": ("CosineSimilarity", {}, "numbers", "numbers"),
    "huber": ("Huber", {"delta": 0.3}, "numbers", "numbers"),
    "log cosh": ("LogCosh", {}, "numbers", "numbers"),
    "hinge": ("Hinge", {}, "signs", "numbers"),
    "hinge of zeros and ones": ("Hinge", {}, "labels", "numbers"),
    "squared hinge": ("SquaredHinge", {}, "labels", "numbers"),
    "categorical hinge": ("CategoricalHinge", {}, "one-hot", "numbers"),
    "kl": ("KLDivergence", {}, "shares", "shares"),
    "kl of zeros": ("KLDivergence", {}, "one-hot", "shares"),
    "poisson": ("Poisson", {}, "shares", "shares"),
    "binary": ("BinaryCrossentropy", {}, "labels", "shares"),
    "binary, certain": ("BinaryCrossentropy", {}, "labels", "certain"),
    "binary from logits": ("BinaryCrossentropy", {"from_logits": True}, "labels", "numbers"),
    "binary, smoothed": ("BinaryCrossentropy", {"label_smoothing": 0.2}, "labels", "shares"),
    "focal": ("BinaryFocalCrossentropy", {}, "labels", "shares"),
    "focal balanced": ("BinaryFocalCrossentropy", {"apply_class_balancing": True, "gamma": 1.5}, "labels", "shares"),
    "focal from logits": ("BinaryFocalCrossentropy", {"from_logits": True, "gamma": 0.0}, "labels", "numbers"),
    "categorical": ("CategoricalCrossentropy", {}, "one-hot", "shares"),
    "categorical, smoothed": ("CategoricalCrossentropy", {"label_smoothing": 0.2}, "one-hot", "shares"),
    "categorical from logits": (
        "CategoricalCrossentropy",
        {"from_logits": True, "label_smoothing": 0.2},
        "one-hot",
        "numbers",
    ),
    "categorical focal": ("CategoricalFocalCrossentropy", {}, "one-hot", "shares"),
    "categorical focal from logits": (
        "CategoricalFocalCrossentropy",
        {"from_logits": True, "label_smoothing": 0.1, "gamma": 1.0, "alpha": [0.2, 0.5, 1.0]},
        "one-hot",
        "numbers",
    ),
    "sparse": ("SparseCategoricalCrossentropy", {}, "ids", "shares"),
    "sparse from logits": ("SparseCategoricalCrossentropy", {"from_logits": True}, "ids", "numbers"),
    "sparse, ignoring": ("SparseCategoricalCrossentropy", {"ignore_class": 1}, "ids", "shares"),
    "sparse from logits, ignoring": (
        "SparseCategoricalCrossentropy",
        {"from_logits": True, "ignore_class": -1},
        "ids, some -1",
        "numbers",
    ),
    "dice": ("Dice", {}, "labels", "shares"),
    "tversky": ("Tversky", {"alpha": 0.3, "beta": 0.8}, "labels", "shares"),
    "dice of samples": ("Dice", {"axis": (1, 2)}, "labels", "shares"),
}


def keras_loss_arrays():
    """Targets and outputs of (samples, steps, classes), and weights of steps."""
    x, y = (numbers((4, 2, 3), i).astype(np.float32) for i in (3, 4))
    ids = np.arange(8).reshape(4, 2) * 5 % 7 % 3
    shares = np.abs(x) / np.abs(x).sum(-1, keepdims=True)
    targets = {
        "numbers": y,
        "shares": np.abs(y) / np.abs(y).sum(-1, keepdims=True),
        "signs": np.sign(y),
        "labels": (y > 0).astype(np.float32),
        "ids": ids,
        "ids, some -1": np.where(ids == 2, -1, ids),
        "one-hot": np.eye(3, dtype=np.float32)[ids],
    }
    outputs = {"numbers": x, "shares": shares, "certain": (x > 0).astype(np.float32)}
    return targets, outputs, np.abs(numbers((4, 2), 5)).astype(np.float32)


def run_keras_losses(losses):
    """Losses of outputs that are not logits, from ids and from rows that need not sum to 1; and every loss with every
    reduction, without weights and with them."""
    rows = np.array([[0.7, 0.1, 0.2], [0.0, 0.5, 0.1]], np.float32)
    results = {}
    for name, outputs in KERAS_OUTPUTS.items():
        outputs = np.array(outputs, np.float32)
        ids = losses.SparseCategoricalCrossentropy()(np.array([2, 1]), outputs)
        results[f"{name}, ids"] = ids
        results[f"{name}, rows"] = losses.CategoricalCrossentropy()(rows, outputs)
        results[f"{name}, squares"] = losses.MeanSquaredError()(rows, outputs)
    targets, outputs, weights = keras_loss_arrays()
    for name, (kind, options, target, output) in KERAS_LOSSES.items():
        for reduction in ("sum_over_batch_size", "sum", "none", "mean_with_sample_weight"):
            loss = getattr(losses, kind)(reduction=reduction, **options)
            results[f"{name}, {reduction}"] = loss(targets[target], outputs[output])
            given = weights[:, 0] if "axis" in options else None if kind in ("Dice", "Tversky") else weights
            if given is not None:
                weighted = loss(targets[target], outputs[output], sample_weight=given)
                results[f"{name}, {reduction}, weighted"] = weighted
    labels, logits = np.array([[1, 2, 2], [3, 4, 0], [0, 0, 0]]), 3 * numbers((3, 7, 5), 6).astype(np.float32)
    for reduction in ("sum_over_batch_size", "sum", "none"):
        results[f"ctc, {reduction}"] = losses.CTC(reduction=reduction)(labels, logits)
        results[f"ctc, {reduction}, weighted"] = losses.CTC(reduction=reduction)(labels, logits, weights[:3, 0])
    results["ctc as a function"] = losses.ctc(labels, logits)
    return {name: np.asarray(loss.numpy(), np.float32) for name, loss in results.items()}
