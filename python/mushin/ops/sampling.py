"""Random integers, permutations, draws from distributions, and tensors overwritten with random numbers.

All come from the generator in random.py: they depend neither on threads nor, in a step that is replayed, on when it was
recorded.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from mushin import kernels
from mushin.autograd import Tensor, check_in_place, from_array, note_write
from mushin.ops.arrays import check_float, dtype_of, integer, new_array, number, numbers_of, tensor_of
from mushin.ops.random import check_probability, fill_normal, fill_uniform, generator


def _like(op: str, x: Any, dtype: Any) -> np.ndarray:
    like = numbers_of(op, "x", x)
    array = new_array(op, like.shape, like.dtype if dtype is None else dtype)
    check_float(op, "dtype", array)
    return array


def rand_like(x: Tensor, dtype: Any = None) -> Tensor:
    """Uniform in [0, 1), of a tensor's shape and dtype."""
    return Tensor(fill_uniform(_like("rand_like", x, dtype), 0.0, 1.0))


def randn_like(x: Tensor, dtype: Any = None) -> Tensor:
    """Standard normal, of a tensor's shape and dtype."""
    return Tensor(fill_normal(_like("randn_like", x, dtype), 0.0, 1.0))


def randint(low: int, high: Any = None, size: Any = None, dtype: Any = np.int64) -> Tensor:
    """Uniform integers in [low, high), or in [0, low) where high is left out: randint(10, (3, 4)).

    Source: torch.randint.
    """
    if high is None or size is None:
        low, high, size = 0, low, high if size is None else size
    first, end = integer("randint", "low", low), integer("randint", "high", high)
    if not -(2**63) <= first < end < 2**63:
        raise ValueError(f"[randint] low must be less than high, both of 64 bits, got {first} and {end}")
    if not isinstance(size, (tuple, list)):
        raise TypeError(f"[randint] size must be a tuple of integers, got {type(size).__name__}")
    target = _dtype_holding("randint", dtype, first, end - 1)
    return Tensor(
        _as(kernels.fill_integers(new_array("randint", tuple(size), np.int64), generator, first, end), target)
    )


def randperm(n: int, dtype: Any = np.int64) -> Tensor:
    """The integers from 0 to before n in random order.

    Source: torch.randperm.
    """
    count = integer("randperm", "n", n)
    target = _dtype_holding("randperm", dtype, 0, max(count - 1, 0))
    return Tensor(_as(kernels.fill_permutation(new_array("randperm", (count,), np.int64), generator), target))


def _dtype_holding(op: str, dtype: Any, smallest: int, largest: int) -> np.dtype[Any]:
    """A dtype that holds all integers of a range; a floating-point one may round them."""
    target = dtype_of(op, dtype)
    if target.kind == "f":
        return target
    low, high = (0, 1) if target.kind == "b" else (np.iinfo(target).min, np.iinfo(target).max)
    if smallest < low or largest > high:
        raise ValueError(f"[{op}] dtype must hold the integers from {smallest} to {largest}, got {target}")
    return target


def _as(array: np.ndarray, target: np.dtype[Any]) -> np.ndarray:
    return array if array.dtype == target else kernels.copy(kernels.empty(array.shape, target), array)


def bernoulli(x: Tensor) -> Tensor:
    """1 with the probability that stands in x, else 0; without gradient.

    Args:
        x: probabilities, float32 or float64 of any shape. A replayed step does not look at them again: those above 1
            count as 1 there, those below 0 and NaN as 0.

    Source: torch.bernoulli.
    """
    p = tensor_of(x).array
    check_float("bernoulli", "x", p)
    if p.size and not (p.min() >= 0 and p.max() <= 1):
        raise ValueError(f"[bernoulli] x must be in [0, 1], got values from {p.min()} to {p.max()}")
    return from_array(kernels.bernoulli(generator, p))


def multinomial(x: Tensor, num_samples: int, replacement: bool = False) -> Tensor:
    """Columns drawn with the probabilities that the weights of a row have, in the order they were drawn; int64.

    Args:
        x: weights, (n,) or (rows, n), float32 or float64, finite, not negative, not all 0. A replayed step does not
            look at them again.
        num_samples: how many for each row.
        replacement: whether a column may be drawn twice.

    Returns:
        (num_samples,) or (rows, num_samples).

    Raises:
        ValueError: other weights; without replacement fewer weights above 0 than samples.

    Source: torch.multinomial.
    """
    weights, count = tensor_of(x).array, integer("multinomial", "num_samples", num_samples)
    check_float("multinomial", "x", weights)
    if weights.ndim not in (1, 2):
        raise ValueError(f"[multinomial] x must have shape (n,) or (rows, n), got {weights.shape}")
    rows = weights.reshape(1, -1) if weights.ndim == 1 else weights
    if count < 1:
        raise ValueError(f"[multinomial] num_samples must be positive, got {count}")
    if not (np.isfinite(rows).all() and (rows >= 0).all()):
        raise ValueError("[multinomial] x must be finite and not negative")
    fewest, needed = (rows > 0).sum(1).min(initial=rows.shape[1]), 1 if replacement else count
    if fewest < needed:
        raise ValueError(f"[multinomial] x must have at least {needed} weights above 0 in each row, got {fewest}")
    drawn = kernels.multinomial(kernels.empty((len(rows), count), np.int64), generator, rows, bool(replacement))
    return from_array(drawn[0] if weights.ndim == 1 else drawn)


# --- in place, outside the graph


def _overwritten(op: str, x: Tensor, fill: Any) -> Tensor:
    check_in_place(x, op)
    check_float(op, "x", x.array)
    if x.array.flags.carray:
        fill(x.array)
    else:
        kernels.copy(x.array, fill(kernels.empty(x.array.shape, x.array.dtype.newbyteorder("="))))
    note_write(x)
    return x


def uniform_(x: Tensor, from_: float = 0.0, to: float = 1.0) -> Tensor:
    """Overwrites x with uniform numbers from from_ to `to`.

    Source: torch.Tensor.uniform_.
    """
    low, high = number("uniform_", "from_", from_), number("uniform_", "to", to)
    if not low <= high:
        raise ValueError(f"[uniform_] from_ must not exceed to, got {from_} and {to}")
    return _overwritten("uniform_", x, lambda array: fill_uniform(array, low, high))


def normal_(x: Tensor, mean: float = 0.0, std: float = 1.0) -> Tensor:
    """Overwrites x with normal numbers of a mean and a standard deviation.

    Source: torch.Tensor.normal_.
    """
    centre, deviation = number("normal_", "mean", mean), number("normal_", "std", std)
    if not deviation >= 0:
        raise ValueError(f"[normal_] std must not be negative, got {std}")
    return _overwritten("normal_", x, lambda array: fill_normal(array, centre, deviation))


def bernoulli_(x: Tensor, p: float = 0.5) -> Tensor:
    """Overwrites x with 1, with probability p, and 0.

    Source: torch.Tensor.bernoulli_.
    """
    check_probability("bernoulli_", p)
    probability = np.full((), p)

    def fill(array: np.ndarray) -> np.ndarray:
        chances = kernels.copy(kernels.empty(array.shape, array.dtype), np.broadcast_to(probability, array.shape))
        return kernels.copy(array, kernels.bernoulli(generator, chances))

    return _overwritten("bernoulli_", x, fill)
