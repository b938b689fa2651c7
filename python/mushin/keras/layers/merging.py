"""Layers of several inputs, which they make one of."""

from __future__ import annotations

from collections.abc import Callable
from functools import reduce
from math import prod
from typing import Any

from mushin import ops
from mushin.keras.arguments import flag
from mushin.keras.layers.layer import Layer
from mushin.keras.masks import mask_of
from mushin.keras.numbers import of_unit_length
from mushin.ops.arrays import integer, normalized_axis
from mushin.ops.creation import ones


class Merge(Layer):
    """Base of the layers that combine inputs element by element; they are broadcast together."""

    supports_masking = True
    makes_masks = False

    def compute_mask(self, inputs: Any, previous_mask: Any) -> Any:
        """A step counts if it does in one of the inputs; if one has no mask, there is none."""
        return None if any(mask is None for mask in previous_mask) else reduce(ops.logical_or, previous_mask)

    def call(self, inputs: Any) -> Any:
        return self.merged(list(inputs))

    def merged(self, inputs: list[Any]) -> Any:
        """The inputs as one tensor."""
        raise NotImplementedError(f"[{type(self).__name__}] a Merge has a method merged(inputs)")

    def check_input(self, input_shape: Any) -> None:
        shapes = input_shape if isinstance(input_shape, (list, tuple)) else []
        if not shapes or not all(isinstance(shape, (list, tuple)) for shape in shapes):
            raise ValueError(f"[{self.name}] inputs must be a list of tensors, got {input_shape}")

    def compute_output_shape(self, input_shape: Any) -> Any:
        self.check_input(input_shape)
        axes = max(len(shape) for shape in input_shape)
        full = [(*(1,) * (axes - len(shape)), *shape) for shape in input_shape]
        return tuple(self._common(lengths, input_shape) for lengths in zip(*full))

    def _common(self, lengths: tuple[int | None, ...], shapes: Any) -> int | None:
        longer = {n for n in lengths if n != 1}
        if len(longer - {None}) > 1:
            raise ValueError(f"[{self.name}] inputs must have shapes that can be broadcast together, got {shapes}")
        known = longer - {None}
        return next(iter(known)) if known else None if longer else 1


class Add(Merge):
    """The sum of the inputs."""

    def merged(self, inputs: list[Any]) -> Any:
        return reduce(ops.add, inputs)


class Subtract(Merge):
    """The first of two inputs minus the second."""

    def merged(self, inputs: list[Any]) -> Any:
        return ops.sub(*inputs)

    def check_input(self, input_shape: Any) -> None:
        super().check_input(input_shape)
        if len(input_shape) != 2:
            raise ValueError(f"[{self.name}] inputs must be two, got {len(input_shape)}")


class Multiply(Merge):
    """The product of the inputs, of those that have the step; 0 where none of several with masks has it."""

    def merged(self, inputs: list[Any]) -> Any:
        masks = [mask_of(x) for x in inputs]
        known = [mask for mask in masks if mask is not None]
        kept = [x if mask is None else ops.where(ops.unsqueeze(mask, -1), x, 1.0) for x, mask in zip(inputs, masks)]
        product = reduce(ops.mul, kept)
        if len(known) < len(masks):
            return product
        return ops.where(ops.unsqueeze(reduce(ops.logical_or, known), -1), product, 0.0)


class Average(Merge):
    """The mean of the inputs."""

    def merged(self, inputs: list[Any]) -> Any:
        return ops.div(reduce(ops.add, inputs), len(inputs))


class Maximum(Merge):
    """The largest of the inputs; where only one has a step, this one."""

    def merged(self, inputs: list[Any]) -> Any:
        return _chosen(ops.maximum, inputs)


class Minimum(Merge):
    """The smallest of the inputs; where only one has a step, this one."""

    def merged(self, inputs: list[Any]) -> Any:
        return _chosen(ops.minimum, inputs)


def _chosen(op: Callable[[Any, Any], Any], inputs: list[Any]) -> Any:
    """The inputs as one by an op that has no neutral number: steps outside of an input's mask are not compared.

    Source: keras.layers, base_merge.
    """
    chosen, mask = inputs[0], mask_of(inputs[0])
    for x in inputs[1:]:
        of_x = mask_of(x)
        other = x if of_x is None else ops.where(ops.unsqueeze(of_x, -1), x, chosen)
        if mask is not None:
            chosen = ops.where(ops.unsqueeze(mask, -1), chosen, other)
        mask = None if mask is None or of_x is None else ops.logical_or(mask, of_x)
        chosen = op(chosen, other)
    return chosen


