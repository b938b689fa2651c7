"""What a model's file says of the run that made it: what its inputs and outputs mean."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mushin import io, keras
from mushin.cli.errors import CommandError, without_origin
from mushin.cli.examples import Examples, Layout, Samples, check_size, class_ids, read_examples
from mushin.data import DataLoader, Dataset, image_of_shape

if TYPE_CHECKING:
    from mushin.keras import Model

_KEY = "mushin.cli"
_VERSION = 1


@dataclass(frozen=True)
class Note:
    """What a model was made of.

    Args:
        task: "classification" or "regression".
        shape: of a sample.
        classes: in the order of the model's outputs; None of a regression.
        columns, target, has_header, width: of the table, as `Examples` has them.
        delimiter: between the table's cells.
        are_images: whether samples are images.
        missing: what became of a table's missing values; see `Layout`.
        means: of the columns, which take their place; None if none does.
    """

    task: str
    shape: tuple[int, ...]
    classes: tuple[Any, ...] | None
    columns: tuple[str, ...] | None
    target: str | None
    has_header: bool
    width: int
    delimiter: str
    are_images: bool
    missing: str = "refuse"
    means: tuple[float, ...] | None = None

    def metadata(self) -> dict[str, str]:
        return {_KEY: json.dumps({"version": _VERSION, **asdict(self)})}

    def filled(self, examples: Examples) -> Examples:
        """The examples with means in the place of missing values."""
        if self.means is None or not isinstance(examples.x, np.ndarray):
            return examples
        return replace(examples, x=np.where(np.isnan(examples.x), self.means, examples.x))

    def goal_of(self, examples: Examples) -> np.ndarray:
        """The examples' targets as the model's loss takes them.

        Raises:
            CommandError: there are none, or a class that the model does not know; or words in place of numbers, or
                numbers that are too large.
        """
        if self.classes is not None:
            return class_ids(examples, self.classes)
        if examples.y is None:
            raise CommandError(f"{examples.origin}: holds no numbers that could be predicted")
        if examples.y.dtype.kind not in "biuf":
            raise CommandError(f"{examples.origin}: the target must hold numbers, got {examples.y[0]!r}")
        check_size(examples.origin, "the target", examples.y)
        return examples.y.astype(np.float32)


def read_model(file: str) -> tuple[Model, Note]:
    """The model of a file that `mushin train` has written, and what it says of it.

    Raises:
        CommandError: the file is damaged, or holds something else.
        OSError: it cannot be read.
    """
    if Path(file).is_dir():
        raise CommandError(f"{file}: is a folder; MODEL must be a file that mushin train has written")
    try:
        metadata = io.load_metadata(file)
        if _KEY not in metadata:
            raise ValueError(f"{file}: expected a model that mushin train has written")
        note = _note_of(file, metadata[_KEY])
        model = keras.models.load_model(file)
    except ValueError as error:
        hint = "" if file.endswith(".safetensors") else " (MODEL must be a file that mushin train has written)"
        raise CommandError(without_origin(error) + hint) from error
    if model.input_shape != (None, *note.shape):
        raise CommandError(f"{file}: the model takes {model.input_shape}, but its note says {note.shape}")
    if note.means is not None and len(note.means) != note.shape[0]:
        raise CommandError(f"{file}: the model takes {note.shape[0]} columns, but its note has {len(note.means)} means")
    outputs = 1 if note.classes is None else len(note.classes)
    if model.output_shape != (None, outputs):
        raise CommandError(f"{file}: the model gives {model.output_shape}, but its note says {outputs}")
    return model, note


def _note_of(file: str, text: str) -> Note:
    try:
        content = json.loads(text)
        if content.pop("version") != _VERSION:
            raise ValueError("of another version")
        for name in ("shape", "classes", "columns", "means"):
            content[name] = None if content.get(name) is None else tuple(content[name])
        return Note(**content)
    except (ValueError, TypeError, KeyError, AttributeError, RecursionError) as error:
        raise ValueError(f"{file}: what the file says of its run cannot be read: {error}") from error


def examples_for(note: Note, place: str, needs_target: bool) -> Examples:
    """The examples of a place, the columns chosen as the model needs them; the test part if there are two.

    Raises:
        CommandError: the data are not such as the model takes.
        OSError: they cannot be read.
    """
    target = (note.target or "-1") if needs_target else None
    # A row that is left out would shift the predictions of those behind it.
    missing = "refuse" if note.missing == "drop" and not needs_target else note.missing
    layout = Layout(target, (), note.columns, note.width, note.has_header, note.delimiter, missing)
    training, test = read_examples(place, layout)
    examples = test or training
    if examples.shape != note.shape:
        raise CommandError(f"{place}: the model takes samples of shape {note.shape}, got {examples.shape}")
    return note.filled(examples)


class ImagesOfFiles(Dataset):
    """Images that are read when they are asked for: sample i is an image, or (image, target) if there are targets."""

    def __init__(self, files: list[Path], shape: tuple[int, ...], targets: np.ndarray | None = None) -> None:
        self.files, self.shape, self.targets = files, shape, targets

    def __len__(self) -> int:
        return len(self.files)

    def __getitem__(self, index: int) -> Any:
        image = image_of_shape(self.files[index], self.shape)
        return image if self.targets is None else (image, self.targets[index])


def predictions(model: Model, x: Samples, shape: tuple[int, ...], workers: int = 0) -> np.ndarray:
    """What a model gives for samples: probabilities (n, classes), or numbers (n, 1).

    Raises:
        CommandError: an image cannot be read.
    """
    if isinstance(x, np.ndarray):
        return np.asarray(model.predict(x, verbose=0))
    loader = DataLoader(ImagesOfFiles(x, shape), batch_size=32, num_workers=workers)
    try:
        return np.asarray(model.predict(loader, verbose=0))
    except (ValueError, ImportError) as error:
        raise CommandError(without_origin(error)) from error
