"""The listings that this library is measured by run as they are printed; only the import line is another."""

import os
import re
from pathlib import Path

import numpy as np
import pytest

from mushin import keras

FOLDER = os.environ.get("MUSHIN_SEEDS")


def listing(number):
    """The first Python block of a text."""
    if not FOLDER:
        pytest.skip("MUSHIN_SEEDS is not set: a folder of articles with listings, 000*.txt and 002*.txt")
    texts = sorted(Path(FOLDER).glob(f"{number}*.txt"))
    code = re.search(r"```python\n(.*?)```", texts[0].read_text("utf-8"), re.DOTALL).group(1)
    assert code.count("import tensorflow as tf\n") == 1
    return code.replace("import tensorflow as tf\n", "import mushin as tf\n")


def images(n, seed):
    """Noise with a bright bar whose place is the class."""
    rng = np.random.Generator(np.random.Philox(seed))
    y = (np.arange(n) % 10).astype(np.uint8)
    x = rng.integers(0, 40, (n, 28, 28)).astype(np.uint8)
    for image, label in zip(x, y):
        image[2 * label + 4 : 2 * label + 6] += 200
    return x, y


@pytest.fixture(params=["home", "MUSHIN_DATA"])
def mnist(request, tmp_path, monkeypatch):
    """A small data set where MNIST is looked for: in the home's cache, or in MUSHIN_DATA."""
    (x_train, y_train), (x_test, y_test) = images(320, 1), images(100, 2)
    for variable in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(variable, str(tmp_path / "home"))
    if request.param == "home":
        monkeypatch.delenv("MUSHIN_DATA", raising=False)
        folder = tmp_path / "home" / ".cache" / "mushin" / "mnist"
    else:
        monkeypatch.setenv("MUSHIN_DATA", str(tmp_path / "data"))
        folder = tmp_path / "data" / "mnist"
    folder.mkdir(parents=True)
    np.savez(folder / "mnist.npz", x_train=x_train, y_train=y_train, x_test=x_test, y_test=y_test)
    return x_test, y_test


@pytest.mark.parametrize(("number", "says"), [("000", r"\nTest accuracy: (0\.\d+|1\.0)\n"), ("002", None)])
def test_a_listing_trains(number, says, mnist, capsys):
    keras.utils.set_random_seed(1)
    names = {}
    exec(compile(listing(number), f"listing {number}", "exec"), names)
    printed = capsys.readouterr().out
    assert [f"Epoch {i}/5" in printed for i in range(1, 6)] == [True] * 5
    if says:
        accuracy = float(re.search(says, printed).group(1))
        assert accuracy == names["test_acc"] > 0.9
    predicted = names["model"].predict(mnist[0], verbose=0).argmax(1)
    assert (predicted == mnist[1]).mean() > 0.9
