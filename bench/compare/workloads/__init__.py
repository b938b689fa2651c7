"""The work that is timed, one module each. Every framework's worker imports these modules, so they import no framework
at the top; `PREPARE` of each names the ways to do its work."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field


@dataclass
class Prepared:
    """Work that is ready to be timed.

    `run(count)` does `count` units of it and returns figures to report beside the time; `check` holds numbers that
    must be the same for everybody who does this work.
    """

    run: Callable[[int], dict[str, float]]
    check: list[float] = field(default_factory=list)
