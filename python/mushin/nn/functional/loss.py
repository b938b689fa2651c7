"""Losses of single elements, as functions.

Of all of them: input and target have one shape, which is never broadcast, and are float32 or float64; reduction is
"mean", "sum", or "none" for the losses themselves. Shapes that differ and another reduction are a ValueError.
"""
# ruff: noqa: A002  `input` is PyTorch's name for the argument

from __future__ import annotations

from typing import Any

import numpy as np

from mushin import ops
from mushin.autograd import Tensor
from mushin.ops.arrays import number, operands, tensor_of
from mushin.ops.loss import check_reduction, constant, elementwise_loss, elementwise_loss_of_three, expand_to

__all__ = [
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "gaussian_nll_loss",
    "huber_loss",
    "kl_div",
    "l1_loss",
    "mse_loss",
    "poisson_nll_loss",
    "smooth_l1_loss",
]


def _weighted(
    op: str, input: Tensor, target: Any, reduction: str, weight: Any, *numbers: float, by_weight: bool = True
) -> Tensor:
    """A loss with weights of its shape, whose mean is divided by their sum if `by_weight`, else by their number."""
    if weight is None:
        return elementwise_loss(op, input, target, reduction, *numbers)
    check_reduction(op, reduction)
    x, t = operands(op, input, target)
    weight = constant(op, "weight", weight, x.dtype)
    if weight.shape != x.shape:
        raise ValueError(f"[{op}] weight must have shape {x.shape}, got {weight.shape}")
    if reduction != "mean" or not by_weight:
        return elementwise_loss(op, x, t, reduction, *numbers, weight=weight)
    return ops.div(elementwise_loss(op, x, t, "sum", *numbers, weight=weight), ops.sum(weight))


def _positive(op: str, name: str, value: Any, or_zero: bool = False) -> float:
    given = number(op, name, value)
    if not (given > 0 or (or_zero and given == 0)):
        raise ValueError(f"[{op}] {name} must be {'at least' if or_zero else 'above'} 0, got {given}")
    return given


def mse_loss(input: Tensor, target: Any, *, reduction: str = "mean", weight: Any = None) -> Tensor:
    """(input - target)^2.

    Args:
        weight: of input's shape, multiplies the losses; the mean is divided by its sum.

    Source: torch.nn.functional.mse_loss.
    """
    return _weighted("mse_loss", input, target, reduction, weight)


def l1_loss(input: Tensor, target: Any, *, reduction: str = "mean", weight: Any = None) -> Tensor:
    """|input - target|; its derivative where they are equal is 0.

    Args:
        weight: of input's shape, multiplies the losses; the mean is divided by its sum.

    Source: torch.nn.functional.l1_loss.
    """
    return _weighted("l1_loss", input, target, reduction, weight)


def smooth_l1_loss(input: Tensor, target: Any, *, reduction: str = "mean", beta: float = 1.0) -> Tensor:
    """(input - target)^2 / (2 beta) where |input - target| < beta, else |input - target| - beta / 2.

    Args:
        beta: from 0 on, where it is l1_loss.

    Source: Girshick 2015, equation 3; torch.nn.functional.smooth_l1_loss.
    """
    beta = _positive("smooth_l1_loss", "beta", beta, or_zero=True)
    return elementwise_loss("smooth_l1_loss", input, target, reduction, beta)


def huber_loss(input: Tensor, target: Any, reduction: str = "mean", delta: float = 1.0, weight: Any = None) -> Tensor:
    """(input - target)^2 / 2 where |input - target| <= delta, else delta (|input - target| - delta / 2).

    Args:
        delta: above 0.
        weight: of input's shape, multiplies the losses; the mean is divided by their number.

    Source: Huber 1964; torch.nn.functional.huber_loss.
    """
    delta = _positive("huber_loss", "delta", delta)
    return _weighted("huber_loss", input, target, reduction, weight, delta, by_weight=False)


