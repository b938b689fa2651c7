"""A quantity of the logs that a callback watches, and when it is better than before."""

from __future__ import annotations

from typing import Any

from mushin.train.callbacks.base import Callback
from mushin.warning import warn_caller

MODES = ("auto", "min", "max")


class Monitor(Callback):
    """Base of callbacks that watch a quantity.

    Args:
        monitor: its name in the logs of an epoch.
        mode: "min" if less is better, "max" if more is; "auto" asks the model's metric of that name. Losses are to
            fall.
        min_delta: what a change must be more than to count.

    Raises:
        ValueError: another mode; or, at the first epoch, "auto" and a quantity of which nobody knows.
    """

    def __init__(self, monitor: str, mode: str, min_delta: float = 0.0) -> None:
        self._op = type(self).__name__
        if mode not in MODES:
            raise ValueError(f"[{self._op}] mode must be one of {', '.join(MODES)}, got {mode!r}")
        self.monitor = monitor
        self.mode = mode
        self.min_delta = abs(min_delta)
        self._rises: bool | None = None if mode == "auto" else mode == "max"

    def monitored(self, logs: Any) -> float | None:
        """The quantity, or None and a warning if it is not in the logs."""
        value = (logs or {}).get(self.monitor)
        if value is None:
            there_are = ", ".join(logs or {}) or "none"
            warn_caller(f"[{self._op}] monitor {self.monitor!r} is not in the logs; there are {there_are}")
            return None
        return float(value)

    def is_better(self, value: float, than: float | None) -> bool:
        """Whether a value improves on another by more than min_delta; every value on None. A NaN never does."""
        if than is None:
            return True
        return value - self.min_delta > than if self._more_is_better() else value + self.min_delta < than

    def _more_is_better(self) -> bool:
        if self._rises is None:
            name = self.monitor.removeprefix("val_")
            direction = "down" if name.endswith("loss") else getattr(self.model, "direction_of", lambda _: None)(name)
            if direction is None:
                raise ValueError(f"[{self._op}] mode must be 'min' or 'max': nobody knows which of {self.monitor!r}")
            self._rises = direction == "up"
        return self._rises
