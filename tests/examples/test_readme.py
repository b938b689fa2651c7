"""What is said of each example: in its docstring, by --help, and in the table."""

import ast
import re
from pathlib import Path

import pytest

EXAMPLES = Path(__file__).parents[2] / "examples"
NAMES = sorted(path.stem for path in EXAMPLES.glob("*.py"))
WITHOUT_OPTIONS = ("backpropagation_by_hand", "numpy_network_corrected")


@pytest.mark.parametrize("name", NAMES)
def test_the_docstring_and_the_table_say_how_to_run_it(name):
    docstring = ast.get_docstring(ast.parse((EXAMPLES / f"{name}.py").read_text()))
    assert f"Run it: python examples/{name}.py" in docstring
    rows = re.findall(rf"^\| \[{name}\.py\]\({name}\.py\) \|.*$", (EXAMPLES / "README.md").read_text(), re.M)
    assert len(rows) == 1
    assert f"`python examples/{name}.py" in rows[0]


def test_the_table_names_no_other_file():
    assert sorted(re.findall(r"^\| \[(\w+)\.py\]", (EXAMPLES / "README.md").read_text(), re.M)) == NAMES


@pytest.mark.parametrize("name", [name for name in NAMES if name not in WITHOUT_OPTIONS])
def test_help_lists_the_options(name, example, capsys):
    with pytest.raises(SystemExit):
        example(name, "--help")
    printed = capsys.readouterr().out
    assert "--seed" in printed
    assert f"Run it: python examples/{name}.py" in printed
