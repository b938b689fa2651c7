"""What `--help` shows can be typed, and README.md shows the same."""

import re
import shlex
from pathlib import Path

import pytest

from mushin.cli import help as texts
from mushin.data.text import Vocabulary
from mushin.models import LanguageModel

README = Path(__file__).parents[2] / "README.md"

TEXTS = (texts.EXAMPLES, *(text for name, text in vars(texts).items() if name.endswith("_EXAMPLES")))


def examples():
    """The lines of all examples, each once, without the words beside them."""
    lines = [line for text in TEXTS for line in text.partition("examples:\n")[2].splitlines()]
    typed = [re.split(r"\s{3,}", line.strip())[0] for line in lines if re.match(r"  (\w+=\w+ )?mushin ", line)]
    return list(dict.fromkeys(typed))


def small_language_model():
    characters = Vocabulary.of(["It is a truth."], "characters", specials=("<unk>", "<bos>"))
    return LanguageModel(characters, 4, 4)


@pytest.fixture(scope="module")
def place(tmp_path_factory, your_data):
    """A folder with all that the examples name."""
    folder = tmp_path_factory.mktemp("examples")
    your_data.flowers(folder / "flowers.csv")
    (folder / "flowers.csv").write_text((folder / "flowers.csv").read_text().replace("kind", "species", 1))
    your_data.flowers(folder / "new.csv", target=False)
    your_data.houses(folder / "houses.csv")
    your_data.photos(folder / "photos", ".ppm")
    small_language_model().save(folder / "novels.safetensors")
    toml = re.search(r"task = .*?epochs = 20", texts.TRAIN_EXAMPLES, flags=re.DOTALL)[0]
    (folder / "run.toml").write_text(toml)
    return folder


def test_there_are_examples_of_every_command():
    assert {re.search(r"mushin (\w+)", line)[1] for line in examples()} == {
        *("demo", "train", "evaluate", "predict", "generate", "summary", "info"),
    }


@pytest.mark.parametrize("line", examples())
def test_examples_run(place, command, monkeypatch, line):
    monkeypatch.chdir(place)
    if re.search(r"mushin (evaluate|predict|summary)", line):
        train = ("--data", "flowers.csv", "--target", "species", "--epochs", 1, "--quiet")
        assert command("train", *train).code == 0
    run = command(*shlex.split(line.partition("mushin ")[2]))
    assert (run.code, run.err) == (0, "")


def test_readme_shows_what_help_shows():
    section = README.read_text().partition("## The command line\n")[2].partition("\n## ")[0]
    shown = [line.partition("  #")[0].strip() for line in section.splitlines() if line.startswith("mushin ")]
    assert shown
    assert set(shown) <= set(examples())
    assert {line.split()[1] for line in shown} == {line.split()[1] for line in examples() if "=" not in line.split()[0]}
