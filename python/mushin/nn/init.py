"""Initial values of parameters. Each function overwrites a tensor in place, outside the graph, and returns it."""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable

import numpy as np

from mushin import kernels
from mushin.autograd import Tensor, no_grad, note_write
from mushin.ops.in_place import copy_, fill_
from mushin.ops.random import fill_normal, fill_uniform

_GAINS = {
    "linear": 1.0,
    "conv1d": 1.0,
    "conv2d": 1.0,
    "conv3d": 1.0,
    "conv_transpose1d": 1.0,
    "conv_transpose2d": 1.0,
    "conv_transpose3d": 1.0,
    "sigmoid": 1.0,
    "tanh": 5.0 / 3.0,
    "relu": math.sqrt(2.0),
    "selu": 0.75,
}


def calculate_gain(nonlinearity: str, param: float | None = None) -> float:
    """The factor by which weights grow so that an activation keeps the variance.

    Args:
        nonlinearity: the activation's name in torch.nn.functional, or "linear" or a convolution's.
        param: for "leaky_relu" its negative slope s, of which the gain is sqrt(2 / (1 + s^2)); 0.01 if None.

    Raises:
        ValueError: another name.
        TypeError: a slope that is no number.

    Source: torch.nn.init.calculate_gain.
    """
    if nonlinearity == "leaky_relu":
        slope = 0.01 if param is None else param
        if isinstance(slope, bool) or not isinstance(slope, (int, float, np.number)):
            raise TypeError(f"[calculate_gain] param must be a number, the slope, got {param!r}")
        return math.sqrt(2.0 / (1.0 + float(slope) ** 2))
    if nonlinearity not in _GAINS:
        raise ValueError(
            f"[calculate_gain] nonlinearity must be one of {', '.join([*_GAINS, 'leaky_relu'])}, got {nonlinearity!r}"
        )
    return _GAINS[nonlinearity]


def uniform_(tensor: Tensor, a: float = 0.0, b: float = 1.0) -> Tensor:
    """Uniform numbers in [a, b), in a float32 or float64 tensor of any shape.

    Raises:
        ValueError: a > b.

    Source: torch.nn.init.uniform_.
    """
    if not a <= b:
        raise ValueError(f"[uniform_] a must not be greater than b, got {a} and {b}")
    return _fill("uniform_", tensor, fill_uniform, a, b)


def normal_(tensor: Tensor, mean: float = 0.0, std: float = 1.0) -> Tensor:
    """Normal numbers, in a float32 or float64 tensor of any shape.

    Raises:
        ValueError: a negative std.

    Source: torch.nn.init.normal_.
    """
    if not std >= 0:
        raise ValueError(f"[normal_] std must not be negative, got {std}")
    return _fill("normal_", tensor, fill_normal, mean, std)


def constant_(tensor: Tensor, val: float) -> Tensor:
    """One number everywhere, in a tensor of any shape and dtype.

    Source: torch.nn.init.constant_.
    """
    _check_tensor("constant_", tensor)
    with no_grad():
        return fill_(tensor, val)


def ones_(tensor: Tensor) -> Tensor:
    """Ones, in a tensor of any shape and dtype.

    Source: torch.nn.init.ones_.
    """
    return constant_(tensor, 1.0)


def zeros_(tensor: Tensor) -> Tensor:
    """Zeros, in a tensor of any shape and dtype.

    Source: torch.nn.init.zeros_.
    """
    return constant_(tensor, 0.0)


def xavier_uniform_(tensor: Tensor, gain: float = 1.0) -> Tensor:
    """Uniform in [-k, k), k = gain sqrt(6 / (fan_in + fan_out)).

    Args:
        tensor: a weight (fan_out, fan_in, ...); further axes multiply both fans.
        gain: see calculate_gain.

    Raises:
        ValueError: fewer than two axes.

    Source: Glorot and Bengio 2010; torch.nn.init.xavier_uniform_.
    """
    if _is_empty("xavier_uniform_", tensor):
        return tensor
    bound = gain * math.sqrt(6.0 / sum(_fans("xavier_uniform_", tensor)))
    return uniform_(tensor, -bound, bound)


