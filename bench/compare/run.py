"""Runs the same work in mushin and in its peers, each in its own process, in short interleaved rounds.

    python bench/compare/run.py op gemm --peer-python PATH

bench/README.md says what each workload measures.
"""

from __future__ import annotations

import argparse
import json
import sys
from pathlib import Path

from contests import CONTESTS
from session import Session, usable_cores


def read_options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("workloads", nargs="*", help=f"of {', '.join(CONTESTS)}; all but listing if none is named")
    parser.add_argument("--mushin-python", default=sys.executable, help="the interpreter that has mushin")
    parser.add_argument("--peer-python", help="the interpreter that has the peers; without it mushin runs alone")
    parser.add_argument("--threads", type=int, default=usable_cores(), help="of every framework (all cores)")
    parser.add_argument("--rounds", type=int, default=15, help="interleaved rounds that count (15)")
    parser.add_argument("--steps", type=int, default=500, help="steps in a round of `step` (500)")
    parser.add_argument("--seeds", type=int, default=5, help="runs of `listing` (5)")
    parser.add_argument("--epochs", type=int, default=5, help="epochs of `listing` (5)")
    parser.add_argument("--scaled", dest="scaled", action="store_true", default=True, help="pixels in [0, 1] (default)")
    parser.add_argument("--unscaled", dest="scaled", action="store_false", help="pixels in [0, 255]")
    parser.add_argument("--json", type=Path, help="write everything that was measured to this file")
    options = parser.parse_args()
    if unknown := [name for name in options.workloads if name not in CONTESTS]:
        parser.error(f"workloads must be of {', '.join(CONTESTS)}, got {', '.join(unknown)}")
    for name in ("threads", "rounds", "steps", "seeds", "epochs"):
        if getattr(options, name) < 1:
            parser.error(f"--{name} must be at least 1, got {getattr(options, name)}")
    return options


def main() -> int:
    options = read_options()
    session = Session(options)
    print(", ".join(f"{name} {value}" for name, value in session.record["machine"].items()), flush=True)
    try:
        for workload in options.workloads or [name for name in CONTESTS if name != "listing"]:
            for contest in CONTESTS[workload](options):
                session.hold(contest)
    finally:
        session.close()
        if options.json:
            options.json.write_text(json.dumps(session.record, indent=1) + "\n")
    return 1 if session.failed else 0


if __name__ == "__main__":
    sys.exit(main())
