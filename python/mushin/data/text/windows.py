"""Windows for language models: what is predicted is what is read, one token further."""

from __future__ import annotations

from array import array
from collections.abc import Callable, Iterable, Iterator
from typing import Any

import numpy as np

from mushin.autograd import Tensor, from_array
from mushin.data.dataset import Dataset, IterableDataset
from mushin.data.sampler import whole_number
from mushin.ops.arrays import numbers_of

Batch = tuple[Tensor, Tensor]


def sequence_of_ids(op: str, name: str, value: Any) -> np.ndarray:
    """A caller's ids as an array (n,) of whatever integers they are, in their memory.

    Raises:
        ValueError: another number of axes.
        TypeError: something else than integers.
    """
    ids = value.array if isinstance(value, Tensor) else numbers_of(op, name, value)
    if ids.ndim != 1:
        raise ValueError(f"[{op}] {name} must have shape (n,), got {ids.shape}")
    if ids.dtype.kind not in "iu" and ids.size:
        raise TypeError(f"[{op}] {name} must be integers, got {ids.dtype}")
    return ids


class WindowDataset(Dataset):
    """Windows of a text as samples of their own, for a loader that draws them in any order.

        sample i: ids[i stride : i stride + time], ids[i stride + 1 : i stride + time + 1]

    Args:
        ids: (n,) integers; a memory map of a file larger than memory is read where it is asked for.
        time: how many tokens a window has.
        stride: how far apart windows begin; `time` if None, so that each token is predicted once.

    Each sample is two int64 tensors (time,): inputs and targets. Tokens behind the last whole window are left out.

    Raises:
        ValueError: fewer than time + 1 ids, a time or stride below 1.
        TypeError: ids, a time or a stride that are no integers.
    """

    def __init__(self, ids: Any, time: int, stride: int | None = None) -> None:
        op = "WindowDataset"
        self.ids = sequence_of_ids(op, "ids", ids)
        self.time = whole_number(op, "time", time, 1)
        self.stride = self.time if stride is None else whole_number(op, "stride", stride, 1)
        if len(self.ids) <= self.time:
            raise ValueError(f"[{op}] ids must have at least time + 1 = {self.time + 1} tokens, got {len(self.ids)}")

    def __len__(self) -> int:
        return (len(self.ids) - self.time - 1) // self.stride + 1

    def __getitem__(self, index: int) -> Batch:
        if not -len(self) <= index < len(self):
            raise IndexError(f"[WindowDataset] index must be in [{-len(self)}, {len(self)}), got {index}")
        begin = index % len(self) * self.stride
        window = self.ids[begin : begin + self.time + 1].astype(np.int64)
        return from_array(window[:-1]), from_array(window[1:])


class ContiguousWindows:
    """Batches for a model that carries its state: row b of a batch goes on where row b of the batch before ended.

        length = (n - 1) // batch_size
        batch k: inputs[b, t] = ids[b length + k time + t], targets[b, t] = ids[b length + k time + t + 1]

    Args:
        ids: (n,) integers; a memory map of a file larger than memory is read where it is asked for.
        batch_size: into how many rows the text is divided.
        time: how many tokens of each row a batch has.
        drop_last: whether a last batch of fewer tokens is left out.

    Iterating gives batches (inputs, targets), int64 tensors (batch_size, time), from the beginning in every pass. With
    the last batch kept, the ids that are no target are the first one and fewer than batch_size at the end; to measure
    all, take a batch_size of 1.

    Raises:
        ValueError: too few ids for one batch, a batch_size or time below 1.
        TypeError: ids, a batch_size or a time that are no integers, drop_last that is no bool.
    """

    def __init__(self, ids: Any, batch_size: int, time: int, drop_last: bool = False) -> None:
        op = "ContiguousWindows"
        self.ids = sequence_of_ids(op, "ids", ids)
        self.batch_size = whole_number(op, "batch_size", batch_size, 1)
        self.time = whole_number(op, "time", time, 1)
        self.drop_last = _checked_bool(op, "drop_last", drop_last)
        least = self.batch_size * (self.time if drop_last else 1) + 1
        if len(self.ids) < least:
            raise ValueError(f"[{op}] ids must have at least {least} tokens for one batch, got {len(self.ids)}")

    def __len__(self) -> int:
        """How many batches a pass has."""
        length = (len(self.ids) - 1) // self.batch_size
        return length // self.time if self.drop_last else -(-length // self.time)

    def __iter__(self) -> Iterator[Batch]:
        length = (len(self.ids) - 1) // self.batch_size
        begins = np.arange(self.batch_size)[:, None] * length
        for begin in range(0, len(self) * self.time, self.time):
            steps = np.arange(begin, min(begin + self.time, length) + 1)
            both = self.ids[begins + steps].astype(np.int64, copy=False)
            yield from_array(both[:, :-1].copy()), from_array(both[:, 1:].copy())  # steps read arrays without gaps


