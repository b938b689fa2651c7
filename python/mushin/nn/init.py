"""Initial values of parameters. Each function overwrites a tensor in place, outside the graph, and returns it.

`generator` is None for the generator that `mushin.seed` starts, or a `mushin.Generator`.
"""

from __future__ import annotations

import math
import warnings
from collections.abc import Callable

import numpy as np

from mushin import kernels
from mushin.autograd import Tensor, forbid_while_recording, no_grad, note_write
from mushin.nn.random_matrices import orthonormal_rows, truncated_normal
from mushin.ops.arrays import check_float, integer, number
from mushin.ops.in_place import copy_, fill_
from mushin.ops.random import Generator, fill_normal, fill_uniform

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


def uniform_(tensor: Tensor, a: float = 0.0, b: float = 1.0, generator: Generator | None = None) -> Tensor:
    """Uniform numbers in [a, b), in a float32 or float64 tensor of any shape.

    Raises:
        ValueError: a > b.

    Source: torch.nn.init.uniform_.
    """
    if not number("uniform_", "a", a) <= number("uniform_", "b", b):
        raise ValueError(f"[uniform_] a must not be greater than b, got {a} and {b}")
    return _fill("uniform_", tensor, fill_uniform, a, b, generator)


def normal_(tensor: Tensor, mean: float = 0.0, std: float = 1.0, generator: Generator | None = None) -> Tensor:
    """Normal numbers, in a float32 or float64 tensor of any shape.

    Raises:
        ValueError: a negative std.

    Source: torch.nn.init.normal_.
    """
    number("normal_", "mean", mean)
    if not number("normal_", "std", std) >= 0:
        raise ValueError(f"[normal_] std must not be negative, got {std}")
    return _fill("normal_", tensor, fill_normal, mean, std, generator)


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


def xavier_uniform_(tensor: Tensor, gain: float = 1.0, generator: Generator | None = None) -> Tensor:
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
    bound = number("xavier_uniform_", "gain", gain) * math.sqrt(6.0 / sum(_fans("xavier_uniform_", tensor)))
    return uniform_(tensor, -bound, bound, generator)


def xavier_normal_(tensor: Tensor, gain: float = 1.0, generator: Generator | None = None) -> Tensor:
    """Normal with mean 0 and std = gain sqrt(2 / (fan_in + fan_out)); arguments and errors of xavier_uniform_.

    Source: Glorot and Bengio 2010; torch.nn.init.xavier_normal_.
    """
    if _is_empty("xavier_normal_", tensor):
        return tensor
    std = number("xavier_normal_", "gain", gain) * math.sqrt(2.0 / sum(_fans("xavier_normal_", tensor)))
    return normal_(tensor, 0.0, std, generator)


def kaiming_uniform_(
    tensor: Tensor,
    a: float = 0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    generator: Generator | None = None,
) -> Tensor:
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
    return uniform_(tensor, -bound, bound, generator)


def kaiming_normal_(
    tensor: Tensor,
    a: float = 0,
    mode: str = "fan_in",
    nonlinearity: str = "leaky_relu",
    generator: Generator | None = None,
) -> Tensor:
    """Normal with mean 0 and std = gain / sqrt(fan); arguments and errors of kaiming_uniform_.

    Source: He et al. 2015; torch.nn.init.kaiming_normal_.
    """
    if _is_empty("kaiming_normal_", tensor):
        return tensor
    return normal_(tensor, 0.0, _kaiming_std("kaiming_normal_", tensor, a, mode, nonlinearity), generator)


def trunc_normal_(
    tensor: Tensor,
    mean: float = 0.0,
    std: float = 1.0,
    a: float = -2.0,
    b: float = 2.0,
    generator: Generator | None = None,
) -> Tensor:
    """Normal numbers, of which those outside of [a, b] are drawn anew, in a float32 or float64 tensor of any shape.

    Args:
        mean, std: of the normal distribution before its ends are cut off.
        a, b: the bounds, not in units of std. They may lie in a tail.

    Raises:
        ValueError: std that is not positive, bounds that are not in order.

    Source: torch.nn.init.trunc_normal_.
    """
    _check_float_tensor("trunc_normal_", tensor)
    _check_generator("trunc_normal_", generator)
    if not math.isfinite(number("trunc_normal_", "mean", mean)):
        raise ValueError(f"[trunc_normal_] mean must be finite, got {mean}")  # no proposal would lie in the bounds
    if not 0 < number("trunc_normal_", "std", std) < math.inf:
        raise ValueError(f"[trunc_normal_] std must be positive and finite, got {std}")
    if not number("trunc_normal_", "a", a) < number("trunc_normal_", "b", b):
        raise ValueError(f"[trunc_normal_] a must be less than b, got {a} and {b}")
    numbers = mean + std * truncated_normal(tensor.array.size, (a - mean) / std, (b - mean) / std, generator)
    with no_grad():
        # In the tensor's dtype: rounding must not lead out of the bounds.
        return copy_(tensor, np.clip(numbers.astype(tensor.dtype), a, b).reshape(tensor.shape))


