"""What goes along an axis or orders it: cumulative sums, products and extremes, sorting; ids as rows."""

from __future__ import annotations

from typing import Any

import numpy as np

import reference as r
from cases import case as c
from cases.case import Case, f, flags, i, ids, one, options, real, whole, with_zeros
from cases.reductions import HALF, NOT_REAL
from mushin import ops

ALONG = options(axis=[0, 1, 2, -1])
ORDERED = options(axis=[0, 1, -1], **flags("descending"))
OUT_OF_RANGE = "axis must be in [-2, 2), got 2"
# Across the lengths at which rows are sorted by other means, and the runs of each.
ROWS = one(*((3, n) for n in [1, 2, 15, 16, 17, 31, 33, 50, 100, 1023, 1024, 1500]), (0, 5))
LONG_ROWS = one((40, 700), (5, 5000))


def repeated(rng: np.random.Generator, shape: tuple[int, ...], shapes: Any) -> np.ndarray:
    """Few different numbers, both zeros and infinities among them."""
    return rng.choice([-1e30, -2.0, -0.5, -0.0, 0.0, 0.5, 1.0, np.inf, -np.inf, 1e-30], shape)


def places_in_sequences(sequence: np.ndarray, values: np.ndarray, right: bool) -> np.ndarray:
    side = "right" if right else "left"
    if sequence.ndim == 1:
        return np.asarray(np.searchsorted(np.sort(sequence), values, side))
    rows = zip(np.sort(sequence).reshape(-1, sequence.shape[-1]), values.reshape(-1, values.shape[-1]))
    return np.array([np.searchsorted(*row, side) for row in rows]).reshape(values.shape)


def cases_of(name: str, function: Any, reference: Any, kernels: str, bad: Any, **more: Any) -> list[Case]:
    """An op along one axis, of a few elements and of enough for several threads."""
    settings = more.pop("settings", ALONG)
    last = {**settings[-1], "axis": -1}
    return [
        Case(name, function, reference, c.LINES, kernels, settings=settings, bad=bad, **more),
        Case(
            f"{name}_of_rows",
            lambda x: function(x, **last),
            lambda x: reference(x, **last),
            ROWS,
            kernels,
            large=LONG_ROWS,
            **more,
        ),
    ]


def scan(name: str, function: Any, reference: Any, kernels: str, make: Any, large: Any) -> Case:
    return Case(
        name,
        function,
        reference,
        one((3, 5, 7), (1, 1, 1), (2, 0, 3), (4, 1, 300)),
        kernels,
        inputs=[make],
        settings=ALONG,
        large=large,
        length=c.longest_axis,
        bad=[((f(2, 3), 2), OUT_OF_RANGE), ((HALF, 0), "x must be float32 or float64, got float16")],
    )


