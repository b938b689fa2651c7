"""Comparisons, logic and arithmetic of integers."""

from __future__ import annotations

from typing import Any

import numpy as np

from cases import case as c
from cases.case import Case, f
from mushin import ops


def steps(rng: np.random.Generator, shape: c.Shape, shapes: Any) -> np.ndarray:
    """Few values, so that some are equal, and signed zeros."""
    return np.asarray(rng.integers(-2, 3, shape) * rng.choice([-0.5, 0.5], shape))


def small(rng: np.random.Generator, shape: c.Shape, shapes: Any) -> np.ndarray:
    """Integers, of which some are 0; dtypes take turns."""
    return np.asarray(rng.integers(-7, 8, shape).astype("qihb"[sum(map(sum, shapes)) % 4]))


def truths(rng: np.random.Generator, shape: c.Shape, shapes: Any) -> np.ndarray:
    return np.asarray(rng.random(shape) < 0.5)


PAIRS_THAT_DIFFER = ((f(2, 3), f(4)), "shapes must broadcast together, got a (2, 3) and b (4,)")


def of_two(name: str, function: Any, reference: Any, kernel: str, maker: Any, **more: Any) -> Case:
    makers = [maker, maker]
    return Case(name, function, reference, c.PAIRS, kernel, makers, large=c.BIG_PAIRS, differentiable=(), **more)


def of_one(name: str, function: Any, reference: Any, kernel: str, maker: Any) -> Case:
    return Case(name, function, reference, c.ELEMENTS, kernel, [maker], large=c.BIG, differentiable=())


def where_not_zero(function: Any) -> Any:
    """0 where the divisor is, as the kernel has it."""
    return lambda a, b: np.where(b == 0, 0, function(a, np.where(b == 0, 1, b))).astype(a.dtype)


RELATIONS = {
    "eq": np.equal,
    "ne": np.not_equal,
    "lt": np.less,
    "le": np.less_equal,
    "gt": np.greater,
    "ge": np.greater_equal,
}
OPERATIONS = {
    "add": np.add,
    "sub": np.subtract,
    "mul": np.multiply,
    "maximum": np.maximum,
    "minimum": np.minimum,
    "floor_divide": where_not_zero(np.floor_divide),
    "remainder": where_not_zero(np.remainder),
    "bitwise_and": np.bitwise_and,
    "bitwise_or": np.bitwise_or,
    "bitwise_xor": np.bitwise_xor,
}
COMPARE = [
    *(
        of_two(name, getattr(ops, name), reference, "compare", steps, bad=[PAIRS_THAT_DIFFER])
        for name, reference in RELATIONS.items()
    ),
    *(
        of_two(f"{name}_of_integers", getattr(ops, name), reference, "compare_integers", small)
        for name, reference in RELATIONS.items()
    ),
    *(
        of_two(
            name if name.startswith("bit") else f"{name}_of_integers", getattr(ops, name), reference, "integers", small
        )
        for name, reference in OPERATIONS.items()
    ),
    of_two("bitwise_xor_of_truths", ops.bitwise_xor, np.logical_xor, "integers", truths),
    of_one("bitwise_not", ops.bitwise_not, np.bitwise_not, "integers", small),
    of_one("bitwise_not_of_truths", ops.bitwise_not, np.logical_not, "compare_integers", truths),
    of_two("logical_and", ops.logical_and, np.logical_and, "integers", steps),
    of_two("logical_or", ops.logical_or, np.logical_or, "integers", steps),
    of_two("logical_xor", ops.logical_xor, np.logical_xor, "integers", steps),
    of_one("logical_not", ops.logical_not, np.logical_not, "compare_integers", steps),
    of_one("isnan", ops.isnan, np.isnan, "compare", steps),
    of_one("isinf", ops.isinf, np.isinf, "compare", steps),
    of_one("isfinite", ops.isfinite, np.isfinite, "compare", steps),
    of_two("isclose", ops.isclose, np.isclose, "compare", steps),
    of_one("neg_of_integers", ops.neg, np.negative, "integers", small),
    of_one("abs_of_integers", ops.abs, np.abs, "integers", small),
    of_one("sign_of_integers", ops.sign, np.sign, "integers", small),
    of_one("square_of_integers", ops.square, np.square, "integers", small),
    of_one("relu_of_integers", ops.relu, lambda x: np.maximum(x, 0), "integers", small),
    of_one("pow_of_integers", lambda x: ops.pow(x, 3), lambda x: x**3, "integers", small),
    Case(
        "integers_beside_numbers",
        lambda x: (x + 3) * 2 - 1,
        lambda x: (x + 3) * 2 - 1,
        c.ELEMENTS,
        "integers",
        [small],
        differentiable=(),
    ),
]
