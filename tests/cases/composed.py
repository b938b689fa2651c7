"""Elementwise ops that are made of others."""

from __future__ import annotations

from typing import Any

import numpy as np

from cases import case as c
from cases.case import SEVERAL, Case, f, options, positive, real, share
from mushin import ops


def special_among(rng: np.random.Generator, shape: c.Shape, shapes: Any) -> np.ndarray:
    """Every fourth element is NaN or infinite."""
    values = real(rng, shape, shapes)
    values.reshape(-1)[1::4] = np.resize([np.nan, np.inf, -np.inf], values.reshape(-1)[1::4].shape)
    return values


def steep(rng: np.random.Generator, shape: c.Shape, shapes: Any) -> np.ndarray:
    """Divisors that are not small."""
    return real(rng, shape, shapes) + np.sign(real(rng, shape, shapes)) * 3


THREE = [((3, 37), (3, 37), (3, 37)), ((3, 1), (1, 5), ()), ((2, 0), (2, 0), (1, 0))]
COMPOSED = [
    Case(
        "lerp",
        ops.lerp,
        lambda a, b, weight: a + weight * (b - a),
        THREE,
        "",
        factor=4,
        reason=SEVERAL,
    ),
    Case(
        "addcmul",
        lambda a, b, t, value: ops.addcmul(a, b, t, value=value),
        lambda a, b, t, value: a + value * b * t,
        THREE,
        "",
        settings=options(value=[1, -0.5]),
        factor=4,
        reason=SEVERAL,
        bad=[((f(2), f(2), f(2), "a"), "value must be a number, got str")],
    ),
    Case(
        "addcdiv",
        lambda a, b, t, value: ops.addcdiv(a, b, t, value=value),
        lambda a, b, t, value: a + value * b / t,
        THREE,
        "",
        inputs=[real, real, steep],
        settings=options(value=[1, -0.5]),
        factor=4,
        reason=SEVERAL,
    ),
    Case(
        "float_power",
        lambda x: ops.float_power(x, 2.5),
        lambda x: x**2.5,
        c.ELEMENTS,
        "pow_forward",
        inputs=[positive],
    ),
    Case(
        "logit",
        ops.logit,
        lambda x, eps: np.log(
            (x if eps is None else np.clip(x, eps, 1 - eps)) / (1 - (x if eps is None else np.clip(x, eps, 1 - eps)))
        ),
        c.ELEMENTS,
        "log_forward",
        inputs=[share],
        settings=options(eps=[None, 0.2]),
        factor=16,
        reason="the logarithm of what is near 1",
    ),
    Case(
        "nan_to_num",
        ops.nan_to_num,
        np.nan_to_num,
        c.ELEMENTS,
        "where",
        inputs=[special_among],
        settings=[{"nan": 0.5, "posinf": 2.0, "neginf": -3.0}],
        differentiable=(),
    ),
    Case("isposinf", ops.isposinf, np.isposinf, c.ELEMENTS, "compare", inputs=[special_among], differentiable=()),
    Case("isneginf", ops.isneginf, np.isneginf, c.ELEMENTS, "compare", inputs=[special_among], differentiable=()),
    Case("signbit", ops.signbit, np.signbit, c.ELEMENTS, "compare", inputs=[special_among], differentiable=()),
]
