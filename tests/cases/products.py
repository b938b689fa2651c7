"""Products of matrices."""

from __future__ import annotations

import numpy as np

import reference as r
from cases import case as c
from cases.case import Case, d, f, i, options
from mushin import ops
from mushin.nn import functional

PRODUCTS = [
    Case(
        "matmul",
        ops.matmul,
        np.matmul,
        c.MATRICES,
        "gemm",
        large=[
            ((131, 70), (70, 97)),
            ((300, 7, 9), (9, 11)),
            ((3, 61, 300), (3, 300, 70)),
            ((2, 700), (700, 1050)),
            ((1, 70), (70, 8201)),  # rows of b longer than one walk through them takes
            ((3, 300), (300, 2731)),
            ((12, 300), (300, 2049)),  # few rows, and a b that the caches do not hold
        ],
        length=c.longest_axis,
        bad=[
            ((f(2, 3), f(4, 5)), "a's last axis must be as long as b's last but one, got shapes (2, 3) and (4, 5)"),
            ((f(2, 2, 3), f(4, 3, 5)), "batch axes must broadcast together, got shapes (2, 2, 3) and (4, 3, 5)"),
            ((f(), f(2)), "a and b must have at least one axis, got shapes () and (2,)"),
            ((i(1, 2), i(3, 4)), "a and b must be float32 or float64, got int64"),
        ],
    ),
    Case(
        "linear",
        ops.linear,
        r.linear,
        c.LAYERS,
        "gemm reduce_sum",
        settings=options(activation=[None, "relu", "sigmoid", "tanh"]),
        large=[((130, 70), (301, 70), (301,)), ((40, 301), (97, 301), (97,))],
        length=c.longest_axis,
        factor=2,
        reason="an activation bounds its result, but not the error of the long sum in it",
        bad=[
            ((f(2, 3), f(4, 5)), "x must have shape (..., 5) for a weight of shape (4, 5), got (2, 3)"),
            ((f(2, 3), f(4, 3), f(3)), "bias must have shape (4,), got (3,)"),
            ((f(2, 3), d(4, 3)), "x is float32 and weight float64: convert one, with x.double() or model.float()"),
            ((f(2, 3), f(4, 3), None, "gelu"), "activation must be None, 'relu', 'sigmoid' or 'tanh', got 'gelu'"),
            ((f(), f(4, 3)), "x must have shape (..., 3)"),
            ((i(1, 2, 3), f(4, 3)), "x must be float32 or float64, got int64"),
        ],
    ),
    Case(
        "bilinear",
        functional.bilinear,
        r.bilinear,
        [
            ((4, 5), (4, 3), (6, 5, 3), (6,)),
            ((2, 3, 5), (2, 3, 4), (7, 5, 4), (7,)),
            ((5,), (3,), (2, 5, 3), (2,)),
            ((9, 33), (9, 17), (5, 33, 17), (5,)),
            *[((0, 2), (0, 3), (4, 2, 3), (4,)), ((2, 1), (2, 1), (1, 1, 1), (1,)), ((2, 0), (2, 3), (4, 0, 3), (4,))],
        ],
        "gemm add_forward reduce_sum",
        large=[((60, 30), (60, 40), (25, 30, 40), (25,))],
        length=lambda a, b, weight, bias: max(int(np.prod(weight[1:])), int(np.prod(a[:-1])), weight[0] * weight[1]),
        bad=[
            (
                (f(2, 3), f(2, 4), f(5, 3)),
                "weight must have shape (out_features, in1_features, in2_features), got (5,",
            ),
            ((f(2, 2), f(2, 4), f(5, 3, 4)), "input1 must have shape (2, 3), got (2, 2)"),
            ((f(2, 3), f(3, 4), f(5, 3, 4)), "input2 must have shape (2, 4), got (3, 4)"),
            ((f(2, 3), f(2, 4), f(5, 3, 4), f(4)), "bias must have shape (5,), got (4,)"),
            ((f(2, 3), d(2, 4), f(5, 3, 4)), "input2 must be float32 as input1 is, got float64"),
            ((i(1, 2, 3), f(4), f(5, 3, 4)), "input1 must be float32 or float64, got int64"),
        ],
    ),
    Case(
        "linear_without_bias",
        lambda x, weight: ops.linear(x, weight),
        r.linear,
        [shapes[:2] for shapes in c.LAYERS[:1] + c.LAYERS[-8:]],
        "gemm",
        length=c.longest_axis,
    ),
]