def orthogonal_(tensor: Tensor, gain: float = 1.0, generator: Generator | None = None) -> Tensor:
    """A random matrix with orthonormal rows, or columns if there are fewer, times gain; any as likely as the other.

    Args:
        tensor: float32 or float64 (rows, ...), whose further axes count as one.

    Raises:
        ValueError: fewer than two axes.

    Source: Saxe et al. 2013; torch.nn.init.orthogonal_.
    """
    if _is_empty("orthogonal_", tensor):
        return tensor
    _check_float_tensor("orthogonal_", tensor)
    _check_generator("orthogonal_", generator)
    _fans("orthogonal_", tensor)
    gain = number("orthogonal_", "gain", gain)
    rows = tensor.array.shape[0]
    columns = tensor.array.size // rows
    q = orthonormal_rows(min(rows, columns), max(rows, columns), generator)
    with no_grad():
        return copy_(tensor, (gain * (q if rows <= columns else q.T)).reshape(tensor.shape))


def sparse_(tensor: Tensor, sparsity: float, std: float = 0.01, generator: Generator | None = None) -> Tensor:
    """Normal numbers with mean 0, of which some in each column are 0, at random places.

    Args:
        tensor: float32 or float64 (rows, columns).
        sparsity: share of the zeros in [0, 1]; a column has ceil(sparsity rows) of them.
        std: of the others.

    Raises:
        ValueError: another number of axes, sparsity outside [0, 1], a negative std.

    Source: Martens 2010; torch.nn.init.sparse_.
    """
    _check_float_tensor("sparse_", tensor)
    rows, _ = _two_axes("sparse_", tensor)
    number("sparse_", "std", std)
    if not 0 <= number("sparse_", "sparsity", sparsity) <= 1:
        raise ValueError(f"[sparse_] sparsity must be in [0, 1], got {sparsity}")
    forbid_while_recording("sparse_", "initial values cannot be drawn")
    normal_(tensor, 0.0, std, generator)
    keys = fill_uniform(kernels.empty(tensor.shape, np.float64), 0.0, 1.0, generator)
    places = np.argsort(np.argsort(keys, axis=0, kind="stable"), axis=0)  # of each key among those of its column
    with no_grad():
        return copy_(tensor, np.where(places < math.ceil(sparsity * rows), 0, tensor.array))


def eye_(tensor: Tensor) -> Tensor:
    """The identity: 1 at (i, i), 0 elsewhere, in a tensor (rows, columns) of any dtype.

    Raises:
        ValueError: another number of axes.

    Source: torch.nn.init.eye_.
    """
    rows, columns = _two_axes("eye_", tensor)
    with no_grad():
        return copy_(tensor, np.eye(rows, columns, dtype=tensor.dtype))


def dirac_(tensor: Tensor, groups: int = 1) -> Tensor:
    """A convolution's weight that passes its inputs on: 1 at (i, i) in the middle of the kernel, 0 elsewhere.

    Args:
        tensor: (out_channels, in_channels, ...) with one to three further axes, of any dtype.
        groups: into how many equal parts the outputs are divided, each of which gets the inputs.

    Raises:
        ValueError: another number of axes, groups that do not divide the outputs.

    Source: torch.nn.init.dirac_.
    """
    _check_tensor("dirac_", tensor)
    shape = tensor.array.shape
    if not 3 <= len(shape) <= 5:
        raise ValueError(f"[dirac_] tensor must have three to five axes, (out, in, ...), got shape {shape}")
    if integer("dirac_", "groups", groups) < 1 or shape[0] % groups:
        raise ValueError(f"[dirac_] groups must divide the {shape[0]} outputs, got {groups}")
    outputs = shape[0] // groups
    weight = np.zeros(shape, tensor.dtype)
    middle = tuple(n // 2 for n in shape[2:])
    for i in range(min(outputs, shape[1])):
        weight[(slice(i, None, outputs), i, *middle)] = 1
    with no_grad():
        return copy_(tensor, weight)


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


def _check_float_tensor(op: str, tensor: Tensor) -> None:
    _check_tensor(op, tensor)
    check_float(op, "tensor", tensor.array)


def _two_axes(op: str, tensor: Tensor) -> tuple[int, int]:
    _check_tensor(op, tensor)
    if tensor.array.ndim != 2:
        raise ValueError(f"[{op}] tensor must have two axes, (rows, columns), got shape {tensor.array.shape}")
    rows, columns = tensor.array.shape
    return rows, columns


def _fill(
    op: str,
    tensor: Tensor,
    fill: Callable[..., np.ndarray],
    first: float,
    second: float,
    generator: Generator | None,
) -> Tensor:
    """Fills a tensor with random numbers; one with gaps in its memory by a copy of a dense one."""
    _check_float_tensor(op, tensor)
    _check_generator(op, generator)
    array = tensor.array
    if array.flags.carray:
        fill(array, first, second, generator)
        note_write(tensor)
        return tensor
    with no_grad():
        return copy_(tensor, fill(kernels.empty(array.shape, array.dtype), first, second, generator))


def _check_generator(op: str, generator: Generator | None) -> None:
    if generator is not None and not isinstance(generator, Generator):
        raise TypeError(f"[{op}] generator must be None or a mushin.Generator, got {type(generator).__name__}")
