"""The captured step: a training step is recorded once and then replayed in one C++ call without Python.

A key of the step is what its launches depend on: shapes, layouts and dtypes of its arguments, other arguments, modes,
which gradients exist, the configuration, and the variables outside that its code names. A key's first call runs
eagerly, its second is recorded, and the next is replayed and run eagerly from the same state: only if both give the
same bits and write the same memory is the plan trusted, and as long as the batch stays the recorded one only for that.
Otherwise the step stays eager and a warning says why. What a step returns is copied out.
"""

from __future__ import annotations

import gc
import os
import threading
import weakref
from collections import OrderedDict
from collections.abc import Callable
from functools import wraps
from typing import Any, Protocol, cast

import numpy as np

from mushin import kernels
from mushin.autograd import (
    RecordingError,
    Tensor,
    Trace,
    configuration,
    configuration_changed,
    forget_trace,
    is_grad_enabled,
    tracing,
)
from mushin.train.arguments import Arguments, Rows, written_tensor
from mushin.train.recorded import (
    Found,
    Recorded,
    State,
    array_of_output,
    checksum,
    copied,
    first_difference,
    map_leaves,
)
from mushin.train.variables import Variables
from mushin.warning import warn_caller

__all__ = ["CompiledStep", "Rows", "compile"]

MOST_PLANS = 8
MOST_RECORDINGS = 4  # of one key, because its gradients live elsewhere each time
CHANGES_BEFORE_WARNING = 3  # calls
# Replays after which one is compared with an eager step once more; each time eight times as many.
FIRST_CHECK_AGAIN = 64

_UNSEEN: Any = object()

_steps: weakref.WeakSet[CompiledStep] = weakref.WeakSet()
_threads_in_steps: dict[int, bool] = {}


def _free_in_child() -> None:
    """Other threads of the parent's may have been in a step."""
    for thread in _threads_in_steps.keys() - {threading.get_ident()}:
        del _threads_in_steps[thread]
    for step in _steps:
        step.unlock()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(after_in_child=_free_in_child)


class Compiled(Protocol):
    """What `compile` makes: called as the function is; `step` counts what becomes of the calls."""

    step: CompiledStep

    def __call__(self, *args: Any, **kwargs: Any) -> Any: ...


def compile(function: Callable[..., Any]) -> Compiled:  # noqa: A001  PyTorch's name
    """A function that runs a step as recorded launches where that gives the same bits.

    Args:
        function: the step, such as forward, backward and optimizer step on one batch. Its arguments are tensors, NumPy
            arrays and hashable constants; it returns None, a tensor, or a tuple, list or dict of tensors and None.
            It gets copies of the arrays, and the tensors it returns are copies outside the graph.

    A step must not read values (`item()`, `numpy()`), keep tensors it computed, or compute with NumPy what changes from
    call to call; then it stays eager, with a warning that names the cause. Python in the step does not run in a replay.
    Arguments, hyperparameters, attributes of modules and the variables outside that its code names are always seen; any
    other Python value, such as an element of a list, is frozen until one of the checks, after 64, 512, 4,096, ...
    replays, notices that it has changed.

    The function has an attribute `step`, a CompiledStep: `plans` says how many there are, `replayed` and `eager` count
    calls, and `summary()` is all that in words.
    """
    step = CompiledStep(function)
    run = step.run

    @wraps(function)
    def compiled(*args: Any, **kwargs: Any) -> Any:
        return run(args, kwargs)

    result = cast(Compiled, compiled)
    result.step = step
    return result


