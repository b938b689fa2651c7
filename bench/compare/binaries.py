"""The C++ benchmarks' results: the kernels alone, beside the machine's limits that each binary measures itself."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Sequence
from pathlib import Path
from typing import Any

NAMES = ("bench_gemm", "bench_elementwise", "bench_softmax", "bench_norm", "bench_optimizer")
# Of each case and number of threads; a run has many rounds of 5 ms.
SECONDS = 0.1


def run_binaries(folder: Path, threads: Sequence[int]) -> dict[str, list[dict[str, Any]]]:
    """Every binary's cases, each with its counters; a binary that is missing or fails has one that says so."""
    return {name: run_binary(folder / name, threads) for name in NAMES}


def run_binary(path: Path, threads: Sequence[int]) -> list[dict[str, Any]]:
    counts = ",".join(map(str, threads))
    command = [str(path), f"--threads={counts}", f"--benchmark_min_time={SECONDS}", "--benchmark_format=json"]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        found = json.loads(done.stdout)["benchmarks"]
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else "no JSON"
        return [{"case": path.name, "threads": counts, "error": f"not run: {reason}"}]
    return [read_benchmark(each) for each in found]


def read_benchmark(found: dict[str, Any]) -> dict[str, Any]:
    """`gemm/square/512/threads:2/manual_time` with what was counted."""
    case, _, rest = found["name"].partition("/threads:")
    benchmark: dict[str, Any] = {"case": case, "threads": int(rest.split("/")[0])}
    if found.get("error_occurred"):
        return benchmark | {"error": found["error_message"]}
    counters = {name: value for name, value in found.items() if "/s" in name or name.startswith("share")}
    return benchmark | counters
