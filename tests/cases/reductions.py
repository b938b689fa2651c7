"""Reductions."""

from __future__ import annotations

from typing import Any

import numpy as np

import reference as r
from cases import case as c
from cases.case import Case, f, flags, i, one, options, whole, with_zeros
from mushin import Tensor, ops

HALF = Tensor(np.ones(2, np.float16))
NOT_FLOAT = ((i(1, 2),), "x must be float32 or float64, got int64")
HALF_PRECISION = ((HALF,), "x must be float32 or float64, got float16")
NOT_REAL = ((HALF,), "x must be float32, float64, bool or integer, got float16")
NOTHING = ((f(2, 0), 1), "x must have elements along the reduced axes, got shape (2, 0)")
ANY_AXES = options(axis=c.AXES, **flags("keepdims"))
ONE_AXIS = options(axis=[None, 0, 1, 2, -1], **flags("keepdims"))
TWO_AND_MORE = one((3, 5, 7), (4, 2, 9))  # one element has no variance with a correction of 1
DIFFERENCES = "a gradient holds differences from the mean, which are small beside the elements that they come from"
POWERS = "an element's power is rounded, then summed, and the sum's root multiplies another power"


def of_rows(
    name: str, function: Any, reference: Any, kernels: str, widths: range = c.WIDTHS, **more: Any
) -> list[Case]:
    """An op along rows of every width, and along columns; both are enough for several threads."""
    rows = [*one((3, 37), *((2, n) for n in widths)), *one((2, 1023), (2, 1025), (1, 2049), (0, 5))]
    columns = [*one((3, 37), *((2, n) for n in c.WIDTHS)), *c.COLUMNS]
    return [
        Case(
            f"{name}_of_rows",
            lambda x: function(x, -1),
            lambda x: reference(x, -1),
            rows,
            kernels,
            large=c.LONG_LINES,
            **more,
        ),
        Case(
            f"{name}_of_columns",
            lambda x: function(x, 0),
            lambda x: reference(x, 0),
            columns,
            kernels,
            large=one((301, 257)),
            **more,
        ),
    ]


def of_axes(name: str, function: Any, reference: Any, kernels: str, **more: Any) -> Case:
    return Case(
        name,
        function,
        reference,
        kernels=kernels,
        **{"shapes": c.LINES, "settings": ANY_AXES, "large": c.LARGE_LINES, "bad": [NOT_FLOAT], **more},
    )


def of_any_dtype(name: str, function: Any, reference: Any, kernels: str, **more: Any) -> list[Case]:
    """The op of integers and truth values, over any axes and along rows and columns that threads share."""
    shapes = [*one((3, 5, 7), (2, 3, 4)), *(((2, 3, n),) for n in range(1, 10))]
    more = {"inputs": [whole()], "differentiable": (), **more}
    return [
        Case(f"{name}_of_integers", function, reference, shapes, kernels, large=c.LARGE_LINES, **more),
        *of_rows(f"{name}_of_integers", function, reference, kernels, **{**more, "settings": [{}]}),
    ]


def truth(function: Any) -> Any:
    return lambda x, axis=None, keepdims=False: function(x != 0, axis=axis, keepdims=keepdims)


def whole_sum(x: np.ndarray, axis: Any = None, keepdims: bool = False) -> Any:
    return x.sum(axis=axis, dtype=np.int64, keepdims=keepdims)


def near_one(rng: np.random.Generator, shape: c.Shape, shapes: Any) -> np.ndarray:
    """Numbers whose product neither overflows nor vanishes."""
    return np.asarray(np.exp(0.05 * rng.standard_normal(shape)) * np.where(rng.random(shape) < 0.6, 1, -1))


