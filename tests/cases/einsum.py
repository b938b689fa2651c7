"""Products by the names of axes, and PyTorch's products."""

from __future__ import annotations

import numpy as np

from cases import case as c
from cases.case import Case, d, f
from mushin import ops


def length(*shapes: tuple[int, ...]) -> int:
    """No sum has more terms than all operands have elements together."""
    return int(np.prod([max(int(np.prod(shape)), 1) for shape in shapes]))


EINSUM = [
    Case(
        "einsum",  # other equations are in test_einsum.py
        lambda a, b, equation="ij,jk": ops.einsum(equation, a, b),
        lambda a, b, equation: np.einsum(equation, a, b),
        [((3, 4), (4, 5)), ((0, 4), (4, 37))],
        "gemm",
        settings=[{"equation": equation} for equation in ("ij,jk", "ij,jk->ki", "ij,jk->jki")],
        large=[((70, 60), (60, 80))],
        length=length,
        bad=[
            ((f(2, 3),) * 2, "axis j must have one length, got 3 and 2 in 'ij,jk'"),
            ((f(2, 3), f(3)), "operand of 'jk' must have as many axes, got shape (3,)"),
            ((f(2, 3), f(3, 2), "ij"), "operands must be 1 as in 'ij', got 2"),
        ],
    ),
    Case(
        "tensordot",
        ops.tensordot,
        lambda a, b, dims: np.tensordot(a, b, dims),
        [((3, 4, 5), (4, 5, 2)), ((0, 4, 5), (4, 5, 1))],
        "gemm",
        settings=[{"dims": 2}, {"dims": ((1, 2), (0, 1))}, {"dims": ([-1], [1])}, {"dims": 0}],
        length=length,
        bad=[
            ((f(2, 3), f(2, 3), 1), "dims must be axes of one length, got 1 of (2, 3) and (2, 3)"),
            ((f(2, 3), f(2), 2), "dims must be in [0, 1], got 2"),
            ((f(2), f(2), (0, 1, 2)), "dims must be a number or two lists of axes, got (0, 1, 2)"),
        ],
    ),
    Case(
        "mm",
        ops.mm,
        np.matmul,
        [((3, 4), (4, 5))],
        "gemm",
        length=c.longest_axis,
        bad=[
            ((f(2), f(2, 3)), "input must be a tensor of 2 axes, got shape (2,)"),
            ((f(2, 3), f(2, 3)), "a's last axis must be as long as b's last but one"),
        ],
    ),
    Case(
        "bmm",
        ops.bmm,
        np.matmul,
        [((2, 3, 4), (2, 4, 5)), ((0, 3, 4), (0, 4, 5))],
        "gemm",
        length=c.longest_axis,
        bad=[
            ((f(2, 3, 4), f(1, 4, 5)), "mat2 must have 2 matrices as input, got 1"),
            ((f(2, 3), f(2, 3, 4)), "input must be a tensor of 3 axes, got shape (2, 3)"),
            ((f(1, 2, 3), d(3, 2).array), "mat2 must be a tensor of 3 axes, got shape (3, 2)"),
        ],
    ),
    Case("mv", ops.mv, np.matmul, [((3, 4), (4,))], "gemm", length=c.longest_axis),
    Case("dot", ops.dot, np.dot, [((5,), (5,)), ((0,), (0,))], "gemm", length=c.longest_axis),
    Case(
        "inner",
        ops.inner,
        np.inner,
        [((2, 3, 4), (5, 4)), ((4,), (4,)), ((3, 4), (4,)), ((3, 2), ()), ((), (3,))],
        "gemm",
        length=length,
        bad=[((f(2, 3), f(2)), "other must have a last axis of 3, got (2,)")],
    ),
    Case(
        "outer",
        ops.outer,
        np.outer,
        [((3,), (4,)), ((1,), (37,)), ((0,), (2,))],
        "mul_forward",
        length=c.longest_axis,
        bad=[((f(2, 3), f(2)), "input must be a tensor of 1 axes, got shape (2, 3)")],
    ),
    Case(
        "addmm",
        ops.addmm,
        lambda x, a, b, beta, alpha: beta * x + alpha * (a @ b),
        [((3, 5), (3, 4), (4, 5)), ((5,), (3, 4), (4, 5)), ((3, 1), (3, 4), (4, 5))],
        "gemm",
        settings=[{"beta": 1, "alpha": 1}, {"beta": 0.5, "alpha": -2}],
        length=length,
        bad=[((f(2, 2, 2), f(2, 3), f(3, 2)), "input must broadcast to shape (2, 2), got (2, 2, 2)")],
    ),
    Case(
        "baddbmm",
        ops.baddbmm,
        lambda x, a, b, beta, alpha: beta * x + alpha * (a @ b),
        [((2, 3, 5), (2, 3, 4), (2, 4, 5)), ((1, 3, 1), (2, 3, 4), (2, 4, 5))],
        "gemm",
        settings=[{"beta": 1, "alpha": 1}, {"beta": 0.5, "alpha": -2}],
        length=length,
    ),
]
