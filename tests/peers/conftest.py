"""Answers of the real PyTorch and Keras, from a process of their own."""

import os
import subprocess
from pathlib import Path

import numpy as np
import pytest

WORKER = Path(__file__).with_name("worker.py")


@pytest.fixture(scope="session")
def ask_peers(tmp_path_factory):
    """ask_peers(job, inputs): the worker's arrays by name; skips where no peers are installed."""
    python = os.environ.get("MUSHIN_PEERS_PYTHON")
    if not python:
        pytest.skip("MUSHIN_PEERS_PYTHON is not set: the path of a Python that has torch, tensorflow and keras")

    def ask(job, inputs=None):
        folder = tmp_path_factory.mktemp(job)
        np.savez(folder / "inputs.npz", **(inputs or {}))
        command = [python, str(WORKER), job, str(folder / "inputs.npz"), str(folder / "outputs.npz")]
        environment = {name: value for name, value in os.environ.items() if name != "PYTHONPATH"}
        worker = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        assert worker.returncode == 0, worker.stderr[-3000:]
        with np.load(folder / "outputs.npz") as archive:
            return dict(archive)

    return ask
