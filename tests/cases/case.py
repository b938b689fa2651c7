"""What an entry of the table is: a function, its reference, and inputs for it."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from itertools import product
from typing import Any

import numpy as np

from mushin import Tensor

Shape = tuple[int, ...]


def tolerance(dtype: Any, length: int) -> float:
    """The error that is allowed, relative to the largest value, where `length` numbers were added up: rounding errors
    add up like a random walk."""
    return float(8 * np.finfo(dtype).eps * max(length, 1) ** 0.5)


@dataclass(frozen=True)
class Case:
    """An op. Its first shapes are the typical ones: layouts, subsets of gradients, in-place writes and replay are
    checked on them; values and gradients on all shapes with all settings; finite differences on the small ones,
    threads on the large ones."""

    name: str
    function: Callable[..., Any]  # of tensors (of arrays where `raw`) and a setting
    reference: Callable[..., Any]  # of float64 arrays and the same setting
    shapes: Sequence[Sequence[Shape]]  # for each example the inputs' shapes
    kernels: str  # names of those that the function and its gradient call
    inputs: Sequence[Callable[..., np.ndarray]] | None = None  # how each is made; None: `real`
    settings: Sequence[dict[str, Any]] = ({},)
    large: Sequence[Sequence[Shape]] = ()  # enough work for several threads
    differentiable: Sequence[int] | None = None  # inputs that have gradients; None: all
    length: Callable[..., int] | None = None  # of the shapes: the longest sum, also of the gradients; None: see below
    factor: float = 1.0  # on the tolerance
    reason: str = ""  # why it is not 1
    raw: bool = False  # the function takes and returns arrays
    bad: Sequence[tuple[tuple[Any, ...], str]] = ()  # arguments, and how their error begins after "[name] "

    def __post_init__(self) -> None:
        assert self.factor == 1.0 or self.reason, f"{self.name}: a loosened tolerance needs its reason"

    def examples(self, large: bool = False) -> Iterator[tuple[Sequence[Shape], dict[str, Any]]]:
        return product(self.large if large else self.shapes, self.settings)

    def typical(self) -> Iterator[tuple[Sequence[Shape], dict[str, Any]]]:
        return product(self.shapes[:1], self.settings)

    def make(self, shapes: Sequence[Shape], dtype: Any, seed: int = 0) -> list[np.ndarray]:
        """Inputs of the shapes; floating-point ones are of the dtype."""
        rng = np.random.default_rng(seed)
        makers = self.inputs or [real] * len(shapes)
        arrays = [np.asarray(maker(rng, shape, shapes)) for maker, shape in zip(makers, shapes, strict=True)]
        return [a.astype(dtype) if a.dtype.kind == "f" else a for a in arrays]

    def gradients(self) -> tuple[int, ...]:
        """The inputs that have gradients."""
        if self.raw:
            return ()
        return tuple(range(len(self.shapes[0])) if self.differentiable is None else self.differentiable)

    def tolerance(self, dtype: Any, shapes: Sequence[Shape], output: Shape) -> float:
        """Where the case does not say otherwise a value sums what an input has more of than the output, a gradient what
        the output has more of than its input."""
        sizes = [max(int(np.prod(s)), 1) for s in (output, *shapes)]
        length = self.length(*shapes) if self.length else max(max(sizes[0] // s, s // sizes[0]) for s in sizes)
        return self.factor * tolerance(dtype, length)


# --- inputs: distinct, not zero, not symmetric, away from the kinks at 0, so that a wrong gradient cannot pass


def real(rng: np.random.Generator, shape: Shape, shapes: Sequence[Shape]) -> np.ndarray:
    return positive(rng, shape, shapes) * np.where(rng.random(shape) < 0.6, 1, -1)


def positive(rng: np.random.Generator, shape: Shape, shapes: Sequence[Shape]) -> np.ndarray:
    size = int(np.prod(shape))
    places = rng.permutation(size) + 0.8 * rng.random(size)
    return (0.15 + 1.8 * places / max(size, 1)).reshape(shape)


def ids(axis: int, ignored: int | None = None, dtypes: str = "q") -> Callable[..., np.ndarray]:
    """Integers below the length of the first input's axis; every third one `ignored`; dtypes take turns."""

    def make(rng: np.random.Generator, shape: Shape, shapes: Sequence[Shape]) -> np.ndarray:
        values = np.asarray(rng.integers(0, shapes[0][axis if len(shapes[0]) > axis else 0], shape))
        if ignored is not None:
            values.reshape(-1)[1::3] = ignored
        return values.astype(dtypes[sum(shape) % len(dtypes)])

    return make


