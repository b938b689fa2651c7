"""Pictures for results of any size: none misread, many classes, one round."""

import io
import itertools

import numpy as np
import pytest

from mushin.cli import pictures, words

HISTORY = {"accuracy": [0.5, 0.9], "val_accuracy": [0.6, 0.8], "loss": [2.0, 0.5], "val_loss": [1.5, 0.7]}


def pixels_of(figure):
    from PIL import Image

    content = pictures.png(figure)
    assert content.startswith(b"\x89PNG\r\n\x1a\n")
    return np.asarray(Image.open(io.BytesIO(content)).convert("RGB"))


def texts_of(figure):
    everywhere = [*figure.texts, *(text for axes in figure.axes for text in axes.texts)]
    return [text.get_text() for text in everywhere]


def test_the_same_figure_gives_the_same_bytes():
    first, second = (pictures.png(pictures.learning_curve(HISTORY, 2, 10, 2, "digit")) for _ in range(2))
    assert first == second


def test_no_pyplot(python):
    program = (
        "import sys, numpy as np; from mushin.cli import pictures; "
        "pictures.png(pictures.confusion_matrix(np.eye(3, dtype=int), 'digit', 'digit')); "
        "print('matplotlib.pyplot' in sys.modules)"
    )
    assert python("-W", "error", "-c", program) == "False\n"


@pytest.mark.parametrize("classes", [1, 2, 10, 20, 47])
def test_confusion_matrices(classes):
    confusion = np.arange(classes**2).reshape(classes, classes) % 7 + 1000 * np.eye(classes, dtype=np.int64)
    figure = pictures.confusion_matrix(confusion, "image", "class")
    axes = figure.axes[0]
    assert (axes.get_xlabel(), axes.get_ylabel()) == ("predicted class", "true class")
    counts = [int(text.get_text()) for text in axes.texts]
    assert sum(counts) == (confusion.sum() if classes <= pictures.MOST_NUMBERED_CLASSES else 0)
    assert pixels_of(figure).std() > 1


@pytest.mark.parametrize("names", [["benign", "malignant"], ["sandals of leather"] * 20])
def test_names_beside_a_matrix_are_inside_of_the_picture(names):
    figure = pictures.confusion_matrix(np.eye(len(names), dtype=int), "image", "class", names)
    axes = figure.axes[0]
    assert axes.get_tightbbox().x0 > 0
    assert [label.get_text() for label in axes.get_yticklabels()][1] in ("malignant", "sandals of leat…")
    columns = [label.get_window_extent() for label in axes.get_xticklabels()]
    assert all(a.x1 < b.x0 for a, b in itertools.pairwise(columns))


def test_right_counts_are_blue_and_mistakes_orange():
    colours = pictures._confusion_colours(np.array([[5, 0], [3, 2]]))
    assert colours[0, 0] == pytest.approx(pictures.BLUE)
    assert colours[0, 1] == pytest.approx(pictures.EMPTY)
    assert colours[1, 0] == pytest.approx(pictures.ORANGE)
    assert colours[1, 1, 2] > colours[1, 1, 0]


@pytest.mark.parametrize("rounds", [1, 2, 1000])
def test_learning_curves(rounds):
    scores = np.linspace(0.1, 0.9, rounds).tolist()
    figure = pictures.learning_curve(dict.fromkeys(HISTORY, scores), rounds, 54_000, 6_000, "image")
    assert [axes.get_title(loc="left") for axes in figure.axes] == ["Accuracy", "Loss (cross-entropy)"]
    assert all(axes.get_xlabel() == "round (epoch)" for axes in figure.axes)
    assert "trained on 54,000 images, watched on 6,000 others" in texts_of(figure)[1]
    assert pixels_of(figure).std() > 1


def test_the_round_that_is_kept_is_named_and_marked():
    scores = {**HISTORY, "val_accuracy": [0.95, 0.8]}
    figure = pictures.learning_curve(scores, 2, 9, 1, "x")  # not the one of the best accuracy
    assert texts_of(figure)[1].endswith(": 80.00 % of these correct after round 2, which is kept")
    for axes in figure.axes:
        assert [list(line.get_xdata()) for line in axes.lines if line.get_label() == "kept"] == [[2, 2]]


def test_the_learning_curve_of_numbers():
    history = {"mae": [3.0, 2.0], "val_mae": [2.5, 2.625], "loss": [2.0, 0.5], "val_loss": [1.5, 0.7]}
    figure = pictures.learning_curve(history, 1, 9, 1, "x")
    assert [axes.get_title(loc="left") for axes in figure.axes] == [
        "Mean absolute error",
        "Loss (squared error / variance)",
    ]
    assert "2.5 away from these on average after round 1, which is kept" in texts_of(figure)[1]


@pytest.mark.parametrize("count", [0, 1, 6, 7, pictures.MOST_IMAGES])
def test_pages_of_misread_images(count):
    images = np.arange(count * 64, dtype=np.uint8).reshape(count, 8, 8)
    true, read = np.arange(count) % 10, (np.arange(count) + 1) % 10
    figure = pictures.misread_images(images, true, read, np.full(count, 0.987), "digit", f"{count} of 99")
    texts = texts_of(figure)
    assert texts[0] == f"Misread digits: {count} of 99"
    assert ("nothing was misread" in texts) == (count == 0)
    assert [text for text in texts if text.startswith("true")] == [f"true {label}" for label in true]
    assert [text for text in texts if text.startswith("read ")] == [f"read {label}, 98.7 %" for label in read]
    pixels = pixels_of(figure)
    assert (pixels[-1] == 255).all()
    assert (pixels[:, -1] == 255).all()


def test_what_is_confused_most():
    confusion = np.array([[9, 1, 0], [4, 9, 2], [0, 0, 9]])
    assert words.most_confused(confusion) == [(1, 0, 4), (1, 2, 2), (0, 1, 1)]
    assert words.most_confused(np.eye(3, dtype=int)) == []
    assert words.result("digit", np.eye(3, dtype=int)) == "Test accuracy: 100.00 %, 3 of 3 digits."


def test_the_confusion_table_is_aligned():
    table = words.confusion_table("digit", np.diag([1, 20, 300])).splitlines()[2:]
    assert table == [
        "       0    1    2",
        "  0    1    .    .",
        "  1    .   20    .",
        "  2    .    .  300",
    ]
