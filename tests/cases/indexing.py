"""Reading and writing at places: index arrays, masks, gather and scatter."""

from __future__ import annotations

from typing import Any

import numpy as np

from cases.case import WIDTHS, Case, f, i, ids, one, options, positive, real
from mushin import Tensor, ops


def places(*shape: int, below: int = 4, least: int = 0) -> np.ndarray:
    """The same integers each time, some of them repeated."""
    return (np.arange(int(np.prod(shape))) * 7 % 5 * 3 % (below - least) + least).reshape(shape)


def truths(*shape: int) -> np.ndarray:
    return (np.arange(int(np.prod(shape))) * 5 % 7 < 3).reshape(shape)


def mask(rng: np.random.Generator, shape: tuple[int, ...], shapes: Any) -> np.ndarray:
    return np.asarray(rng.random(shape) < 0.6)


BASIC = [1, -1, slice(1, None, 2), (slice(None), -1), (None, 2, ...), (..., slice(None, None, -1)), (1, 2, 3), ()]
ARRAYS = [
    places(3, least=-4),
    [0, -1, 0, 2],
    [[1, 2], [0, 0]],
    (slice(None), places(2, 3, below=5, least=-5)),
    (..., places(7, below=6)),
    (places(3), places(3, below=5)),
    (places(3, 1), slice(1, 4), places(2, below=6)),
    (slice(None, None, 2), places(2, below=5), places(2, below=6, least=-6)),
    (None, places(3), None, places(3, below=5)),
    (places(2), None, ..., slice(None, None, -2)),
    places(0),
    [],
]
NOT_AN_INDEX = "index must be made of integers, slices, None, ..., integer arrays and masks, got"


def along(x: np.ndarray, dim: int, index: np.ndarray, function: Any) -> np.ndarray:
    """function(place in x, place in index) for every element of index, in order."""
    for at in np.ndindex(index.shape):
        place = (*at[:dim], int(index[at]), *at[dim + 1 :])
        function(place, at)
    return x


def gather(x: np.ndarray, index: np.ndarray, dim: int) -> np.ndarray:
    y = np.zeros(index.shape)
    along(x, dim % max(x.ndim, 1), index, lambda place, at: y.__setitem__(at, x[place]))
    return y


def scatter(x: np.ndarray, index: np.ndarray, src: np.ndarray, dim: int) -> np.ndarray:
    y = x.copy()
    return along(y, dim % x.ndim, index, lambda place, at: y.__setitem__(place, src[at]))


def scatter_add(x: np.ndarray, index: np.ndarray, src: np.ndarray, dim: int) -> np.ndarray:
    y = x.copy()
    return along(y, dim % x.ndim, index, lambda place, at: y.__setitem__(place, y[place] + src[at]))


def index_add(x: np.ndarray, index: np.ndarray, source: np.ndarray, dim: int, alpha: float) -> np.ndarray:
    y = x.copy()
    np.add.at(np.moveaxis(y, dim, 0), index, alpha * np.moveaxis(source, dim, 0))
    return y


FEW = ids(0, dtypes="qBi")  # below the length of the first axis, which is the shortest


