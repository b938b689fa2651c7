"""Cross-entropy of classes."""

from __future__ import annotations

from typing import Any

import numpy as np

from mushin import nn, ops
from mushin.autograd import Tensor
from mushin.keras.arguments import flag, number
from mushin.keras.losses.base import Loss, check_axis, rows_of, share, smoothed
from mushin.keras.numbers import EPSILON
from mushin.ops.arrays import numbers_of, tensor_of
from mushin.ops.loss import expand_to

# What no class id is, as none is ignored.
NO_CLASS = -1


def log_of(probabilities: Tensor) -> Tensor:
    return ops.log(ops.clip(probabilities, EPSILON, 1 - EPSILON))


class _CrossEntropy(Loss):
    """Of the classes along the last axis."""

    takes_over = nn.Softmax
    from_logits: bool
    label_smoothing = 0.0

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        return self._of_logits(y_pred if self.from_logits else log_of(y_pred), y_true, "none", None)

    def of_outputs(self, outputs: Tensor, target: Tensor, sample_weight: Any = None) -> Tensor:
        return self.of_logits(outputs if self.from_logits else log_of(outputs), target, sample_weight)

    def of_logits(self, logits: Tensor, target: Tensor, sample_weight: Any = None) -> Tensor:
        if self.reduction in ("none", None, "sum"):
            return self._of_logits(logits, target, self.reduction or "none", sample_weight)
        by_weight = self.reduction == "mean_with_sample_weight" and sample_weight is not None
        return self._of_logits(logits, target, "mean_of_weights" if by_weight else "mean_of_rows", sample_weight)

    def _of_logits(self, logits: Tensor, target: Tensor, reduction: str, sample_weight: Any) -> Tensor:
        rows, places = rows_of(logits), logits.shape[:-1]
        of_rows = self.target_kind == "rows"
        weight = None
        if sample_weight is not None:
            weight = self.weight_of(sample_weight, places, logits.dtype)
            weight = ops.reshape(expand_to(type(self).__name__, "sample_weight", weight, places), rows.shape[:1])
        losses = ops.cross_entropy(
            rows,
            ops.reshape(target, rows.shape if of_rows else rows.shape[:1]),
            reduction,
            NO_CLASS if self.ignore_class is None else self.ignore_class,
            label_smoothing=self.label_smoothing,
            row_weight=weight,
        )
        return ops.reshape(losses, places) if reduction == "none" else losses


class SparseCategoricalCrossentropy(_CrossEntropy):
    """Cross-entropy from class ids.

    Args:
        from_logits: whether the outputs are logits rather than probabilities.
        ignore_class: the id whose losses are 0 and do not count in the mean; -1 and 255 are usual.
        axis: -1, the last, is that of the classes.
        reduction, name, dtype: see Loss.

    Source: keras.losses.SparseCategoricalCrossentropy.
    """

    target_kind = "ids"

    def __init__(
        self,
        from_logits: bool = False,
        ignore_class: int | None = None,
        reduction: str | None = "sum_over_batch_size",
        axis: int = -1,
        name: str | None = "sparse_categorical_crossentropy",
        dtype: Any = None,
    ) -> None:
        super().__init__(name, reduction, dtype)
        self.from_logits = flag("SparseCategoricalCrossentropy", "from_logits", from_logits)
        if ignore_class is not None and not isinstance(ignore_class, (int, np.integer)):
            raise TypeError(f"[SparseCategoricalCrossentropy] ignore_class must be an integer, got {ignore_class!r}")
        self.ignore_class = ignore_class
        self.axis = check_axis("SparseCategoricalCrossentropy", axis)


class CategoricalCrossentropy(_CrossEntropy):
    """Cross-entropy from rows of probabilities, such as one-hot rows.

    Args:
        from_logits: whether the outputs are logits rather than probabilities, which are divided by their sum.
        label_smoothing: the share of the probability, in [0, 1], that is spread evenly over the classes.
        axis: -1, the last, is that of the classes.
        reduction, name, dtype: see Loss.

    Source: keras.losses.CategoricalCrossentropy.
    """

    target_kind = "rows"

    def __init__(
        self,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "categorical_crossentropy",
        dtype: Any = None,
    ) -> None:
        super().__init__(name, reduction, dtype)
        self.from_logits = flag("CategoricalCrossentropy", "from_logits", from_logits)
        self.label_smoothing = share("CategoricalCrossentropy", "label_smoothing", label_smoothing)
        self.axis = check_axis("CategoricalCrossentropy", axis)

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        if self.from_logits:
            return super().call(y_true, y_pred)
        return -ops.sum(
            ops.mul(smoothed(y_true, self.label_smoothing, y_true.shape[-1]), log_of(shares_of(y_pred))), -1
        )

    def of_outputs(self, outputs: Tensor, target: Tensor, sample_weight: Any = None) -> Tensor:
        if self.from_logits:
            return self.of_logits(outputs, target, sample_weight)
        return self.reduced(self.call(target, outputs), sample_weight)


class CategoricalFocalCrossentropy(Loss):
    """Sum over the classes of -alpha (1 - y_pred)^gamma y_true log(y_pred).

    Args:
        alpha: a number, or one for each class.
        gamma: 0 gives alpha times the cross-entropy.
        from_logits, label_smoothing, axis: see CategoricalCrossentropy.
        reduction, name, dtype: see Loss.

    Source: Lin et al. 2017; keras.losses.CategoricalFocalCrossentropy.
    """

    target_kind = "rows"

    def __init__(
        self,
        alpha: Any = 0.25,
        gamma: float = 2.0,
        from_logits: bool = False,
        label_smoothing: float = 0.0,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "categorical_focal_crossentropy",
        dtype: Any = None,
    ) -> None:
        super().__init__(name, reduction, dtype)
        owner = type(self).__name__
        self.alpha, self.gamma = numbers_of(owner, "alpha", alpha), number(owner, "gamma", gamma)
        self.from_logits = flag(owner, "from_logits", from_logits)
        self.label_smoothing = share(owner, "label_smoothing", label_smoothing)
        self.axis = check_axis(owner, axis)

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        shares = shares_of(ops.softmax(y_pred) if self.from_logits else y_pred)
        shares = ops.clip(shares, EPSILON, 1 - EPSILON)
        missing = ops.exp(ops.mul(ops.log(ops.sub(1.0, shares)), self.gamma))
        alpha = ops.cast(tensor_of(self.alpha), y_pred.dtype)
        surprise = ops.mul(smoothed(y_true, self.label_smoothing, y_true.shape[-1]), ops.log(shares))
        return -ops.sum(ops.mul(ops.mul(missing, alpha), surprise), -1)


def shares_of(outputs: Tensor) -> Tensor:
    """Rows divided by their sum."""
    return ops.div(outputs, ops.sum(outputs, -1, True))
