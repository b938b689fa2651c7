"""What the machine can do at this moment, from the probe binary, and whether that has changed."""

from __future__ import annotations

import json
import subprocess
import time
from contextlib import suppress
from statistics import median

from processes import SECONDS_UNTIL_QUIET

MOST_CHANGE = 1.2
# The first readings after a pause are those of cores that wake up.
WARM_READINGS, READINGS = 2, 3

Reading = dict[str, float]


class ProbeError(Exception):
    """The probe binary does not answer."""


class Probe:
    """The probe binary with so many threads."""

    def __init__(self, path: str, threads: int) -> None:
        # One thread exchanges nothing. Measured all the same, it takes as long as another core takes to wake up.
        self._without = {"exchange"} if threads == 1 else set()
        try:
            self._process = subprocess.Popen(
                [path, f"--threads={threads}"], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
            )
        except OSError as error:
            raise ProbeError(f"--probe {path}: {error.strerror}") from error

    def read(self) -> Reading:
        """The medians of a few readings of all limits, by cores that are awake."""
        time.sleep(SECONDS_UNTIL_QUIET)
        readings = [self._ask() for _ in range(WARM_READINGS + READINGS)][WARM_READINGS:]
        names = [name for name in readings[0] if name not in self._without]
        return {name: median(reading[name] for reading in readings) for name in names}

    def _ask(self) -> Reading:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        line = ""
        with suppress(BrokenPipeError):
            print(file=self._process.stdin, flush=True)
            line = self._process.stdout.readline()
        if not line:
            raise ProbeError("the probe has ended")
        reading: Reading = json.loads(line)
        return reading

    def close(self) -> None:
        """Ends the binary: the end of its stdin is its last request."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with suppress(BrokenPipeError):
            self._process.stdin.close()
        self._process.wait(10)
        self._process.stdout.close()


def moved(before: Reading, after: Reading) -> bool:
    """Whether the machine has become another one meanwhile."""
    return any(max(before[name], after[name]) > MOST_CHANGE * min(before[name], after[name]) for name in before)


def between(before: Reading, after: Reading) -> Reading:
    return {name: (before[name] + after[name]) / 2 for name in before}
