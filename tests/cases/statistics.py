"""Statistics, differences, distances, products and choices: what is made of sums and sorting."""

from __future__ import annotations

import itertools
from typing import Any

import numpy as np

from cases import case as c
from cases.case import SEVERAL, Case, f, few, i, one, options, positive, real
from mushin import ops


def nan_among(rng: np.random.Generator, shape: c.Shape, shapes: Any) -> np.ndarray:
    values = real(rng, shape, shapes)
    values.reshape(-1)[1::4] = np.nan
    return values


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
    differences = np.abs(a[..., :, None, :] - b[..., None, :, :])
    return differences.max(-1, initial=0) if p == np.inf else (differences**p).sum(-1) ** (1 / p)


def renorm(x: np.ndarray, p: float, axis: int, maxnorm: float) -> np.ndarray:
    others = tuple(k for k in range(x.ndim) if k != axis)
    norms = (np.abs(x) ** p).sum(others, keepdims=True) ** (1 / p)
    return x * np.where(norms > maxnorm, maxnorm / (norms + 1e-7), 1.0)


def choices(x: np.ndarray, r: int, again: bool) -> np.ndarray:
    choose = itertools.combinations_with_replacement if again else itertools.combinations
    return np.array([*choose(x, r)]).reshape(-1, r) if r else x[:0]


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
        "nanmean",
        ops.nanmean,
        np.nanmean,
        one((3, 5, 7)),
        "reduce_sum",
        inputs=[nan_among],
        settings=options(axis=AXES),
        differentiable=(),
    ),
    *(
        Case(
            f"{name}_of_numbers",
            getattr(ops, name),
            getattr(np, name),
            SMALL,
            "reduce_sum",
            inputs=[positive],  # sums of both signs cancel
            settings=options(axis=AXES),
        )
        for name in ("nansum", "nanmean")
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
            bad=[
                ((f(3, 2), f(2)), "x must have shape (3, 2) or (3,), got (2,)"),
                ((f(3, 2), f(2, 2)), "x must have shape (3, 2) or (3,), got (2, 2)"),
            ],
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
            ((f(2), 3, 1.0, 0.0), "min must be less than max by a number of float32, got 1.0 and 0.0"),
            ((f(2), 3, -3e38, 3e38), "min must be less than max by a number of float32, got -3e+38 and 3e+38"),
            ((f(2), 3, 0.0, float("nan")), "min must be less than max by a number of float32, got 0.0 and nan"),
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
        bad=[
            ((f(2, 9), f(9)), "[cov] fweights must be integers, got float32"),
            ((f(2, 9), i(*[2] * 8, -1)), "[cov] fweights must not be negative, got -1"),
            ((f(2, 9), i(1, 2)), "[cov] fweights must have shape (9,), got (2,)"),
        ],
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
        [((4, 3), (5, 3)), ((2, 3, 4), (2, 1, 4)), ((2, 3, 4), (3, 4)), ((2, 0), (3, 0))],
        "norm_forward",
        settings=options(p=[1.0, 2.0, 3.0, np.inf]),
        length=lambda a, b: 40,
        factor=4,
        reason=DIFFERENCES,
        bad=[
            ((f(2, 3), f(2, 4), 2.0), "x2 must have shape (..., n, 3), got (2, 4)"),
            ((f(2, 3), f(2, 3), -1.0), "p must be at least 0, got -1.0"),
        ],
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
        settings=options(r=[0, 1, 2, 3], again=[False, True]),
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
