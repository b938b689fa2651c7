"""Runs the same work in mushin and in its peers, each in its own process, in short interleaved rounds.

    python bench/compare/run.py op gemm --peer-python PATH
    python bench/compare/run.py --report docs/PERFORMANCE.md --peer-python PATH --probe PATH --kernels PATH

bench/README.md says what each workload measures.
"""

from __future__ import annotations

import argparse
import datetime
import json
import shlex
import sys
import time
from pathlib import Path
from typing import Any

from binaries import run_binaries
from contests import CONTESTS
from machine import machine, usable_cores
from page import page
from probes import ProbeError
from session import Session

ROUNDS, REPORT_ROUNDS = 15, 7


def read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("workloads", nargs="*", help=f"of {', '.join(CONTESTS)}; all but listing if none is named")
    parser.add_argument("--mushin-python", default=sys.executable, help="the interpreter that has mushin")
    parser.add_argument("--peer-python", help="the interpreter that has the peers; without it mushin runs alone")
    parser.add_argument("--threads", type=thread_counts, help="of every framework (all cores); 1,2: once with each")
    parser.add_argument("--rounds", type=int, help=f"interleaved rounds that count ({ROUNDS}; report: {REPORT_ROUNDS})")
    parser.add_argument("--probe", help="the binary bench_probe: throws away rounds in which the machine changed")
    parser.add_argument("--steps", type=int, default=500, help="steps in a round of `step` (500)")
    parser.add_argument("--seeds", type=int, default=5, help="runs of `listing` (5)")
    parser.add_argument("--epochs", type=int, default=5, help="epochs of `listing` (5)")
    parser.add_argument("--scaled", dest="scaled", action="store_true", default=True, help="pixels in [0, 1] (default)")
    parser.add_argument("--unscaled", dest="scaled", action="store_false", help="pixels in [0, 255]")
    parser.add_argument("--json", type=Path, help="write everything that was measured to this file")
    parser.add_argument("--report", type=Path, help="write this page of Markdown; threads are then 1 and all cores")
    parser.add_argument("--kernels", type=Path, help="the folder of the C++ benchmarks, to run them for the report too")
    options = parser.parse_args()
    if unknown := [name for name in options.workloads if name not in CONTESTS]:
        parser.error(f"workloads must be of {', '.join(CONTESTS)}, got {', '.join(unknown)}")
    options.threads = options.threads or sorted({1, usable_cores()} if options.report else {usable_cores()})
    options.rounds = (REPORT_ROUNDS if options.report else ROUNDS) if options.rounds is None else options.rounds
    for name in ("rounds", "steps", "seeds", "epochs"):
        if getattr(options, name) < 1:
            parser.error(f"--{name} must be at least 1, got {getattr(options, name)}")
    for name in ("mushin_python", "peer_python", "probe", "kernels"):
        path = getattr(options, name)
        if path is not None and not Path(path).exists():
            parser.error(f"--{name.replace('_', '-')} must be a path that exists, got {path}")
    for path in (options.json, options.report):  # before minutes of work, not after them
        if path is not None:
            path.parent.mkdir(parents=True, exist_ok=True)
    return options


def thread_counts(text: str) -> list[int]:
    counts = [int(count) if count.isdecimal() else 0 for count in text.split(",")]
    if min(counts) < 1:
        raise argparse.ArgumentTypeError(f"must be numbers of at least 1 with commas between, got {text}")
    return counts


def main() -> int:
    options = read_options()
    begin = time.monotonic()
    record: dict[str, Any] = {
        "command": "python " + shlex.join(sys.argv),
        "machine": machine(),
        "date": datetime.date.today().isoformat(),
        "sessions": [],
        "kernels": {},
    }
    print(", ".join(f"{name} {value}" for name, value in record["machine"].items()), flush=True)
    failed = False
    try:
        for threads in options.threads:
            failed = hold_session(options, threads, record) or failed
        if options.kernels:
            record["kernels"] = run_binaries(options.kernels, options.threads)
    except ProbeError as error:
        print(error, file=sys.stderr)
        return 2
    finally:
        record["minutes"] = (time.monotonic() - begin) / 60
        if options.json:
            options.json.write_text(json.dumps(record, indent=1) + "\n")
    if options.report:
        options.report.write_text(page(record))
    return 1 if failed else 0


def hold_session(options: argparse.Namespace, threads: int, record: dict[str, Any]) -> bool:
    """All contests with so many threads; tells whether mushin could not do something."""
    session = Session(argparse.Namespace(**vars(options) | {"threads": threads}))
    record["sessions"].append(session.record)
    print(f"threads {threads}; {'each round is checked' if options.probe else 'no round is checked'}", flush=True)
    try:
        for name in options.workloads or [name for name in CONTESTS if name != "listing"]:
            session.hold_all(name, CONTESTS[name])
    finally:
        session.close()
    return session.failed


if __name__ == "__main__":
    sys.exit(main())
