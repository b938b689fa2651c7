"""The parent's side of the workers: starts them, asks them, ends them."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import tempfile
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import Any

ANSWER_SECONDS = 1800.0
# After an answer a framework's threads may still spin for a while, on the cores that the next one needs.
SETTLE_SECONDS = 0.02
# Before a round they must sleep: OpenBLAS' threads spin for 30 ms.
SECONDS_UNTIL_QUIET = 0.1
SECONDS_UNTIL_BUSY = 0.3
# Whose threads no option limits: they are kept to as many cores. The others are not, since a machine that uses one core
# only may read and copy at another speed from one second to the next.
KEPT_TO_CORES = ("jax",)
# Ends with its parent, however that ends.
BURNER = """
import os
parent = os.getppid()
while os.getppid() == parent:
    for _ in range(1_000_000):
        pass
"""


class WorkerError(Exception):
    """A worker could not do what it was asked."""


def environment(threads: int, peer: bool) -> dict[str, str]:
    """The same thread count for every runtime, no accelerator, and mushin's PYTHONPATH only for mushin."""
    variables = dict(os.environ)
    for name in ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS"):
        variables[name] = str(threads)
    variables |= {"CUDA_VISIBLE_DEVICES": "-1", "KERAS_BACKEND": "tensorflow", "TF_CPP_MIN_LOG_LEVEL": "3"}
    variables |= {
        "JAX_PLATFORMS": "cpu",
        "PJRT_NPROC": str(threads),
        "XLA_FLAGS": f"--xla_cpu_multi_thread_eigen={str(threads > 1).lower()}",
        "TORCHINDUCTOR_COMPILE_THREADS": "1",  # no pool of compilers that stays
    }
    if peer:
        variables.pop("PYTHONPATH", None)
    return variables


class WorkerProcess:
    """A framework's worker, speaking JSON lines."""

    def __init__(self, python: str, framework: str, threads: int) -> None:
        self.framework = framework
        self._log = tempfile.TemporaryFile("w+")  # noqa: SIM115  lives as long as the worker
        self._process = subprocess.Popen(
            [python, str(Path(__file__).with_name("worker.py")), framework, str(threads)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=self._log,
            text=True,
            env=environment(threads, peer=framework != "mushin"),
        )
        if framework in KEPT_TO_CORES and hasattr(os, "sched_setaffinity"):
            os.sched_setaffinity(self._process.pid, sorted(os.sched_getaffinity(0))[-threads:])

    def ask(self, request: str, **arguments: Any) -> dict[str, Any]:
        """Sends a request and waits for its answer; a worker that gives none in time is ended."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        alarm = threading.Timer(ANSWER_SECONDS, self._process.kill)
        alarm.start()
        try:
            print(json.dumps({request: arguments}), file=self._process.stdin, flush=True)
            line = self._process.stdout.readline()
        except BrokenPipeError:
            line = ""
        finally:
            alarm.cancel()
        if not line:
            raise WorkerError(f"{self.framework} ended: {self._last_words()}")
        answer: dict[str, Any] = json.loads(line)
        if "error" in answer:
            raise WorkerError(answer["error"])
        time.sleep(SETTLE_SECONDS)
        return answer

    @property
    def ended(self) -> bool:
        return self._process.poll() is not None

    def _last_words(self) -> str:
        self._process.wait()
        self._log.seek(0)
        lines = self._log.read().strip().splitlines()
        return lines[-1] if lines else f"exit status {self._process.returncode}"

    def close(self) -> None:
        """Ends the worker: the end of its stdin is its last request."""
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with suppress(BrokenPipeError):  # it has ended before it read its last request
            self._process.stdin.close()
        try:
            self._process.wait(10)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process.stdout.close()
        self._log.close()


@contextmanager
def busy_process() -> Iterator[None]:
    """Another process keeps a core busy meanwhile, whichever the system gives it."""
    process = subprocess.Popen([sys.executable, "-c", BURNER])
    try:
        time.sleep(SECONDS_UNTIL_BUSY)
        yield
    finally:
        process.kill()
        process.wait()