SCANS = [
    scan("cumsum", ops.cumsum, np.cumsum, "cumsum", real, one((31, 17, 43), (2, 30011, 1), (1, 700, 300))),
    scan("cumprod", ops.cumprod, np.cumprod, "cumprod_forward cumprod_backward", with_zeros, c.LARGE_LINES),
    Case(
        "cumprod_without_zeros",
        lambda x: ops.cumprod(x, 1),
        lambda x: np.cumprod(x, 1),
        c.ROWS[:34],
        "cumprod_forward cumprod_backward",
        length=c.longest_axis,
    ),
    Case(
        "cumsum_of_integers",
        ops.cumsum,
        lambda x, axis: np.cumsum(x, axis, dtype=np.int64),
        one((3, 5, 7), *((2, 3, n) for n in range(1, 10))),
        "cumsum_of_integers",
        inputs=[whole()],
        settings=ALONG,
        large=one((31, 17, 43), (2, 30011, 1)),
        differentiable=(),
    ),
]
SORTS = [
    *cases_of(
        "sort",
        ops.sort,
        lambda x, axis, descending: r.first_in_order(x, x.shape[axis], axis, descending),
        "sort put_back",
        [((HALF,), NOT_REAL[1]), ((f(2, 3), 2), OUT_OF_RANGE), ((f(2), 0.5), "axis must be an integer, got float")],
        settings=ORDERED,
    ),
    *cases_of(
        "argsort",
        ops.argsort,
        r.places_in_order,
        "sort",
        [((HALF,), NOT_REAL[1]), ((f(2, 3), 2), OUT_OF_RANGE)],
        settings=ORDERED,
        differentiable=(),
    ),
    Case(
        "sort_of_repeated",
        lambda x, descending: ops.sort(x, -1, descending),
        lambda x, descending: r.first_in_order(x, x.shape[-1], -1, descending),
        ROWS[:-1],
        "sort",
        inputs=[repeated],
        settings=options(**flags("descending")),
        large=LONG_ROWS,
        differentiable=(),
    ),
    Case(
        "sort_of_integers",
        lambda x, descending: ops.sort(x, -1, descending),
        lambda x, descending: r.first_in_order(x, x.shape[-1], -1, descending),
        [*ROWS[:-1], *(((2, n),) for n in range(1, 10))],
        "sort",
        inputs=[whole()],
        settings=options(**flags("descending")),
        large=LONG_ROWS,
        differentiable=(),
    ),
    Case(
        "topk",
        ops.topk,
        lambda x, k, axis, largest: r.first_in_order(x, k, axis, largest),
        one((3, 5, 7), (4, 3, 9)),
        "sort put_back",
        settings=options(k=[1, 3, 0], axis=[0, 1, -1], **flags("largest"))[:-2],
        bad=[
            ((f(2, 3), 4), "k must be in [0, 3], got 4"),
            ((f(2, 3), -1), "k must be in [0, 3], got -1"),
            ((f(2, 3), 1.0), "k must be an integer, got float"),
            ((HALF, 1), NOT_REAL[1]),
        ],
    ),
    Case(
        "topk_of_rows",
        ops.topk,
        lambda x, k, largest: r.first_in_order(x, k, -1, largest),
        one((3, 50), (2, 1500), (2, 5000)),
        "sort put_back",
        settings=options(k=[1, 40], **flags("largest")),
        large=one((5, 9001)),
    ),
    Case(
        "kthvalue",
        ops.kthvalue,
        lambda x, k, axis, keepdims: tuple(
            part if keepdims else part.squeeze(axis)
            for part in (part.take([k - 1], axis) for part in r.first_in_order(x, k, axis))
        ),
        one((3, 5, 7), (4, 3, 9)),
        "kth_value put_back",
        settings=options(k=[1, 3], axis=[0, 1, -1], **flags("keepdims")),
        large=[((31, 17, 430),)],
        bad=[
            ((f(2, 3), 4), "k must be in [1, 3], got 4"),
            ((f(2, 3), 0), "k must be in [1, 3], got 0"),
            ((f(2, 3), 1.0), "k must be an integer, got float"),
        ],
    ),
    Case(
        "median_with_indices",
        ops.median_with_indices,
        r.median,
        one((3, 5, 7), (4, 3, 6), (3, 4, 5000)),
        "kth_value put_back",
        settings=options(axis=[0, 1, -1], **flags("keepdims")),
        large=[((31, 17, 430),)],
        bad=[((f(2, 0),), "[median] x must have elements along the reduced axes, got shape (2, 0)")],
    ),
    Case(
        "median",
        ops.median,
        lambda x: r.median(x.reshape(-1))[0],
        one((3, 5, 7), (), (4,), (1, 1)),
        "kth_value share_among_equals",
        large=one((300, 301)),
        bad=[((f(0),), "x must have elements along the reduced axes, got shape (0,)"), NOT_REAL],
    ),
    *(
        Case(
            f"searchsorted{name}",
            lambda sequence, values, right: ops.searchsorted(ops.sort(sequence).values, values, right=right),
            places_in_sequences,
            shapes,
            "searchsorted",
            inputs=inputs,
            settings=options(**flags("right")),
            large=[((700,), (9, 5000))],
            differentiable=(),
            bad=bad,
        )
        for name, shapes, inputs, bad in [
            (
                "",
                [((9,), (3, 4)), ((7,), ()), ((0,), (3,)), ((2, 5), (2, 3)), ((2, 3, 5), (2, 3, 1)), ((1,), (0,))],
                [repeated, repeated],
                [
                    ((f(2, 3), f(3, 3), True), "sorted_sequence must have shape (n,) or (3, 'n'), got (2, 3)"),
                    ((f(2, 3), HALF, True), "input must be float32, float64, bool or integer, got float16"),
                ],
            ),
            ("_of_integers", [((9,), (3, 4)), ((7,), (5,)), ((8,), (2, 3))], [whole(), whole()], []),
        ]
    ),
    Case(
        "one_hot",
        ops.one_hot,
        lambda ids, num_classes: (ids[..., None] == np.arange(num_classes)).astype(np.int64),
        one((7,), (2, 3), (2, 1, 4)),
        "one_hot",
        inputs=[ids(0, dtypes="qBi")],
        settings=options(num_classes=[7, 9]),
        large=one((5, 9001)),
        differentiable=(),
        bad=[
            ((i(0, 3), 3), "tensor must be in [0, 3), got 3 at position 1"),
            ((i(0, -1),), "tensor must hold no negative ids, got -1"),
            ((i(0), -2), "num_classes must be -1 or not negative, got -2"),
            ((i(),), "num_classes must be given for no ids, got -1"),
            ((i(0), 1.0), "num_classes must be an integer, got float"),
            ((f(2), 3), "tensor must hold integers, the ids of classes, got float32"),
        ],
    ),
]


def so_far(function: Any, beats: Any) -> Any:
    def reference(x: np.ndarray, axis: int) -> tuple[np.ndarray, np.ndarray]:
        values = function.accumulate(x, axis)
        rows, best = np.moveaxis(x, axis, 0), np.zeros(np.moveaxis(x, axis, 0).shape, np.int64)
        for k in range(1, len(rows)):
            before = np.take_along_axis(rows, best[k - 1 : k], 0)[0]
            best[k] = np.where(beats(rows[k], before) | np.isnan(rows[k]), k, best[k - 1])
        return values, np.moveaxis(best, 0, axis)

    return reference


RUNNING = [
    case
    for name, function, reference in [
        ("cummax", ops.cummax, so_far(np.maximum, np.greater_equal)),
        ("cummin", ops.cummin, so_far(np.minimum, np.less_equal)),
    ]
    for case in [
        Case(
            name,
            function,
            reference,
            one((3, 5, 7), (1, 1, 1), (4, 1, 300)),
            "cumulative_extreme scatter_add",
            settings=ALONG,
            large=one((31, 17, 43)),
            length=c.longest_axis,
            bad=[((f(2, 3), 2), OUT_OF_RANGE)],
        ),
        Case(
            f"{name}_of_integers",
            function,
            reference,
            one((3, 5), *((2, n) for n in range(1, 10))),
            "cumulative_extreme",
            inputs=[c.whole()],
            settings=options(axis=[0, 1]),
            differentiable=(),
        ),
    ]
]
ORDERS = [*SCANS, *RUNNING, *SORTS]
