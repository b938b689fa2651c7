"""Of pairs of rows: the cosine between them, their distance. Of a row and a class id: margins."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from mushin import kernels
from mushin.autograd import Tensor, record
from mushin.ops.arrays import check_float, ids_of, number, operands, reshaped, tensor_of
from mushin.ops.cross_entropy import class_weights
from mushin.ops.loss import check_reduction
from mushin.ops.shape import reshape


def _rows(op: str, a: Any, b: Any, name: str) -> tuple[Tensor, Tensor, tuple[int, ...]]:
    """Both as matrices, and the shape of what is one number a row."""
    a, b = operands(op, a, b)
    if a.ndim == 0 or a.shape != b.shape:
        raise ValueError(f"[{op}] {name} must have shape {a.shape}, with an axis, got {b.shape}")
    shape = (prod(a.shape[:-1]), a.shape[-1])
    return reshape(a, shape), reshape(b, shape), a.shape[:-1]


def cosine_similarity(a: Tensor, b: Tensor, eps: float, adds_eps: bool) -> Tensor:
    """The cosine between rows, a b / sqrt(A B), where A is a a and B is b b.

    Args:
        a, b: (..., n) of one shape; float32 or float64.
        eps: is added to A and B if `adds_eps` (cosine_embedding_loss in PyTorch), else they are no less (Keras' losses,
            and the square of CosineSimilarity's eps in PyTorch).
    """
    a, b, shape = _rows("cosine_similarity", a, b, "b")
    x, z = a.array, b.array
    y, saved = kernels.cosine_similarity_forward(x, z, eps, adds_eps)

    def backward(dy: np.ndarray, into: Any) -> Any:
        return kernels.cosine_similarity_backward(into[0], into[1], dy, x, z, saved)

    return reshape(record(y, (a, b), backward), shape)


def pairwise_distance(a: Tensor, b: Tensor, p: float = 2.0, eps: float = 1e-6) -> Tensor:
    """The distance between rows, (sum of |a - b + eps|^p)^(1/p).

    Args:
        a, b: (..., n) of one shape; float32 or float64.
        p: from 0 on; infinity for the largest difference, 0 for the number of those that are not 0.
        eps: added to the differences.

    Source: torch.nn.functional.pairwise_distance.
    """
    p, eps = number("pairwise_distance", "p", p), number("pairwise_distance", "eps", eps)
    if not p >= 0:
        raise ValueError(f"[pairwise_distance] p must be at least 0, got {p}")
    a, b, shape = _rows("pairwise_distance", a, b, "x2")
    x, z = a.array, b.array
    y = kernels.pairwise_distance_forward(x, z, p, eps)

    def backward(dy: np.ndarray, into: Any) -> Any:
        return kernels.pairwise_distance_backward(into[0], into[1], dy, x, z, y, p, eps)

    return reshape(record(y, (a, b), backward), shape)


def multi_margin_loss(
    x: Tensor, target: Any, p: int = 1, margin: float = 1.0, weight: Any = None, reduction: str = "mean"
) -> Tensor:
    """weight[t] / classes times the sum over the classes i other than t of max(0, margin - x[t] + x[i])^p.

    Args:
        x: (batch, classes) or (classes,), float32 or float64.
        target: class ids t of any integer dtype, (batch,) or ().
        p: 1 or 2.
        margin: by how much the class is to be ahead.
        weight: (classes,) or None.
        reduction: "mean" over the batch, "sum" or "none".

    Raises:
        ValueError: shapes that do not fit, an id outside [0, classes), another p.

    Source: torch.nn.functional.multi_margin_loss.
    """
    op = "multi_margin_loss"
    x, target, margin = tensor_of(x), tensor_of(target), number(op, "margin", margin)
    check_reduction(op, reduction)
    check_float(op, "input", x.array)
    if p not in (1, 2):
        raise ValueError(f"[{op}] p must be 1 or 2, got {p!r}")
    if x.ndim not in (1, 2):
        raise ValueError(f"[{op}] input must have shape (batch, classes) or (classes,), got {x.shape}")
    given, n = x.shape[:-1], x.shape[-1]
    ids = ids_of(op, "target", target.array, "integers, the ids of classes")
    if ids.shape != given:
        raise ValueError(f"[{op}] target must have shape {given}, got {ids.shape}")
    rows = reshape(x, (prod(given), n))
    weights = class_weights(op, weight, x.dtype, n)
    values, ids, of_classes = rows.array, reshaped(ids, rows.shape[:1]), None if weights is None else weights.array
    scale = (1.0 / len(ids) if len(ids) else np.nan) if reduction == "mean" else 1.0
    losses, total = kernels.multi_margin_loss_forward(values, ids, of_classes, p, margin, scale)

    def backward(dy: np.ndarray, into: Any) -> Any:
        dx = kernels.multi_margin_loss_backward(into[0], dy, values, ids, of_classes, p, margin, scale)
        return dx, *(None,) * (len(into) - 1)

    constants = (target,) if weights is None else (target, weights)
    result = record(losses if reduction == "none" else total, (rows, *constants), backward)
    return reshape(result, given) if reduction == "none" else result
