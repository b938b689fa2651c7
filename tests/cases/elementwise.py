"""Elementwise ops."""

from __future__ import annotations

from typing import Any

import numpy as np

import reference as r
from cases import case as c
from cases.case import Case, f, i, options, positive, real, with_zeros
from mushin import Tensor, ops

SELU_SCALE, SELU_ALPHA = 1.0507009873554804934193349852946, 1.6732632423543772848170429916717


def elu(x: Any, alpha: float) -> Any:
    return np.where(x > 0, x, alpha * np.expm1(np.minimum(x, 0)))


def gelu(x: Any, approximate: str) -> Any:
    return r.gelu_tanh(x) if approximate == "tanh" else r.gelu(x)


def softplus(x: Any, beta: float, threshold: float) -> Any:
    return np.where(beta * x > threshold, x, np.logaddexp(0, beta * x) / beta)


def unary(name: str, function: Any, reference: Any, kernels: str = "", **more: Any) -> Case:
    return Case(name, function, reference, c.ELEMENTS, kernels or both(name), large=c.BIG, **more)


def both(name: str) -> str:
    return f"{name}_forward {name}_backward"


def with_numbers(name: str, function: Any, reference: Any, **numbers: Any) -> Case:
    first = next(iter(numbers))
    good = [values[0] for values in numbers.values()]
    bad = [
        ((i(1, 2), *good), "x must be float32 or float64, got int64"),
        ((f(2), "a", *good[1:]), f"{first} must be a number, got str"),
    ]
    return Case(name, function, reference, c.ELEMENTS, both(name), settings=options(**numbers), large=c.BIG, bad=bad)


def binary(name: str, function: Any, reference: Any, **more: Any) -> Case:
    # The gradient of a sum is handed on as it is.
    names = "add_forward" if name == "add" else both(name)
    bad = [
        ((f(2, 3), f(4)), "shapes must broadcast together, got a (2, 3) and b (4,)"),
        ((f(2), [[1], [2, 3]]), "operand must be numbers in rows of one length"),
    ]
    return Case(name, function, reference, c.PAIRS, names, large=c.BIG_PAIRS, bad=bad, **more)


def many_operators(a: Any, b: Any) -> Any:
    return (2 - a) * b / 3 + 1 / (b * b + 1) - (-a) * 0.5


def within_one(rng: np.random.Generator, shape: c.Shape, shapes: Any) -> np.ndarray:
    return real(rng, shape, shapes) / 2.1


def above_one(rng: np.random.Generator, shape: c.Shape, shapes: Any) -> np.ndarray:
    return positive(rng, shape, shapes) + 1


def away_from_integers(rng: np.random.Generator, shape: c.Shape, shapes: Any) -> np.ndarray:
    """At least 1e-3, so that a difference quotient has no integer between."""
    x = real(rng, shape, shapes)
    return np.where(np.abs(x - np.round(x)) < 1e-3, x + 0.01, x)


