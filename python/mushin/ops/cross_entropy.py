"""Cross-entropy of classes: from logits, with the softmax that it contains, and from logarithms of probabilities."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from mushin import kernels
from mushin.autograd import Tensor, record
from mushin.ops.arrays import check_float, ids_of, integer, number, reshaped, same_dtype, tensor_of
from mushin.ops.loss import check_reduction, constant
from mushin.ops.shape import permute, reshape

# What the kernels divide the sum of the losses by: PyTorch's mean counts a row by its class' weight and is NaN of
# nothing, Keras' means count a row as one or by its own weight, and are 0 of nothing.
DIVISORS = {"none": 0, "sum": 0, "mean": 1, "mean_of_rows": 2, "mean_of_weights": 3}

INT64 = np.dtype(np.int64)


def check_ignore_index(op: str, ignore_index: Any) -> None:
    if not -(2**63) <= integer(op, "ignore_index", ignore_index) < 2**63:
        raise ValueError(f"[{op}] ignore_index must fit int64, got {ignore_index}")


def check_label_smoothing(op: str, label_smoothing: Any) -> float:
    value = number(op, "label_smoothing", label_smoothing)
    if not 0 <= value <= 1:
        raise ValueError(f"[{op}] label_smoothing must be in [0, 1], got {value}")
    return value


def class_weights(op: str, weight: Any, dtype: Any, classes: int) -> Tensor | None:
    """Weights of classes as a constant tensor of a dtype."""
    if weight is None:
        return None
    weights = constant(op, "weight", weight, dtype)
    if weights.shape != (classes,):
        raise ValueError(f"[{op}] weight must have shape ({classes},), one number a class, got {weights.shape}")
    return weights


def cross_entropy(
    logits: Tensor,
    target: Any,
    reduction: str = "mean",
    ignore_index: int = -100,
    weight: Any = None,
    label_smoothing: float = 0.0,
    row_weight: Any = None,
) -> Tensor:
    """Cross-entropy of softmax(logits): log(sum of exp(logits)) - logits[target], or, for a target of probabilities p,
    the sum of p (log(sum of exp(logits)) - logits).

    Args:
        logits: (batch, classes), (classes,), or (batch, classes, d1, ...); float32 or float64.
        target: class ids of any integer dtype, of logits' shape without the class axis; or probabilities of logits'
            shape and dtype.
        reduction: "mean" over what is not ignored (NaN if nothing is left), "sum" or "none". "mean_of_rows" and
            "mean_of_weights" are Keras' means: a row counts as one or by its row_weight, and that of nothing is 0.
        ignore_index: the id whose rows cost nothing.
        weight: (classes,), what a class' part of the losses is multiplied by. With ids, "mean" divides by the sum of
            the weights of the targets, with probabilities by the number of rows.
        label_smoothing: the share of the probability, in [0, 1], that is spread evenly over the classes.
        row_weight: (batch,), or of logits' shape without the class axis: what each row's loss is multiplied by.

    Raises:
        ValueError: shapes that do not fit, or an id outside [0, classes).

    Source: torch.nn.functional.cross_entropy; Szegedy et al. 2016, section 7.
    """
    logits, target = tensor_of(logits), tensor_of(target)
    x, ids = logits.array, target.array
    if (
        x.ndim == 2
        and ids.dtype == INT64
        and ids.shape == x.shape[:1]
        and weight is row_weight is None
        and label_smoothing == 0
        and type(ignore_index) is int
        and abs(ignore_index) < 2**63
        and reduction in DIVISORS
    ):  # most are such, and the kernel checks the rest
        return _from_ids(logits, target, ids, ignore_index, reduction)
    return _cross_entropy_of_any(logits, target, reduction, ignore_index, weight, label_smoothing, row_weight)


def _cross_entropy_of_any(
    logits: Tensor,
    target: Tensor,
    reduction: str,
    ignore_index: Any,
    weight: Any,
    label_smoothing: Any,
    row_weight: Any,
) -> Tensor:
    """`cross_entropy` of any shapes and options, which are checked."""
    if reduction not in DIVISORS:
        check_reduction("cross_entropy", reduction)
    check_ignore_index("cross_entropy", ignore_index)
    label_smoothing = check_label_smoothing("cross_entropy", label_smoothing)
    check_float("cross_entropy", "logits", logits.array)
    if logits.array.ndim == 0:
        raise ValueError("[cross_entropy] logits must have a class axis, got shape ()")
    shape, axis = logits.array.shape, min(logits.array.ndim - 1, 1)
    rows_shape = shape[:axis] + shape[axis + 1 :]
    _check_target("cross_entropy", target.array, shape, rows_shape)
    if target.array.dtype.kind == "f" and not same_dtype(target.array, logits.array):
        raise TypeError(f"[cross_entropy] target must be {logits.array.dtype} as logits, got {target.array.dtype}")
    weights = (
        class_weights("cross_entropy", weight, logits.dtype, shape[axis]),
        _row_weights(row_weight, logits.dtype, rows_shape),
    )
    rows = _rows_of(logits, rows_shape, shape[axis])
    if target.array.dtype.kind == "f":
        losses = _from_rows(rows, _rows_of(target, rows_shape, shape[axis]), reduction, label_smoothing, weights)
    else:
        ids = ids_of("cross_entropy", "target", target.array, "integers, the ids of classes")
        ids = reshaped(ids, rows.shape[:1])
        losses = _from_ids(rows, target, ids, ignore_index, reduction, label_smoothing, weights)
    return reshape(losses, rows_shape) if reduction == "none" and losses.array.shape != rows_shape else losses


def _rows_of(x: Tensor, rows_shape: tuple[int, ...], classes: int) -> Tensor:
    """(rows, classes) of what has the classes along axis 1, or along its only axis."""
    if x.array.ndim > 2:
        x = permute(x, (0, *range(2, x.array.ndim), 1))
    return x if x.array.ndim == 2 else reshape(x, (prod(rows_shape), classes))


def _row_weights(row_weight: Any, dtype: Any, rows_shape: tuple[int, ...]) -> Tensor | None:
    if row_weight is None:
        return None
    weights = constant("cross_entropy", "row_weight", row_weight, dtype)
    if weights.shape != rows_shape:
        raise ValueError(f"[cross_entropy] row_weight must have shape {rows_shape}, got {weights.shape}")
    return reshape(weights, (prod(rows_shape),))


def _check_target(op: str, target: np.ndarray, shape: tuple[int, ...], rows_shape: tuple[int, ...]) -> None:
    expected = shape if target.dtype.kind == "f" else rows_shape
    if target.dtype.kind == "f" and target.ndim == len(expected) - 1:
        raise TypeError(
            f"[{op}] target must hold integers, the ids of classes (.long() makes them), or probabilities of shape "
            f"{expected}, got {target.dtype} of shape {target.shape}"
        )
    if target.shape != expected:
        raise ValueError(f"[{op}] target must have shape {expected}, got {target.shape}")


# What has no gradient is an input of the node all the same: the tape notices when it is overwritten.

Weights = tuple[Tensor | None, Tensor | None]  # of classes, and of rows
NO_WEIGHTS: Weights = (None, None)


def _array(tensor: Tensor | None) -> np.ndarray | None:
    return None if tensor is None else tensor.array


def _with_weights(inputs: tuple[Tensor, ...], weights: Weights) -> tuple[Tensor, ...]:
    return inputs if weights is NO_WEIGHTS else (*inputs, *(each for each in weights if each is not None))


def _from_ids(
    logits: Tensor,
    target: Tensor,
    ids: np.ndarray,
    ignore_index: int,
    reduction: str,
    label_smoothing: float = 0.0,
    weights: Weights = NO_WEIGHTS,
) -> Tensor:
    x, of_classes, of_rows = logits.array, _array(weights[0]), _array(weights[1])
    losses, total, saved, scale = kernels.cross_entropy_forward(
        x, ids, of_classes, of_rows, ignore_index, label_smoothing, DIVISORS[reduction]
    )

    def backward(dy: np.ndarray, into: Any) -> Any:
        dlogits = kernels.cross_entropy_backward(
            into[0], dy, x, saved, scale, ids, of_classes, of_rows, ignore_index, label_smoothing
        )
        return dlogits, *(None,) * (len(into) - 1)

    return record(losses if reduction == "none" else total, _with_weights((logits, target), weights), backward)


def _from_rows(logits: Tensor, target: Tensor, reduction: str, label_smoothing: float, weights: Weights) -> Tensor:
    x, p, of_classes, of_rows = logits.array, target.array, _array(weights[0]), _array(weights[1])
    losses, total, saved, scale = kernels.cross_entropy_rows_forward(
        x, p, of_classes, of_rows, label_smoothing, DIVISORS[reduction]
    )

    def backward(dy: np.ndarray, into: Any) -> Any:
        gradients = kernels.cross_entropy_rows_backward(
            into[0], into[1], dy, x, saved, scale, p, of_classes, of_rows, label_smoothing
        )
        return *gradients, *(None,) * (len(into) - 2)

    return record(losses if reduction == "none" else total, _with_weights((logits, target), weights), backward)


def nll_loss(
    log_probabilities: Tensor, target: Any, weight: Any = None, ignore_index: int = -100, reduction: str = "mean"
) -> Tensor:
    """-log_probabilities[target]; arguments as those of `cross_entropy` of class ids.

    Source: torch.nn.functional.nll_loss.
    """
    x, target = tensor_of(log_probabilities), tensor_of(target)
    check_reduction("nll_loss", reduction)
    check_ignore_index("nll_loss", ignore_index)
    check_float("nll_loss", "input", x.array)
    shape, axis = x.shape, min(x.ndim - 1, 1)
    if axis < 0:
        raise ValueError("[nll_loss] input must have a class axis, got shape ()")
    rows_shape = shape[:axis] + shape[axis + 1 :]
    ids = ids_of("nll_loss", "target", target.array, "integers, the ids of classes")
    _check_target("nll_loss", ids, shape, rows_shape)
    weight = class_weights("nll_loss", weight, x.dtype, shape[axis])
    weights = _array(weight)
    places = (prod(shape[:axis]), prod(shape[axis + 1 :]))
    values, ids = reshape(x, (places[0], shape[axis], places[1])), reshaped(ids, places)
    losses, total, scale = kernels.nll_loss_forward(values.array, ids, weights, ignore_index, DIVISORS[reduction])

    def backward(dy: np.ndarray, into: Any) -> Any:
        dinput = kernels.nll_loss_backward(into[0], dy, scale, ids, weights, shape[axis], ignore_index)
        return dinput, *(None,) * (len(into) - 1)

    result = record(losses if reduction == "none" else total, _with_weights((values, target), (weight, None)), backward)
    return reshape(result, rows_shape) if reduction == "none" else result
