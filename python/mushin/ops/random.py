"""Random numbers: the generator, dropout, and random tensors.

A generator is an array of two numbers, (seed, counter). Each random launch takes the counter as its own stream and
leaves the next one, in the kernel: a replayed launch draws anew, and masks do not depend on threads.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from mushin import kernels
from mushin.autograd import Tensor, forbid_while_recording, record
from mushin.ops.arrays import check_float, new_array, number, sizes_of, tensor_of

generator: np.ndarray = np.zeros(2, np.uint64)


def seed(value: int) -> None:
    """Starts the random numbers of everything in mushin from a seed in [0, 2^64)."""
    if not isinstance(value, (int, np.integer)):
        raise TypeError(f"[seed] value must be an integer, got {type(value).__name__}")
    forbid_while_recording("seed", "the generator cannot be set")
    if not 0 <= value < 2**64:
        raise ValueError(f"[seed] value must be in [0, 2^64), got {value}")
    generator[0], generator[1] = value, 0


def numpy_generator() -> np.random.Generator:
    """A NumPy generator on a stream of its own, for work outside kernels such as shuffling."""
    forbid_while_recording("numpy_generator", "the generator cannot be read")
    key = np.array([int(generator[0]), int(generator[1])], np.uint64)
    generator[1] += np.uint64(1)
    return np.random.Generator(np.random.Philox(key=key))


def dropout(x: Tensor, p: float = 0.5, training: bool = True) -> Tensor:
    """Each element is 0 with probability p, else x / (1 - p); x itself when not training.

    Source: Srivastava et al. 2014; scaled in training, as torch.nn.functional.dropout.
    """
    check_probability("dropout", p)
    x = tensor_of(x)
    if not training or p == 0.0:
        return x
    y, stream = kernels.dropout_forward(generator, x.array, p)
    return record(y, (x,), lambda dy, into: (kernels.dropout_backward(into[0], dy, stream, p),))


def check_probability(op: str, p: Any) -> None:
    if not 0.0 <= number(op, "p", p) <= 1.0:
        raise ValueError(f"[{op}] p must be in [0, 1], got {p}")


def fill_uniform(array: np.ndarray, low: float, high: float) -> np.ndarray:
    """Overwrites a dense float array with uniform numbers from low to high; rounding may reach high."""
    return kernels.fill_uniform(array, generator, low, high)


def fill_normal(array: np.ndarray, mean: float, deviation: float) -> np.ndarray:
    """Overwrites a dense float array with normal numbers."""
    return kernels.fill_normal(array, generator, mean, deviation)


def _new(op: str, shape: tuple[Any, ...], dtype: Any) -> np.ndarray:
    array = new_array(op, sizes_of(shape), np.float32 if dtype is None else dtype)
    check_float(op, "dtype", array)
    return array


def rand(*shape: Any, dtype: Any = np.float32, requires_grad: bool = False) -> Tensor:
    """Uniform in [0, 1), of the given shape."""
    return Tensor(fill_uniform(_new("rand", shape, dtype), 0.0, 1.0), requires_grad)


def randn(*shape: Any, dtype: Any = np.float32, requires_grad: bool = False) -> Tensor:
    """Standard normal, of the given shape."""
    return Tensor(fill_normal(_new("randn", shape, dtype), 0.0, 1.0), requires_grad)
