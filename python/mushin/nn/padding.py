"""Layers that put elements around their input, along its last axes."""
# ruff: noqa: A002  `input` is PyTorch's name for the argument

from __future__ import annotations

from mushin import ops
from mushin.autograd import Tensor
from mushin.nn.module import Module
from mushin.ops.arrays import integer, number


class _Padding(Module):
    """Of `axes` axes in a mode of `functional.pad`.

    Args:
        padding: how many elements on each side, or (before, after) of the last axis, then of the last but one, and so
            on; below 0 takes elements away.
    """

    axes: int
    mode: str

    def __init__(self, padding: int | tuple[int, ...]) -> None:
        super().__init__()
        name = type(self).__name__
        widths = tuple(padding) if isinstance(padding, (tuple, list)) else (padding,) * (2 * self.axes)
        if len(widths) != 2 * self.axes:
            raise ValueError(f"[{name}] padding must be a number or {2 * self.axes} of them, got {padding}")
        self.padding = tuple(integer(name, "padding", width) for width in widths)

    def forward(self, input: Tensor) -> Tensor:
        return ops.pad(input, self.padding, self.mode)

    def extra_repr(self) -> str:
        return f"{self.padding}"


class _ConstantPadding(_Padding):
    mode = "constant"

    def __init__(self, padding: int | tuple[int, ...], value: float) -> None:
        super().__init__(padding)
        self.value = number(type(self).__name__, "value", value)

    def forward(self, input: Tensor) -> Tensor:
        return ops.pad(input, self.padding, self.mode, self.value)

    def extra_repr(self) -> str:
        return f"padding={self.padding}, value={self.value}"


class _ZeroPadding(_Padding):
    mode = "constant"


class _ReflectionPadding(_Padding):
    mode = "reflect"


class _ReplicationPadding(_Padding):
    mode = "replicate"


class _CircularPadding(_Padding):
    mode = "circular"


class ConstantPad1d(_ConstantPadding):
    """A value around the last axis of x; see functional.pad.

    Source: torch.nn.ConstantPad1d.
    """

    axes = 1


class ConstantPad2d(_ConstantPadding):
    """A value around the last two axes of x; see functional.pad.

    Source: torch.nn.ConstantPad2d.
    """

    axes = 2


class ConstantPad3d(_ConstantPadding):
    """A value around the last three axes of x; see functional.pad.

    Source: torch.nn.ConstantPad3d.
    """

    axes = 3


class ZeroPad1d(_ZeroPadding):
    """Zeros around the last axis of x; see functional.pad.

    Source: torch.nn.ZeroPad1d.
    """

    axes = 1


class ZeroPad2d(_ZeroPadding):
    """Zeros around the last two axes of x; see functional.pad.

    Source: torch.nn.ZeroPad2d.
    """

    axes = 2


class ZeroPad3d(_ZeroPadding):
    """Zeros around the last three axes of x; see functional.pad.

    Source: torch.nn.ZeroPad3d.
    """

    axes = 3


class ReflectionPad1d(_ReflectionPadding):
    """The elements before the last one, mirrored at it, around the last axis of x; see functional.pad.

    Source: torch.nn.ReflectionPad1d.
    """

    axes = 1


class ReflectionPad2d(_ReflectionPadding):
    """The elements before the last one, mirrored at it, around the last two axes of x; see functional.pad.

    Source: torch.nn.ReflectionPad2d.
    """

    axes = 2


class ReflectionPad3d(_ReflectionPadding):
    """The elements before the last one, mirrored at it, around the last three axes of x; see functional.pad.

    Source: torch.nn.ReflectionPad3d.
    """

    axes = 3


class ReplicationPad1d(_ReplicationPadding):
    """The last elements again around the last axis of x; see functional.pad.

    Source: torch.nn.ReplicationPad1d.
    """

    axes = 1


class ReplicationPad2d(_ReplicationPadding):
    """The last elements again around the last two axes of x; see functional.pad.

    Source: torch.nn.ReplicationPad2d.
    """

    axes = 2


class ReplicationPad3d(_ReplicationPadding):
    """The last elements again around the last three axes of x; see functional.pad.

    Source: torch.nn.ReplicationPad3d.
    """

    axes = 3


class CircularPad1d(_CircularPadding):
    """What lies at the other end around the last axis of x; see functional.pad.

    Source: torch.nn.CircularPad1d.
    """

    axes = 1


class CircularPad2d(_CircularPadding):
    """What lies at the other end around the last two axes of x; see functional.pad.

    Source: torch.nn.CircularPad2d.
    """

    axes = 2


class CircularPad3d(_CircularPadding):
    """What lies at the other end around the last three axes of x; see functional.pad.

    Source: torch.nn.CircularPad3d.
    """

    axes = 3
