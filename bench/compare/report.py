"""Tables of what contests have found, as text and as Markdown."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import median
from typing import Any

from results import Record

Row = dict[str, str]  # by column


def contest_text(record: Record) -> str:
    """One contest's tables for the terminal."""
    parts = [f"{record['title']} ({rounds_text(record)})"]
    for rows in (contestant_rows(record), verdict_rows([*record["ratios"], *record["limits"]])):
        if rows:
            parts.append(text_table(rows))
    return "\n".join(parts)


def rounds_text(record: Record) -> str:
    """How many rounds count, of how many."""
    if not record["checked"]:
        return f"{record['kept']} rounds, none checked"
    return f"{record['kept']} of {record['played']} rounds were quiet"


def contestant_rows(record: Record) -> list[Row]:
    """What each contestant took, and which share of the machine's limit that is."""
    rows = []
    for label, found in record["contestants"].items():
        row = {"": label}
        if record["timed"]:
            row |= {f"median {record['unit']}": seconds_text(found["median"]), "spread": f"{found['spread']:.1%}"}
        row |= {unit: f"{value:.1f}" for unit, value in found.get("rate", {}).items()}
        row |= {f"of {probe}": f"{median(shares):.1%}" for probe, shares in found.get("shares", {}).items()}
        errors = found.get("errors", {})
        for name, value in found["figures"].items():
            row[name] = f"{value:.4f} +- {errors[name]:.4f}" if name in errors else f"{value:.6g}"
        rows.append(row)
    return rows


def verdict_rows(found: Sequence[Record]) -> list[Row]:
    """Ratios and figures beside their bars."""
    rows = []
    for each in found:
        row = {"ratio of times, or figure": each["what"], "median": f"{each['median']:.3f}"}
        row["p90"] = f"{each['percentile 90']:.3f}" if "percentile 90" in each else ""
        row["bar"] = "" if each["bar"] is None else f"{each['bar']:.3g}"
        row["verdict"] = {None: "", True: "met", False: "missed"}[each["met"]]
        rows.append(row)
    return rows


def kernel_rows(benchmarks: Sequence[dict[str, Any]]) -> list[Row]:
    """A row for each case of a benchmark binary, with the rates and shares of every number of threads."""
    rows: dict[str, Row] = {}
    for each in benchmarks:
        case, threads = each["case"], each["threads"]
        row = rows.setdefault(case, {"": case})
        if "error" in each:
            row[f"threads {threads}"] = each["error"]
        for name in ("GFLOP/s", "GB/s"):
            if name in each:
                row[f"{name}, threads {threads}"] = rate_text(each[name])
        for name in (name for name in each if name.startswith("share")):
            row[f"{name}, threads {threads}"] = rate_text(each[name])
    return list(rows.values())


def rate_text(rate: float) -> str:
    return "no quiet round" if math.isnan(rate) else f"{rate:.1f}"


def seconds_text(seconds: float) -> str:
    for scale, unit in ((1.0, "s"), (1e-3, "ms"), (1e-6, "us")):
        if seconds >= 0.9995 * scale:  # which would be written as one
            return f"{seconds / scale:.3g} {unit}"
    return f"{seconds / 1e-9:.3g} ns"


def text_table(rows: Sequence[Row]) -> str:
    """Columns as wide as they need be: the first one to the left, the others to the right."""
    cells = with_header(rows)
    widths = [max(len(row[i]) for row in cells) for i in range(len(cells[0]))]
    lines = []
    for row in cells:
        padded = [cell.rjust(width) if i else cell.ljust(width) for i, (cell, width) in enumerate(zip(row, widths))]
        lines.append("  " + "  ".join(padded).rstrip())
    return "\n".join(lines)


def markdown_table(rows: Sequence[Row], left: int = 1) -> str:
    """The same in Markdown; the first `left` columns to the left."""
    header, *cells = with_header(rows)
    marks = [":--" if i < left else "--:" for i in range(len(header))]
    return "\n".join("| " + " | ".join(row) + " |" for row in (header, marks, *cells))


def with_header(rows: Sequence[Row]) -> list[list[str]]:
    """All columns that any row has, and each row's cells under them."""
    columns = list(dict.fromkeys(column for row in rows for column in row))
    return [columns, *([row.get(column, "") for column in columns] for row in rows)]