def whole(dtypes: str = "?bBhHiIqQ") -> Callable[..., np.ndarray]:
    """Integers and truth values, many of them 0; dtypes take turns."""

    def make(rng: np.random.Generator, shape: Shape, shapes: Sequence[Shape]) -> np.ndarray:
        dtype = np.dtype(dtypes[sum(shape) % len(dtypes)])
        low = 0 if dtype.kind in "bu" else -5
        return np.asarray(rng.integers(low, 6, shape) * (rng.random(shape) < 0.7)).astype(dtype)

    return make


def with_zeros(rng: np.random.Generator, shape: Shape, shapes: Sequence[Shape]) -> np.ndarray:
    """Every third element is 0."""
    values = real(rng, shape, shapes)
    values.reshape(-1)[1::3] = 0.0
    return values


def special(rng: np.random.Generator, shape: Shape, shapes: Sequence[Shape]) -> np.ndarray:
    """Numbers at the edges of the integer types, and those that are none."""
    edges = [-300.7, -5.5, -1, -0.0, 0.4, 1, 5.5, 127.9, 128.6, 255.5, 4e4, 7e4, 3e9, 5e9, 1e19, 2e19, -1e30, 1e30]
    return np.resize([*edges, np.nan, np.inf, -np.inf], shape)


def share(rng: np.random.Generator, shape: Shape, shapes: Sequence[Shape]) -> np.ndarray:
    """Between 0.07 and 0.98."""
    return positive(rng, shape, shapes) / 2


def few(rng: np.random.Generator, shape: Shape, shapes: Sequence[Shape]) -> np.ndarray:
    """Integers from 0 to 3."""
    return np.asarray(rng.integers(0, 4, shape))


def generator(rng: np.random.Generator, shape: Shape, shapes: Sequence[Shape]) -> np.ndarray:
    """A seed and a counter."""
    return rng.integers(0, 2**64, 2, np.uint64)


# --- arguments of which an error is expected


def f(*shape: int) -> Tensor:
    """Of float32."""
    return Tensor(np.ones(shape, np.float32))


def d(*shape: int) -> Tensor:
    """Of float64."""
    return Tensor(np.ones(shape, np.float64))


def i(*values: int) -> Tensor:
    """Of int64."""
    return Tensor(np.array(values, np.int64))


# --- shapes and settings

WIDTHS = range(1, 34)  # to twice the widest vector and one


def one(*shapes: Shape) -> list[tuple[Shape, ...]]:
    """For functions of one input."""
    return [(shape,) for shape in shapes]


def options(**values: Sequence[Any]) -> list[dict[str, Any]]:
    """Every combination."""
    return [dict(zip(values, chosen)) for chosen in product(*values.values())]


def flags(*names: str) -> dict[str, Sequence[bool]]:
    return dict.fromkeys(names, (False, True))


def longest_axis(*shapes: Shape) -> int:
    return max(max(shape, default=1) for shape in shapes)


