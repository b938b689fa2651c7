"""Trainings and metrics for two libraries: Keras' `fit` with weights, penalties, constraints, callbacks and several
outputs, and metrics by themselves. Nothing but NumPy is needed here, as in recipes.py."""

import numpy as np

from peers.expressions.running import numbers

SAMPLES = 14
X = numbers((SAMPLES, 5), 1).astype(np.float32)
IDS = np.arange(SAMPLES) * 7 % 11 % 4
ROWS = np.eye(4, dtype=np.float32)[IDS]
SQUARES = numbers((SAMPLES, 3), 2).astype(np.float32)
WEIGHTS = (np.abs(numbers((SAMPLES,), 3)) + 0.1).astype(np.float32)


def dense(keras, activation="softmax", width=4, first=None, last=None):
    """A model of two layers with fixed weights and options for each layer."""
    layers = [
        keras.layers.Dense(6, activation="tanh", input_shape=(5,), **(first or {})),
        keras.layers.Dense(width, activation=activation, **(last or {})),
    ]
    model = keras.Sequential(layers)
    model.set_weights(first_weights(model))
    return model


def first_weights(model):
    return [(numbers(w.shape, 20 + i) / 2).astype(np.float32) for i, w in enumerate(model.get_weights())]


def trained(model, *given, **options):
    """Histories, scores and last weights of a training."""
    history = model.fit(*given, **{"batch_size": 4, "epochs": 4, "shuffle": False, "verbose": 0, **options}).history
    results = {name: np.array(values) for name, values in history.items()}
    results.update({f"weight {i}": w for i, w in enumerate(model.get_weights())})
    return results


def sample_weights(keras):
    model = dense(keras)
    model.compile("sgd", "sparse_categorical_crossentropy", metrics=["accuracy"], weighted_metrics=["accuracy"])
    half = (X[:7], IDS[:7], WEIGHTS[:7])
    results = trained(model, X, IDS, sample_weight=WEIGHTS, validation_data=half, validation_freq=2)
    for name, value in model.evaluate(X, IDS, 5, 0, WEIGHTS, return_dict=True).items():
        results[f"evaluated {name}"] = np.array(value)
    return results


def embedded(keras):
    """Vectors of ids with a penalty and a constraint."""
    table = keras.layers.Embedding(
        9,
        3,
        embeddings_regularizer=keras.regularizers.L2(0.01),
        embeddings_constraint=keras.constraints.MaxNorm(0.8, axis=1),
        mask_zero=True,
    )
    model = keras.Sequential([table, keras.layers.Flatten(), keras.layers.Dense(4, activation="softmax")])
    model.build((None, 5))
    model.set_weights(first_weights(model))
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    ids = (np.arange(SAMPLES * 5) * 7 % 23 % 9).reshape(SAMPLES, 5)
    results = trained(model, ids, IDS)
    results["mask"] = np.array(table.compute_mask(ids))
    results["of floats"] = np.array(model.predict(ids + 0.75, verbose=0))
    return results


def class_weights(keras):
    model = dense(keras)
    model.compile("adam", "categorical_crossentropy", metrics=["categorical_accuracy"])
    return trained(model, X, ROWS, class_weight={0: 2.0, 1: 0.5, 3: 1.5})


def penalties(keras):
    first = {
        "kernel_regularizer": keras.regularizers.L1L2(0.01, 0.02),
        "bias_regularizer": "l2",
        "activity_regularizer": keras.regularizers.L2(0.05),
    }
    last = {"kernel_regularizer": keras.regularizers.OrthogonalRegularizer(0.1, "columns"), "bias_regularizer": "l1"}
    model = dense(keras, None, 3, first, last)
    model.compile("sgd", "mse")
    results = trained(model, X, SQUARES, sample_weight=WEIGHTS)
    results["evaluated"] = np.array(model.evaluate(X, SQUARES, batch_size=5, verbose=0))
    return results


def constraints(keras):
    first = {"kernel_constraint": keras.constraints.MaxNorm(0.8), "bias_constraint": "non_neg"}
    last = {"kernel_constraint": keras.constraints.MinMaxNorm(0.5, 0.9, 0.7, axis=1)}
    model = dense(keras, None, 3, first, last)
    model.compile("sgd", "mse")
    results = trained(model, X, SQUARES)
    unit = dense(keras, None, 3, {"kernel_constraint": "unit_norm"})
    unit.compile("sgd", "mse")
    return {**results, **{f"unit {name}": x for name, x in trained(unit, X, SQUARES).items()}}


