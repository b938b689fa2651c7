"""Elementwise ops."""

from __future__ import annotations

from typing import Any

import numpy as np

import reference as r
from cases import case as c
from cases.case import Case, f, i, positive
from mushin import ops


def unary(name: str, function: Any, reference: Any, **more: Any) -> Case:
    names = f"{name}_forward {name}_backward"
    bad = [((i(1, 2),), "x must be float32 or float64, got int64")]
    return Case(name, function, reference, c.ELEMENTS, names, large=c.BIG, bad=bad, **more)


def binary(name: str, function: Any, reference: Any, **more: Any) -> Case:
    # The gradient of a sum is handed on as it is.
    names = "add_forward" if name == "add" else f"{name}_forward {name}_backward"
    bad = [
        ((f(2, 3), f(4)), "shapes must broadcast together, got a (2, 3) and b (4,)"),
        ((i(1), i(2)), "a must be float32 or float64, got int64"),
        ((i(1), [2]), "one operand must be floating-point, got int64 and int64"),
    ]
    return Case(name, function, reference, c.PAIRS, names, large=c.BIG_PAIRS, bad=bad, **more)


def many_operators(a: Any, b: Any) -> Any:
    return (2 - a) * b / 3 + 1 / (b * b + 1) - (-a) * 0.5


SIGNS = "the gradients of a divisor are large and of both signs, their sum is small"
OPS_IN_A_ROW = "eight ops, one after the other"
ELEMENTWISE = [
    unary("relu", ops.relu, r.ACTIVATIONS["relu"]),
    unary("sigmoid", ops.sigmoid, r.sigmoid),
    unary("tanh", ops.tanh, np.tanh),
    unary("exp", ops.exp, np.exp),
    unary("log", ops.log, np.log, inputs=[positive]),
    unary("sin", ops.sin, np.sin),
    unary("cos", ops.cos, np.cos),
    unary("erf", ops.erf, r.erf),
    unary("gelu", ops.gelu, r.gelu),
    unary("gelu_tanh", lambda x: ops.gelu(x, "tanh"), r.gelu_tanh),
    binary("add", ops.add, np.add),
    binary("sub", ops.sub, np.subtract),
    binary("mul", ops.mul, np.multiply),
    binary("div", ops.div, np.divide, factor=4, reason=SIGNS),
    binary("maximum", ops.maximum, np.maximum),
    binary("minimum", ops.minimum, np.minimum),
    unary("neg", ops.neg, np.negative),
    Case(
        "clip",
        ops.clip,
        lambda x, low, high: np.clip(x, low, high),
        c.ELEMENTS,
        "clip_forward clip_backward",
        settings=[{"low": -0.5, "high": 1.0}, {"low": -np.inf, "high": 0.2}, {"low": 1.0, "high": -0.5}],
        large=c.BIG,
        bad=[((i(1, 2), 0, 1), "x must be float32 or float64, got int64")],
    ),
    Case(
        "operators",
        many_operators,
        many_operators,
        c.PAIRS[:1],
        "add_forward sub_backward mul_backward div_backward",
        factor=4,
        reason=OPS_IN_A_ROW,
    ),
    Case(
        "dropout",
        ops.dropout,
        lambda x, p, training=True: r.dropout(x, p, (5, 0)) if training and p else x,
        c.ELEMENTS,
        "dropout_forward dropout_backward",
        settings=[{"p": 0.3}, {"p": 0.0}, {"p": 1.0}, {"p": 0.3, "training": False}],
        large=c.BIG,
        bad=[((f(2), 1.5), "p must be in [0, 1], got 1.5"), ((i(2), 0.5), "x must be float32 or float64, got int64")],
    ),
    Case(
        "cast",
        ops.cast,
        lambda x, dtype: x.astype(dtype),
        c.ELEMENTS,
        "copy",
        settings=[{"dtype": np.float64}],
        large=c.BIG,
        bad=[
            (
                (f(2), np.complex64),
                "dtype must be one of real numbers of at most 64 bits, got <class 'numpy.complex64'>",
            )
        ],
    ),
]
