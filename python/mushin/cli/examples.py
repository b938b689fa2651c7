"""What `mushin train`, `evaluate` and `predict` are given: tables, arrays, images in files, sets that come by name."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeAlias

import numpy as np

from mushin.cli.errors import CommandError, without_origin
from mushin.data import (
    ImageFolder,
    Table,
    list_images,
    load_digits,
    load_fashion_mnist,
    load_mnist,
    read_arrays,
    read_idx,
    read_image,
    read_table,
    stratified_split,
)
from mushin.data.image_folder import ENDINGS

PAIRS = (("x_train", "y_train"), ("x", "y"), ("X", "y"), ("images", "labels"), ("data", "target"))
TEST_PAIR = ("x_test", "y_test")
_MOST_COLUMNS = 10  # that a message names
_LARGEST = 1e18  # a model computes with float32, which has no squares of numbers beyond 1.8e19

Samples: TypeAlias = "np.ndarray | list[Path]"


@dataclass(frozen=True)
class Layout:
    """How a table is to be read; see the options of `mushin train`.

    Args:
        target: the column that is y; None if there is to be none.
        ignore: columns that are left out.
        columns, width: the columns that are x, of how many there are; None for all that are left.
        header, delimiter: as `read_table` takes them.
        missing: "refuse" a table that lacks values; "drop" rows that do; or "mean": x holds NaN for them, which `Note`
            fills, and rows without the target are left out.
    """

    target: str | None = "-1"
    ignore: tuple[str, ...] = ()
    columns: tuple[str, ...] | None = None
    width: int = 0
    header: bool | None = None
    delimiter: str = ","
    missing: str = "refuse"


@dataclass(frozen=True)
class Examples:
    """Samples, and what they are.

    Args:
        origin: where they come from, for messages.
        x: numbers (n, ...), or the files of images.
        shape: of a sample.
        y: words, whole numbers or other numbers, (n,); None if nobody says.
        columns: the names of a table's columns that are x; None of anything else.
        target: the name of the column that is y.
        has_header: whether the names of the columns are the table's own.
        width: how many columns the table has.
        are_images: whether a sample is an image, of values from 0 on.
        remark: what became of missing values, in words; empty if none was missing.
        lines: of the file of a table, one for each sample; empty of anything else.
    """

    origin: str
    x: Samples
    shape: tuple[int, ...]
    y: np.ndarray | None = None
    columns: tuple[str, ...] | None = None
    target: str | None = None
    has_header: bool = False
    width: int = 0
    are_images: bool = False
    remark: str = ""
    lines: tuple[int, ...] = ()

    def __len__(self) -> int:
        return len(self.x)


Parts: TypeAlias = tuple[Examples, Examples | None]


def read_examples(place: str, layout: Layout) -> Parts:
    """The examples of a place: those to learn from, and those to test with, if it has them.

    Raises:
        CommandError: there is nothing, or nothing that can be used.
        OSError: a file is missing or cannot be read.
    """
    try:
        return _read(place, layout)
    except (ValueError, ImportError, RuntimeError) as error:  # RuntimeError: ~name of a user who does not exist
        raise CommandError(without_origin(error)) from error
    except FileNotFoundError as error:
        if error.errno is not None:
            raise
        raise CommandError(without_origin(error)) from error


def _read(place: str, layout: Layout) -> Parts:
    path = Path(place).expanduser()
    if not path.exists():
        if place in _SETS:
            return _SETS[place]()
        raise ValueError(f"{path}: does not exist, and is none of the sets {', '.join(_SETS)}")
    if path.is_dir():
        return _of_folder(path, layout)
    if path.suffix.lower() in ENDINGS:
        return _of_images(place, [path]), None
    with path.open("rb") as file:
        start = file.read(6)
    if start.startswith((b"\x93NUMPY", b"PK")) or path.suffix in (".npz", ".npy"):
        return _of_arrays(path, layout)
    if start.startswith((b"\0\0", b"\x1f\x8b")):
        return _checked(Examples(place, images := read_idx(path), images.shape[1:], are_images=images.ndim > 2)), None
    table = read_table(path, "\t" if path.suffix == ".tsv" else layout.delimiter, layout.header)
    return _of_table(place, table, layout), None


def _of_table(place: str, table: Table, layout: Layout) -> Examples:
    if layout.columns is None and len(table.names) == 1:
        raise ValueError(
            f"{table.file}: expected columns with {layout.delimiter!r} between them, got one column "
            "(--delimiter names another character)"
        )
    target, columns = _columns_of(table, layout)
    table, remark = _without_gaps(table, columns, target, layout.missing)
    try:
        x = table.numbers(columns, missing=math.nan)
    except ValueError as error:
        if layout.columns is not None:
            raise
        raise ValueError(
            f"{error} (all columns but the one that --target names must hold numbers; --ignore leaves columns out)"
        ) from error
    check_size(place, "the columns", x)
    return Examples(
        place,
        x,
        x.shape[1:],
        None if target is None else _target_of(table, target),
        tuple(table.names[i] for i in columns),
        None if target is None else table.names[target],
        table.has_header,
        len(table.names),
        remark=remark,
        lines=tuple(table.lines),
    )


def _without_gaps(table: Table, columns: list[int], target: int | None, missing: str) -> tuple[Table, str]:
    """The rows that can be used, and what became of missing values, in words; see Layout."""
    read = columns if target is None else [*columns, target]
    gaps = table.missing(read)
    if not gaps.any():
        return table, ""
    if missing == "refuse":
        where = [f"{n:,} in {table.names[i]}" for i, n in zip(read, gaps.sum(axis=0)) if n]
        if len(where) > _MOST_COLUMNS:
            where[_MOST_COLUMNS:] = [f"others in {len(where) - _MOST_COLUMNS:,} more columns"]
        raise ValueError(
            f"{table.file}: {gaps.sum():,} of {gaps.size:,} values are missing, {', '.join(where)} "
            f"(the first in line {table.lines[int(gaps.any(axis=1).argmax())]}); mushin train --missing drop leaves "
            "such rows out, --missing mean fills in the columns' means, in evaluate and predict, too"
        )
    dropped = (gaps if missing == "drop" else gaps[:, len(columns) :]).any(axis=1)
    if dropped.all():
        raise ValueError(f"{table.file}: expected rows without missing values, got none")
    filled = int(gaps[~dropped].sum())
    remarks = [f"{dropped.sum():,} of {len(table):,} rows left out"] * bool(dropped.any())
    remarks += [f"{filled:,} filled with means"] * bool(filled)
    return table.rows_of(np.flatnonzero(~dropped)), f"Missing values: {', '.join(remarks)}."


def _columns_of(table: Table, layout: Layout) -> tuple[int | None, list[int]]:
    """The numbers of the target's column and of those that are x."""
    target = None if layout.target is None else table.column(layout.target)
    if layout.columns is not None:
        if not table.has_header and len(table.names) != layout.width:
            if target is None and len(table.names) == len(layout.columns):
                return None, list(range(len(table.names)))  # the same columns without the target
            raise ValueError(f"{table.file}: expected {layout.width} columns, got {len(table.names)}")
        return target, [table.column(which) for which in layout.columns]
    left_out = {target, *(table.column(which) for which in layout.ignore)}
    columns = [i for i in range(len(table.names)) if i not in left_out]
    if not columns:
        raise ValueError(f"{table.file}: expected columns to learn from beside {layout.target}, got none")
    return target, columns