class CompiledStep:
    """See `compile`, whose functions have theirs as `step`. `replayed` and `eager` count calls."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function
        self.replayed = 0
        self.eager = 0
        self._variables = Variables(function)
        self._newest = (-1, -1)  # the latest numbers of the configuration and of the variables that a call has met
        self._changes = 0  # calls since the last replay that met another configuration or changed it
        self._arena = kernels.Arena()
        self._plans: OrderedDict[Any, Recorded | str | None] = OrderedDict()  # None: seen once; str: stays eager
        self._latest: Found | None = None  # the last of the plans
        self._recordings: dict[Any, int] = {}  # of the keys in _plans
        self._leaves: list[weakref.ref[Tensor]] = []  # whose gradients the step has used, bound or dropped
        self._warned_of_arguments = False
        self._lock = threading.Lock()
        _steps.add(self)

    def unlock(self) -> None:
        """Forgets who is in the step."""
        self._lock = threading.Lock()

    @property
    def plans(self) -> int:
        """How many plans are live."""
        return sum(isinstance(plan, Recorded) for plan in self._plans.values())

    @property
    def replayed_share(self) -> float:
        """The share of the calls so far that were replayed, 0 to 1; 0 before the first."""
        return self.replayed / max(self.replayed + self.eager, 1)

    def summary(self) -> str:
        """In words: "2 plans, 880 of 900 calls replayed (97.8 %)"."""
        plans = f"{self.plans} plan{'' if self.plans == 1 else 's'}"
        calls = f"{self.replayed:,} of {self.replayed + self.eager:,} calls replayed"
        return f"{plans}, {calls} ({100 * self.replayed_share:.1f} %)"

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.run(args, kwargs)

    def run(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """What a call with these arguments returns."""
        thread = threading.get_ident()
        if thread in _threads_in_steps:  # inside another step, or inside itself
            arguments = Arguments(args, kwargs)
            if not arguments.wants_gradient:
                return self._run_eagerly(arguments)
        else:
            with self._lock:  # one call at a time: a check puts back what another call would write
                try:
                    _threads_in_steps[thread] = True
                    around, latest = self._around(), self._latest
                    if latest is not None and latest.takes(args, kwargs, around):
                        return self._replay(latest.key, latest.recorded, args, kwargs)
                    arguments = Arguments(args, kwargs)
                    if not arguments.wants_gradient:
                        return self._call(arguments, around)
                except BaseException:
                    forget_trace()
                    raise
                finally:
                    del _threads_in_steps[thread]
        self.eager += 1  # the caller's tensor is to collect its gradient, not a buffer in its place
        return self.function(*args, **kwargs)

    def __reduce__(self) -> Any:
        return CompiledStep, (self.function,)  # a copy records plans of its own

    def _call(self, arguments: Arguments, around: Any) -> Any:
        key = (arguments.key, around, kernels.gradient_places(self._leaves))
        recorded = self._plans.get(key, _UNSEEN)
        if recorded is _UNSEEN:
            self._remember(key, None)
            self._note_new(around)
            return self._run_eagerly(arguments)
        self._plans.move_to_end(key)
        if isinstance(recorded, str):
            return self._run_eagerly(arguments)
        if recorded is None:
            return self._record(key, arguments)
        if recorded.gradients.have_moved():
            configuration_changed()
            return self._call(arguments, self._around())
        if not recorded.gradients.are_at_home():
            return self._record(key, arguments)
        is_usual = arguments.are_plain and all(place is None or place is True for place in key[2])
        has_gaps = any(not buffer.flags.c_contiguous for buffer in recorded.inputs)
        self._latest = Found(key, recorded, arguments, self._leaves) if is_usual and not has_gaps else None
        arguments.copy_into(recorded.inputs)
        return self._replay(key, recorded, arguments.args, arguments.kwargs)

    def _replay(self, key: Any, recorded: Recorded, args: tuple[Any, ...], kwargs: dict[str, Any]) -> Any:
        """Of a plan whose inputs hold the arguments."""
        if recorded.replays >= recorded.trusted_until and recorded.needs_check():
            return self._check(key, recorded, Arguments(args, kwargs))
        self.replayed += 1
        self._changes = 0
        return recorded.run()

    def _around(self) -> tuple[Any, ...]:
        """What launches depend on besides arguments and gradients."""
        configured = configuration()
        return is_grad_enabled(), configured, self._variables.state(configured[0])

    def _remember(self, key: Any, recorded: Recorded | str | None) -> None:
        self._plans[key] = recorded
        self._latest = None
        while self.plans > MOST_PLANS or len(self._plans) > 8 * MOST_PLANS:
            forgotten, _ = self._plans.popitem(last=False)
            self._recordings.pop(forgotten, None)

    # --- eager

    def _run_eagerly(self, arguments: Arguments) -> Any:
        self.eager += 1
        before = self._around()
        with tracing() as trace:
            result, tensors = arguments.call(self.function, arguments.copied())
        copies = map_leaves(result, lambda output: copied(array_of_output(output)))
        del result
        self._settle(trace, tensors)
        self._has_changed_itself(before)
        return copies

    def _settle(self, trace: Trace, tensors: list[Tensor]) -> None:
        """Learns from a run; leaves and versions that only the run knew go with it."""
        self._latest = None  # it was found with other leaves
        if not self._warned_of_arguments and written_tensor(tensors, trace):
            self._warned_of_arguments = True
            self._warn("writes into an argument in place; it gets a copy, and the caller's stays as it is")
        leaves = {id(leaf): leaf for leaf in (*(known() for known in self._leaves), *trace.leaves) if leaf is not None}
        trace.leaves.clear()
        self._leaves = [weakref.ref(leaf) for leaf in leaves.values()]
        leaves.clear()
        self._leaves = [leaf for leaf in self._leaves if leaf() is not None]
        trace.settle()

    def _has_changed_itself(self, before: Any) -> bool:
        """Whether a call has changed what is around it; one that always does can have no plan, and is told so."""
        around = self._around()
        if around == before:
            return False
        self._note_change("changes {}", before[2] != around[2])
        self._newest = max(self._newest[0], around[1][0]), max(self._newest[1], around[2])
        return True

    def _note_new(self, around: Any) -> None:
        """Counts a call that has met something new around it."""
        newest = max(self._newest[0], around[1][0]), max(self._newest[1], around[2])
        if newest != self._newest != (-1, -1):
            self._note_change("finds {} changed", newest[1] != self._newest[1])
        self._newest = newest

    def _note_change(self, message: str, is_variable: bool) -> None:
        self._changes += 1
        if self._changes == CHANGES_BEFORE_WARNING:
            variable = f"the variable {self._variables.changed}"
            what = variable if is_variable else "modules, modes or a parameter's memory"
            self._warn(f"stays eager: each call {message.format(what)}")

    def _stay_eager(self, key: Any, why: str) -> None:
        self._remember(key, why)
        self._warn(f"stays eager: {why}")

    def _warn(self, what: str) -> None:
        warn_caller(f"[compile] the step {getattr(self.function, '__qualname__', repr(self.function))} {what}")

    def _new_arena(self) -> None:
        """Leaves the plans' memory to whoever holds a part of it; the plans are recorded anew in another."""
        self._arena = kernels.Arena()
        self._plans = OrderedDict((k, None if isinstance(v, Recorded) else v) for k, v in self._plans.items())
        self._latest = None

    # --- recording

    def _record(self, key: Any, arguments: Arguments) -> Any:
        if kernels.checks_results():  # detect_anomaly: a replay would not name the op
            return self._run_eagerly(arguments)
        if self._plans[key] is not None:
            self._recordings[key] = self._recordings.get(key, 1) + 1
        if self._recordings.get(key, 0) > MOST_RECORDINGS:
            self._stay_eager(key, "somebody holds the gradient of a parameter, which every call then writes elsewhere")
            return self._run_eagerly(arguments)
        around = self._around()
        plan = kernels.Plan(self._arena)
        inputs = arguments.copied(plan.empty)
        batch = kernels.digest(inputs)
        before = kernels.Gradients(self._leaves)
        arrays = None
        with tracing() as trace:
            try:
                arrays, tensors = self._run_recording(plan, arguments, inputs, [])
            except RecordingError as error:
                why = str(error)
                _undo(plan, trace, before)
            except BaseException:
                # What has been written stays, as after an eager call; the error may hold what the step computed.
                del self._plans[key]
                self._recordings.pop(key, None)
                self._new_arena()
                raise
            else:
                why = ""
        if why:
            self._new_arena()
            self._stay_eager(key, why)
            return self._run_eagerly(arguments)
        recorded = Recorded(plan, inputs, batch, arrays, trace)
        results = map_leaves(arrays, copied)
        del arrays, inputs
        self._settle(trace, tensors)
        del tensors
        self.eager += 1
        if before.have_moved():
            configuration_changed()
        if held := _held(plan):
            self._new_arena()
        if self._has_changed_itself(around):
            self._remember(key, None if self._changes < CHANGES_BEFORE_WARNING else "it changes what is around it")
        elif held:
            self._stay_eager(key, f"something outside still holds {held}")
        else:
            plan.forget_saved()
            self._remember(key, recorded)
        return results

    def _run_recording(
        self, plan: kernels.Plan, arguments: Arguments, inputs: list[np.ndarray], saved: list[np.ndarray]
    ) -> Any:
        """The arrays of what the step returns, and the tensors that it got. `saved`: what the plan need not save."""
        try:
            plan.begin(saved)
            result, tensors = arguments.call(self.function, inputs)
            return map_leaves(result, array_of_output), tensors
        finally:
            plan.end()

    # --- checking

    def _check(self, key: Any, recorded: Recorded, arguments: Arguments) -> Any:
        """Compares a replay on the input buffers with an eager step from the same state, and returns the latter's
        results. The eager step is recorded, too, which tells all that it writes."""
        eager, why = kernels.Plan(kernels.Arena()), ""
        batch = arguments.copied(eager.empty)
        state = State(recorded, self._leaves, self._variables.arrays())
        try:
            outputs = recorded.run()
        except (ValueError, IndexError, MemoryError):  # the batch's fault, or the plan's: the eager step tells
            state.restore()
            return self._run_eagerly(arguments)
        after = list(map(checksum, recorded.written))
        state.restore()
        with tracing() as trace:
            try:
                arrays, tensors = self._run_recording(eager, arguments, batch, recorded.written)
            except RecordingError as error:
                why = str(error)
                _undo(eager, trace, None)
                state.restore()
        if why:
            self._distrust(key, recorded, why)
            return self._run_eagerly(arguments)
        self.eager += 1
        difference = first_difference(recorded, after, outputs, eager, arrays) or state.first_written()
        results = map_leaves(arrays, copied)
        del arrays
        self._settle(trace, tensors)
        if difference:
            self._distrust(key, recorded, difference)
        else:
            recorded.passed_check(FIRST_CHECK_AGAIN)
        return results

    def _distrust(self, key: Any, recorded: Recorded, why: str) -> None:
        unchecked = recorded.replays - 1 - recorded.checked_at
        doubt = f"; what up to {unchecked} calls before this one returned and wrote may be wrong" if unchecked else ""
        self._stay_eager(key, f"a replay does not repeat it: {why}{doubt}")


def _undo(plan: kernels.Plan, trace: Trace, before: kernels.Gradients | None) -> None:
    """Puts back what a recording has written that is not to count."""
    for array, saved in reversed(plan.written()):
        if saved is not None:
            np.copyto(array, saved)
    for leaf in trace.leaves:
        leaf._grad = None
    trace.leaves.clear()
    if before is not None:
        before.bind()


def _held(plan: kernels.Plan) -> str:
    """In words, a buffer of the plan that somebody holds; cycles are collected before the verdict."""
    if plan.still_in_use():
        gc.collect()
    held = plan.still_in_use()
    return held[0] if held else ""
