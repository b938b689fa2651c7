"""What an expression is: text that PyTorch and mushin both evaluate, and a line that describes its inputs.

This folder needs nothing but NumPy: the peer's interpreter reads it, too.
"""

import numpy as np

# With the places where activations have two slopes.
KINKS = [-3.0, -1.0, -0.5, 0.5, 1.0, 3.0, 6.0]
EDGES = [*KINKS, np.inf, -np.inf, np.nan, 0.0, -0.0, 1e-30, -1e-30, 30.0, -30.0, 88.0, -88.0, 1e4, -1e4, 3e38, -3e38]


def inputs_of(spec, dtype, seed):
    """The inputs of an expression by name: standard normal, or as its spec says."""
    rng = np.random.Generator(np.random.Philox(seed))
    inputs = {}
    for part in spec.split():
        name, _, sizes = part.partition("=")
        kind, _, sizes = sizes.rpartition(":")
        if sizes in ("edges", "finite"):
            inputs[name] = np.array([x for x in EDGES if sizes == "edges" or np.isfinite(x)], dtype)
            continue
        shape = tuple(int(n) for n in sizes.split(",") if n)
        normal = rng.standard_normal(shape).astype(dtype)
        if kind == "ids":  # classes are x's second axis, or its only one
            inputs[name] = np.asarray(rng.integers(0, inputs["x"].shape[min(1, inputs["x"].ndim - 1)], shape))
        elif kind == "flags":
            inputs[name] = np.asarray(rng.random(shape) < 0.7).astype(dtype)
        elif kind == "zeros":
            inputs[name] = np.zeros(shape, np.int64)
        elif kind == "signs":
            inputs[name] = np.where(normal < 0, -1, 1).astype(dtype)
        elif kind == "rows":
            axis = min(1, len(shape) - 1)
            inputs[name] = np.abs(normal) / np.abs(normal).sum(axis, keepdims=True)
        else:
            inputs[name] = normal
    return inputs


def run(library, expression, inputs):
    """The expression's value and, if it has one, the gradient of each input for an uneven gradient of the value."""
    tensors = {name: library.tensor(x) for name, x in inputs.items()}
    for name, tensor in tensors.items():
        if name != "t":
            tensor.requires_grad_()
    y = eval(expression, {"torch": library, "nn": library.nn, **tensors})
    if not y.requires_grad:
        return {"y": y.numpy()}
    weight = numbers(y.shape, 3).astype(inputs["x"].dtype)
    y.backward(library.tensor(weight))
    return {"y": y.detach().numpy(), **{name: tensors[name].grad.numpy() for name in tensors if name != "t"}}


def numbers(shape, offset):
    """Exact multiples of 1/64 in [-0.8, 0.8], none of them 0, mixed without anybody's random numbers."""
    i = np.arange(np.prod(shape, dtype=int)) + 97 * offset
    values = (i * 37 + i * i * 11 + 5) % 103 - 51
    return (np.where(values == 0, 13, values) / 64).reshape(shape)
