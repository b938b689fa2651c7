"""Ops that change how memory is looked at, and indexing."""

from __future__ import annotations

import numpy as np

from cases import case as c
from cases.case import Case, f, i, ids, one, options, real
from mushin import ops

PARTS = [1, -1, slice(1, None, 2), (slice(None), -1), (None, 2, ...), (..., slice(None, None, -1)), (1, 2, 3), ()]
NOT_AN_INDEX = "index must be made of integers, slices, None and ..., got"
NO_VIEW = "a tensor of shape (3, 2) and strides (4, 12) cannot be viewed as (6,); use reshape"
SHAPES = [
    Case(
        "gather_rows",
        ops.gather_rows,
        lambda table, ids: table[ids],
        c.TABLES_AND_IDS,
        "gather_rows scatter_add_rows",
        inputs=[real, ids(0, dtypes="qBi")],
        large=[((1000, 131), (700,))],
        differentiable=(0,),
        length=lambda table, ids: int(np.prod(ids)),
        bad=[
            ((f(3, 2), i(0, 3)), "ids must be in [0, 3), got 3 at position 1"),
            ((f(3, 2), i(-1)), "ids must be in [0, 3), got -1 at position 0"),
            ((f(3, 2), f(2)), "ids must hold integers, got float32"),
            ((f(), i(0)), "table must have shape (v, ...), got ()"),
        ],
    ),
    Case(
        "getitem",
        ops.getitem,
        lambda x, index: x[index],
        one((4, 5, 6)),
        "copy fill",
        settings=options(index=[*PARTS, slice(2, 2)]),
        bad=[
            ((f(2), 2), "index 2 is out of bounds"),
            ((f(2), (0, 0)), "too many indices"),
            ((f(2), [0, 1]), f"{NOT_AN_INDEX} list"),
            ((f(2), True), f"{NOT_AN_INDEX} bool"),
        ],
    ),
    Case(
        "reshape",
        ops.reshape,
        np.reshape,
        one((4, 6)),
        "",
        settings=options(shape=[(24,), (2, -1), (3, 8), (4, 6), (1, 4, 1, 6)]),
        bad=[((f(2, 3), (4, 2)), "shape must hold 6 elements as (2, 3) does, got (4, 2)")],
    ),
    Case(
        "view",  # axes are only split: the memory of every layout allows it
        ops.view,
        np.reshape,
        one((4, 6)),
        "",
        settings=options(shape=[(4, 6), (2, 2, 6), (4, 3, 2), (1, 4, 6), (4, -1, 2)]),
        bad=[
            ((f(2, 3), (4, 2)), "shape must hold 6 elements as (2, 3) does, got (4, 2)"),
            ((f(2, 3).T, (6,)), NO_VIEW),
        ],
    ),
    Case(
        "flatten",
        ops.flatten,
        lambda x, start_dim, end_dim: x.reshape(*x.shape[:start_dim], -1, *x.shape[3 + end_dim + 1 :]),
        one((2, 3, 4)),
        "",
        settings=options(start_dim=[0, 1], end_dim=[-1, -2]),
        bad=[
            ((f(2, 3), 1, 0), "start_dim must not come after end_dim, got 1 and 0"),
            ((f(2, 3), 2), "axis must be in [-2, 2), got 2"),
        ],
    ),
    Case(
        "permute",
        ops.permute,
        lambda x, order: x.transpose(order),
        one((2, 3, 4), (0, 1, 5)),
        "",
        settings=options(order=[(0, 1, 2), (2, 0, 1), (1, 0, 2), (-1, -2, -3)]),
        bad=[((f(2, 3), (0, 0)), "order must name each of 2 axes once, got (0, 0)")],
    ),
    Case(
        "transpose",
        ops.transpose,
        lambda x, dim0, dim1: x.swapaxes(dim0, dim1),
        one((2, 3, 4)),
        "",
        settings=options(dim0=[0, -1], dim1=[1, 2]),
        bad=[((f(2, 3), 0, 2), "axis must be in [-2, 2), got 2")],
    ),
]
