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


def segments(x: np.ndarray) -> list[np.ndarray]:
    """Pieces of different lengths, one of them empty."""
    return [x[:5], x[5:5], x[5:12], x[12:]]


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


def sgd(p: Any, v: Any, g: Any, momentum: float, step: int, **convention: bool) -> tuple[np.ndarray, ...]:
    p, v, steps, hyper = own(p), own(v), own(np.full((4, 2), step)), np.array([0.1, momentum, 0.25, 0.01])
    velocity = segments(v) if momentum else []
    kernels.sgd(segments(p), velocity, list(steps), segments(g), hyper, *convention.values())
    return p, v, steps


def sgd_reference(p: Any, v: Any, g: Any, momentum: float, step: int, **convention: bool) -> tuple[np.ndarray, ...]:
    return *r.sgd(p, v, g, step, 0.1, momentum, 0.25, 0.01, **convention), np.full((4, 2), step + 1)


def adam(p: Any, m: Any, v: Any, largest: Any, g: Any, step: int, amsgrad: bool, **convention: bool) -> Any:
    p, m, v, largest, steps = own(p), own(m), own(v), own(largest), own(np.full((4, 1), step))
    states = [segments(m), segments(v), segments(largest) if amsgrad else []]
    hyper = np.array([0.1, 0.8, 0.95, 1e-3, 0.01])
    kernels.adam(segments(p), *states, list(steps), segments(g), hyper, *convention.values())
    return p, m, v, largest, steps


def adam_reference(p: Any, m: Any, v: Any, largest: Any, g: Any, step: int, amsgrad: bool, **convention: bool) -> Any:
    most = largest if amsgrad else None
    p, m, v, most = r.adam(p, m, v, most, g, step, 0.1, 0.8, 0.95, 1e-3, 0.01, **convention)
    return p, m, v, most if amsgrad else largest, np.full((4, 1), step + 1)


def clip_by_norm(x: np.ndarray, limit: float, together: bool) -> tuple[np.ndarray, np.ndarray]:
    x = own(x)
    norms = kernels.squared_norms(NEW, segments(x))
    return x, kernels.clip_by_norm(segments(x), norms, np.array(limit), 1e-6, together)


def clip_by_norm_reference(x: np.ndarray, limit: float, together: bool) -> tuple[np.ndarray, np.ndarray]:
    parts = [x] if together else segments(x)
    scales = [np.minimum(1, limit / (np.sqrt((part * part).sum()) + 1e-6)) for part in parts]
    return np.concatenate([scale * part for scale, part in zip(scales, parts)]), np.sqrt((x * x).sum())


def clip_by_value(x: np.ndarray, limit: float) -> np.ndarray:
    x = own(x)
    kernels.clip_by_value(segments(x), np.array(limit))
    return x


def reduce_max_backward(dx: np.ndarray, x: np.ndarray, dy: np.ndarray) -> np.ndarray:
    return kernels.reduce_max_backward(added(dx), dy, kernels.reduce_max(x)[1], x.shape[1])


def reduce_max_backward_reference(dx: np.ndarray, x: np.ndarray, dy: np.ndarray) -> np.ndarray:
    first = np.arange(x.shape[1])[:, None] == x.argmax(1)[:, None, :]
    return dx + np.where(first, dy[:, None, :], 0.0)


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
        "reduce_max_backward",
        reduce_max_backward,
        reduce_max_backward_reference,
        [((3, 5, 7), (3, 5, 7), (3, 7)), ((3, 37, 1), (3, 37, 1), (3, 1))],
    ),
    raw(
        "sgd",
        sgd,
        sgd_reference,
        [shapes * 3 for shapes in c.FLAT],
        settings=options(momentum=[0.0, 0.9], step=[0, 3], **flags("nesterov", "maximize", "keras")),
        large=[((20011,),) * 3],
    ),
    raw(
        "adam",
        adam,
        adam_reference,
        [shapes * 5 for shapes in c.FLAT],
        inputs=[real, real, positive, positive, real],
        settings=options(step=[0, 3], **flags("amsgrad", "decoupled", "maximize", "keras")),
        large=[((20011,),) * 5],
    ),
    raw(
        "squared_norms",
        lambda x: kernels.squared_norms(NEW, segments(x)),
        lambda x: np.array([(part * part).sum() for part in segments(x)]),
        c.FLAT,
        large=one((20011,)),
    ),
    raw(
        "clip_by_norm",
        clip_by_norm,
        clip_by_norm_reference,
        c.FLAT,
        settings=options(limit=[0.7, 3.0, 1e3], **flags("together")),
        large=one((20011,)),
    ),
    raw(
        "clip_by_value",
        clip_by_value,
        lambda x, limit: np.clip(x, -limit, limit),
        c.FLAT,
        settings=options(limit=[0.7]),
        large=one((20011,)),
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
