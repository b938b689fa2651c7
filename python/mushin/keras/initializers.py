"""Initial values of variables, under Keras' names and with its defaults. Called with a shape they return a tensor."""

from __future__ import annotations

import math
from typing import Any

import numpy as np

from mushin import kernels
from mushin.autograd import Tensor
from mushin.keras.arguments import Configured, number, seed_of
from mushin.keras.serialization import from_identifier
from mushin.ops.random import generator as global_generator
from mushin.ops.random import numpy_generator

# What the standard deviation of a normal distribution becomes when it is cut off at two of it.
_CUT_OFF = 0.87962566103423978


class Initializer(Configured):
    """Base of all initializers.

    Args:
        seed: an integer of which every call draws the same numbers; None for new ones from the library's generator.
    """

    def __init__(self, seed: int | None = None) -> None:
        self.seed = seed_of(type(self).__name__, seed)

    def __call__(self, shape: Any, dtype: Any = None) -> Tensor:
        """A tensor of a shape with initial values; dtype is "float32" or None."""
        if dtype not in (None, "float32", np.float32):
            raise ValueError(f"[{type(self).__name__}] dtype must be 'float32', got {dtype!r}")
        sizes = (shape,) if isinstance(shape, int) else tuple(int(n) for n in shape)
        return Tensor(self.values(sizes))

    def values(self, shape: tuple[int, ...]) -> np.ndarray:
        """A new float32 array of a shape."""
        raise NotImplementedError(f"[{type(self).__name__}] an initializer has a method values(shape)")

    def _uniform(self, shape: tuple[int, ...], low: float, high: float) -> np.ndarray:
        return kernels.fill_uniform(np.empty(shape, np.float32), self._generator(), low, high)

    def _normal(self, shape: tuple[int, ...], mean: float, deviation: float) -> np.ndarray:
        return kernels.fill_normal(np.empty(shape, np.float32), self._generator(), mean, deviation)

    def _truncated(self, shape: tuple[int, ...], mean: float, deviation: float) -> np.ndarray:
        """Normal numbers, drawn anew where they are more than two deviations from the mean."""
        random = numpy_generator() if self.seed is None else np.random.Generator(np.random.Philox(self.seed))
        values = random.standard_normal(shape)
        while (outside := np.abs(values) > 2).any():
            values[outside] = random.standard_normal(int(outside.sum()))
        return np.asarray(mean + deviation * values, np.float32)

    def _generator(self) -> np.ndarray:
        return global_generator if self.seed is None else np.array([self.seed, 0], np.uint64)


class Zeros(Initializer):
    """Zeros."""

    def __init__(self) -> None:
        super().__init__()

    def values(self, shape: tuple[int, ...]) -> np.ndarray:
        return np.zeros(shape, np.float32)


class Ones(Initializer):
    """Ones."""

    def __init__(self) -> None:
        super().__init__()

    def values(self, shape: tuple[int, ...]) -> np.ndarray:
        return np.ones(shape, np.float32)


class Constant(Initializer):
    """One number everywhere."""

    def __init__(self, value: float = 0.0) -> None:
        super().__init__()
        self.value = number("Constant", "value", value)

    def values(self, shape: tuple[int, ...]) -> np.ndarray:
        return np.full(shape, self.value, np.float32)


class Identity(Initializer):
    """The identity matrix times `gain`; of shapes with two axes."""

    def __init__(self, gain: float = 1.0) -> None:
        super().__init__()
        self.gain = number("Identity", "gain", gain)

    def values(self, shape: tuple[int, ...]) -> np.ndarray:
        if len(shape) != 2:
            raise ValueError(f"[Identity] shape must have two axes, got {shape}")
        return np.asarray(self.gain * np.eye(*shape), np.float32)


class RandomUniform(Initializer):
    """Uniform from minval to maxval."""

    def __init__(self, minval: float = -0.05, maxval: float = 0.05, seed: int | None = None) -> None:
        super().__init__(seed)
        self.minval, self.maxval = number("RandomUniform", "minval", minval), number("RandomUniform", "maxval", maxval)

    def values(self, shape: tuple[int, ...]) -> np.ndarray:
        return self._uniform(shape, self.minval, self.maxval)


class RandomNormal(Initializer):
    """Normal with a mean and a standard deviation."""

    def __init__(self, mean: float = 0.0, stddev: float = 0.05, seed: int | None = None) -> None:
        super().__init__(seed)
        self.mean, self.stddev = number("RandomNormal", "mean", mean), number("RandomNormal", "stddev", stddev)

    def values(self, shape: tuple[int, ...]) -> np.ndarray:
        return self._normal(shape, self.mean, self.stddev)


class TruncatedNormal(RandomNormal):
    """Normal, but never more than two standard deviations from the mean."""

    def values(self, shape: tuple[int, ...]) -> np.ndarray:
        return self._truncated(shape, self.mean, self.stddev)


