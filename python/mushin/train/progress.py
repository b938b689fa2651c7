"""What the training loop prints: a line per epoch, in Keras' three degrees of verbosity."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable
from typing import Any

Logs = dict[str, float]


def verbosity(op: str, verbose: Any) -> int:
    """0 silent, 1 a line that moves, 2 one line an epoch; 'auto' is 1."""
    if verbose == "auto":
        return 1
    if verbose not in (0, 1, 2):
        raise ValueError(f"[{op}] verbose must be 0, 1, 2 or 'auto', got {verbose!r}")
    return int(verbose)


def log_text(logs: Logs) -> str:
    return "".join(
        f" - {name}: {value:.4f}" if abs(value) >= 1e-3 else f" - {name}: {value:.4e}" for name, value in logs.items()
    )


class Progress:
    """The line of one pass over data.

    Args:
        steps: how many steps the pass has.
        verbose: 0, 1 or 2.
    """

    def __init__(self, steps: int, verbose: int) -> None:
        self.steps = steps
        self.verbose = verbose
        self._begin = time.perf_counter()
        self._bar: Any = None
        if verbose == 1:
            from tqdm import tqdm  # loaded when a line is to be shown

            layout = "{n_fmt}/{total_fmt} {bar:20} {elapsed}<{remaining}{desc}"
            self._bar = tqdm(total=steps, file=sys.stdout, bar_format=layout, mininterval=0.1, leave=False)

    def step(self, logs: Callable[[], Logs]) -> None:
        """Counts a step; `logs` is asked only when the line is drawn anew."""
        if self._bar is not None and self._bar.update():
            self._bar.set_description_str(log_text(logs()), refresh=False)

    def close(self, logs: Logs) -> None:
        """Ends the pass with its last line."""
        if self._bar is not None:
            self._bar.close()
        if self.verbose:
            seconds = time.perf_counter() - self._begin
            sys.stdout.write(
                f"{self.steps}/{self.steps} - {seconds:.0f}s - {_per_step(seconds / self.steps)}/step{log_text(logs)}\n"
            )
            sys.stdout.flush()


def _per_step(seconds: float) -> str:
    return f"{seconds * 1e3:.0f}ms" if seconds >= 1e-3 else f"{seconds * 1e6:.0f}us"