def xavier_normal_(tensor: Tensor, gain: float = 1.0) -> Tensor:
    """Normal with mean 0 and std = gain sqrt(2 / (fan_in + fan_out)); arguments and errors of xavier_uniform_.

    Source: Glorot and Bengio 2010; torch.nn.init.xavier_normal_.
    """
    if _is_empty("xavier_normal_", tensor):
        return tensor
    return normal_(tensor, 0.0, gain * math.sqrt(2.0 / sum(_fans("xavier_normal_", tensor))))


def kaiming_uniform_(tensor: Tensor, a: float = 0, mode: str = "fan_in", nonlinearity: str = "leaky_relu") -> Tensor:
    """Uniform in [-k, k), k = gain sqrt(3 / fan).

    Args:
        tensor: a weight (fan_out, fan_in, ...); further axes multiply both fans.
        a: negative slope, where the nonlinearity is "leaky_relu".
        mode: "fan_in" keeps the variance forward, "fan_out" backward.
        nonlinearity: what the gain is of; see calculate_gain.

    Raises:
        ValueError: fewer than two axes, another mode or nonlinearity.

    Source: He et al. 2015; torch.nn.init.kaiming_uniform_.
    """
    if _is_empty("kaiming_uniform_", tensor):
        return tensor
    bound = math.sqrt(3.0) * _kaiming_std("kaiming_uniform_", tensor, a, mode, nonlinearity)
    return uniform_(tensor, -bound, bound)


def kaiming_normal_(tensor: Tensor, a: float = 0, mode: str = "fan_in", nonlinearity: str = "leaky_relu") -> Tensor:
    """Normal with mean 0 and std = gain / sqrt(fan); arguments and errors of kaiming_uniform_.

    Source: He et al. 2015; torch.nn.init.kaiming_normal_.
    """
    if _is_empty("kaiming_normal_", tensor):
        return tensor
    return normal_(tensor, 0.0, _kaiming_std("kaiming_normal_", tensor, a, mode, nonlinearity))


def _kaiming_std(op: str, tensor: Tensor, a: float, mode: str, nonlinearity: str) -> float:
    if mode not in ("fan_in", "fan_out"):
        raise ValueError(f"[{op}] mode must be 'fan_in' or 'fan_out', got {mode!r}")
    fan_in, fan_out = _fans(op, tensor)
    return calculate_gain(nonlinearity, a) / math.sqrt(fan_in if mode == "fan_in" else fan_out)


def _fans(op: str, tensor: Tensor) -> tuple[int, int]:
    """How many inputs a weight's output has, and how many outputs its input."""
    shape = tensor.array.shape
    if len(shape) < 2:
        raise ValueError(f"[{op}] tensor must have at least two axes, (out, in, ...), got shape {shape}")
    receptive_field = math.prod(shape[2:])
    return shape[1] * receptive_field, shape[0] * receptive_field


def _is_empty(op: str, tensor: Tensor) -> bool:
    _check_tensor(op, tensor)
    if tensor.array.size == 0:
        warnings.warn(f"[{op}] tensor has no elements, got shape {tensor.array.shape}", stacklevel=3)
    return tensor.array.size == 0


def _check_tensor(op: str, tensor: Tensor) -> None:
    if not isinstance(tensor, Tensor):
        raise TypeError(f"[{op}] tensor must be a Tensor, got {type(tensor).__name__}")


def _fill(op: str, tensor: Tensor, fill: Callable[..., np.ndarray], first: float, second: float) -> Tensor:
    """Fills a tensor with random numbers; one with gaps in its memory by a copy of a dense one."""
    _check_tensor(op, tensor)
    array = tensor.array
    if array.flags.carray:
        fill(array, first, second)
        note_write(tensor)
        return tensor
    with no_grad():
        return copy_(tensor, fill(kernels.empty(array.shape, array.dtype), first, second))
