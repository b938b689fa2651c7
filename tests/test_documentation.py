"""The documentation: its pages are up to date with the package, and what they show runs."""

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
    if "--data" in words:
        pytest.skip("needs a data set")
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("MPLBACKEND", "Agg")
    if words[0] == "demo":
        words = [*words, "--epochs", "1"]
    assert main(words) in (0, 1), capsys.readouterr().err  # 1: so short a demo need not pass its own test