def batch_norms(keras):
    """Weights, moving statistics and predictions; one layer is frozen for the second training."""
    norms = [
        keras.layers.BatchNormalization(momentum=0.8),
        keras.layers.BatchNormalization(epsilon=0.01, scale=False, gamma_regularizer="l2", beta_regularizer="l2"),
        keras.layers.RMSNormalization(),
    ]
    model = keras.Sequential(
        [
            *(keras.layers.Dense(6, activation="tanh", input_shape=(5,)), norms[0]),
            *(keras.layers.Dense(4), norms[1], keras.layers.Activation("tanh"), norms[2], keras.layers.Dense(3)),
        ]
    )
    variances = (5, 10)
    model.set_weights([np.abs(w) + 0.1 if i in variances else w for i, w in enumerate(first_weights(model))])
    model.compile("sgd", "mse")
    results = trained(model, X, SQUARES, validation_data=(X[:5], SQUARES[:5]))
    results["predicted"] = np.array(model.predict(X, verbose=0))
    norms[0].trainable = False
    model.compile("sgd", "mse")
    results.update({f"frozen {name}": x for name, x in trained(model, X, SQUARES).items()})
    return results


def callbacks(keras):
    """Rates and the number of epochs that callbacks lead to."""
    model = dense(keras, None, 3)
    model.compile(keras.optimizers.SGD(0.3), "mse", metrics=["mae"])
    stopping = keras.callbacks.EarlyStopping("val_mae", min_delta=0.01, patience=3, restore_best_weights=True)
    plateau = keras.callbacks.ReduceLROnPlateau("val_mae", factor=0.5, patience=1, min_delta=0.02, cooldown=1)
    results = trained(
        model, X, SQUARES, epochs=30, validation_data=(X[::2], -SQUARES[::2]), callbacks=[stopping, plateau]
    )
    results["stopped"] = np.array([stopping.stopped_epoch, stopping.best_epoch])
    return results


def steps_of_a_generator(keras):
    def batches():
        while True:
            for i in range(0, 12, 4):
                yield X[i : i + 4], SQUARES[i : i + 4], WEIGHTS[i : i + 4]

    model = dense(keras, None, 3)
    model.compile("sgd", "mse")
    return trained(model, batches(), batch_size=None, steps_per_epoch=2)


def two_outputs(make):
    """`make()`: a model of inputs a and b, with Dense layers named sum (3, of a + b) and kind (4, softmax of a + b)."""
    model = make()
    model.set_weights(first_weights(model))
    model.compile(
        "sgd",
        loss={"sum": "mse", "kind": "sparse_categorical_crossentropy"},
        loss_weights={"sum": 0.5, "kind": 2.0},
        metrics={"kind": ["accuracy"], "sum": ["mae"]},
        weighted_metrics={"sum": ["mse"]},
    )
    given = ([X, 2 * X], [SQUARES, IDS])
    # Batches of one size: Keras' means of the single losses are those of the batches, whatever their sizes.
    results = trained(model, *given, sample_weight=[WEIGHTS, np.ones_like(WEIGHTS)], batch_size=7)
    for name, value in model.evaluate(*given, 7, 0, return_dict=True).items():
        results[f"evaluated {name}"] = np.array(value)
    return results


TRAININGS = [
    sample_weights,
    embedded,
    class_weights,
    penalties,
    constraints,
    batch_norms,
    callbacks,
    steps_of_a_generator,
]

# Keras cuts the weights of overlaps to whole numbers unless it is told a dtype.
_OF_SCORES = {"sparse_y_pred": False, "dtype": "float32"}

