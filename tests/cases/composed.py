"""Ops that are made of others: elementwise ones, diagonals, stacking, places, statistics."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from cases import case as c
from cases.case import Case, d, f, i, one, options, positive, real
from mushin import ops


def special_among(rng: np.random.Generator, shape: c.Shape, shapes: Any) -> np.ndarray:
    """Every fourth element is NaN or infinite."""
    values = real(rng, shape, shapes)
    values.reshape(-1)[1::4] = np.resize([np.nan, np.inf, -np.inf], values.reshape(-1)[1::4].shape)
    return values


def nan_among(rng: np.random.Generator, shape: c.Shape, shapes: Any) -> np.ndarray:
    values = real(rng, shape, shapes)
    values.reshape(-1)[1::4] = np.nan
    return values


def share(rng: np.random.Generator, shape: c.Shape, shapes: Any) -> np.ndarray:
    """Between 0.07 and 0.98."""
    return positive(rng, shape, shapes) / 2


def steep(rng: np.random.Generator, shape: c.Shape, shapes: Any) -> np.ndarray:
    """Divisors that are not small."""
    return real(rng, shape, shapes) + np.sign(real(rng, shape, shapes)) * 3


def places(axis: int) -> Any:
    """Different places along an axis of the first input."""

    def make(rng: np.random.Generator, shape: c.Shape, shapes: Any) -> np.ndarray:
        return rng.permutation(shapes[0][axis])[: shape[0]]

    return make


def mask(rng: np.random.Generator, shape: c.Shape, shapes: Any) -> np.ndarray:
    return np.asarray(rng.random(shape) < 0.5)


def few(rng: np.random.Generator, shape: c.Shape, shapes: Any) -> np.ndarray:
    return np.asarray(rng.integers(0, 4, shape))


THREE = [((3, 37), (3, 37), (3, 37)), ((3, 1), (1, 5), ()), ((2, 0), (2, 0), (1, 0))]
SEVERAL = "several ops, one after the other"
ELEMENTWISE = [
    Case(
        "lerp",
        ops.lerp,
        lambda a, b, weight: a + weight * (b - a),
        THREE,
        "",
        factor=4,
        reason=SEVERAL,
    ),
    Case(
        "addcmul",
        lambda a, b, t, value: ops.addcmul(a, b, t, value=value),
        lambda a, b, t, value: a + value * b * t,
        THREE,
        "",
        settings=options(value=[1, -0.5]),
        factor=4,
        reason=SEVERAL,
        bad=[((f(2), f(2), f(2), "a"), "value must be a number, got str")],
    ),
    Case(
        "addcdiv",
        lambda a, b, t, value: ops.addcdiv(a, b, t, value=value),
        lambda a, b, t, value: a + value * b / t,
        THREE,
        "",
        inputs=[real, real, steep],
        settings=options(value=[1, -0.5]),
        factor=4,
        reason=SEVERAL,
    ),
    Case(
        "float_power",
        lambda x: ops.float_power(x, 2.5),
        lambda x: x**2.5,
        c.ELEMENTS,
        "pow_forward",
        inputs=[positive],
    ),
    Case(
        "logit",
        ops.logit,
        lambda x, eps: np.log(
            (x if eps is None else np.clip(x, eps, 1 - eps)) / (1 - (x if eps is None else np.clip(x, eps, 1 - eps)))
        ),
        c.ELEMENTS,
        "log_forward",
        inputs=[share],
        settings=options(eps=[None, 0.2]),
        factor=16,
        reason="the logarithm of what is near 1",
    ),
    Case(
        "nan_to_num",
        ops.nan_to_num,
        np.nan_to_num,
        c.ELEMENTS,
        "where",
        inputs=[special_among],
        settings=[{"nan": 0.5, "posinf": 2.0, "neginf": -3.0}],
        differentiable=(),
    ),
    Case("isposinf", ops.isposinf, np.isposinf, c.ELEMENTS, "compare", inputs=[special_among], differentiable=()),
    Case("isneginf", ops.isneginf, np.isneginf, c.ELEMENTS, "compare", inputs=[special_among], differentiable=()),
    Case("signbit", ops.signbit, np.signbit, c.ELEMENTS, "compare", inputs=[special_among], differentiable=()),
]


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


STACKING = [
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
            ((f(2, 4), i(0), d(2, 1)), "source must be float32 as x, got float64"),
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
            ((f(2), np.ones(2, bool), d(2)), "source must be float32 as x, got float64"),
            ((f(2), np.ones(2, bool), f(0)), "source must have elements"),
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

AXES = [None, 0, 1, (0, 2)]


def quantile(x: np.ndarray, q: Any, axis: int | None, interpolation: str) -> np.ndarray:
    """NumPy's where all is finite, but between equal infinities there is no number."""
    x = np.sort(x.reshape(-1) if axis is None else np.moveaxis(x, axis, 0), 0)
    place = np.asarray(q) * (len(x) - 1)
    low, high = (x[of(place).astype(int)] for of in (np.floor, np.ceil))
    share = np.reshape(
        place % 1 if interpolation == "linear" else 0.5, (-1,) + (1,) * (x.ndim - 1) if np.ndim(q) else ()
    )
    between = np.where(low == high, low, low + np.where(low == high, 0, share) * (high - low))
    chosen = {"lower": low, "higher": high, "nearest": x[np.round(place).astype(int)]}.get(interpolation, between)
    return np.where(np.isnan(x[-1]), np.nan, chosen)


