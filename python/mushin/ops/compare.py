"""Comparisons and logic: tensors of truth values, without gradient. The operands are broadcast as NumPy does."""

from __future__ import annotations

from typing import Any

import numpy as np

from mushin import kernels
from mushin.autograd import Tensor, forbid_while_recording, from_array
from mushin.ops import unary
from mushin.ops.arrays import cast, operands, renamed, tensor_of
from mushin.ops.integers import in_order, of_integers

# In the order of `Relation` in csrc/kernels/compare.h.
RELATIONS = ("eq", "ne", "lt", "le", "gt", "ge")


def _compared(op: str, a: Any, b: Any) -> Tensor:
    a, b = operands(op, a, b)
    x, y = a.array, b.array
    try:
        if x.dtype.kind == "f":
            return from_array(kernels.compare(x, y, RELATIONS.index(op)))
        x, y = (in_order(each) for each in (x, y))
        return from_array(kernels.compare_integers(x, y, RELATIONS.index(op)))
    except (TypeError, ValueError) as error:
        raise renamed(error, op) from None


def eq(a: Any, b: Any) -> Tensor:
    """Whether a equals b; NaN equals nothing."""
    return _compared("eq", a, b)


def ne(a: Any, b: Any) -> Tensor:
    """Whether a differs from b."""
    return _compared("ne", a, b)


def lt(a: Any, b: Any) -> Tensor:
    """Whether a is less than b."""
    return _compared("lt", a, b)


def le(a: Any, b: Any) -> Tensor:
    """Whether a is at most b."""
    return _compared("le", a, b)


def gt(a: Any, b: Any) -> Tensor:
    """Whether a is greater than b."""
    return _compared("gt", a, b)


def ge(a: Any, b: Any) -> Tensor:
    """Whether a is at least b."""
    return _compared("ge", a, b)


# --- logic


def _truth(x: Any) -> Tensor:
    """Whether each element differs from 0."""
    return cast(tensor_of(x), np.bool_)


def logical_and(a: Any, b: Any) -> Tensor:
    """Whether neither a nor b is 0."""
    return of_integers("bitwise_and", _truth(a), _truth(b))


def logical_or(a: Any, b: Any) -> Tensor:
    """Whether a or b is not 0."""
    return of_integers("bitwise_or", _truth(a), _truth(b))


def logical_xor(a: Any, b: Any) -> Tensor:
    """Whether exactly one of a and b is 0."""
    return of_integers("bitwise_xor", _truth(a), _truth(b))


def logical_not(x: Any) -> Tensor:
    """Whether x is 0."""
    return eq(_truth(x), from_array(np.array(False)))


def bitwise_and(a: Any, b: Any) -> Tensor:
    """The bits that both integers have; of truth values, `logical_and`."""
    return of_integers("bitwise_and", *operands("bitwise_and", a, b))


def bitwise_or(a: Any, b: Any) -> Tensor:
    """The bits that one of the integers has; of truth values, `logical_or`."""
    return of_integers("bitwise_or", *operands("bitwise_or", a, b))


def bitwise_xor(a: Any, b: Any) -> Tensor:
    """The bits that exactly one of the integers has; of truth values, `logical_xor`."""
    return of_integers("bitwise_xor", *operands("bitwise_xor", a, b))


def bitwise_not(x: Any) -> Tensor:
    """Every bit reversed; of truth values, `logical_not`."""
    x = tensor_of(x)
    return logical_not(x) if x.array.dtype.kind == "b" else bitwise_xor(x, -1)


# --- numbers that are none, and nearly equal ones


def isnan(x: Any) -> Tensor:
    """Whether each element is NaN."""
    x = tensor_of(x)
    return ne(x, x)


def isinf(x: Any) -> Tensor:
    """Whether each element is infinity or its negative."""
    return eq(unary.abs(x), np.inf)


def isfinite(x: Any) -> Tensor:
    """Whether each element is neither infinite nor NaN."""
    return lt(unary.abs(x), np.inf)


def isclose(a: Any, b: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> Tensor:
    """Whether |a - b| <= atol + rtol |b|, or both are the same infinity or, with `equal_nan`, NaN.

    Source: torch.isclose.
    """
    x, y = (t.detach() for t in operands("isclose", a, b))
    if x.array.dtype.kind != "f":  # differences of truth values and of integers without sign are none
        x, y = cast(x, np.float64), cast(y, np.float64)
    near = logical_and(le(unary.abs(x - y), atol + rtol * unary.abs(y)), isfinite(y))
    near = logical_or(near, eq(x, y))
    return logical_or(near, logical_and(isnan(x), isnan(y))) if equal_nan else near


def allclose(a: Any, b: Any, rtol: float = 1e-5, atol: float = 1e-8, equal_nan: bool = False) -> bool:
    """Whether `isclose` holds for all elements.

    Source: torch.allclose.
    """
    forbid_while_recording("allclose")
    return bool(isclose(a, b, rtol, atol, equal_nan).array.all())


def equal(a: Any, b: Any) -> bool:
    """Whether two tensors have the same shape and elements."""
    forbid_while_recording("equal")
    x, y = tensor_of(a), tensor_of(b)
    return x.array.shape == y.array.shape and bool(eq(x, y).array.all())


COMPARISONS = (eq, ne, lt, le, gt, ge)
OPS = (
    *COMPARISONS,
    *(logical_and, logical_or, logical_xor, logical_not, bitwise_and, bitwise_or, bitwise_xor, bitwise_not),
    *(isnan, isinf, isfinite, isclose, allclose, equal),
)
