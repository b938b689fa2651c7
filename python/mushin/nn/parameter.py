"""Parameter, and the dtypes and lengths that parameters may have."""

from __future__ import annotations

from typing import Any

import numpy as np

from mushin.autograd import Tensor
from mushin.ops.arrays import integer

_FLOATS = (np.dtype(np.float32), np.dtype(np.float64))


def float_dtype(op: str, dtype: Any) -> np.dtype[Any]:
    """A dtype that parameters may have: float32, which None stands for, or float64.

    Raises:
        TypeError: any other.
    """
    try:
        checked = np.dtype(np.float32 if dtype is None else dtype)
    except TypeError:
        checked = np.dtype(object)
    if checked not in _FLOATS:
        raise TypeError(f"[{op}] dtype must be float32 or float64, got {dtype!r}")
    return checked


def axis_length(owner: str, name: str, value: Any) -> int:
    """A length that a parameter's axis may have.

    Raises:
        TypeError: no integer.
        ValueError: a negative one.
    """
    length = integer(owner, name, value)
    if length < 0:
        raise ValueError(f"[{owner}] {name} must not be negative, got {length}")
    return length


class Parameter(Tensor):
    """A tensor that is registered when it is assigned to a module's attribute.

    Args:
        data: array, number, nested sequence or tensor, of any shape; memory of an array or tensor is shared.
        requires_grad: whether `backward` collects its gradient.

    Raises:
        ValueError: requires_grad of data that is not floating-point.

    Source: torch.nn.Parameter.
    """

    def __init__(self, data: Any, requires_grad: bool = True) -> None:
        super().__init__(data, requires_grad)
        if isinstance(data, Tensor):
            self._version = data._version

    def __repr__(self) -> str:
        return "Parameter containing:\n" + super().__repr__()
