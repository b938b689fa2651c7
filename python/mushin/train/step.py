"""The captured step: a training step is recorded once and then replayed in one C++ call without Python.

A key of the step is what its launches depend on: shapes and dtypes of its arguments, other arguments, modes, which
gradients exist, and the configuration number. A key's first call runs eagerly, its second is recorded, and the next
call with another batch is replayed and run eagerly from the same state: only if both give the same bits is the plan
trusted. Otherwise the step stays eager and a warning says why. What a step returns is copied out.
"""

from __future__ import annotations

import gc
import threading
import warnings
import weakref
from collections import OrderedDict
from collections.abc import Callable
from functools import wraps
from typing import Any

import numpy as np

from mushin import kernels
from mushin.autograd import (
    NEW,
    RecordingError,
    Tensor,
    Trace,
    configuration,
    from_array,
    home_is_shared,
    is_grad_enabled,
    raise_version_again,
    tracing,
)

MOST_PLANS = 8
MOST_RECORDINGS = 4  # of one key
CHANGES_BEFORE_WARNING = 3  # calls
# Replays after which one is compared with an eager step once more; each time eight times as many.
FIRST_CHECK_AGAIN = 64

_HOME = object()  # stands in a key for a gradient at its home


def compile(function: Callable[..., Any]) -> Callable[..., Any]:  # noqa: A001  PyTorch's name
    """A function that runs a step as recorded launches where that gives the same bits.

    Args:
        function: the step, such as forward, backward and optimizer step on one batch. Its arguments are tensors, NumPy
            arrays and hashable constants; it returns None, a tensor, or a tuple, list or dict of tensors and None.
            Tensors it returns are copies outside the graph.

    A step must not read values (`item()`, `numpy()`), keep tensors it computed, or compute with NumPy what changes from
    call to call; then it stays eager, with a warning that names the cause. Python in the step does not run in a replay:
    a number that the step takes from elsewhere is frozen until one of the checks notices that it has changed.
    """
    step = CompiledStep(function)

    @wraps(function)
    def compiled(*args: Any, **kwargs: Any) -> Any:
        return step(*args, **kwargs)

    compiled.step = step  # type: ignore[attr-defined]
    return compiled


class Rows:
    """An argument of a compiled step: the rows `ids` of an array that stays where it is, cast to a dtype. A kernel
    gathers them straight into the step's input; the step gets a tensor."""

    __slots__ = ("array", "dtype", "ids", "shape")

    def __init__(self, array: np.ndarray, ids: np.ndarray, dtype: Any) -> None:
        self.array = array
        self.ids = ids
        self.dtype = np.dtype(dtype)
        self.shape = (len(ids), *array.shape[1:])

    def gathered(self, into: np.ndarray | None = None) -> np.ndarray:
        buffer = kernels.empty(self.shape, self.dtype) if into is None else into
        return kernels.gather_rows(buffer, self.array, self.ids)


class _Gradient:
    """Which gradient a leaf has: none, the one at its home, or another array. Holds neither the leaf nor its home."""

    __slots__ = ("_array", "_home", "_is_home", "_leaf")

    def __init__(self, leaf: Tensor) -> None:
        self._leaf = weakref.ref(leaf)
        self._home = None if leaf._home is None else weakref.ref(leaf._home)
        gradient = leaf._grad
        self._is_home = gradient is not None and gradient is leaf._home
        self._array = None if self._is_home else gradient

    def is_at_home(self) -> bool:
        leaf = self._leaf()
        return leaf is None or self._home is None or (self._home() is leaf._home and not home_is_shared(leaf))

    def bind(self) -> None:
        leaf = self._leaf()
        if leaf is not None:
            home = None if self._home is None else self._home()
            if home is not None:
                leaf._home = home  # a step that failed may have made another
            leaf._grad = leaf._home if self._is_home else self._array


class _Recorded:
    """A plan with its input buffers, its outputs, and the state of tensors that it leaves behind."""

    def __init__(self, plan: kernels.Plan, inputs: list[np.ndarray], trace: Trace) -> None:
        self.plan = plan
        self.inputs = inputs
        self.first_batch = [np.copy(x) for x in inputs]
        self.outputs: Any = None
        self.written: list[np.ndarray] = [array for array, _ in plan.written()]
        self.versions = list({id(v): v for v in trace.versions}.values())
        self.gradients: list[_Gradient] = []
        self.replays = 0
        self.next_check = 0  # the number of the replay that is compared with an eager step

    def is_current(self) -> bool:
        """Whether gradients still live where the launches write them, and nobody else holds that memory."""
        return all(gradient.is_at_home() for gradient in self.gradients)

    def run(self) -> Any:
        """Replays on what the input buffers hold; returns copies of the outputs."""
        self.plan.replay()
        self.replays += 1
        for version in self.versions:
            raise_version_again(version)
        for gradient in self.gradients:
            gradient.bind()
        return _map(self.outputs, _copy)


