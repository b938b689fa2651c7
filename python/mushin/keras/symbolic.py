"""Tensors without values: layers and ops that are called with them note nodes of a graph, of which a model is made."""

from __future__ import annotations

import threading
from collections.abc import Callable
from math import prod
from typing import Any

import numpy as np

from mushin.autograd import Tensor, no_grad
from mushin.keras.structures import leaves, mapped, packed

# Lengths that stand for unknown ones: in two runs, the batch's and those of other axes.
_PLACEHOLDERS = ((2, 32), (3, 64))
_LARGEST_PROBE = 2**28


class _Probe(threading.local):
    runs = False


_probe = _Probe()

KerasShape = tuple[int | None, ...]


class KerasTensor:
    """A tensor of a model that is being made: a shape, a dtype, and the node that it comes from.

    Args:
        shape: (batch, ...), with None for lengths that are not known yet.
        dtype: of its elements.
        name: shown by `repr`.
    """

    __array_ufunc__ = None  # NumPy's arrays leave operators to this class

    def __init__(self, shape: KerasShape, dtype: Any = "float32", name: str | None = None) -> None:
        self.shape = tuple(shape)
        self.dtype = np.dtype(dtype).name
        self.name = name
        self.node: Node | None = None
        self.index = 0  # among the outputs of its node

    @property
    def ndim(self) -> int:
        return len(self.shape)

    def __repr__(self) -> str:
        return f"<KerasTensor shape={self.shape}, dtype={self.dtype}, name={self.name}>"

    def __iter__(self) -> Any:
        raise TypeError("[KerasTensor] a tensor without values cannot be walked through; slice it, as in x[:, 0]")

    def __bool__(self) -> bool:
        raise TypeError("[KerasTensor] a tensor without values is neither true nor false")

    def __array__(self, *args: Any, **kwargs: Any) -> Any:
        raise TypeError("[KerasTensor] a tensor without values is no array: use keras.ops, or a layer of your own")


class Node:
    """One call of a layer or an op: what it was called with, and the tensors that it returned.

    Args:
        operation: the layer or op.
        args, kwargs: what it was called with; lists, tuples and dicts may hold KerasTensors.
        training: what the call said of it.
        outputs: KerasTensors, which become this node's.
    """

    def __init__(
        self, operation: Any, args: tuple[Any, ...], kwargs: dict[str, Any], training: bool | None, outputs: Any
    ) -> None:
        self.operation, self.args, self.kwargs, self.training = operation, args, kwargs, training
        self.inputs = [x for x in leaves([list(args), kwargs]) if isinstance(x, KerasTensor)]
        self.returned = outputs
        self.outputs: list[KerasTensor] = leaves(outputs)
        for i, tensor in enumerate(self.outputs):
            tensor.node, tensor.index = self, i
            tensor.name = tensor.name or f"keras_tensor_{operation.name}"


def has_symbols(args: tuple[Any, ...], kwargs: dict[str, Any]) -> bool:
    return any(isinstance(x, KerasTensor) for x in leaves([list(args), kwargs]))


def probed(name: str, call: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
    """KerasTensors like what a call returns, whose inputs are KerasTensors: it is run twice, on zeros with other
    lengths for those that are not known. A length that differs between the runs is not known either.

    Raises:
        ValueError: inputs of more than 2^28 elements.
        TypeError: a result that is no tensor.
    """
    first, second = (_run_on_zeros(name, call, args, kwargs, lengths) for lengths in _PLACEHOLDERS)
    made = []
    for a, b in zip(leaves(first), leaves(second), strict=True):
        if not isinstance(a, Tensor):
            raise TypeError(f"[{name}] a call must return tensors, got {type(a).__name__}")
        if a.ndim != b.ndim:
            raise ValueError(f"[{name}] the number of axes must not depend on the batch, got {a.shape} and {b.shape}")
        shape = tuple(m if m == n else None for m, n in zip(a.shape, b.shape))
        made.append(KerasTensor(shape, a.dtype))
    return packed(first, made)


def _run_on_zeros(
    name: str, call: Callable[..., Any], args: tuple[Any, ...], kwargs: dict[str, Any], lengths: tuple[int, int]
) -> Any:
    def zeros(x: Any) -> Any:
        if not isinstance(x, KerasTensor):
            return x
        shape = tuple(lengths[min(i, 1)] if n is None else n for i, n in enumerate(x.shape))
        if prod(shape) > _LARGEST_PROBE:
            raise ValueError(f"[{name}] inputs must hold fewer than 2^28 numbers to be tried, got shape {x.shape}")
        return Tensor(np.broadcast_to(np.zeros((), x.dtype), shape))

    before, _probe.runs = _probe.runs, True
    try:
        with no_grad():
            return call(*mapped(zeros, args), **mapped(zeros, kwargs))
    finally:
        _probe.runs = before


def is_probing() -> bool:
    """Whether this thread runs a call on zeros, to learn shapes."""
    return _probe.runs
