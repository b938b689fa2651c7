"""The documentation: its pages are up to date with the package, and what they show runs or is the source's.

README.md's own code runs in test_package.py, the commands that need files in cli/test_help_examples.py.
"""

import ast
import json
import re
import shlex
import textwrap
from pathlib import Path

import pytest

import write_peer_pages
from mushin.cli.main import main

REPOSITORY = Path(__file__).parent.parent
PAGES = sorted((REPOSITORY / "docs").glob("*.md"))
FOR_BUILDERS = [REPOSITORY / name for name in ("ARCHITECTURE.md", "CONTRIBUTING.md")]
QUICK = [  # what a reader waits for and a test need not
    (re.compile(r"\bepochs=\d+"), "epochs=2"),
    (re.compile(r"\bin range\((?:[2-9]\d|\d{3,})\)"), "in range(12)"),
]


def blocks_of(page, language):
    found = re.findall(rf"^( *)```{language}\n(.*?)^\1```$", page.read_text(encoding="utf-8"), re.MULTILINE | re.DOTALL)
    return [textwrap.dedent(block) for _, block in found]


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
        pytest.importorskip("matplotlib", reason="matplotlib is not installed: pip install matplotlib")
    if "SubwordTokenizer" in code:
        pytest.importorskip("tokenizers", reason="tokenizers is not installed: pip install tokenizers")
    for slow, quick in QUICK:
        code = slow.sub(quick, code)
    path = tmp_path / "page.py"
    path.write_text(code, encoding="utf-8")  # a captured step reads its source
    exec(compile(code, str(path), "exec"), {"__name__": "page"})


def commands():
    """The commands in the shell blocks of all pages that need no files of the reader's, each once."""
    pages = [REPOSITORY / "README.md", *PAGES]
    lines = [line for page in pages for block in blocks_of(page, "sh") for line in block.splitlines()]
    return list(dict.fromkeys(line for line in lines if re.match("mushin (demo|info|--help)", line)))


@pytest.mark.parametrize("line", commands())
def test_a_command_that_a_page_shows_runs(line, tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    words = shlex.split(line, comments=True)[1:]
    assert main([*words, "--epochs", "1"] if words[0] == "demo" else words) == 0


# --- pages for those who build it


def of_language(language):
    blocks = [(page, block) for page in FOR_BUILDERS for block in blocks_of(page, language)]
    return [pytest.param(block, id=f"{page.name}: {block.splitlines()[0]}") for page, block in blocks]


@pytest.fixture(scope="module")
def kernels():
    """All of csrc/, without spaces and the ends of lines in macros, which the formatter sets."""
    sources = sorted((REPOSITORY / "csrc").rglob("*.h")) + sorted((REPOSITORY / "csrc").rglob("*.cpp"))
    return re.sub(r"[\s\\]", "", "".join(source.read_text(encoding="utf-8") for source in sources))


@pytest.mark.parametrize("block", of_language("cpp"))
def test_a_kernel_that_a_page_shows_is_the_sources(kernels, block):
    for statement in re.split(r";\n|\),\n", block):
        assert re.sub(r"[\s;]", "", statement) in kernels


@pytest.fixture(scope="module")
def definitions():
    """The functions and classes of all files of the package, by name."""
    found = {}
    for source in sorted((REPOSITORY / "python" / "mushin").rglob("*.py")):
        for node in ast.parse(source.read_text(encoding="utf-8")).body:
            if isinstance(node, (ast.FunctionDef, ast.ClassDef)):
                found.setdefault(node.name, []).append(bare(node))
    return found


def bare(node):
    """The statements of a function or class as text, without annotations and docstrings; a class's sorted by name."""
    for each in ast.walk(node):
        if isinstance(each, ast.arg):
            each.annotation = None
        elif isinstance(each, (ast.FunctionDef, ast.ClassDef)):
            if isinstance(each, ast.FunctionDef):
                each.returns = None
            if ast.get_docstring(each) is not None:
                del each.body[0]
    if isinstance(node, ast.FunctionDef):
        return {ast.unparse(node)}
    return {f"class {node.name}({', '.join(map(ast.unparse, node.bases))})", *map(ast.unparse, node.body)}


@pytest.mark.parametrize("block", of_language("py"))
def test_python_that_a_page_shows_is_the_sources(definitions, block):
    (node,) = ast.parse(block).body
    assert any(bare(node) <= definition for definition in definitions[node.name])
