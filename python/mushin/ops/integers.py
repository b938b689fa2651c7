"""Arithmetic of integers and truth values, which has no gradient; results are of the operands' common dtype."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from mushin import kernels
from mushin.autograd import NEW, Tensor, from_array
from mushin.ops.arrays import check_real, ids_of, renamed

# In the order of `Operation` in csrc/kernels/compare.h.
OPERATIONS = (
    *("add", "sub", "mul", "floor_divide", "remainder", "maximum", "minimum"),
    *("bitwise_and", "bitwise_or", "bitwise_xor"),
)


_MUL, _XOR = OPERATIONS.index("mul"), OPERATIONS.index("bitwise_xor")
_HIGHEST_BIT = np.array(-(2**63))


def _is_uint64(array: np.ndarray) -> bool:
    return array.dtype.kind == "u" and array.dtype.itemsize == 8


def in_order(array: np.ndarray) -> np.ndarray:
    """Integers as int64 that are in the same order: those of uint64 with their highest bit turned."""
    same = as_int64(array)
    return kernels.integers(same, _HIGHEST_BIT, _XOR) if _is_uint64(array) else same


def as_int64(array: np.ndarray) -> np.ndarray:
    return kernels.copy(kernels.empty(array.shape, np.int64), array)


def of_integers(op: str, a: Tensor, b: Tensor) -> Tensor:
    """The op of two tensors of one integer dtype, or of truth values.

    Raises:
        TypeError: other dtypes, or no such op of them.
        ValueError: a quotient or remainder of integers of uint64 beyond int64.
        RecordingError: a quotient or remainder of uint64 while a step is recorded: a replay would not look.
    """
    dtype = a.array.dtype
    check_real(op, "a", a.array)
    if dtype.kind == "f":
        raise TypeError(f"[{op}] a and b must be integers or bool, got {a.array.dtype} and {b.array.dtype}")
    if op not in OPERATIONS or (op == "sub" and dtype.kind == "b"):
        raise TypeError(f"[{op}] a and b must be floating-point, got {a.array.dtype} and {b.array.dtype}")
    is_ordered = op in ("maximum", "minimum")
    if op in ("floor_divide", "remainder") and dtype.kind != "b":
        x, y = ids_of(op, "a", a.array, "integers"), ids_of(op, "b", b.array, "integers")
    elif is_ordered:
        x, y = in_order(a.array), in_order(b.array)
    else:
        x, y = as_int64(a.array), as_int64(b.array)
    try:
        result = kernels.integers(x, y, OPERATIONS.index(op))
        if is_ordered and _is_uint64(a.array):
            result = kernels.integers(result, _HIGHEST_BIT, _XOR)
    except ValueError as error:
        raise renamed(error, op) from None
    return from_array(kernels.copy(kernels.empty(result.shape, dtype), result))


def product_of_lines(x: np.ndarray) -> np.ndarray:
    """The products (outer, 1, inner) of lines (outer, n, inner) of int64, which wrap around: halves are multiplied."""
    result = np.ones((x.shape[0], 1, x.shape[2]), np.int64)
    n = x.shape[1]
    while n:
        if n % 2:
            result = kernels.integers(result, x[:, n - 1 :], _MUL)
        n //= 2
        x = kernels.integers(x[:, :n], x[:, n : 2 * n], _MUL)
    return result


def products_along_lines(x: np.ndarray) -> np.ndarray:
    """For each element of lines the product up to it, as `product_of_lines`: of 2, 4, 8 ... elements in turn."""
    step = 1
    while step < x.shape[1]:
        further = kernels.integers(x[:, step:], x[:, :-step], _MUL)
        x = kernels.copy(NEW, x)
        kernels.copy(x[:, step:], further)
        step *= 2
    return x


def _with(op: str, number: int, reverse: bool = False) -> Callable[[Tensor], Tensor]:
    def function(x: Tensor) -> Tensor:
        constant = from_array(np.array(number, x.array.dtype))
        return of_integers(op, constant, x) if reverse else of_integers(op, x, constant)

    return function


def _absolute(x: Tensor) -> Tensor:
    return of_integers("maximum", x, UNARY["neg"](x)) if _is_signed(x) else x


def _sign(x: Tensor) -> Tensor:
    limited = of_integers("minimum", x, from_array(np.array(1, x.array.dtype)))
    return of_integers("maximum", limited, from_array(np.array(-1, x.array.dtype))) if _is_signed(x) else limited


def _is_signed(x: Tensor) -> bool:
    return x.array.dtype.kind == "i"


def _itself(x: Tensor) -> Tensor:
    return x


# Ops of one operand that give integers.
UNARY: dict[str, Callable[[Tensor], Tensor]] = {
    "neg": _with("sub", 0, reverse=True),
    "abs": _absolute,
    "sign": _sign,
    "square": lambda x: of_integers("mul", x, x),
    "relu": _with("maximum", 0),
    "round": _itself,
    "floor": _itself,
    "ceil": _itself,
    "trunc": _itself,
}
