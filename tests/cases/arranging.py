"""Tensors joined and divided, and elements put in other places."""

from __future__ import annotations

import numpy as np

from cases.case import WIDTHS, Case, f, one, options
from mushin import ops


def pad(x: np.ndarray, pad: tuple[int, ...], mode: str, value: float | None) -> np.ndarray:
    """NumPy's, after cutting off what a width below 0 takes away."""
    widths = [(0, 0)] * (x.ndim - len(pad) // 2) + [pad[k : k + 2] for k in range(0, len(pad), 2)][::-1]
    cut = tuple(slice(max(-before, 0), n - max(-after, 0)) for n, (before, after) in zip(x.shape, widths))
    grown = [(max(before, 0), max(after, 0)) for before, after in widths]
    if mode == "constant":
        return np.pad(x[cut], grown, constant_values=value or 0)
    return np.pad(x[cut], grown, {"replicate": "edge", "circular": "wrap"}.get(mode, mode))


def in_pieces(x: np.ndarray, size: int, dim: int) -> tuple[np.ndarray, ...]:
    return tuple(np.array_split(x, range(size, x.shape[dim], size), dim))


JOINED = [((3, 4), (3, 2), (3, 5)), ((2, 37), (2, 37), (2, 1)), ((2, 0), (2, 3), (2, 1))]
SPLIT = [{"size": size, "dim": dim} for size in (1, 2, 4, 9) for dim in (0, -1)]
ARRANGING = [
    Case(
        "cat",
        lambda a, b, c, dim: ops.cat((a, b, c), dim),
        lambda a, b, c, dim: np.concatenate((a, b, c), dim),
        JOINED,
        "copy",
        settings=options(dim=[1, -1]),
        large=[((50, 331), (50, 9), (50, 1000))],
        bad=[
            ((f(2, 3), f(2, 3), f(3, 3), 1), "tensors must have shape (2, 3) but for axis 1, got (3, 3)"),
            ((f(2, 3), f(2, 3), f(3), 0), "tensors must have shape (2, 3) but for axis 0, got (3,)"),
            ((f(2), f(2), f(2), 1), "axis must be in [-1, 1), got 1"),
        ],
    ),
    Case(
        "stack",
        lambda a, b, dim: ops.stack([a, b], dim),
        lambda a, b, dim: np.stack([a, b], dim),
        [((3, 4), (3, 4)), ((2, 0), (2, 0))],
        "copy",
        settings=options(dim=[0, 1, -1]),
        bad=[((f(2), f(3), 0), "tensors must have shape (2,) as the first, got (3,)")],
    ),
    Case(
        "hstack",
        lambda a, b: ops.hstack([a, b]),
        lambda a, b: np.hstack([a, b]),
        [((3, 4), (3, 2)), ((3,), (4,)), ((), ())],
        "copy",
    ),
    Case(
        "vstack",
        lambda a, b: ops.vstack([a, b]),
        lambda a, b: np.vstack([a, b]),
        [((3, 4), (2, 4)), ((3,), (3,)), ((3,), (2, 3)), ((), ())],
        "copy",
    ),
    Case(
        "split",
        lambda x, size, dim: ops.split(x, size, dim),
        in_pieces,
        one((5, 7)),
        "fill copy",
        settings=SPLIT,
        bad=[
            ((f(5), 0, 0), "split_size_or_sections must be positive, got 0"),
            ((f(5), [2, 2], 0), "split_size_or_sections must sum to 5, the axis' length, got [2, 2]"),
            ((f(5), 1.5, 0), "split_size_or_sections must be an integer, got float"),
        ],
    ),
    Case(
        "split_of_sizes",
        lambda x: ops.split(x, (1, 0, 4), 1),
        lambda x: (x[:, :1], x[:, 1:1], x[:, 1:]),
        one((3, 5)),
        "",
    ),
    Case(
        "chunk",
        ops.chunk,
        lambda x, chunks, dim: in_pieces(x, -(-x.shape[dim] // chunks), dim),
        one((5, 8)),
        "",
        settings=options(chunks=[1, 2, 3, 7], dim=[0, 1]),
        bad=[((f(5), 0, 0), "chunks must be positive, got 0")],
    ),
    Case(
        "tensor_split",
        lambda x, parts, dim: ops.tensor_split(x, parts, dim),
        lambda x, parts, dim: tuple(np.array_split(x, parts, dim)),
        one((5, 8)),
        "",
        settings=options(parts=[1, 3, 7, (2, 4), (1, -2), (4, 2), (0, 30)], dim=[0, -1]),
        bad=[((f(5), 0, 0), "indices_or_sections must be positive, got 0")],
    ),
    Case(
        "unbind",
        ops.unbind,
        lambda x, dim: tuple(np.moveaxis(x, dim, 0)),
        one((3, 4)),
        "",
        settings=options(dim=[0, -1]),
        bad=[((f(), 0), "x must have at least one axis, got shape () and axis 0")],
    ),
    Case(
        "flip",
        lambda x, axis: ops.flip(x, axis),
        np.flip,
        one((3, 4, 5), (0, 2, 3)),
        "copy",
        settings=options(axis=[0, (1,), (0, -1), (0, 1, 2)]),
        bad=[((f(2), (0, 0)), "axis must name each axis once, got (0, 0)")],
    ),
    Case(
        "roll",
        lambda x, shift, axis: ops.roll(x, shift, axis),
        np.roll,
        one((3, 4, 5), (0, 2, 3), (1, 1, 37)),
        "copy",
        settings=[
            {"shift": 2, "axis": None},
            {"shift": -1, "axis": 0},
            {"shift": (1, 7), "axis": (0, 2)},
            {"shift": (1, 1), "axis": (-1, -1)},
            {"shift": 0, "axis": 1},
        ],
        bad=[
            ((f(2), (1, 2), 0), "shifts must be as many as dims, got (1, 2) and 0"),
            ((f(2), 0.5, 0), "shifts must be an integer, got float"),
        ],
    ),
    Case(
        "repeat",
        lambda x, reps: ops.repeat(x, reps),
        np.tile,
        one((2, 3), (1, 3), (0, 2)),
        "copy",
        settings=options(reps=[(2, 1), (1, 1), (2, 3), (3, 1, 2), (0, 1), (2, 2, 1, 1)]),
        bad=[
            ((f(2, 3), 2), "repeats must be at least 2 numbers as x has axes, got (2,)"),
            ((f(2), -1), "repeats must not be negative, got (-1,)"),
            ((f(2), 0.5), "repeats must be an integer, got float"),
        ],
    ),
    Case(
        "repeat_along_many_axes",
        lambda x: ops.repeat(x, (2,) * 6),
        lambda x: np.tile(x, (2,) * 6),
        one((2, 2, 2, 2, 2, 2)),
        "copy",
    ),
    Case(
        "tile",
        lambda x, reps: ops.tile(x, reps),
        np.tile,
        one((2, 3), (4,)),
        "copy",
        settings=options(reps=[2, (2, 3), (2, 1, 2)]),
    ),
    Case(
        "repeat_interleave",
        lambda x, repeats, axis=None: ops.repeat_interleave(x, repeats, axis),
        np.repeat,
        one((3, 4)),
        "copy",
        settings=options(repeats=[0, 1, 3], axis=[None, 0, -1]),
        bad=[((f(2), -1), "repeats must not be negative, got -1")],
    ),
    Case(
        "pad",
        ops.pad,
        pad,
        one((3, 4, 5)),
        "copy fill",
        settings=[
            *options(
                pad=[(), (1, 2), (0, 0, 2, 1), (1, 0, 0, 2, 1, 1), (-1, 2), (2, -3, -1, 0)],
                mode=["constant"],
                value=[None, -1.5],
            ),
            *options(
                pad=[(2, 1), (0, 3), (1, 0, 2, 1), (-1, 2)], mode=["reflect", "replicate", "circular"], value=[None]
            ),
        ],
        length=lambda x: 16,
        bad=[
            ((f(3), (1,)), "pad must hold two numbers for each of at most 1 axes, got (1,)"),
            ((f(3), (1, 1, 1, 1)), "pad must hold two numbers for each of at most 1 axes"),
            ((f(3), (-2, -2)), "pad must leave a length of axis 0, got (-2, -2)"),
            ((f(3), (3, 0), "reflect"), 'axis 0 takes at most 2 in mode "reflect", got (3, 0)'),
            ((f(3), (4, 0), "circular"), 'axis 0 takes at most 3 in mode "circular", got (4, 0)'),
            ((f(0), (1, 0), "replicate"), 'axis 0 must have elements in mode "replicate", got (1, 0)'),
            ((f(3).to("uint8"), (1, 1), "constant", 300), "value must fit uint8, got 300"),
            ((f(3), (1, 1), "wrap"), 'mode must be "constant", "reflect", "replicate" or "circular", got \'wrap\''),
            ((f(3), (1, 1), "reflect", 1.0), 'value must be None in mode "reflect", got 1.0'),
            ((f(3), (0.5, 1)), "pad must be an integer, got float"),
        ],
    ),
    Case(
        "triu",
        lambda x, k=0: ops.triu(x, k),
        np.triu,
        one((3, 5), *((3, n) for n in WIDTHS), (5, 3), (2, 3, 3), (0, 3), (3, 0)),
        "triangle",
        settings=options(k=[0, 1, -2, 40]),
        large=one((301, 211)),
        bad=[
            ((f(3),), "x must have shape (..., m, n), got (3,)"),
            ((f(1, 1), 0.5), "diagonal must be an integer, got float"),
        ],
    ),
    Case(
        "tril",
        lambda x, k=0: ops.tril(x, k),
        np.tril,
        one((3, 5), *((3, n) for n in WIDTHS), (5, 3), (2, 3, 3), (0, 3), (3, 0)),
        "triangle",
        settings=options(k=[0, 1, -2, -40]),
        bad=[((f(3),), "x must have shape (..., m, n), got (3,)")],
    ),
]
