"""Training, losses and defaults in Keras' convention."""

import numpy as np

from peers.expressions.running import numbers

# name: the options that both have
_MOMENTS = ("learning_rate", "beta_1", "beta_2", "epsilon", "weight_decay")
KERAS_NAMES = {
    "sgd": ("learning_rate", "momentum", "nesterov", "weight_decay"),
    "adam": (*_MOMENTS, "amsgrad"),
    "adamw": (*_MOMENTS, "amsgrad"),
    "nadam": _MOMENTS,
    "adamax": _MOMENTS,
    "lion": ("learning_rate", "beta_1", "beta_2", "weight_decay"),
    "rmsprop": ("learning_rate", "rho", "momentum", "epsilon", "centered", "weight_decay"),
    "adagrad": ("learning_rate", "initial_accumulator_value", "epsilon", "weight_decay"),
    "adadelta": ("learning_rate", "rho", "epsilon", "weight_decay"),
    "adafactor": ("learning_rate", "beta_2_decay", "epsilon_1", "epsilon_2", "clip_threshold", "relative_step"),
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
KERAS_RUNS = [(name, "sgd") for name in KERAS_MODELS] + [("ids (n,)", name) for name in KERAS_NAMES if name != "sgd"]
# What a loss that is not told that it gets logits may be given.


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