INDEXING = [
    Case(
        "getitem",
        ops.getitem,
        lambda x, index: x[index],
        one((4, 5, 6)),
        "copy fill",
        settings=options(index=[*BASIC, slice(2, 2)]),
        bad=[
            ((f(2), 2), "index 2 is out of bounds"),
            ((f(2), (0, 0)), "too many indices"),
            ((f(2), True), f"{NOT_AN_INDEX} bool"),
            ((f(2), "a"), f"{NOT_AN_INDEX} str"),
            ((f(2), np.array(True)), "index must hold integers, or be a mask with axes, got bool"),
            ((f(2), [0.5]), "index must hold integers, or be a mask with axes, got float32"),
            ((f(2), [0, 2]), "ids must be in [-2, 2), got 2 at position 1"),
            ((f(3, 2), (..., [0, -3])), "ids must be in [-2, 2), got -3 at position 1"),
            ((f(3, 2), ([0, 3], 0)), "ids must be in [-3, 3), got 3 at position 1"),
            ((f(3, 2), ([0, 1], [[1], [2]])), "ids must be in [-2, 2), got 2 at position 1"),
            ((f(3, 2), ([0, 1], [0, 1, 1])), "arrays of an index must broadcast together, got shapes (2,) and (3,)"),
            ((f(3, 2), ([0], 0, 0)), "too many indices: x has 2 axes, the index is for 3"),
            ((f(3, 2), ([0], ..., ...)), "index must hold ... once at most"),
            ((f(3, 2), truths(2)), "mask must have shape (3,) for axis 0 on, got (2,)"),
            ((f(3, 2), (0, truths(3))), "mask must have shape (2,) for axis 1 on, got (3,)"),
        ],
    ),
    Case(
        "getitem_of_arrays",
        lambda x, index: x[index],
        lambda x, index: x[index],
        one((4, 5, 6)),
        "gather scatter_add index",
        settings=options(index=ARRAYS),
        length=lambda x: 7,
    ),
    Case(
        "getitem_of_rows",
        lambda x, index: x[:, index],
        lambda x, index: x[:, index],
        [((3, 4, 37), (5,)), *(((2, 4, n), (3,)) for n in WIDTHS), ((2, 3), (0,)), ((0, 3), (2,)), ((2, 3), ())],
        "gather scatter_add",
        inputs=[real, ids(1, dtypes="qBi")],
        large=[((7, 50, 131), (300,)), ((2, 5, 9001), (3,))],
        differentiable=(0,),
        length=lambda x, index: int(np.prod(index)),
    ),
    Case(
        "getitem_of_pairs",
        lambda x, rows, columns: x[rows, columns],
        lambda x, rows, columns: x[rows, columns],
        [((5, 5, 3), (4, 1), (3,)), ((5, 7), (6,), (6,)), ((3, 3), (), (2,)), ((3, 3), (0,), (0,))],
        "index gather scatter_add",
        inputs=[real, FEW, FEW],
        large=[((50, 50, 3), (150, 1), (130,))],
        differentiable=(0,),
        length=lambda x, rows, columns: int(np.prod(np.broadcast_shapes(rows, columns))),
    ),
    Case(
        "index_select",
        ops.index_select,
        lambda x, dim, index: np.take(x, np.atleast_1d(index), dim),
        one((4, 5, 6)),
        "gather scatter_add",
        settings=[{"dim": 0, "index": [3, 0, 3]}, {"dim": -1, "index": 2}, {"dim": 1, "index": places(9)}],
        length=lambda x: 9,
        bad=[
            ((f(2, 3), 1, i(3)), "ids must be in [0, 3), got 3 at position 0"),
            ((f(2, 3), 1, i(-1)), "ids must be in [0, 3), got -1 at position 0"),
            ((f(2, 3), 1, f(1)), "index must hold integers, got float32"),
            ((f(2, 3), 1, [[0]]), "index must have shape (n,), got (1, 1)"),
            ((f(2, 3), 2, i(0)), "axis must be in [-2, 2), got 2"),
        ],
    ),
    Case(
        "gather",
        lambda x, index, dim: ops.gather(x, dim, index),
        gather,
        [((3, 4, 5), (3, 2, 5)), ((3, 4, 5), (2, 4, 4)), ((3, 37), (3, 2)), ((4,), (9,)), ((3, 3), (0, 3))],
        "gather scatter_add fill",
        inputs=[real, FEW],
        settings=options(dim=[0, -1]),
        large=[((40, 50, 60), (40, 50, 60))],
        differentiable=(0,),
        length=lambda x, index: max(index, default=1),
        bad=[
            ((f(2, 3), i(0), 0), "index must have 2 axes as x has, got shape (1,)"),
            ((f(2, 3), Tensor(np.zeros((1, 4), int)), 0), "index must be at most as long as x's (2, 3) but for axis 0"),
            ((f(2), i(0, 2), 0), "ids must be in [0, 2), got 2 at position 1"),
            ((f(2), i(-1), 0), "ids must be in [0, 2), got -1 at position 0"),
            ((f(2), f(1), 0), "index must hold integers, got float32"),
        ],
    ),
    Case(
        "take_along_dim",
        lambda x, index, dim: ops.take_along_dim(x, index, dim),
        lambda x, index, dim: np.take_along_axis(
            *((x, index) if dim is not None else (x.ravel(), index.ravel())), dim or 0
        ),
        [((3, 4, 5), (3, 1, 5)), ((3, 4, 5), (1, 7, 1)), ((2, 4, 1), (2, 3, 5)), ((4, 4), (4, 4))],
        "gather scatter_add",
        inputs=[real, FEW],
        settings=options(dim=[1, None]),
        differentiable=(0,),
        length=lambda x, index: int(np.prod(index)) * 4,
        bad=[
            ((f(2, 3), i(0), 0), "indices must have 2 axes as x has, got shape (1,)"),
            ((f(2, 3), Tensor(np.zeros((1, 2), int)), 0), "indices must broadcast together with (2, 3) but for axis 0"),
            ((f(2), i(2), 0), "ids must be in [-2, 2), got 2 at position 0"),
        ],
    ),
    Case(
        "scatter",
        lambda x, index, src, dim: ops.scatter(x, dim, index, src),
        scatter,
        [
            ((3, 4, 5), (3, 2, 5), (3, 2, 5)),
            ((3, 4, 5), (2, 4, 4), (3, 4, 5)),
            ((3, 37), (3, 5), (3, 5)),
            ((4,), (9,), (9,)),
            ((3, 3), (0, 3), (0, 3)),
        ],
        "scatter",
        inputs=[real, FEW, real],
        settings=options(dim=[0, -1]),
        large=[((40, 50, 60), (40, 50, 60), (40, 50, 60))],
        differentiable=(0,),  # src has none where a place is written twice; see test_indexing.py
        bad=[
            ((f(2), i(0, 2), f(2), 0), "ids must be in [0, 2), got 2 at position 1"),
            ((f(2), i(0, 1), f(1), 0), "src must be at least as long as index' (2,), got (1,)"),
            ((f(2), i(0, 1), i(1, 2), 0), "src must be float32 as x, got int64"),
        ],
    ),
    Case(
        "scatter_add",
        lambda x, index, src, dim: ops.scatter_add(x, dim, index, src),
        scatter_add,
        [
            ((3, 4, 5), (3, 2, 5), (3, 2, 5)),
            ((3, 4, 5), (2, 4, 4), (3, 4, 5)),
            ((3, 37), (3, 5), (3, 5)),
            ((4,), (9,), (9,)),
            ((3, 3), (0, 3), (0, 3)),
        ],
        "gather scatter_add",
        inputs=[real, FEW, real],
        settings=options(dim=[0, -1]),
        large=[((40, 50, 60), (40, 50, 60), (40, 50, 60))],
        differentiable=(0, 2),
        length=lambda x, index, src: max(index) + 1,
    ),
    Case(
        "index_add",
        lambda x, index, source, dim, alpha: ops.index_add(x, dim, index, source, alpha=alpha),
        index_add,
        [((3, 4, 3), (5,), (5, 4, 3)), ((3, 37), (7,), (7, 37)), ((3, 2), (0,), (0, 2))],
        "gather scatter_add",
        inputs=[real, FEW, real],
        settings=options(dim=[0], alpha=[1, -0.5]),
        large=[((50, 3, 131), (300,), (300, 3, 131))],
        differentiable=(0, 2),
        length=lambda x, index, source: index[0] + 1,
        bad=[
            ((f(2, 3), i(0), f(1, 3), 1, 1), "source must have shape (2, 1) and index one axis, got (1, 3) and (1,)"),
            ((f(2, 3), i(2), f(1, 3), 0, 1), "ids must be in [0, 2), got 2 at position 0"),
        ],
    ),
    Case(
        "where",
        ops.where,
        np.where,
        [
            ((3, 37), (3, 37), (3, 37)),
            *(((2, n), (2, n), (2, n)) for n in WIDTHS),
            *[((3, 1), (4,), (3, 4)), ((4,), (3, 1), ()), ((), (), ()), ((3, 4), (), (3, 1)), ((0, 3), (3,), (1, 3))],
            *[((2, 1, 3), (4, 1), (3,)), ((5, 7), (7,), ()), ((5, 7), (), (5, 7))],
        ],
        "where",
        inputs=[mask, real, positive],
        large=[((7, 9001), (7, 9001), (7, 9001)), ((7, 9001), (), (9001,))],
        differentiable=(1, 2),
        length=lambda *shapes: int(np.prod(np.broadcast_shapes(*shapes))),
        bad=[
            ((f(2), f(2), f(2)), "condition must be bool, got float32"),
            ((truths(2), f(2), f(3)), "shapes must broadcast together, got condition (2,) and a (2,) and b (3,)"),
        ],
    ),
    Case(
        "masked_fill",
        ops.masked_fill,
        lambda x, mask, value: np.where(mask, value, x),
        [((3, 37), (3, 37)), ((3, 4), (4,)), ((4,), (3, 1)), ((), ()), ((0, 3), (3,))],
        "where",
        inputs=[real, mask],
        settings=options(value=[0.0, 2.5]),
        differentiable=(0,),
        bad=[
            ((f(2), f(2), 0.0), "mask must be bool, got float32"),
            ((f(2), truths(2), f(2)), "value must have no axes, got shape (2,)"),
            ((f(2), truths(3), 0.0), "mask must broadcast together with (2,), got (3,)"),
            ((f(2), truths(2), "a"), "value must be a number, got str"),
            ((i(2, 3), truths(2), 0.5), "value must fit int64, got 0.5"),
            ((i(2, 3), truths(2), np.nan), "value must fit int64, got nan"),
        ],
    ),
]
