"""`mushin train` learns from files in MNIST's format, and says what is wrong with those it cannot use."""

import errno
import re
import struct

import numpy as np
import pytest

from mushin import io
from mushin.cli import pictures
from mushin.cli import train as train_module

FILES = {"confusion-matrix.png", "learning-curve.png", "misread-images.png", "weights.safetensors"}
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


def test_it_learns_and_leaves_the_same_files_as_the_demo(trained, data):
    assert (trained.code, trained.err) == (0, "")
    assert trained.files == FILES
    assert float(re.search(r"Test accuracy: ([\d.]+) %, \d+ of 80 images", trained.out)[1]) >= 95
    assert f"learns to tell the images in {data} apart" in trained.out
    assert "Training: 3 rounds over 360 images; 40 others are held back (val_)." in trained.out
    assert "Rehearsal" not in trained.out
    assert trained.out.count("val_accuracy") == 3
    assert "predicts the same for all 80 test images, bit for bit" in trained.out


def test_the_pictures_of_training(trained, picture):
    for name in FILES - {"weights.safetensors"}:
        pixels = picture(trained.folder / name)
        assert min(pixels.shape[:2]) > 400
        assert (pixels[0] == 255).all()


def test_the_same_seed_gives_the_same_weights(trained, data, command, tmp_path):
    again = command("train", "--data", data, "--epochs", 3, "--threads", 1, folder=tmp_path / "again")
    for name in FILES:
        assert (again.folder / name).read_bytes() == (trained.folder / name).read_bytes()


def test_arguments_reach_the_training(no_matplotlib, small, command, tmp_path):
    run = command(
        *("train", "--data", small, "--epochs", 2, "--batch-size", 5, "--hidden", 7, "--dropout", 0.5),
        *("--learning-rate", 0.01, "--seed", 3),
        folder=tmp_path / "out",
    )
    assert run.code == 0
    assert "dropout (Dropout)" in run.out
    assert "Epoch 2/2\n8/8 -" in run.out  # 36 images in steps of 5
    weights = io.load_weights(run.folder / "weights.safetensors")
    assert weights["0.weight"].shape == (7, 784)
    for name, value in (("--learning-rate", 0.02), ("--dropout", 0.4), ("--seed", 4), ("--batch-size", 6)):
        arguments = {"--learning-rate": 0.01, "--dropout": 0.5, "--seed": 3, "--batch-size": 5, name: value}
        options = [part for pair in arguments.items() for part in pair]
        other = command(
            "train", "--data", small, "--quiet", "--epochs", 2, "--hidden", 7, *options, folder=tmp_path / "2"
        )
        assert not np.array_equal(
            io.load_weights(other.folder / "weights.safetensors")["0.weight"], weights["0.weight"]
        )


def test_an_npz_file_can_be_named(small, command, tmp_path):
    (images, labels), (test_images, test_labels) = train_module.load_mnist(path=small)
    archive = tmp_path / "my images.npz"
    np.savez(archive, x_train=images, y_train=labels, x_test=test_images, y_test=test_labels)
    assert command("train", "--data", archive, "--quiet", "--epochs", 1, folder=tmp_path / "out").code == 0


def test_any_number_of_classes(image_files, command, tmp_path):
    for classes in (2, 13):
        folder = image_files(tmp_path / f"{classes}", count=classes * 4, tests=classes * 2, classes=classes)
        run = command("train", "--data", folder, "--quiet", "--epochs", 1, folder=tmp_path / "out")
        assert (run.code, run.err) == (0, "")
        assert io.load_weights(run.folder / "weights.safetensors")["2.bias"].shape == (classes,)


def test_one_class_is_too_few(image_files, command, tmp_path):
    data = image_files(tmp_path / "data", count=10, tests=2, classes=1)
    line = refused(command("train", "--data", data, folder=tmp_path / "out"))
    assert line == f"mushin: {data}: all training images are of class 0; there is nothing to tell apart\n"


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
    wrong = 200 - int(re.search(r"(\d+) of 200 images", run.out)[1])
    assert wrong > pictures.MOST_IMAGES
    assert shown == [(36, f"{wrong} of 200")]


# Data that cannot be used


def refused(run):
    """The one line that a refusal says."""
    assert run.code == 2
    assert run.err.startswith("mushin: ")
    assert run.err.count("\n") == 1
    assert "Traceback" not in run.err
    return run.err


def test_a_folder_that_is_not_there(command, tmp_path):
    line = refused(command("train", "--data", tmp_path / "nowhere", folder=tmp_path / "out"))
    assert line.startswith(f"mushin: {tmp_path / 'nowhere'}: does not exist. Expected a folder with train-images")
    assert not (tmp_path / "out").exists()


def test_a_home_that_is_not_there(command, tmp_path):
    assert "home directory" in refused(command("train", "--data", "~nobody-has-this-name/x", folder=tmp_path / "out"))


def test_missing_files_are_named(small, command, tmp_path):
    (small / LABELS).unlink()
    assert f"{small}: lacks {LABELS}. Expected" in refused(command("train", "--data", small, folder=tmp_path / "out"))


def test_damaged_files_are_named(small, command, tmp_path):
    (small / LABELS).write_bytes((small / LABELS).read_bytes()[:-1])
    line = refused(command("train", "--data", small, folder=tmp_path / "out"))
    assert line == f"mushin: {small / LABELS}: expected 8 bytes of data for shape (8,), got 7\n"
    (small / LABELS).write_bytes(b"")
    assert "got an empty file" in refused(command("train", "--data", small, folder=tmp_path / "out"))
    (tmp_path / "x.npz").write_text("no archive")
    line = refused(command("train", "--data", tmp_path / "x.npz", folder=tmp_path / "out"))
    assert "x.npz: not a usable .npz file" in line


def test_unreadable_files_are_named(small, command, tmp_path, monkeypatch):
    def refuses(path):
        raise PermissionError(errno.EACCES, "Permission denied", f"{path}/labels")

    monkeypatch.setattr(train_module, "load_mnist", refuses)
    line = refused(command("train", "--data", small, folder=tmp_path / "out"))
    assert line == f"mushin: {small}/labels: Permission denied\n"


@pytest.mark.parametrize(("part", "word"), [("train", "training"), ("t10k", "test")])
def test_empty_parts(small, command, tmp_path, part, word):
    (small / f"{part}-images-idx3-ubyte").write_bytes(struct.pack(">I3I", 0x803, 0, 28, 28))
    (small / f"{part}-labels-idx1-ubyte").write_bytes(struct.pack(">2I", 0x801, 0))
    line = refused(command("train", "--data", small, folder=tmp_path / "out"))
    assert line == f"mushin: {small}: the {word} part holds no images\n"


def test_too_few_images_to_hold_some_back(image_files, command, tmp_path):
    data = image_files(tmp_path / "data", count=5, tests=4)
    line = refused(command("train", "--data", data, folder=tmp_path / "out"))
    assert "a part of the training images must be held back" in line
    assert "at least 2 examples of each class" in line


def test_a_loss_that_is_no_number(small, command, tmp_path):
    line = refused(command("train", "--data", small, "--quiet", "--learning-rate", 1e30, folder=tmp_path / "out"))
    assert "try a smaller --learning-rate" in line
