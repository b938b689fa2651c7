"""Ops of networks: activations, losses of elements, norms, one-hot rows."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from mushin import ops
from mushin.autograd import Tensor
from mushin.keras import losses
from mushin.keras.activations import ACTIVATIONS
from mushin.keras.losses.alignments import class_of, ctc_loss
from mushin.keras.numbers import EPSILON
from mushin.models import ctc
from mushin.nn import functional
from mushin.ops.arrays import normalized_axis, tensor_of
from mushin.ops.creation import arange


def _binary_crossentropy(target: Any, output: Any, from_logits: bool = False) -> Tensor:
    """-(target log(output) + (1 - target) log(1 - output)) of each element, outputs kept in [1e-7, 1 - 1e-7]."""
    output = tensor_of(output)
    if from_logits:
        return functional.binary_cross_entropy_with_logits(output, target, reduction="none")
    return functional.binary_cross_entropy(ops.clip(output, EPSILON, 1 - EPSILON), target, reduction="none")


def _categorical_crossentropy(target: Any, output: Any, from_logits: bool = False, axis: int = -1) -> Tensor:
    """Cross-entropy of each row of targets, along an axis."""
    loss = losses.CategoricalCrossentropy(from_logits, axis=axis, reduction="none")
    return loss(tensor_of(target), tensor_of(output))


def _sparse_categorical_crossentropy(target: Any, output: Any, from_logits: bool = False, axis: int = -1) -> Tensor:
    """Cross-entropy of each class id."""
    loss = losses.SparseCategoricalCrossentropy(from_logits, axis=axis, reduction="none")
    return loss(tensor_of(target), tensor_of(output))


def _ctc_decode(
    inputs: Any,
    sequence_lengths: Any,
    strategy: str = "greedy",
    beam_width: int = 100,
    top_paths: int = 1,
    merge_repeated: bool = True,
    mask_index: int | None = 0,
) -> tuple[Tensor, Tensor]:
    """The labels that logits (batch, steps, classes) are read as, (paths, batch, steps) with -1 behind them, and scores
    (batch, paths): by "greedy" one path, its score minus the sum of its logits; by "beam_search" the most probable
    top_paths, with their log-probabilities, -inf where there are fewer. The last class is the blank if mask_index is
    None."""
    inputs = tensor_of(inputs)
    if inputs.ndim != 3:
        raise ValueError(f"[ctc_decode] inputs must have shape (batch, steps, classes), got {inputs.shape}")
    batch, steps, classes = inputs.shape
    blank = class_of("ctc_decode", -1 if mask_index is None else mask_index, classes)
    lengths = tensor_of(sequence_lengths)
    if strategy == "greedy":
        logits = ops.permute(inputs, (1, 0, 2))
        paths = [[labels] for labels in ctc.greedy_decode(logits, lengths, blank, merge_repeated)]
        counts = np.arange(steps) < lengths.numpy()[:, None]
        scores = -np.where(counts, logits.detach().numpy().max(-1, initial=-np.inf).T, 0).sum(1, keepdims=True)
    elif strategy == "beam_search":
        log_probs = ops.permute(ops.log_softmax(inputs), (1, 0, 2))
        found = ctc.beam_decode(log_probs, lengths, blank, beam_width, top_paths)
        paths = [[labels for labels, _ in hypotheses] for hypotheses in found]
        scores = np.full((batch, top_paths), -np.inf)
        for row, hypotheses in zip(scores, found):
            row[: len(hypotheses)] = [log_probability for _, log_probability in hypotheses]
    else:
        raise ValueError(f"[ctc_decode] strategy must be 'greedy' or 'beam_search', got {strategy!r}")
    decoded = np.full((scores.shape[1], batch, steps), -1, np.int32)
    for sample, read in enumerate(paths):
        for path, labels in enumerate(read):
            decoded[path, sample, : len(labels)] = labels
    return Tensor(decoded), Tensor(scores.astype(inputs.dtype))


def one_hot(x: Any, num_classes: int, axis: int = -1, dtype: Any = None, sparse: bool = False) -> Tensor:
    """1 at the place along a new axis that an id names, else 0; of an id that is no class only 0."""
    if sparse:
        raise ValueError("[one_hot] sparse must be False: tensors are dense, got True")
    x = tensor_of(x)
    place = normalized_axis("one_hot", axis, x.ndim + 1)
    classes = ops.reshape(arange(num_classes), (num_classes, *(1,) * (x.ndim - place)))
    return ops.cast(ops.eq(ops.unsqueeze(x, place), classes), np.dtype(dtype or "float32"))


def _multi_hot(
    inputs: Any, num_classes: int | None = None, axis: int = -1, dtype: Any = None, sparse: bool = False
) -> Tensor:
    """1 at the places along the last axis that the ids of a row name, else 0."""
    if num_classes is None or axis != -1:
        raise ValueError(f"[multi_hot] num_classes must be given and axis be -1, got {num_classes} and {axis}")
    inputs = tensor_of(inputs)
    rows = one_hot(inputs, num_classes, -1, dtype, sparse)
    return ops.amax(rows, -2) if inputs.ndim else rows


def _scaled(x: Tensor, axis: Any, scale: Any) -> Tensor:
    """x times what has one number for each place of the axes."""
    axes = [normalized_axis("normalization", a, x.ndim) for a in (axis if isinstance(axis, (list, tuple)) else [axis])]
    shape = tuple(n if i in axes else 1 for i, n in enumerate(x.shape))
    return ops.reshape(tensor_of(scale), shape)


def _layer_normalization(x: Any, gamma: Any = None, beta: Any = None, axis: Any = -1, epsilon: Any = None) -> Tensor:
    """(x - mean) / sqrt(variance + epsilon) gamma + beta, with mean and variance over axes; epsilon is 1e-7 if None."""
    x, axes = tensor_of(x), tuple(axis) if isinstance(axis, list) else axis
    variance, mean = ops.var_mean(x, axes, True, 0)
    y = ops.mul(ops.sub(x, mean), ops.rsqrt(ops.add(variance, EPSILON if epsilon is None else epsilon)))
    y = y if gamma is None else ops.mul(y, _scaled(x, axis, gamma))
    return y if beta is None else ops.add(y, _scaled(x, axis, beta))


def _rms_normalization(x: Any, scale: Any = None, axis: Any = -1, epsilon: Any = None) -> Tensor:
    """x / sqrt(mean of x^2 + epsilon) scale, with the mean over axes; epsilon is 1e-7 if None."""
    x, axes = tensor_of(x), tuple(axis) if isinstance(axis, list) else axis
    squares = ops.mean(ops.square(x), axes, True)
    y = ops.mul(x, ops.rsqrt(ops.add(squares, EPSILON if epsilon is None else epsilon)))
    return y if scale is None else ops.mul(y, _scaled(x, axis, scale))


def _batch_normalization(
    x: Any, mean: Any, variance: Any, axis: int, offset: Any = None, scale: Any = None, epsilon: float = 1e-3
) -> Tensor:
    """(x - mean) / sqrt(variance + epsilon) scale + offset, which have a number for each place of an axis."""
    x = tensor_of(x)
    y = ops.mul(ops.sub(x, _scaled(x, axis, mean)), ops.rsqrt(ops.add(_scaled(x, axis, variance), epsilon)))
    y = y if scale is None else ops.mul(y, _scaled(x, axis, scale))
    return y if offset is None else ops.add(y, _scaled(x, axis, offset))


def _normalize(x: Any, axis: Any = -1, order: float = 2, epsilon: float | None = None) -> Tensor:
    """x divided by its norm along an axis, which counts as epsilon if it is less; 1e-7 if None."""
    return functional.normalize(tensor_of(x), order, axis, EPSILON if epsilon is None else epsilon)


def _in_top_k(targets: Any, predictions: Any, k: int) -> Tensor:
    """Whether fewer than k predictions of a row are larger than its target's."""
    own = ops.take_along_dim(tensor_of(predictions), ops.unsqueeze(tensor_of(targets), -1), -1)
    return ops.lt(ops.sum(ops.gt(predictions, own), -1), k)


def _threshold(x: Any, threshold: float, default_value: float) -> Tensor:
    """x above the threshold, else the default value."""
    return ops.threshold(x, threshold, default_value)


NETWORKS: dict[str, Callable[..., Any]] = {
    **{name: function for name, function in ACTIVATIONS.items() if name not in ("exponential", "linear", "mish")},
    "batch_normalization": _batch_normalization,
    "binary_crossentropy": _binary_crossentropy,
    "categorical_crossentropy": _categorical_crossentropy,
    "ctc_decode": _ctc_decode,
    "ctc_loss": ctc_loss,
    "gelu": lambda x, approximate=True: ops.gelu(x, "tanh" if approximate else "none"),
    "in_top_k": _in_top_k,
    "layer_normalization": _layer_normalization,
    "multi_hot": _multi_hot,
    "normalize": _normalize,
    "one_hot": one_hot,
    "rms_normalization": _rms_normalization,
    "sparse_categorical_crossentropy": _sparse_categorical_crossentropy,
    "threshold": _threshold,
}
