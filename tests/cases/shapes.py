"""Ops that change how memory is looked at, and indexing."""

from __future__ import annotations

import numpy as np

from cases import case as c
from cases.case import Case, f, i, ids, one, options, real
from mushin import ops

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
        lambda x, dims: x.transpose(dims),
        one((2, 3, 4), (0, 1, 5)),
        "",
        settings=options(dims=[(0, 1, 2), (2, 0, 1), (1, 0, 2), (-1, -2, -3)]),
        bad=[((f(2, 3), (0, 0)), "dims must name each of 2 axes once, got (0, 0)")],
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
    Case(
        "expand",
        ops.expand,
        lambda x, sizes: np.broadcast_to(x, [n if n >= 0 else m for n, m in zip(sizes, (0, 0, 3, 1)[-len(sizes) :])]),
        one((3, 1)),
        "",
        settings=options(sizes=[(3, 1), (3, 5), (-1, 4), (2, 3, 4), (2, 2, -1, -1), (0, 3, 1)]),
        bad=[
            ((f(2, 3), (3,)), "(2, 3) must broadcast to the shape, got (3,)"),
            ((f(2, 3), (4, 3)), "(2, 3) must broadcast to the shape, got (4, 3)"),
            ((f(3), (-1, 3)), "(3,) must broadcast to the shape, got (-1, 3)"),
            ((f(1), (2.5,)), "shape must be made of integers, got (2.5,)"),
        ],
    ),
    Case(
        "broadcast_to",
        lambda x, shape: ops.broadcast_to(x, shape),
        np.broadcast_to,
        one((4, 1, 3), (1, 1)),
        "",
        settings=options(shape=[(4, 5, 3), (2, 4, 1, 3)]),
        bad=[((f(2), (3,)), "(2,) must broadcast to the shape, got (3,)")],
    ),
    Case(
        "squeeze",
        ops.squeeze,
        lambda x, dim: x.reshape({None: (3, 5), 0: (3, 1, 5), -2: (1, 3, 5), 1: (1, 3, 1, 5), (0, 2): (3, 5)}[dim]),
        one((1, 3, 1, 5)),
        "",
        settings=options(dim=[None, 0, -2, 1, (0, 2)]),
        bad=[
            ((f(1), 1), "axis must be in [-1, 1), got 1"),
            ((f(1, 1), (0, -2)), "axis must name each axis once, got (0, -2)"),
        ],
    ),
    Case(
        "unsqueeze",
        lambda x, axis: ops.unsqueeze(x, axis),
        np.expand_dims,
        one((3, 5), (), (0,)),
        "",
        settings=[{"axis": 0}, {"axis": -1}],
        bad=[((f(2), 2), "axis must be in [-2, 2), got 2")],
    ),
    Case(
        "unflatten",
        ops.unflatten,
        lambda x, dim, sizes: x.reshape(2, *np.empty(12).reshape(sizes).shape, 5),
        one((2, 12, 5)),
        "",
        settings=options(dim=[1, -2], sizes=[(3, 4), (2, -1, 3), (12,)]),
        bad=[
            ((f(2, 6), 1, (4, 2)), "sizes must hold 6 elements as axis 1 does, got (4, 2)"),
            ((f(2, 6), 1, (1.5, 4)), "shape must be made of integers, got (1.5, 4)"),
        ],
    ),
    Case(
        "movedim",
        ops.movedim,
        np.moveaxis,
        one((2, 3, 4)),
        "",
        settings=[{"source": 0, "destination": -1}, {"source": (2, 0), "destination": (0, 1)}],
        bad=[((f(2, 3), (0, 1), 0), "source and destination must name as many axes, got (0, 1) and 0")],
    ),
    Case(
        "narrow",
        ops.narrow,
        lambda x, dim, start, length: x.take(range(start, start + length), dim),
        one((5, 6)),
        "fill copy",
        settings=options(dim=[0, -1], start=[0, 2], length=[0, 3]),
        bad=[
            ((f(3), 0, 4, 0), "start must be in [-3, 3], got 4"),
            ((f(3), 0, -2, 3), "length must be in [0, 2] from start -2 on, got 3"),
            ((f(3), 0, 0.5, 3), "start must be an integer, got float"),
        ],
    ),
    Case(
        "select",
        ops.select,
        lambda x, dim, index: x.take(index, dim),
        one((3, 4, 5)),
        "fill copy",
        settings=options(dim=[0, 1, -1], index=[0, -1]),
        bad=[
            ((f(3), 0, 3), "index must be in [-3, 3), got 3"),
            ((f(3), 0, None), "index must be an integer, got None"),
        ],
    ),
    Case(
        "diagonal",
        ops.diagonal,
        lambda x, offset, dim1, dim2: np.diagonal(x, offset, dim1, dim2),
        one((3, 4, 5), (0, 2, 3)),
        "fill copy",
        settings=options(offset=[0, 1, -2, 9], dim1=[0, -1], dim2=[1]),
        bad=[((f(2, 2), 0, 1, -1), "dim1 and dim2 must be two axes, got 1 and -1")],
    ),
]
