"""Statistics of a contest's rounds, as a record that can be written to a file."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from statistics import geometric_mean, mean, median, quantiles, stdev
from typing import Any

from contest import ARITHMETIC_PROBES, Bar, Contest, Contestant, Group

Record = dict[str, Any]


@dataclass(frozen=True)
class Turn:
    """What one contestant measured in one round."""

    seconds: float  # of one unit
    figures: dict[str, float]


@dataclass
class Rounds:
    """The rounds that count, and how many were played for them."""

    checked: bool  # whether the machine was probed around each
    turns: list[dict[str, Turn]] = field(default_factory=list)  # by label
    probes: list[dict[str, float]] = field(default_factory=list)  # the machine during each
    played: int = 0

    @property
    def kept(self) -> int:
        return len(self.turns)


def summarize(contest: Contest, rounds: Rounds, left_out: dict[str, str]) -> Record:
    """All of a contest that is reported or written down."""
    there = [each for each in contest.contestants if rounds.turns and all(each.label in turn for turn in rounds.turns)]
    contestants = {each.label: summarize_contestant(contest, rounds, each) for each in there}
    return {
        "workload": contest.workload,
        "title": contest.title,
        "options": contest.options,
        "unit": contest.unit,
        "timed": contest.timed,
        "checked": rounds.checked,
        "kept": rounds.kept,
        "played": rounds.played,
        "contestants": contestants,
        "ratios": ratios(contest, there, contestants) if contest.timed else [],
        "limits": limits(contest, there, contestants),
        "probes": rounds.probes,
        "left out": left_out,
    }


def summarize_contestant(contest: Contest, rounds: Rounds, contestant: Contestant) -> Record:
    turns = [turns[contestant.label] for turns in rounds.turns]
    seconds = [turn.seconds for turn in turns]
    summary: Record = {"seconds": seconds, "median": median(seconds), "spread": spread(seconds)}
    if contest.probes:
        probe = contest.probes[0]
        unit = "GFLOP/s" if probe in ARITHMETIC_PROBES else "GB/s"
        summary["rate"] = {unit: contest.amount(probe) / median(seconds) * 1e-9}
    if rounds.checked:
        summary["shares"] = {
            probe: [contest.amount(probe) / t / reading[probe] for t, reading in zip(seconds, rounds.probes)]
            for probe in contest.probes
        }
    figures = {name: [turn.figures[name] for turn in turns] for name in turns[0].figures}
    centre = mean if contest.averaged else median
    summary["figures"] = {name: centre(values) for name, values in figures.items()}
    if contest.averaged and len(turns) > 1:
        summary["errors"] = {name: stdev(values) / len(values) ** 0.5 for name, values in figures.items()}
    return summary


def ratios(contest: Contest, there: Sequence[Contestant], contestants: Record) -> list[Record]:
    """Each of mushin's ways beside the fastest of each other side."""
    fastest: dict[str, Contestant] = {}
    for each in there:
        if each.rival != "mushin":
            known = fastest.get(each.rival, each)
            fastest[each.rival] = min(known, each, key=lambda one: contestants[one.label]["median"])
    compared = []
    for ours in (each for each in there if each.rival == "mushin"):
        for rival in fastest.values():
            # Only what ran side by side is compared.
            paired = [a / b for a, b in zip(contestants[ours.label]["seconds"], contestants[rival.label]["seconds"])]
            most = next((bar.most for bar in contest.bars if holds_for(bar, ours, rival)), None)
            compared.append(
                {
                    "what": f"{ours.label} / {rival.label}",
                    "median": median(paired),
                    "percentile 90": percentile90(paired),
                    "bar": most,
                    "met": None if most is None else median(paired) <= most,
                }
            )
    return compared


def holds_for(bar: Bar, ours: Contestant, rival: Contestant) -> bool:
    return bar.rival == rival.rival and bar.ours in ("", ours.label)


def limits(contest: Contest, there: Sequence[Contestant], contestants: Record) -> list[Record]:
    """Bars beside mushin's shares and figures."""
    found = []
    for label in (each.label for each in there if each.rival == "mushin"):
        for name, most in contest.most_figures.items():
            value = contestants[label]["figures"][name]
            found.append({"what": f"{label}, {name}", "median": value, "bar": most, "met": value <= most})
        if contest.least_share is not None and "shares" in contestants[label]:
            probe = contest.probes[0]
            share = median(contestants[label]["shares"][probe])
            met = share >= contest.least_share
            found.append(
                {
                    "what": f"{label}, share of {probe}, at least",
                    "median": share,
                    "bar": contest.least_share,
                    "met": met,
                }
            )
    return found


def sum_up(group: Group, records: Sequence[Record]) -> list[Record]:
    """The geometric mean of each kind of ratio over a group's contests, and the worst."""
    if group.most_mean is None or group.most_worst is None:
        return []
    found: dict[str, list[tuple[float, str]]] = {}
    for record in records:
        for ratio in record["ratios"]:
            found.setdefault(ratio["what"], []).append((ratio["median"], record["title"]))
    summed = []
    for what, values in found.items():
        average = geometric_mean(value for value, _ in values)
        worst, where = max(values)
        summed += [
            {
                "what": f"{what}, geometric mean of {len(values)}",
                "median": average,
                "bar": group.most_mean,
                "met": average < group.most_mean,
            },
            {
                "what": f"{what}, worst: {where}",
                "median": worst,
                "bar": group.most_worst,
                "met": worst <= group.most_worst,
            },
        ]
    return summed


def percentile90(values: Sequence[float]) -> float:
    return quantiles(values, n=10, method="inclusive")[8] if len(values) > 1 else values[0]


def spread(values: Sequence[float]) -> float:
    """The middle half of the values, beside their median."""
    if len(values) < 2:
        return 0.0
    lower, middle, upper = quantiles(values, n=4, method="inclusive")
    return (upper - lower) / middle
