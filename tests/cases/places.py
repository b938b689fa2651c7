"""Elements overwritten at places."""

from __future__ import annotations

from typing import Any

import numpy as np

from cases import case as c
from cases.case import Case, d, f, few, i, options, real
from cases.indexing import mask
from mushin import ops


def places(axis: int) -> Any:
    """Different places along an axis of the first input."""

    def make(rng: np.random.Generator, shape: c.Shape, shapes: Any) -> np.ndarray:
        return rng.permutation(shapes[0][axis])[: shape[0]]

    return make


def index_copy(x: np.ndarray, ids: np.ndarray, source: np.ndarray) -> np.ndarray:
    y = x.copy()
    y[:, ids] = source
    return y


def index_fill(x: np.ndarray, ids: np.ndarray, value: np.ndarray) -> np.ndarray:
    y = x.copy()
    y[:, ids] = value
    return y


def masked_scatter(x: np.ndarray, where: np.ndarray, source: np.ndarray) -> np.ndarray:
    y = x.copy()
    where = np.broadcast_to(where, x.shape)
    y[where] = source.reshape(-1)[: where.sum()]
    return y


def put(x: np.ndarray, ids: np.ndarray, source: np.ndarray, accumulate: bool) -> np.ndarray:
    y = x.copy().reshape(-1)
    if accumulate:
        np.add.at(y, ids, source.reshape(-1))
    else:
        y[ids] = source.reshape(-1)
    return y.reshape(x.shape)


def scatter_reduce(x: np.ndarray, ids: np.ndarray, src: np.ndarray, reduce: str, include_self: bool) -> np.ndarray:
    """Along the second axis of three."""
    y = x.copy()
    for o, _, r in np.ndindex(ids.shape[0], 1, ids.shape[2]):
        for place in np.unique(ids[o, :, r]):
            values = src[o, : ids.shape[1], r][ids[o, :, r] == place]
            values = np.append(values, x[o, place, r]) if include_self else values
            y[o, place, r] = {"sum": np.sum, "mean": np.mean, "amax": np.max, "amin": np.min}[reduce](values)
    return y


def few_ids(rng: np.random.Generator, shape: c.Shape, shapes: Any) -> np.ndarray:
    return np.asarray(rng.integers(0, shapes[0][1], shape))


IDS_FIT = "source must have shape (2, 1, 3) and index one axis, got (2, 3) and (1,)"
PLACES = [
    Case(
        "take",
        ops.take,
        lambda x, ids: np.take(x, ids),
        [((3, 4), (2, 5)), ((7,), (3,))],
        "gather",
        inputs=[real, few],
        differentiable=(0,),
        bad=[((f(2), f(1)), "index must hold integers, got float32")],
    ),
    Case(
        "index_copy",
        lambda x, ids, source: ops.index_copy(x, 1, ids, source),
        index_copy,
        [((2, 5, 3), (3,), (2, 3, 3)), ((4, 6), (6,), (4, 6))],
        "scatter",
        inputs=[real, places(1), real],
        differentiable=(0, 2),
        bad=[
            ((f(2, 4, 3), i(0), f(2, 3)), IDS_FIT),
            ((f(2, 4), i(0), d(2, 1)), "source must be float32 as input, got float64"),
            ((f(2, 4), i(4), f(2, 1)), "ids must be in [0, 4), got 4"),
        ],
    ),
    Case(
        "index_fill",
        lambda x, ids, value: ops.index_fill(x, 1, ids, value),
        index_fill,
        [((2, 5, 3), (3,), ()), ((4, 6), (2,), ())],
        "scatter",
        inputs=[real, places(1), real],
        differentiable=(0, 2),
        length=lambda x, ids, value: int(np.prod(x)),
        bad=[
            ((f(2, 2), i(0), f(1)), "value must be a number or have no axes, got shape (1,)"),
            ((f(2, 2).to("int8"), i(0), 300), "value must fit int8, got 300"),
        ],
    ),
    Case(
        "masked_scatter",
        ops.masked_scatter,
        masked_scatter,
        [((3, 5), (3, 5), (15,)), ((3, 5), (5,), (4, 4))],
        "where gather",
        inputs=[real, mask, real],
        differentiable=(0, 2),
        bad=[
            ((f(2), f(2), f(2)), "mask must be bool, got float32"),
            ((f(2), np.ones(2, bool), d(2)), "source must be float32 as input, got float64"),
            ((f(2), np.ones(2, bool), f(0)), "source must have elements"),
            ((f(2), np.ones(2, bool), f(1)), "source must have an element for each true one of mask, got 1"),
        ],
    ),
    Case(
        "put",
        ops.put,
        put,
        [((3, 5), (4,), (4,)), ((7,), (7,), (7,))],
        "",
        inputs=[real, lambda rng, shape, shapes: rng.permutation(int(np.prod(shapes[0])))[: shape[0]], real],
        settings=options(accumulate=[False, True]),
        differentiable=(0, 2),
        bad=[((f(2, 2), i(4), f(1), accumulate), "ids must be in [0, 4), got 4") for accumulate in (False, True)],
    ),
    Case(
        "scatter_reduce",
        lambda x, ids, src, reduce, include_self=True: ops.scatter_reduce(
            x, 1, ids, src, reduce, include_self=include_self
        ),
        scatter_reduce,
        [((2, 5, 3), (2, 7, 3), (2, 7, 3)), ((2, 3, 4), (2, 2, 3), (2, 2, 3))],
        "scatter_extreme scatter_add",
        inputs=[real, few_ids, real],
        settings=options(reduce=["sum", "mean", "amax", "amin"], include_self=[True, False]),
        differentiable=(0, 2),
        length=lambda x, ids, src: ids[1] + 1,
        bad=[
            ((f(2, 2), np.zeros((2, 2), int), f(2, 2), "prod"), 'reduce must be "sum", "mean", "amax" or "amin"'),
            ((f(2, 2), np.zeros((2, 2), int), d(2, 2), "sum"), "src must be float32 as input, got float64"),
            ((i(2, 2), np.zeros(2, int), i(2, 2), "sum"), "input must be float32 or float64, got int64"),
        ],
    ),
]
