"""Losses of class ids, as layers."""

from __future__ import annotations

from typing import Any

from mushin.nn import functional
from mushin.nn.loss.base import Loss
from mushin.ops.cross_entropy import check_ignore_index, check_label_smoothing

__all__ = [
    "CrossEntropyLoss",
    "MultiMarginLoss",
    "NLLLoss",
]


class CrossEntropyLoss(Loss):
    """-log(softmax(input)[target]), or for a target of probabilities p the sum of -p log(softmax(input)).

    Args:
        weight: (classes,), what a class' part of the losses is multiplied by, a buffer; with ids the mean is divided by
            the sum of the targets' weights.
        ignore_index: the id whose rows cost nothing and do not count in the mean.
        reduction: "mean", "sum" or "none".
        label_smoothing: the share of the probability, in [0, 1], that is spread evenly over the classes.

    Shapes: input (batch, classes), (classes,), or (batch, classes, d1, ...), float32 or float64, the logits; target
    class ids of any integer dtype and input's shape without the class axis, or probabilities of input's shape.

    Raises:
        ValueError: another reduction or share; at the call, shapes that do not fit or an id outside [0, classes).
        TypeError: an ignore_index that is no integer.

    Source: torch.nn.CrossEntropyLoss.
    """

    function = staticmethod(functional.cross_entropy)

    def __init__(
        self, weight: Any = None, *, ignore_index: int = -100, reduction: str = "mean", label_smoothing: float = 0.0
    ) -> None:
        check_ignore_index("CrossEntropyLoss", ignore_index)
        check_label_smoothing("CrossEntropyLoss", label_smoothing)
        super().__init__(weight=weight, ignore_index=ignore_index, reduction=reduction, label_smoothing=label_smoothing)


class NLLLoss(Loss):
    """-weight[target] input[target], where input is a logarithm of probabilities.

    Args:
        weight: (classes,), a buffer; the mean is divided by the sum of the targets' weights.
        ignore_index, reduction: see CrossEntropyLoss, also for shapes and errors.

    Source: torch.nn.NLLLoss.
    """

    function = staticmethod(functional.nll_loss)

    def __init__(self, weight: Any = None, *, ignore_index: int = -100, reduction: str = "mean") -> None:
        check_ignore_index("NLLLoss", ignore_index)
        super().__init__(weight=weight, ignore_index=ignore_index, reduction=reduction)


class MultiMarginLoss(Loss):
    """weight[t] / classes times the sum over i other than t of max(0, margin - input[t] + input[i])^p, t the target.

    Args:
        p: 1 or 2.
        margin: by how much the class is to be ahead.
        weight: (classes,), a buffer; the mean is divided by the number of rows.
        reduction: "mean", "sum" or "none".

    Shapes: input (batch, classes) or (classes,), float32 or float64; target class ids, (batch,) or ().

    Raises:
        ValueError: another reduction; at the call, shapes that do not fit, an id outside [0, classes), another p.

    Source: torch.nn.MultiMarginLoss.
    """

    function = staticmethod(functional.multi_margin_loss)

    def __init__(self, p: int = 1, margin: float = 1.0, weight: Any = None, *, reduction: str = "mean") -> None:
        super().__init__(p=p, margin=margin, weight=weight, reduction=reduction)