SIGNS = "the gradients of a divisor are large and of both signs, their sum is small"
OPS_IN_A_ROW = "eight ops, one after the other"
ELEMENTWISE = [
    unary("relu", ops.relu, r.ACTIVATIONS["relu"]),
    unary("sigmoid", ops.sigmoid, r.sigmoid),
    unary("tanh", ops.tanh, np.tanh),
    unary("exp", ops.exp, np.exp),
    unary("expm1", ops.expm1, np.expm1),
    unary("sqrt", ops.sqrt, np.sqrt, inputs=[positive]),
    unary("rsqrt", ops.rsqrt, lambda x: 1 / np.sqrt(x), inputs=[positive]),
    unary("reciprocal", ops.reciprocal, np.reciprocal),
    unary("log", ops.log, np.log, inputs=[positive]),
    unary("log1p", ops.log1p, np.log1p, inputs=[positive]),
    unary("log2", ops.log2, np.log2, inputs=[positive]),
    unary("log10", ops.log10, np.log10, inputs=[positive]),
    unary("sin", ops.sin, np.sin),
    unary("cos", ops.cos, np.cos),
    unary("tan", ops.tan, np.tan, inputs=[within_one]),
    unary("sinh", ops.sinh, np.sinh),
    unary("cosh", ops.cosh, np.cosh),
    unary("asin", ops.asin, np.arcsin, inputs=[within_one]),
    unary("acos", ops.acos, np.arccos, inputs=[within_one]),
    unary("atan", ops.atan, np.arctan),
    unary("asinh", ops.asinh, np.arcsinh),
    unary("acosh", ops.acosh, np.arccosh, inputs=[above_one]),
    unary("atanh", ops.atanh, np.arctanh, inputs=[within_one]),
    unary("exp2", ops.exp2, np.exp2),
    unary("sinc", ops.sinc, np.sinc),
    unary("erf", ops.erf, r.erf),
    unary("erfc", ops.erfc, r.erfc),
    unary("erfinv", ops.erfinv, r.erfinv, inputs=[within_one]),
    unary("frac", ops.frac, lambda x: x - np.trunc(x), inputs=[away_from_integers]),
    unary("deg2rad", ops.deg2rad, np.deg2rad),
    unary("rad2deg", ops.rad2deg, np.rad2deg),
    unary("neg", ops.neg, np.negative),
    unary("abs", ops.abs, np.abs),
    unary("sign", ops.sign, np.sign),
    unary("square", ops.square, np.square),
    unary("round", ops.round, np.round),
    unary("floor", ops.floor, np.floor),
    unary("ceil", ops.ceil, np.ceil),
    unary("trunc", ops.trunc, np.trunc),
    unary("gelu_erf", ops.gelu_erf, r.gelu),
    unary("gelu_tanh", ops.gelu_tanh, r.gelu_tanh),
    unary("silu", ops.silu, lambda x: x * r.sigmoid(x)),
    unary("mish", ops.mish, lambda x: x * np.tanh(np.logaddexp(0, x))),
    unary("softsign", ops.softsign, lambda x: x / (1 + np.abs(x))),
    unary("log_sigmoid", ops.log_sigmoid, lambda x: -np.logaddexp(0, -x)),
    unary("selu", ops.selu, lambda x: SELU_SCALE * elu(x, SELU_ALPHA)),
    unary("hard_sigmoid", ops.hard_sigmoid, lambda x: np.clip(x + 3, 0, 6) / 6),
    unary("hard_swish", ops.hard_swish, lambda x: x * np.clip(x + 3, 0, 6) / 6),
    unary("tanhshrink", ops.tanhshrink, lambda x: x - np.tanh(x)),
    unary(
        "gelu", ops.gelu, gelu, "gelu_erf_forward gelu_tanh_backward", settings=options(approximate=["none", "tanh"])
    ),
    with_numbers("leaky_relu", ops.leaky_relu, lambda x, slope=0.01: np.where(x > 0, x, slope * x), slope=[0.2, -0.5]),
    with_numbers("elu", ops.elu, elu, alpha=[1.0, 0.3]),
    with_numbers("celu", ops.celu, lambda x, alpha: alpha * elu(x / alpha, 1.0), alpha=[1.0, 0.3]),
    with_numbers("softplus", ops.softplus, softplus, beta=[1.0, 2.0], threshold=[20.0, 1.0]),
    with_numbers("hardtanh", ops.hardtanh, lambda x, low, high: np.clip(x, low, high), low=[-1.0], high=[1.0, 0.5]),
    with_numbers(
        "threshold",
        ops.threshold,
        lambda x, bound, value: np.where(x <= bound, value, x),
        bound=[0.5],
        value=[-2.0, 3.0],
    ),
    with_numbers("hardshrink", ops.hardshrink, lambda x, bound: np.where(np.abs(x) <= bound, 0, x), bound=[0.5]),
    with_numbers("softshrink", ops.softshrink, lambda x, bound: x - np.clip(x, -bound, bound), bound=[0.5, 0.1]),
    binary("add", ops.add, np.add),
    binary("sub", ops.sub, np.subtract),
    binary("mul", ops.mul, np.multiply),
    binary("div", ops.div, np.divide, factor=4, reason=SIGNS),
    binary("maximum", ops.maximum, np.maximum),
    binary("minimum", ops.minimum, np.minimum),
    binary("pow", ops.pow, np.power, inputs=[positive, real], factor=4, reason=SIGNS),
    binary("remainder", ops.remainder, np.remainder, factor=4, reason=SIGNS),
    binary("fmod", ops.fmod, np.fmod, factor=4, reason=SIGNS),
    binary("floor_divide", ops.floor_divide, np.floor_divide),
    binary("logaddexp", ops.logaddexp, np.logaddexp),
    binary("logaddexp2", ops.logaddexp2, np.logaddexp2),
    binary("xlogy", ops.xlogy, r.xlogy, inputs=[with_zeros, positive]),
    binary("atan2", ops.atan2, np.arctan2, factor=4, reason=SIGNS),
    binary("hypot", ops.hypot, np.hypot),
    binary("copysign", ops.copysign, np.copysign, factor=4, reason=SIGNS),
    binary("heaviside", ops.heaviside, np.heaviside, inputs=[with_zeros, real], differentiable=(1,)),
    binary("fmax", ops.fmax, np.fmax),
    binary("fmin", ops.fmin, np.fmin),
    binary("prelu", ops.prelu, lambda x, weight: np.where(x > 0, x, weight * x), factor=4, reason=SIGNS),
    Case(
        "clip",
        ops.clip,
        lambda x, low, high: np.clip(x, low, high),
        c.ELEMENTS,
        "clip_forward clip_backward",
        settings=[{"low": -0.5, "high": 1.0}, {"low": -np.inf, "high": 0.2}, {"low": 1.0, "high": -0.5}],
        large=c.BIG,
        bad=[
            ((Tensor(np.ones(2, bool)), 0, 1), "x must be float32 or float64, got bool"),
            ((f(2),), "low or high must be given"),
        ],
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
