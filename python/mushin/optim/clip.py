"""Clipping of gradients, in place."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np

from mushin import kernels
from mushin.autograd import Tensor, from_array, note_gradients_used


def gradients_of(parameters: Iterable[Tensor] | Tensor) -> list[np.ndarray]:
    tensors = [parameters] if isinstance(parameters, Tensor) else list(parameters)
    note_gradients_used(tensors)
    return [p._grad for p in tensors if p._grad is not None]


def clip_grad_norm_(parameters: Iterable[Tensor] | Tensor, max_norm: float) -> Tensor:
    """Scales all gradients by min(1, max_norm / (norm + 1e-6)), where norm is that of all of them together; returns it.

    Source: torch.nn.utils.clip_grad_norm_ with norm_type 2.
    """
    gradients = gradients_of(parameters)
    if not gradients:
        return from_array(np.zeros(()))
    return from_array(clip_norm(gradients, np.array(max_norm, np.float64), epsilon=1e-6, together=True))


def clip_norm(gradients: list[np.ndarray], limit: np.ndarray, epsilon: float, together: bool) -> np.ndarray:
    """Clips arrays by each one's norm or that of all; `limit` is a buffer of one float64. Returns the norm of all."""
    norms = kernels.squared_norms(kernels.empty((len(gradients),), np.float64), gradients)
    return kernels.clip_by_norm(gradients, norms, limit, epsilon, together)


def clip_grad_value_(parameters: Iterable[Tensor] | Tensor, clip_value: float) -> None:
    """Clips every element of all gradients to [-clip_value, clip_value].

    Source: torch.nn.utils.clip_grad_value_.
    """
    gradients = gradients_of(parameters)
    if gradients:
        kernels.clip_by_value(gradients, np.array(clip_value, np.float64))