class CompiledStep:
    """See `compile`. `replayed` and `eager` count calls."""

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function
        self.replayed = 0
        self.eager = 0
        self._recordings: dict[Any, int] = {}
        self._changes_in_a_row = 0
        self._arena = kernels.Arena()
        self._plans: OrderedDict[Any, _Recorded | str | None] = OrderedDict()  # None: seen once; str: stays eager
        self._leaves: list[weakref.ref[Tensor]] = []  # whose gradients the step has bound or dropped
        self._busy = threading.Lock()

    @property
    def plans(self) -> int:
        """How many plans are live."""
        return sum(isinstance(plan, _Recorded) for plan in self._plans.values())

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        arguments = _Arguments(args, kwargs)
        if arguments.gradient_wanted:  # the caller's tensor is to collect it, not a buffer in its place
            self.eager += 1
            return self.function(*args, **kwargs)
        if kernels.recording() or not self._busy.acquire(blocking=False):
            return self._run_eagerly(arguments)[0]
        try:
            return self._call(arguments)
        finally:
            self._busy.release()

    def _call(self, arguments: _Arguments) -> Any:
        gradients = tuple([_gradient_key(leaf()) for leaf in self._leaves])
        key = (arguments.key, is_grad_enabled(), configuration(), gradients)
        if key not in self._plans:
            self._remember(key, None)
            return self._run_eagerly(arguments)[0]
        self._plans.move_to_end(key)
        plan = self._plans[key]
        if isinstance(plan, str):
            return self._run_eagerly(arguments)[0]
        if plan is None or not plan.is_current():
            return self._record(key, arguments)
        if plan.replays >= plan.next_check:
            return self._verify(key, plan, arguments)
        arguments.copy_into(plan.inputs)
        self.replayed += 1
        return arguments.results(plan.run())

    def _remember(self, key: Any, plan: _Recorded | str | None) -> None:
        self._plans[key] = plan
        while self.plans > MOST_PLANS or len(self._plans) > 8 * MOST_PLANS:
            self._plans.popitem(last=False)

    # --- eager

    def _run_eagerly(self, arguments: _Arguments) -> tuple[Any, Any]:
        """The results, and their arrays."""
        self.eager += 1
        buffers = [x.gathered() if type(x) is Rows else kernels.copy(True, x) for x in arguments.arrays]
        before = configuration()
        with tracing() as trace:
            result = arguments.call(self.function, buffers)
        arrays = _map(result, _copy_of_output)
        del result
        self._note_leaves(trace)
        trace.settle()
        self._has_changed_itself(before)
        return _map(arrays, from_array), arrays

    def _note_leaves(self, trace: Trace) -> None:
        """Adds the leaves of a run; those that only the run knew go with it."""
        leaves = {id(leaf): leaf for leaf in (*(known() for known in self._leaves), *trace.leaves) if leaf is not None}
        trace.leaves.clear()
        self._leaves = [weakref.ref(leaf) for leaf in leaves.values()]
        leaves.clear()
        self._leaves = [leaf for leaf in self._leaves if leaf() is not None]

    def _has_changed_itself(self, before: Any) -> bool:
        """Whether a call has changed the configuration; one that always does can have no plan, and is told so."""
        if configuration() == before:
            self._changes_in_a_row = 0
            return False
        self._changes_in_a_row += 1
        if self._changes_in_a_row == CHANGES_BEFORE_WARNING:
            self._warn("each call changes modules, modes or a parameter's memory")
        return True

    def _stay_eager(self, key: Any, why: str) -> None:
        self._remember(key, why)
        self._warn(why)

    def _warn(self, why: str) -> None:
        warnings.warn(f"[compile] the step {_name(self.function)} stays eager: {why}", RuntimeWarning, stacklevel=5)

    def _new_arena(self) -> None:
        """Leaves the plans' memory to whoever holds a part of it; the plans are recorded anew in another."""
        self._arena = kernels.Arena()
        self._plans = OrderedDict((k, None if isinstance(v, _Recorded) else v) for k, v in self._plans.items())

    # --- recording

    def _record(self, key: Any, arguments: _Arguments) -> Any:
        self._recordings[key] = self._recordings.get(key, 0) + 1
        if self._recordings[key] > MOST_RECORDINGS:
            self._stay_eager(key, "somebody holds the gradient of a parameter, which every call then writes elsewhere")
            return self._run_eagerly(arguments)[0]
        configuration_before = configuration()
        inputs = [kernels.empty(x.shape, x.dtype, lasting=True) for x in arguments.arrays]
        arguments.copy_into(inputs)
        before = [_Gradient(leaf) for leaf in map(_call, self._leaves) if leaf is not None]
        plan = kernels.Plan(self._arena)
        result = None
        with tracing() as trace:
            plan.begin()
            try:
                result = arguments.call(self.function, inputs)
                arrays = _map(result, _array_of_output)
            except BaseException as error:
                plan.end()
                result = arrays = None
                self._undo(plan, trace, before)
                del self._plans[key]
                self._new_arena()  # the error may hold what the step computed
                if not isinstance(error, RecordingError):
                    raise
                why = str(error)
            else:
                plan.end()
                why = ""
        if why:
            self._stay_eager(key, why)
            return self._run_eagerly(arguments)[0]
        recorded = _Recorded(plan, inputs, trace)
        recorded.outputs = _map(arrays, plan.view_of_output)
        results = arguments.results(_map(arrays, _copy))
        del result, arrays
        recorded.gradients = [_Gradient(leaf) for leaf in {id(leaf): leaf for leaf in trace.leaves}.values()]
        self._note_leaves(trace)
        trace.settle()
        self.eager += 1
        if self._has_changed_itself(configuration_before):
            del self._plans[key]
        elif held := self._held(plan):
            self._new_arena()
            self._stay_eager(key, f"something outside still holds {held}, which the step computed")
        else:
            plan.forget_saved()
            self._remember(key, recorded)
        return results

    def _undo(self, plan: kernels.Plan, trace: Trace, before: list[Any]) -> None:
        """Puts back what a failed recording has written."""
        for array, saved in reversed(plan.written()):
            np.copyto(array, saved)
        for leaf in trace.leaves:
            leaf._grad = None
        trace.leaves.clear()
        for gradient in before:
            gradient.bind()

    def _held(self, plan: kernels.Plan) -> str:
        """In words, a buffer of the plan that somebody holds; cycles are collected before the verdict."""
        if plan.still_in_use():
            gc.collect()
        held = plan.still_in_use()
        return held[0] if held else ""

    # --- verification

    def _verify(self, key: Any, recorded: _Recorded, arguments: _Arguments) -> Any:
        """Compares a replay with an eager step from the same state, on a batch other than the recorded one."""
        arguments.copy_into(recorded.inputs)
        same_batch = all(_same_bits(x, y) for x, y in zip(recorded.inputs, recorded.first_batch))
        if same_batch and not self._roll(recorded):
            return self._run_eagerly(arguments)[0]
        batch = [x.copy() for x in recorded.inputs]
        state = _State(recorded, self._leaves)
        try:
            outputs = recorded.run()
        except ValueError:
            if not same_batch:
                raise
            state.restore()  # a batch that nobody gave may be a wrong one
            return self._run_eagerly(arguments)[0]
        after = [x.copy() for x in recorded.written]
        state.restore()
        eager = _Arguments.like(arguments, batch)
        try:
            results, eager_outputs = self._run_eagerly(eager)
        except BaseException:
            if same_batch:
                state.restore()  # the caller's step has not been taken
            raise
        difference = _first_difference(recorded, after, outputs, eager_outputs)
        if not difference:
            recorded.next_check = max(FIRST_CHECK_AGAIN, 8 * recorded.next_check)
        else:
            self._stay_eager(key, f"a replay does not repeat it: {difference}")
        if not same_batch:
            return results
        state.restore()
        return self._call(arguments)

    @staticmethod
    def _roll(recorded: _Recorded) -> bool:
        """Makes another batch of the recorded one by moving its samples on by one; False if it stays the same."""
        for x in recorded.inputs:
            if x.ndim and len(x) > 1:
                np.copyto(x, np.roll(x, 1, axis=0))
        return not all(_same_bits(x, y) for x, y in zip(recorded.inputs, recorded.first_batch))


