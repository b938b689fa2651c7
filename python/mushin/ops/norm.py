"""Normalization."""

from __future__ import annotations

import operator
from collections.abc import Sequence
from math import prod
from typing import Any

import numpy as np

from mushin import kernels
from mushin.autograd import NEW, Tensor, note_writes, record
from mushin.ops.arrays import (
    array_of,
    check_float,
    explained,
    integer,
    number,
    reshaped,
    reshaped_target,
    same_dtype,
    tensor_of,
)
from mushin.ops.lines import Lines, lines_along
from mushin.ops.shape import reshape

_EPSILONS = {4: float(np.finfo(np.float32).eps), 8: float(np.finfo(np.float64).eps)}  # by the size of an element


def layer_norm(
    x: Tensor,
    normalized_shape: int | Sequence[int],
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    eps: float = 1e-5,
) -> Tensor:
    """(x - mean) / sqrt(variance + eps) weight + bias, with mean and variance (the mean square) over the last axes.

    Args:
        x: (..., *normalized_shape), float32 or float64.
        normalized_shape: the lengths of the axes that are normalized together, or the length of the last one.
        weight, bias: of shape normalized_shape and x's dtype, or None.
        eps: added to the variance.

    Raises:
        ValueError: shapes that do not fit.
        TypeError: dtypes that differ or are not floating-point.

    Source: Ba, Kiros and Hinton 2016; torch.nn.functional.layer_norm.
    """
    x = tensor_of(x)
    shape = x.array.shape
    if not _is_last_axis(normalized_shape, shape):
        rows, length, weight, bias = _flat("layer_norm", x, normalized_shape, weight=weight, bias=bias)
        return reshape(layer_norm(rows, length, weight, bias, eps), shape)
    weight, bias = (None if each is None else tensor_of(each) for each in (weight, bias))
    eps = eps if type(eps) is float else number("layer_norm", "eps", eps)
    values, w, b = x.array, None if weight is None else weight.array, None if bias is None else bias.array
    try:
        y, mean, rstd = kernels.layer_norm_forward(values, w, b, eps)
    except (TypeError, ValueError) as refusal:
        raise explained(refusal, _check_norm, "layer_norm", values, weight=weight, bias=bias) from None

    given = [each for each in (weight, bias) if each is not None]
    has_bias = bias is not None  # the closure does not hold it: it may be overwritten

    def backward(dy: np.ndarray, into: Any) -> Any:
        to_weight, to_bias = None if w is None else into[1], into[-1] if has_bias else None
        dx, dw, db = kernels.layer_norm_backward(into[0], to_weight, to_bias, dy, values, w, mean, rstd)
        return (dx, dw, db) if len(into) == 3 else (dx, db if has_bias else dw)[: len(into)]

    return record(y, (x, *given), backward)


def rms_norm(
    x: Tensor, normalized_shape: int | Sequence[int], weight: Tensor | None = None, eps: float | None = None
) -> Tensor:
    """x / sqrt(mean of x^2 + eps) weight, with the mean over the last axes.

    Args:
        x: (..., *normalized_shape), float32 or float64.
        normalized_shape: the lengths of the axes that are normalized together, or the length of the last one.
        weight: of shape normalized_shape and x's dtype, or None.
        eps: added to the mean square; None for the distance from 1 to the next number of x's dtype.

    Raises:
        ValueError: shapes that do not fit.
        TypeError: dtypes that differ or are not floating-point.

    Source: Zhang and Sennrich 2019; torch.nn.functional.rms_norm.
    """
    x = tensor_of(x)
    shape = x.array.shape
    if not _is_last_axis(normalized_shape, shape):
        rows, length, weight = _flat("rms_norm", x, normalized_shape, weight=weight)
        return reshape(rms_norm(rows, length, weight, eps), shape)
    weight = None if weight is None else tensor_of(weight)
    values, w = x.array, None if weight is None else weight.array
    if type(eps) is not float:
        eps = _EPSILONS.get(values.itemsize, 0.0) if eps is None else number("rms_norm", "eps", eps)
    try:
        y, rstd = kernels.rms_norm_forward(values, w, eps)
    except (TypeError, ValueError) as refusal:
        raise explained(refusal, _check_norm, "rms_norm", values, weight=weight) from None

    def backward(dy: np.ndarray, into: Any) -> Any:
        gradients = kernels.rms_norm_backward(into[0], into[1] if len(into) > 1 else None, dy, values, w, rstd)
        return gradients[: len(into)]

    return record(y, (x,) if weight is None else (x, weight), backward)


