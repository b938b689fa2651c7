"""What tensors are: kinds, sizes and how their memory lies. Nothing here makes a tensor of new elements."""
# ruff: noqa: A002  PyTorch's names of arguments

from __future__ import annotations

from typing import Any

import numpy as np

from mushin.autograd import Tensor, as_array
from mushin.ops import shape
from mushin.ops.arrays import cast, normalized_axis, operands


def is_tensor(obj: Any) -> bool:
    """Whether an object is a tensor."""
    return isinstance(obj, Tensor)


def is_floating_point(input: Tensor) -> bool:
    """Whether the elements are floating-point numbers."""
    return input.array.dtype.kind == "f"


def is_signed(input: Tensor) -> bool:
    """Whether the dtype has negative numbers."""
    return input.array.dtype.kind in "fi"


def is_nonzero(input: Tensor) -> bool:
    """Whether the only element is not zero.

    Raises:
        ValueError: more elements than one, or none.
    """
    return bool(input)


def numel(input: Tensor) -> int:
    """The number of elements."""
    return input.array.size


def ndimension(input: Tensor) -> int:
    """The number of axes."""
    return input.array.ndim


def element_size(input: Tensor) -> int:
    """The bytes of one element."""
    return input.array.itemsize


def stride(input: Tensor, dim: int | None = None) -> Any:
    """How many elements lie between neighbours along each axis, or along one."""
    steps = tuple(step // input.array.itemsize for step in input.array.strides)
    return steps if dim is None else steps[normalized_axis("stride", dim, input.array.ndim)]


def is_contiguous(input: Tensor) -> bool:
    """Whether the elements lie one after the other, row by row."""
    return bool(input.array.flags.c_contiguous)


def is_same_size(input: Tensor, other: Tensor) -> bool:
    """Whether two tensors have one shape."""
    return input.array.shape == as_array(other).shape


def result_type(tensor1: Any, tensor2: Any) -> np.dtype[Any]:
    """The dtype of what arithmetic makes of two tensors or numbers.

    Source: torch.result_type.
    """
    return operands("result_type", tensor1, tensor2)[0].array.dtype


def view_as(self: Tensor, other: Tensor) -> Tensor:
    """`view` in another tensor's shape."""
    return shape.view(self, as_array(other).shape)


def reshape_as(self: Tensor, other: Tensor) -> Tensor:
    """`reshape` to another tensor's shape."""
    return shape.reshape(self, as_array(other).shape)


def type_as(self: Tensor, other: Tensor) -> Tensor:
    """The elements in another tensor's dtype."""
    return cast(self, as_array(other).dtype)


def adjoint(input: Tensor) -> Tensor:
    """Matrices with their rows and columns swapped: the last two axes; a view.

    Source: torch.adjoint, of real numbers.
    """
    if input.array.ndim < 2:
        raise ValueError(f"[adjoint] input must have shape (..., m, n), got {input.array.shape}")
    return shape.transpose(input, -2, -1)


METHODS = (
    *(is_floating_point, is_signed, is_nonzero, ndimension, element_size, stride, is_contiguous, is_same_size),
    *(view_as, reshape_as, type_as, adjoint),
)
