"""Losses of rows and of whole samples: how much targets and outputs have in common."""

from __future__ import annotations

from typing import Any

from mushin import ops
from mushin.autograd import Tensor
from mushin.keras.arguments import number
from mushin.keras.losses.base import Loss
from mushin.keras.numbers import EPSILON
from mushin.ops.arrays import integer
from mushin.ops.pairs import cosine_similarity as cosine_of_rows


class CosineSimilarity(Loss):
    """Minus the cosine between the rows of y_true and y_pred; 0 where one is 0.

    Args:
        axis: along which they are rows.
        reduction, name, dtype: see Loss.

    Source: keras.losses.CosineSimilarity.
    """

    target_kind = "numbers"

    def __init__(
        self,
        axis: int = -1,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "cosine_similarity",
        dtype: Any = None,
    ) -> None:
        super().__init__(name, reduction, dtype)
        self.axis = integer("CosineSimilarity", "axis", axis)

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        return -cosine_of_rows(
            ops.movedim(y_pred, self.axis, -1), ops.movedim(y_true, self.axis, -1), EPSILON**2, False
        )


class CategoricalHinge(Loss):
    """max(0, 1 + the largest of (1 - y_true) y_pred - the sum of y_true y_pred).

    Args:
        reduction, name, dtype: see Loss.

    Source: keras.losses.CategoricalHinge.
    """

    target_kind = "rows"

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "categorical_hinge",
        dtype: Any = None,
    ) -> None:
        super().__init__(name, reduction, dtype)

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        own = ops.sum(ops.mul(y_true, y_pred), -1)
        best_other = ops.max(ops.mul(ops.sub(1.0, y_true), y_pred), -1)
        return ops.maximum(ops.add(ops.sub(best_other, own), 1.0), 0.0)


class Dice(Loss):
    """1 - 2 sum(y_true y_pred) / (sum(y_true) + sum(y_pred) + 1e-7).

    Args:
        axis: what is summed over: one axis, several, or None for all.
        reduction, name, dtype: see Loss.

    Source: keras.losses.Dice.
    """

    target_kind = "numbers"

    def __init__(
        self,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "dice",
        axis: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(name, reduction, dtype)
        self.axis = axis

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        common = ops.sum(ops.mul(y_true, y_pred), self.axis)
        total = ops.add(ops.add(ops.sum(y_true, self.axis), ops.sum(y_pred, self.axis)), EPSILON)
        return ops.sub(1.0, ops.div(ops.mul(common, 2.0), total))


class Tversky(Loss):
    """1 - common / (common + alpha (sum(y_true) - common) + beta (sum(y_pred) - common) + 1e-7), where common is the
    sum of y_true y_pred.

    Args:
        alpha, beta: what counts a target that is missed, and an output that is none.
        axis: what is summed over: one axis, several, or None for all.
        reduction, name, dtype: see Loss.

    Source: Salehi et al. 2017; keras.losses.Tversky.
    """

    target_kind = "numbers"

    def __init__(
        self,
        alpha: float = 0.5,
        beta: float = 0.5,
        reduction: str | None = "sum_over_batch_size",
        name: str | None = "tversky",
        axis: Any = None,
        dtype: Any = None,
    ) -> None:
        super().__init__(name, reduction, dtype)
        self.alpha, self.beta = number("Tversky", "alpha", alpha), number("Tversky", "beta", beta)
        self.axis = axis

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        common = ops.sum(ops.mul(y_true, y_pred), self.axis)
        missed = ops.mul(ops.sub(ops.sum(y_true, self.axis), common), self.alpha)
        wrong = ops.mul(ops.sub(ops.sum(y_pred, self.axis), common), self.beta)
        total = ops.add(ops.add(ops.add(common, missed), wrong), EPSILON)
        return ops.sub(1.0, ops.div(common, total))