def add(inputs: list[Any], **options: Any) -> Any:
    """`Add` of a list; the options are Layer's."""
    return Add(**options)(inputs)


def subtract(inputs: list[Any], **options: Any) -> Any:
    """`Subtract` of a list; the options are Layer's."""
    return Subtract(**options)(inputs)


def multiply(inputs: list[Any], **options: Any) -> Any:
    """`Multiply` of a list; the options are Layer's."""
    return Multiply(**options)(inputs)


def average(inputs: list[Any], **options: Any) -> Any:
    """`Average` of a list; the options are Layer's."""
    return Average(**options)(inputs)


def maximum(inputs: list[Any], **options: Any) -> Any:
    """`Maximum` of a list; the options are Layer's."""
    return Maximum(**options)(inputs)


def minimum(inputs: list[Any], **options: Any) -> Any:
    """`Minimum` of a list; the options are Layer's."""
    return Minimum(**options)(inputs)


class Concatenate(Layer):
    """The inputs one after the other along an axis.

    Args:
        axis: along which they may differ in length.
        options: as Layer's.
    """

    supports_masking = True
    makes_masks = False

    def __init__(self, axis: int = -1, **options: Any) -> None:
        super().__init__(**options)
        self.axis = integer(self.name, "axis", axis)

    def compute_mask(self, inputs: Any, previous_mask: Any) -> Any:
        """The masks one after the other; a step of features that stand side by side counts if it does in one input."""
        masks = [
            ops.expand(ops.unsqueeze(ones(*x.shape[:-1], dtype=bool) if mask is None else mask, -1), x.shape)
            for x, mask in zip(inputs, previous_mask)
        ]
        return ops.any(ops.cat(masks, self.axis), -1)

    def call(self, inputs: Any) -> Any:
        return ops.cat(list(inputs), self.axis)


def concatenate(inputs: list[Any], axis: int = -1, **options: Any) -> Any:
    """`Concatenate` of a list; the options are Concatenate's and Layer's."""
    return Concatenate(axis, **options)(inputs)


class Dot(Layer):
    """The products of two inputs' elements, summed along an axis of each; the batch's axis stays.

    Args:
        axes: the axis, or one of each input, numbered with the batch's as 0.
        normalize: divide each input by its norm along its axis, so that two vectors give the cosine of their angle.
        options: as Layer's.

    The other axes of the first input come before those of the second; of two vectors (batch, n) comes (batch, 1).
    """

    supports_masking = True
    makes_masks = False

    def compute_mask(self, inputs: Any, previous_mask: Any) -> Any:
        """None: the steps are summed over."""
        return None

    def __init__(self, axes: Any, normalize: bool = False, **options: Any) -> None:
        super().__init__(**options)
        pair = (axes, axes) if hasattr(axes, "__index__") else tuple(axes)
        if len(pair) != 2 or not all(hasattr(a, "__index__") and a != 0 for a in pair):
            raise ValueError(f"[{self.name}] axes must be an axis other than 0, or two, got {axes}")
        self.axes = axes if hasattr(axes, "__index__") else list(pair)
        self.normalize = flag(self.name, "normalize", normalize)
        self._pair = pair

    def call(self, inputs: Any) -> Any:
        x, y = inputs
        first, second = (normalized_axis(self.name, axis, each.ndim) for each, axis in zip((x, y), self._pair))
        if self.normalize:
            x, y = of_unit_length(x, first), of_unit_length(y, second)
        left = [i for i in range(1, x.ndim) if i != first]
        right = [i for i in range(1, y.ndim) if i != second]
        sizes = (*(x.shape[i] for i in left), *(y.shape[i] for i in right))
        x = ops.reshape(ops.permute(x, (0, *left, first)), (len(x), prod(x.shape[i] for i in left), x.shape[first]))
        y = ops.reshape(ops.permute(y, (0, second, *right)), (len(y), y.shape[second], prod(y.shape[i] for i in right)))
        return ops.reshape(ops.matmul(x, y), (len(x), *(sizes or (1,))))


def dot(inputs: list[Any], axes: Any = -1, **options: Any) -> Any:
    """`Dot` of a list; the options are Dot's and Layer's."""
    return Dot(axes, **options)(inputs)