def _target_of(table: Table, column: int) -> np.ndarray:
    """A column, of which no cell is missing, as whole numbers, as numbers, or else as words."""
    whole = table.whole_numbers(column)
    if whole is not None:
        return whole
    # Whole numbers beyond int64 are names of classes: no float tells them apart.
    is_number = table.is_numeric(column) and not table.is_whole(column)
    return table.numbers([column])[:, 0] if is_number else np.array(table.words(column))


def _of_arrays(path: Path, layout: Layout) -> Parts:
    arrays = read_arrays(path)
    if "" in arrays:
        return _of_matrix(path, arrays[""], layout), None
    names = next((pair for pair in PAIRS if pair[0] in arrays), None)
    if names is None:
        known = ", ".join(f"{x} and {y}" for x, y in PAIRS)
        raise ValueError(f"{path}: expected arrays {known}, got {', '.join(arrays) or 'none'}")
    x, y = names
    test = None
    if x == "x_train" and TEST_PAIR[0] in arrays:
        test = _pair(path, arrays, *TEST_PAIR)
    return _pair(path, arrays, x, y), test


def _pair(path: Path, arrays: dict[str, np.ndarray], x_name: str, y_name: str) -> Examples:
    x, y = arrays[x_name], arrays.get(y_name)
    if y is not None and y.ndim == 2 and y.shape[1] == 1:
        y = y[:, 0]
    if y is not None and (y.ndim != 1 or x.ndim == 0 or len(x) != len(y)):
        raise ValueError(f"{path}: {y_name} must have a number or word for each of {x_name} {x.shape}, got {y.shape}")
    are_images = x.dtype == np.uint8 and x.ndim > 2
    return _checked(Examples(str(path), x, x.shape[1:], y, are_images=are_images), x_name)


def _of_matrix(path: Path, matrix: np.ndarray, layout: Layout) -> Examples:
    """A table without a header, as an array."""
    if matrix.ndim != 2 or matrix.dtype.kind == "U":
        if layout.target is None:
            return _checked(Examples(str(path), matrix, matrix.shape[1:], are_images=matrix.dtype == np.uint8))
        raise ValueError(f"{path}: expected numbers (n, columns), got {matrix.dtype} {matrix.shape}")
    names = tuple(str(i + 1) for i in range(matrix.shape[1]))
    table = Table(path, names, [], [], False)
    target, columns = _columns_of(table, layout)
    y = None if target is None else matrix[:, target]
    if y is not None and (np.abs(y) < 2.0**63).all() and (y == np.rint(y)).all():
        y = y.astype(np.int64)
    kept = tuple(names[i] for i in columns)
    name = None if target is None else names[target]
    return _checked(Examples(str(path), matrix[:, columns], (len(columns),), y, kept, name, width=len(names)))


