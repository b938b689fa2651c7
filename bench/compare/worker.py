"""One framework in its own process. Reads a request a line from stdin and answers each with a line of JSON; between
requests it waits, so that only one worker computes at a time.

    {"describe": {}}                                           versions and threads
    {"prepare": {"name": "a", "workload": "op", "variant": "torch", "options": {}}}
                                                               makes work ready to run under a name
    {"calibrate": {"name": "a", "seconds": 0.1}}               how many units take about so long
    {"run": {"name": "a", "count": 100, "warm": 10}}           seconds, and the work's own figures
    {"forget": {}}                                             drops all work
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import platform
import sys
import time
import traceback
import warnings
from typing import Any

from workloads import Prepared


def start_mushin(threads: int) -> dict[str, Any]:
    # A step that cannot be captured says so in a warning: then the figure would be of something else.
    warnings.simplefilter("error", RuntimeWarning)
    import mushin

    mushin.set_num_threads(threads)
    return {"mushin": mushin.__version__, "isa": mushin.kernels.isa(), "threads": mushin.get_num_threads()}


def start_numpy(threads: int) -> dict[str, Any]:
    import numpy

    blas = numpy.show_config(mode="dicts")["Build Dependencies"]["blas"]
    return {"numpy": numpy.__version__, "blas": f"{blas['name']} {blas['version']}", "threads": threads}


def start_torch(threads: int) -> dict[str, Any]:
    import torch

    torch.set_num_threads(threads)
    return {"torch": torch.__version__, "threads": torch.get_num_threads()}


def start_keras(threads: int) -> dict[str, Any]:
    import tensorflow

    tensorflow.config.threading.set_intra_op_parallelism_threads(threads)
    tensorflow.config.threading.set_inter_op_parallelism_threads(threads)
    import keras

    return {
        "keras": keras.__version__,
        "tensorflow": tensorflow.__version__,
        "threads": tensorflow.config.threading.get_intra_op_parallelism_threads(),
    }


def start_jax(threads: int) -> dict[str, Any]:
    import jax

    return {"jax": jax.__version__, "platform": jax.default_backend(), "threads": threads}


START = {
    "mushin": start_mushin,
    "numpy": start_numpy,
    "torch": start_torch,
    "keras": start_keras,
    "jax": start_jax,
}


class Worker:
    def __init__(self, framework: str, threads: int) -> None:
        self.description = START[framework](threads) | {"python": platform.python_version()}
        self.prepared: dict[str, Prepared] = {}

    def describe(self) -> dict[str, Any]:
        return self.description

    def prepare(self, name: str, workload: str, variant: str, options: dict[str, Any]) -> dict[str, Any]:
        prepare = importlib.import_module(f"workloads.{workload}").PREPARE[variant]
        self.prepared[name] = prepare(**options)
        return {"check": self.prepared[name].check}

    def calibrate(self, name: str, seconds: float) -> dict[str, Any]:
        count = 1
        while (taken := self.run(name, count)["seconds"]) < seconds / 4:
            count *= 4
        return {"count": max(1, round(count * seconds / taken))}

    def run(self, name: str, count: int, warm: int = 0) -> dict[str, Any]:
        """`count` units, after `warm` units that wake up cores and threads."""
        if warm:
            self.prepared[name].run(warm)
        begin = time.perf_counter()
        figures = self.prepared[name].run(count)
        return {"seconds": time.perf_counter() - begin, "figures": figures}

    def forget(self) -> dict[str, Any]:
        self.prepared.clear()
        gc.collect()
        return {}


def main() -> None:
    # Frameworks print to stdout as they please: the answers get a descriptor of their own.
    answers = os.fdopen(os.dup(1), "w")
    os.dup2(2, 1)
    worker = None
    for line in sys.stdin:
        answer: dict[str, Any]
        try:
            if worker is None:
                worker = Worker(sys.argv[1], int(sys.argv[2]))
            [(name, arguments)] = json.loads(line).items()
            answer = getattr(worker, name)(**arguments)
        except Exception as error:
            traceback.print_exc()
            answer = {"error": f"{type(error).__name__}: {error}"}
        print(json.dumps(answer), file=answers, flush=True)


if __name__ == "__main__":
    main()
