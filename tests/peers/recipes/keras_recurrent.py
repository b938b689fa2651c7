"""Recurrent layers of either Keras with the same weights: weights' shapes, predictions, a training step, masks."""

import numpy as np

TIME, BATCH, FEATURES, UNITS = 6, 5, 4, 3

FORMS = {
    "last": {},
    "all": {"return_sequences": True},
    "backwards": {"go_backwards": True},
    "all backwards": {"return_sequences": True, "go_backwards": True},
    "states": {"return_sequences": True, "return_state": True},
    "no bias": {"use_bias": False},
    "softsign": {"activation": "softsign", "return_sequences": True},
    "relu": {"activation": "relu"},
    "unrolled": {"unroll": True, "return_sequences": True},
    "states dropped in training": {"recurrent_dropout": 0.5, "return_sequences": True},
}
GRUS = {
    "before": {"reset_after": False},
    "before, no bias": {"reset_after": False, "use_bias": False, "return_sequences": True},
    "before, hard": {"reset_after": False, "recurrent_activation": "hard_sigmoid"},
}
LSTMS = {"hard": {"recurrent_activation": "hard_sigmoid"}, "no forget bias": {"unit_forget_bias": False}}
PADDINGS = ("none", "in front", "behind", "holes")
MERGES = ("concat", "sum", "mul", "ave", None)


def masked(padding):
    """Sequences, with steps of zeros."""
    x = np.random.default_rng(3).standard_normal((BATCH, TIME, FEATURES)).astype(np.float32)
    lengths = np.array([6, 4, 1, 3, 0])[:, None]
    steps = np.arange(TIME)
    hidden = {
        "none": np.zeros((BATCH, TIME), bool),
        "in front": steps < TIME - lengths,
        "behind": steps >= lengths,
        "holes": np.random.default_rng(4).random((BATCH, TIME)) < 0.5,
    }[padding]
    x[hidden] = 0
    return x


def _layers(keras):
    """Name and layer of every form."""
    layers = keras.layers
    for kind, more in (("SimpleRNN", {}), ("GRU", GRUS), ("LSTM", LSTMS)):
        for form, options in {**FORMS, **more}.items():
            yield f"{kind}, {form}", getattr(layers, kind)(UNITS, **options)
        for merge in MERGES:
            for whole in (False, True):
                layer = getattr(layers, kind)(UNITS, return_sequences=whole)
                yield f"{kind}, both ways, {merge}, {whole}", layers.Bidirectional(layer, merge_mode=merge)
        layer = getattr(layers, kind)(UNITS, return_state=True, return_sequences=True)
        yield f"{kind}, both ways, states", layers.Bidirectional(layer)
    yield "a cell", layers.RNN(layers.LSTMCell(UNITS), return_sequences=True)
    cells = [layers.LSTMCell(UNITS), layers.GRUCell(2, reset_after=False), layers.SimpleRNNCell(3)]
    yield "stacked cells", layers.RNN(cells, return_sequences=True)
    zeroed = {"return_sequences": True, "zero_output_for_mask": True}
    yield "zero outputs", layers.RNN(layers.GRUCell(UNITS), **zeroed)


def _with_numbers(model):
    """The model with weights that are all different."""
    rng = np.random.default_rng(5)
    model.set_weights([0.5 * rng.standard_normal(w.shape).astype(np.float32) for w in model.get_weights()])
    return model


def run_layers(keras):
    """Of every form and padding: predictions, and the weights after a step of training."""
    results = {}
    for name, layer in _layers(keras):
        x = keras.Input((TIME, FEATURES))
        outputs = layer(keras.layers.Masking()(x))
        outputs = list(outputs) if isinstance(outputs, (list, tuple)) else [outputs]
        model = _with_numbers(keras.Model(x, outputs))
        first = model.get_weights()
        model.compile(keras.optimizers.SGD(1.0), ["mse"] * len(outputs), run_eagerly=True)
        for padding in PADDINGS:
            model.set_weights(first)
            given = masked(padding)
            predicted = model.predict(given, verbose=0)
            predicted = predicted if isinstance(predicted, (list, tuple)) else [predicted]
            results.update({f"{name}/{padding}, output {i}": y for i, y in enumerate(predicted)})
            if "dropped" in name:
                continue
            targets = [np.full(y.shape, 0.3, np.float32) for y in predicted]
            model.train_on_batch(given, targets if len(targets) > 1 else targets[0])
            results.update({f"{name}/{padding}, weight {i}": w for i, w in enumerate(model.get_weights())})
    return results


