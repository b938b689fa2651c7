"""What the training loop prints: a line per epoch, in Keras' three degrees of verbosity."""

from __future__ import annotations

import sys
import time
from collections.abc import Mapping
from math import inf
from typing import Any

import numpy as np

Logs = dict[str, Any]  # numbers by name, or arrays of some metrics
SECONDS_BETWEEN_DRAWINGS = 0.1


def verbosity(op: str, verbose: Any) -> int:
    """0 silent, 1 a line that moves, 2 one line an epoch; 'auto' is 1."""
    if verbose == "auto":
        return 1
    if verbose not in (0, 1, 2):
        raise ValueError(f"[{op}] verbose must be 0, 1, 2 or 'auto', got {verbose!r}")
    return int(verbose)


def log_text(logs: Mapping[str, Any]) -> str:
    return "".join(f" - {name}: {_text(value)}" for name, value in logs.items())


def _text(value: Any) -> str:
    if np.ndim(value):
        return "[" + ", ".join(_text(each) for each in value) + "]"
    return f"{value:.4f}" if not abs(value) < 1e-3 else f"{value:.4e}"


class Progress:
    """The line of one pass over data.

    Args:
        steps: how many steps the pass has; None if that is not known: then they are counted.
        verbose: 0, 1 or 2.
    """

    def __init__(self, steps: int | None, verbose: int) -> None:
        self.steps = steps
        self._count = 0
        self.verbose = verbose
        self._begin = time.perf_counter()
        self._drawn_next = self._begin + SECONDS_BETWEEN_DRAWINGS if verbose == 1 else inf
        self._bar: Any = None  # made when it is first drawn: a short pass needs none

    def step(self, logs: Mapping[str, Any]) -> None:
        """Counts a step; `logs` are read only when the line is drawn anew."""
        self._count += 1
        if time.perf_counter() >= self._drawn_next:
            self._draw(logs)
            self._drawn_next = time.perf_counter() + SECONDS_BETWEEN_DRAWINGS

    def _draw(self, logs: Mapping[str, Any]) -> None:
        if self._bar is None:
            from tqdm import tqdm  # loaded when a line is to be shown

            layout = "{n_fmt}/{total_fmt} {bar:20} {elapsed}<{remaining}{desc}"
            self._bar = tqdm(total=self.steps, file=sys.stdout, bar_format=layout, leave=False, delay=1e-9)
            self._bar.start_t -= time.perf_counter() - self._begin
        self._bar.n = self._count
        self._bar.set_description_str(log_text(logs))

    def close(self, logs: Logs) -> None:
        """Ends the pass with its last line."""
        if self._bar is not None:
            self._bar.close()
        if self.steps is None:
            self.steps = self._count
        if self.verbose:
            seconds = time.perf_counter() - self._begin
            per_step = _per_step(seconds / max(self.steps, 1))
            sys.stdout.write(f"{self.steps}/{self.steps} - {seconds:.0f}s - {per_step}/step{log_text(logs)}\n")
            sys.stdout.flush()


def _per_step(seconds: float) -> str:
    return f"{seconds * 1e3:.0f}ms" if seconds >= 1e-3 else f"{seconds * 1e6:.0f}us"
