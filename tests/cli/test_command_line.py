"""What is said to whoever types something wrong, asks for help, or stops a run."""

import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

import mushin
from mushin.cli import demo, output
from mushin.cli.errors import one_line
from mushin.cli.kinds import Number
from mushin.cli.main import main

COMMANDS = ("demo", "train", "evaluate", "predict", "generate", "summary", "info")


def test_alone_it_helps(command):
    run = command()
    assert (run.code, run.err) == (0, "")
    assert run.out == command("--help").out
    assert "examples:" in run.out
    assert "It ends with 0" in run.out
    for name in COMMANDS:
        assert f"\n    {name} " in run.out
        assert f"\n  mushin {name}" in run.out


@pytest.mark.parametrize("name", COMMANDS)
def test_every_commands_help_has_an_example(command, name):
    run = command(name, "--help")
    assert (run.code, run.err) == (0, "")
    assert f"mushin {name}" in run.out.partition("examples:\n")[2]
    assert "--debug" in run.out
    assert max(map(len, run.out.splitlines())) <= 120


def test_version(command):
    run = command("--version")
    assert (run.code, run.out) == (0, f"mushin {mushin.__version__}\n")


def test_help_loads_nothing_that_takes_time(python):
    program = (
        "import sys; from mushin.cli.main import main; main(['--help']); "
        "print({'mushin.keras', 'mushin.data', 'safetensors', 'tqdm', 'matplotlib'} & set(sys.modules))"
    )
    assert python("-c", program).endswith("\nset()\n")


@pytest.mark.parametrize("module", ["mushin", "mushin.cli.main"])
def test_as_a_module(python, module):
    assert python("-m", module, "--version") == f"mushin {mushin.__version__}\n"
    assert python("-m", module, "demo", "--epochs", "0", check=False).startswith("mushin: argument --epochs")


@pytest.mark.parametrize(
    ("arguments", "words"),
    [
        (["bogus"], "invalid choice: 'bogus'"),
        (["demo", "--bogus"], "unrecognized arguments: --bogus (see mushin demo --help)"),
        (["--bogus"], "unrecognized arguments: --bogus (see mushin --help)"),
        (["train", "--epoch", "3"], "unrecognized arguments: --epoch; did you mean '--epochs'? (see mushin train"),
        (["train", "flowers.csv"], "FILE: must end in .toml, got 'flowers.csv'; data are given as --data flow"),
        (["demo", "--epo", "3"], "unrecognized arguments: --epo"),
        (["train"], "[data] of a TOML file (see mushin train --help)"),
        (["train", "--data", "x", "--patience", "3", "--validation", "0"], "training.patience needs samples that are"),
        (["train", "--data", "x", "--optimizer", "newton"], "--optimizer: must be one of adam, adamw, sgd"),
        (["train", "--data", "x", "--hidden", "8,x"], "--hidden: must be widths with commas between them"),
        (["train", "--data", "x", "--class-weights", "cat=0"], "--class-weights: must be none, balanced, or weights"),
        (["train", "--data", "x", "--class-weights", "heavy"], "--class-weights: must be none, balanced, or weights"),
        (["train", "--data", "x", "--target", ""], "--target: must be a column's name"),
        (["train", "--set", "model.layers=3"], "--set: expected KEY=VALUE with one of the keys data.path, "),
        (["train", "--set", "seed"], "--set: expected KEY=VALUE"),
        (["train", "--set", "model.dropout=2"], "--set: model.dropout must be a number of at least 0 and below 1"),
        (["evaluate"], "required: MODEL, DATA"),
        (["predict", "model", "data", "--out", "x.txt"], "--out: must end in .csv or .npy, got 'x.txt'"),
        (["summary"], "required: MODEL"),
        (["generate"], "required: MODEL"),
        (["generate", "m", "--length", "-1"], "--length: must be a whole number of at least 0, got '-1'"),
        (["generate", "m", "--temperature", "-1"], "--temperature: must be a number of at least 0, got '-1'"),
        (["generate", "m", "--temperature", "inf"], "got 'inf'"),
        (["generate", "m", "--top-k", "0"], "--top-k: must be a whole number of at least 1, got '0'"),
        (["generate", "m", "--top-p", "1.5"], "--top-p: must be a number above 0 and at most 1, got '1.5'"),
        (["generate", "m", "--seed", "x"], "--seed: must be a whole number"),
        (["generate", "m", "--stop", ""], "--stop: must be a text that is not empty"),
        (["demo", "--epochs"], "argument --epochs: expected one argument"),
        (["demo", "--epochs", "0"], "--epochs: must be a whole number of at least 1, got '0'"),
        (["demo", "--epochs", "2.5"], "got '2.5'"),
        (["demo", "--seed", "-1"], "--seed: must be a whole number of at least 0"),
        (["demo", "--seed", str(2**64)], "at most 18446744073709551615"),
        (["demo", "--threads", "0"], "--threads: must be a whole number of at least 1 and at most 256, got '0'"),
        (["demo", "--threads", "257"], "got '257'"),
        (["train", "--data", "x", "--batch-size", "0"], "--batch-size: must be a whole number of at least 1"),
        (["train", "--data", "x", "--hidden", "1000001"], "--hidden: must be"),
        (["train", "--data", "x", "--dropout", "1"], "--dropout: must be a number of at least 0 and below 1, got '1'"),
        (["train", "--data", "x", "--dropout", "-0.1"], "got '-0.1'"),
        (["train", "--data", "x", "--learning-rate", "0"], "--learning-rate: must be a number above 0, got '0'"),
        (["train", "--data", "x", "--learning-rate", "nan"], "got 'nan'"),
        (["train", "--data", "x", "--learning-rate", "inf"], "got 'inf'"),
        (["train", "--data", "x", "--learning-rate", ""], "got ''"),
    ],
)
def test_wrong_arguments_are_one_line(command, arguments, words):
    run = command(*arguments)
    assert (run.code, run.out) == (2, "")
    assert run.err.startswith("mushin: ")
    assert run.err.count("\n") == 1
    assert words in run.err
    assert "--help)" in run.err


