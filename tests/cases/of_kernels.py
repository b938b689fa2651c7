"""Entries of the table for kernels that no op shows whole: their functions take and return arrays, and write only into
copies that a kernel made (`own`), so that they can be recorded.
"""

from __future__ import annotations

from typing import Any

import numpy as np

import reference as r
from cases import case as c
from cases.case import Case, flags, generator, ids, one, options, real, special
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


def reduce_max_backward(dx: np.ndarray, x: np.ndarray, dy: np.ndarray) -> np.ndarray:
    return kernels.reduce_max_backward(added(dx), dy, kernels.reduce_max(x)[1], x.shape[1])


def reduce_max_backward_reference(dx: np.ndarray, x: np.ndarray, dy: np.ndarray) -> np.ndarray:
    first = np.arange(x.shape[1])[:, None] == x.argmax(1)[:, None, :]
    return dx + np.where(first, dy[:, None, :], 0.0)


def add_weighted(value: np.ndarray, weight: float) -> np.ndarray:
    total = own(np.array([1.5, 2.0]))
    kernels.add_weighted(total, value, weight)
    return total


def add_correct(scores: np.ndarray, target: np.ndarray) -> np.ndarray:
    total = own(np.array([1.0, 2.0]))
    kernels.add_correct(total, scores, target)
    return total


def raw(name: str, function: Any, reference: Any, shapes: Any, names: str = "", **more: Any) -> Case:
    return Case(name, function, reference, shapes, names or name, raw=True, **more)


DTYPES = [np.dtype(code) for code in "?bBhHiIqQfd"]
ORDERS = ["rows", "columns", "gaps"]
WITH_STATE = [((3, 37), (2,)), ((), (2,)), ((0,), (2,)), *(((n,), (2,)) for n in c.WIDTHS)]
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
        "add_weighted",
        add_weighted,
        lambda value, weight: np.array([1.5 + value * weight, 2.0 + weight]),
        one(()),
        settings=options(weight=[3.0]),
    ),
    raw(
        "add_correct",
        add_correct,
        lambda scores, target: np.array([1.0 + (scores.argmax(1) == target).sum(), 2.0 + len(scores)]),
        [((7, 3), (7,)), ((5, 1), (5,)), ((0, 3), (0,)), ((40, 2), (40,))],
        inputs=[real, ids(1)],
    ),
]
