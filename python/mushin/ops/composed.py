"""Elementwise ops that are made of others. Operands are broadcast together as NumPy does."""
# ruff: noqa: A002  PyTorch's names of arguments

from __future__ import annotations

from typing import Any

import numpy as np

from mushin.autograd import Tensor
from mushin.ops import compare, elementwise, unary
from mushin.ops.arrays import cast, number, operands, tensor_of
from mushin.ops.gathering import masked_fill


def lerp(input: Any, end: Any, weight: Any) -> Tensor:
    """input + weight (end - input).

    Args:
        input, end: tensors.
        weight: a tensor or number, beyond [0, 1] too.

    Source: torch.lerp.
    """
    start, end = operands("lerp", input, end)
    return elementwise.add(start, elementwise.mul(weight, elementwise.sub(end, start)))


def addcmul(input: Any, tensor1: Any, tensor2: Any, *, value: float = 1) -> Tensor:
    """input + value tensor1 tensor2.

    Source: torch.addcmul.
    """
    return _added("addcmul", input, elementwise.mul(tensor1, tensor2), value)


def addcdiv(input: Any, tensor1: Any, tensor2: Any, *, value: float = 1) -> Tensor:
    """input + value tensor1 / tensor2.

    Source: torch.addcdiv.
    """
    return _added("addcdiv", input, elementwise.div(tensor1, tensor2), value)


def _added(op: str, input: Any, term: Tensor, value: float) -> Tensor:
    number(op, "value", value)
    return elementwise.add(input, term if value == 1 else elementwise.mul(term, value))


def float_power(input: Any, exponent: Any) -> Tensor:
    """input to the power of the exponent, in float64.

    Source: torch.float_power.
    """
    base, power = (cast(tensor_of(each), np.float64) for each in (input, exponent))
    return elementwise.pow(base, power)


def logit(input: Any, eps: float | None = None) -> Tensor:
    """log(input / (1 - input)): the inverse of the sigmoid; NaN outside of [0, 1].

    Args:
        input: of any shape.
        eps: input is no less than it, and no more than 1 - eps; None leaves it as it is.

    Source: torch.logit.
    """
    x = tensor_of(input)
    if x.array.dtype.kind in "biu":
        x = cast(x, np.float32)
    if eps is not None:
        x = elementwise.clip(x, number("logit", "eps", eps), 1 - eps)
    return unary.log(elementwise.div(x, elementwise.sub(1.0, x)))


def nan_to_num(input: Any, nan: float | None = 0.0, posinf: float | None = None, neginf: float | None = None) -> Tensor:
    """input with numbers in the place of NaN and infinities, which have no gradient.

    Args:
        input: of any shape and real dtype; integers stay what they are.
        nan: in the place of NaN; None is 0.
        posinf, neginf: in the place of infinity and its negative; None is the largest number of the dtype, and its
            negative.

    Source: torch.nan_to_num, numpy.nan_to_num.
    """
    x = tensor_of(input)
    if x.array.dtype.kind != "f":
        return x
    largest = float(np.finfo(x.array.dtype).max)
    y = masked_fill(x, compare.isnan(x), 0.0 if nan is None else nan)
    y = masked_fill(y, isposinf(x), largest if posinf is None else posinf)
    return masked_fill(y, isneginf(x), -largest if neginf is None else neginf)


def isposinf(x: Any) -> Tensor:
    """Whether each element is infinity."""
    return compare.eq(tensor_of(x), np.inf)


def isneginf(x: Any) -> Tensor:
    """Whether each element is minus infinity."""
    return compare.eq(tensor_of(x), -np.inf)


def signbit(x: Any) -> Tensor:
    """Whether each element is negative, or a zero or NaN with a minus."""
    x = tensor_of(x).detach()
    if x.array.dtype.kind == "b":
        return cast(compare.logical_and(x, False), np.bool_)
    return compare.lt(elementwise.copysign(1.0, x) if x.array.dtype.kind == "f" else x, 0)


OPS = (lerp, addcmul, addcdiv, float_power, logit, nan_to_num, isposinf, isneginf, signbit)
