"""What all metrics have in common: buffers of doubles, and arrays as the kernels take them."""

from __future__ import annotations

from math import prod
from typing import Any

import numpy as np

from mushin import kernels
from mushin.ops.arrays import reshaped, tensor_of

DOUBLES = np.dtype(np.float64)


class Metric:
    """A quantity over all samples of a pass.

    A subclass says which targets it reads: `target_kind` is "ids" of classes, "numbers" in the outputs' shape, or None
    for either. `direction` says whether the quantity is to go "up" or "down", `ranks_only` that it only looks at the
    order of a row's outputs. It makes its totals with `buffer` and writes `add`, which calls nothing but kernels.

    Args:
        name: shown in messages and logs.
    """

    target_kind: str | None = "numbers"
    direction: str | None = None
    ranks_only = False
    heeds_mask = False

    def __init__(self, name: str) -> None:
        self.name = name
        self._buffers: dict[str, np.ndarray] = {}

    def buffer(self, name: str, *shape: int) -> np.ndarray:
        """The total of a name: zeros at first, and after a reset.

        Raises:
            ValueError: it has another shape since an earlier batch.
        """
        if name not in self._buffers:
            self._buffers[name] = np.zeros(shape)
        found = self._buffers[name]
        if found.shape != shape:
            raise ValueError(
                f"[{self.name}] outputs must have as many columns as before: totals have shape {found.shape}, "
                f"got outputs for {shape}"
            )
        return found

    def reset(self) -> None:
        """Forgets what has been added."""
        for total in self._buffers.values():
            total[...] = 0.0

    def result(self) -> Any:
        """The quantity of what has been added: a float, or an array."""
        raise NotImplementedError

    def update(self, outputs: Any, target: Any, weight: Any = None) -> None:
        """Adds a batch.

        Args:
            outputs: of a model, (batch, ...); float32 or float64, others become float64.
            target: what they should be: class ids of shape (batch, ...) without the outputs' last axis, or numbers in
                the outputs' shape. A last axis of length 1 may be missing or too many.
            weight: of the samples, (batch,) or further axes of the outputs, without the last; None for 1.

        Raises:
            ValueError: shapes that do not fit.
        """
        rows = tensor_of(outputs).array
        if rows.dtype.kind != "f" or rows.dtype.itemsize < 4:
            rows = converted(rows, DOUBLES)
        goal = tensor_of(target).array
        if self.target_kind == "ids" or (self.target_kind is None and self._are_ids(goal, rows)):
            goal = self._shaped("target", converted(goal, np.dtype(np.int64)), rows.shape[:-1])
        else:
            goal = self._shaped("target", converted(goal, rows.dtype), rows.shape)
        weights = None if weight is None else self.weights_of(tensor_of(weight).array, rows)
        self.add(rows, goal, weights)

    def add(self, outputs: np.ndarray, target: np.ndarray, weights: np.ndarray | None) -> None:
        """Adds a batch whose target has been checked, and whose weights are those of rows: see `rows_of`."""
        raise NotImplementedError

    @staticmethod
    def _are_ids(target: np.ndarray, outputs: np.ndarray) -> bool:
        return target.dtype.kind != "f" or target.shape != outputs.shape

    def _shaped(self, name: str, array: np.ndarray, shape: tuple[int, ...]) -> np.ndarray:
        if array.shape == shape:
            return array
        if array.shape == (*shape, 1) or (*array.shape, 1) == shape:
            return reshaped(array, shape)
        raise ValueError(f"[{self.name}] {name} must have shape {shape}, got {array.shape}")

    def weights_of(self, weight: np.ndarray, outputs: np.ndarray) -> np.ndarray:
        """Weights as the kernels take them: one for each of so many rows that follow each other."""
        axes = list(weight.shape)
        while axes and axes[-1] == 1 and len(axes) > 1:
            axes.pop()
        if axes != [1] * len(axes) and tuple(axes) != outputs.shape[: len(axes)]:
            raise ValueError(
                f"[{self.name}] weight must have shape {outputs.shape[:1]} or more of {outputs.shape}, "
                f"got {weight.shape}"
            )
        return reshaped(converted(weight, outputs.dtype), (weight.size,))


def converted(array: np.ndarray, dtype: np.dtype[Any]) -> np.ndarray:
    """The array in another dtype, by a kernel."""
    return array if array.dtype == dtype else kernels.copy(kernels.empty(array.shape, dtype), array)


def rows_of(array: np.ndarray, weights: np.ndarray | None = None) -> np.ndarray:
    """The array as a matrix: rows of its last axis; single elements if it has one axis, or weights for each."""
    last = array.shape[-1] if array.ndim > 1 and (weights is None or weights.size < array.size) else 1
    return reshaped(array, (array.size // last if last else prod(array.shape[:-1]), last))


def share(part: Any, whole: Any) -> Any:
    """part / whole, where 0 / 0 is 0; of numbers or arrays."""
    part, whole = np.asarray(part, np.float64), np.asarray(whole, np.float64)
    return np.divide(part, whole, out=np.zeros(np.broadcast_shapes(part.shape, whole.shape)), where=whole != 0)