def _checked(examples: Examples, name: str = "the array") -> Examples:
    """The examples, whose arrays hold finite numbers of at least one sample."""
    x, y = examples.x, examples.y
    assert isinstance(x, np.ndarray)
    if x.ndim < 2 or 0 in x.shape or x.dtype.kind not in "biuf":
        raise ValueError(f"{examples.origin}: {name} must hold numbers (samples, ...), got {x.dtype} {x.shape}")
    for what, values in ((name, x), ("the target", y)):
        if values is not None and values.dtype.kind == "f" and not np.isfinite(values).all():
            place = tuple(int(i) for i in np.argwhere(~np.isfinite(values))[0])
            raise ValueError(f"{examples.origin}: {what} must hold finite numbers, got {values[place]} at {place}")
    check_size(examples.origin, name, x)
    return examples


def check_size(origin: str, name: str, values: np.ndarray) -> None:
    """See that numbers, or NaN where they are missing, are not too large to learn from.

    Raises:
        CommandError: one is.
    """
    largest = max(float(np.fmax.reduce(values, axis=None)), -float(np.fmin.reduce(values, axis=None)))
    if largest > _LARGEST:
        raise CommandError(f"{origin}: {name} must hold numbers up to {_LARGEST:g} in size, got {largest:g}")


def check_spread(origin: str, target: np.ndarray) -> None:
    """See that numbers that are to be predicted do not lie too close together to learn from, unless all are the same.

    Raises:
        CommandError: they do.
    """
    deviation = float(target.std(dtype=np.float64))
    if 0 < deviation < 1 / _LARGEST:
        raise CommandError(
            f"{origin}: the target must have a standard deviation of at least {1 / _LARGEST:g}, got {deviation:g}"
        )


def _of_folder(path: Path, layout: Layout) -> Parts:
    files = [file.name for file in path.iterdir() if file.is_file()]
    if any(name.startswith(("train-", "t10k-")) or name.endswith(".npz") for name in files):
        return _of_pairs(str(path), *load_mnist(path=path))
    folders = {folder.name for folder in path.iterdir() if folder.is_dir()}
    if "train" in folders and folders <= {"train", "test"}:
        test = _of_classes(path / "test") if "test" in folders else None
        return _of_classes(path / "train"), test
    if not folders and layout.target is None:
        return _of_images(str(path), list_images(path)), None
    return _of_classes(path), None


def _of_classes(path: Path) -> Examples:
    folder = ImageFolder(path)
    y = np.array([folder.classes[i] for i in folder.targets])
    return Examples(str(path), folder.files, folder.image_shape, y, are_images=True)


def _of_images(place: str, files: list[Path]) -> Examples:
    if not files:
        raise ValueError(f"{place}: expected images, got none")
    return Examples(place, files, read_image(files[0]).shape, are_images=True)


def _of_pairs(origin: str, *pairs: tuple[np.ndarray, np.ndarray]) -> Parts:
    parts = []
    for part, (images, labels) in zip(("training", "test"), pairs):
        if len(images) == 0:
            raise ValueError(f"{origin}: the {part} part holds no images")
        parts.append(Examples(origin, images, images.shape[1:], labels.astype(np.int64), are_images=True))
    return parts[0], parts[1]


def _digits() -> Parts:
    images, labels = load_digits()
    train, test = stratified_split(labels, 0.2, seed=0)
    return _of_pairs("digits", (images[train], labels[train]), (images[test], labels[test]))


_SETS: dict[str, Callable[[], Parts]] = {
    "digits": _digits,
    "mnist": lambda: _of_pairs("mnist", *load_mnist()),
    "fashion-mnist": lambda: _of_pairs("fashion-mnist", *load_fashion_mnist()),
}


def words_of_classes(examples: Examples) -> np.ndarray:
    """What the examples' classes are called: words or whole numbers.

    Raises:
        CommandError: there are no classes, or numbers that are not whole.
    """
    y = examples.y
    if y is None:
        raise CommandError(f"{examples.origin}: says of no sample what class it is of")
    if y.dtype.kind != "f":
        return y
    others = y[(y != np.rint(y)) | (np.abs(y) >= 2.0**63)]
    if len(others):
        raise CommandError(
            f"{examples.origin}: classes must be words or whole numbers, got {others[0]} "
            "(--task regression predicts numbers)"
        )
    return y.astype(np.int64)


def class_ids(examples: Examples, classes: Sequence[Any]) -> np.ndarray:
    """The numbers of the examples' classes.

    Raises:
        CommandError: there are no classes, numbers that are not whole, or one that is not known.
    """
    given = list(map(str, words_of_classes(examples).tolist()))
    numbers = {str(name): i for i, name in enumerate(classes)}
    try:
        return np.array([numbers[word] for word in given], np.int64)
    except KeyError as error:
        place = f", line {examples.lines[given.index(error.args[0])]}" if examples.lines else ""
        known = ", ".join(map(str, classes))
        raise CommandError(
            f"{examples.origin}{place}: class {error} is none of those that are known: {known}"
        ) from error