# name: (class, options, targets and outputs by name)
METRICS = {
    "accuracy": ("Accuracy", {}, "whole"),
    "binary accuracy": ("BinaryAccuracy", {"threshold": 0.4}, "chances"),
    "categorical accuracy": ("CategoricalAccuracy", {}, "classes"),
    "sparse accuracy": ("SparseCategoricalAccuracy", {}, "ids"),
    "top k": ("TopKCategoricalAccuracy", {"k": 2}, "classes"),
    "sparse top k": ("SparseTopKCategoricalAccuracy", {"k": 2}, "ids"),
    "precision": ("Precision", {}, "chances"),
    "precision at thresholds": ("Precision", {"thresholds": [0.7, 0.2]}, "chances"),
    "precision of the largest": ("Precision", {"top_k": 2}, "classes"),
    "precision of a class": ("Precision", {"class_id": 1, "thresholds": 0.3}, "classes"),
    "recall": ("Recall", {}, "chances"),
    "recall of the largest": ("Recall", {"top_k": 2, "class_id": 1}, "classes"),
    "true positives": ("TruePositives", {}, "chances"),
    "false positives": ("FalsePositives", {}, "chances"),
    "true negatives": ("TrueNegatives", {}, "chances"),
    "false negatives": ("FalseNegatives", {"thresholds": [0.3]}, "chances"),
    "f1": ("F1Score", {}, "classes"),
    "f1 micro": ("F1Score", {"average": "micro", "threshold": 0.3}, "classes"),
    "f1 macro": ("F1Score", {"average": "macro"}, "classes"),
    "fbeta weighted": ("FBetaScore", {"average": "weighted", "beta": 2.0}, "classes"),
    "auc": ("AUC", {}, "chances"),
    "auc pr": ("AUC", {"curve": "PR"}, "chances"),
    "auc pr below": ("AUC", {"curve": "PR", "summation_method": "minoring"}, "chances"),
    "auc above": ("AUC", {"summation_method": "majoring", "num_thresholds": 7}, "chances"),
    "auc at thresholds": ("AUC", {"thresholds": [0.35, 0.2, 0.9]}, "chances"),
    "auc of columns": ("AUC", {"multi_label": True}, "classes"),
    "auc of logits": ("AUC", {"from_logits": True}, "logits"),
    "mse": ("MeanSquaredError", {}, "numbers"),
    "rmse": ("RootMeanSquaredError", {}, "numbers"),
    "mae": ("MeanAbsoluteError", {}, "numbers"),
    "mape": ("MeanAbsolutePercentageError", {}, "numbers"),
    "msle": ("MeanSquaredLogarithmicError", {}, "numbers"),
    "log cosh": ("LogCoshError", {}, "numbers"),
    "cosine": ("CosineSimilarity", {}, "numbers"),
    "r2": ("R2Score", {}, "numbers"),
    "r2 of columns": ("R2Score", {"class_aggregation": None}, "numbers"),
    "r2 by variance": ("R2Score", {"class_aggregation": "variance_weighted_average"}, "numbers"),
    "poisson": ("Poisson", {}, "chances"),
    "kl divergence": ("KLDivergence", {}, "classes"),
    "binary crossentropy": ("BinaryCrossentropy", {"label_smoothing": 0.1}, "chances"),
    "binary crossentropy of logits": ("BinaryCrossentropy", {"from_logits": True}, "logits"),
    "crossentropy": ("CategoricalCrossentropy", {"label_smoothing": 0.1}, "classes"),
    "crossentropy of logits": ("CategoricalCrossentropy", {"from_logits": True}, "logits"),
    "sparse crossentropy": ("SparseCategoricalCrossentropy", {}, "ids"),
    "sparse crossentropy, ignoring": ("SparseCategoricalCrossentropy", {"ignore_class": 1}, "ids"),
    "hinge": ("Hinge", {}, "chances"),
    "squared hinge": ("SquaredHinge", {}, "logits"),
    "categorical hinge": ("CategoricalHinge", {}, "logits"),
    "overlap": ("IoU", {**_OF_SCORES, "num_classes": 4, "target_class_ids": [0, 2]}, "ids"),
    "overlap, ignoring": ("MeanIoU", {**_OF_SCORES, "num_classes": 3, "ignore_class": 1}, "ids"),
    "overlap of ids": ("MeanIoU", {"num_classes": 9, "dtype": "float32"}, "two ids"),
    "overlap of two": ("BinaryIoU", {"threshold": 0.3, "target_class_ids": [1], "dtype": "float32"}, "chances"),
    "overlap of rows": ("OneHotIoU", {"num_classes": 4, "target_class_ids": [3], "dtype": "float32"}, "classes"),
    "mean overlap of rows": ("OneHotMeanIoU", {"num_classes": 4, "dtype": "float32"}, "classes"),
}


def pairs():
    """Targets and outputs by name."""
    logits = 3 * numbers((SAMPLES, 4), 5)
    shares = np.exp(logits) / np.exp(logits).sum(1, keepdims=True)
    ones = (np.arange(SAMPLES) % 3 == 0).astype(np.float32)
    return {
        "whole": (ROWS, np.roll(ROWS, 1, axis=0)),
        "two ids": (IDS, np.roll(IDS, 2)),
        "ids": (IDS, shares.astype(np.float32)),
        "classes": (ROWS, shares.astype(np.float32)),
        "logits": (ROWS, logits.astype(np.float32)),
        "chances": (ones[:, None], shares[:, :1].astype(np.float32)),
        "numbers": (SQUARES, (SQUARES + numbers((SAMPLES, 3), 6)).astype(np.float32)),
    }


def metric_results(metrics, name):
    """The result after two batches without weights, and after two with."""
    kind, options, pair = METRICS[name]
    y_true, y_pred = pairs()[pair]
    results = []
    for weights in (None, WEIGHTS):
        metric = getattr(metrics, kind)(**options)
        for part in (slice(0, 5), slice(5, SAMPLES)):
            metric.update_state(y_true[part], y_pred[part], None if weights is None else weights[part])
        results.append(np.asarray(metric.result(), np.float64).reshape(-1))
    return np.stack(results)
