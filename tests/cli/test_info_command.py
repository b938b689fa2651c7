"""`mushin info` tells what a report of a bug needs to say."""

import platform
from importlib import metadata

import numpy as np
import pytest

import mushin
from mushin import kernels
from mushin.cli.info import _size


@pytest.fixture
def facts(command):
    """The lines by their names, and the column at which the values begin."""

    def read():
        run = command("info")
        assert (run.code, run.err) == (0, "")
        lines = [line.split("  ", 1) for line in run.out.splitlines()]
        starts = {len(line) - len(line.partition("  ")[2].lstrip()) for line in run.out.splitlines()}
        assert len(starts) == 1
        return {name: value.strip() for name, value in lines}

    return read


def test_the_facts(facts, monkeypatch):
    monkeypatch.delenv("MUSHIN_ISA", raising=False)
    found = facts()
    assert found["mushin"].startswith(f"{mushin.__version__}, in ")
    assert found["Python"].startswith(platform.python_version())
    assert found["NumPy"] == np.__version__
    assert platform.machine() in found["System"]
    isas = ", ".join(kernels.available_isas())
    assert found["Kernels"] == f"{kernels.isa()}, chosen at start (available: {isas})"
    assert found["Threads"].startswith(f"{kernels.num_threads()} of ")
    assert found["Threads"].endswith(kernels.thread_runtime())
    assert found["safetensors"] == metadata.version("safetensors")


def test_a_chosen_instruction_set_is_said(facts, monkeypatch):
    monkeypatch.setenv("MUSHIN_ISA", kernels.isa())
    assert "chosen by MUSHIN_ISA" in facts()["Kernels"]


def test_threads_and_memory_are_those_of_now(facts, threads):
    threads(1)
    held = mushin.ones(1 << 18)
    found = facts()
    assert found["Threads"].startswith("1 of ")
    in_use, peak, cached = found["Buffer pool"].split(", ")
    assert in_use.endswith("in use")
    assert peak.endswith("at the peak")
    assert cached.endswith("kept for reuse")
    assert "iB" in in_use  # the 1 MiB that is held
    assert held.numel() == 1 << 18


def test_packages_that_are_missing(facts, monkeypatch):
    def version(name):
        if name == "matplotlib":
            raise metadata.PackageNotFoundError(name)
        return "1.0"

    monkeypatch.setattr("mushin.cli.info.version", version)
    assert facts()["matplotlib"] == "not installed (pip install matplotlib)"


@pytest.mark.parametrize(
    ("count", "text"),
    [(0, "0 bytes"), (1023, "1023 bytes"), (1024, "1.0 KiB"), (3 << 19, "1.5 MiB"), (5 << 30, "5.0 GiB")],
)
def test_sizes(count, text):
    assert _size(count) == text
