"""Functional models and layers, made by the same code of mushin and of the real Keras; needs nothing but NumPy."""

import numpy as np

from peers.expressions.running import numbers


def _inputs(keras, *shapes):
    return [keras.Input(shape, name=f"in_{i}") for i, shape in enumerate(shapes)]


def two_towers(keras):
    """Two inputs, a shared layer, three merges, two outputs."""
    a, b = _inputs(keras, (4,), (3,))
    shared = keras.layers.Dense(5, activation="tanh", name="shared")
    x, y = shared(a), shared(keras.layers.Dense(4, activation="relu", name="widen")(b))
    added = keras.layers.Add(name="added")([x, y])
    angle = keras.layers.Dot(axes=1, normalize=True, name="angle")([x, y])
    scores = keras.layers.Dense(3, activation="softmax", name="scores")(keras.layers.Multiply(name="m")([added, x]))
    return keras.Model([a, b], [scores, keras.layers.Dense(1, name="rating")(angle)])


def residual(keras):
    """Operators and ops between layers, and one that is deeper on one side."""
    (a,) = _inputs(keras, (6,))
    x = keras.layers.Dense(6, activation="gelu", name="first")(a)
    x = keras.layers.LayerNormalization(name="norm")(x + a)
    y = keras.layers.Dense(6, name="deep_1")(x)
    y = keras.layers.Dense(6, activation="silu", name="deep_2")(y)
    z = (y - x * 0.5) / (keras.ops.sum(keras.ops.square(x), axis=-1, keepdims=True) + 1.0)
    return keras.Model(a, keras.layers.Dense(2, name="last")(-z[:, 1:4]))


def nested(keras):
    """A model in a model, called twice, and a Sequential."""
    (inner_in,) = _inputs(keras, (4,))
    inner = keras.Model(inner_in, keras.layers.Dense(3, activation="elu", name="d")(inner_in), name="inner")
    tail = keras.Sequential([keras.layers.Dense(4, activation="selu"), keras.layers.Dense(2)], name="tail")
    a, b = keras.Input((4,), name="a"), keras.Input((4,), name="b")
    merged = keras.layers.Subtract(name="s")([inner(a), inner(b)])
    return keras.Model([a, b], [tail(merged), keras.layers.Average(name="v")([inner(a), merged])])


def dicts(keras):
    """Inputs and outputs by name."""
    (a, b) = (keras.Input((3,), name=name) for name in ("left", "right"))
    outputs = {"sum": keras.layers.Dense(2, name="sum")(a), "most": keras.layers.Maximum(name="most")([a, b])}
    return keras.Model({"right": b, "left": a}, outputs)


def sequences(keras):
    """Layers that reshape samples, and merges that broadcast."""
    (a,) = _inputs(keras, (3, 4))
    flat = keras.layers.Flatten(name="flat")(a)
    x = keras.layers.Reshape((4, -1), name="r")(flat)
    x = keras.layers.Permute((2, 1), name="p")(x)
    x = keras.layers.PReLU(shared_axes=[1], alpha_initializer="ones", name="prelu")(x)
    repeated = keras.layers.RepeatVector(3, name="rep")(keras.layers.Dense(4, name="d")(flat))
    x = keras.layers.Minimum(name="min")([x, repeated])
    products = keras.layers.Dot(axes=(2, 2), name="dot")([x, a])
    return keras.Model(a, [keras.layers.UnitNormalization(axis=-1, name="u")(x), products])


def joined(keras):
    """Inputs one after the other, along the last axis and along another one."""
    a, b = _inputs(keras, (3, 4), (2, 4))
    x = keras.layers.Concatenate(axis=1, name="c")([a, b])
    x = keras.layers.Dense(2, name="d")(keras.layers.concatenate([x, keras.ops.concatenate([b, a], axis=1)], name="e"))
    return keras.Model([a, b], x)


GRAPHS = {each.__name__: each for each in (two_towers, residual, nested, dicts, sequences, joined)}

WITH_DEFAULTS = [
    *("Activation", "ActivityRegularization", "Add", "AlphaDropout", "Dense", "Dot", "Dropout", "ELU", "Embedding"),
    "Flatten",
    *("GaussianDropout", "GaussianNoise", "LayerNormalization", "LeakyReLU", "Normalization", "PReLU", "Permute"),
    *("BatchNormalization", "GroupNormalization", "RMSNormalization"),
    *("CategoryEncoding", "Cropping1D", "SpatialDropout1D", "UpSampling1D", "ZeroPadding1D"),
    *("ReLU", "RepeatVector", "Rescaling", "Reshape", "Softmax", "UnitNormalization"),
]

ACTIVATIONS = [
    *("celu", "glu", "hard_shrink", "log_sigmoid", "log_softmax", "mish", "soft_shrink", "softplus", "squareplus"),
    "elu",
    "exponential",
    "gelu",
    "hard_sigmoid",
    "hard_silu",
    "hard_swish",
    "hard_tanh",
    "leaky_relu",
    "linear",
    "relu",
    "relu6",
    "selu",
    "sigmoid",
    "silu",
    "softmax",
    "softsign",
    "swish",
    "tanh",
    "tanh_shrink",
]

_TOKENS = {"num_tokens": 3}

