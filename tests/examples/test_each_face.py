"""The same classifier in both faces: the accuracy that the examples claim, in their small settings."""

import os
from pathlib import Path

import pytest

FASHION_MNIST = Path(os.environ.get("MUSHIN_DATA") or "/usr/share/datasets") / "fashion-mnist"


def test_digits_are_the_same_network_in_each_face(example):
    result, printed = example("digits_in_each_face", "--epochs", 10)
    assert result["nn"] == result["keras"] > 0.9
    assert result["apart"] == 0.0
    assert result["replayed"] > 0.95
    assert printed.count("2 plans, ") == 2


@pytest.mark.skipif(
    not FASHION_MNIST.is_dir(),
    reason=f"{FASHION_MNIST} does not exist: set MUSHIN_DATA to the folder that holds fashion-mnist/ "
    "(on Debian: apt install dataset-fashion-mnist)",
)
def test_clothes_are_known_in_each_face(example):
    arguments = ("--epochs", 3, "--images", 6_000, "--data", FASHION_MNIST)
    result, printed = example("fashion_mnist_in_each_face", *arguments)
    assert min(result["nn"], result["keras"]) > 0.75
    assert abs(result["nn"] - result["keras"]) < 0.04
    assert result["replayed"] > 0.9
    assert "trousers" in printed
