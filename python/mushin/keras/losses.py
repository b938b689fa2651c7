"""Keras' losses, from mushin's loss kernels. Called with (y_true, y_pred), they return the batch's mean."""

from __future__ import annotations

from typing import Any

import numpy as np

from mushin import ops
from mushin.autograd import Tensor
from mushin.keras.arguments import Configured, flag
from mushin.keras.samples import check_class_ids
from mushin.nn.functional import mse_loss
from mushin.ops.arrays import tensor_of

# Keras keeps probabilities this far from 0 and 1 before it takes their logarithm.
EPSILON = 1e-7


class Loss(Configured):
    """Base of all losses. `target_kind` is 'ids', 'rows' of probabilities or 'numbers'; `takes_logits` says that a
    softmax before the loss may be left out of the model and done by the loss."""

    target_kind = "rows"
    takes_logits = False

    def __init__(self) -> None:
        pass

    def __call__(self, y_true: Any, y_pred: Any) -> Tensor:
        outputs, target = tensor_of(y_pred), tensor_of(y_true)
        checked = check_target(type(self).__name__, self, target.array, outputs.shape)
        if self.target_kind == "ids":
            target = tensor_of(checked)
        else:
            target = ops.cast(ops.reshape(target, checked.shape), outputs.dtype)
        return self.of_outputs(outputs, target)

    def of_outputs(self, outputs: Tensor, target: Tensor) -> Tensor:
        """The loss of a model's outputs."""
        raise NotImplementedError

    def of_logits(self, logits: Tensor, target: Tensor) -> Tensor:
        """The loss of outputs that have not been through their softmax."""
        raise NotImplementedError


def _log(probabilities: Tensor) -> Tensor:
    return ops.log(ops.clip(probabilities, EPSILON, 1 - EPSILON))


class _CrossEntropy(Loss):
    takes_logits = True

    def __init__(self, from_logits: bool = False) -> None:
        super().__init__()
        self.from_logits = flag(type(self).__name__, "from_logits", from_logits)

    def of_outputs(self, outputs: Tensor, target: Tensor) -> Tensor:
        return self.of_logits(outputs if self.from_logits else _log(outputs), target)

    def of_logits(self, logits: Tensor, target: Tensor) -> Tensor:
        classes = logits.shape[-1]
        if logits.ndim > 2:  # in Keras the classes are the last axis
            rows = logits.array.size // max(classes, 1)
            logits = ops.reshape(logits, (rows, classes))
            target = ops.reshape(target, (rows,) if self.target_kind == "ids" else (rows, classes))
        return ops.cross_entropy(logits, target, ignore_index=-1)


class SparseCategoricalCrossentropy(_CrossEntropy):
    """Cross-entropy from class ids.

    Args:
        from_logits: whether the outputs are logits rather than probabilities.
    """

    target_kind = "ids"


class CategoricalCrossentropy(_CrossEntropy):
    """Cross-entropy from rows of probabilities, such as one-hot rows.

    Args:
        from_logits: whether the outputs are logits rather than probabilities, which are divided by their sum.
    """

    def of_outputs(self, outputs: Tensor, target: Tensor) -> Tensor:
        if self.from_logits:
            return self.of_logits(outputs, target)
        shares = ops.div(outputs, ops.sum(outputs, -1, True))
        return -ops.mean(ops.sum(ops.mul(target, _log(shares)), -1))


class MeanSquaredError(Loss):
    """Mean of the squared differences."""

    target_kind = "numbers"

    def of_outputs(self, outputs: Tensor, target: Tensor) -> Tensor:
        return mse_loss(outputs, target)


LOSSES: dict[str, type[Loss]] = {
    "sparse_categorical_crossentropy": SparseCategoricalCrossentropy,
    "SparseCategoricalCrossentropy": SparseCategoricalCrossentropy,
    "categorical_crossentropy": CategoricalCrossentropy,
    "CategoricalCrossentropy": CategoricalCrossentropy,
    "mean_squared_error": MeanSquaredError,
    "MeanSquaredError": MeanSquaredError,
    "mse": MeanSquaredError,
    "MSE": MeanSquaredError,
}


def get(loss: Any) -> Loss:
    """A loss from its name, or the loss itself."""
    if isinstance(loss, Loss):
        return loss
    if not isinstance(loss, str) or loss not in LOSSES:
        raise ValueError(f"[compile] loss must be a Loss or one of {', '.join(LOSSES)}, got {loss!r}")
    return LOSSES[loss]()


def check_target(op: str, loss: Loss, y: np.ndarray, outputs: tuple[int, ...]) -> np.ndarray:
    """Targets as the loss kernels take them for outputs of a shape: ids as int64, others in the outputs' shape.

    A last axis of length 1 may be missing or too many where Keras aligns it: y of shape (n,) for outputs (n, 1).

    Raises:
        ValueError: another shape; NaN, fractions or numbers outside [0, classes) where class ids are due.
        TypeError: class ids that are no numbers.

    Source: keras.losses, squeeze_or_expand_to_same_rank.
    """
    expected = outputs[:-1] if loss.target_kind == "ids" else outputs
    lacks_axis = loss.target_kind == "numbers" and (*y.shape, 1) == expected
    if y.shape not in (expected, (*expected, 1)) and not lacks_axis:
        raise ValueError(f"[{op}] y must have shape {expected}, got {y.shape}")
    y = y.reshape(expected)
    if loss.target_kind != "ids":
        return y
    classes = outputs[-1] if outputs else 1
    check_class_ids(op, "y", y)
    wrong = (y < 0) | (y >= classes)
    if wrong.any():
        where = int(np.argmax(wrong))
        raise ValueError(f"[{op}] y must be in [0, {classes}), got {y.reshape(-1)[where]} at position {where}")
    return y.astype(np.int64, copy=False)
