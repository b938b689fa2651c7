"""Whether a steady step touches fresh memory: page faults and resident memory over many captured steps."""

from __future__ import annotations

import resource
from collections.abc import Callable
from pathlib import Path

from workloads import Prepared, step

DISTINCT_STEPS = 1000  # batches that are different; a run of more steps goes over them again


def watched(prepared: Prepared) -> Prepared:
    """The same work, with what it did to memory as its figures. The first round makes it steady."""

    def rounds(count: int) -> None:
        for done in range(0, count, DISTINCT_STEPS):
            prepared.run(min(DISTINCT_STEPS, count - done))

    def run(count: int) -> dict[str, float]:
        rounds(DISTINCT_STEPS)
        faults, resident = page_faults(), resident_bytes()
        rounds(count)
        return {
            "page faults": page_faults() - faults,
            "resident MiB before": resident / 2**20,
            "resident MiB after": resident_bytes() / 2**20,
        }

    return Prepared(run)


def page_faults() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt


def resident_bytes() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize()


PREPARE: dict[str, Callable[..., Prepared]] = {
    "mushin_fit": lambda batch: watched(step.mushin_fit(batch, DISTINCT_STEPS)),
    "mushin_compiled": lambda batch: watched(step.mushin_compiled(batch, DISTINCT_STEPS)),
}
