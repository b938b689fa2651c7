"""Statistics of interleaved rounds, and small tables of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass, field
from statistics import mean, median, quantiles, stdev
from typing import Any

from contests import Contest


@dataclass
class Rounds:
    """What each contestant measured, a round each; by label."""

    seconds: dict[str, list[float]] = field(default_factory=dict)  # of one unit
    figures: dict[str, list[dict[str, float]]] = field(default_factory=dict)

    def add(self, label: str, seconds: float, figures: dict[str, float]) -> None:
        self.seconds.setdefault(label, []).append(seconds)
        self.figures.setdefault(label, []).append(figures)

    def forget(self, label: str) -> None:
        self.seconds.pop(label, None)
        self.figures.pop(label, None)


@dataclass(frozen=True)
class Ratio:
    """How long the one takes beside the other, from the rounds in which they ran one after the other."""

    label: str
    rival: str
    median: float
    percentile90: float


def ratios(contest: Contest, seconds: dict[str, list[float]]) -> list[Ratio]:
    """Each of mushin's ways beside the fastest of each other framework."""
    ours = [each.label for each in contest.contestants if each.framework == "mushin" and each.label in seconds]
    best: dict[str, str] = {}
    for each in contest.contestants:
        if each.framework != "mushin" and each.label in seconds:
            known = best.get(each.framework, each.label)
            best[each.framework] = min(known, each.label, key=lambda label: median(seconds[label]))
    return [ratio(seconds, label, rival) for label in ours for rival in best.values()]


def ratio(seconds: dict[str, list[float]], label: str, rival: str) -> Ratio:
    paired = [a / b for a, b in zip(seconds[label], seconds[rival], strict=True)]
    return Ratio(label, rival, median(paired), percentile90(paired))


def percentile90(values: Sequence[float]) -> float:
    return quantiles(values, n=10, method="inclusive")[8] if len(values) > 1 else values[0]


def describe(contest: Contest, rounds: Rounds) -> tuple[str, dict[str, Any]]:
    """The contest's tables as text, and all of it for the JSON file."""
    compared = ratios(contest, rounds.seconds)
    parts = [contest.title, medians_table(contest, rounds)]
    if compared:
        parts.append(ratios_table(contest, compared))
    record = {
        "workload": contest.workload,
        "title": contest.title,
        "options": contest.options,
        "seconds": rounds.seconds,
        "figures": rounds.figures,
        "medians": {label: median(values) for label, values in rounds.seconds.items()},
        "ratios": [asdict(each) for each in compared],
    }
    return "\n".join(parts), record


def medians_table(contest: Contest, rounds: Rounds) -> str:
    names = list(dict.fromkeys(name for each in rounds.figures.values() for name in each[-1]))
    rows = [["", f"median {contest.unit}", *(["GFLOP/s"] if contest.flops else []), *names]]
    for label, values in rounds.seconds.items():
        speed = [f"{contest.flops / median(values) * 1e-9:.1f}"] if contest.flops else []
        figures = [figure_text([each[name] for each in rounds.figures[label]], contest.averaged) for name in names]
        rows.append([label, seconds_text(median(values)), *speed, *figures])
    return table(rows)


def figure_text(values: Sequence[float], averaged: bool) -> str:
    """The last value, or the mean of all with its standard error."""
    if not averaged:
        return f"{values[-1]:.6g}"
    error = f" +- {stdev(values) / len(values) ** 0.5:.4f}" if len(values) > 1 else ""
    return f"{mean(values):.4f}{error}"


def ratios_table(contest: Contest, compared: Sequence[Ratio]) -> str:
    frameworks = {each.label: each.framework for each in contest.contestants}
    rows = [["ratio of times", "median", "p90", ""]]
    for each in compared:
        verdict = ""
        if contest.bar and frameworks[each.rival] == contest.bar[0]:
            verdict = f"bar {contest.bar[1]:g}: {'met' if each.median <= contest.bar[1] else 'missed'}"
        rows.append([f"{each.label} / {each.rival}", f"{each.median:.3f}", f"{each.percentile90:.3f}", verdict])
    return table(rows)


def seconds_text(seconds: float) -> str:
    for scale, unit in ((1.0, "s"), (1e-3, "ms"), (1e-6, "us")):
        if seconds >= scale:
            return f"{seconds / scale:.3g} {unit}"
    return f"{seconds / 1e-9:.3g} ns"


def table(rows: Sequence[Sequence[str]]) -> str:
    """Columns as wide as they need be: the first one to the left, the others to the right."""
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = []
    for row in rows:
        cells = [cell.ljust(width) if i == 0 else cell.rjust(width) for i, (cell, width) in enumerate(zip(row, widths))]
        lines.append("  " + "  ".join(cells).rstrip())
    return "\n".join(lines)
