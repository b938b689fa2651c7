"""One number of threads: the workers, the rounds they play, and what was measured."""

from __future__ import annotations

import argparse
import subprocess
import time
from collections.abc import Callable
from contextlib import nullcontext
from typing import Any

import report
import results
from contest import Contest, Contestant, Group
from probes import Probe, between, moved
from processes import SECONDS_UNTIL_QUIET, WorkerError, WorkerProcess, busy_process, environment

CHECK_RELATIVE, CHECK_ABSOLUTE = 1e-4, 1e-5
# A contest is given up after so many times the rounds that are asked for.
MOST_ROUNDS = 3
# Of a round's units as many again, to wake up cores and threads.
WARM_SHARE = 0.1

TakeTurn = Callable[[Contestant], results.Turn]


class Session:
    """Starts workers when they are first needed; `failed` tells whether mushin could not do something."""

    def __init__(self, options: argparse.Namespace) -> None:
        self.options = options
        self.failed = False
        self.record: dict[str, Any] = {"threads": options.threads, "frameworks": {}, "groups": {}}
        self._workers: dict[tuple[str, int], WorkerProcess] = {}
        self._unavailable: dict[str, str] = {}
        self._left_out: dict[str, str] = {}  # of the contest that is played
        self._said: set[tuple[str, str]] = set()
        self._probe = Probe(options.probe, options.threads) if options.probe else None

    def close(self) -> None:
        for worker in self._workers.values():
            worker.close()
        if self._probe:
            self._probe.close()

    def hold_all(self, name: str, group: Group) -> None:
        """Plays a group's contests and prints their tables."""
        held: dict[str, Any] = {"contests": [], "sums": []}
        self.record["groups"][name] = held
        for contest in group.contests(self.options):
            record = self._hold(contest)
            held["contests"].append(record)
            print(f"\n{report.contest_text(record)}", flush=True)
        held["sums"] = results.sum_up(group, held["contests"])
        if held["sums"]:
            print(f"\n{report.text_table(report.verdict_rows(held['sums']))}", flush=True)

    def _hold(self, contest: Contest) -> results.Record:
        self._left_out = {}
        if contest.workload == "import":
            rounds = self._play(contest, list(contest.contestants), self._import_turn)
        else:
            counts = self._prepare(contest)
            rounds = self._play(contest, list(counts), lambda one: self._turn(contest, one, counts[one]))
            for worker in self._workers.values():
                if not worker.ended:
                    worker.ask("forget")
        return results.summarize(contest, rounds, self._left_out)

    # --- workers

    def _worker(self, contestant: Contestant) -> WorkerProcess:
        framework, key = contestant.framework, self._key(contestant)
        if framework in self._unavailable:
            raise WorkerError(self._unavailable[framework])
        if key in self._workers and self._workers[key].ended:
            self._workers.pop(key).close()
        if key not in self._workers:
            try:
                self._workers[key] = self._start(*key)
            except WorkerError as error:
                self._unavailable[framework] = str(error)
                raise
        return self._workers[key]

    def _key(self, contestant: Contestant) -> tuple[str, int]:
        return contestant.framework, contestant.threads or self.options.threads

    def _start(self, framework: str, threads: int) -> WorkerProcess:
        python = self.options.mushin_python if framework == "mushin" else self.options.peer_python
        if python is None:
            raise WorkerError("no --peer-python")
        try:
            worker = WorkerProcess(python, framework, threads)
        except OSError as error:
            raise WorkerError(f"{python}: {error.strerror}") from error
        try:
            description = worker.ask("describe")
        except WorkerError:
            worker.close()
            raise
        if framework not in self.record["frameworks"]:
            self.record["frameworks"][framework] = description
            print(f"{framework}: " + ", ".join(f"{name} {value}" for name, value in description.items()), flush=True)
        return worker

    def _end_workers(self, contest: Contest) -> None:
        for key in {self._key(each) for each in contest.contestants} & self._workers.keys():
            self._workers.pop(key).close()

    # --- rounds

    def _prepare(self, contest: Contest) -> dict[Contestant, int]:
        """Makes everybody ready who can take part; returns how many units a round of theirs has."""
        if contest.fresh:
            self._end_workers(contest)
        counts: dict[Contestant, int] = {}
        checks: dict[str, list[float]] = {}
        for contestant in contest.contestants:
            name = contestant.label
            try:
                worker = self._worker(contestant)
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

    def _play(self, contest: Contest, contestants: list[Contestant], take_turn: TakeTurn) -> results.Rounds:
        """Round after round, until enough of them were quiet or too many were not."""
        probe = self._probe if contest.probed else None
        rounds = results.Rounds(checked=probe is not None)
        for _ in range(contest.warm_rounds):
            self._play_round(contestants, take_turn)
        wanted = contest.rounds or self.options.rounds
        before = probe.read() if probe else {}
        while contestants and rounds.kept < wanted and rounds.played < wanted * (MOST_ROUNDS if probe else 1):
            turns = self._play_round(contestants, take_turn)
            after = probe.read() if probe else {}
            rounds.played += 1
            if not moved(before, after):
                rounds.turns.append(turns)
                rounds.probes.append(between(before, after))
            before = after
        return rounds

    def _play_round(self, contestants: list[Contestant], take_turn: TakeTurn) -> dict[str, results.Turn]:
        """Each contestant's turn, one after the other; who fails is out."""
        turns = {}
        for contestant in list(contestants):
            try:
                turns[contestant.label] = take_turn(contestant)
            except WorkerError as error:
                self._leave_out(contestant, error)
                contestants.remove(contestant)
        return turns

    def _turn(self, contest: Contest, contestant: Contestant, count: int) -> results.Turn:
        time.sleep(SECONDS_UNTIL_QUIET)
        warm = max(1, round(WARM_SHARE * count)) if contest.warm_rounds else 0
        with busy_process() if contest.beside_burner else nullcontext():
            answer = self._workers[self._key(contestant)].ask("run", name=contestant.label, count=count, warm=warm)
        return results.Turn(answer["seconds"] / count, answer["figures"])

    def _import_turn(self, contestant: Contestant) -> results.Turn:
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
        return results.Turn(float(done.stdout), {})

    def _leave_out(self, contestant: Contestant, error: WorkerError) -> None:
        self.failed = self.failed or contestant.framework == "mushin"
        self._left_out[contestant.label] = str(error)
        if (contestant.label, str(error)) not in self._said:
            self._said.add((contestant.label, str(error)))
            print(f"{contestant.label} is left out: {error}", flush=True)