def batch_norm(
    x: Tensor,
    running_mean: Tensor | None = None,
    running_var: Tensor | None = None,
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    training: bool = False,
    momentum: float | None = 0.1,
    eps: float = 1e-5,
    *,
    axis: int = 1,
    correction: int = 1,
    batches: Tensor | None = None,
) -> Tensor:
    """(x - mean) / sqrt(variance + eps) weight + bias, with mean and variance over all axes but one.

    In training they are those of x, with the mean square for the variance. The running ones are then written in place:
    running = (1 - momentum) running + momentum batch's; a recorded step repeats it. In evaluation they are the running
    ones.

    Args:
        x: float32 or float64, with the channels along `axis`.
        running_mean, running_var: (channels,), of x's dtype; both or neither, which only training allows.
        weight, bias: (channels,), of x's dtype, or None.
        training: whether mean and variance are x's.
        momentum: how far the running ones go towards x's; None for the mean over all `batches`.
        eps: added to the variance.
        axis: of the channels.
        correction: the running variance is the sum of squares / (n - correction) of n elements: 1 for PyTorch's, 0 for
            Keras'.
        batches: one int64, which training counts up; needed if momentum is None.

    Raises:
        ValueError: shapes that do not fit; running statistics that are missing; no more elements of a channel than the
            correction in training.
        TypeError: dtypes that differ or are not floating-point.

    Source: Ioffe and Szegedy 2015; torch.nn.functional.batch_norm.
    """
    x = tensor_of(x)
    check_float("batch_norm", "x", x.array)
    lines = lines_along("batch_norm", x, axis)
    channels = lines.shape[1]
    parameters = _parameters("batch_norm", x.array, (channels,), weight=weight, bias=bias)
    running = _parameters("batch_norm", x.array, (channels,), running_mean=running_mean, running_var=running_var)
    if len(running) == 1 or (not running and not training):
        missing = "running_var" if "running_mean" in running else "running_mean"
        raise ValueError(f"[batch_norm] {missing} must be a tensor of shape ({channels},), got None")
    eps = number("batch_norm", "eps", eps)
    values, n = lines.array(), lines.shape[0] * lines.shape[2]
    w, b = (parameters[name].array if name in parameters else None for name in ("weight", "bias"))
    if training:
        if 0 < n <= correction:
            raise ValueError(
                f"[batch_norm] Expected more than 1 value per channel when training, got input size {x.array.shape}"
            )
        if momentum is None and batches is None:
            raise ValueError("[batch_norm] momentum must be a number where batches are not counted, got None")
        share = 0.0 if momentum is None else number("batch_norm", "momentum", momentum)
        count = None if batches is None else batches.array
        means, variances = (tensor.array for tensor in running.values()) if running else (None, None)
        y, mean, rstd = kernels.batch_norm_forward(
            means, variances, count, values, w, b, share, momentum is None, correction, eps
        )
        note_writes((*running.values(), *([] if batches is None else [batches])))
    else:
        means, variances = (tensor.array for tensor in running.values())
        y, mean, rstd = kernels.batch_norm_evaluate(values, means, variances, w, b, eps)

    return _record_channels(lines, parameters, y, kernels.batch_norm_backward, values, w, mean, rstd, training)


def group_norm(
    x: Tensor, num_groups: int, weight: Tensor | None = None, bias: Tensor | None = None, eps: float = 1e-5
) -> Tensor:
    """(x - mean) / sqrt(variance + eps) weight + bias, with mean and variance of each sample's groups of channels.

    Args:
        x: (batch, channels, ...), float32 or float64.
        num_groups: into how many groups of neighbours the channels are divided.
        weight, bias: (channels,), of x's dtype, or None.
        eps: added to the variance.

    Raises:
        ValueError: shapes that do not fit; channels that cannot be divided.
        TypeError: dtypes that differ or are not floating-point.

    Source: Wu and He 2018; torch.nn.functional.group_norm.
    """
    x = tensor_of(x)
    check_float("group_norm", "x", x.array)
    shape = x.array.shape
    if len(shape) < 2:
        raise ValueError(f"[group_norm] x must have shape (batch, channels, ...), got {shape}")
    lines = lines_along("group_norm", x, 1)
    groups, channels = integer("group_norm", "num_groups", num_groups), shape[1]
    if groups < 1 or channels % groups:
        raise ValueError(f"[group_norm] num_groups must divide the {channels} channels, got {num_groups}")
    parameters = _parameters("group_norm", x.array, (channels,), weight=weight, bias=bias)
    values = lines.array()
    w, b = (parameters[name].array if name in parameters else None for name in ("weight", "bias"))
    y, mean, rstd = kernels.group_norm_forward(values, w, b, groups, number("group_norm", "eps", eps))
    return _record_channels(lines, parameters, y, kernels.group_norm_backward, values, w, mean, rstd)


