"""Softmax."""

from __future__ import annotations

import reference as r
from cases import case as c
from cases.case import Case, f, i, one, options
from mushin import ops

CANCELS = "beside a probability near 1 the gradient is the difference of two nearly equal numbers"
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
]
