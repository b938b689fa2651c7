"""Random numbers: the generator, dropout, and random tensors.

A generator is an array of two numbers, (seed, counter). Each random launch takes the counter as its own stream and
leaves the next one, in the kernel: a replayed launch draws anew, and masks do not depend on threads.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from mushin import kernels
from mushin.autograd import Tensor, forbid_while_recording, record
from mushin.ops.arrays import check_float, integer, new_array, number, sizes_of, tensor_of

generator: np.ndarray = np.zeros(2, np.uint64)


def seed(seed: int) -> None:
    """Starts the random numbers of everything in mushin from a seed in [0, 2^64).

    Source: torch.manual_seed.
    """
    _start("seed", generator, seed)


def _start(op: str, state: np.ndarray, value: int) -> None:
    start = integer(op, "seed", value)
    forbid_while_recording(op, "the generator cannot be set")
    if not 0 <= start < 2**64:
        raise ValueError(f"[{op}] seed must be in [0, 2^64), got {value}")
    state[0], state[1] = start, 0


class Generator:
    """Random numbers of its own, from seed 0: for the order of samples and for initial values.

        loader = DataLoader(dataset, batch_size=32, shuffle=True, generator=mushin.Generator().manual_seed(3))

    Source: torch.Generator.
    """

    def __init__(self) -> None:
        self.state: np.ndarray = np.zeros(2, np.uint64)  # seed and counter

    def manual_seed(self, seed: int) -> Generator:
        """Starts anew from a seed in [0, 2^64); returns the generator."""
        _start("manual_seed", self.state, seed)
        return self

    def initial_seed(self) -> int:
        """The seed that it was started from."""
        return int(self.state[0])


def generator_of(op: str, value: Any, name: str = "generator") -> Generator | None:
    """The generator of a caller's argument: None for that of all, a Generator, or a seed, which makes one."""
    if value is None or isinstance(value, Generator):
        return value
    if isinstance(value, (int, np.integer)) and not isinstance(value, bool):
        return Generator().manual_seed(int(value))
    raise TypeError(f"[{op}] {name} must be None, a mushin.Generator or a seed, got {type(value).__name__}")


def numpy_generator(own: Generator | None = None) -> np.random.Generator:
    """A NumPy generator on a stream of its own, for work outside kernels such as shuffling. `own`: whose stream it is;
    None for the generator of all."""
    forbid_while_recording("numpy_generator", "the generator cannot be read")
    state = generator if own is None else own.state
    key = np.array([int(state[0]), int(state[1])], np.uint64)
    state[1] += np.uint64(1)
    return np.random.Generator(np.random.Philox(key=key))


def dropout(x: Tensor, p: float = 0.5, training: bool = True, own: Generator | None = None) -> Tensor:
    """Each element is 0 with probability p, else x / (1 - p); x itself when not training. `own`: whose numbers decide;
    None for the generator of all.

    Source: Srivastava et al. 2014; scaled in training, as torch.nn.functional.dropout.
    """
    check_probability("dropout", p)
    x = tensor_of(x)
    if not training or p == 0.0:
        return x
    y, stream = kernels.dropout_forward(generator if own is None else own.state, x.array, p)
    return record(y, (x,), lambda dy, into: (kernels.dropout_backward(into[0], dy, stream, p),))


def check_probability(op: str, p: Any) -> None:
    if not 0.0 <= number(op, "p", p) <= 1.0:
        raise ValueError(f"[{op}] p must be in [0, 1], got {p}")


def fill_uniform(array: np.ndarray, low: float, high: float, own: Generator | None = None) -> np.ndarray:
    """Overwrites a dense float array with uniform numbers from low to high; rounding may reach high."""
    return kernels.fill_uniform(array, generator if own is None else own.state, low, high)


def fill_normal(array: np.ndarray, mean: float, deviation: float, own: Generator | None = None) -> np.ndarray:
    """Overwrites a dense float array with normal numbers."""
    return kernels.fill_normal(array, generator if own is None else own.state, mean, deviation)


def _new(op: str, shape: tuple[Any, ...], dtype: Any) -> np.ndarray:
    array = new_array(op, sizes_of(shape), np.float32 if dtype is None else dtype)
    check_float(op, "dtype", array)
    return array


def rand(*shape: Any, dtype: Any = np.float32, requires_grad: bool = False) -> Tensor:
    """Uniform in [0, 1), of the given shape."""
    return Tensor(fill_uniform(_new("rand", shape, dtype), 0.0, 1.0), requires_grad)


def randn(
    *shape: Any, dtype: Any = np.float32, requires_grad: bool = False, generator: Generator | None = None
) -> Tensor:
    """Standard normal, of the given shape; drawn from a generator, or from that of all."""
    return Tensor(fill_normal(_new("randn", shape, dtype), 0.0, 1.0, generator), requires_grad)
