"""Connectionist temporal classification: a loss of sequences of labels that are not aligned with the frames."""

from __future__ import annotations

from typing import Any

import numpy as np

from mushin import kernels
from mushin.autograd import Tensor, record
from mushin.ops.arrays import check_float, ids_of, integer, tensor_of
from mushin.ops.loss import check_reduction
from mushin.ops.shape import reshape


def ctc_loss(
    log_probs: Tensor,
    targets: Any,
    input_lengths: Any,
    target_lengths: Any,
    blank: int = 0,
    reduction: str = "mean",
    zero_infinity: bool = False,
) -> Tensor:
    """-log of the probability of each sample's labels, summed over all their alignments with its frames. An alignment
    gives each frame a label or a blank; without repetitions, then without blanks, it reads as the labels.

        loss = -log(sum over alignments a of exp(sum over frames t of log_probs[t, a[t]]))

    The gradient is that of this formula: for a class at a frame minus the share of the alignments, by their
    probabilities, that are in the class there. It holds for log_probs of any sums, so it is not PyTorch's, which adds
    exp(log_probs) as if a log_softmax followed backwards; behind a log_softmax the two are the same, softmax minus
    share.

    Args:
        log_probs: (time, batch, classes), or (time, classes) for one sample; float32 or float64.
        targets: labels of any integer dtype, none of them the blank: (batch, length), where nothing behind a sample's
            own length is read, or one sample's labels behind the other's, (sum of target_lengths,).
        input_lengths: (batch,), each sample's number of frames; any integers. A number or (1,) for one sample without
            the axis of the batch.
        target_lengths: (batch,), each sample's number of labels, 0 too.
        blank: the class of frames without a label.
        reduction: "mean" divides each loss by its number of labels, at least 1, and takes the mean of the batch; "sum"
            or "none".
        zero_infinity: whether a sample of more labels than its frames can hold costs nothing. Otherwise its loss is
            infinite, and its gradient NaN.

    Raises:
        ValueError: shapes that do not fit, labels or a blank outside [0, classes), a label that is the blank, lengths
            beyond the frames or labels there are, or lengths of concatenated labels that leave some over.
        TypeError: labels or lengths that are no integers.

    Source: Graves et al. 2006; torch.nn.functional.ctc_loss.
    """
    log_probs, targets = tensor_of(log_probs), tensor_of(targets)
    check_reduction("ctc_loss", reduction)
    check_float("ctc_loss", "log_probs", log_probs.array)
    if log_probs.array.ndim == 2:
        time, classes = log_probs.shape
        batch = reshape(log_probs, (time, 1, classes))
        lengths = (_of_one("input_lengths", input_lengths), _of_one("target_lengths", target_lengths))
        losses = _of_batch(batch, targets, *lengths, blank, reduction, zero_infinity)
        return reshape(losses, ()) if reduction == "none" else losses
    if log_probs.array.ndim != 3:
        raise ValueError(
            f"[ctc_loss] log_probs must have shape (time, batch, classes) or (time, classes), got {log_probs.shape}"
        )
    lengths = (tensor_of(input_lengths), tensor_of(target_lengths))
    return _of_batch(log_probs, targets, *lengths, blank, reduction, zero_infinity)


def _of_one(name: str, length: Any) -> Tensor:
    """The length of a sample without the axis of the batch."""
    tensor = tensor_of(length)
    if tensor.shape not in ((), (1,)):
        raise ValueError(f"[ctc_loss] {name} must be a number or of shape (1,) for one sample, got {tensor.shape}")
    return reshape(tensor, (1,))


def _of_batch(
    log_probs: Tensor,
    targets: Tensor,
    input_lengths: Tensor,
    target_lengths: Tensor,
    blank: int,
    reduction: str,
    zero_infinity: bool,
) -> Tensor:
    x = log_probs.array
    time, batch, classes = x.shape
    blank, mean = integer("ctc_loss", "blank", blank), reduction == "mean"
    if not 0 <= blank < classes:
        raise ValueError(f"[ctc_loss] blank must be in [0, {classes}), got {blank}")
    labels = ids_of("ctc_loss", "targets", targets.array, "integers, the ids of classes")
    if labels.ndim != 1 and labels.shape[:-1] != (batch,):
        raise ValueError(
            f"[ctc_loss] targets must have shape ({batch}, length) or (sum of target_lengths,), got {labels.shape}"
        )
    if batch == 0 and labels.size:
        raise ValueError(f"[ctc_loss] targets must be empty, as the batch is, got {labels.shape}")
    frames = _lengths("input_lengths", input_lengths, batch)
    counts = _lengths("target_lengths", target_lengths, batch)
    states = time * (2 * labels.size + batch)
    losses, total, sums, starts = kernels.ctc_loss_forward(
        x, labels, frames, counts, states, blank, zero_infinity, mean
    )

    def backward(dy: np.ndarray, into: Any) -> Any:
        dlog_probs = kernels.ctc_loss_backward(
            into[0], dy, x, sums, starts, labels, frames, counts, blank, zero_infinity, mean
        )
        return dlog_probs, None, None, None

    # What has no gradient is an input of the node all the same: the tape notices when it is overwritten.
    inputs = (log_probs, targets, input_lengths, target_lengths)
    return record(losses if reduction == "none" else total, inputs, backward)


def _lengths(name: str, lengths: Tensor, batch: int) -> np.ndarray:
    if lengths.array.shape != (batch,):
        raise ValueError(f"[ctc_loss] {name} must have shape ({batch},), got {lengths.array.shape}")
    return ids_of("ctc_loss", name, lengths.array, "integers")