class StreamedWindows(IterableDataset):
    """Batches for a model that carries its state, from ids that come one after the other and never lie in memory all.

    As many ids as the buffer holds are divided into rows as `ContiguousWindows` does it; within them each row goes on
    where it ended in the batch before, and the next buffer begins with the last id of this one. With batch_size 1 the
    row thus is the whole stream. Where a buffer ends other rows jump ahead; a model may keep its state or begin anew.

        StreamedWindows(lambda: map(vocabulary.encode, lines_of(paths, keep_ends=True)), batch_size=64, time=100)

    Args:
        ids: what gives ids, alone or in sequences, such as those of lines; or a function without arguments that returns
            it anew for every pass.
        batch_size: how many rows a batch has.
        time: how many tokens of each row a batch has.
        buffer_size: how many tokens lie in memory.
        drop_last: whether a last batch of fewer tokens is left out.

    Iterating gives batches (inputs, targets), int64 tensors (batch_size, time). A loader takes it with
    batch_size=None.

    Raises:
        ValueError: a buffer_size below batch_size time, a batch_size or time below 1; in a pass, too few ids for one
            batch, as an iterator has that is used up.
        TypeError: numbers that are no integers, ids that cannot be iterated; in a pass, ids that are no integers.
    """

    def __init__(
        self,
        ids: Iterable[Any] | Callable[[], Iterable[Any]],
        batch_size: int,
        time: int,
        buffer_size: int = 1_000_000,
        drop_last: bool = False,
    ) -> None:
        op = "StreamedWindows"
        if not callable(ids) and not isinstance(ids, Iterable):
            raise TypeError(f"[{op}] ids must be iterable or a function, got {type(ids).__name__}")
        self.ids = ids
        self.batch_size = whole_number(op, "batch_size", batch_size, 1)
        self.time = whole_number(op, "time", time, 1)
        self.buffer_size = whole_number(op, "buffer_size", buffer_size, self.batch_size * self.time)
        self.drop_last = _checked_bool(op, "drop_last", drop_last)

    def __iter__(self) -> Iterator[Batch]:
        rows = self.batch_size
        # Whole batches only: none but the last has fewer tokens.
        full = self.buffer_size // (rows * self.time) * (rows * self.time) + 1
        least = rows * (self.time if self.drop_last else 1) + 1
        waiting = array("q")
        given = 0
        for piece in self.ids() if callable(self.ids) else self.ids:
            ids = sequence_of_ids("StreamedWindows", "ids", np.atleast_1d(np.asarray(piece)))
            waiting.frombytes(ids.astype(np.int64, copy=False).tobytes())
            given += len(ids)
            while len(waiting) >= full:
                yield from self._batches(waiting[:full])
                del waiting[: full - 1]
        if len(waiting) >= least:
            yield from self._batches(waiting)
        elif given < least:
            raise ValueError(f"[StreamedWindows] ids must give at least {least} tokens in a pass, got {given}")

    def _batches(self, ids: array[int]) -> ContiguousWindows:
        return ContiguousWindows(np.frombuffer(ids, np.int64), self.batch_size, self.time, self.drop_last)


def _checked_bool(op: str, name: str, value: Any) -> bool:
    if not isinstance(value, bool):
        raise TypeError(f"[{op}] {name} must be a bool, got {type(value).__name__}")
    return value
