"""Entries of the table for kernels that no op shows whole: their functions take and return arrays, and write only into
copies that a kernel made (`own`), so that they can be recorded.
"""

from __future__ import annotations

from typing import Any

import numpy as np

import reference as r
from cases import case as c
from cases.case import Case, flags, generator, ids, one, options, positive, real, special
from mushin import kernels
from mushin.autograd import NEW


def own(x: np.ndarray) -> np.ndarray:
    """A copy that a kernel may write."""
    return kernels.copy(NEW, x)


def added(y: np.ndarray) -> tuple[np.ndarray]:
    """A destination that is added to."""
    return (own(y),)


def stored(x: np.ndarray, order: str) -> np.ndarray:
    """The same matrices in another layout."""
    if order == "rows":
        return own(x)
    *batch, m, n = x.shape
    room = kernels.empty((*batch, n, 2 * m), x.dtype)
    return kernels.copy(
        room[..., :m].swapaxes(-1, -2) if order == "columns" else room.reshape(*batch, m, 2 * n)[..., ::2], x
    )


def gemm(y: np.ndarray, a: np.ndarray, b: np.ndarray, accumulate: bool, a_order: str, b_order: str) -> np.ndarray:
    return kernels.gemm(added(y) if accumulate else NEW, stored(a, a_order), stored(b, b_order), None, 0)


