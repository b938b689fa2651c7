"""A quasi-Newton optimizer for full batches."""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping
from typing import Any

import numpy as np

from mushin.autograd import Tensor, from_array, no_grad, set_grad_enabled
from mushin.nn.utils import get_total_norm, parameters_to_vector
from mushin.ops.arrays import number, numbers_of
from mushin.optim.line_search import Point, strong_wolfe
from mushin.optim.optimizer import Optimizer, options

SAVED = ("func_evals", "n_iter", "d", "t", "old_dirs", "old_stps", "ro", "H_diag", "prev_flat_grad", "prev_loss")


class LBFGS(Optimizer):
    """Steps along the gradient times an estimate of the inverse Hessian, made of the last changes of both.

    A step calls the closure several times and looks at what it returns: it cannot be recorded.

    Args:
        params: parameters; one group.
        lr: length of a step, in units of the direction; the first to try in a line search.
        max_iter: directions in a step.
        max_eval: calls of the closure in a step; 5 for 4 directions if None.
        tolerance_grad: a step ends where no element of the gradient is larger.
        tolerance_change: a step ends where the loss, and every parameter, changes less.
        history_size: how many changes are kept.
        line_search_fn: "strong_wolfe", or None for steps of length lr.

    Raises:
        TypeError: a step without closure.

    Source: Nocedal and Wright, algorithm 7.4; torch.optim.LBFGS.
    """

    layout = {"lr": 0, "tolerance_grad": 1, "tolerance_change": 2}  # noqa: RUF012

    def __init__(
        self,
        params: Iterable[Any],
        lr: float = 1.0,
        max_iter: int = 20,
        max_eval: int | None = None,
        tolerance_grad: float = 1e-7,
        tolerance_change: float = 1e-9,
        history_size: int = 100,
        line_search_fn: str | None = None,
    ) -> None:
        if max_eval is None and isinstance(max_iter, int):
            max_eval = max_iter * 5 // 4
        self._memory: dict[str, Any] = {}
        super().__init__(params, options(locals()))

    @classmethod
    def _check(cls, group: Mapping[str, Any]) -> None:
        super()._check(group)
        for name in ("max_iter", "max_eval", "history_size"):
            if isinstance(group[name], bool) or not isinstance(group[name], (int, np.integer)) or group[name] < 1:
                raise ValueError(f"[{cls.__name__}] {name} must be a positive integer, got {group[name]!r}")
        if group["line_search_fn"] not in (None, "strong_wolfe"):
            raise ValueError(
                f"[{cls.__name__}] line_search_fn must be None or 'strong_wolfe', got {group['line_search_fn']!r}"
            )

    def add_param_group(self, group: dict[str, Any]) -> None:
        """Only the first group is taken."""
        if self.param_groups:
            raise ValueError(f"[{self._name}] there is one group only: all parameters have one direction")
        super().add_param_group(group)

    def _params(self) -> list[Tensor]:
        return self.param_groups[0]["params"]  # type: ignore[no-any-return]

    def _step(self, closure: Callable[[], Any] | None = None) -> Any:
        """Goes on to lower losses, which `closure` computes with their gradients; returns the first one."""
        if not callable(closure):
            raise TypeError(f"[{self._name}] closure must be a function, got {type(closure).__name__}")
        with no_grad():
            return self._go_down(closure)

    def _look(self, closure: Callable[[], Any]) -> tuple[Any, float, Tensor]:
        """What the closure returns, as a number too, and the gradient as one vector."""
        with set_grad_enabled(True):
            loss = closure()
        gradients = [from_array(np.zeros_like(p.array)) if p.grad is None else p.grad for p in self._params()]
        return loss, float(loss.item() if isinstance(loss, Tensor) else loss), parameters_to_vector(gradients)

    def _move(self, direction: Tensor, t: float) -> None:
        begin = 0
        for p in self._params():
            end = begin + p.array.size
            p.add_(direction[begin:end].reshape(p.array.shape), alpha=t)
            begin = end

    def _go_down(self, closure: Callable[[], Any]) -> Any:
        group, memory = self.param_groups[0], self._memory
        first_loss, loss, gradient = self._look(closure)
        memory["func_evals"] = memory.get("func_evals", 0) + 1
        calls = 1
        if not _largest(gradient) > group["tolerance_grad"]:
            return first_loss
        for iteration in range(1, group["max_iter"] + 1):
            memory["n_iter"] = memory.get("n_iter", 0) + 1
            d = memory["d"] = self._direction(gradient)
            memory["prev_flat_grad"], memory["prev_loss"] = gradient, loss
            first = memory["n_iter"] == 1
            t = min(1.0, 1.0 / get_total_norm(gradient, 1).item()) * group["lr"] if first else group["lr"]
            slope, before, looks = _dot(gradient, d), loss, 0
            if slope > -group["tolerance_change"]:
                memory["t"] = t
                break
            if group["line_search_fn"] is not None:
                start, look = Point(0.0, loss, gradient, slope), self._along(closure, d)
                left = group["max_eval"] - calls
                point, looks = strong_wolfe(look, start, t, _largest(d), group["tolerance_change"], left)
                t, loss, gradient = point.t, point.value, point.gradient
                self._move(d, t)
            else:
                self._move(d, t)
                if iteration < group["max_iter"]:
                    _, loss, gradient = self._look(closure)
                    looks = 1
            memory["t"] = t
            memory["func_evals"] += looks
            calls += looks
            if (
                calls >= group["max_eval"]
                or not _largest(gradient) > group["tolerance_grad"]
                or _largest(d) * abs(t) <= group["tolerance_change"]
                or abs(loss - before) < group["tolerance_change"]
            ):
                break
        return first_loss

    def _along(self, closure: Callable[[], Any], d: Tensor) -> Callable[[float], Point]:
        """The points along a direction; the parameters are put back to the bit."""
        here = [p.detach().clone() for p in self._params()]

        def look(t: float) -> Point:
            self._move(d, t)
            _, value, gradient = self._look(closure)
            for p, saved in zip(self._params(), here):
                p.copy_(saved)
            return Point(t, value, gradient, _dot(gradient, d))

        return look

    def _direction(self, gradient: Tensor) -> Tensor:
        """The gradient's opposite times the inverse Hessian, from the last changes of gradient and parameters."""
        memory = self._memory
        if memory["n_iter"] == 1:
            memory.update(old_dirs=[], old_stps=[], ro=[], H_diag=1.0)
            opposite: Tensor = -gradient
            return opposite
        y, s = gradient - memory["prev_flat_grad"], memory["d"] * memory["t"]
        ys = _dot(y, s)
        if ys > 1e-10:
            for name, value in (("old_dirs", y), ("old_stps", s), ("ro", 1.0 / ys)):
                memory[name] = [*memory[name], value][-self.param_groups[0]["history_size"] :]
            memory["H_diag"] = ys / _dot(y, y)
        history = list(zip(memory["old_dirs"], memory["old_stps"], memory["ro"]))
        d: Tensor = -gradient
        shares: list[float] = []
        for y, s, ro in reversed(history):
            shares.append(_dot(s, d) * ro)
            d = d - y * shares[-1]
        d = d * memory["H_diag"]
        for (y, s, ro), share in zip(history, reversed(shares)):
            d = d + s * (share - _dot(y, d) * ro)
        return d

    # --- states

    @property
    def state(self) -> Mapping[Tensor, dict[str, Any]]:
        """As other optimizers'; the state is the first parameter's."""
        return defaultdict(dict, {self._params()[0]: dict(self._memory)} if self._memory else {})

    def state_dict(self) -> dict[str, Any]:
        """As other optimizers'; the state is the first parameter's."""
        state = {name: _as_arrays(value) for name, value in self._memory.items()}
        return {**super().state_dict(), "state": {0: state} if state else {}}

    def load_state_dict(self, state_dict: dict[str, Any]) -> None:
        """Takes over what `state_dict` gave.

        Raises:
            ValueError, TypeError: as other optimizers'; arrays of another length.
        """
        states = state_dict.get("state") if isinstance(state_dict, Mapping) else None
        state: Mapping[str, Any] = next(iter(states.values()), {}) if isinstance(states, Mapping) else {}
        memory = {name: self._checked(name, state[name]) for name in SAVED if name in state}
        super().load_state_dict({**state_dict, "state": {}} if isinstance(states, Mapping) else state_dict)
        self._memory = memory

    def _checked(self, name: str, value: Any) -> Any:
        if name in ("func_evals", "n_iter"):
            return int(number(self._name, name, value))
        if name in ("d", "prev_flat_grad", "old_dirs", "old_stps"):
            length, dtype = sum(p.array.size for p in self._params()), self._params()[0].array.dtype
            vectors = value if isinstance(value, (list, tuple)) else [value]
            arrays = [numbers_of(self._name, name, each, np.asarray).astype(dtype) for each in vectors]
            for each in arrays:
                if each.shape != (length,):
                    raise ValueError(f"[{self._name}] state {name} must have shape ({length},), got {each.shape}")
            tensors = [from_array(each) for each in arrays]
            return tensors if isinstance(value, (list, tuple)) else tensors[0]
        if isinstance(value, (list, tuple)):
            return [float(numbers_of(self._name, name, each, np.asarray).item()) for each in value]
        return float(numbers_of(self._name, name, value, np.asarray).item())


def _dot(a: Tensor, b: Tensor) -> float:
    return float((a @ b).item())


def _largest(x: Tensor) -> float:
    return float(get_total_norm(x, math.inf).item())


def _as_arrays(value: Any) -> Any:
    if isinstance(value, list):
        return [_as_arrays(each) for each in value]
    return value.numpy().copy() if isinstance(value, Tensor) else value
