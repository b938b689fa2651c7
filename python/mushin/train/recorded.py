"""What a recorded step is made of: its plan, its inputs and outputs, and what it leaves behind in tensors."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterable
from typing import Any

import numpy as np

from mushin import kernels
from mushin.autograd import NEW, Tensor, Trace, home_is_shared, raise_version_again


class Gradient:
    """Where a leaf's values are, and which gradient it has: none, the one at its home, or another array. Holds neither
    the leaf nor its values nor its home."""

    __slots__ = ("_array", "_home", "_is_home", "_leaf", "_values")

    def __init__(self, leaf: Tensor) -> None:
        self._leaf = weakref.ref(leaf)
        self._values = weakref.ref(leaf.array)
        self._home = None if leaf._home is None else weakref.ref(leaf._home)
        gradient = leaf._grad
        self._is_home = gradient is not None and gradient is leaf._home
        self._array = None if self._is_home else gradient

    def has_moved(self) -> bool:
        """Whether the leaf's values are elsewhere now: somebody has assigned its `array`."""
        leaf = self._leaf()
        return leaf is not None and leaf.array is not self._values()

    def is_at_home(self) -> bool:
        """Whether the gradient's home is where it was, and nobody else holds it."""
        leaf = self._leaf()
        return leaf is None or self._home is None or (self._home() is leaf._home and not home_is_shared(leaf))

    def bind(self) -> None:
        leaf = self._leaf()
        if leaf is not None:
            home = None if self._home is None else self._home()
            if home is not None:
                leaf._home = home  # a step that failed may have made another
            leaf._grad = leaf._home if self._is_home else self._array


def gradients_of(leaves: Iterable[Callable[[], Tensor | None]]) -> list[Gradient]:
    """The gradients of the leaves, weak references, that are still there."""
    return [Gradient(leaf) for reference in leaves if (leaf := reference()) is not None]


class Recorded:
    """A plan with its input buffers, its outputs, and the state of tensors that it leaves behind."""

    def __init__(self, plan: kernels.Plan, inputs: list[np.ndarray], batch: int, outputs: Any, trace: Trace) -> None:
        """`inputs`: in the plan's memory. `batch`: their digest when the step began, which may have written them."""
        self.plan = plan
        self.inputs = [plan.uncounted_view(x) for x in inputs]
        self.outputs = map_leaves(outputs, plan.uncounted_view)
        self.written = [array for array, _ in plan.written()]
        self.only_read: list[np.ndarray] = plan.only_read()
        self.versions = list({id(v): v for v in trace.versions}.values())
        self.gradients = [Gradient(leaf) for leaf in {id(leaf): leaf for leaf in trace.leaves}.values()]
        self.bound = trace.bound
        self.replays = 0
        self.next_check = 0  # the number of the replay that is compared with an eager step
        self.checked_at = 0  # and that of the last one
        self._only_batch: int | None = batch  # None when the plan has been compared on two batches
        self._is_other_batch = False

    def has_moved(self) -> bool:
        """Whether a leaf's values are elsewhere now."""
        return any(map(Gradient.has_moved, self.gradients))

    def is_current(self) -> bool:
        """Whether gradients still live where the launches write them, and nobody else holds that memory."""
        return all(gradient.is_at_home() for gradient in self.gradients)

    def needs_check(self) -> bool:
        """Whether a replay on what the input buffers hold must be compared: the first, later ones more and more
        rarely, and the first on another batch than the recorded one."""
        self._is_other_batch = self._only_batch is not None and kernels.digest(self.inputs) != self._only_batch
        return self._is_other_batch or self.replays >= self.next_check

    def passed_check(self, first_interval: int) -> None:
        self.checked_at = self.replays
        if self.replays >= self.next_check:
            self.next_check = max(first_interval, 8 * self.next_check)
        if self._is_other_batch:
            self._only_batch = None

    def run(self) -> Any:
        """Replays on what the input buffers hold; returns copies of the outputs. Where a launch finds an error, tensors
        are left as the launches before it left them."""
        try:
            self.plan.replay()
        except ValueError:
            self._raise_versions()
            for launches_before, reference, is_bound in self.bound:
                leaf = reference()
                if leaf is not None and launches_before <= self.plan.failed_at:
                    leaf._grad = leaf._home if is_bound else None
            raise
        self.replays += 1
        self._raise_versions()
        for gradient in self.gradients:
            gradient.bind()
        return map_leaves(self.outputs, copy_of)

    def _raise_versions(self) -> None:
        for version in self.versions:
            raise_version_again(version)


