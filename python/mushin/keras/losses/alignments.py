"""Connectionist temporal classification."""

from __future__ import annotations

from typing import Any

import numpy as np

from mushin import ops
from mushin.autograd import Tensor
from mushin.keras.losses.base import Loss
from mushin.ops.arrays import integer, tensor_of

MASK_INDEX = 0


class CTC(Loss):
    """-log of the probability of each sample's labels, summed over all their alignments with its steps.

    Targets are (batch, length) of class ids from 1 on; 0 is the blank and pads them behind. Outputs are the logits,
    (batch, steps, classes); every step of them counts.

    Args:
        reduction, name, dtype: see Loss. The mean is over the samples, not by their numbers of labels.

    Source: Graves et al. 2006; keras.losses.CTC.
    """

    def __init__(
        self, reduction: str | None = "sum_over_batch_size", name: str | None = "ctc", dtype: Any = None
    ) -> None:
        super().__init__(name, reduction, dtype)

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        if y_pred.ndim != 3:
            raise ValueError(f"[CTC] outputs must have shape (batch, steps, classes), got {y_pred.shape}")
        if y_true.ndim != 2 or len(y_true) != len(y_pred):
            raise ValueError(f"[CTC] y must have shape ({len(y_pred)}, length), got {y_true.shape}")
        labels = ops.cast(y_true, np.int64)
        steps = np.full(len(y_pred), y_pred.shape[1])
        return ctc_loss(labels, y_pred, ops.sum(ops.ne(labels, MASK_INDEX), -1), steps)


def ctc_loss(target: Any, output: Any, target_length: Any, output_length: Any, mask_index: int = MASK_INDEX) -> Tensor:
    """-log of the probability of each sample's first target_length labels, (batch, length), in its first output_length
    logits, (batch, steps, classes), with mask_index as the blank; infinite where they do not fit in."""
    output = tensor_of(output)
    if output.ndim != 3:
        raise ValueError(f"[ctc_loss] output must have shape (batch, steps, classes), got {output.shape}")
    log_probs = ops.permute(ops.log_softmax(output), (1, 0, 2))
    blank = class_of("ctc_loss", mask_index, output.shape[2])
    return ops.ctc_loss(log_probs, target, output_length, target_length, blank, "none")


def class_of(op: str, mask_index: Any, classes: int) -> int:
    """The index of the blank from 0 on: one below 0 counts from the last class."""
    index = integer(op, "mask_index", mask_index)
    if not -classes <= index < classes:
        raise ValueError(f"[{op}] mask_index must be in [{-classes}, {classes}), got {index}")
    return index + classes if index < 0 else index