class _State:
    """Everything that a plan changes: memory outside of it, and which gradients exist."""

    def __init__(self, recorded: _Recorded, leaves: list[weakref.ref[Tensor]]) -> None:
        self._memory = [(x, x.copy()) for x in recorded.written]
        self._gradients = [_Gradient(leaf) for leaf in map(_call, leaves) if leaf is not None]

    def restore(self) -> None:
        for array, saved in self._memory:
            np.copyto(array, saved)
        for gradient in self._gradients:
            gradient.bind()


class _Arguments:
    """A call's arguments: the arrays among them, and the rest, which belongs to the key."""

    def __init__(self, args: tuple[Any, ...], kwargs: dict[str, Any]) -> None:
        self.args, self.kwargs = args, kwargs
        self.arrays: list[Any] = []  # arrays, or Rows
        self.gradient_wanted = False
        key: list[Any] = []
        for name, value in (*enumerate(args), *kwargs.items()):
            if isinstance(value, Tensor):
                self.gradient_wanted = self.gradient_wanted or value.requires_grad
                self.arrays.append(value.array)
                key.append((name, Tensor, value.array.shape, value.array.dtype.char))
            elif _holds_arrays(value):
                raise TypeError(
                    f"[compile] argument {name} must be a tensor, an array or a hashable constant, got tuple of arrays"
                )
            elif isinstance(value, (Rows, np.ndarray)):
                self.arrays.append(value)
                key.append((name, type(value), value.shape, value.dtype.char))
            else:
                # As text a float keeps its zero's sign, and NaN equals itself.
                key.append((name, type(value), repr(value) if isinstance(value, float) else value))
        self.key = tuple(key)
        try:
            hash(self.key)
        except TypeError:
            unhashable = next(
                k[0] for k in key if k[1] is not Tensor and k[1] is not np.ndarray and not _hashable(k[2])
            )
            raise TypeError(
                f"[compile] argument {unhashable} must be a tensor, an array or a hashable constant, got "
                f"{type(dict(enumerate(args)).get(unhashable, kwargs.get(unhashable))).__name__}"
            ) from None

    @classmethod
    def like(cls, other: _Arguments, arrays: list[np.ndarray]) -> _Arguments:
        copy = object.__new__(cls)
        copy.args, copy.kwargs, copy.key = other.args, other.kwargs, other.key
        copy.arrays, copy.gradient_wanted = arrays, False
        return copy

    def copy_into(self, buffers: list[np.ndarray]) -> None:
        for buffer, array in zip(buffers, self.arrays):
            if type(array) is Rows:
                array.gathered(buffer)
            else:
                kernels.copy(buffer, array)

    def call(self, function: Callable[..., Any], buffers: list[np.ndarray]) -> Any:
        """The function on buffers in the place of the arrays."""
        remaining = iter(buffers)

        def placed(value: Any) -> Any:
            if isinstance(value, (Tensor, Rows)):
                return from_array(next(remaining))
            return next(remaining) if isinstance(value, np.ndarray) else value

        args = [placed(value) for value in self.args]
        kwargs = {name: placed(value) for name, value in self.kwargs.items()}
        return function(*args, **kwargs)

    def results(self, arrays: Any) -> Any:
        return _map(arrays, from_array)


