"""Losses of numbers."""

from __future__ import annotations

from typing import Any

from mushin import ops
from mushin.autograd import Tensor
from mushin.keras.losses.base import Loss
from mushin.nn.functional import mse_loss


class MeanSquaredError(Loss):
    """Mean of the squared differences.

    Args:
        reduction, name, dtype: see Loss.
    """

    target_kind = "numbers"

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "mean_squared_error",
        dtype: Any = None,
    ) -> None:
        super().__init__(name, reduction, dtype)

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        return ops.mean(mse_loss(y_pred, y_true, reduction="none"), -1)

    def of_outputs(self, outputs: Tensor, target: Tensor, sample_weight: Any = None) -> Tensor:
        if sample_weight is None and self.reduction not in ("sum", "none", None):
            return mse_loss(outputs, target)
        return super().of_outputs(outputs, target, sample_weight)