class State:
    """Everything that a plan changes: memory outside of it, and which gradients exist; and checksums of what no kernel
    writes."""

    def __init__(
        self, recorded: Recorded, leaves: Iterable[Callable[[], Tensor | None]], others: list[np.ndarray]
    ) -> None:
        """`others`: arrays beside those that the plan reads, whether it writes them or not."""
        self._memory = [(x, kernels.copy(kernels.empty_passing(x.shape, x.dtype), x)) for x in recorded.written]
        others = [x for x in others if not any(np.may_share_memory(x, each) for each in recorded.written)]
        self._unwritten = [(x, checksum(x)) for x in (*recorded.only_read, *others)]
        self._gradients = gradients_of(leaves)

    def restore(self) -> None:
        for array, saved in self._memory:
            np.copyto(array, saved)
        for gradient in self._gradients:
            gradient.bind()

    def first_written(self) -> str:
        """In words, an array that is no longer what it was although no kernel writes it; empty if there is none."""
        for array, before in self._unwritten:
            if checksum(array) != before:
                return f"a {array.dtype} array of shape {array.shape} is written by something else than a kernel"
        return ""


def checksum(array: np.ndarray) -> int:
    """Of any array: a copy of a whole data set would be too much."""
    return kernels.digest([np.ascontiguousarray(array).reshape(-1).view(np.uint8)])


def first_difference(
    recorded: Recorded,
    after: list[int],
    outputs: Any,
    eager: kernels.Plan,
    eager_outputs: Any,
) -> str:
    """In words, what a replay leaves otherwise than the eager step that was recorded as `eager`; empty if nothing.
    `after`: checksums of what the replay wrote."""
    known = {(x.ctypes.data, x.nbytes) for x in recorded.written}
    for array, _ in eager.written():
        if (array.ctypes.data, array.nbytes) not in known:
            return f"a {array.dtype} array of shape {array.shape} is written that the recorded call did not write"
    for replayed, now in zip(after, recorded.written):
        if replayed != checksum(now):
            return f"a {now.dtype} array of shape {now.shape} that it writes becomes another"
    for i, (replayed, now) in enumerate(zip(leaves_of(outputs), leaves_of(eager_outputs))):
        if not same_bits(replayed, now):
            return f"its output {i} is another"
    return ""


def same_bits(a: np.ndarray, b: np.ndarray) -> bool:
    return (a.shape, a.dtype, checksum(a)) == (b.shape, b.dtype, checksum(b))


def map_leaves(outputs: Any, function: Callable[[Any], Any]) -> Any:
    """The function of every leaf of a step's outputs."""
    if outputs is None:
        return None
    if isinstance(outputs, (tuple, list)):
        results = [map_leaves(x, function) for x in outputs]
        return type(outputs)(*results) if hasattr(outputs, "_fields") else type(outputs)(results)
    if isinstance(outputs, dict):
        return {name: map_leaves(x, function) for name, x in outputs.items()}
    return function(outputs)


def leaves_of(outputs: Any) -> list[Any]:
    leaves: list[Any] = []
    map_leaves(outputs, leaves.append)
    return leaves


def array_of_output(output: Any) -> np.ndarray:
    if not isinstance(output, Tensor):
        raise TypeError(f"[compile] a step must return tensors, or None, got {type(output).__name__}")
    return output.array


def copy_of(array: np.ndarray) -> np.ndarray:
    copy: np.ndarray = kernels.copy(NEW, array)
    return copy
