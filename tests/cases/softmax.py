"""Softmax, and the losses that contain one."""

from __future__ import annotations

import numpy as np

import reference as r
from cases import case as c
from cases.case import Case, d, f, i, ids, one, options, positive, real
from mushin import Tensor, ops

CANCELS = "beside a probability near 1 the gradient is the difference of two nearly equal numbers"
TWICE_ROUNDED = "the logarithm of the sum is rounded before it is multiplied by each of a row's probabilities"
LOSSES = options(reduction=["mean", "sum", "none"])
SOFTMAX = [
    Case(
        "softmax",
        ops.softmax,
        r.softmax,
        c.ROWS,
        "softmax_forward softmax_backward",
        # The last two go past the caches: bursts of 128 that are not full, rows that fill no vector.
        large=one((2000, 33), (3, 20011), (4200, 1001), (33026, 127)),
        length=c.longest_axis,
        factor=4,
        reason=CANCELS,
        bad=[((f(2), 1), "axis must be in [-1, 1), got 1"), ((i(1),), "x must be float32 or float64, got int64")],
    ),
    Case(
        "softmax_over_axes",
        ops.softmax,
        r.softmax,
        one((3, 5, 7), (4, 0, 2)),
        "softmax_forward softmax_backward",
        settings=options(axis=[0, 1, 2, -2]),
        length=c.longest_axis,
        factor=4,
        reason=CANCELS,
    ),
    Case(
        "log_softmax",
        ops.log_softmax,
        r.log_softmax,
        c.ROWS,
        "log_softmax_forward log_softmax_backward",
        large=one((2000, 33), (3, 20011), (4200, 1001)),
        length=c.longest_axis,
        factor=4,
        reason=CANCELS,
        bad=[((f(2), 1), "axis must be in [-1, 1), got 1"), ((i(1),), "x must be float32 or float64, got int64")],
    ),
    Case(
        "log_softmax_over_axes",
        ops.log_softmax,
        r.log_softmax,
        one((3, 5, 7), (4, 0, 2)),
        "log_softmax_forward log_softmax_backward",
        settings=options(axis=[0, 1, 2, -2]),
        length=c.longest_axis,
        factor=4,
        reason=CANCELS,
    ),
    Case(
        "cross_entropy",
        ops.cross_entropy,
        r.cross_entropy,
        c.ROWS_AND_IDS,
        "cross_entropy_forward cross_entropy_backward",
        inputs=[real, ids(1)],
        settings=LOSSES,
        large=[((2000, 33), (2000,))],
        differentiable=(0,),
        length=c.longest_axis,
        bad=[
            ((f(2, 3), i(0, 3)), "target must be in [0, 3), got 3 at position 1"),
            ((f(2, 3), i(0, -1)), "target must be in [0, 3), got -1 at position 1"),
            ((f(2, 3), i(0)), "target must have shape (2,), got (1,)"),
            ((f(2, 3), f(2, 1)), "target must have shape (2, 3), got (2, 1)"),
            ((f(2, 3), d(2, 3)), "target must be float32 as logits, got float64"),
            ((f(1, 3), np.array([True])), "target must hold integers, the ids of classes, got bool"),
            ((f(1, 3), Tensor(np.ones((1, 3), "f"), requires_grad=True)), "target must not require a gradient"),
            ((f(), i(0)), "logits must have a class axis, got shape ()"),
            ((f(1, 2), i(0), "avg"), "reduction must be 'none', 'mean' or 'sum', got 'avg'"),
        ],
    ),
    Case(
        "cross_entropy_with_ignored_rows",
        ops.cross_entropy,
        r.cross_entropy,
        [((5, 4), (5,)), ((3, 5, 4), (3, 4))],
        "cross_entropy_forward cross_entropy_backward",
        inputs=[real, ids(1, ignored=2)],
        settings=options(reduction=["mean", "sum", "none"], ignore_index=[2]),
        differentiable=(0,),
        length=c.longest_axis,
    ),
    Case(
        "cross_entropy_with_ids_of_any_dtype",
        ops.cross_entropy,
        r.cross_entropy,
        [((rows, 4), (rows,)) for rows in range(2, 10)],
        "cross_entropy_forward copy",
        inputs=[real, ids(1, dtypes="bBhHiIqQ")],
        differentiable=(0,),
        length=c.longest_axis,
    ),
    Case(
        "cross_entropy_with_rows",
        ops.cross_entropy,
        r.cross_entropy_rows,
        c.ROWS_AND_ROWS,
        "cross_entropy_rows_forward cross_entropy_rows_backward",
        inputs=[real, positive],
        settings=LOSSES,
        large=[((2000, 33), (2000, 33))],
        differentiable=(0,),
        length=c.longest_axis,
        factor=2,
        reason=TWICE_ROUNDED,
    ),
]