def _tagger(keras):
    """Masks through layers that pass them on, to losses of every step."""
    layers = keras.layers
    return keras.Sequential(
        [
            keras.Input((TIME, FEATURES)),
            layers.Masking(),
            layers.Dropout(0.0),
            layers.LSTM(UNITS, return_sequences=True),
            layers.LayerNormalization(),
            layers.Activation("tanh"),
            layers.Bidirectional(layers.GRU(2, return_sequences=True)),
            layers.TimeDistributed(layers.Dense(4, activation="relu")),
            layers.Dense(3, activation="softmax"),
        ]
    )


def _branches(keras):
    """Masks that are merged, and a model in a model."""
    layers = keras.layers
    x = keras.Input((TIME, FEATURES))
    hidden = layers.Masking()(x)
    all_ones = layers.Masking(mask_value=1.0)(x)
    a = layers.LSTM(UNITS, return_sequences=True)(hidden)
    b = layers.GRU(UNITS, return_sequences=True)(all_ones)
    merged = [layers.Add()([a, b]), layers.Multiply()([a, a]), layers.Maximum()([a, b]), layers.Minimum()([b, a])]
    side_by_side = layers.Concatenate()([*merged, a])
    inner_x = keras.Input((TIME, 5 * UNITS))
    inner = keras.Model(inner_x, layers.SimpleRNN(3, return_sequences=True)(inner_x))
    y = inner(side_by_side)
    one_after_the_other = layers.Concatenate(axis=1)([y, y])
    return keras.Model(x, layers.Dense(3, activation="softmax")(one_after_the_other))


def _without_a_mask_at_the_end(keras):
    layers = keras.layers
    given = [keras.Input((TIME, FEATURES)), layers.Masking(), layers.LSTM(4), layers.Dense(3, activation="softmax")]
    return keras.Sequential(given)


MODELS = {each.__name__.strip("_"): each for each in (_tagger, _branches, _without_a_mask_at_the_end)}


def run_models(keras):
    """Scores, history and weights of models with masks, with weights of samples and without."""
    results = {}
    for name, make in MODELS.items():
        model = _with_numbers(make(keras))
        first = model.get_weights()
        model.compile(
            keras.optimizers.SGD(0.5),
            "sparse_categorical_crossentropy",
            metrics=["accuracy", keras.metrics.SparseTopKCategoricalAccuracy(2, name="top")],
            weighted_metrics=[keras.metrics.SparseCategoricalCrossentropy(name="entropy")],
        )
        for padding in PADDINGS:
            model.set_weights(first)
            x = masked(padding)
            shape = model.output_shape[1:-1]
            rng = np.random.default_rng(6)
            y = rng.integers(0, 3, (BATCH, *shape))
            weights = {"none": None, "of samples": rng.random((BATCH, *(1,) * len(shape))).astype(np.float32)}
            if shape:
                weights["of steps"] = rng.random((BATCH, *shape)).astype(np.float32)
            for kind, weight in weights.items():
                scores = model.evaluate(x, y, batch_size=2, sample_weight=weight, verbose=0, return_dict=True)
                for key, value in scores.items():
                    results[f"{name}/{padding}, {kind}, {key}"] = np.float32(value)
            history = model.fit(x, y, batch_size=BATCH, epochs=3, shuffle=False, verbose=0).history
            for key, values in history.items():
                results[f"{name}/{padding}, history of {key}"] = np.array(values, np.float32)
            results.update({f"{name}/{padding}, weight {i}": w for i, w in enumerate(model.get_weights())})
    return results


def run_stateful(keras):
    """Predictions of batches that follow each other, and after a reset."""
    results = {}
    for kind in ("SimpleRNN", "GRU", "LSTM"):
        layer = getattr(keras.layers, kind)(UNITS, stateful=True)
        model = _with_numbers(keras.Sequential([keras.Input(batch_shape=(BATCH, TIME, FEATURES)), layer]))
        for i in range(4):
            if i == 3:
                layer.reset_state()
            results[f"{kind}/{i}"] = model.predict(masked("none"), batch_size=BATCH, verbose=0)
    return results


def defaults(keras):
    """The arguments of new layers."""
    layers = keras.layers
    made = [
        *(getattr(layers, name)(2) for name in ("SimpleRNN", "GRU", "LSTM", "SimpleRNNCell", "GRUCell", "LSTMCell")),
        layers.Bidirectional(layers.LSTM(2)),
        layers.Masking(),
    ]
    return {type(each).__name__: each.get_config() for each in made}


def run(keras):
    """Everything, by the name of the part."""
    return {
        **{f"layers/{key}": x for key, x in run_layers(keras).items()},
        **{f"models/{key}": x for key, x in run_models(keras).items()},
        **{f"stateful/{key}": x for key, x in run_stateful(keras).items()},
    }
