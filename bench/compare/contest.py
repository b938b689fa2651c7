"""What a contest is: the work, who does it, how it is timed, and what mushin has to reach."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

# What the probes count in operations; the others count bytes.
ARITHMETIC_PROBES = ("fma", "microkernel")


@dataclass(frozen=True)
class Contestant:
    label: str
    framework: str  # whose worker does it
    variant: str = ""  # its name in the workload's PREPARE
    side: str = ""  # contestants of one side are one rival, the fastest of them; if empty, the framework is the side
    threads: int | None = None  # None: as many as the session has

    @property
    def rival(self) -> str:
        return self.side or self.framework


@dataclass(frozen=True)
class Bar:
    """The share of a rival's time that mushin may take."""

    rival: str
    most: float
    ours: str = ""  # the contestant of mushin's that it holds for; if empty, all


@dataclass(frozen=True)
class Contest:
    """The same work done by several, in rounds of `count` units, or of as many as take `round_seconds`."""

    workload: str
    title: str
    contestants: tuple[Contestant, ...]
    options: dict[str, Any] = field(default_factory=dict)
    unit: str = "call"
    count: int | None = None
    round_seconds: float = 0.1
    warm_rounds: int = 1  # that do not count; 0: nothing may run before what is measured
    rounds: int | None = None  # None: as many as the command line says
    timed: bool = True  # whether the time is what counts; if not, only the figures beside it are reported
    probed: bool = True  # whether rounds in which the machine changed are thrown away
    fresh: bool = False  # whether each contestant gets a new process
    beside_burner: bool = False  # whether another process keeps a core busy meanwhile
    averaged: bool = False  # whether the figures beside the time are means, with their errors, or medians
    flops: float = 0.0  # of one unit, where that says something
    bytes: float = 0.0  # that one unit must move: each input read once, each output written once
    probes: tuple[str, ...] = ()  # whose shares are reported
    least_share: float | None = None  # of the first probe, that mushin has to reach
    bars: tuple[Bar, ...] = ()
    most_figures: dict[str, float] = field(default_factory=dict)  # what a figure may be, by its name

    def amount(self, probe: str) -> float:
        """What a unit does, in what the probe counts."""
        return self.flops if probe in ARITHMETIC_PROBES else self.bytes


@dataclass(frozen=True)
class Group:
    """Contests that belong together."""

    title: str
    about: str  # for the report
    contests: Callable[[argparse.Namespace], list[Contest]]
    most_mean: float | None = None  # what the geometric mean of mushin's ratios over the group may be
    most_worst: float | None = None  # and the worst of them
