"""THE table of ops: for each the function, a float64 reference, and inputs. test_cases.py drives everything from it.

The kernels that no op shows whole are in kernel_cases.py.
"""

from __future__ import annotations

from typing import Any

import numpy as np

import case as c
import reference as r
from case import Case, flags, ids, one, options, positive, real
from kernel_cases import KERNELS
from mushin import Tensor, ops


def f(*shape: int) -> Tensor:
    return Tensor(np.ones(shape, np.float32))


def d(*shape: int) -> Tensor:
    return Tensor(np.ones(shape, np.float64))


def i(*values: int) -> Tensor:
    return Tensor(np.array(values, np.int64))


def unary(name: str, function: Any, reference: Any, **more: Any) -> Case:
    names = f"{name}_forward {name}_backward"
    bad = [((i(1, 2),), "x must be float32 or float64, got int64")]
    return Case(name, function, reference, c.ELEMENTS, names, large=c.BIG, bad=bad, **more)


def binary(name: str, function: Any, reference: Any, **more: Any) -> Case:
    # The gradient of a sum is handed on as it is.
    names = "add_forward" if name == "add" else f"{name}_forward {name}_backward"
    bad = [
        ((f(2, 3), f(4)), "shapes must broadcast together, got a (2, 3) and b (4,)"),
        ((i(1), i(2)), "a must be float32 or float64, got int64"),
        ((i(1), [2]), "one operand must be floating-point, got int64 and int64"),
    ]
    return Case(name, function, reference, c.PAIRS, names, large=c.BIG_PAIRS, bad=bad, **more)


def many_operators(a: Any, b: Any) -> Any:
    return (2 - a) * b / 3 + 1 / (b * b + 1) - (-a) * 0.5


SIGNS = "the gradients of a divisor are large and of both signs, their sum is small"
OPS_IN_A_ROW = "eight ops, one after the other"
ELEMENTWISE = [
    unary("relu", ops.relu, r.ACTIVATIONS["relu"]),
    unary("sigmoid", ops.sigmoid, r.sigmoid),
    unary("tanh", ops.tanh, np.tanh),
    unary("exp", ops.exp, np.exp),
    unary("log", ops.log, np.log, inputs=[positive]),
    unary("sin", ops.sin, np.sin),
    unary("cos", ops.cos, np.cos),
    unary("erf", ops.erf, r.erf),
    unary("gelu", ops.gelu, r.gelu),
    unary("gelu_tanh", lambda x: ops.gelu(x, "tanh"), r.gelu_tanh),
    binary("add", ops.add, np.add),
    binary("sub", ops.sub, np.subtract),
    binary("mul", ops.mul, np.multiply),
    binary("div", ops.div, np.divide, factor=4, reason=SIGNS),
    binary("maximum", ops.maximum, np.maximum),
    binary("minimum", ops.minimum, np.minimum),
    unary("neg", ops.neg, np.negative),
    Case(
        "clip",
        ops.clip,
        lambda x, low, high: np.clip(x, low, high),
        c.ELEMENTS,
        "clip_forward clip_backward",
        settings=[{"low": -0.5, "high": 1.0}, {"low": -np.inf, "high": 0.2}, {"low": 1.0, "high": -0.5}],
        large=c.BIG,
        bad=[((i(1, 2), 0, 1), "x must be float32 or float64, got int64")],
    ),
    Case(
        "operators",
        many_operators,
        many_operators,
        c.PAIRS[:1],
        "add_forward sub_backward mul_backward div_backward",
        factor=4,
        reason=OPS_IN_A_ROW,
    ),
    Case(
        "dropout",
        ops.dropout,
        lambda x, p, training=True: r.dropout(x, p, (5, 0)) if training and p else x,
        c.ELEMENTS,
        "dropout_forward dropout_backward",
        settings=[{"p": 0.3}, {"p": 0.0}, {"p": 1.0}, {"p": 0.3, "training": False}],
        large=c.BIG,
        bad=[((f(2), 1.5), "p must be in [0, 1], got 1.5"), ((i(2), 0.5), "x must be float32 or float64, got int64")],
    ),
    Case(
        "cast",
        ops.cast,
        lambda x, dtype: x.astype(dtype),
        c.ELEMENTS,
        "copy",
        settings=[{"dtype": np.float64}],
        large=c.BIG,
        bad=[
            (
                (f(2), np.complex64),
                "dtype must be one of real numbers of at most 64 bits, got <class 'numpy.complex64'>",
            )
        ],
    ),
]

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

CANCELS = "beside a probability near 1 the gradient is the difference of two nearly equal numbers"
TWICE_ROUNDED = "the logarithm of the sum is rounded before it is multiplied by each of a row's probabilities"
LOSSES = options(reduction=["mean", "sum", "none"])
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
        "linear_without_bias",
        lambda x, weight: ops.linear(x, weight),
        r.linear,
        [shapes[:2] for shapes in c.LAYERS[:1] + c.LAYERS[-8:]],
        "gemm",
        length=c.longest_axis,
    ),
]

CASES = [*ELEMENTWISE, *REDUCTIONS, *NORMS, *SOFTMAX, *SHAPES, *PRODUCTS, *KERNELS]
