"""The same work for two libraries: what mushin computes is compared with what the real PyTorch or Keras computes.

Each recipe is a function from a library's module and arrays to arrays. The worker runs it on PyTorch or Keras in its
own interpreter, a test runs it on mushin: the code is the same. This file needs nothing but NumPy.
"""

import json
from pathlib import Path

import numpy as np

from peers.expressions.running import numbers

EXPECTED = Path(__file__).with_name("expected.json")

STEPS = 5
RATE_FACTORS = (1.0, 1.0, 0.5, 2.0, 0.1)  # the learning rate changes from step to step
SMALL_SHAPES = ((2, 3), (5,), (1,))
ODD_SHAPES = ((17, 5), (4099,), (1,), (3, 1, 7), (64,))  # vector tails; one that is longer than a kernel's chunk


def parameters(shapes, dtype):
    return [numbers(shape, i).astype(dtype) for i, shape in enumerate(shapes)]


def gradients(shapes, dtype, step):
    return [numbers(shape, 10 + 7 * step + i).astype(dtype) for i, shape in enumerate(shapes)]


# --- optimizers

_MISSING = {1: (0, 3), 2: (4,)}  # parameter 1 has no gradient in steps 0 and 3, parameter 2 none in step 4
_GROUPS = ({"params": [0]}, {"params": [1], "lr": 0.03}, {"params": [2], "lr": 0.01, "weight_decay": 0.31})
_ADAM = {"lr": 0.02, "betas": (0.8, 0.95)}

# name: (class, options, how the rest differs)
TORCH_OPTIMIZERS = {
    "sgd": ("SGD", {"lr": 0.1}, {}),
    "sgd decay": ("SGD", {"lr": 0.1, "weight_decay": 0.19}, {}),
    "sgd momentum": ("SGD", {"lr": 0.1, "momentum": 0.9}, {}),
    "sgd momentum decay": ("SGD", {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.19}, {}),
    "sgd dampening": ("SGD", {"lr": 0.1, "momentum": 0.9, "dampening": 0.4}, {}),
    "sgd nesterov": ("SGD", {"lr": 0.1, "momentum": 0.9, "nesterov": True, "weight_decay": 0.19}, {}),
    "sgd maximize": ("SGD", {"lr": 0.1, "momentum": 0.5, "maximize": True, "weight_decay": 0.19}, {}),
    "sgd missing": ("SGD", {"lr": 0.1, "momentum": 0.9, "weight_decay": 0.19}, {"missing": _MISSING}),
    "sgd groups": ("SGD", {"lr": 0.1, "momentum": 0.9}, {"groups": _GROUPS}),
    "sgd clip norm": ("SGD", {"lr": 0.1, "momentum": 0.9}, {"clip_norm": 0.5}),
    "sgd clip value": ("SGD", {"lr": 0.1, "momentum": 0.9}, {"clip_value": 0.25}),
    "adam": ("Adam", _ADAM, {}),
    "adam large epsilon": ("Adam", {**_ADAM, "eps": 0.1}, {}),
    "adam decay": ("Adam", {**_ADAM, "weight_decay": 0.19}, {}),
    "adam amsgrad": ("Adam", {**_ADAM, "amsgrad": True, "weight_decay": 0.19}, {}),
    "adam maximize": ("Adam", {**_ADAM, "maximize": True, "weight_decay": 0.19}, {}),
    "adam missing": ("Adam", {**_ADAM, "weight_decay": 0.19}, {"missing": _MISSING}),
    "adam groups": ("Adam", _ADAM, {"groups": _GROUPS}),
    "adam clip norm": ("Adam", _ADAM, {"clip_norm": 0.5}),
    "adam clip value": ("Adam", _ADAM, {"clip_value": 0.25}),
    "adamw": ("AdamW", _ADAM, {}),
    "adamw decay": ("AdamW", {**_ADAM, "weight_decay": 0.19}, {}),
    "adamw amsgrad": ("AdamW", {**_ADAM, "amsgrad": True, "weight_decay": 0.19}, {}),
    "adamw maximize": ("AdamW", {**_ADAM, "maximize": True, "weight_decay": 0.19}, {}),
    "adamw missing": ("AdamW", {**_ADAM, "weight_decay": 0.19}, {"missing": _MISSING}),
    "adamw groups": ("AdamW", _ADAM, {"groups": _GROUPS}),
}

_KERAS_ADAM = {"learning_rate": 0.02, "beta_1": 0.8, "beta_2": 0.95}