def binary_cross_entropy(input: Tensor, target: Any, weight: Any = None, *, reduction: str = "mean") -> Tensor:
    """-(target log(input) + (1 - target) log(1 - input)), the logarithms no less than -100; NaN outside [0, 1].

    Args:
        weight: multiplies the losses, to whose shape it is broadcast; the mean is divided by their number.

    Source: torch.nn.functional.binary_cross_entropy.
    """
    return elementwise_loss("binary_cross_entropy", input, target, reduction, 0.0, weight=weight)


def binary_cross_entropy_with_logits(
    input: Tensor, target: Any, weight: Any = None, *, reduction: str = "mean", pos_weight: Any = None
) -> Tensor:
    """pos_weight target log(1 + exp(-input)) + (1 - target) log(1 + exp(input)).

    Args:
        weight: multiplies the losses, to whose shape it is broadcast; the mean is divided by their number.
        pos_weight: of the target's share, broadcast likewise; 1 if None.

    Source: torch.nn.functional.binary_cross_entropy_with_logits.
    """
    op = "binary_cross_entropy_with_logits"
    x, t = operands(op, input, target)
    if pos_weight is not None:
        pos_weight = expand_to(op, "pos_weight", constant(op, "pos_weight", pos_weight, x.dtype), x.shape)
    return elementwise_loss_of_three(op, x, t, pos_weight, reduction, weight=weight)


def kl_div(input: Tensor, target: Any, *, reduction: str = "mean", log_target: bool = False) -> Tensor:
    """target (log(target) - input), where input is a logarithm of probabilities; 0 where target is.

    Args:
        reduction: or "batchmean", the sum divided by the length of the first axis.
        log_target: whether target is a logarithm, too.

    Source: torch.nn.functional.kl_div.
    """
    if reduction != "batchmean":
        return elementwise_loss("kl_div", input, target, reduction, float(log_target))
    shape = tensor_of(input).shape
    rows = shape[0] if shape else 1
    return elementwise_loss("kl_div", input, target, "sum", float(log_target), scale=1.0 / rows if rows else np.nan)


def poisson_nll_loss(
    input: Tensor,
    target: Any,
    log_input: bool = True,
    full: bool = False,
    *,
    eps: float = 1e-8,
    reduction: str = "mean",
) -> Tensor:
    """exp(input) - target input or, unless log_input, input - target log(input + eps).

    Args:
        log_input: whether input is the logarithm of the expected number.
        full: add Stirling's approximation of log(target!) where target is above 1.

    Source: torch.nn.functional.poisson_nll_loss.
    """
    op = "poisson_nll_loss"
    return elementwise_loss(op, input, target, reduction, float(log_input), float(full), number(op, "eps", eps))


def gaussian_nll_loss(
    input: Tensor, target: Any, var: Any, full: bool = False, eps: float = 1e-6, reduction: str = "mean"
) -> Tensor:
    """(log(var) + (input - target)^2 / var) / 2, with var no less than eps; NaN where it is negative.

    Args:
        var: a number, of input's shape, or of that without the last axis or with 1 for it; gets a gradient.
        full: add log(2 pi) / 2.
        eps: above 0.

    Source: Nix and Weigend 1994; torch.nn.functional.gaussian_nll_loss.
    """
    op = "gaussian_nll_loss"
    eps = _positive(op, "eps", eps)
    x, t = operands(op, input, target)
    _, var = operands(op, x, var)
    if var.ndim > 0 and var.shape == x.shape[:-1]:
        var = ops.reshape(var, (*var.shape, 1))
    if var.ndim > 0 and var.shape not in (x.shape, (*x.shape[:-1], 1)):
        raise ValueError(f"[{op}] var must have shape {x.shape} or {(*x.shape[:-1], 1)}, got {var.shape}")
    return elementwise_loss_of_three(op, x, t, expand_to(op, "var", var, x.shape), reduction, float(full), eps)
