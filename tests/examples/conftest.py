"""How an example is run: its `main` with arguments; warnings are errors, as everywhere."""

import importlib
import runpy
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"


@pytest.fixture
def common():
    """A module that examples share, by its name."""
    return lambda name: importlib.import_module(f"common.{name}")


@pytest.fixture
def example(capsys):
    """Runs an example with arguments; returns what its `main` returns, and what it has printed."""

    def run(name, *arguments):
        result = runpy.run_path(str(EXAMPLES / f"{name}.py"))["main"]([str(each) for each in arguments])
        return result, capsys.readouterr().out

    return run
