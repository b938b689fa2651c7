"""What the tests of the command share."""

import contextlib
import io
import struct
import sys
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest

import mushin
from mushin.cli.main import main

from . import small_data


@dataclass
class Run:
    """What a run of the command gave."""

    code: int
    out: str
    err: str
    folder: Path

    @property
    def files(self):
        return {path.name for path in self.folder.iterdir()}


def run_command(*arguments, folder=None):
    """The command in this process, with --out if a folder is given."""
    out, err = io.StringIO(), io.StringIO()
    more = [] if folder is None else ["--out", str(folder)]
    before = mushin.get_num_threads()
    try:
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = main([*map(str, arguments), *more])
    finally:
        mushin.set_num_threads(before)
    return Run(code, out.getvalue(), err.getvalue(), folder)


def write_images(folder, count, tests, classes=4, seed=0):
    """Four IDX files in MNIST's format: each class is a bright block at a place of its own, in noise."""
    folder.mkdir(parents=True, exist_ok=True)
    generator = np.random.Generator(np.random.Philox(seed))
    for part, n in (("train", count), ("t10k", tests)):
        labels = (np.arange(n) % classes).astype(np.uint8)
        images = generator.integers(0, 120, (n, 28, 28), dtype=np.uint8)
        for image, label in zip(images, labels):
            row, column = divmod(int(label), 4)
            image[7 * row : 7 * row + 7, 7 * column : 7 * column + 7] += 100
        images_header = struct.pack(">I3I", 0x803, n, 28, 28)
        (folder / f"{part}-images-idx3-ubyte").write_bytes(images_header + images.tobytes())
        (folder / f"{part}-labels-idx1-ubyte").write_bytes(struct.pack(">2I", 0x801, n) + labels.tobytes())
    return folder


@pytest.fixture(scope="session")
def command():
    return run_command


@pytest.fixture(scope="session")
def image_files():
    return write_images


@pytest.fixture
def no_matplotlib(monkeypatch):
    """As if matplotlib were not installed."""
    monkeypatch.setitem(sys.modules, "matplotlib", None)


@pytest.fixture(scope="session")
def picture():
    """Reads a PNG file as (height, width, channels) of uint8, after a look at its signature."""

    def read(path):
        from PIL import Image

        assert path.read_bytes().startswith(b"\x89PNG\r\n\x1a\n")
        with Image.open(path) as image:
            image.load()
            return np.asarray(image.convert("RGB"))

    return read


@pytest.fixture(scope="session")
def refused():
    """The one line that a refusal of data or files says."""

    def line_of(run):
        assert run.code == 1, run.out + run.err
        assert run.err.startswith("mushin: ")
        assert run.err.count("\n") == 1
        assert "Traceback" not in run.err
        return run.err

    return line_of


@pytest.fixture(scope="session")
def your_data():
    """What makes small tables and images."""
    return small_data
