"""Losses of class ids, as functions."""
# ruff: noqa: A002  `input` is PyTorch's name for the argument

from __future__ import annotations

from typing import Any

from mushin import ops
from mushin.autograd import Tensor
from mushin.ops import pairs
from mushin.ops.arrays import number

__all__ = [
    "cross_entropy",
    "ctc_loss",
    "multi_margin_loss",
    "nll_loss",
]


def cross_entropy(
    input: Tensor,
    target: Any,
    weight: Any = None,
    *,
    ignore_index: int = -100,
    reduction: str = "mean",
    label_smoothing: float = 0.0,
) -> Tensor:
    """-log(softmax(input)[target]); see CrossEntropyLoss, whose arguments it takes.

    Source: torch.nn.functional.cross_entropy.
    """
    ops.loss.check_reduction("cross_entropy", reduction)
    return ops.cross_entropy(input, target, reduction, ignore_index, weight, label_smoothing)


def nll_loss(
    input: Tensor, target: Any, weight: Any = None, *, ignore_index: int = -100, reduction: str = "mean"
) -> Tensor:
    """-weight[target] input[target], where input is a logarithm of probabilities; see NLLLoss for the arguments.

    Source: torch.nn.functional.nll_loss.
    """
    return ops.nll_loss(input, target, weight, ignore_index, reduction)


def ctc_loss(
    log_probs: Tensor,
    targets: Any,
    input_lengths: Any,
    target_lengths: Any,
    blank: int = 0,
    reduction: str = "mean",
    zero_infinity: bool = False,
) -> Tensor:
    """-log of the probability of labels that are not aligned with the frames; see CTCLoss, whose arguments it takes.

    Source: torch.nn.functional.ctc_loss.
    """
    return ops.ctc_loss(log_probs, targets, input_lengths, target_lengths, blank, reduction, zero_infinity)


def multi_margin_loss(
    input: Tensor,
    target: Any,
    p: int = 1,
    margin: float = 1.0,
    weight: Any = None,
    *,
    reduction: str = "mean",
) -> Tensor:
    """weight[t] / classes times the sum over i other than t of max(0, margin - input[t] + input[i])^p; see
    MultiMarginLoss, whose arguments it takes.

    Source: torch.nn.functional.multi_margin_loss.
    """
    return pairs.multi_margin_loss(input, target, p, number("multi_margin_loss", "margin", margin), weight, reduction)
