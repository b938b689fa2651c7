"""Layers that put the elements of samples in another shape or order."""

from __future__ import annotations

from math import prod
from typing import Any

from mushin import nn, ops
from mushin.keras.arguments import positive_integer, sequence
from mushin.keras.layers.layer import Layer
from mushin.ops.creation import zeros


class Flatten(Layer):
    """Every sample as one axis."""

    def build(self, input_shape: Any) -> None:
        self.modules = [nn.Flatten() if len(input_shape) > 1 else _Reshaped((1,))]

    def compute_output_shape(self, input_shape: Any) -> Any:
        sample = input_shape[1:]
        return (input_shape[0], None if None in sample else prod(sample))


class _Reshaped(nn.Module):
    """Samples in another shape."""

    def __init__(self, shape: tuple[int, ...]) -> None:
        super().__init__()
        self.shape = shape

    def forward(self, x: Any) -> Any:
        return ops.reshape(x, (len(x), *self.shape))


class _OfSteps(Layer):
    """Base of layers that change how many steps (batch, steps, features) have."""

    def build(self, input_shape: Any) -> None:
        if len(input_shape) != 3:
            raise ValueError(f"[{self.name}] input must have shape (steps, features), got {tuple(input_shape)[1:]}")

    def _pair(self, name: str, value: Any) -> tuple[int, int]:
        """Numbers of steps at both ends, from one number or two."""
        pair = (value, value) if isinstance(value, int) else tuple(sequence(self.name, name, value))
        if len(pair) != 2 or not all(isinstance(n, int) and n >= 0 for n in pair):
            raise ValueError(f"[{self.name}] {name} must be an integer from 0 on or two, got {value!r}")
        return pair


class ZeroPadding1D(_OfSteps):
    """Steps of zeros before and after.

    Args:
        padding: how many at each end, or (before, after).
        options: as Layer's.
    """

    def __init__(self, padding: Any = 1, **options: Any) -> None:
        super().__init__(**options)
        self.padding = self._pair("padding", padding)

    def call(self, inputs: Any) -> Any:
        return ops.pad(inputs, (0, 0, *self.padding))


class Cropping1D(_OfSteps):
    """The steps without the first and last ones.

    Args:
        cropping: how many at each end, or (first, last).
        options: as Layer's.
    """

    def __init__(self, cropping: Any = (1, 1), **options: Any) -> None:
        super().__init__(**options)
        self.cropping = self._pair("cropping", cropping)

    def call(self, inputs: Any) -> Any:
        steps = inputs.shape[1] - sum(self.cropping)
        if steps < 1:
            raise ValueError(f"[{self.name}] cropping must leave a step of {inputs.shape[1]}, got {self.cropping}")
        return ops.narrow(inputs, 1, self.cropping[0], steps)


class UpSampling1D(_OfSteps):
    """Every step several times in a row.

    Args:
        size: how often.
        options: as Layer's.
    """

    def __init__(self, size: int = 2, **options: Any) -> None:
        super().__init__(**options)
        self.size = positive_integer(self.name, "size", size)

    def call(self, inputs: Any) -> Any:
        return ops.repeat_interleave(inputs, self.size, 1)


class Reshape(Layer):
    """Every sample in another shape.

    Args:
        target_shape: of a sample; one length may be -1.
        options: as Layer's.
    """

    def __init__(self, target_shape: Any, **options: Any) -> None:
        super().__init__(**options)
        lengths = sequence(self.name, "target_shape", target_shape)
        if not all(hasattr(n, "__index__") and (n == -1 or n > 0) for n in lengths) or lengths.count(-1) > 1:
            raise ValueError(
                f"[{self.name}] target_shape must hold positive integers and at most one -1, got {target_shape}"
            )
        self.target_shape = tuple(int(n) for n in lengths)

    def build(self, input_shape: Any) -> None:
        self.modules = [_Reshaped(self.target_shape)]

    def compute_output_shape(self, input_shape: Any) -> Any:
        known = prod(n for n in self.target_shape if n != -1)
        sample = input_shape[1:]
        size = None if None in sample else prod(sample)
        if size is not None and (size % known or (-1 not in self.target_shape and size != known)):
            raise ValueError(f"[{self.name}] target_shape must hold {size} elements, got {self.target_shape}")
        rest = None if size is None else size // known
        return (input_shape[0], *(rest if n == -1 else n for n in self.target_shape))


class Permute(Layer):
    """The axes of samples in another order.

    Args:
        dims: the axes, numbered from 1; (2, 1) swaps the first two.
        options: as Layer's.
    """

    def __init__(self, dims: Any, **options: Any) -> None:
        super().__init__(**options)
        self.dims = tuple(sequence(self.name, "dims", dims))
        if sorted(self.dims) != list(range(1, len(self.dims) + 1)):
            raise ValueError(f"[{self.name}] dims must be an order of 1 to {len(self.dims)}, got {dims}")

    def call(self, inputs: Any) -> Any:
        return ops.permute(inputs, (0, *self.dims))

    def compute_output_shape(self, input_shape: Any) -> Any:
        if len(input_shape) != len(self.dims) + 1:
            raise ValueError(f"[{self.name}] input must have {len(self.dims)} axes, got {tuple(input_shape)[1:]}")
        return (input_shape[0], *(input_shape[i] for i in self.dims))


class RepeatVector(Layer):
    """Every sample n times: (batch, features) becomes (batch, n, features).

    Args:
        n: how often.
        options: as Layer's.
    """

    def __init__(self, n: int, **options: Any) -> None:
        super().__init__(**options)
        self.n = positive_integer(self.name, "n", n)

    def call(self, inputs: Any) -> Any:
        rows, features = inputs.shape
        return ops.add(ops.reshape(inputs, (rows, 1, features)), zeros(1, self.n, 1))

    def compute_output_shape(self, input_shape: Any) -> Any:
        if len(input_shape) != 2:
            raise ValueError(f"[{self.name}] input must have shape (features,), got {tuple(input_shape)[1:]}")
        return (input_shape[0], self.n, input_shape[1])