def test_numbers_at_their_limits():
    assert Number(int, 0, below=2**64).parse(str(2**64 - 1)) == 2**64 - 1
    assert Number(float, 0, below=1).parse("0") == 0.0
    assert Number(float, 0, above=True).parse("5e-324") > 0


@pytest.mark.parametrize("place", ["file", "file/folder"])
def test_folders_that_cannot_be_written_to(command, tmp_path, place):
    (tmp_path / "file").write_text("mine")
    run = command("demo", folder=tmp_path / place)
    assert run.code == 1
    assert run.err.startswith(f"mushin: {tmp_path / place}: --out must name a folder")
    assert run.err.count("\n") == 1
    assert (tmp_path / "file").read_text() == "mine"


def test_a_folder_without_permission(command, tmp_path, monkeypatch):
    def refuses(**_):
        raise PermissionError(13, "Permission denied", "name")

    monkeypatch.setattr(output.tempfile, "TemporaryFile", refuses)
    run = command("demo", folder=tmp_path)
    assert run.code == 1
    assert run.err == f"mushin: {tmp_path}: --out must name a folder that can be written to: Permission denied\n"


def test_the_disk_is_full(command, tmp_path, monkeypatch):
    def fails(*_):
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("os.fsync", fails)
    run = command("demo", "--quiet", "--epochs", 1, folder=tmp_path)
    assert run.code == 1
    assert run.err == f"mushin: {tmp_path / 'weights.safetensors'}: No space left on device\n"
    assert run.files == set()


@pytest.mark.parametrize("before", [True, False])
def test_debug_shows_the_traceback(command, tmp_path, before):
    rest = ("train", "--data", tmp_path / "nowhere")
    run = command("--debug", *rest) if before else command(*rest, "--debug")
    assert run.code == 1
    assert run.err.startswith("Traceback (most recent call last):")
    assert "CommandError" in run.err
    assert run.err.splitlines()[-1].startswith("mushin: ")


def test_ctrl_c(command, tmp_path, monkeypatch):
    def pressed():
        raise KeyboardInterrupt

    monkeypatch.setattr(demo, "load_digits", pressed)
    run = command("demo", folder=tmp_path)
    assert (run.code, run.out, run.err) == (130, "", "mushin: interrupted\n")
    assert "KeyboardInterrupt" in command("demo", "--debug", folder=tmp_path).err


def test_mistakes_in_mushin_itself_are_not_hidden(tmp_path, monkeypatch):
    def breaks():
        raise AssertionError("a bug")

    monkeypatch.setattr(demo, "load_digits", breaks)
    with pytest.raises(AssertionError, match="a bug"):
        main(["demo", "--out", str(tmp_path)])


@pytest.mark.skipif(os.name != "posix", reason="elsewhere a closed pipe is another error")
def test_a_reader_who_leaves():
    program = "import sys; from mushin.cli.main import main; sys.exit(main(['info']))"
    process = subprocess.Popen(
        [sys.executable, "-c", program],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        env={**os.environ, "PYTHONPATH": str(Path(mushin.__file__).parent.parent)},
    )
    process.stdout.close()
    assert process.stderr.read() == b""
    process.stderr.close()
    assert process.wait(timeout=60) == 1


@pytest.mark.skipif(os.name != "posix", reason="the shell's word for it is another elsewhere")
def test_output_that_is_closed():
    program = "import sys; from mushin.cli.main import main; sys.exit(main(['info']))"
    environment = {**os.environ, "PYTHONPATH": str(Path(mushin.__file__).parent.parent)}
    command = ["sh", "-c", 'exec "$0" -c "$1" >&-', sys.executable, program]
    ran = subprocess.run(command, stderr=subprocess.PIPE, env=environment, timeout=60, check=False)
    assert (ran.returncode, ran.stderr) == (0, b"")


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (MemoryError("std::bad_alloc"), "not enough memory"),
        (FileNotFoundError(2, "No such file or directory", "x"), "x: No such file or directory"),
        (OSError(5, "Input/output error"), "[Errno 5] Input/output error"),
        (ValueError("two\n   lines"), "two lines"),
    ],
)
def test_errors_as_one_line(error, words):
    assert one_line(error) == words


def test_memory_that_does_not_suffice(command, tmp_path, monkeypatch):
    def too_much(images):
        return np.empty(2**62, np.uint8)

    monkeypatch.setattr(demo, "rows", too_much)
    run = command("demo", "--quiet", folder=tmp_path)
    assert (run.code, run.err) == (1, "mushin: not enough memory\n")
