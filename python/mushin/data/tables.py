"""Tables in text files: rows of cells between commas or the like, with or without a header.

Source: Y. Shafranovich, RFC 4180 (2005), Common Format and MIME Type for Comma-Separated Values (CSV) Files.
"""

from __future__ import annotations

import csv
import io
import math
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

_WHOLE = re.compile(r"[+-]?[0-9]+")
_MISSING = frozenset({"", "na", "n/a", "nan", "null", "none", "?"})


@dataclass(frozen=True)
class Table:
    """The cells of a table as text.

    Args:
        file: where it was read from, for messages.
        names: of the columns; "1", "2", ... if the file has no header.
        rows: the cells of each row, as many as there are names.
        lines: the number of each row's last line in the file, from 1.
        has_header: whether the file names its columns.
    """

    file: Path
    names: tuple[str, ...]
    rows: list[list[str]]
    lines: list[int]
    has_header: bool

    def __len__(self) -> int:
        return len(self.rows)

    def column(self, which: str | int) -> int:
        """The number, from 0, of a column that is given by its name or by its number from 1; -1 is the last.

        Raises:
            ValueError: there is no such column.
        """
        text = str(which)
        if text in self.names:
            return self.names.index(text)
        if _WHOLE.fullmatch(text) and len(text) < 19:
            number = int(text)
            if 1 <= number <= len(self.names):
                return number - 1
            if -len(self.names) <= number < 0:
                return len(self.names) + number
        raise ValueError(f"[read_table] {self.file}: no column {text!r}; there are {', '.join(self.names)}")

    def rows_of(self, numbers: NDArray[np.int64]) -> Table:
        """The table of some of the rows, by their numbers from 0."""
        return replace(self, rows=[self.rows[i] for i in numbers], lines=[self.lines[i] for i in numbers])

    def missing(self, columns: Sequence[int]) -> NDArray[np.bool_]:
        """Which cells of some columns hold no value, (rows, columns): empty ones, and "NA", "?" and the like."""
        gaps = [row[column].lower() in _MISSING for row in self.rows for column in columns]
        return np.array(gaps, bool).reshape(len(self.rows), len(columns))

    def words(self, column: int) -> list[str]:
        """The cells of a column, none of them missing.

        Raises:
            ValueError: a cell is missing; its line and column are named.
        """
        cells = [row[column] for row in self.rows]
        for i, cell in enumerate(cells):
            if cell.lower() in _MISSING:
                raise self._wrong(i, column, f"the value is missing ({cell!r})")
        return cells

    def numbers(self, columns: Sequence[int], missing: float | None = None) -> NDArray[np.float64]:
        """Columns of finite numbers, (rows, columns).

        Args:
            columns: their numbers from 0.
            missing: what stands for a missing cell; None if there may be none.

        Raises:
            ValueError: a cell is missing or no number; its line and column are named.
        """
        values = np.empty((len(self.rows), len(columns)))
        for i, row in enumerate(self.rows):
            for j, column in enumerate(columns):
                value = _number(row[column])
                if value is None and missing is not None and row[column].lower() in _MISSING:
                    value = missing
                if value is None:
                    self.words(column)
                    raise self._wrong(i, column, f"expected a number, got {row[column]!r}")
                values[i, j] = value
        return values

    def is_whole(self, column: int) -> bool:
        """Whether every cell of a column is a whole number, of any size."""
        return all(_WHOLE.fullmatch(row[column]) for row in self.rows)

    def whole_numbers(self, column: int) -> NDArray[np.int64] | None:
        """A column of whole numbers; None if one of its cells is none, or beyond int64."""
        if not self.is_whole(column):
            return None
        try:
            return np.array([int(row[column]) for row in self.rows], np.int64)
        except (OverflowError, ValueError):  # ValueError: more digits than Python reads
            return None

    def is_numeric(self, column: int) -> bool:
        """Whether every cell of a column is a finite number."""
        return all(_number(row[column]) is not None for row in self.rows)

    def _wrong(self, row: int, column: int, what: str) -> ValueError:
        name = f" ({self.names[column]})" if self.has_header else ""
        return ValueError(f"[read_table] {self.file}, line {self.lines[row]}, column {column + 1}{name}: {what}")


def read_table(file: str | os.PathLike[str], delimiter: str = ",", header: bool | None = None) -> Table:
    """Read a table from a text file in UTF-8. Empty lines are left out, and spaces around cells.

    Args:
        file: path of the file.
        delimiter: the character between cells.
        header: whether the first row names the columns; None if it does so unless one of its cells is a number.

    Raises:
        OSError: the file cannot be opened.
        ValueError: the file is not UTF-8, has no rows, a row with more or fewer cells than the first, a quote that is
            not closed, or two columns of one name. The message names the line.

    Source: RFC 4180.
    """
    path = Path(file)
    if len(delimiter) != 1 or delimiter in '\r\n"':
        raise ValueError(
            f"[read_table] delimiter must be one character, neither a quote nor an end of line, got {delimiter!r}"
        )
    rows, lines = _cells(path, delimiter)
    if header is None:
        header = bool(rows) and not any(_number(cell) is not None for cell in rows[0])
    names = tuple(rows[0]) if header and rows else ()
    if header:
        rows, lines = rows[1:], lines[1:]
    if not rows:
        raise ValueError(f"[read_table] {path}: expected rows of values, got none")
    if header and len(set(names)) < len(names):
        twice = next(name for name in names if names.count(name) > 1)
        raise ValueError(f"[read_table] {path}: expected columns of different names, got {twice!r} twice")
    return Table(path, names or tuple(str(i + 1) for i in range(len(rows[0]))), rows, lines, header)


def _cells(path: Path, delimiter: str) -> tuple[list[list[str]], list[int]]:
    content = path.read_bytes()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = content.count(b"\n", 0, error.start) + 1
        raise ValueError(f"[read_table] {path}, line {line}: expected text in UTF-8, got {error.reason}") from error
    rows: list[list[str]] = []
    lines: list[int] = []
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=True)
    try:
        for row in reader:
            cells = [cell.strip() for cell in row]
            if not any(cells) and len(cells) < 2:
                continue
            if rows and len(cells) != len(rows[0]):
                raise ValueError(
                    f"[read_table] {path}, line {reader.line_num}, column {min(len(cells), len(rows[0])) + 1}: "
                    f"expected {len(rows[0])} cells as in line {lines[0]}, got {len(cells)}"
                )
            rows.append(cells)
            lines.append(reader.line_num)
    except csv.Error as error:
        raise ValueError(f"[read_table] {path}, line {reader.line_num}: {error}") from error
    return rows, lines


def _number(cell: str) -> float | None:
    try:
        value = float(cell)
    except ValueError:
        return None
    # Python reads 1_000 as a number, which no table means.
    return value if math.isfinite(value) and "_" not in cell else None
