"""Reductions."""

from __future__ import annotations

import numpy as np

import reference as r
from cases import case as c
from cases.case import Case, f, flags, i, one, options
from mushin import ops

NOT_FLOAT = ((i(1, 2),), "x must be float32 or float64, got int64")
REDUCTIONS = [
    Case(
        "sum",
        ops.sum,
        np.sum,
        one((3, 5, 7), (1, 1, 1), (2, 0, 3), (0, 3, 2)),
        "reduce_sum spread",
        settings=options(axis=c.AXES, **flags("keepdims")),
        bad=[
            NOT_FLOAT,
            ((f(2), 1), "axis must be in [-1, 1), got 1"),
            ((f(2, 3), (0, -2)), "axis must name each axis once, got (0, -2)"),
            ((f(2), 1.0), "axis must be an integer, got float"),
        ],
    ),
    Case(
        "sum_of_rows",
        lambda x: ops.sum(x, -1),
        lambda x: x.sum(-1),
        [*c.ROWS, *one((2, 1023), (2, 1025), (1, 2049))],
        "reduce_sum",
        large=one((1, 70001), (3, 20011), (70, 1001)),
    ),
    Case(
        "sum_of_columns",
        lambda x: ops.sum(x, 0),
        lambda x: x.sum(0),
        [*c.ROWS, *one((5, 63), (5, 64), (5, 65), (3, 131), (257, 3), (513, 2))],
        "reduce_sum",
        large=one((301, 257)),
    ),
    Case(
        "mean",
        ops.mean,
        r.mean,
        one((3, 5, 7), (1, 1, 1), (0, 3, 2)),
        "reduce_sum spread",
        settings=options(axis=c.AXES, **flags("keepdims")),
        large=one((31, 17, 43)),
        bad=[NOT_FLOAT, ((f(2), -2), "axis must be in [-1, 1), got -2")],
    ),
    Case(
        "max",
        ops.max,
        np.max,
        one((3, 5, 7), (1, 1, 1), (4, 1, 9)),
        "reduce_max reduce_max_backward",
        settings=options(axis=c.AXES, **flags("keepdims")),
        large=one((31, 17, 43)),
        bad=[NOT_FLOAT, ((f(2, 0), 1), "x must have elements along the reduced axes, got shape (2, 0)")],
    ),
    Case("max_of_rows", lambda x: ops.max(x, -1), lambda x: x.max(-1), c.ROWS[:34] + one((0, 5)), "reduce_max"),
    Case(
        "argmax",
        ops.argmax,
        np.argmax,
        one((3, 5, 7), (1, 1, 1), (4, 1, 9)),
        "reduce_max",
        settings=options(axis=[None, 0, 1, 2, -1], **flags("keepdims")),
        large=one((31, 17, 43)),
        differentiable=(),
        bad=[
            NOT_FLOAT,
            ((f(0),), "x must have elements along the reduced axes, got shape (0,)"),
            ((f(2, 2), (0, 1)), "axis must be one axis or None, got (0, 1)"),
        ],
    ),
]
