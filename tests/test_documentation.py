"""The documentation: its pages are up to date with the package, and what they show runs."""

import json
import re
import shlex
from pathlib import Path

import pytest

import write_peer_pages
from mushin.cli.main import main

REPOSITORY = Path(__file__).parent.parent
PAGES = [REPOSITORY / "README.md", *sorted((REPOSITORY / "docs").glob("*.md"))]
QUICK = [  # what a reader waits for and a test need not
    (re.compile(r"\bepochs=\d+"), "epochs=2"),
    (re.compile(r"\bin range\((?:[2-9]\d|\d{3,})\)"), "in range(12)"),
]


def blocks_of(page, language):
    return re.findall(rf"^```{language}\n(.*?)^```$", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)


@pytest.mark.parametrize("name", write_peer_pages.pages())
def test_the_pages_for_newcomers_are_up_to_date(name):
    assert (REPOSITORY / "docs" / name).read_text(encoding="utf-8") == write_peer_pages.pages()[name], (
        f"docs/{name} is out of date: run python tools/write_peer_pages.py"
    )


class Base:
    def __init__(self, shape, name=None, seed=0): ...


class Derived(Base):
    def __init__(self, rate=0.5, **options): ...


def turned(x, angle, *, copy=False): ...


@pytest.mark.parametrize(
    ("theirs", "thing", "is_method", "expected"),
    [
        (["a", "b=1", "device=None"], lambda a, b=1.0: 0, False, []),
        (["a", "b=1"], lambda a, b=2: 0, False, ["`b` is `2` unless said otherwise, not `1`"]),
        (["a", "mode='same'"], lambda a, mode="SAME": 0, False, []),
        (["a", "c=1", "d=2"], lambda a: 0, False, ["without `c`, `d`"]),
        (["x1", "axis=-1"], lambda a, axis=-1: 0, False, ["`x1` is called `a`"]),
        (["size"], lambda *size: 0, False, []),
        (None, lambda a: 0, False, []),
        (["rate=0.5", "shape", "noise=None"], Derived, False, ["without `noise`"]),
        (["angle", "copy=False"], turned, True, []),
    ],
)
def test_differences_of_arguments(theirs, thing, is_method, expected):
    assert list(write_peer_pages.differences(theirs, thing, is_method)) == expected


def test_every_note_is_of_a_name_that_a_peer_has():
    peers = json.loads((REPOSITORY / "docs" / "peers.json").read_text(encoding="utf-8"))
    names = {
        f"{area}.{name}" for areas in peers.values() for area in areas if area != "version" for name in areas[area]
    }
    assert not set(write_peer_pages.NOTES) - names


@pytest.mark.parametrize("page", [page for page in PAGES if blocks_of(page, "python")], ids=lambda page: page.name)
def test_what_a_page_shows_runs(page, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    code = "\n".join(blocks_of(page, "python"))
    if "pyplot" in code or ".plot(" in code:
        pytest.importorskip("matplotlib", reason="matplotlib is not installed: pip install .[plot]")
    for slow, quick in QUICK:
        code = slow.sub(quick, code)
    path = tmp_path / "page.py"
    path.write_text(code, encoding="utf-8")  # a captured step reads its source
    exec(compile(code, str(path), "exec"), {"__name__": "page"})


def commands():
    """The lines that begin with `mushin` in the pages' shell blocks."""
    lines = [(page, line) for page in PAGES for line in "".join(blocks_of(page, "sh")).splitlines()]
    return [pytest.param(line, id=f"{page.name}: {line}") for page, line in lines if line.startswith("mushin ")]


@pytest.mark.parametrize("line", commands())
def test_a_command_that_a_page_shows_runs(line, tmp_path, monkeypatch, capsys):
    words = shlex.split(line, comments=True)[1:]
    if words[0] not in ("demo", "info", "--help"):
        pytest.skip("needs files of the reader's")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MPLBACKEND", "Agg")
    if words[0] == "demo":
        words = [*words, "--epochs", "1"]
    assert main(words) in (0, 1), capsys.readouterr().err  # 1: so short a demo need not pass its own test
