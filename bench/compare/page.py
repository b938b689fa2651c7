"""The report as a page of Markdown, made of the sessions' records alone."""

from __future__ import annotations

import re
import textwrap
from collections.abc import Sequence
from statistics import median
from typing import Any

import report
from contests import CONTESTS
from probes import MOST_CHANGE
from session import MOST_ROUNDS

INTRODUCTION = """Each library is a process of its own. They take short turns, round after round; while one computes,
the others wait. A ratio is that of two turns in the same round, mushin's time first: below 1, mushin takes less time.
Ratios are medians over the rounds, with the 90th percentile beside them; times are medians, with the width of their
middle half as the spread. JAX, whose threads no option limits, is kept to as many cores as the others have threads."""
CHECKED = f"""Before and after each round the machine's limits are probed. A round in which one of them moved by more
than a factor of {MOST_CHANGE:g} is thrown away and played again, until as many were quiet as are asked for or
{MOST_ROUNDS} times as many were played. Shares are of what was probed around the same round."""
UNCHECKED = "No round was checked: the machine's limits were not probed, and there are no shares of them."
PROBED = {
    "fma": "bare multiply-adds, GFLOP/s",
    "microkernel": "microkernel on packed data, GFLOP/s",
    "read": "reading, GB/s",
    "copy": "streaming copy, GB/s",
    "exchange": "exchange between two cores, ns",
}


def page(record: dict[str, Any]) -> str:
    """The whole page."""
    sessions = record["sessions"]
    checked = any(each["checked"] for session in sessions for each in contests_of(session))
    parts = [
        "# Performance",
        "This page is written by a command, and replaced when it is run again:",
        f"    {record['command']}",
        machine_table(record),
        filled(f"{INTRODUCTION} {CHECKED if checked else UNCHECKED}"),
        *([limits_table(sessions)] if checked else []),
        verdicts_text(sessions),
    ]
    for name, group in CONTESTS.items():
        if played := [(each["threads"], each["groups"][name]) for each in sessions if name in each["groups"]]:
            parts += [f"## {group.title}", filled(group.about)]
            for threads, held in played:
                if held["contests"]:
                    parts += [f"### {threads_text(threads)}", *group_tables(held)]
    if record["kernels"]:
        parts += kernel_tables(record["kernels"])
    return without_paths("\n\n".join(parts)) + "\n"


def machine_table(record: dict[str, Any]) -> str:
    rows = [{"machine": name, "": str(value)} for name, value in record["machine"].items() if name != "load"]
    versions: dict[str, str] = {}
    for session in record["sessions"]:
        for framework, found in session["frameworks"].items():
            versions[framework] = ", ".join(f"{name} {value}" for name, value in found.items() if name != "threads")
    rows += [{"machine": framework, "": text} for framework, text in versions.items()]
    rows.append({"machine": "date", "": record["date"]})
    rows.append({"machine": "all of it took", "": f"{record['minutes']:.0f} minutes"})
    return report.markdown_table(rows, left=2)


def limits_table(sessions: Sequence[dict[str, Any]]) -> str:
    """What the probes found, over all rounds that count."""
    rows = []
    for name, title in PROBED.items():
        row = {"median of all rounds that count": title}
        scale = 1e9 if name == "exchange" else 1e-9
        for session in sessions:
            found = [reading[name] for each in contests_of(session) for reading in each["probes"] if name in reading]
            row[threads_text(session["threads"])] = f"{median(found) * scale:.1f}" if found else ""
        rows.append(row)
    return report.markdown_table(rows)


def verdicts_text(sessions: Sequence[dict[str, Any]]) -> str:
    """How many bars are met, and the others."""
    judged = [
        (session["threads"], title, each)
        for session in sessions
        for title, each in verdicts_of(session)
        if each["met"] is not None
    ]
    missed = [
        {
            "missed": title,
            "threads": str(threads),
            "what": each["what"],
            "is": f"{each['median']:.3f}",
            "bar": f"{each['bar']:.3g}",
        }
        for threads, title, each in judged
        if not each["met"]
    ]
    text = f"{len(judged) - len(missed)} of {len(judged)} bars are met."
    return f"{text}\n\n{report.markdown_table(missed)}" if missed else text


def verdicts_of(session: dict[str, Any]) -> list[tuple[str, dict[str, Any]]]:
    """Every ratio and figure of a session, with the title of its contest or group."""
    found = [(each["title"], one) for each in contests_of(session) for one in (*each["ratios"], *each["limits"])]
    for name, held in session["groups"].items():
        found += [(CONTESTS[name].title, one) for one in held["sums"]]
    return found


def contests_of(session: dict[str, Any]) -> list[dict[str, Any]]:
    return [each for held in session["groups"].values() for each in held["contests"]]


def threads_text(threads: int) -> str:
    return "One thread" if threads == 1 else f"{threads} threads"


def group_tables(held: dict[str, Any]) -> list[str]:
    """One table of times, one of ratios and bars, and what could not take part."""
    times, verdicts, notes = [], [], []
    for contest in held["contests"]:
        rounds = f"{contest['kept']} of {contest['played']}" if contest["checked"] else str(contest["kept"])
        times += titled(
            contest["title"], [{"": row[""], "rounds": rounds, **row} for row in report.contestant_rows(contest)]
        )
        verdicts += titled(contest["title"], report.verdict_rows([*contest["ratios"], *contest["limits"]]))
        notes += [f"- {contest['title']}: {label} is left out: {why}" for label, why in contest["left out"].items()]
        if not contest["kept"]:
            notes.append(f"- {contest['title']}: none of {contest['played']} rounds was quiet")
    verdicts += titled("all", report.verdict_rows(held["sums"]))
    tables = [report.markdown_table(rows, left=2) for rows in (times, verdicts) if rows]
    return [*tables, "\n".join(notes)] if notes else tables


def titled(title: str, rows: Sequence[report.Row]) -> list[report.Row]:
    """The rows with the contest's title before the first."""
    return [{"contest": title if i == 0 else "", **row} for i, row in enumerate(rows)]


def kernel_tables(kernels: dict[str, list[dict[str, Any]]]) -> list[str]:
    about = (
        "The float32 kernels launched from C++, without Python. The share is of the limit that the same binary "
        "measures: the slower of the arithmetic and of moving the bytes; bench/README.md says more."
    )
    parts = ["## Kernels against the machine", filled(about)]
    for name, benchmarks in kernels.items():
        parts += [f"### {name}", report.markdown_table(report.kernel_rows(benchmarks))]
    return parts


def filled(text: str) -> str:
    return textwrap.fill(" ".join(text.split()), 120)


def without_paths(text: str) -> str:
    """Absolute paths say nothing to whoever reads the page elsewhere."""
    return re.sub(r"(?<![\w.:/])/[\w.+-]+(?:/[\w.+-]+)+", "PATH", text)
