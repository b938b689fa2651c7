"""Warnings that point to the caller's line."""

from __future__ import annotations

import sys
import warnings


def warn_caller(message: str) -> None:
    """A RuntimeWarning at the nearest line outside of mushin."""
    level, frame = 2, sys._getframe(1)
    while frame.f_back is not None and frame.f_globals.get("__name__", "").startswith("mushin."):
        level, frame = level + 1, frame.f_back
    warnings.warn(message, RuntimeWarning, stacklevel=level)
