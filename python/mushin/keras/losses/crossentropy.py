"""Cross-entropy of classes."""

from __future__ import annotations

from typing import Any

from mushin import ops
from mushin.autograd import Tensor
from mushin.keras.arguments import flag
from mushin.keras.losses.base import EPSILON, Loss, rows_of


def log_of(probabilities: Tensor) -> Tensor:
    return ops.log(ops.clip(probabilities, EPSILON, 1 - EPSILON))


class _CrossEntropy(Loss):
    """Of the classes along the last axis."""

    takes_logits = True
    from_logits: bool

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        return self._of_logits(y_pred if self.from_logits else log_of(y_pred), y_true, "none")

    def of_outputs(self, outputs: Tensor, target: Tensor, sample_weight: Any = None) -> Tensor:
        return self.of_logits(outputs if self.from_logits else log_of(outputs), target, sample_weight)

    def of_logits(self, logits: Tensor, target: Tensor, sample_weight: Any = None) -> Tensor:
        if sample_weight is None and self.reduction not in ("none", None):
            return self._of_logits(logits, target, "sum" if self.reduction == "sum" else "mean")
        return self.reduced(self._of_logits(logits, target, "none"), sample_weight)

    def _of_logits(self, logits: Tensor, target: Tensor, reduction: str) -> Tensor:
        rows = rows_of(logits)
        target = ops.reshape(target, rows.shape if self.target_kind == "rows" else rows.shape[:1])
        losses = ops.cross_entropy(rows, target, reduction, ignore_index=-1)
        return ops.reshape(losses, logits.shape[:-1]) if reduction == "none" else losses


class SparseCategoricalCrossentropy(_CrossEntropy):
    """Cross-entropy from class ids.

    Args:
        from_logits: whether the outputs are logits rather than probabilities.
        reduction, name, dtype: see Loss.

    Source: keras.losses.SparseCategoricalCrossentropy.
    """

    target_kind = "ids"

    def __init__(
        self,
        from_logits: bool = False,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "sparse_categorical_crossentropy",
        dtype: Any = None,
    ) -> None:
        super().__init__(name, reduction, dtype)
        self.from_logits = flag("SparseCategoricalCrossentropy", "from_logits", from_logits)


class CategoricalCrossentropy(_CrossEntropy):
    """Cross-entropy from rows of probabilities, such as one-hot rows.

    Args:
        from_logits: whether the outputs are logits rather than probabilities, which are divided by their sum.
        reduction, name, dtype: see Loss.

    Source: keras.losses.CategoricalCrossentropy.
    """

    target_kind = "rows"

    def __init__(
        self,
        from_logits: bool = False,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "categorical_crossentropy",
        dtype: Any = None,
    ) -> None:
        super().__init__(name, reduction, dtype)
        self.from_logits = flag("CategoricalCrossentropy", "from_logits", from_logits)

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        if self.from_logits:
            return super().call(y_true, y_pred)
        shares = ops.div(y_pred, ops.sum(y_pred, -1, True))
        return -ops.sum(ops.mul(y_true, log_of(shares)), -1)

    def of_outputs(self, outputs: Tensor, target: Tensor, sample_weight: Any = None) -> Tensor:
        if self.from_logits:
            return self.of_logits(outputs, target, sample_weight)
        return self.reduced(self.call(target, outputs), sample_weight)
