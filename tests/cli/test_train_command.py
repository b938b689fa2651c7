"""`mushin train` learns from images in MNIST's format, and says what is wrong with those it cannot use."""

import errno
import re
import struct

import numpy as np
import pytest

from mushin import io, keras
from mushin.cli import examples as examples_module
from mushin.cli import pictures

PICTURES = {"confusion-matrix.png", "learning-curve.png", "misread-images.png"}
FILES = PICTURES | {"model.safetensors", "history.csv", "settings.toml"}
LABELS = "t10k-labels-idx1-ubyte"


@pytest.fixture(scope="module")
def data(image_files, tmp_path_factory):
    return image_files(tmp_path_factory.mktemp("images"), count=400, tests=80)


@pytest.fixture
def small(image_files, tmp_path):
    return image_files(tmp_path / "data", count=40, tests=8)


@pytest.fixture(scope="module")
def trained(command, data, tmp_path_factory):
    return command("train", "--data", data, "--epochs", 3, folder=tmp_path_factory.mktemp("trained"))


def contents_of(run):
    return {name: (run.folder / name).read_bytes() for name in run.files}


def weights_of(run):
    return io.load_weights(run.folder / "model.safetensors")


def test_it_learns_and_leaves_model_history_settings_and_pictures(trained, data):
    assert (trained.code, trained.err) == (0, "")
    assert trained.files == FILES
    assert f"Test: 80 samples of {data}" in trained.out
    assert float(re.search(r"accuracy  ([\d.]+) %", trained.out)[1]) >= 95
    assert "Classification into 4 classes. Training: 3 rounds over 360 images; 40 others are held" in trained.out
    assert trained.out.count("val_accuracy") == 3


def test_the_pictures_of_training(trained, picture):
    for name in PICTURES:
        pixels = picture(trained.folder / name)
        assert min(pixels.shape[:2]) > 400
        assert (pixels[0] == 255).all()


def test_the_same_seed_gives_the_same_files(trained, data, command, tmp_path):
    again = command("train", "--data", data, "--epochs", 3, "--threads", 1, folder=tmp_path / "again")
    for name in FILES - {"settings.toml"}:
        assert (again.folder / name).read_bytes() == (trained.folder / name).read_bytes()


def test_the_model_is_whole_and_takes_pixels_as_they_are(trained, data):
    model = keras.models.load_model(trained.folder / "model.safetensors")
    (images, labels), _ = examples_module.load_mnist(path=data)
    assert (model.predict(images, verbose=0).argmax(axis=1) == labels).mean() > 0.95


def test_arguments_reach_the_training(no_matplotlib, small, command, tmp_path):
    arguments = {
        "--epochs": 2,
        "--batch-size": 5,
        "--hidden": "7,6",
        "--dropout": 0.5,
        "--learning-rate": 0.01,
        "--seed": 3,
        "--activation": "tanh",
        "--optimizer": "nadam",
        "--schedule": "linear",
        "--validation": 0.1,
        "--class-weights": "1=2",
    }

    def run(changed, folder):
        options = [part for pair in {**arguments, **changed}.items() for part in pair]
        return command("train", "--data", small, *options, folder=tmp_path / folder)

    first = run({}, "first")
    assert (first.code, first.err) == (0, "")
    assert "dropout_2 (Dropout)" in first.out
    assert "Epoch 2/2\n8/8 -" in first.out  # 36 images in steps of 5
    weights = weights_of(first)
    assert [weights[name].shape for name in weights if name.endswith("weight")] == [(7, 784), (6, 7), (4, 6)]
    changes = {
        "--learning-rate": 0.02,
        "--dropout": 0.4,
        "--seed": 4,
        "--batch-size": 6,
        "--activation": "gelu",
        "--optimizer": "adam",
        "--schedule": "cosine",
        "--validation": 0.3,
        "--class-weights": "1=3",
    }
    hidden = next(name for name, array in weights.items() if array.shape == (7, 784))
    for name, value in changes.items():
        other = run({name: value}, "other")
        assert other.code == 0, other.err
        assert not np.array_equal(weights_of(other)[hidden], weights[hidden]), name


