"""Losses as layers."""
# ruff: noqa: A002  `input` is PyTorch's name for the argument

from __future__ import annotations

from typing import Any

from mushin import ops
from mushin.autograd import Tensor
from mushin.nn import functional
from mushin.nn.functional.loss import refuse_options
from mushin.nn.module import Module
from mushin.ops.softmax import check_ignore_index, check_reduction


class CrossEntropyLoss(Module):
    """-log(softmax(input)[target]), or for a target of probabilities p the sum of -p log(softmax(input)).

    Args:
        weight: must be None: weights of classes are not available.
        ignore_index: the id whose rows cost nothing and do not count in the mean.
        reduction: "mean", "sum" or "none".
        label_smoothing: must be 0: smoothing is not available.

    Shapes: input (batch, classes), (classes,), or (batch, classes, d1, ...), float32 or float64, the logits; target
    class ids of any integer dtype and input's shape without the class axis, or probabilities of input's shape.

    Raises:
        ValueError: another reduction; at the call, shapes that do not fit or an id outside [0, classes).
        TypeError: an ignore_index that is no integer.
        NotImplementedError: weight or label_smoothing is given.

    Source: torch.nn.CrossEntropyLoss.
    """

    def __init__(
        self, weight: Any = None, *, ignore_index: int = -100, reduction: str = "mean", label_smoothing: float = 0.0
    ) -> None:
        super().__init__()
        check_reduction("CrossEntropyLoss", reduction)
        check_ignore_index("CrossEntropyLoss", ignore_index)
        refuse_options("CrossEntropyLoss", weight, label_smoothing)
        self.ignore_index = ignore_index
        self.reduction = reduction

    def forward(self, input: Tensor, target: Any) -> Tensor:
        return ops.cross_entropy(input, target, self.reduction, self.ignore_index)


class MSELoss(Module):
    """(input - target)^2.

    Args:
        reduction: "mean", "sum" or "none".

    Shapes: input and target of one shape, which is never broadcast; float32 or float64.

    Raises:
        ValueError: another reduction; at the call, shapes that differ.

    Source: torch.nn.MSELoss.
    """

    def __init__(self, *, reduction: str = "mean") -> None:
        super().__init__()
        check_reduction("MSELoss", reduction)
        self.reduction = reduction

    def forward(self, input: Tensor, target: Any) -> Tensor:
        return functional.mse_loss(input, target, reduction=self.reduction)