SUMS = [
    Case(
        "sum",
        ops.sum,
        np.sum,
        one((3, 5, 7), (1, 1, 1), (2, 0, 3), (0, 3, 2)),
        "reduce_sum spread",
        settings=ANY_AXES,
        bad=[
            HALF_PRECISION,
            ((f(2), 1), "axis must be in [-1, 1), got 1"),
            ((f(2, 3), (0, -2)), "axis must name each axis once, got (0, -2)"),
            ((f(2), 1.0), "axis must be an integer, got float"),
        ],
    ),
    *of_rows("sum", ops.sum, np.sum, "reduce_sum"),
    *of_any_dtype("sum", ops.sum, whole_sum, "reduce_sum_of_integers", settings=ANY_AXES),
    Case(
        "mean",
        ops.mean,
        r.mean,
        one((3, 5, 7), (1, 1, 1), (0, 3, 2)),
        "reduce_sum spread",
        settings=ANY_AXES,
        large=c.LARGE_LINES,
        bad=[NOT_FLOAT, ((f(2), -2), "axis must be in [-1, 1), got -2")],
    ),
]
COUNTS = [
    of_axes(
        "count_nonzero",
        ops.count_nonzero,
        np.count_nonzero,
        "reduce_count",
        inputs=[with_zeros],
        differentiable=(),
        bad=[NOT_REAL],
    ),
    of_axes("all", ops.all, truth(np.all), "reduce_truth", inputs=[with_zeros], differentiable=(), bad=[NOT_REAL]),
    of_axes("any", ops.any, truth(np.any), "reduce_truth", inputs=[with_zeros], differentiable=(), bad=[NOT_REAL]),
    *of_any_dtype("count_nonzero", ops.count_nonzero, np.count_nonzero, "reduce_count"),
    *of_any_dtype("all", ops.all, truth(np.all), "reduce_truth"),
    *of_any_dtype("any", ops.any, truth(np.any), "reduce_truth"),
]
EXTREMES = [
    of_axes("max", ops.max, np.max, "reduce_extreme share_among_equals", bad=[NOT_REAL, NOTHING]),
    of_axes("min", ops.min, np.min, "reduce_extreme share_among_equals", bad=[NOT_REAL, NOTHING]),
    of_axes("amax", ops.amax, np.max, "reduce_extreme share_among_equals", bad=[NOT_REAL, NOTHING]),
    of_axes("amin", ops.amin, np.min, "reduce_extreme share_among_equals", bad=[NOT_REAL, NOTHING]),
    *of_rows("amax", ops.amax, np.max, "reduce_extreme share_among_equals"),
    *of_rows("amin", ops.amin, np.min, "reduce_extreme share_among_equals"),
    *of_any_dtype("max", ops.max, np.max, "reduce_extreme", settings=ANY_AXES)[:1],
    *of_any_dtype("min", ops.min, np.min, "reduce_extreme", settings=ANY_AXES)[:1],
    of_axes(
        "max_with_indices",
        ops.max_with_indices,
        lambda x, axis, keepdims: (x.max(axis, keepdims=keepdims), x.argmax(axis, keepdims=keepdims)),
        "reduce_max put_back",
        settings=ONE_AXIS[2:],
        bad=[((HALF, 0), f"[max] {NOT_REAL[1]}"), (NOTHING[0], f"[max] {NOTHING[1]}")],
    ),
    of_axes(
        "min_with_indices",
        ops.min_with_indices,
        lambda x, axis, keepdims: (x.min(axis, keepdims=keepdims), x.argmin(axis, keepdims=keepdims)),
        "reduce_min put_back",
        settings=ONE_AXIS[2:],
        bad=[((HALF, 0), f"[min] {NOT_REAL[1]}"), (NOTHING[0], f"[min] {NOTHING[1]}")],
    ),
    *(
        each
        for name, function, reference, kernel in [
            ("argmax", ops.argmax, np.argmax, "reduce_max"),
            ("argmin", ops.argmin, np.argmin, "reduce_min"),
        ]
        for each in [
            of_axes(
                name,
                function,
                reference,
                kernel,
                settings=ONE_AXIS,
                differentiable=(),
                bad=[
                    NOT_REAL,
                    ((f(0),), "x must have elements along the reduced axes, got shape (0,)"),
                    ((f(2, 2), (0, 1)), "axis must be one axis or None, got (0, 1)"),
                ],
            ),
            *of_rows(name, function, reference, kernel, differentiable=()),
            *of_any_dtype(name, function, reference, kernel, settings=ONE_AXIS),
        ]
    ),
]
MOMENTS = [
    of_axes("prod", ops.prod, np.prod, "prod_forward prod_backward", inputs=[near_one], bad=[HALF_PRECISION]),
    of_axes("prod_with_zeros", ops.prod, np.prod, "prod_forward prod_backward", inputs=[with_zeros], bad=[]),
    *(
        of_axes(
            name,
            function,
            reference,
            "var_forward var_backward",
            shapes=TWO_AND_MORE,
            settings=options(axis=c.AXES[:-1], correction=[0, 1], **flags("keepdims")),
            factor=4,
            reason=DIFFERENCES,
        )
        for name, function, reference in [
            ("var", ops.var, r.var),
            ("std", ops.std, lambda x, **how: np.sqrt(r.var(x, **how))),
        ]
    ),
    *of_rows("var", ops.var, r.var, "var_forward var_backward", c.WIDTHS[1:], factor=4, reason=DIFFERENCES),
    *(
        of_axes(
            name,
            function,
            reference,
            "var_forward var_backward",
            shapes=TWO_AND_MORE,
            settings=options(axis=[None, 1, (0, 2)], correction=[0, 0.5]),
            factor=4,
            reason=DIFFERENCES,
        )
        for name, function, reference in [
            ("var_mean", ops.var_mean, lambda x, axis, correction: (r.var(x, axis, False, correction), x.mean(axis))),
            (
                "std_mean",
                ops.std_mean,
                lambda x, axis, correction: (np.sqrt(r.var(x, axis, False, correction)), x.mean(axis)),
            ),
        ]
    ),
    of_axes("logsumexp", ops.logsumexp, r.logsumexp, "logsumexp_forward logsumexp_backward", bad=[HALF_PRECISION]),
    *of_rows("logsumexp", ops.logsumexp, r.logsumexp, "logsumexp_forward logsumexp_backward"),
    of_axes(
        "vector_norm",
        ops.vector_norm,
        r.norm,
        "norm_forward norm_backward",
        settings=options(ord=[2, 1, np.inf, -np.inf, 0, 3, 2.5, 0.5, -1], axis=[None, 1, -1, (0, 2)]),
        factor=4,
        reason=POWERS,
        bad=[
            NOT_FLOAT,
            ((f(2), "nuc"), "ord must be a number, got str"),
            ((f(2, 0), np.inf), "x must have elements along the reduced axes, got shape (2, 0)"),
        ],
    ),
    *of_rows(
        "vector_norm",
        lambda x, axis: ops.vector_norm(x, 2, axis),
        lambda x, axis: r.norm(x, 2, axis),
        "norm_forward norm_backward",
    ),
]
REDUCTIONS = [*SUMS, *COUNTS, *EXTREMES, *MOMENTS]
