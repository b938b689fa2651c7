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
from mushin.ops.arrays import number


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
        norm_type: must be 2: other norms are not available.
        error_if_nonfinite: refuse a norm that is infinite or NaN; no gradient is changed then.
        foreach: accepted, without effect.

    Returns:
        The norm before, of the gradients' dtype; the wider one of two.

    Raises:
        ValueError: a negative or NaN max_norm; error_if_nonfinite and such a norm.
        TypeError: anything but tensors, or a max_norm that is no number.
        NotImplementedError: another norm_type.

    Source: torch.nn.utils.clip_grad_norm_.
    """
    limit = _limit("clip_grad_norm_", "max_norm", max_norm)
    if number("clip_grad_norm_", "norm_type", norm_type) != 2.0:
        raise NotImplementedError(f"[clip_grad_norm_] norm_type must be 2.0, got {norm_type}: it is not available")
    tensors = _tensors("clip_grad_norm_", parameters)
    gradients = gradients_of(tensors)
    if not gradients:
        return from_array(np.zeros((), np.float32))
    if error_if_nonfinite:
        forbid_while_recording("clip_grad_norm_", "error_if_nonfinite cannot look at the norm")
        norm = np.sqrt(sum(squares.sum() for squares in _squares(_of_one_dtype(gradients))))
        if not np.isfinite(norm):
            raise ValueError(f"[clip_grad_norm_] the norm of all gradients must be finite, got {norm}")
    norm = clip_norm(gradients, limit, epsilon=1e-6, together=True)
    _note_written(tensors)
    dtype = np.result_type(*(gradient.dtype for gradient in gradients))
    return from_array(norm if norm.dtype == dtype else kernels.copy(kernels.empty((), dtype), norm))


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
    tensors = _tensors("clip_grad_value_", parameters)
    for arrays in _of_one_dtype(gradients_of(tensors)):
        kernels.clip_by_value(arrays, limit)
    _note_written(tensors)


def gradients_of(tensors: list[Tensor]) -> list[np.ndarray]:
    note_gradients_used(tensors)
    return [p._grad for p in tensors if p._grad is not None]


def clip_norm(gradients: list[np.ndarray], limit: np.ndarray, epsilon: float, together: bool) -> np.ndarray:
    """Clips arrays by each one's norm or by that of all, which is returned if `together`; `limit` is a buffer of one
    float64."""
    partition = _of_one_dtype(gradients)
    squares = _squares(partition)
    if together and len(partition) > 1:
        squares = _sums_of_all(squares)
    norms = [kernels.clip_by_norm(arrays, each, limit, epsilon, together) for arrays, each in zip(partition, squares)]
    return norms[0]


def _of_one_dtype(gradients: list[np.ndarray]) -> list[list[np.ndarray]]:
    """The arrays of each dtype, which kernels take together."""
    partition: dict[Any, list[np.ndarray]] = {}
    for gradient in gradients:
        partition.setdefault(gradient.dtype, []).append(gradient)
    return list(partition.values())


def _squares(partition: list[list[np.ndarray]]) -> list[np.ndarray]:
    return [kernels.squared_norms(kernels.empty((len(arrays),), np.float64), arrays) for arrays in partition]


def _sums_of_all(squares: list[np.ndarray]) -> list[np.ndarray]:
    """Arrays of the same lengths that each add up to the sum of all: that sum and zeros."""
    total = kernels.fill(kernels.empty((1, 1), np.float64), 0.0)
    for each in squares:
        kernels.reduce_sum((total,), each.reshape(1, -1, 1), 1.0)
    sums = []
    for each in squares:
        sums.append(kernels.fill(kernels.empty(each.shape, np.float64), 0.0))
        kernels.copy(sums[-1][:1], total[0])
    return sums


def _limit(op: str, name: str, value: Any) -> np.ndarray:
    """A limit as the buffer that kernels read."""
    if not number(op, name, value) >= 0.0:
        raise ValueError(f"[{op}] {name} must not be negative, got {value}")
    return np.array(value, np.float64)


def _tensors(op: str, parameters: Any) -> list[Tensor]:
    if isinstance(parameters, Tensor):
        return [parameters]
    if not isinstance(parameters, Iterable):
        raise TypeError(f"[{op}] parameters must be a tensor or tensors, got {type(parameters).__name__}")
    tensors = list(parameters)
    for each in tensors:
        if not isinstance(each, Tensor):
            raise TypeError(f"[{op}] parameters must be tensors, got {type(each).__name__}")
    return tensors


def _note_written(tensors: list[Tensor]) -> None:
    for each in tensors:
        note_gradient_written(each)