KERAS_OPTIMIZERS = {
    "sgd": ("SGD", {"learning_rate": 0.1}),
    "sgd decay": ("SGD", {"learning_rate": 0.1, "weight_decay": 0.19}),
    "sgd momentum": ("SGD", {"learning_rate": 0.1, "momentum": 0.9}),
    "sgd momentum decay": ("SGD", {"learning_rate": 0.1, "momentum": 0.9, "weight_decay": 0.19}),
    "sgd nesterov": ("SGD", {"learning_rate": 0.1, "momentum": 0.9, "nesterov": True, "weight_decay": 0.19}),
    "sgd nesterov alone": ("SGD", {"learning_rate": 0.1, "nesterov": True}),
    "sgd clipnorm": ("SGD", {"learning_rate": 0.1, "momentum": 0.9, "clipnorm": 0.5}),
    "sgd clipvalue": ("SGD", {"learning_rate": 0.1, "momentum": 0.9, "clipvalue": 0.25}),
    "sgd global_clipnorm": ("SGD", {"learning_rate": 0.1, "momentum": 0.9, "global_clipnorm": 0.5}),
    "adam": ("Adam", _KERAS_ADAM),
    "adam large epsilon": ("Adam", {**_KERAS_ADAM, "epsilon": 0.1}),
    "adam decay": ("Adam", {**_KERAS_ADAM, "weight_decay": 0.19}),
    "adam amsgrad": ("Adam", {**_KERAS_ADAM, "amsgrad": True, "weight_decay": 0.19}),
    "adam clipnorm": ("Adam", {**_KERAS_ADAM, "clipnorm": 0.5}),
    "adam clipvalue": ("Adam", {**_KERAS_ADAM, "clipvalue": 0.25}),
    "adam global_clipnorm": ("Adam", {**_KERAS_ADAM, "global_clipnorm": 0.5}),
    "adamw": ("AdamW", _KERAS_ADAM),
    "adamw decay": ("AdamW", {**_KERAS_ADAM, "weight_decay": 0.19}),
    "adamw amsgrad": ("AdamW", {**_KERAS_ADAM, "amsgrad": True, "weight_decay": 0.19}),
}


def run_torch_optimizer(library, clipping, name, shapes, dtype):
    """Parameters after five steps.

    Args:
        library: torch or mushin.
        clipping: the module that has clip_grad_norm_ and clip_grad_value_.
    """
    kind, options, more = TORCH_OPTIMIZERS[name]
    params = [library.nn.Parameter(library.tensor(p)) for p in parameters(shapes, dtype)]
    groups = [{**g, "params": [params[i] for i in g["params"]]} for g in more.get("groups", ())]
    optimizer = getattr(library.optim, kind)(groups or params, **options)
    first_rates = [group["lr"] for group in optimizer.param_groups]
    for step in range(STEPS):
        for group, rate in zip(optimizer.param_groups, first_rates):
            group["lr"] = rate * RATE_FACTORS[step]
        optimizer.zero_grad()
        for i, (p, g) in enumerate(zip(params, gradients(shapes, dtype, step))):
            if step not in more.get("missing", {}).get(i, ()):
                (p * library.tensor(g)).sum().backward()
        if "clip_norm" in more:
            clipping.clip_grad_norm_(params, more["clip_norm"])
        if "clip_value" in more:
            clipping.clip_grad_value_(params, more["clip_value"])
        optimizer.step()
    return [p.detach().numpy() for p in params]


def run_keras_optimizer(optimizers, variables, apply, name, shapes, dtype):
    """Variables after five steps.

    Args:
        optimizers: keras.optimizers or mushin.keras.optimizers.
        variables: makes the library's variables from arrays.
        apply: apply(optimizer, gradients, variables) makes one step.
    """
    kind, options = KERAS_OPTIMIZERS[name]
    optimizer = getattr(optimizers, kind)(**options)
    params = variables(parameters(shapes, dtype))
    for step in range(STEPS):
        optimizer.learning_rate = options["learning_rate"] * RATE_FACTORS[step]
        apply(optimizer, gradients(shapes, dtype, step), params)
    return [p.numpy() for p in params]


def expected(library):
    """Case by case, what five steps in float64 on the small shapes give in the real PyTorch or Keras, to 12 digits."""
    cases = json.loads(EXPECTED.read_text())[library]
    return {name: [np.reshape(p, shape) for p, shape in zip(case, SMALL_SHAPES)] for name, case in cases.items()}


def expected_models():
    """The losses and scores of every run of KERAS_RUNS in the real Keras, by name."""
    return json.loads(EXPECTED.read_text())["keras models"]


# --- Keras models

# name: the options that both have
KERAS_NAMES = {
    "sgd": ("learning_rate", "momentum", "nesterov", "weight_decay"),
    "adam": ("learning_rate", "beta_1", "beta_2", "epsilon", "amsgrad", "weight_decay"),
    "adamw": ("learning_rate", "beta_1", "beta_2", "epsilon", "amsgrad", "weight_decay"),
}