def _record_channels(lines: Lines, parameters: dict[str, Tensor], y: np.ndarray, kernel: Any, *saved: Any) -> Tensor:
    """The result y, with the gradients kernel(dx, dweight, dbias, dy, *saved) of the lines and their parameters."""

    def backward(dy: np.ndarray, into: Any) -> Any:
        of = dict(zip(("x", *parameters), into, strict=True))
        place = of["x"]
        dx = None if place is None else reshaped_target(place, lines.shape)
        gradient, *others = kernel(dx, of.get("weight"), of.get("bias"), reshaped(dy, lines.shape), *saved)
        if gradient is not None:
            gradient = gradient.reshape(dy.shape) if place is NEW else array_of(place)
        return [g for name, g in zip(("x", "weight", "bias"), (gradient, *others), strict=True) if name in of]

    return record(y.reshape(lines.x.array.shape), (lines.x, *parameters.values()), backward)


def axis_lengths(op: str, normalized_shape: Any) -> tuple[int, ...]:
    """The lengths of the axes that are normalized together, from a sequence of them or the last one's."""
    lengths = normalized_shape if isinstance(normalized_shape, Sequence) else [normalized_shape]
    try:
        shape = tuple(operator.index(length) for length in lengths)
    except TypeError:
        raise TypeError(f"[{op}] normalized_shape must be integers, got {normalized_shape!r}") from None
    if not shape or min(shape) < 0:
        raise ValueError(f"[{op}] normalized_shape must be lengths of at least one axis, got {normalized_shape!r}")
    return shape


def _is_last_axis(normalized_shape: Any, shape: tuple[int, ...]) -> bool:
    """Whether it is a tuple of the last axis' length: then nothing is left to do before the kernel."""
    is_one = type(normalized_shape) is tuple and len(normalized_shape) == 1 and type(normalized_shape[0]) is int
    return is_one and shape[-1:] == normalized_shape


def _flat(op: str, x: Tensor, normalized_shape: int | Sequence[int], **given: Tensor | None) -> tuple[Any, ...]:
    """x with the axes that are normalized together as one, its length, and the parameters as vectors."""
    shape = axis_lengths(op, normalized_shape)
    check_float(op, "x", x.array)
    leading = x.array.ndim - len(shape)
    if leading < 0 or x.array.shape[leading:] != shape:
        raise ValueError(f"[{op}] x must have shape (..., {str(shape)[1:-1].rstrip(',')}), got {x.array.shape}")
    parameters = _parameters(op, x.array, shape, **given)
    n = prod(shape)
    vectors = (reshape(parameters[name], (n,)) if name in parameters else None for name in given)
    return reshape(x, (*x.array.shape[:leading], n)), (n,), *vectors


def _check_norm(op: str, values: np.ndarray, **given: Tensor | None) -> None:
    check_float(op, "x", values)
    _parameters(op, values, values.shape[-1:], **given)


def _parameters(op: str, values: np.ndarray, shape: tuple[int, ...], **given: Tensor | None) -> dict[str, Tensor]:
    """Those that are given, as tensors that must be of a shape and of the values' dtype."""
    parameters = {name: tensor_of(parameter) for name, parameter in given.items() if parameter is not None}
    for name, parameter in parameters.items():
        if parameter.array.shape != shape:
            raise ValueError(f"[{op}] {name} must have shape {shape}, got {parameter.array.shape}")
        if not same_dtype(parameter.array, values):
            raise TypeError(f"[{op}] {name} must be {values.dtype} as x, got {parameter.array.dtype}")
    return parameters
