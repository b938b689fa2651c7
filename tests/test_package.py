"""The package as a whole: what an import costs, which names there are, and that the README's code runs."""

import importlib
import importlib.metadata
import pkgutil
import re
import sys
from pathlib import Path

import pytest

import mushin

REPOSITORY = Path(__file__).parents[1]
README = (REPOSITORY / "README.md").read_text(encoding="utf-8")
CODE_BLOCKS = re.findall(r"^```python\n(.*?)^```", README, re.DOTALL | re.MULTILINE)


# --- importing


def modules_loaded_by(python, statement):
    """Names of the modules that a fresh interpreter has loaded after `import numpy` and then the statement."""
    code = f"import sys, numpy\nbefore = set(sys.modules)\n{statement}\nprint(*sorted(set(sys.modules) - before))"
    return set(python("-c", code).split())


SELDOM_NEEDED = {"tqdm", "safetensors", "matplotlib", "urllib.request", "http.client", "ssl", "asyncio", "subprocess"}


def test_an_import_loads_numpy_and_the_body_only(python):
    loaded = modules_loaded_by(python, "import mushin")
    ours = {name for name in loaded if name.partition(".")[0] == "mushin"}
    assert {name.split(".")[1] for name in ours if "." in name} == {"autograd", "kernels", "ops"}
    assert {name.partition(".")[0] for name in loaded - ours} <= {*sys.stdlib_module_names, "numpy"}
    assert loaded.isdisjoint(SELDOM_NEEDED)


@pytest.mark.parametrize("statement", ["from mushin import nn, optim, train", "from mushin import keras, data"])
def test_rooms_leave_what_is_seldom_needed_until_it_is(python, statement):
    assert modules_loaded_by(python, statement).isdisjoint(SELDOM_NEEDED)


@pytest.mark.parametrize("option", ["-O", "-OO"])
def test_nothing_depends_on_assertions_or_docstrings(python, option):
    assert python(option, "-c", "import mushin; print(float((mushin.ones(2, 3) + 1).sum()))") == "12.0\n"


# --- names


def test_every_public_name_is_there():
    for module in [mushin, *every_module()]:
        for name in getattr(module, "__all__", ()):
            assert hasattr(module, name), f"{module.__name__}.{name}"


def every_module():
    return [
        importlib.import_module(info.name)
        for info in pkgutil.walk_packages(mushin.__path__, "mushin.")
        if not info.name.endswith("__main__")
    ]


@pytest.mark.parametrize("room", mushin._ROOMS)
def test_a_room_is_loaded_when_it_is_touched(python, room):
    code = f"import mushin; print(mushin.{room}.__name__, mushin.{room}.__file__ is not None)"
    assert python("-c", code) == f"mushin.{room} True\n"
    assert room in dir(mushin)


def test_compile_is_the_training_loops():
    from mushin.train.step import compile as of_train

    assert mushin.compile is of_train


def test_an_unknown_name_is_an_attribute_error():
    with pytest.raises(AttributeError, match="module 'mushin' has no attribute 'nonsense'"):
        _ = mushin.nonsense
    with pytest.raises(ImportError, match="nonsense"):
        from mushin import nonsense  # noqa: F401


def test_names_of_habit_say_what_to_take_instead():
    with pytest.raises(AttributeError, match=r"has no attribute 'cuda': there is one device, the CPU"):
        _ = mushin.cuda
    assert not set(mushin._ABSENT) & set(dir(mushin))


# --- metadata


def test_the_version_is_the_packages():
    assert re.search(r'^version = "(.*)"', (REPOSITORY / "pyproject.toml").read_text(), re.MULTILINE)[1] == (
        mushin.__version__
    )
    try:
        distribution = importlib.metadata.distribution("mushin")
    except importlib.metadata.PackageNotFoundError:
        pytest.skip("mushin is not installed here: it is imported from its source folder")
    if Path(distribution.locate_file("mushin/__init__.py")) != Path(mushin.__file__):
        pytest.skip("the mushin that is installed here is another one")
    assert distribution.version == mushin.__version__
    files = {str(file) for file in distribution.files}
    assert {"mushin/py.typed", "mushin/kernels.pyi", "mushin/data/digits.npz", "mushin/data/DIGITS.md"} <= files
    assert not [file for file in files if "csrc" in file or file.endswith((".cpp", ".h"))]


# --- the README


def test_the_readme_has_code_for_both_faces():
    assert any("from mushin import nn" in block for block in CODE_BLOCKS)
    assert any("from mushin import keras" in block for block in CODE_BLOCKS)


@pytest.mark.parametrize("block", range(len(CODE_BLOCKS)))
def test_the_readmes_code_runs(python, tmp_path, block):
    script = tmp_path / "block.py"
    script.write_text(CODE_BLOCKS[block], encoding="utf-8")
    python("-W", "error", str(script))
