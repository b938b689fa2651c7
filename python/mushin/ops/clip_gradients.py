"""Clipping of gradients, in place. `nn.utils` and `optim` both have it."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import numpy as np

from mushin import kernels
from mushin.autograd import (
    Tensor,
    forbid_while_recording,
    from_array,
    note_gradient_written,
    note_gradients_used,
)
from mushin.ops.arrays import check_float, number


def clip_grad_norm_(
    parameters: Iterable[Tensor] | Tensor,
    max_norm: float,
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
    foreach: bool | None = None,
) -> Tensor:
    """Scales all gradients by min(1, max_norm / (norm + 1e-6)), where norm is that of all of them together.

    Args:
        parameters: tensors, or one; those without gradient do not count.
        max_norm: not negative.
        norm_type: order of the norm, above 0; infinite for the largest size of an element.
        error_if_nonfinite: refuse a norm that is infinite or NaN; no gradient is changed then.
        foreach: accepted, without effect.

    Returns:
        The norm before, of the gradients' dtype; the wider one of two.

    Raises:
        ValueError: a negative or NaN max_norm; a norm_type that is not above 0; error_if_nonfinite and such a norm.
        TypeError: anything but tensors, or a max_norm or norm_type that is no number.

    Source: torch.nn.utils.clip_grad_norm_.
    """
    op = "clip_grad_norm_"
    limit, order = _limit(op, "max_norm", max_norm), _order(op, norm_type)
    tensors = tensors_of(op, parameters)
    gradients = gradients_of(tensors)
    if not gradients:
        return from_array(np.zeros((), np.float32))
    if error_if_nonfinite:
        _check_finite(op, gradients, order)
    norm = clip_norm(gradients, limit, epsilon=1e-6, together=True, order=order)
    _note_written(tensors)
    return _of_common_dtype(gradients, norm)


def get_total_norm(
    tensors: Iterable[Tensor] | Tensor,
    norm_type: float = 2.0,
    error_if_nonfinite: bool = False,
    foreach: bool | None = None,
) -> Tensor:
    """The norm of all tensors' elements together, outside the graph.

    Args:
        tensors: float32 or float64 tensors, or one; gradients, say.
        norm_type: order of the norm, above 0; infinite for the largest size of an element.
        error_if_nonfinite: refuse a norm that is infinite or NaN.
        foreach: accepted, without effect.

    Returns:
        The norm, of the tensors' dtype; the wider one of two.

    Raises:
        ValueError: a norm_type that is not above 0; error_if_nonfinite and such a norm.
        TypeError: anything but tensors of floating-point numbers, or a norm_type that is no number.

    Source: torch.nn.utils.get_total_norm.
    """
    op = "get_total_norm"
    order = _order(op, norm_type)
    arrays = [each.array for each in tensors_of(op, tensors)]
    for each in arrays:
        check_float(op, "tensors", each)
    if not arrays:
        return from_array(np.zeros((), np.float32))
    if error_if_nonfinite:
        _check_finite(op, arrays, order)
    return _of_common_dtype(arrays, kernels.norm_of_norms(_norms(of_one_dtype(arrays), order), order))


def clip_grads_with_norm_(
    parameters: Iterable[Tensor] | Tensor, max_norm: float, total_norm: Tensor, foreach: bool | None = None
) -> None:
    """Scales all gradients by min(1, max_norm / (total_norm + 1e-6)).

    Args:
        parameters: tensors, or one; those without gradient are left alone.
        max_norm: not negative.
        total_norm: a tensor of one number, such as get_total_norm gives.
        foreach: accepted, without effect.

    Raises:
        ValueError: a negative or NaN max_norm; a total_norm of more numbers.
        TypeError: anything but tensors, or a max_norm that is no number.

    Source: torch.nn.utils.clip_grads_with_norm_.
    """
    op = "clip_grads_with_norm_"
    limit = _limit(op, "max_norm", max_norm)
    tensors = tensors_of(op, parameters)
    (given,) = tensors_of(op, total_norm, "total_norm")
    if given.array.size != 1:
        raise ValueError(f"[{op}] total_norm must be one number, got shape {given.array.shape}")
    norm = kernels.copy(kernels.empty((), np.float64), given.array.reshape(()))
    for arrays in of_one_dtype(gradients_of(tensors)):
        kernels.clip_by_norm(arrays, norm, limit, 1e-6)
    _note_written(tensors)


def clip_grad_value_(parameters: Iterable[Tensor] | Tensor, clip_value: float, foreach: bool | None = None) -> None:
    """Clips every element of all gradients to [-clip_value, clip_value].

    Args:
        parameters: tensors, or one; those without gradient are left alone.
        clip_value: not negative.
        foreach: accepted, without effect.

    Raises:
        ValueError: a negative or NaN clip_value.
        TypeError: anything but tensors, or a clip_value that is no number.

    Source: torch.nn.utils.clip_grad_value_.
    """
    limit = _limit("clip_grad_value_", "clip_value", clip_value)
    tensors = tensors_of("clip_grad_value_", parameters)
    for arrays in of_one_dtype(gradients_of(tensors)):
        kernels.clip_by_value(arrays, limit)
    _note_written(tensors)


def gradients_of(tensors: list[Tensor]) -> list[np.ndarray]:
    """The gradients that there are, to be read or written."""
    note_gradients_used(tensors)
    for tensor in tensors:
        tensor._may_be_written()
    return [p._grad for p in tensors if p._grad is not None]


def clip_norm(
    gradients: list[np.ndarray], limit: np.ndarray, epsilon: float, together: bool, order: float = 2.0
) -> np.ndarray:
    """Clips arrays by the norm of all, or by each one's; returns that norm, or those. `limit` is a buffer of one
    float64."""
    partition = of_one_dtype(gradients)
    norms = _norms(partition, order)
    total = kernels.norm_of_norms(norms, order) if together else None
    begin = 0
    for arrays in partition:
        of_these = norms[begin : begin + len(arrays)] if total is None else total
        kernels.clip_by_norm(arrays, of_these, limit, epsilon)
        begin += len(arrays)
    return norms if total is None else total


def of_one_dtype(arrays: list[np.ndarray]) -> list[list[np.ndarray]]:
    """The arrays of each dtype, which kernels take together."""
    partition: dict[Any, list[np.ndarray]] = {}
    for array in arrays:
        partition.setdefault(array.dtype, []).append(array)
    return list(partition.values())


def _norms(partition: list[list[np.ndarray]], order: float) -> np.ndarray:
    """The norm of each array, one dtype after the other."""
    norms, begin = kernels.empty((sum(map(len, partition)),), np.float64), 0
    for arrays in partition:
        kernels.norms(norms[begin : begin + len(arrays)], arrays, order)
        begin += len(arrays)
    return norms


def _check_finite(op: str, arrays: list[np.ndarray], order: float) -> None:
    forbid_while_recording(op, "error_if_nonfinite cannot look at the norm")
    norm = kernels.norm_of_norms(_norms(of_one_dtype(arrays), order), order).item()
    if not np.isfinite(norm):
        raise ValueError(f"[{op}] the norm of all gradients must be finite, got {norm}")


def _of_common_dtype(arrays: list[np.ndarray], norm: np.ndarray) -> Tensor:
    """A norm as a tensor of the arrays' dtype."""
    dtype = np.result_type(*(array.dtype for array in arrays))
    return from_array(norm if norm.dtype == dtype else kernels.copy(kernels.empty((), dtype), norm))


def _order(op: str, norm_type: Any) -> float:
    order = number(op, "norm_type", norm_type)
    if not order > 0.0:
        raise ValueError(f"[{op}] norm_type must be above 0, got {norm_type}")
    return order


def _limit(op: str, name: str, value: Any) -> np.ndarray:
    """A limit as the buffer that kernels read."""
    if not number(op, name, value) >= 0.0:
        raise ValueError(f"[{op}] {name} must not be negative, got {value}")
    return np.array(value, np.float64)


def tensors_of(op: str, given: Any, name: str = "parameters") -> list[Tensor]:
    """A list of the tensors, or of the one that is given."""
    if isinstance(given, Tensor):
        return [given]
    if not isinstance(given, Iterable):
        raise TypeError(f"[{op}] {name} must be a tensor or tensors, got {type(given).__name__}")
    tensors = list(given)
    for each in tensors:
        if not isinstance(each, Tensor):
            raise TypeError(f"[{op}] {name} must be tensors, got {type(each).__name__}")
    return tensors


def _note_written(tensors: list[Tensor]) -> None:
    for each in tensors:
        note_gradient_written(each)
