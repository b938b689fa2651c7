"""What all losses share: targets, weights of samples, reduction."""

from __future__ import annotations

import inspect
from collections.abc import Callable
from math import prod
from typing import Any

import numpy as np

from mushin import kernels, nn, ops
from mushin.autograd import Tensor, forbid_while_recording
from mushin.keras.arguments import Configured, label, number, snake_case
from mushin.keras.masks import mask_of, masked_weights
from mushin.keras.samples import check_class_ids
from mushin.keras.serialization import serialize
from mushin.ops.arrays import dtype_of, tensor_of

REDUCTIONS = ("sum_over_batch_size", "sum", "none", "mean", "mean_with_sample_weight", None)


class Loss(Configured):
    """Base of all losses: a subclass defines `call(y_true, y_pred)`, which returns a loss for each sample.

    Args:
        name: shown by `get_config`; made from the class name if None.
        reduction: "sum_over_batch_size" or "mean" for the sum of the weighted losses divided by their number, "sum",
            "mean_with_sample_weight" for their sum divided by that of the weights, "none" or None for the losses.
        dtype: what outputs and targets are cast to; the outputs' if None.

    `target_kind` says what the targets are: 'numbers' or 'rows' of probabilities, both of the outputs' shape, 'ids' of
    classes, or 'any'. `takes_over` is the activation that a model which ends in it may leave to the loss: nn.Softmax,
    nn.Sigmoid or none.

    Source: keras.losses.Loss.
    """

    target_kind = "any"
    takes_over: type[nn.Module] | None = None
    ignore_class: int | None = None

    def __init__(
        self, name: str | None = None, reduction: str | None = "sum_over_batch_size", dtype: Any = None
    ) -> None:
        owner = type(self).__name__
        if reduction not in REDUCTIONS:
            raise ValueError(
                f"[{owner}] reduction must be one of {', '.join(map(repr, REDUCTIONS))}, got {reduction!r}"
            )
        self.name = label(owner, name) or snake_case(owner)
        self.reduction = reduction
        self.dtype = None if dtype is None else dtype_of(owner, dtype)

    def __call__(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> Tensor:
        """The loss of a batch.

        Args:
            y_true: the targets, as `target_kind` says.
            y_pred: the outputs, (batch, ..., n), float32 or float64; where they have a mask, as a layer's, losses
                outside of it do not count.
            sample_weight: a number, or what each sample's loss is multiplied by: (batch,), or (batch, ...) up to the
                shape of the losses; a further axis of length 1 does not matter.

        Raises:
            ValueError: shapes that do not fit, ids that are out of range.

        Every argument may be a tensor that changes from call to call of a recorded step.
        """
        outputs, target = tensor_of(y_pred), tensor_of(y_true)
        if self.dtype is not None:
            outputs = ops.cast(outputs, self.dtype)
        mask = mask_of(y_pred)
        if mask is not None:
            sample_weight = masked_weights(
                self.reduction, mask, None if sample_weight is None else tensor_of(sample_weight)
            )
        return self.of_outputs(outputs, self._checked(target, outputs), sample_weight)

    def _checked(self, target: Tensor, outputs: Tensor) -> Tensor:
        op = type(self).__name__
        if self.target_kind == "any":
            return target
        if self.target_kind != "ids":
            return ops.cast(ops.reshape(target, target_shape(op, self, target.shape, outputs.shape)), outputs.dtype)
        if kernels.recording():  # the kernel looks at every id
            if target.array.dtype.kind not in "iu":
                forbid_while_recording(op, f"y of {target.array.dtype} may not hold class ids and cannot be checked")
            return ops.reshape(target, target_shape(op, self, target.shape, outputs.shape))
        return tensor_of(check_target(op, self, target.array, outputs.shape))

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        """The loss of each sample."""
        raise NotImplementedError(f"[{type(self).__name__}] the loss has no call()")

    def of_outputs(self, outputs: Tensor, target: Tensor, sample_weight: Any = None) -> Tensor:
        """The loss of a model's outputs; the target is as `check_target` returns it, of the outputs' dtype or int64."""
        losses = tensor_of(self.call(target, outputs))
        if losses.array.dtype.kind != "f":
            raise TypeError(
                f"[{type(self).__name__}] loss {self.name} must return float32 or float64 numbers, got {losses.dtype}"
            )
        return self.reduced(losses, sample_weight)

    def of_logits(self, logits: Tensor, target: Tensor, sample_weight: Any = None) -> Tensor:
        """The loss of outputs that have not been through their softmax."""
        raise NotImplementedError(f"[{type(self).__name__}] the loss takes no logits")

    def reduced(self, losses: Tensor, sample_weight: Any = None) -> Tensor:
        """The samples' losses, weighted and reduced.

        Source: keras.losses, reduce_weighted_values.
        """
        given = None
        if sample_weight is not None:
            given = self.weight_of(sample_weight, losses.shape, losses.dtype)
            losses = ops.mul(losses, given)
        if self.reduction in ("none", None):
            return losses
        if self.reduction == "sum":
            return ops.sum(losses)
        if self.reduction == "mean_with_sample_weight" and given is not None:
            # The sum of no weight at all is 0, and so is that of the losses.
            least = float(np.finfo(losses.dtype).tiny)
            return ops.div(ops.sum(losses), ops.maximum(ops.sum(given), least))
        return ops.mean(losses)

    def weight_of(self, sample_weight: Any, losses: tuple[int, ...], dtype: Any) -> Tensor:
        """Weights of samples with as many axes as their losses, to whose shape they broadcast, and of a dtype."""
        weight = tensor_of(sample_weight)
        given = weight.shape
        shape = given[:-1] if len(given) == len(losses) + 1 and given[-1] == 1 else given
        shape = (*shape, *(1,) * (len(losses) - len(shape)))
        if len(shape) != len(losses) or any(n not in (1, m) for n, m in zip(shape, losses)):
            raise ValueError(
                f"[{type(self).__name__}] sample_weight must have shape {losses} or its first axes, got {given}"
            )
        return ops.cast(ops.reshape(weight, shape), dtype)

    def get_config(self) -> dict[str, Any]:
        """The arguments that make such a loss."""
        names = list(inspect.signature(type(self).__init__).parameters)[1:]
        return {name: serialize(self.name, getattr(self, name)) for name in names if name != "dtype"}


class LossFunctionWrapper(Loss):
    """A loss from a function of (y_true, y_pred) that returns a loss for each sample.

    Args:
        fn: the function; further arguments are passed on to it.
    """

    takes_any = True

    def __init__(
        self,
        fn: Callable[..., Any],
        reduction: str | None = "sum_over_batch_size",
        name: str | None = None,
        dtype: Any = None,
        **kwargs: Any,
    ) -> None:
        super().__init__(name or getattr(fn, "__name__", None), reduction, dtype)
        self.fn = fn
        self.kwargs = kwargs

    def call(self, y_true: Tensor, y_pred: Tensor) -> Tensor:
        return tensor_of(self.fn(y_true, y_pred, **self.kwargs))

    def get_config(self) -> dict[str, Any]:
        config = {"fn": self.fn, "reduction": self.reduction, "name": self.name, **self.kwargs}
        return {name: serialize(self.name, value) for name, value in config.items()}


def target_shape(op: str, loss: Loss, shape: tuple[int, ...], outputs: tuple[int, ...]) -> tuple[int, ...]:
    """The shape in which the loss kernels take targets of a shape: without the last axis for ids, else the outputs'.

    A last axis of length 1 may be missing or too many where Keras aligns it: (n,) for outputs (n, 1).

    Raises:
        ValueError: another shape.

    Source: keras.losses, squeeze_or_expand_to_same_rank.
    """
    if loss.target_kind == "any":
        return shape
    expected = outputs[:-1] if loss.target_kind == "ids" else outputs
    lacks_axis = loss.target_kind == "numbers" and (*shape, 1) == expected
    if shape not in (expected, (*expected, 1)) and not lacks_axis:
        hint = ""
        if loss.target_kind == "ids" and shape == outputs:
            hint = "; CategoricalCrossentropy takes one-hot rows"
        elif loss.target_kind == "rows" and prod(shape) == prod(outputs[:-1]):
            hint = "; utils.to_categorical makes rows of class ids, and SparseCategoricalCrossentropy takes ids"
        raise ValueError(f"[{op}] y must have shape {expected}, got {shape}{hint}")
    return expected


def check_target(op: str, loss: Loss, y: np.ndarray, outputs: tuple[int, ...]) -> np.ndarray:
    """Targets as the loss kernels take them for outputs of a shape: ids as int64, others in the outputs' shape.

    Raises:
        ValueError: another shape (see `target_shape`); NaN, fractions or numbers outside [0, classes) where class ids
            are due.
        TypeError: class ids that are no numbers.
    """
    y = y.reshape(target_shape(op, loss, y.shape, outputs))
    if loss.target_kind != "ids":
        return y
    classes = outputs[-1] if outputs else 1
    check_class_ids(op, "y", y)
    wrong = (y < 0) | (y >= classes)
    if loss.ignore_class is not None:
        wrong &= y != loss.ignore_class
    if wrong.any():
        where = int(np.argmax(wrong))
        raise ValueError(f"[{op}] y must be in [0, {classes}), got {y.reshape(-1)[where]} at position {where}")
    return y.astype(np.int64, copy=False)


def check_axis(owner: str, axis: Any) -> int:
    """The axis of the classes, which must be the last."""
    if isinstance(axis, bool) or axis != -1:
        raise ValueError(f"[{owner}] axis must be -1, the last, got {axis!r}")
    return -1


def share(owner: str, name: str, value: Any) -> float:
    """A number in [0, 1]."""
    result = number(owner, name, value)
    if not 0 <= result <= 1:
        raise ValueError(f"[{owner}] {name} must be in [0, 1], got {result}")
    return result


def smoothed(target: Tensor, label_smoothing: float, classes: int) -> Tensor:
    """Targets of which a share of the probability is spread evenly over the classes."""
    if not label_smoothing:
        return target
    return ops.add(ops.mul(target, 1 - label_smoothing), label_smoothing / classes)


def rows_of(x: Tensor) -> Tensor:
    """All axes but the last as one."""
    return x if x.ndim == 2 else ops.reshape(x, (prod(x.shape[:-1]), x.shape[-1]))
