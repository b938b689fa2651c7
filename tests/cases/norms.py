"""Normalization."""

from __future__ import annotations

import reference as r
from cases import case as c
from cases.case import Case, d, f, i, one, options
from mushin import ops

NORMS = [
    Case(
        "layer_norm",
        lambda x, weight, bias: ops.layer_norm(x, x.shape[-1:], weight, bias),
        r.layer_norm,
        [((3, n), (n,), (n,)) for n in (5, *c.WIDTHS[2:], 67)] + [((0, 4), (4,), (4,)), ((2, 3, 7), (7,), (7,))],
        "layer_norm_forward layer_norm_backward",
        large=[((301, 257), (257,), (257,)), ((40000, 3), (3,), (3,))],
        length=lambda x, weight, bias: max(x),
        factor=4,
        reason="a centred row is divided by its own deviation, which is small in the shortest rows",
        bad=[
            ((f(2, 3), f(4), f(3)), "weight must have shape (3,), got (4,)"),
            ((f(2, 3), f(3), f(4)), "bias must have shape (3,), got (4,)"),
            ((f(2, 3), d(3), f(3)), "weight must be float32 as x, got float64"),
            ((i(1, 2), f(2), f(2)), "x must be float32 or float64, got int64"),
        ],
    ),
    Case(  # whose gradients are what cancellation leaves
        "layer_norm_of_one_and_two",
        lambda x, weight, bias: ops.layer_norm(x, x.shape[-1], weight, bias),
        r.layer_norm,
        [((3, n), (n,), (n,)) for n in (1, 2)],
        "layer_norm_forward",
        large=[((40000, 2), (2,), (2,))],
        differentiable=(),
    ),
    Case(
        "layer_norm_without_parameters",
        lambda x, axes: ops.layer_norm(x, x.shape[-axes:]),
        r.layer_norm_of_axes,
        one((3, 5, 7), (4, 2, 8)),
        "layer_norm_forward layer_norm_backward",
        settings=options(axes=[1, 2, 3]),
        length=lambda x: max(x),
    ),
]