ELEMENTS = one((3, 37), *((n,) for n in WIDTHS), (), (0,), (3, 0), (2, 3, 5))
ROWS = one((3, 37), *((2, n) for n in WIDTHS), (0, 5), (4, 0), (2, 3, 5))
FLAT = one((40,), *((12 + n,) for n in WIDTHS))
PAIRS = [
    ((3, 37), (3, 37)),
    *(((2, n), (2, n)) for n in WIDTHS),
    *[((3, 1), (1, 5)), ((4,), (3, 4)), ((3, 4), (3, 1)), ((3, 4), ()), ((), ()), ((1,), (17,)), ((2, 1, 7), (5, 1))],
    *[((0, 3), (3,)), ((2, 1), (2, 0)), ((1, 2, 1, 3), (4, 1, 5, 1))],
]
ROWS_AND_IDS = [
    ((3, 37), (3,)),
    *(((5, n), (5,)) for n in WIDTHS),
    ((7,), ()),
    ((2, 5, 3, 4), (2, 3, 4)),
    ((0, 5), (0,)),
]
ROWS_AND_ROWS = [(shape, shape) for shape in [(3, 37), *((2, n) for n in WIDTHS), (7,), (2, 5, 3), (0, 5)]]
TABLES_AND_IDS = [
    *[((5, 37), (7,)), ((5, 3), (2, 3)), ((4,), (6,)), ((4, 2, 3), (5,)), ((5, 3), ()), ((5, 3), (0,)), ((3, 0), (2,))],
    *(((5, n), (3,)) for n in WIDTHS),
]
MATRICES = [
    *[((5, 37), (37, 33)), ((3,), (3,)), ((2, 3), (3,)), ((3,), (3, 2)), ((5,), (2, 5, 3)), ((2, 3, 5), (5,))],
    *[((2, 3, 4), (2, 4, 5)), ((2, 1, 3, 4), (5, 4, 2)), ((3, 4), (2, 4, 5)), ((1, 1), (1, 1)), ((2, 257), (257, 3))],
    *[((0, 3), (3, 2)), ((2, 0), (0, 3)), ((2, 3), (3, 0)), ((0, 2, 3), (3, 4)), ((2, 1, 3, 2), (0, 2, 5))],
]
LAYERS = [
    ((5, 37), (33, 37), (33,)),
    *(((rows, 5), (33, 5), (33,)) for rows in range(1, 18)),
    *(((3, 4), (width, 4), (width,)) for width in WIDTHS),
    *(((3, depth), (5, depth), (5,)) for depth in WIDTHS),
    *[((3, 259), (7, 259), (7,)), ((50, 3), (33, 3), (33,)), ((2, 3, 4), (5, 4), (5,)), ((4,), (3, 4), (3,))],
    *[((0, 4), (3, 4), (3,)), ((3, 0), (2, 0), (2,)), ((2, 4), (0, 4), (0,)), ((2, 0, 4), (3, 4), (3,))],
]
PRODUCTS = [
    ((7, 33), (7, 5), (5, 33)),
    *(((m, 33), (m, 5), (5, 33)) for m in range(1, 18)),
    *(((m, n), (m, k), (k, n)) for m, n, k in [(3, 20, 257), (2, 5, 513), (49, 17, 3), (97, 35, 6), (50, 1030, 2)]),
    *[((2, 3), (2, 0), (0, 3)), ((0, 3), (0, 2), (2, 3)), ((2, 3, 4, 5), (2, 3, 4, 6), (2, 3, 6, 5))],
]
BIG = one((7, 9001))
BIG_PAIRS = [((7, 9001), (7, 9001)), ((7, 9001), (9001,)), ((301, 1), (1, 211))]
LINES = one((3, 5, 7), (1, 1, 1), (4, 1, 9))
# Lines that lie beside one another, across vectors and pieces; whole rows; rows that are long enough to be shared.
COLUMNS = one((5, 63), (5, 64), (5, 65), (3, 131), (257, 3), (513, 2))
LARGE_LINES = [((31, 17, 43),)]
LONG_LINES = one((1, 70001), (3, 20011), (70, 1001))
AXES = [None, 0, 1, 2, -1, (0, 1), (1, 2), (0, 2), (2, 0, 1), ()]

SEVERAL = "several ops, one after the other"  # of a tolerance: each of them rounds
