"""Where batches come from: arrays in memory, of which kernels gather the rows of a batch straight into the recorded
step's inputs, or anything that yields batches."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from typing import Any

import numpy as np

from mushin.autograd import Tensor, from_array
from mushin.ops.random import numpy_generator
from mushin.train.arguments import Rows

# What a step takes: first which arrays there are, a character each, "1" or, where there is none, "."; inputs, targets
# and weights, between slashes. A model with one input and two outputs, of which the second has weights: "1/11/.1".
# Then Rows or tensors, those that there are.
Batch = tuple[Any, ...]


def layout_of(x: Sequence[Any], y: Sequence[Any], weights: Sequence[Any]) -> str:
    return "/".join("".join("." if each is None else "1" for each in arrays) for arrays in (x, y, weights))


def placed(layout: str, arrays: Sequence[Any]) -> list[list[Any]]:
    """Inputs, targets and weights; None where there is none."""
    remaining = iter(arrays)
    return [[None if mark == "." else next(remaining) for mark in part] for part in layout.split("/")]


class Data:
    """Samples in memory: inputs, their targets and weights, arrays of the same length along the first axis.

    Args:
        x: an array, or a list with one for each input.
        y: an array, or a list with one or None for each output; None if there are no targets.
        x_dtype, y_dtype: what the arrays are cast to in a batch, or a list of that; None for what they have.
        weights: a list with an array or None for each output.
    """

    def __init__(
        self, x: Any, y: Any = None, x_dtype: Any = np.float32, y_dtype: Any = None, weights: Sequence[Any] = ()
    ) -> None:
        self.x: list[np.ndarray] = list(x) if isinstance(x, (list, tuple)) else [x]
        self.y: list[np.ndarray | None] = list(y) if isinstance(y, (list, tuple)) else [] if y is None else [y]
        self.weights: list[np.ndarray | None] = list(weights) or [None] * len(self.y)
        self.x_dtypes = x_dtype if isinstance(x_dtype, list) else [x_dtype] * len(self.x)
        self.y_dtypes = y_dtype if isinstance(y_dtype, list) else [y_dtype] * len(self.y)
        self.layout = layout_of(self.x, self.y, self.weights)
        dtypes = [*self.x_dtypes, *self.y_dtypes, *(None if w is None else np.float32 for w in self.weights)]
        arrays = [*self.x, *self.y, *self.weights]
        self._columns = [(a, a.dtype if dtype is None else dtype) for a, dtype in zip(arrays, dtypes) if a is not None]

    def __len__(self) -> int:
        return len(self.x[0])

    def part(self, begin: int, end: int) -> Data:
        """The samples from `begin` to before `end`."""

        def cut(arrays: Sequence[Any]) -> list[Any]:
            return [None if each is None else each[begin:end] for each in arrays]

        return Data(cut(self.x), cut(self.y), self.x_dtypes, self.y_dtypes, cut(self.weights))

    def batch(self, ids: np.ndarray) -> Batch:
        """The samples `ids`."""
        return self.layout, *(Rows(array, ids, dtype) for array, dtype in self._columns)

    def whole(self) -> Batch:
        """All samples as one batch."""
        return self.batch(np.arange(len(self)))

    def batches(self, batch_size: int, shuffle: bool) -> Iterator[Batch]:
        """All samples once: in order, or in a new order each time. The batches are one object, which becomes the next
        when that is asked for."""
        order = np.arange(len(self))
        if shuffle:
            numpy_generator().shuffle(order)
        batch = self.batch(order)
        for begin in range(0, len(order), batch_size):
            ids = order[begin : begin + batch_size]
            for rows in batch[1:]:
                rows.ids = ids
            yield batch


def batch_of(x: Sequence[np.ndarray], y: Sequence[np.ndarray | None], weights: Sequence[np.ndarray | None]) -> Batch:
    """A batch of arrays that come from elsewhere, as they are."""
    arrays = (from_array(each) for each in (*x, *y, *weights) if each is not None)
    return layout_of(x, y, weights), *arrays


class Stream:
    """Batches that somebody else makes.

    Args:
        start: begins a pass: an iterator of batches. One that has run out may come again: then there are no more.
        steps: how many batches a pass has, None if that is not known.
    """

    def __init__(self, start: Callable[[], Iterator[Batch]], steps: int | None = None) -> None:
        self.start = start
        self.steps = steps


class Feed:
    """Batches, epoch after epoch.

    Args:
        source: what they come from.
        batch_size, shuffle: of data in memory.
        steps_per_epoch: batches an epoch; the next epoch goes on behind them, from the beginning when a pass is over.
            None: an epoch is a pass.
    """

    def __init__(self, source: Data | Stream, batch_size: int, shuffle: bool, steps_per_epoch: int | None) -> None:
        if isinstance(source, Data):
            data = source
            self._start: Callable[[], Iterator[Batch]] = lambda: data.batches(batch_size, shuffle)
            steps: int | None = -(-len(data) // batch_size)
        else:
            self._start, steps = source.start, source.steps
        self._steps_per_epoch = steps_per_epoch
        self.steps = steps if steps_per_epoch is None else steps_per_epoch  # None until the first epoch is over
        self._pass: Iterator[Batch] = iter(())
        self.has_run_out = False  # the last epoch was shorter than it should have been

    def epoch(self) -> Iterator[Batch]:
        count = 0
        for batch in self._start() if self._steps_per_epoch is None else self._some(self._steps_per_epoch):
            count += 1
            yield batch
        self.has_run_out = count < (1 if self.steps is None else self.steps)
        self.steps = self.steps or count or None

    def _some(self, steps: int) -> Iterator[Batch]:
        for _ in range(steps):
            batch = next(self._pass, None)
            if batch is None:
                self._pass = self._start()
                batch = next(self._pass, None)
            if batch is None:
                return
            yield batch


def eager(step: Callable[..., Any]) -> Callable[..., Any]:
    """A step that takes what a recorded one takes, and runs as it is."""

    def run(*arguments: Any) -> Any:
        return step(*(Tensor(each.gathered()) if isinstance(each, Rows) else each for each in arguments))

    return run
