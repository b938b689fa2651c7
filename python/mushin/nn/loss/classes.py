"""Losses of class ids, as layers."""

from __future__ import annotations

from typing import Any

from mushin.nn import functional
from mushin.nn.loss.base import Loss
from mushin.ops.arrays import integer
from mushin.ops.cross_entropy import check_ignore_index, check_label_smoothing

__all__ = [
    "CTCLoss",
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


class CTCLoss(Loss):
    """Connectionist temporal classification: -log of the probability of a sequence of labels, summed over all its
    alignments with the frames of the input.

    An alignment gives each frame a label or a blank; without repetitions, then without blanks, it reads as the labels.
    The gradient is that of this sum for log_probs of any size, normalised or not. PyTorch's takes them for a
    log_softmax; behind one the two are the same.

    Args:
        blank: the class of frames without a label.
        reduction: "mean" divides each sample's loss by its number of labels, at least 1, and takes the mean of the
            batch; "sum" or "none".
        zero_infinity: whether a sample of more labels than its frames can hold costs nothing. Otherwise its loss is
            infinite, and its gradient NaN.

    Shapes: log_probs (time, batch, classes) or (time, classes), float32 or float64; targets (batch, length), of which
    each sample's first target_lengths are read, or one sample's behind the other's, (sum of target_lengths,);
    input_lengths and target_lengths (batch,). Targets and lengths may be of any integer dtype.

    Raises:
        ValueError: another reduction; at the call, shapes that do not fit, a label that is the blank or outside
            [0, classes), lengths beyond the frames or labels there are.
        TypeError: a blank that is no integer; at the call, labels or lengths that are none.

    Source: Graves et al. 2006; torch.nn.CTCLoss.
    """

    function = staticmethod(functional.ctc_loss)

    def __init__(self, blank: int = 0, reduction: str = "mean", zero_infinity: bool = False) -> None:
        integer("CTCLoss", "blank", blank)
        super().__init__(blank=blank, reduction=reduction, zero_infinity=zero_infinity)


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
