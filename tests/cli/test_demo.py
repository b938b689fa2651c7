"""`mushin demo` learns, says what it does, leaves its files, and gives the same bits again."""

import re

import numpy as np
import pytest

from mushin import io, keras
from mushin.cli import demo as demo_module
from mushin.data import load_digits

PICTURES = {"confusion-matrix.png", "learning-curve.png", "misread-digits.png"}


@pytest.fixture(scope="module")
def demo(command, tmp_path_factory):
    return command("demo", folder=tmp_path_factory.mktemp("demo") / "made" / "for it")


def weights_of(run):
    return (run.folder / "weights.safetensors").read_bytes()


def test_it_reads_most_digits(demo):
    assert (demo.code, demo.err) == (0, "")
    percent, correct, total = re.search(r"Test accuracy: ([\d.]+) %, (\d+) of (\d+) digits\.", demo.out).groups()
    assert int(total) == 359
    assert int(correct) / int(total) >= 0.96
    assert float(percent) == pytest.approx(100 * int(correct) / int(total), abs=0.005)


def test_it_says_what_it_does(demo):
    for words in (
        "learns to read handwritten digits",
        "1,438 digits of 8 x 8 pixels to learn from, and 359 others for the test",
        'Model: "classifier"',
        "Total params: 9,610",
        "Rehearsal: 30 rounds over 1,295 digits; 143 others are held back",
        "Training: 30 rounds over 1,438 digits.",
        "Epoch 30/30",
        "Misread most often: ",
        "predicts the same for all 359 test digits, bit for bit",
    ):
        assert words in demo.out
    assert str(demo.folder) in demo.out


def test_the_confusion_matrix_counts_every_test_digit(demo):
    rows = re.findall(r"^ +\d((?: +(?:\d+|\.)){10})$", demo.out, flags=re.MULTILINE)
    matrix = np.array([[0 if cell == "." else int(cell) for cell in row.split()] for row in rows[-10:]])
    assert matrix.shape == (10, 10)
    assert matrix.sum() == 359
    assert matrix.sum(axis=1).tolist() == np.bincount(demo_module.digits().test_labels).tolist()
    assert f"{matrix.trace()} of 359 digits" in demo.out


def test_the_pictures(demo, picture):
    assert demo.files == {*PICTURES, "weights.safetensors"}
    for name in PICTURES:
        pixels = picture(demo.folder / name)
        assert 500 < pixels.shape[0] < 3000
        assert 900 < pixels.shape[1] < 3000
        assert (pixels[0] == 255).all()  # nothing is cut off at the edges
        assert (pixels[:, -1] == 255).all()
        assert 0.01 < (pixels != 255).any(axis=2).mean() < 0.95
        colours = pixels.astype(np.uint32) @ (65536, 256, 1)
        assert len(np.unique(colours)) > 50


def test_the_weights_have_pytorchs_names(demo):
    shapes = {name: array.shape for name, array in io.load_weights(demo.folder / "weights.safetensors").items()}
    assert shapes == {"0.weight": (128, 64), "0.bias": (128,), "2.weight": (10, 128), "2.bias": (10,)}


def test_the_same_seed_gives_the_same_bits_for_any_number_of_threads(demo, command, tmp_path):
    again = command("demo", "--quiet", "--threads", 1, folder=tmp_path)
    assert again.code == 0
    for name in again.files:
        assert (again.folder / name).read_bytes() == (demo.folder / name).read_bytes()
    other = command("demo", "--quiet", "--seed", 1, "--epochs", 1, folder=tmp_path)
    assert other.code == 0
    assert weights_of(other) != weights_of(demo)


def test_quiet_says_only_the_result(no_matplotlib, command, tmp_path):
    lines = command("demo", "--quiet", "--epochs", 1, folder=tmp_path).out.splitlines()
    assert [line.split(" ")[0] for line in lines] == ["Test", "Misread", "Written", "For", "A"]


def test_the_test_part_is_looked_at_once_and_never_learned(no_matplotlib, command, tmp_path, monkeypatch):
    seen = {"fit": [], "predict": [], "evaluate": []}
    for name, calls in seen.items():
        method = getattr(keras.Sequential, name)

        def watched(self, x, *args, method=method, calls=calls, **kwargs):
            calls.append(x)
            calls.extend([kwargs["validation_data"][0]] if kwargs.get("validation_data") else [])
            return method(self, x, *args, **kwargs)

        monkeypatch.setattr(keras.Sequential, name, watched)
    assert command("demo", "--epochs", 1, folder=tmp_path).code == 0

    test = {row.tobytes() for row in demo_module.rows(demo_module.digits().test_images)}
    everything = {image.tobytes() for image in load_digits()[0]}
    assert len(test) == 359
    assert len(everything) == 1797  # no two digits are alike, so that rows tell them apart
    learned = {row.tobytes() for rows in seen["fit"] for row in rows}
    assert len(learned) == 1438
    assert not learned & test
    assert seen["evaluate"] == []
    # Once for the test, once by the model that was loaded.
    assert [rows.shape for rows in seen["predict"]] == [(359, 64)] * 2


def test_pixels_are_scaled_to_one():
    rows = demo_module.rows(demo_module.digits().images)
    assert rows.dtype == np.float32
    assert rows.shape == (1438, 64)
    assert (rows.min(), rows.max()) == (0, 1)


def test_without_matplotlib_there_are_no_pictures_but_everything_else(no_matplotlib, command, tmp_path):
    run = command("demo", "--epochs", 1, folder=tmp_path)
    assert (run.code, run.err) == (0, "")
    assert run.files == {"weights.safetensors"}
    assert [line for line in run.out.splitlines() if "pip install" in line] == [
        "For pictures, too: pip install matplotlib"
    ]
    assert "bit for bit" in run.out


def test_weights_that_predict_something_else_are_a_failure(no_matplotlib, command, tmp_path, monkeypatch):
    monkeypatch.setattr(demo_module.io, "load_state", lambda path, module: None)
    run = command("demo", "--quiet", "--epochs", 1, folder=tmp_path)
    assert run.code == 1
    assert run.err.startswith("mushin: a new model with the weights of")
    assert "bit for bit" not in run.out


def test_a_second_run_replaces_the_files(no_matplotlib, command, tmp_path):
    first = weights_of(command("demo", "--quiet", "--epochs", 1, folder=tmp_path))
    run = command("demo", "--quiet", "--epochs", 1, "--seed", 2, folder=tmp_path)
    assert weights_of(run) != first
    assert run.files == {"weights.safetensors"}
