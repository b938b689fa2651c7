"""What all tests share."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

import mushin

REPOSITORY = Path(__file__).parent.parent


@pytest.fixture
def threads():
    """`set_num_threads`, undone at the end."""
    before = mushin.get_num_threads()
    yield mushin.set_num_threads
    mushin.set_num_threads(before)


@pytest.fixture
def python():
    """Runs Python with arguments in a process of its own, with more environment variables; returns what it printed."""

    def run(*arguments, check=True, **environment):
        paths = [str(Path(mushin.__file__).parent.parent), str(REPOSITORY / "tests"), os.environ.get("PYTHONPATH", "")]
        result = subprocess.run(
            [sys.executable, *arguments],
            env={**os.environ, "PYTHONPATH": os.pathsep.join(paths), **environment},
            cwd=REPOSITORY,
            capture_output=True,
            text=True,
            timeout=300,
        )
        assert not check or result.returncode == 0, result.stdout + result.stderr
        return result.stdout + ("" if check else result.stderr)

    return run
