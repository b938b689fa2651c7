"""Elementwise ops of one operand and no other argument: one for each such line of csrc/kernels/elementwise.h.

The line gives the function, its derivative and the sentence that says what it is; unary.pyi, which is generated, has
them for type checkers.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from mushin import kernels
from mushin.autograd import Tensor, record
from mushin.ops.arrays import cast, check_real, tensor_of
from mushin.ops.integers import UNARY

UnaryOp = Callable[[Any], Tensor]


def _op(name: str) -> UnaryOp:
    forward, backward = getattr(kernels, f"{name}_forward"), getattr(kernels, f"{name}_backward")

    def of_output(x: Any) -> Tensor:
        x = tensor_of(x)
        try:
            y = forward(x.array)
        except TypeError:
            return _of_integers(op, x)
        return record(y, (x,), lambda dy, into: (backward(into[0], dy, y),))

    def of_input(x: Any) -> Tensor:
        x = tensor_of(x)
        values = x.array
        try:
            y = forward(values)
        except TypeError:
            return _of_integers(op, x)
        return record(y, (x,), lambda dy, into: (backward(into[0], dy, values),))

    def of_nothing(x: Any) -> Tensor:
        x = tensor_of(x)
        try:
            y = forward(x.array)
        except TypeError:
            return _of_integers(op, x)
        return record(y, (x,), lambda dy, into: (backward(into[0], dy),))

    op = of_output if " y(" in backward.__doc__ else of_input if " x(" in backward.__doc__ else of_nothing
    op.__name__ = op.__qualname__ = name
    op.__doc__ = _summary(forward) + " Of any shape."
    return op


def _of_integers(op: UnaryOp, x: Tensor) -> Tensor:
    """The op of integers: integers if it has such, else float32. Raises what the kernel does for other dtypes."""
    check_real(op.__name__, "x", x.array)
    if op.__name__ == "neg" and x.array.dtype.kind == "b":
        raise TypeError("[neg] x must not be bool; ~x has the truth values reversed")
    if op.__name__ in UNARY and x.array.dtype.kind != "b":
        return UNARY[op.__name__](x)
    return op(cast(x, np.float32))


def _summary(kernel: Any) -> str:
    """What follows a kernel's signature: a sentence for those from which an op is made, else nothing."""
    text: str = kernel.__doc__
    return text.partition("\n\n")[2]


NAMES = [
    name.removesuffix("_forward")
    for name, kernel in sorted(vars(kernels).items())
    if name.endswith("_forward") and _summary(kernel)
]
OPS: dict[str, UnaryOp] = {name: _op(name) for name in NAMES}
globals().update(OPS)

__all__ = NAMES
