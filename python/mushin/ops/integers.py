"""Arithmetic of integers and truth values, which has no gradient; results are of the operands' common dtype."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np

from mushin import kernels
from mushin.autograd import Tensor, from_array
from mushin.ops.arrays import check_real, renamed

# In the order of `Operation` in csrc/kernels/compare.h.
OPERATIONS = (
    *("add", "sub", "mul", "floor_divide", "remainder", "maximum", "minimum"),
    *("bitwise_and", "bitwise_or", "bitwise_xor"),
)


def of_integers(op: str, a: Tensor, b: Tensor) -> Tensor:
    """The op of two tensors of one integer dtype, or of truth values.

    Raises:
        TypeError: other dtypes, or no such op of them.
    """
    dtype = a.array.dtype
    check_real(op, "a", a.array)
    if dtype.kind == "f":
        raise TypeError(f"[{op}] a and b must be integers or bool, got {a.array.dtype} and {b.array.dtype}")
    if op not in OPERATIONS or (op == "sub" and dtype.kind == "b"):
        raise TypeError(f"[{op}] a and b must be floating-point, got {a.array.dtype} and {b.array.dtype}")
    x, y = (kernels.copy(kernels.empty(t.array.shape, np.int64), t.array) for t in (a, b))
    try:
        result = kernels.integers(x, y, OPERATIONS.index(op))
    except ValueError as error:
        raise renamed(error, op) from None
    return from_array(kernels.copy(kernels.empty(result.shape, dtype), result))


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
