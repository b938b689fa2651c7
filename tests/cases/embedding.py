"""Tables of vectors that ids name."""

from __future__ import annotations

from typing import Any

import numpy as np

from cases import case as c
from cases.case import Case, f, i, ids, options, real
from cases.of_kernels import added, own
from mushin import kernels, ops

TABLES_AND_IDS = [(table, index) for table, index in c.TABLES_AND_IDS if len(table) == 2]


def gradient_of_table(
    dweight: np.ndarray, dy: np.ndarray, index: np.ndarray, listed: int, padding: int, add: bool
) -> Any:
    """The gradient, of which the first `listed` rows are listed as touched, and the list; any row may be for -1."""
    rows, count = own(np.arange(len(dweight))), own(np.array(listed))
    target = added(dweight) if add else own(dweight)
    gradient = kernels.embedding_backward(target, rows, count, dy, index, padding, len(dweight))
    return gradient, rows, count


def gradient_of_table_reference(
    dweight: np.ndarray, dy: np.ndarray, index: np.ndarray, listed: int, padding: int, add: bool
) -> Any:
    gradient, rows = dweight.copy(), np.arange(len(dweight))
    if not add:
        gradient[: listed if listed >= 0 else None] = 0  # rows that are not listed are trusted to hold zeros
    np.add.at(gradient, index[index != padding], dy[index != padding])
    known = listed if add else 0
    if known < 0 or known + index.size > len(rows):
        return gradient, rows, np.array(-1)
    rows[known : known + index.size] = index.ravel()
    return gradient, rows, np.array(known + index.size)


EMBEDDING = [
    Case(
        "embedding",
        lambda weight, index: ops.embedding(index, weight),
        lambda weight, index: weight[index],
        TABLES_AND_IDS,
        "embedding_forward embedding_backward",
        inputs=[real, ids(0, dtypes="qBi")],
        large=[((1000, 131), (700,)), ((3000, 9), (9000,))],
        differentiable=(0,),
        length=lambda table, index: int(np.prod(index)),
        bad=[
            ((f(3, 2), i(0, 3)), "input must be in [0, 3), got 3 at position 1"),
            ((f(3, 2), i(-1)), "input must be in [0, 3), got -1 at position 0"),
            ((f(3, 2), f(2)), "input must hold integers, got float32"),
            ((i(1, 2), i(0)), "weight must be float32 or float64, got int64"),
            ((f(3), i(0)), "weight must have shape (v, d), got (3,)"),
        ],
    ),
    Case(
        "embedding_backward",
        gradient_of_table,
        gradient_of_table_reference,
        [
            ((9, width), (*batch, width), batch)
            for width in (37, *c.WIDTHS, 300)
            for batch in [(7,), (2, 3), (12,), (0,)]
        ],
        "embedding_backward",
        inputs=[real, real, ids(0)],
        settings=options(listed=[-1, 0, 4], padding=[-1, 2], add=[False, True]),
        large=[((3000, 131), (700, 131), (700,))],
        length=lambda dweight, dy, index: 1 + int(np.prod(index)),
        raw=True,
    ),
]