def test_any_number_of_classes(image_files, command, tmp_path):
    for classes in (2, 13):
        folder = image_files(tmp_path / f"{classes}", count=classes * 4, tests=classes * 2, classes=classes)
        run = command("train", "--data", folder, "--quiet", "--epochs", 1, folder=tmp_path / "out")
        assert (run.code, run.err) == (0, "")
        assert (classes,) in {array.shape for array in weights_of(run).values()}


def test_quiet_says_only_the_result(no_matplotlib, small, command, tmp_path):
    lines = command("train", "--data", small, "--quiet", "--epochs", 1, folder=tmp_path / "out").out.splitlines()
    assert [line.split()[0] for line in lines] == ["Test:", "loss", "accuracy", "macro", "The", "Written", "For"]


def test_the_page_of_misread_images_is_limited(command, image_files, tmp_path, monkeypatch):
    shown = []
    draw = pictures.misread_images

    def watched(images, *arguments):
        shown.append((len(images), arguments[-1]))
        return draw(images, *arguments)

    monkeypatch.setattr(pictures, "misread_images", watched)
    data = image_files(tmp_path / "data", count=40, tests=200)
    run = command("train", "--data", data, "--quiet", "--epochs", 1, "--learning-rate", 1e-9, folder=tmp_path / "out")
    assert run.code == 0
    wrong = 200 - round(200 * float(re.search(r"accuracy  ([\d.]+) %", run.out)[1]) / 100)
    assert wrong > pictures.MOST_IMAGES
    assert shown == [(36, f"{wrong} of 200")]


def test_sets_by_name(command, tmp_path):
    run = command("train", "--data", "digits", "--epochs", 15, folder=tmp_path / "out")
    assert (run.code, run.err) == (0, "")
    assert "Test: 359 samples of digits" in run.out
    assert float(re.search(r"accuracy  ([\d.]+) %", run.out)[1]) > 93


# Data that cannot be used


def test_a_place_that_is_not_there(command, refused, tmp_path):
    line = refused(command("train", "--data", tmp_path / "nowhere", folder=tmp_path / "out"))
    assert line == f"mushin: {tmp_path}/nowhere: does not exist, and is none of the sets digits, mnist, fashion-mnist\n"
    assert not (tmp_path / "out").exists()


def test_a_home_that_is_not_there(command, refused, tmp_path):
    assert "home directory" in refused(command("train", "--data", "~nobody-has-this-name/x", folder=tmp_path / "out"))


def test_missing_files_are_named(small, command, refused, tmp_path):
    (small / LABELS).unlink()
    assert f"{small}: lacks {LABELS}. Expected" in refused(command("train", "--data", small, folder=tmp_path / "out"))


def test_damaged_files_are_named(small, command, refused, tmp_path):
    (small / LABELS).write_bytes((small / LABELS).read_bytes()[:-1])
    line = refused(command("train", "--data", small, folder=tmp_path / "out"))
    assert line == f"mushin: {small / LABELS}: expected 8 bytes of data for shape (8,), got 7\n"
    (small / LABELS).write_bytes(b"")
    assert "got an empty file" in refused(command("train", "--data", small, folder=tmp_path / "out"))
    (tmp_path / "x.npz").write_text("no archive")
    line = refused(command("train", "--data", tmp_path / "x.npz", folder=tmp_path / "out"))
    assert "x.npz: not a usable .npy or .npz file" in line


def test_unreadable_files_are_named(small, command, refused, tmp_path, monkeypatch):
    def refuses(path):
        raise PermissionError(errno.EACCES, "Permission denied", f"{path}/labels")

    monkeypatch.setattr(examples_module, "load_mnist", refuses)
    line = refused(command("train", "--data", small, folder=tmp_path / "out"))
    assert line == f"mushin: {small}/labels: Permission denied\n"


