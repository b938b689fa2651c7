"""In-place writes, outside the graph. Each tells the tape, which refuses a backward that needs what was there; what
requires its gradient is written only detached or under no_grad(), since it would have no part in the result."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any

import numpy as np

from mushin import kernels
from mushin.autograd import NEW, Tensor, check_in_place, note_write, view_of
from mushin.ops import elementwise, gathering, indexing
from mushin.ops.arrays import RANKS, fitting, numbers_of


def copy_(x: Tensor, src: Any) -> Tensor:
    """Overwrites x with src, which is broadcast and cast.

    Source: torch.Tensor.copy_.
    """
    return _write("copy_", x, x.array, src)


def setitem(x: Tensor, index: Any, value: Any) -> None:
    """x[index] = value, with any index that `x[index]` takes; of several values for one place the last stays.

    A mask with one value for all its places can be replayed; with a value for each it cannot, as `x[mask]`.
    """
    parts = indexing.parsed("setitem", x.array.shape, index)
    if parts.is_basic:
        _write("setitem", x, indexing.basic_view("setitem", x.array, parts.basic), value)
        return
    check_in_place(x, "setitem", value)
    values = _values("setitem", value, x.array.dtype)
    if values.dtype != x.array.dtype or np.may_share_memory(values, x.array):
        values = kernels.copy(kernels.empty(values.shape, x.array.dtype), values)
    indexing.write("setitem", x.array, parts, values)
    note_write(x)


def _values(op: str, source: Any, dtype: np.dtype[Any]) -> np.ndarray:
    """The array of what is written; a number must fit the dtype it is cast to."""
    if isinstance(source, Tensor):
        return source.array
    if isinstance(source, (int, float, np.number)):
        return fitting(op, "source", source, dtype)
    return numbers_of(op, "source", source, np.asarray)


def _write(op: str, x: Tensor, destination: np.ndarray, source: Any) -> Tensor:
    check_in_place(x, op, source)
    values = _values(op, source, destination.dtype)
    try:
        values = np.broadcast_to(values, destination.shape)
    except ValueError:
        raise ValueError(f"[{op}] source must broadcast to shape {destination.shape}, got {values.shape}") from None
    if np.may_share_memory(destination, values):
        values = kernels.copy(NEW, values)
    kernels.copy(destination, values)
    note_write(x if destination is x.array else view_of(x, destination))
    return x


def fill_(x: Tensor, value: float) -> Tensor:
    """Overwrites every element with a number."""
    return _write("fill_", x, x.array, value)


def zero_(x: Tensor) -> Tensor:
    """Overwrites every element with zero."""
    return _write("zero_", x, x.array, 0)


def _update(op: str, x: Tensor, compute: Callable[[Any, Any], Tensor], other: Any) -> Tensor:
    """x = compute(x, other), in x's memory."""
    check_in_place(x, op, other)
    result = compute(x.detach(), other.detach() if isinstance(other, Tensor) else other)
    if RANKS[result.dtype.kind] > RANKS[x.dtype.kind]:
        kind = "floating-point" if result.dtype.kind == "f" else "of integers"
        raise TypeError(f"[{op}] x must be {kind} to hold a {result.dtype} result, got {x.dtype}")
    return _write(op, x, x.array, result)


def add_(x: Tensor, other: Any, alpha: float = 1) -> Tensor:
    """x += alpha * other."""
    return _update("add_", x, elementwise.add if alpha == 1 else partial(elementwise.add, alpha=alpha), other)


def sub_(x: Tensor, other: Any, alpha: float = 1) -> Tensor:
    """x -= alpha * other."""
    return _update("sub_", x, elementwise.sub if alpha == 1 else partial(elementwise.sub, alpha=alpha), other)


def mul_(x: Tensor, other: Any) -> Tensor:
    """x *= other."""
    return _update("mul_", x, elementwise.mul, other)


def div_(x: Tensor, other: Any) -> Tensor:
    """x /= other."""
    return _update("div_", x, elementwise.div, other)


def pow_(x: Tensor, exponent: Any) -> Tensor:
    """x to the power of the exponent, in place."""
    return _update("pow_", x, elementwise.pow, exponent)


def clamp_(x: Tensor, min: float | None = None, max: float | None = None) -> Tensor:  # noqa: A002  PyTorch's names
    """x, but no less than min and no more than max, in place."""
    return _update("clamp_", x, lambda values, _: elementwise.clip(values, min, max), None)


def updated(op: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """The in-place form of an op whose result has x's shape."""
    name = f"{op.__name__}_"

    def method(x: Tensor, *arguments: Any, **options: Any) -> Tensor:
        outside = [each.detach() if isinstance(each, Tensor) else each for each in arguments]
        return _update(name, x, lambda values, _: op(values, *outside, **options), None)

    method.__name__ = method.__qualname__ = name
    method.__doc__ = f"`{op.__name__}`, in x's memory."
    method.__wrapped__ = op  # type: ignore[attr-defined]  # whose arguments it takes
    return method


def reshaped_in_place(op: Callable[..., Tensor]) -> Callable[..., Tensor]:
    """The form of an op that gives a view, by which x itself becomes that view of its memory."""
    name = f"{op.__name__}_"

    def method(x: Tensor, *arguments: Any, **options: Any) -> Tensor:
        check_in_place(x, name)
        x.data = op(x.detach(), *arguments, **options)
        return x

    method.__name__ = method.__qualname__ = name
    method.__doc__ = f"`{op.__name__}` of x itself, which becomes that view of its memory."
    method.__wrapped__ = op  # type: ignore[attr-defined]  # whose arguments it takes
    return method


def _replaced(op: str, x: Tensor, compute: Callable[..., Tensor], *arguments: Any, **more: Any) -> Tensor:
    """x = compute(x, ...), in x's memory."""
    check_in_place(x, op, *arguments)
    outside = (each.detach() if isinstance(each, Tensor) else each for each in arguments)
    result = compute(x.detach(), *outside, **more)
    if result.array.shape != x.array.shape:
        raise ValueError(f"[{op}] result must have x's shape {x.array.shape}, got {result.array.shape}")
    return _write(op, x, x.array, result)


def masked_fill_(x: Tensor, mask: Any, value: Any) -> Tensor:
    """Overwrites x with one value where the mask is true."""
    return _replaced("masked_fill_", x, gathering.masked_fill, mask, value)


def scatter_(x: Tensor, dim: int, index: Any, src: Any = None, *, value: float | None = None) -> Tensor:
    """Overwrites the places of x that index names along an axis; see `scatter`."""
    return _replaced("scatter_", x, gathering.scatter, dim, index, src, value=value)


def scatter_add_(x: Tensor, dim: int, index: Any, src: Tensor) -> Tensor:
    """Adds to the places of x that index names along an axis; see `scatter_add`."""
    return _replaced("scatter_add_", x, gathering.scatter_add, dim, index, src)


def index_add_(x: Tensor, dim: int, index: Any, source: Tensor, *, alpha: float = 1) -> Tensor:
    """Adds to the places of x that index names along one axis; see `index_add`."""
    return _replaced("index_add_", x, gathering.index_add, dim, index, source, alpha=alpha)
