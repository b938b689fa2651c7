"""Dropout, as a function."""
# ruff: noqa: A002  `input` is PyTorch's name for the argument

from __future__ import annotations

from collections.abc import Callable

from mushin import ops
from mushin.autograd import Tensor
from mushin.ops.creation import ones
from mushin.ops.random import check_probability


def dropout(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """Each element is 0 with probability p, else input / (1 - p); input itself when not training.

    Args:
        input: of any shape.
        p: probability, in [0, 1].
        training: whether anything happens.
        inplace: accepted, without effect: input is never written.

    Raises:
        ValueError: p outside [0, 1].
        TypeError: p is no number.

    Source: torch.nn.functional.dropout.
    """
    return ops.dropout(input, p, training)


def dropout1d(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """Dropout of whole channels: all elements of a sample's channel become 0, or none does.

    Args:
        input: (batch, channels, length) or (channels, length), float32 or float64.
        p, training, inplace: as in `dropout`.

    Raises:
        ValueError: p outside [0, 1], an input of another number of axes.
        TypeError: p is no number.

    Source: torch.nn.functional.dropout1d.
    """
    return _channels_dropped("dropout1d", input, p, training, (2, 3))


def dropout2d(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """`dropout1d` of an input (batch, channels, height, width).

    Source: torch.nn.functional.dropout2d.
    """
    return _channels_dropped("dropout2d", input, p, training, (4,))


def dropout3d(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """`dropout1d` of an input (batch, channels, depth, height, width), or without the batch.

    Source: torch.nn.functional.dropout3d.
    """
    return _channels_dropped("dropout3d", input, p, training, (4, 5))


def _channels_dropped(op: str, x: Tensor, p: float, training: bool, axes: tuple[int, ...]) -> Tensor:
    """The last of `axes` is the number of axes with a batch."""
    check_probability(op, p)
    if x.ndim not in axes:
        raise ValueError(f"[{op}] input must have {' or '.join(map(str, axes))} axes, got shape {x.shape}")
    if not training or not p:
        return x
    leading = 2 if x.ndim == axes[-1] else 1
    channels = (*x.shape[:leading], *(1,) * (x.ndim - leading))
    return ops.mul(x, ops.dropout(ones(channels, dtype=x.dtype), p))


# What selu tends to for large negative numbers, minus its scale times alpha: what a dropped element becomes.
_SATURATED = -1.7580993408473766


def alpha_dropout(input: Tensor, p: float = 0.5, training: bool = False, inplace: bool = False) -> Tensor:
    """Each element is, with probability p, the saturated value s of selu; all are then scaled and shifted so that a
    mean of 0 and a variance of 1 stay: y = a (x or s) - a s p, a = 1 / sqrt((1 - p) (1 + p s^2)), s = -1.7581.

    Args:
        input: float32 or float64 of any shape.
        p: probability, in [0, 1]; 1 gives zeros.
        training: whether anything happens.
        inplace: accepted, without effect: input is never written.

    Raises:
        ValueError: p outside [0, 1].
        TypeError: p is no number.

    Source: Klambauer et al. 2017; torch.nn.functional.alpha_dropout.
    """
    check_probability("alpha_dropout", p)
    return alpha_dropped(input, p, lambda x: ops.dropout(x, p)) if training and p else input


def feature_alpha_dropout(input: Tensor, p: float = 0.5, training: bool = False, inplace: bool = False) -> Tensor:
    """`alpha_dropout` of whole channels: all elements of a sample's channel become s, or none does.

    Args:
        input: (batch, channels, ...), float32 or float64.
        p, training, inplace: as in `alpha_dropout`.

    Raises:
        ValueError: p outside [0, 1], an input of fewer than two axes in training.
        TypeError: p is no number.

    Source: torch.nn.functional.feature_alpha_dropout.
    """
    check_probability("feature_alpha_dropout", p)
    if not training or not p:
        return input
    if input.ndim < 2:
        raise ValueError(f"[feature_alpha_dropout] input must have shape (batch, channels, ...), got {input.shape}")
    channels = (*input.shape[:2], *[1] * (input.ndim - 2))
    return alpha_dropped(input, p, lambda x: ops.mul(x, ops.dropout(ones(channels, dtype=input.dtype), p)))


def alpha_dropped(x: Tensor, p: float, drop: Callable[[Tensor], Tensor]) -> Tensor:
    """`drop` makes elements 0, and the others x / (1 - p); it is used on x - s, so that 0 stands for s."""
    if p == 1:
        return ops.mul(x, 0.0)
    scale = ((1 - p) * (1 + p * _SATURATED**2)) ** -0.5 * (1 - p)
    return ops.add(ops.mul(drop(ops.sub(x, _SATURATED)), scale), scale * _SATURATED)