def pdist(x: np.ndarray, p: float) -> np.ndarray:
    first, second = np.triu_indices(len(x), 1)
    return (np.abs(x[first] - x[second]) ** p).sum(-1) ** (1 / p)


def cdist(a: np.ndarray, b: np.ndarray, p: float) -> np.ndarray:
    return (np.abs(a[..., :, None, :] - b[..., None, :, :]) ** p).sum(-1) ** (1 / p)


def renorm(x: np.ndarray, p: float, axis: int, maxnorm: float) -> np.ndarray:
    others = tuple(k for k in range(x.ndim) if k != axis)
    norms = (np.abs(x) ** p).sum(others, keepdims=True) ** (1 / p)
    return x * np.where(norms > maxnorm, maxnorm / (norms + 1e-7), 1.0)


def choices(x: np.ndarray, r: int, again: bool) -> np.ndarray:
    choose = itertools.combinations_with_replacement if again else itertools.combinations
    return np.array([*choose(x, r)]).reshape(-1, r)


def boundaries(rng: np.random.Generator, shape: c.Shape, shapes: Any) -> np.ndarray:
    return np.sort(real(rng, shape, shapes))


SMALL = one((3, 5, 4), (2, 1, 3))
DIFFERENCES = "differences of near numbers"
STATISTICS = [
    Case(
        "nansum",
        ops.nansum,
        np.nansum,
        SMALL,
        "reduce_sum",
        inputs=[nan_among],
        settings=options(axis=AXES),
        differentiable=(),
    ),
    Case(
        "nansum_of_numbers",
        ops.nansum,
        np.nansum,
        SMALL,
        "reduce_sum",
        inputs=[positive],  # sums of both signs cancel
        settings=options(axis=AXES),
    ),
    Case(
        "nanmean",
        ops.nanmean,
        np.nanmean,
        one((3, 5, 7)),
        "reduce_sum",
        inputs=[nan_among],
        settings=options(axis=AXES),
        differentiable=(),
    ),
    Case(
        "nanmean_of_numbers",
        ops.nanmean,
        np.nanmean,
        SMALL,
        "reduce_sum",
        inputs=[positive],  # sums of both signs cancel
        settings=options(axis=AXES),
    ),
    Case(
        "diff",
        lambda x, n, axis: ops.diff(x, n, axis),
        lambda x, n, axis: np.diff(x, n, axis),
        one((5, 6)),
        "",
        settings=options(n=[0, 1, 3], axis=[0, -1]),
        factor=8,
        reason=DIFFERENCES,
        bad=[((f(2), -1, 0), "n must not be negative, got -1")],
    ),
    Case(
        "diff_with_ends",
        lambda x, a, b: ops.diff(x, prepend=a, append=b),
        lambda x, a, b: np.diff(x, prepend=a, append=b),
        [((3, 4), (3, 1), (3, 2))],
        "",
    ),
    *(
        Case(
            name,
            lambda y, x, name=name: getattr(ops, name)(y, x, dim=0),
            reference,
            [((5, 3), (5,)), ((5, 3), (5, 3)), ((2,), (2,))],
            "",
            factor=8,
            reason=DIFFERENCES,
            length=lambda y, x: 15,
        )
        for name, reference in [
            ("trapezoid", lambda y, x: np.trapezoid(y, x, axis=0)),
            (
                "cumulative_trapezoid",
                lambda y, x: np.cumsum(
                    (y[1:] + y[:-1])
                    / 2
                    * np.diff(x, axis=0).reshape(-1, *(1,) * (y.ndim - 1) if x.ndim == 1 else y.shape[1:]),
                    0,
                ),
            ),
        ]
    ),
    Case(
        "quantile",
        lambda x, q, axis, interpolation: ops.quantile(x, q, axis, interpolation=interpolation),
        quantile,
        one((5, 7), (1, 3)),
        "sort",
        settings=[
            {"q": q, "axis": axis, "interpolation": method}
            for q in (0.3, [0.0, 0.45, 1.0])
            for axis in (None, 0, -1)
            for method in ("linear", "lower", "higher", "midpoint", "nearest")
        ],
        factor=4,
        reason=SEVERAL,
        bad=[
            ((f(2), 1.5, None, "linear"), "q must be a number in [0, 1] or a tensor (n,) of such, got 1.5"),
            (
                (f(2), 0.5, None, "cubic"),
                "interpolation must be one of linear, lower, higher, nearest, midpoint, got 'c",
            ),
            ((f(0), 0.5, None, "linear"), "input must have elements along the axis, got shape (0,)"),
        ],
    ),
    Case(
        "histc",
        lambda x, bins, low, high: ops.histc(x, bins, low, high),
        lambda x, bins, low, high: np.histogram(x, bins, (low, high))[0].astype(np.float64),
        one((40, 5), (7,)),
        "scatter_add",
        settings=[{"bins": 5, "low": -1.0, "high": 1.0}, {"bins": 3, "low": -9.0, "high": 0.0}],
        differentiable=(),
        bad=[
            ((f(2), 0, 0.0, 1.0), "bins must be positive, got 0"),
            ((f(2), 3, 1.0, 0.0), "min must be less than max, and both finite, got 1.0 and 0.0"),
        ],
    ),
    Case(
        "bucketize",
        lambda x, edges, right: ops.bucketize(x, edges, right=right),
        lambda x, edges, right: np.searchsorted(edges, x, "right" if right else "left"),
        [((5, 6), (4,)), ((3,), (0,))],
        "searchsorted",
        inputs=[real, boundaries],
        settings=options(right=[False, True]),
        differentiable=(),
        bad=[((f(2), f(2, 2), False), "boundaries must have shape (n,), got (2, 2)")],
    ),
    Case(
        "isin",
        lambda x, others, invert: ops.isin(x, others, invert=invert),
        lambda x, others, invert: np.isin(x, others, invert=invert),
        [((5, 6), (2,)), ((9,), (3, 2)), ((3,), (0,))],
        "searchsorted",
        inputs=[few, few],
        settings=options(invert=[False, True]),
        differentiable=(),
    ),
    Case(
        "cov",
        ops.cov,
        np.cov,
        one((4, 9), (7,), (1, 5)),
        "",
        length=lambda x: 4 * x[-1],
        factor=4,
        reason=DIFFERENCES,
        bad=[
            ((f(2, 2, 2),), "input must have shape (variables, observations), got (2, 2, 2)"),
            ((i(1, 2),), "input must be"),
        ],
    ),
    Case(
        "cov_of_weights",
        lambda x, often: ops.cov(x, correction=0, fweights=often, aweights=np.arange(1.0, 10.0, dtype=x.dtype)),
        lambda x, often: np.cov(x, ddof=0, fweights=often, aweights=np.arange(1.0, 10.0)),
        [((3, 9), (9,))],
        "",
        inputs=[real, lambda rng, shape, shapes: rng.integers(1, 4, shape)],
        differentiable=(0,),
        factor=8,
        reason=DIFFERENCES,
    ),
    Case(
        "corrcoef",
        ops.corrcoef,
        np.corrcoef,
        one((3, 9)),
        "sqrt_forward",
        length=lambda x: 40,
        factor=4,
        reason=DIFFERENCES,
    ),
    Case(
        "cdist",
        ops.cdist,
        cdist,
        [((4, 3), (5, 3)), ((2, 3, 4), (2, 1, 4)), ((2, 3, 4), (3, 4))],
        "norm_forward",
        settings=options(p=[1.0, 2.0, 3.0]),
        length=lambda a, b: 40,
        factor=4,
        reason=DIFFERENCES,
        bad=[((f(2, 3), f(2, 4), 2.0), "x2 must have shape (..., n, 3), got (2, 4)")],
    ),
    Case(
        "dist",
        lambda a, b, p: ops.dist(a, b, p),
        lambda a, b, p: (np.abs(a - b) ** p).sum() ** (1 / p),
        [((3, 4), (3, 4)), ((3, 4), (4,))],
        "norm_forward",
        settings=options(p=[1.0, 2.0]),
        length=lambda a, b: 40,
        factor=4,
        reason=DIFFERENCES,
    ),
    Case("msort", ops.msort, lambda x: np.sort(x, 0), one((5, 3), (7,), (2, 3, 4)), "sort"),
    Case(
        "pdist",
        ops.pdist,
        pdist,
        one((5, 3), (2, 4)),
        "norm_forward",
        settings=options(p=[1.0, 2.0]),
        length=lambda x: 40,
        factor=4,
        reason=DIFFERENCES,
        bad=[((f(2),), "input must have shape (n, d), got (2,)")],
    ),
    Case(
        "renorm",
        lambda x, p, axis, maxnorm: ops.renorm(x, p, axis, maxnorm),
        renorm,
        one((3, 4, 5)),
        "norm_forward",
        settings=[{"p": 2.0, "axis": 0, "maxnorm": 4.9}, {"p": 1.0, "axis": 1, "maxnorm": 2.0}],
        length=lambda x: 20,
        factor=4,
        reason=SEVERAL,
    ),
    Case(
        "kron",
        ops.kron,
        np.kron,
        [((2, 3), (4, 5)), ((3,), (2, 2)), ((2,), (3,)), ((), (2,))],
        "",
        length=lambda *_: 40,
    ),
    Case(
        "vander",
        lambda x, count, increasing: ops.vander(x, count, increasing),
        lambda x, count, increasing: np.vander(x, count, increasing),
        one((5,)),
        "",
        settings=options(count=[None, 3], increasing=[False, True]),
        length=lambda x: 10,
        factor=4,
        reason="products of many factors",
        bad=[((f(2, 2), None, False), "x must have shape (n,), got (2, 2)")],
    ),
    Case(
        "combinations",
        lambda x, r, again: ops.combinations(x, r, again),
        choices,
        one((5,), (2,)),
        "gather",
        settings=options(r=[1, 2, 3], again=[False, True]),
        length=lambda x: 100,
        bad=[((f(2, 2), 2, False), "input must have shape (n,), got (2, 2)")],
    ),
    Case(
        "cartesian_prod",
        ops.cartesian_prod,
        lambda *arrays: np.array([*itertools.product(*arrays)]).reshape(-1, len(arrays)),
        [((2,), (3,), (4,)), ((1,), (2,), (1,))],
        "copy",
        bad=[((f(2), f(2, 2)), "tensors must have shape (n,), got (2, 2)")],
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
            settings=options(axis=[0, 1, 2, -1]),
            large=one((31, 17, 43)),
            length=c.longest_axis,
            bad=[((f(2, 3), 2), "axis must be in [-2, 2), got 2")],
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
COMPOSED = [*ELEMENTWISE, *DIAGONALS, *STACKING, *PLACES, *STATISTICS, *RUNNING]
