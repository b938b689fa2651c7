"""What demo and train draw. Figures are drawn on matplotlib's Agg canvas and know nothing of pyplot."""

from __future__ import annotations

import io
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

import numpy as np

from mushin.cli.words import percent

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

MOST_IMAGES = 36
IMAGES_IN_A_ROW = 6
MOST_NUMBERED_CLASSES = 20
LONGEST_NAME = 16
DOTS_PER_INCH = 150
INCHES_OF_A_LETTER = 0.085  # of a name on an axis, on average

INK = "#1f2933"
FAINT = "#7b8794"
LINE = "#d9dee3"
BLUE = (0.094, 0.337, 0.651)
ORANGE = (0.851, 0.373, 0.055)
EMPTY = (0.965, 0.969, 0.973)


def can_draw() -> bool:
    """Whether matplotlib is there."""
    try:
        import matplotlib  # noqa: F401
    except ImportError:
        return False
    return True


def png(figure: Figure) -> bytes:
    """A figure as the content of a PNG file."""
    content = io.BytesIO()
    figure.savefig(content, format="png", dpi=DOTS_PER_INCH, facecolor="white")
    return content.getvalue()


def _figure(width: float, height: float) -> Figure:
    from matplotlib.backends.backend_agg import FigureCanvasAgg
    from matplotlib.figure import Figure

    figure = Figure(figsize=(width, height), facecolor="white")
    FigureCanvasAgg(figure)
    return figure


def _title(figure: Figure, title: str, subtitle: str) -> None:
    """A heading at the top left with a line below it, at the same distance from the edges in every figure."""
    width, height = figure.get_size_inches()
    figure.text(0.3 / width, 1 - 0.28 / height, title, fontsize=14, fontweight="bold", color=INK, va="top")
    figure.text(0.3 / width, 1 - 0.60 / height, subtitle, fontsize=9.5, color=FAINT, va="top")


def _axes(figure: Figure, left: float, top: float, right: float, bottom: float) -> Axes:
    """Axes that leave margins given in inches, without frame and tick marks."""
    width, height = figure.get_size_inches()
    area = (left / width, bottom / height, 1 - (left + right) / width, 1 - (top + bottom) / height)
    axes = figure.add_axes(area)
    axes.spines[:].set_visible(False)
    axes.tick_params(length=0, labelsize=9, labelcolor=INK)
    return axes


# Confusion matrix


def confusion_matrix(confusion: np.ndarray, thing: str, kind: str, names: Sequence[str] | None = None) -> Figure:
    """Rows are true classes, columns predicted ones; what is right is blue, mistakes are orange.

    Args:
        confusion: counts (classes, classes).
        thing: what an image is called.
        kind: what a class is called.
        names: of the classes; their numbers if None.
    """
    classes = len(confusion)
    total, correct = int(confusion.sum()), int(confusion.trace())
    figure = _figure(6.4, 6.9)
    _title(figure, "Confusion matrix", f"{correct:,} of {total:,} {thing}s read correctly: {percent(correct / total)}")
    axes = _axes(figure, left=0.75, top=1.05, right=0.3, bottom=0.7)
    axes.imshow(_confusion_colours(confusion), interpolation="nearest", aspect="auto")
    axes.set_xlabel(f"predicted {kind}", color=INK, fontsize=10.5, labelpad=8)
    axes.set_ylabel(f"true {kind}", color=INK, fontsize=10.5, labelpad=8)
    edges = np.arange(1, classes) - 0.5
    axes.hlines(edges, -0.5, classes - 0.5, color="white", linewidth=min(2.0, 20 / classes))
    axes.vlines(edges, -0.5, classes - 0.5, color="white", linewidth=min(2.0, 20 / classes))
    if classes <= MOST_NUMBERED_CLASSES:
        names = [str(i) for i in range(classes)] if names is None else names
        axes.set_yticks(range(classes), labels=[_short(name, LONGEST_NAME) for name in names])
        width = _width_beside_names(figure, axes)
        longest = min(int(width / classes / INCHES_OF_A_LETTER), LONGEST_NAME)
        axes.set_xticks(range(classes), labels=[_short(name, longest) for name in names])
        _write_counts(axes, confusion, width)
    return figure


def _short(name: str, longest: int) -> str:
    """A name of at most so many letters."""
    # Matplotlib would read what stands between dollar signs as mathematics.
    return (name if len(name) <= longest else name[: longest - 1] + "…").replace("$", r"\$")


def _width_beside_names(figure: Figure, axes: Axes) -> float:
    """The width of the axes in inches, once their left edge leaves room for the names and the label beside it."""
    left, bottom, right, top = axes.get_position().extents
    width = float(figure.get_size_inches()[0])
    bounds = axes.get_tightbbox()
    assert bounds is not None
    left += max(0.1 - bounds.x0 / figure.dpi, 0.0) / width
    axes.set_position((left, bottom, right - left, top - bottom))
    return float(right - left) * width


def _confusion_colours(confusion: np.ndarray) -> np.ndarray:
    """(classes, classes, 3): the share of a row that is right in blue, mistakes in orange by their number."""
    rows = np.maximum(confusion.sum(axis=1, keepdims=True), 1)
    right = np.eye(len(confusion), dtype=bool)
    mistakes = np.where(right, 0, confusion)
    strength = np.where(right, confusion / rows, 0.15 + 0.85 * mistakes / max(int(mistakes.max()), 3))
    strength = np.where(confusion > 0, strength, 0.0)[..., None]
    full = np.where(right[..., None], np.array(BLUE), np.array(ORANGE))
    colours: np.ndarray = np.array(EMPTY) * (1 - strength) + full * strength
    return colours


