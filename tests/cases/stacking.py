"""Diagonals and blocks; tensors stacked, split and turned."""

from __future__ import annotations

from typing import Any

import numpy as np

from cases.case import Case, f, one, options
from mushin import ops


def diag_embed(x: np.ndarray, offset: int, dim1: int, dim2: int) -> np.ndarray:
    n = x.shape[-1] + abs(offset)
    y = np.zeros((*x.shape[:-1], n, n))
    rows = np.arange(x.shape[-1]) + max(-offset, 0)
    y[..., rows, rows + offset] = x
    return np.moveaxis(y, (-2, -1), (dim1, dim2))


def block_diag(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    a, b = np.atleast_2d(a), np.atleast_2d(b)
    return np.block([[a, np.zeros((len(a), b.shape[1]))], [np.zeros((len(b), a.shape[1])), b]])


DIAGONALS = [
    Case(
        "diag_embed",
        ops.diag_embed,
        diag_embed,
        one((2, 3, 4), (5,), (0, 2)),
        "copy",
        settings=[
            {"offset": offset, "dim1": dim1, "dim2": dim2}
            for offset in (0, 2, -1)
            for dim1, dim2 in ((-2, -1), (0, -1), (-1, 0))
        ],
        bad=[((f(),), "input must have shape (..., n), got ()"), ((f(2), 0.5), "offset must be an integer, got float")],
    ),
    Case(
        "diag",
        ops.diag,
        np.diag,
        one((4, 5), (3,), (3, 0)),
        "",
        settings=[{}],
        bad=[((f(2, 2, 2),), "input must have shape (n,) or (m, n), got (2, 2, 2)")],
    ),
    Case("diag_beside", lambda x: ops.diag(x, -1), lambda x: np.diag(x, -1), one((4, 5), (3,)), ""),
    Case("diagflat", ops.diagflat, np.diagflat, one((2, 3), (4,), ()), "copy"),
    Case(
        "trace",
        ops.trace,
        np.trace,
        one((4, 5), (5, 3), (1, 1)),
        "reduce_sum",
        bad=[((f(2),), "input must have shape (m, n), got (2,)")],
    ),
    Case(
        "block_diag",
        ops.block_diag,
        block_diag,
        [((2, 3), (4, 1)), ((3,), ()), ((2, 2), (1, 3))],
        "copy",
        bad=[((f(1, 1, 1),), "tensors must have at most two axes, got shape (1, 1, 1)")],
    ),
]


def of_list(function: Any) -> Any:
    return lambda a, b: function([a, b])


def windows(x: np.ndarray, axis: int, size: int, step: int) -> np.ndarray:
    taken = np.lib.stride_tricks.sliding_window_view(x, size, axis)
    return taken[tuple(slice(None, None, step) if k == axis % x.ndim else slice(None) for k in range(x.ndim))]


PIECES = [
    *(
        Case(name, getattr(ops, name), getattr(np, name), one((2, 3, 4), (2, 3), (3,), (), (2, 2, 2, 2)), "")
        for name in ("atleast_1d", "atleast_2d", "atleast_3d")
    ),
    Case(
        "broadcast_tensors",
        ops.broadcast_tensors,
        lambda a, b: tuple(np.broadcast_arrays(a, b)),
        [((3, 1), (4,)), ((2, 3), (2, 3)), ((), (2,))],
        "",
        differentiable=(0,),
        bad=[((f(2), f(3)), "shapes must broadcast together, got ((2,), (3,))")],
    ),
    Case("dstack", of_list(ops.dstack), of_list(np.dstack), [((2, 3), (2, 3)), ((3,), (3,)), ((), ())], "copy"),
    Case("column_stack", of_list(ops.column_stack), of_list(np.column_stack), [((3, 2), (3,)), ((4,), (4,))], "copy"),
    *(
        Case(
            name,
            lambda x, parts, name=name: getattr(ops, name)(x, parts),
            lambda x, parts, name=name: tuple(getattr(np, name)(x, parts)),
            one((6, 3, 6) if name == "vsplit" else (2, 6, 3) if name == "hsplit" else (2, 3, 6)),
            "",
            settings=options(parts=[1, 3, (2, 5)]),
            bad=[
                ((f(4, 4, 4), 3), "indices_or_sections must divide 4, the axis' length, got 3"),
                ((f(), 1), "input must"),
            ],
        )
        for name in ("hsplit", "vsplit", "dsplit")
    ),
    Case(
        "fliplr",
        ops.fliplr,
        np.fliplr,
        one((3, 4), (2, 3, 2)),
        "copy",
        bad=[((f(2),), "input must have at least 2 axes")],
    ),
    Case("flipud", ops.flipud, np.flipud, one((3, 4), (5,)), "copy", bad=[((f(),), "input must have at least 1 axis")]),
    Case(
        "rot90",
        ops.rot90,
        np.rot90,
        one((3, 4, 5)),
        "copy",
        settings=[{"k": k} for k in range(-2, 5)],
        bad=[
            ((f(2, 2), 1, (0,)), "dims must be two axes, got (0,)"),
            ((f(2, 2), 0.5), "k must be an integer, got float"),
        ],
    ),
    Case("rot90_of_axes", lambda x: ops.rot90(x, 1, (2, 0)), lambda x: np.rot90(x, 1, (2, 0)), one((3, 4, 5)), "copy"),
    Case(
        "unfold",
        lambda x, axis, size, step: ops.unfold(x, axis, size, step),
        windows,
        one((7, 8), (4, 5)),
        "gather scatter_add",
        settings=options(axis=[0, -1], size=[1, 3], step=[1, 2, 5]),
        bad=[
            ((f(3), 0, 4, 1), "size must be in [0, 3], got 4"),
            ((f(3), 0, 1, 0), "step must be positive, got 0"),
        ],
    ),
]
STACKING = [*DIAGONALS, *PIECES]