@pytest.mark.parametrize(("part", "word"), [("train", "training"), ("t10k", "test")])
def test_empty_parts(small, command, refused, tmp_path, part, word):
    (small / f"{part}-images-idx3-ubyte").write_bytes(struct.pack(">I3I", 0x803, 0, 28, 28))
    (small / f"{part}-labels-idx1-ubyte").write_bytes(struct.pack(">2I", 0x801, 0))
    line = refused(command("train", "--data", small, folder=tmp_path / "out"))
    assert line == f"mushin: {small}: the {word} part holds no images\n"


def test_one_class_is_too_few(image_files, command, refused, tmp_path):
    data = image_files(tmp_path / "data", count=10, tests=2, classes=1)
    line = refused(command("train", "--data", data, folder=tmp_path / "out"))
    assert line == f"mushin: {data}: all training samples are of class 0; there is nothing to tell apart\n"


def test_too_few_images_to_hold_some_back(image_files, command, refused, tmp_path):
    data = image_files(tmp_path / "data", count=5, tests=4)
    line = refused(command("train", "--data", data, folder=tmp_path / "out"))
    assert "a part of the training samples must be held back" in line
    assert "at least 2 examples of each class" in line
    assert command("train", "--data", data, "--validation", 0, "--quiet", folder=tmp_path / "out").code == 0


def test_a_test_class_that_is_not_learned(image_files, command, refused, tmp_path):
    data = image_files(tmp_path / "data", count=40, tests=5, classes=5)
    np.savez(tmp_path / "few.npz", x=np.zeros((8, 28, 28), np.uint8), y=np.arange(8) % 2)
    rest = ("--data", tmp_path / "few.npz", "--test", data)
    line = refused(command("train", *rest, folder=tmp_path / "out"))
    assert line == f"mushin: {data}: class '2' is none of those that are known: 0, 1\n"


def test_a_loss_that_is_no_number(small, command, refused, tmp_path):
    line = refused(command("train", "--data", small, "--quiet", "--learning-rate", 1e30, folder=tmp_path / "out"))
    assert "try a smaller --learning-rate, or look for values in the data" in line


def test_a_target_whose_variance_float32_cannot_hold(command, refused, tmp_path):
    np.savez(tmp_path / "a.npz", x=np.ones((30, 2)), y=np.linspace(0, 1e-25, 30))
    line = refused(command("train", "--data", tmp_path / "a.npz", folder=tmp_path / "out"))
    assert "the target must have a standard deviation of at least 1e-18, got 2.9" in line


# Ctrl-C


@pytest.mark.parametrize("after", [0, 2])
def test_ctrl_c_leaves_the_best_model(small, command, tmp_path, monkeypatch, after):
    whole = keras.callbacks.EarlyStopping.on_epoch_end

    def pressed(self, epoch, logs=None):
        if epoch == after:
            raise KeyboardInterrupt
        whole(self, epoch, logs)

    monkeypatch.setattr(keras.callbacks.EarlyStopping, "on_epoch_end", pressed)
    if after == 0:  # before anything has been kept
        monkeypatch.setattr("mushin.cli.keeper.Keeper.on_epoch_end", lambda *_: None)
    run = command("train", "--data", small, "--quiet", "--epochs", 5, "--patience", 9, folder=tmp_path / "out")
    assert run.code == 130
    model = run.folder / "model.safetensors"
    if after == 0:
        assert run.err == "mushin: interrupted in the first round; nothing has been written\n"
        assert run.files == set()
    else:
        assert re.fullmatch(rf"mushin: interrupted; the best model so far, of round \d, is in {model}\n", run.err)
        assert command("evaluate", model, small).code == 0
        assert (run.folder / "history.csv").read_text().count("\n") == 4


def test_ctrl_c_in_the_first_round_leaves_an_earlier_run_as_it_is(small, command, tmp_path, monkeypatch):
    options = ("train", "--data", small, "--quiet", "--epochs", 1)
    first = contents_of(command(*options, folder=tmp_path / "out"))

    def pressed(*_):
        raise KeyboardInterrupt

    monkeypatch.setattr("mushin.cli.keeper.Keeper.on_train_begin", pressed)
    run = command(*options, "--seed", 1, folder=tmp_path / "out")
    assert (run.code, contents_of(run)) == (130, first)
