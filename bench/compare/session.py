"""One call of the script: the workers, the rounds they play, and what was measured."""

from __future__ import annotations

import argparse
import os
import platform
import subprocess
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import report
from contests import Contest, Contestant
from processes import WorkerError, WorkerProcess, environment

# The threads of whoever computed last may spin for a while before they sleep: OpenBLAS' do for 30 ms.
SECONDS_UNTIL_QUIET = 0.1
CHECK_RELATIVE, CHECK_ABSOLUTE = 1e-4, 1e-5

Turn = Callable[[Contestant], tuple[float, dict[str, float]]]  # seconds of a unit, and figures beside them


class Session:
    """Starts workers when they are first needed; `failed` tells whether mushin could not do something."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.failed = False
        self.record: dict[str, Any] = {
            "machine": machine(options.threads),
            "frameworks": {},
            "contests": [],
            "left out": {},
        }
        self._workers: dict[str, WorkerProcess] = {}
        self._unavailable: dict[str, str] = {}

    def close(self) -> None:
        for worker in self._workers.values():
            worker.close()

    def hold(self, contest: Contest) -> None:
        """Plays a contest and prints its table."""
        if contest.workload == "import":
            rounds = self._play(contest, list(contest.contestants), self._import_turn)
        else:
            counts = self._prepare(contest)
            rounds = self._play(contest, list(counts), lambda contestant: self._turn(contestant, counts[contestant]))
            for worker in self._workers.values():
                if not worker.ended:
                    worker.ask("forget")
        if rounds.seconds:
            text, record = report.describe(contest, rounds)
            print(f"\n{text}", flush=True)
            self.record["contests"].append(record)

    # --- workers

    def _worker(self, framework: str) -> WorkerProcess:
        if framework in self._unavailable:
            raise WorkerError(self._unavailable[framework])
        if framework in self._workers and self._workers[framework].ended:
            self._workers.pop(framework).close()
        if framework not in self._workers:
            try:
                self._workers[framework] = self._start(framework)
            except WorkerError as error:
                self._unavailable[framework] = str(error)
                raise
        return self._workers[framework]

    def _start(self, framework: str) -> WorkerProcess:
        python = self.options.mushin_python if framework == "mushin" else self.options.peer_python
        if python is None:
            raise WorkerError("no --peer-python")
        try:
            worker = WorkerProcess(python, framework, self.options.threads)
        except OSError as error:
            raise WorkerError(f"{python}: {error.strerror}") from error
        try:
            description = worker.ask("describe")
        except WorkerError:
            worker.close()
            raise
        self.record["frameworks"][framework] = description
        print(f"{framework}: " + ", ".join(f"{name} {value}" for name, value in description.items()), flush=True)
        return worker

    # --- rounds

    def _prepare(self, contest: Contest) -> dict[Contestant, int]:
        """Makes everybody ready who can take part; returns how many units a round of theirs has."""
        counts: dict[Contestant, int] = {}
        checks: dict[str, list[float]] = {}
        for contestant in contest.contestants:
            name = contestant.label
            try:
                worker = self._worker(contestant.framework)
                work = {"workload": contest.workload, "variant": contestant.variant, "options": contest.options}
                checks[name] = worker.ask("prepare", name=name, **work)["check"]
                counts[contestant] = (
                    contest.count or worker.ask("calibrate", name=name, seconds=contest.round_seconds)["count"]
                )
            except WorkerError as error:
                self._leave_out(contestant, error)
        self._compare(contest, checks)
        return counts

    def _compare(self, contest: Contest, checks: dict[str, list[float]]) -> None:
        """Everybody must have computed the same, or the times mean nothing."""
        for label, values in checks.items():
            first = next(iter(checks.values()))
            errors = [abs(a - b) - CHECK_RELATIVE * abs(b) for a, b in zip(first, values, strict=True)]
            if not all(error <= CHECK_ABSOLUTE for error in errors):
                self.failed = True
                print(f"{contest.title}: {next(iter(checks))} and {label} computed different numbers", flush=True)

    def _play(self, contest: Contest, contestants: list[Contestant], turn: Turn) -> report.Rounds:
        """Each contestant's turn, one after the other, round after round."""
        rounds = report.Rounds()
        for number in range(-contest.warm_rounds, contest.rounds or self.options.rounds):
            for contestant in list(contestants):
                try:
                    seconds, figures = turn(contestant)
                except WorkerError as error:
                    self._leave_out(contestant, error)
                    contestants.remove(contestant)
                    rounds.forget(contestant.label)
                    continue
                if number >= 0:
                    rounds.add(contestant.label, seconds, figures)
        return rounds

    def _turn(self, contestant: Contestant, count: int) -> tuple[float, dict[str, float]]:
        time.sleep(SECONDS_UNTIL_QUIET)
        answer = self._workers[contestant.framework].ask("run", name=contestant.label, count=count)
        return answer["seconds"] / count, answer["figures"]

    def _import_turn(self, contestant: Contestant) -> tuple[float, dict[str, float]]:
        """The import that the label spells, in a fresh process of mushin's interpreter."""
        code = f"import time\nbegin = time.perf_counter()\n{contestant.label}\nprint(time.perf_counter() - begin)"
        done = subprocess.run(
            [self.options.mushin_python, "-c", code],
            env=environment(self.options.threads, peer=False),
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise WorkerError(done.stderr.strip().splitlines()[-1])
        return float(done.stdout), {}

    def _leave_out(self, contestant: Contestant, error: WorkerError) -> None:
        self.failed = self.failed or contestant.framework == "mushin"
        if self.record["left out"].get(contestant.label) != str(error):
            self.record["left out"][contestant.label] = str(error)
            print(f"{contestant.label} is left out: {error}", flush=True)


def machine(threads: int) -> dict[str, Any]:
    return {
        "processor": processor_name(),
        "cores": usable_cores(),
        "threads": threads,
        "system": platform.platform(),
        "load": round(os.getloadavg()[0], 2) if hasattr(os, "getloadavg") else None,
    }


def processor_name() -> str:
    try:
        lines = Path("/proc/cpuinfo").read_text().splitlines()
    except OSError:
        return platform.processor()
    return next((line.split(":")[1].strip() for line in lines if line.startswith("model name")), platform.machine())


def usable_cores() -> int:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
