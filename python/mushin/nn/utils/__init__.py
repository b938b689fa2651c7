"""What PyTorch has in torch.nn.utils, clipping of gradients and parameters as a vector; weights packed for
inference; and `rnn`, sequences of several lengths."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from mushin import kernels
from mushin.autograd import SKIP, Tensor, no_grad, record
from mushin.nn.packing import packed_weights
from mushin.nn.utils import rnn
from mushin.ops.arrays import check_float
from mushin.ops.clip_gradients import (
    clip_grad_norm_,
    clip_grad_value_,
    clip_grads_with_norm_,
    get_total_norm,
    tensors_of,
)

__all__ = [
    "clip_grad_norm_",
    "clip_grad_value_",
    "clip_grads_with_norm_",
    "get_total_norm",
    "packed_weights",
    "parameters_to_vector",
    "rnn",
    "vector_to_parameters",
]


def parameters_to_vector(parameters: Iterable[Tensor]) -> Tensor:
    """All elements of the parameters, one parameter after the other; in the graph.

    Args:
        parameters: tensors of one floating-point dtype.

    Returns:
        A tensor of one axis.

    Raises:
        TypeError: anything but tensors, or such of several dtypes.
        ValueError: no parameters.

    Source: torch.nn.utils.parameters_to_vector.
    """
    op = "parameters_to_vector"
    tensors = tensors_of(op, parameters)
    if not tensors:
        raise ValueError(f"[{op}] parameters must hold at least one tensor, got none")
    dtype = tensors[0].array.dtype
    for each in tensors:
        check_float(op, "parameters", each.array)
        if each.array.dtype != dtype:
            raise TypeError(f"[{op}] parameters must be of one dtype, got {dtype} and {each.array.dtype}")
    ends = np.cumsum([each.array.size for each in tensors]).tolist()
    shapes = [each.array.shape for each in tensors]
    places = [slice(begin, end) for begin, end in zip([0, *ends], ends)]
    vector = kernels.empty((ends[-1],), dtype)
    for each, place, shape in zip(tensors, places, shapes):
        kernels.copy(vector[place].reshape(shape), each.array)

    def backward(dy: np.ndarray, into: tuple[object, ...]) -> tuple[np.ndarray | None, ...]:
        pieces = (dy[place].reshape(shape) for place, shape in zip(places, shapes))
        return tuple(None if to is SKIP else piece for to, piece in zip(into, pieces))

    return record(vector, tuple(tensors), backward)


def vector_to_parameters(vec: Tensor, parameters: Iterable[Tensor]) -> None:
    """Overwrites the parameters with the elements of a vector, in the memory that they have.

    Args:
        vec: a tensor of one axis, with as many elements as the parameters together.
        parameters: tensors.

    Raises:
        TypeError: anything but tensors.
        ValueError: a vector of another length; nothing is changed.

    Source: torch.nn.utils.vector_to_parameters, which makes the parameters views of the vector.
    """
    op = "vector_to_parameters"
    (vector,), tensors = tensors_of(op, vec, "vec"), tensors_of(op, parameters)
    wanted = (sum(each.array.size for each in tensors),)
    if vector.array.shape != wanted:
        raise ValueError(f"[{op}] vec must have shape {wanted}, got {vector.array.shape}")
    begin = 0
    with no_grad():
        for each in tensors:
            end = begin + each.array.size
            each.copy_(vector.detach()[begin:end].reshape(each.array.shape))
            begin = end
