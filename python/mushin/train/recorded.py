"""What a recorded step is made of: its plan, its inputs and outputs, and what it leaves behind in tensors."""

from __future__ import annotations

import weakref
from collections.abc import Callable
from typing import Any

import numpy as np

from mushin import kernels
from mushin.autograd import NEW, Tensor, Trace, from_array, raise_versions_again
from mushin.autograd.trace import AT_HOME
from mushin.train.arguments import Arguments, Rows


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
        leaves = {id(leaf): weakref.ref(leaf) for leaf in trace.leaves}
        self.gradients = kernels.Gradients(list(leaves.values()))
        self.bound = trace.bound
        self.replays = 0
        self.next_check = 0  # the number of the replay that is compared with an eager step
        self.trusted_until = 0  # the same, or 0 as long as every batch must be looked at
        self.checked_at = 0  # and that of the last one
        self._only_batch: int | None = batch  # None when the plan has been compared on two batches
        self._is_other_batch = False

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
        self.trusted_until = self.next_check if self._only_batch is None else 0

    def run(self) -> Any:
        """Replays on what the input buffers hold; returns tensors with copies of the outputs. Where a launch finds an
        error, tensors are left as the launches before it left them."""
        raise_versions_again(self.versions)
        try:
            self.plan.replay()
        except BaseException:
            if self.plan.failed_at < 0:  # an interrupt, which comes when all launches have run
                self.gradients.bind()
            else:
                self._bind_until_failure()
            raise
        self.gradients.bind()
        self.replays += 1
        outputs = self.outputs
        return copied(outputs) if type(outputs) is np.ndarray else map_leaves(outputs, copied)

    def _bind_until_failure(self) -> None:
        for launches_before, reference, what in self.bound:
            leaf = reference()
            if leaf is not None and launches_before <= self.plan.failed_at:
                leaf._grad = leaf._home if what is AT_HOME else None if what is None else what()


class Found:
    """The plan that a call has led to: the quick answer whether the next call leads there, too."""

    def __init__(self, key: Any, recorded: Recorded, arguments: Arguments, leaves: list[weakref.ref[Tensor]]) -> None:
        """`leaves`: whose gradients the key tells; each has none, or the one at its home."""
        self.key = key
        self.recorded = recorded
        self._around = key[1]
        self._names = tuple(arguments.kwargs)
        self._inputs = kernels.Inputs(arguments.values(), recorded.inputs, Tensor, Rows)
        self._gradients = kernels.Gradients(leaves)

    def takes(self, args: tuple[Any, ...], kwargs: dict[str, Any], around: Any) -> bool:
        """Whether the plan is for a call; its arguments are in the plan's inputs then."""
        if kwargs or self._names:
            if tuple(kwargs) != self._names:
                return False
            args = (*args, *kwargs.values())
        return around == self._around and self._gradients.are_as_they_were() and self._inputs.take(args)


class State:
    """Everything that a plan changes: memory outside of it, and which gradients exist; and checksums of what no kernel
    writes."""

    def __init__(self, recorded: Recorded, leaves: list[weakref.ref[Tensor]], others: list[np.ndarray]) -> None:
        """`others`: arrays beside those that the plan reads, whether it writes them or not."""
        self._memory = [(x, kernels.copy(kernels.empty_passing(x.shape, x.dtype), x)) for x in recorded.written]
        others = [x for x in others if not any(np.may_share_memory(x, each) for each in recorded.written)]
        self._unwritten = [(x, checksum(x)) for x in (*recorded.only_read, *others)]
        self._gradients = kernels.Gradients(leaves)

    def restore(self) -> None:
        for array, saved in self._memory:
            np.copyto(array, saved)
        self._gradients.bind()

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
        if not same_bits(replayed.array, now):
            return f"its output {i} is another"
    return ""


def same_bits(a: np.ndarray, b: np.ndarray) -> bool:
    return (a.shape, a.dtype, checksum(a)) == (b.shape, b.dtype, checksum(b))


def map_leaves(outputs: Any, function: Callable[[Any], Any]) -> Any:
    """The function of every leaf of a step's outputs."""
    if isinstance(outputs, (np.ndarray, Tensor)):
        return function(outputs)
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
        raise TypeError(
            f"[compile] a step must return tensors, or None, got {type(output).__name__}: "
            "read values outside of it, as step(...).item()"
        )
    return output.array


def copied(array: np.ndarray) -> Tensor:
    """A tensor outside the graph with a copy of an array."""
    return from_array(kernels.copy(NEW, array))