# name: (class, arguments)
LAYERS = {
    "ELU": ("ELU", {"alpha": 0.7}),
    "LeakyReLU": ("LeakyReLU", {}),
    "ReLU limits": ("ReLU", {"max_value": 0.8, "negative_slope": 0.3, "threshold": 0.25}),
    "ReLU threshold": ("ReLU", {"threshold": 0.5}),
    "Softmax": ("Softmax", {"axis": 1}),
    "PReLU": ("PReLU", {"alpha_initializer": "ones"}),
    "LayerNormalization": ("LayerNormalization", {}),
    "LayerNormalization of two axes": ("LayerNormalization", {"axis": [1, 2], "epsilon": 0.01, "center": False}),
    "RMSNormalization": ("RMSNormalization", {"epsilon": 0.01}),
    "BatchNormalization": ("BatchNormalization", {"moving_mean_initializer": "ones", "beta_initializer": "ones"}),
    "BatchNormalization of an axis": ("BatchNormalization", {"axis": 1, "scale": False, "epsilon": 0.1}),
    "GroupNormalization": ("GroupNormalization", {"groups": 2}),
    "GroupNormalization of each channel": ("GroupNormalization", {"groups": -1, "axis": 1, "epsilon": 0.1}),
    "UnitNormalization": ("UnitNormalization", {"axis": 1}),
    "Rescaling": ("Rescaling", {"scale": [2.0, 3.0, 4.0, 5.0], "offset": 0.5}),
    "Normalization": ("Normalization", {"mean": [1.0, 2.0, 3.0, 4.0], "variance": [4.0, 1.0, 9.0, 0.25]}),
    "Normalization inverted": (
        "Normalization",
        {"mean": [1.0, 2.0, 3.0, 4.0], "variance": [1.0, 4.0, 9.0, 16.0], "invert": True},
    ),
    "Identity": ("Identity", {}),
    "SpatialDropout1D": ("SpatialDropout1D", {"rate": 0.5}),
    "ZeroPadding1D": ("ZeroPadding1D", {"padding": (1, 2)}),
    "Cropping1D": ("Cropping1D", {}),
    "UpSampling1D": ("UpSampling1D", {"size": 3}),
    **{
        f"{kind}, {mode}": (kind, {**options, "output_mode": mode})
        for kind, options in (("Discretization", {"bin_boundaries": [-0.5, 0.0, 1.0]}), ("CategoryEncoding", _TOKENS))
        for mode in ("one_hot", "multi_hot", "count")
    },
    "Discretization": ("Discretization", {"bin_boundaries": [-0.5, 0.0, 1.0]}),
    "Dropout": ("Dropout", {"rate": 0.5}),
    "GaussianNoise": ("GaussianNoise", {"stddev": 0.5}),
    "GaussianDropout": ("GaussianDropout", {"rate": 0.5}),
    "AlphaDropout": ("AlphaDropout", {"rate": 0.5}),
    "ActivityRegularization": ("ActivityRegularization", {"l1": 0.1, "l2": 0.2}),
}


def array_of(x):
    return np.asarray(x.detach().numpy() if hasattr(x, "detach") else x)


def flat(structure):
    if isinstance(structure, dict):
        return [x for key in sorted(structure) for x in flat(structure[key])]
    return [x for each in structure for x in flat(each)] if isinstance(structure, (list, tuple)) else [structure]


def run_graph(keras, name):
    """The order of layers, the weights' shapes, and the outputs for fixed weights and inputs."""
    model = GRAPHS[name](keras)
    weights = [numbers(w.shape, 30 + i).astype(np.float32) for i, w in enumerate(model.get_weights())]
    model.set_weights(weights)
    shapes = {x.name: x.shape for x in model.inputs}
    x = {key: numbers((5, *shape[1:]), 3 + i).astype(np.float32) for i, (key, shape) in enumerate(shapes.items())}
    given = x if name == "dicts" else [x[key] for key in shapes] if len(x) > 1 else next(iter(x.values()))
    results = {f"output {i}": array_of(y) for i, y in enumerate(flat(model(given)))}
    results["layers"] = np.array([layer.name for layer in model.layers if "Input" not in type(layer).__name__])
    results["parameters"] = np.array([w.size for w in weights])
    return results


def run_layers(keras):
    """What layers and activations give in evaluation."""
    x = numbers((5, 3, 4), 1).astype(np.float32) * 2
    results = {}
    for name, (kind, options) in LAYERS.items():
        given = np.round(np.abs(x)) if kind == "CategoryEncoding" else x  # ids from 0 to 3
        results[f"layer {name}"] = array_of(getattr(keras.layers, kind)(**options)(given))
    adapted = keras.layers.Normalization()
    adapted.adapt(x)
    results["layer Normalization adapted"] = array_of(adapted(x))
    for name in ACTIVATIONS:
        results[f"activation {name}"] = array_of(keras.layers.Activation(name)(x))
    return results


def defaults(keras, names):
    """The configurations of layers that are made with as few arguments as can be."""
    first = {
        "Dense": 3,
        "Dot": 1,
        "Reshape": (4,),
        "Permute": (1,),
        "RepeatVector": 2,
        "Rescaling": 2.0,
        "Dropout": 0.5,
    }
    first |= {"Activation": "relu", "GaussianNoise": 0.5, "GaussianDropout": 0.5, "AlphaDropout": 0.5}
    first |= {"CategoryEncoding": 3, "SpatialDropout1D": 0.5}
    first["Embedding"], further = 3, {"Embedding": {"output_dim": 2}}
    made = {
        name: getattr(keras.layers, name)(*([first[name]] if name in first else []), **further.get(name, {}))
        for name in names
    }
    return {name: layer.get_config() for name, layer in made.items()}