def _write_counts(axes: Axes, confusion: np.ndarray, width: float) -> None:
    colours = _confusion_colours(confusion)
    # So large that the longest number fits into a cell, of `width` inches for all of them.
    size = min(11.0, width * 72 * 0.8 / len(confusion) / (0.64 * len(f"{confusion.max()}")))
    for (true, read), count in np.ndenumerate(confusion):
        if count:
            dark = colours[true, read] @ (0.299, 0.587, 0.114) < 0.6
            axes.text(read, true, f"{count}", ha="center", va="center", fontsize=size, color="white" if dark else INK)


# Learning curve


def learning_curve(
    history: Mapping[str, Sequence[float]], kept: int, fitting: int, held_back: int, thing: str
) -> Figure:
    """The score and the loss after each round, of training and of what was held back, with the round that is kept.

    Args:
        history: loss, val_loss and of classes accuracy and val_accuracy, of numbers mae and val_mae, of every round.
        kept: the round after which the model is taken, from 1.
        fitting, held_back: how many images were trained on and held back.
        thing: what an image is called.
    """
    figure = _figure(9.0, 4.4)
    score, loss = _axes(figure, 0.85, 1.35, 4.75, 0.65), _axes(figure, 5.15, 1.35, 0.45, 0.65)
    if "accuracy" in history:
        scores = history["val_accuracy"]
        reached = f"{percent(scores[kept - 1])} of these correct"
        _curve(score, "Accuracy", history["accuracy"], scores)
        score.yaxis.set_major_formatter(lambda share, _: f"{100 * share:g} %")
        _curve(loss, "Loss (cross-entropy)", history["loss"], history["val_loss"])
    else:
        scores = history["val_mae"]
        reached = f"{scores[kept - 1]:.4g} away from these on average"
        _curve(score, "Mean absolute error", history["mae"], scores)
        score.set_ylim(bottom=0)
        _curve(loss, "Loss (squared error / variance)", history["loss"], history["val_loss"])
    parts = f"trained on {fitting:,} {thing}s, watched on {held_back:,} others"
    _title(figure, "Learning curve", f"{parts}: {reached} after round {kept:,}, which is kept")
    for axes in (score, loss):
        axes.axvline(kept, color=FAINT, linewidth=1, linestyle="--", zorder=1, label="kept")
    loss.set_ylim(bottom=0)
    loss.legend(frameon=False, fontsize=10, labelcolor=INK, loc="best")
    return figure


def _curve(axes: Axes, name: str, training: Sequence[float], held_back: Sequence[float]) -> None:
    from matplotlib.ticker import MaxNLocator

    rounds = np.arange(1, len(training) + 1)
    marker = "o" if len(rounds) < 8 else None
    axes.plot(rounds, training, color=BLUE, linewidth=2, marker=marker, label="training")
    axes.plot(rounds, held_back, color=ORANGE, linewidth=2, marker=marker, label="held back")
    axes.set_title(name, loc="left", fontsize=11, color=INK, pad=10)
    axes.set_xlabel("round (epoch)", color=INK, fontsize=10.5, labelpad=6)
    axes.set_xlim(0.5 if len(rounds) < 8 else 0, len(rounds) + 0.5)
    axes.xaxis.set_major_locator(MaxNLocator(nbins=7, integer=True, min_n_ticks=1, steps=[1, 2, 5, 10]))
    axes.grid(axis="y", color=LINE, linewidth=0.8)
    axes.set_axisbelow(True)
    axes.spines["bottom"].set(visible=True, color=LINE)


# Misread images


def misread_images(
    images: np.ndarray, true: np.ndarray, read: np.ndarray, probabilities: np.ndarray, thing: str, how_many: str
) -> Figure:
    """A page of misread images with what they are, what they were read as, and how sure the model was.

    Args:
        images: (n, height, width), in the order of the page.
        true, read: classes (n,).
        probabilities: what the model gave to the class that it read, (n,).
        thing: what an image is called.
        how_many: of all test images were misread, in words.
    """
    rows = max(-(-len(images) // IMAGES_IN_A_ROW), 1)
    side, gap, text = 1.15, 0.25, 0.62  # inches: an image, between two, below one
    figure = _figure(0.6 + IMAGES_IN_A_ROW * (side + gap) - gap, 1.2 + rows * (side + text))
    _title(figure, f"Misread {thing}s: {how_many}", _order_of_misread(len(images)))
    width, height = figure.get_size_inches()
    for i, image in enumerate(images):
        row, column = divmod(i, IMAGES_IN_A_ROW)
        left, bottom = 0.3 + column * (side + gap), height - 1.1 - row * (side + text) - side
        axes = figure.add_axes((left / width, bottom / height, side / width, side / height))
        _draw_misread(axes, image, f"{true[i]}", f"{read[i]}", float(probabilities[i]))
    return figure


def _order_of_misread(shown: int) -> str:
    if shown == 0:
        return "nothing was misread"
    some = f"the {shown} in which" if shown == MOST_IMAGES else "first those in which"
    return f"{some} the model was surest of what it read, with the probability that it gave"


def _draw_misread(axes: Axes, image: np.ndarray, true: str, read: str, probability: float) -> None:
    axes.imshow(image, cmap="gray_r", interpolation="nearest", aspect="auto", vmin=0)
    axes.set_xticks([])
    axes.set_yticks([])
    axes.spines[:].set_color(LINE)
    below: dict[str, Any] = {"xycoords": "axes fraction", "textcoords": "offset points", "va": "top", "fontsize": 9.5}
    axes.annotate(f"true {true}", (0, 0), (0, -5), color=BLUE, **below)
    axes.annotate(f"read {read}, {100 * probability:.1f} %", (0, 0), (0, -18), color=ORANGE, **below)
