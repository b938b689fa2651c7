"""Finding out where NaN and infinity come from."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from types import TracebackType
from typing import Any, NamedTuple

from mushin import kernels
from mushin.autograd import tape
from mushin.autograd.trace import Switch
from mushin.autograd.versions import creation
from mushin.nn import hooks


class _Call(NamedTuple):
    """A module's call: the creation numbers around it, and the module's name."""

    first: int
    last: int
    name: str


class detect_anomaly:  # noqa: N801  PyTorch's name
    """A `with` block in which the first op that makes NaN or infinity of finite numbers raises FloatingPointError.

    The error names the op, the argument, the place in it and the layer: that of a forward op, or that whose backward it
    was. Every result is looked at, compiled steps run op by op, and layers are not fused: for searching, not for
    training. It holds for the thread that entered it. Infinity that stands in an input, such as a mask's, is no fault.

    Source: torch.autograd.detect_anomaly, which looks at gradients only.
    """

    def __enter__(self) -> detect_anomaly:
        self._thread = threading.get_ident()
        self._stack: list[Any] = []
        self._failed = ""  # the innermost module that an error came out of
        self._calls: list[_Call] = []
        self._switch = Switch()
        self._switch.hold(True)  # what is recorded inside is for inside
        self._outer, hooks.observer = hooks.observer, self
        self._checked = kernels.check_results(True)
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        kernels.check_results(self._checked)
        hooks.observer = self._outer
        self._switch.hold(True)
        if isinstance(error, FloatingPointError):
            where = self._of_backward(at) or (f"in {self._failed}" if self._failed else "")
            if where:
                raise FloatingPointError(f"{error}; {where}") from error

    @contextmanager
    def inside(self, module: Any) -> Iterator[None]:
        """Surrounds a module's call."""
        if threading.get_ident() != self._thread:
            yield
            return
        self._stack.append(module)
        first = next(creation)
        try:
            yield
        except FloatingPointError:
            self._failed = self._failed or self._name()
            raise
        finally:
            self._calls.append(_Call(first, next(creation), self._name()))
            self._stack.pop()

    def _name(self) -> str:
        """The innermost module's path from the outermost, and its class."""
        path = [
            next((name for name, each in outer._modules.items() if each is inner), type(inner).__name__)
            for outer, inner in zip(self._stack, self._stack[1:])
        ]
        kind = type(self._stack[-1]).__name__
        return f"layer {'.'.join(path)} ({kind})" if path else f"layer {kind}"

    def _of_backward(self, at: TracebackType | None) -> str:
        """The layer that made the node whose gradient was being computed; empty outside of a backward."""
        while at is not None:
            if at.tb_frame.f_code is tape.walk.__code__:
                number = getattr(at.tb_frame.f_locals.get("node"), "number", 0)
                around = [call for call in self._calls if call.first < number < call.last]
                if not around:
                    return "in a backward"
                return f"in the backward of {min(around, key=lambda call: call.last - call.first).name}"
            at = at.tb_next
        return ""