# name: (a sample's shape, width of the output, its activation, loss, its options, target, metrics)
_SPARSE, _ROWS, _SQUARES = "SparseCategoricalCrossentropy", "CategoricalCrossentropy", "MeanSquaredError"
KERAS_MODELS = {
    "ids (n,)": ((5,), 4, "softmax", _SPARSE, {}, "ids", ["accuracy"]),
    "ids (n, 1)": ((5,), 4, "softmax", _SPARSE, {}, "ids column", ["accuracy"]),
    "ids from logits": ((5,), 4, None, _SPARSE, {"from_logits": True}, "ids", ["accuracy"]),
    "ids from other numbers": ((5,), 4, "relu", _SPARSE, {}, "ids", ["accuracy"]),
    "ids of sequences": ((4, 5), 4, "softmax", _SPARSE, {}, "ids", ["accuracy"]),
    "one-hot rows": ((5,), 4, "softmax", _ROWS, {}, "one-hot", ["accuracy"]),
    "one-hot rows from logits": ((5,), 4, None, _ROWS, {"from_logits": True}, "one-hot", ["accuracy"]),
    "one-hot rows from other numbers": ((5,), 4, "relu", _ROWS, {}, "one-hot", ["accuracy"]),
    "one-hot rows of sequences": ((4, 5), 4, "softmax", _ROWS, {}, "one-hot", ["accuracy"]),
    "probabilities": ((5,), 4, "softmax", _ROWS, {}, "rows", []),
    "squares": ((5,), 3, "tanh", _SQUARES, {}, "numbers", ["mse"]),
    "squares of sequences": ((4, 5), 3, "tanh", _SQUARES, {}, "numbers", ["mse"]),
}
# Every model with one optimizer, one model with every optimizer.
KERAS_RUNS = [(name, "sgd") for name in KERAS_MODELS] + [("ids (n,)", "adam"), ("ids (n,)", "adamw")]
# What a loss that is not told that it gets logits may be given.
KERAS_OUTPUTS = {
    "probabilities": [[0.2, 0.5, 0.3], [0.1, 0.1, 0.8]],
    "certain": [[1.0, 0.0, 0.0], [0.0, 1.0, 0.0]],
    "numbers below 1 that do not sum to 1": [[0.9, 0.8, 0.3], [0.01, 0.02, 0.05]],
    "numbers above 1": [[2.0, 3.0, 5.0], [0.5, 7.0, 1.5]],
}


def keras_data(target, sample, width, samples=11):
    """A batch and its targets."""
    x = numbers((samples, *sample), 1).astype(np.float32)
    places = (samples, *sample[:-1])
    ids = (np.arange(np.prod(places)) * 7 % 11 % width).reshape(places)
    rows = np.abs(numbers((*places, width), 2))
    return x, {
        "ids": ids,
        "ids column": ids[..., None],
        "one-hot": np.eye(width, dtype=np.float32)[ids],
        "rows": (rows / rows.sum(-1, keepdims=True)).astype(np.float32),
        "numbers": numbers((*places, width), 2).astype(np.float32),
    }[target]


def run_keras_model(keras, name, optimizer):
    """New weights after one and after four steps of fit, scores and predictions, from fixed first weights."""
    sample, width, activation, loss, options, target, metrics = KERAS_MODELS[name]
    x, y = keras_data(target, sample, width)
    layers = [
        keras.layers.Dense(6, activation="relu", input_shape=sample),
        keras.layers.Dense(width, activation=activation),
    ]
    model = keras.Sequential(layers)
    weights = [numbers(w.shape, 20 + i).astype(np.float32) for i, w in enumerate(model.get_weights())]
    weights[-1] += 4 * (activation == "relu")  # all outputs are above 1
    model.set_weights(weights)
    model.compile(optimizer=optimizer, loss=getattr(keras.losses, loss)(**options), metrics=metrics)
    results = {"before": model.predict(x, verbose=0)}
    history = model.fit(x, y, batch_size=len(x), epochs=1, verbose=0, shuffle=False)
    results.update({f"weight {i} after 1": w for i, w in enumerate(model.get_weights())})
    more = model.fit(x, y, batch_size=4, epochs=1, verbose=0, shuffle=False)
    results.update({f"weight {i} after 4": w for i, w in enumerate(model.get_weights())})
    for number, each in enumerate((history, more)):
        results.update({f"{key} in fit {number}": np.array(values) for key, values in each.history.items()})
    scores = model.evaluate(x, y, batch_size=3, verbose=0, return_dict=True)
    results.update({f"evaluated {key}": np.array(value) for key, value in scores.items()})
    results["after"] = model.predict(x, batch_size=2, verbose=0)
    return results


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
    return {name: np.asarray(loss.numpy(), np.float32) for name, loss in results.items()}