def gemm_with_packing(y: np.ndarray, a: np.ndarray, b: np.ndarray, bias: np.ndarray, b_order: str) -> Any:
    """The first product of a block, and another that finds b packed."""
    columns = -(-b.shape[1] // 32) * 32
    packed, packed_in = kernels.fill(kernels.empty((b.shape[0], columns), b.dtype), np.nan), own(np.array(6))
    first = kernels.gemm_with_packing(NEW, packed, packed_in, a, stored(b, b_order), bias, np.array(7), 1)
    nothing = kernels.fill(kernels.empty(b.shape, b.dtype), np.nan)
    return first, kernels.gemm_with_packing(added(y), packed, packed_in, a, nothing, None, np.array(7), 0)


def put_back(dx: np.ndarray, x: np.ndarray, dy: np.ndarray, k: int, add: bool) -> np.ndarray:
    """Gradients of the first k of every line in order."""
    outer, n, inner = x.shape
    rows = own(x.transpose(0, 2, 1)).reshape(outer * inner, n)
    index = own(kernels.sort(rows, k, 0)[1].reshape(outer, inner, k).transpose(0, 2, 1))
    return kernels.put_back(added(dx) if add else own(dx), own(dy[:, :k]), index, n)


def put_back_reference(dx: np.ndarray, x: np.ndarray, dy: np.ndarray, k: int, add: bool) -> np.ndarray:
    places = np.argsort(x, axis=1)[:, :k]
    put = np.zeros(x.shape)
    np.put_along_axis(put, places, dy[:, :k], 1)
    return dx + put if add else put


def metric(kernel: Any, *shape: int) -> Any:
    """A metric's kernel, of arrays, that adds to a total which is not zero; the last of the arrays are weights, unless
    they are left out. Returns the total."""

    def called(*arrays: np.ndarray, weighted: bool, **numbers: Any) -> np.ndarray:
        *inputs, weights = arrays
        sizes = [inputs[0].shape[1] if n == -1 else n for n in shape]
        total = own(np.arange(np.prod(sizes), dtype=np.float64).reshape(sizes))
        kernel(total, *inputs, weights if weighted else None, *numbers.values())
        return total

    return called


def metric_reference(add: Any, *shape: int) -> Any:
    """The same from what `add` says is added, given a weight for each row."""

    def called(*arrays: np.ndarray, weighted: bool, **numbers: Any) -> np.ndarray:
        *inputs, weights = arrays
        rows = len(inputs[0])
        sizes = [inputs[0].shape[1] if n == -1 else n for n in shape]
        each = np.repeat(weights, rows // max(len(weights), 1)) if weighted else np.ones(rows)
        return np.arange(np.prod(sizes), dtype=np.float64).reshape(sizes) + add(*inputs, each, **numbers)

    return called


def weighted_rows(values: np.ndarray, weights: np.ndarray) -> np.ndarray:
    return np.array([(values * weights).sum(), weights.sum()])


def add_correct(scores: np.ndarray, target: np.ndarray, weights: np.ndarray, among: int) -> np.ndarray:
    at_target = np.take_along_axis(scores, target[:, None], 1)
    right = (scores > at_target).sum(1) < among if among else scores.argmax(1) == target
    return weighted_rows(right.astype(float), weights)


def add_agreeing(outputs: np.ndarray, target: np.ndarray, weights: np.ndarray, threshold: float) -> np.ndarray:
    decided = outputs if np.isnan(threshold) else outputs > threshold
    return weighted_rows((decided == target).mean(1), weights)


def add_counts(outputs: Any, target: Any, thresholds: Any, weights: Any, among: int) -> np.ndarray:
    buckets = (outputs[:, :, None] > thresholds[1:]).sum(2)
    if among:
        ranks = (-outputs).argsort(1, kind="stable").argsort(1)
        buckets[ranks >= among] = 0
    counts = np.zeros((outputs.shape[1], len(thresholds), 2))
    for row, column in np.ndindex(outputs.shape):
        counts[column, buckets[row, column], int(target[row, column] != 0)] += weights[row]
    return counts


def add_confusion(scores: np.ndarray, target: np.ndarray, weights: np.ndarray) -> np.ndarray:
    counts = np.zeros((scores.shape[1],) * 2)
    np.add.at(counts, (target, scores.argmax(1)), weights)
    return counts


def add_moments(outputs: np.ndarray, target: np.ndarray, weights: np.ndarray) -> np.ndarray:
    w = np.broadcast_to(weights[:, None], target.shape)
    return np.stack([w.sum(0), (w * target).sum(0), (w * target**2).sum(0), (w * (target - outputs) ** 2).sum(0)])


def signs(rng: np.random.Generator, shape: c.Shape, shapes: Any) -> np.ndarray:
    """0.0 and 1.0."""
    return np.asarray(rng.integers(0, 2, shape), np.float64)


def thresholds(count: int) -> np.ndarray:
    """Rising ones between the inputs; the first is not read."""
    return np.array([np.inf, *np.linspace(-1.5, 1.5, count - 1)])


def raw(name: str, function: Any, reference: Any, shapes: Any, names: str = "", **more: Any) -> Case:
    return Case(name, function, reference, shapes, names or name, raw=True, **more)


DTYPES = [np.dtype(code) for code in "?bBhHiIqQfd"]
ORDERS = ["rows", "columns", "gaps"]
WITH_STATE = [((3, 37), (2,)), ((), (2,)), ((0,), (2,)), *(((n,), (2,)) for n in c.WIDTHS)]
# Rows and their weights, of which each is that of one or more rows.
METRIC_ROWS = [((6, 3), (6,)), ((6, 3), (2,)), ((5, 1), (1,)), ((0, 3), (0,)), ((40, 17), (40,)), ((7, 33), (7,))]
KERNELS = [
    raw(
        "copy_between_dtypes",
        lambda x, source, to: kernels.copy(kernels.empty(x.shape, to), kernels.copy(kernels.empty(x.shape, source), x)),
        lambda x, source, to: r.convert(r.convert(x, source), to),
        one((5, 21), (0,), ()),
        "copy",
        inputs=[special],
        settings=options(source=DTYPES, to=DTYPES),
    ),
    raw(
        "copy_into_layouts",
        stored,
        lambda x, order: x,
        one((3, 37), (5, 2), (1, 1), (2, 3, 4)),
        "copy",
        settings=options(order=ORDERS),
        large=one((301, 211)),
    ),
    raw("copy_adding", lambda y, x: kernels.copy(added(y), x), np.add, c.PAIRS[:34], "copy", large=c.BIG_PAIRS[:1]),
    raw(
        "fill",
        lambda y, value, add: kernels.fill(added(y) if add else own(y), value),
        lambda y, value, add: y + value if add else np.full(y.shape, value),
        c.ELEMENTS,
        settings=options(value=[-1.5, 0.0], **flags("add")),
        large=c.BIG,
    ),
    raw(
        "fill_uniform",
        lambda y, state: kernels.fill_uniform(own(y), own(state), -0.5, 2.5),
        lambda y, state: r.uniform(state, y.shape, -0.5, 2.5),
        WITH_STATE,
        inputs=[real, generator],
        large=[((7, 9001), (2,))],
    ),
    raw(
        "fill_normal",
        lambda y, state: kernels.fill_normal(own(y), own(state), 0.5, 2.0),
        lambda y, state: r.normal(state, y.shape, 0.5, 2.0),
        WITH_STATE,
        inputs=[real, generator],
        large=[((7, 9001), (2,))],
    ),
    raw(
        "fill_integers",
        lambda y, state, low, high: kernels.fill_integers(kernels.empty(y.shape, np.int64), own(state), low, high),
        lambda y, state, low, high: r.integers(state, y.shape, low, high),
        WITH_STATE,
        inputs=[real, generator],
        settings=[{"low": -3, "high": 11}, {"low": -(2**63), "high": 2**63 - 1}],
        large=[((3, 9001), (2,))],
    ),
    raw(
        "fill_permutation",
        lambda y, state: kernels.fill_permutation(kernels.empty(y.shape, np.int64), own(state)),
        lambda y, state: r.permutation(state, y.size),
        [((37,), (2,)), ((0,), (2,)), *(((n,), (2,)) for n in c.WIDTHS)],
        inputs=[real, generator],
    ),
    raw(
        "bernoulli",
        lambda p, state: kernels.bernoulli(own(state), p),
        lambda p, state: (r.uniform(state, p.shape, 0, 1) < p).astype(np.float64),
        WITH_STATE,
        inputs=[positive, generator],
        large=[((7, 9001), (2,))],
    ),
    raw(
        "multinomial",
        lambda x, state, dtype, n, again: kernels.multinomial(
            kernels.empty((len(x), n), np.int64), own(state), kernels.copy(kernels.empty(x.shape, dtype), x), again
        ),
        lambda x, state, dtype, n, again: r.multinomial(state, x.astype(dtype), n, again),
        [((3, 37), (2,)), ((0, 5), (2,)), *(((2, n), (2,)) for n in range(5, 34))],
        inputs=[lambda rng, shape, shapes: rng.permuted(np.arange(1, np.prod(shape) + 1)).reshape(shape), generator],
        settings=options(dtype=["f", "d"], n=[1, 5], **flags("again")),
        large=[((300, 200), (2,))],
    ),
    raw(
        "add_backward",
        lambda a, b: kernels.add_backward(added(a), NEW, a, a, b),
        lambda a, b: (a + a, a),
        [((3, 37), (3, 37)), ((3, 5), (1, 5))],
    ),
    raw(
        "gemm",
        gemm,
        lambda y, a, b, accumulate, a_order, b_order: (y if accumulate else 0) + a @ b,
        c.PRODUCTS,
        settings=options(a_order=ORDERS, b_order=ORDERS, **flags("accumulate")),
        large=[((131, 97), (131, 70), (70, 97)), ((5, 1100), (5, 300), (300, 1100))],
        length=c.longest_axis,
    ),
    raw(
        "gemm_with_packing",
        gemm_with_packing,
        lambda y, a, b, bias, b_order: (np.maximum(a @ b + bias, 0), y + a @ b),
        [(*shapes, shapes[2][1:]) for shapes in c.PRODUCTS if len(shapes[0]) == 2],
        settings=options(b_order=ORDERS),
        large=[
            ((131, 97), (131, 70), (70, 97), (97,)),
            ((5, 1100), (5, 300), (300, 1100), (1100,)),
            ((48, 70), (48, 520), (520, 70), (70,)),
        ],
        length=c.longest_axis,
    ),
    raw(
        "reduce_sum",
        lambda y, x: kernels.reduce_sum(added(y), x, 0.5),
        lambda y, x: y + 0.5 * x.sum(1),
        [((3, 7), (3, 5, 7)), ((3, 1), (3, 37, 1)), ((2, 3), (2, 0, 3)), ((0, 3), (0, 2, 3)), ((1, 65), (1, 300, 65))],
    ),
    raw(
        "spread",
        lambda dx, dy: kernels.spread(added(dx), dy, dx.shape[1], 0.5),
        lambda dx, dy: dx + 0.5 * dy[:, None, :],
        [((3, 5, 7), (3, 7)), ((3, 37, 1), (3, 1)), ((2, 0, 3), (2, 3)), ((0, 2, 3), (0, 3))],
        large=[((31, 17, 43), (31, 43))],
    ),
    raw(
        "put_back",
        put_back,
        put_back_reference,
        [(shape,) * 3 for shape in [(3, 5, 7), (3, 37, 1), (0, 4, 2), (2, 4, 300)]],
        "put_back sort",
        settings=options(k=[1, 3], **flags("add")),
        large=[((31, 17, 43),) * 3],
    ),
    raw(
        "prod_backward_adding",
        lambda dx, x, dy: kernels.prod_backward(added(dx), dy, x),
        lambda dx, x, dy: dx + dy[:, None] * x.prod(1, keepdims=True) / x,
        [((3, 5, 7), (3, 5, 7), (3, 7)), ((3, 37, 1), (3, 37, 1), (3, 1)), ((2, 4, 300), (2, 4, 300), (2, 300))],
        "prod_backward",
        length=lambda dx, x, dy: x[1],
    ),
    raw(
        "add_weighted",
        metric(kernels.add_weighted, 2),
        metric_reference(lambda x, w, factor: weighted_rows(x.mean(1), factor * w), 2),
        METRIC_ROWS,
        settings=options(factor=[3.0], **flags("weighted")),
        large=[((6000, 11), (3000,))],
    ),
    raw(
        "add_agreeing",
        metric(kernels.add_agreeing, 2),
        metric_reference(add_agreeing, 2),
        [(shape, shape, weights) for shape, weights in METRIC_ROWS],
        inputs=[signs, signs, real],
        settings=options(threshold=[0.5, float("nan")], **flags("weighted")),
        large=[((6000, 11), (6000, 11), (3000,))],
    ),
    raw(
        "add_correct",
        metric(kernels.add_correct, 2),
        metric_reference(add_correct, 2),
        [(shape, shape[:1], weights) for shape, weights in METRIC_ROWS],
        inputs=[real, ids(1), real],
        settings=options(among=[0, 1, 3], **flags("weighted")),
        large=[((6000, 11), (6000,), (3000,))],
    ),
    raw(
        "add_counts",
        lambda outputs, target, weights, **more: metric(kernels.add_counts, -1, 5, 2)(
            outputs, target, thresholds(5), weights, **more
        ),
        lambda outputs, target, weights, **more: metric_reference(add_counts, -1, 5, 2)(
            outputs, target, thresholds(5), weights, **more
        ),
        [(shape, shape, weights) for shape, weights in METRIC_ROWS],
        inputs=[real, signs, real],
        settings=options(among=[0, 1, 3], **flags("weighted")),
        large=[((6000, 11), (6000, 11), (3000,))],
    ),
    raw(
        "add_confusion",
        metric(kernels.add_confusion, -1, -1),
        metric_reference(add_confusion, -1, -1),
        [(shape, shape[:1], weights) for shape, weights in METRIC_ROWS],
        inputs=[real, ids(1), real],
        settings=options(**flags("weighted")),
        large=[((6000, 11), (6000,), (3000,))],
    ),
    raw(
        "add_moments",
        metric(kernels.add_moments, 4, -1),
        metric_reference(add_moments, 4, -1),
        [(shape, shape, weights) for shape, weights in METRIC_ROWS],
        settings=options(**flags("weighted")),
    ),
]
