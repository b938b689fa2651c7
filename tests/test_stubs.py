"""The stubs that tools/generate_stubs.py makes: up to date, and enough for a type checker."""

import re
from pathlib import Path

import pytest

import generate_stubs

PYPROJECT = Path(__file__).parents[1] / "pyproject.toml"


@pytest.mark.parametrize("name", generate_stubs.STUBS)
def test_generating_again_gives_the_same_text(name):
    assert (generate_stubs.PACKAGE / name).read_text(encoding="utf-8") == generate_stubs.STUBS[name](), (
        f"{name} is out of date: run python tools/generate_stubs.py"
    )


CODE = """
import mushin
from mushin import kernels

x = mushin.zeros(2, 3)
reveal_type(x + 1)  # Tensor
reveal_type(2 / x)  # Tensor
reveal_type(x @ x.T)  # Tensor
reveal_type(x.sum(dim=0))  # Tensor
reveal_type(x.reshape(3, 2)[0])  # Tensor
reveal_type(float(x.max()))  # float
reveal_type(kernels.relu_forward(x.array))  # ndarray
reveal_type(kernels.relu_backward(True, x.array, x.array))  # ndarray
reveal_type(kernels.softmax_backward(None, x.array, x.array))  # None
reveal_type(kernels.reduce_max(x.array))  # tuple[ndarray, ndarray]
kernels.relu_forward(x)  # error
x.no_such_method()  # error
"""


def test_a_type_checker_knows_operators_methods_and_kernels(tmp_path):
    api = pytest.importorskip("mypy.api", reason="mypy is not installed: pip install .[lint]")
    script = tmp_path / "script.py"
    script.write_text(CODE)
    report, problems, _ = api.run(["--config-file", str(PYPROJECT), str(script)])
    assert not problems
    said = {int(line): text for line, text in re.findall(r"^.*script\.py:(\d+): (.*)$", report, re.MULTILINE)}
    for number, line in enumerate(CODE.splitlines(), 1):
        if "  # error" in line:
            assert said.pop(number).startswith("error:"), line
        elif "  # " in line:
            assert plain_type(said.pop(number)) == line.partition("  # ")[2], line
    assert not said


def plain_type(text):
    """'note: Revealed type is "builtins.float"' as 'float'."""
    text = re.search(r'Revealed type is "(.*)"', text)[1]
    return re.sub(r"ndarray\[tuple\[Any, \.\.\.\], dtype\[Any\]\]", "ndarray", re.sub(r"\w+\.(?=\w)", "", text))