def _holds_arrays(value: Any) -> bool:
    return isinstance(value, tuple) and any(isinstance(x, (Tensor, np.ndarray)) or _holds_arrays(x) for x in value)


def _hashable(value: Any) -> bool:
    try:
        hash(value)
    except TypeError:
        return False
    return True


def _name(function: Callable[..., Any]) -> str:
    return getattr(function, "__qualname__", repr(function))


def _call(reference: Callable[[], Any]) -> Any:
    return reference()


def _gradient_key(leaf: Tensor | None) -> Any:
    if leaf is None or leaf._grad is None:
        return None
    return _HOME if leaf._grad is leaf._home else id(leaf._grad)


def _map(outputs: Any, function: Callable[[Any], Any]) -> Any:
    """The function of every leaf of a step's outputs."""
    if outputs is None:
        return None
    if isinstance(outputs, (tuple, list)):
        results = [_map(x, function) for x in outputs]
        return type(outputs)(*results) if hasattr(outputs, "_fields") else type(outputs)(results)
    if isinstance(outputs, dict):
        return {name: _map(x, function) for name, x in outputs.items()}
    return function(outputs)


def _leaves_of(outputs: Any) -> list[Any]:
    leaves: list[Any] = []
    _map(outputs, leaves.append)
    return leaves


def _array_of_output(output: Any) -> np.ndarray:
    if not isinstance(output, Tensor):
        raise TypeError(f"[compile] a step must return tensors, or None, got {type(output).__name__}")
    return output.array


def _copy(array: np.ndarray) -> np.ndarray:
    copy: np.ndarray = kernels.copy(NEW, array)
    return copy


def _copy_of_output(output: Any) -> np.ndarray:
    return _copy(_array_of_output(output))


def _same_bits(a: np.ndarray, b: np.ndarray) -> bool:
    return a.shape == b.shape and a.dtype == b.dtype and a.tobytes() == b.tobytes()


def _first_difference(recorded: _Recorded, after: list[np.ndarray], outputs: Any, eager_outputs: Any) -> str:
    for replayed, now in zip(after, recorded.written):
        if not _same_bits(replayed, now):
            return f"a {now.dtype} array of shape {now.shape} that it writes becomes another"
    for i, (replayed, now) in enumerate(zip(_leaves_of(outputs), _leaves_of(eager_outputs))):
        if not _same_bits(replayed, now):
            return f"its output {i} is another"
    return ""
