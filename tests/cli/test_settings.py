"""A run's settings come from a TOML file and the command line, and every mistake in them is named."""

import re

import pytest

from mushin import keras
from mushin.cli import options
from mushin.cli.main import parser
from mushin.cli.settings import Settings, read_settings, settings_of

RUN = """
seed = 7
[data]
path = "digits"
[model]
hidden = [16, 8]
dropout = 0.25
[training]
epochs = 2
learning_rate = 1
class_weights = {"1" = 2, "two words" = 0.5}
"""


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "run.toml"
    path.write_text(RUN)
    return path


def settings(*arguments):
    return settings_of(parser().parse_args(["train", *map(str, arguments)]))


def test_defaults_below_the_file_below_what_is_typed(file):
    assert settings()["training.epochs"] is None
    assert settings(file)["training.epochs"] == 2
    assert settings(file, "--set", "training.epochs=3")["training.epochs"] == 3
    assert settings(file, "--set", "training.epochs=3", "--epochs", 4)["training.epochs"] == 4
    chosen = settings(file, "--hidden", "", "--set", "data.ignore = a, b")
    assert (chosen["model.hidden"], chosen["data.ignore"], chosen["seed"]) == ([], ["a", "b"], 7)
    assert chosen["training.learning_rate"] == 1.0
    assert chosen["training.class_weights"] == {"1": 2.0, "two words": 0.5}


def test_what_is_written_gives_the_same_settings(file, tmp_path):
    odd = 'a "quoted" \\ \x7f name\nand\tmore 無心'
    first = settings(file, "--data", odd, "--schedule", "cosine", "--learning-rate", "1e-7")
    (tmp_path / "again.toml").write_text(first.as_toml())
    again = Settings(read_settings(tmp_path / "again.toml"))
    assert all(again[key] == first[key] for key in options.BY_KEY)
    assert again["data.path"] == odd


def test_the_settings_lie_beside_the_model(file, command, tmp_path):
    run = command(
        "train", file, "--set", "model.dropout=0.5", "--learning-rate", 0.01, "--quiet", folder=tmp_path / "o"
    )
    assert run.code == 1  # no class is called "two words"
    assert "training.class_weights: class 'two words' is none of those that are known: 0, 1, 2" in run.err
    file.write_text(RUN.replace(', "two words" = 0.5', ""))
    run = command(
        "train", file, "--set", "model.dropout=0.5", "--learning-rate", 0.01, "--quiet", folder=tmp_path / "o"
    )
    assert (run.code, run.err) == (0, "")
    resolved = read_settings(tmp_path / "o" / "settings.toml")
    assert (resolved["model.dropout"], resolved["model.hidden"], resolved["seed"]) == (0.5, [16, 8], 7)
    again = command("train", tmp_path / "o" / "settings.toml", "--quiet", folder=tmp_path / "again")
    assert again.code == 0
    for name in ("model.safetensors", "history.csv"):
        assert (tmp_path / "again" / name).read_bytes() == (tmp_path / "o" / name).read_bytes()


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("epochs = 3", "unknown key 'epochs'; there are data.path, "),
        ("[model]\nlayers = 3", "unknown key 'model.layers'"),
        ("[optimizer]\nname = 3", "unknown key 'optimizer'"),
        ("model = 3", "model must be a table, got 3"),
        ("[training]\nepochs = 0", "training.epochs must be a whole number of at least 1, got 0"),
        ("[training]\nepochs = 2.5", "training.epochs must be a whole number of at least 1, got 2.5"),
        ("[training]\nepochs = true", "training.epochs must be a whole number of at least 1, got True"),
        ("[training]\nepochs = '3'", "training.epochs must be a whole number of at least 1, got '3'"),
        ("[training]\nlearning_rate = nan", "training.learning_rate must be a number above 0, got nan"),
        (f"[training]\nlearning_rate = 1{'0' * 400}", "training.learning_rate must be a number above 0, got 1000"),
        ("[training]\noptimizer = 'newton'", "training.optimizer must be one of adam, "),
        ("[training]\nclass_weights = {cat = -1}", "training.class_weights must be none, balanced, or weights"),
        ("[model]\nhidden = [8, 0]", "model.hidden must be widths with commas between them, each a whole number of"),
        ("[model]\ndropout = 1.0", "model.dropout must be a number of at least 0 and below 1, got 1.0"),
        ("[data]\ntarget = 0", "data.target must be a column's name, or its number"),
        ("[data]\npath = ''", "data.path must be a text that is not empty, got ''"),
        ("seed = [", "not TOML: "),
        ("seed = 1\nseed = 2", "not TOML: "),
        (b"\xff", "expected text in UTF-8"),
    ],
)
def test_mistakes_in_the_file(command, refused, tmp_path, text, words):
    path = tmp_path / "run.toml"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    line = refused(command("train", path, folder=tmp_path / "out"))
    assert line.startswith(f"mushin: {path}: {words}")
    assert not (tmp_path / "out").exists()


def test_a_file_that_is_not_there(command, refused, tmp_path):
    assert refused(command("train", tmp_path / "none.toml")).endswith("none.toml: No such file or directory\n")


def test_words_are_those_of_the_library():
    assert set(options.OPTIMIZERS) == set(keras.optimizers.OPTIMIZERS)
    assert set(options.ACTIVATIONS) <= set(keras.activations.ACTIVATIONS)


def test_every_option_has_a_name_of_its_own():
    names = [option.name for option in options.OPTIONS]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"--[a-z-]+", name) for name in names)
    for option in options.OPTIONS:
        assert option.default is None or option.kind.check(option.default) == option.default


@pytest.mark.parametrize(
    ("optimizer", "schedule"),
    [(optimizer, "cosine") for optimizer in options.OPTIMIZERS]
    + [("adam", schedule) for schedule in options.SCHEDULES],
)
def test_every_optimizer_and_every_schedule(command, tmp_path, optimizer, schedule):
    rest = ("--optimizer", optimizer, "--schedule", schedule, "--epochs", 1, "--hidden", 4, "--quiet")
    run = command("train", "--data", "digits", *rest, folder=tmp_path)
    assert (run.code, run.err) == (0, "")