class VarianceScaling(Initializer):
    """Numbers of variance scale / n, where n is the number of a weight's inputs ("fan_in"), of its outputs ("fan_out"),
    or their mean ("fan_avg").

    Args:
        scale: a number above 0.
        mode: what n is.
        distribution: "uniform", "truncated_normal" (cut off at two deviations) or "untruncated_normal".
        seed: as Initializer's.

    Of a shape (..., in, out) the axes before the last two multiply both.
    """

    def __init__(
        self,
        scale: float = 1.0,
        mode: str = "fan_in",
        distribution: str = "truncated_normal",
        seed: int | None = None,
    ) -> None:
        super().__init__(seed)
        kind = type(self).__name__
        self.scale = number(kind, "scale", scale)
        if self.scale <= 0:
            raise ValueError(f"[{kind}] scale must be above 0, got {scale}")
        if mode not in ("fan_in", "fan_out", "fan_avg"):
            raise ValueError(f"[{kind}] mode must be 'fan_in', 'fan_out' or 'fan_avg', got {mode!r}")
        if distribution not in ("uniform", "truncated_normal", "untruncated_normal"):
            raise ValueError(
                f"[{kind}] distribution must be 'uniform', 'truncated_normal' or 'untruncated_normal', "
                f"got {distribution!r}"
            )
        self.mode, self.distribution = mode, distribution

    def values(self, shape: tuple[int, ...]) -> np.ndarray:
        inputs, outputs = fans(shape)
        n = {"fan_in": inputs, "fan_out": outputs, "fan_avg": (inputs + outputs) / 2}[self.mode]
        variance = self.scale / max(1.0, n)
        if self.distribution == "uniform":
            limit = math.sqrt(3 * variance)
            return self._uniform(shape, -limit, limit)
        if self.distribution == "untruncated_normal":
            return self._normal(shape, 0.0, math.sqrt(variance))
        return self._truncated(shape, 0.0, math.sqrt(variance) / _CUT_OFF)


class _Scaled(VarianceScaling):
    """A VarianceScaling of fixed numbers, which takes only a seed."""

    fixed: tuple[float, str, str]

    def __init__(self, seed: int | None = None) -> None:
        scale, mode, distribution = self.fixed
        super().__init__(scale, mode, distribution, seed)


class GlorotUniform(_Scaled):
    """Uniform in +-sqrt(6 / (in + out)). Source: Glorot and Bengio 2010."""

    fixed = (1.0, "fan_avg", "uniform")


class GlorotNormal(_Scaled):
    """Normal of variance 2 / (in + out), cut off at two deviations. Source: Glorot and Bengio 2010."""

    fixed = (1.0, "fan_avg", "truncated_normal")


class HeUniform(_Scaled):
    """Uniform in +-sqrt(6 / in). Source: He et al. 2015."""

    fixed = (2.0, "fan_in", "uniform")


class HeNormal(_Scaled):
    """Normal of variance 2 / in, cut off at two deviations. Source: He et al. 2015."""

    fixed = (2.0, "fan_in", "truncated_normal")


class LecunUniform(_Scaled):
    """Uniform in +-sqrt(3 / in). Source: LeCun et al. 1998."""

    fixed = (1.0, "fan_in", "uniform")


class LecunNormal(_Scaled):
    """Normal of variance 1 / in, cut off at two deviations. Source: LeCun et al. 1998."""

    fixed = (1.0, "fan_in", "truncated_normal")


class Orthogonal(Initializer):
    """Orthonormal rows or columns, whichever are fewer, times `gain`; all axes but the last count as one.

    Source: Saxe et al. 2014.
    """

    def __init__(self, gain: float = 1.0, seed: int | None = None) -> None:
        super().__init__(seed)
        self.gain = number("Orthogonal", "gain", gain)

    def values(self, shape: tuple[int, ...]) -> np.ndarray:
        if len(shape) < 2:
            raise ValueError(f"[Orthogonal] shape must have at least two axes, got {shape}")
        rows, columns = math.prod(shape[:-1]), shape[-1]
        drawn = self._normal((max(rows, columns), min(rows, columns)), 0.0, 1.0).astype(np.float64)
        q, r = np.linalg.qr(drawn)
        q = q * np.sign(np.diag(r))  # otherwise the signs would not be uniform
        q = q if rows >= columns else q.T
        return np.asarray(self.gain * q.reshape(shape), np.float32)


def fans(shape: tuple[int, ...]) -> tuple[float, float]:
    """How many inputs a weight (..., in, out) has for each output, and how many outputs for each input."""
    if len(shape) < 2:
        return (1.0, 1.0) if not shape else (float(shape[0]), float(shape[0]))
    others = math.prod(shape[:-2])
    return float(shape[-2] * others), float(shape[-1] * others)


INITIALIZERS: dict[str, type[Initializer]] = {
    "constant": Constant,
    "glorot_normal": GlorotNormal,
    "glorot_uniform": GlorotUniform,
    "he_normal": HeNormal,
    "he_uniform": HeUniform,
    "identity": Identity,
    "lecun_normal": LecunNormal,
    "lecun_uniform": LecunUniform,
    "normal": RandomNormal,
    "one": Ones,
    "ones": Ones,
    "orthogonal": Orthogonal,
    "random_normal": RandomNormal,
    "random_uniform": RandomUniform,
    "truncated_normal": TruncatedNormal,
    "uniform": RandomUniform,
    "variance_scaling": VarianceScaling,
    "zero": Zeros,
    "zeros": Zeros,
}


def get(identifier: Any) -> Any:
    """An initializer from its name ("he_normal" or "HeNormal"), class or configuration; an initializer or another
    function of (shape, dtype) itself; None of None."""
    named = {**INITIALIZERS, **{each.__name__: each for each in INITIALIZERS.values()}}
    return from_identifier("initializers", Initializer, named, identifier)
