"""Text files of any size: decoded piece by piece, cut into lines, with the file and line of whatever is wrong."""

from __future__ import annotations

import codecs
import gzip
import io
import os
import sys
import zlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import IO, Any, TypeAlias, cast

from mushin.data.dataset import IterableDataset
from mushin.data.sampler import whole_number
from mushin.data.workers import get_worker_info

File: TypeAlias = "str | os.PathLike[str]"
LONGEST_LINE = 10_000_000  # characters
_PIECE = 1 << 18  # bytes that are decoded at once
_GZIP_START = b"\x1f\x8b"
_ERRORS = ("strict", "replace", "ignore")


def read_text(path: File, encoding: str = "utf-8", errors: str = "strict") -> str:
    """All of a text file, compressed with gzip or not, with "\\n" at the end of every line.

    Args:
        path: the file. Whether it is compressed is seen from its first bytes.
        encoding: how its characters are written; a mark of the byte order in front is left out.
        errors: what is done about bytes that are no characters: "strict" refuses them, "replace" puts U+FFFD in their
            place, "ignore" leaves them out.

    Raises:
        OSError: the file cannot be opened.
        ValueError: it is empty, its compressed data are damaged, or bytes are no characters, with their line; an
            unknown encoding or errors.
    """
    text = "".join(_decoded("read_text", Path(path), *_coding("read_text", encoding, errors)))
    if not text:
        raise ValueError(f"[read_text] {path}: expected text, got an empty file")
    return text


def lines_of(
    paths: File | Iterable[File],
    encoding: str = "utf-8",
    errors: str = "strict",
    max_line: int = LONGEST_LINE,
    *,
    keep_ends: bool = False,
    progress: bool = False,
) -> Iterator[str]:
    """The lines of text files one after the other, as they are read: a file may be larger than memory.

    Args:
        paths: a file or several, each compressed with gzip or not, which is seen from its first bytes.
        encoding, errors: as in `read_text`.
        max_line: how many characters a line may have.
        keep_ends: whether lines keep their end, which then is "\\n" whatever it is in the file.
        progress: whether a line shows how much has been read.

    Raises:
        OSError: a file cannot be opened; that one is missing is said before any is read.
        ValueError: no file at all, or nothing but empty ones; a longer line, damaged compressed data or bytes that
            are no characters, with the file and line; an unknown encoding or errors, a max_line below 1.
        TypeError: paths that are none, a max_line that is no integer.
    """
    op = "lines_of"
    files = _files(op, paths)
    make_decoder, errors = _coding(op, encoding, errors)
    longest = whole_number(op, "max_line", max_line, 1)
    size = sum(file.stat().st_size for file in files)

    def lines() -> Iterator[str]:
        bar = _bar(size) if progress else None
        try:
            is_empty = True
            for file in files:
                for line in _lines(op, file, _decoded(op, file, make_decoder, errors, bar), longest):
                    is_empty = False
                    yield line if keep_ends else line.removesuffix("\n")
            if is_empty:
                raise ValueError(f"[{op}] paths must have text, got {', '.join(map(str, files))}, with no character")
        finally:
            if bar is not None:
                bar.close()

    return lines()


class TextLines(IterableDataset):
    """The lines of text files as a data set, anew in every pass; workers of a loader share the files.

    Args:
        paths, encoding, errors, max_line, keep_ends: as in `lines_of`.

    Raises:
        As `lines_of` does, when a pass begins and in it.
    """

    def __init__(
        self,
        paths: File | Iterable[File],
        encoding: str = "utf-8",
        errors: str = "strict",
        max_line: int = LONGEST_LINE,
        *,
        keep_ends: bool = False,
    ) -> None:
        self.paths = _files("TextLines", paths)
        self.encoding, self.errors = encoding, errors
        self.max_line = max_line
        self.keep_ends = keep_ends

    def __iter__(self) -> Iterator[str]:
        worker = get_worker_info()
        paths = self.paths if worker is None else self.paths[worker.id :: worker.num_workers]
        if not paths:  # there are more workers than files
            return iter(())
        return lines_of(paths, self.encoding, self.errors, self.max_line, keep_ends=self.keep_ends)


# --- arguments


def _files(op: str, paths: Any) -> list[Path]:
    listed = [paths] if isinstance(paths, (str, os.PathLike)) else paths
    if not isinstance(listed, Iterable):
        raise TypeError(f"[{op}] paths must be a path or several, got {type(paths).__name__}")
    files = []
    for path in listed:
        if not isinstance(path, (str, os.PathLike)):
            raise TypeError(f"[{op}] paths must be paths, got {type(path).__name__}")
        files.append(Path(path))
    if not files:
        raise ValueError(f"[{op}] paths must have at least one file, got none")
    return files


def _coding(op: str, encoding: Any, errors: Any) -> tuple[Callable[..., codecs.IncrementalDecoder], str]:
    """What makes a decoder, and how that treats bytes that are no characters."""
    if errors not in _ERRORS:
        raise ValueError(f"[{op}] errors must be one of {', '.join(map(repr, _ERRORS))}, got {errors!r}")
    try:
        "".encode(encoding)  # refuses what Python knows as an encoding of bytes
        name = codecs.lookup(encoding).name
        return codecs.getincrementaldecoder("utf-8" if name == "utf-8-sig" else name), errors  # no mark is kept anyway
    except (LookupError, TypeError, ValueError):
        raise ValueError(f"[{op}] encoding must be one that Python knows, got {encoding!r}") from None


# --- from bytes to lines


def _decoded(
    op: str, file: Path, make_decoder: Callable[..., codecs.IncrementalDecoder], errors: str, bar: Any = None
) -> Iterator[str]:
    """The text of a file in pieces, each line of which ends with a line feed."""
    decoder = make_decoder(errors)
    ends = io.IncrementalNewlineDecoder(None, translate=True)
    line, is_first = 1, True
    with file.open("rb") as raw:
        compressed = raw.peek(len(_GZIP_START)).startswith(_GZIP_START)
        stream = cast("IO[bytes]", gzip.GzipFile(fileobj=raw)) if compressed else raw
        piece, before = b"more", 0
        while piece:
            waiting = decoder.getstate()
            try:
                piece = stream.read(_PIECE)
                text = decoder.decode(piece, final=not piece)
            except UnicodeDecodeError as error:
                decoder.setstate(waiting)
                good = decoder.decode(piece[: max(error.start - len(waiting[0]), 0)])
                line += ends.decode(good, final=True).count("\n")
                raise ValueError(
                    f"[{op}] {file}, line {line}: expected text in {error.encoding}, got byte "
                    f"{error.object[error.start]:#04x} ({error.reason})"
                ) from error
            except UnicodeError as error:  # the mark of the byte order is missing
                raise ValueError(f"[{op}] {file}, line {line}: {error}") from error
            except (EOFError, zlib.error, gzip.BadGzipFile) as error:
                raise ValueError(
                    f"[{op}] {file}, line {line} or after: the gzip data are truncated or damaged ({error})"
                ) from error
            if is_first and text:
                text, is_first = text.removeprefix("\ufeff"), False
            text = ends.decode(text, final=not piece)
            line += text.count("\n")
            if bar is not None:
                bar.update(raw.tell() - before)
                before = raw.tell()
            yield text


def _lines(op: str, file: Path, pieces: Iterable[str], longest: int) -> Iterator[str]:
    """Lines with their ends, the last one as it is."""
    begun: list[str] = []  # of a line that goes on in the next piece
    size, number = 0, 1

    def check(length: int) -> None:
        if length > longest:
            raise ValueError(
                f"[{op}] {file}, line {number}: expected at most {longest:,} characters (max_line), got more"
            )

    for piece in pieces:
        for line in io.StringIO(piece, newline="\n"):  # str.splitlines() would cut at form feeds and others, too
            size += len(line)
            if not line.endswith("\n"):
                check(size)
                begun.append(line)
                continue
            check(size - 1)
            yield "".join((*begun, line)) if begun else line
            begun.clear()
            size, number = 0, number + 1
    if begun:
        yield "".join(begun)


def _bar(size: int) -> Any:
    from tqdm import tqdm  # loaded when a line is to be shown

    layout = "{n_fmt}/{total_fmt} {bar:20} {elapsed}<{remaining}"
    return tqdm(total=size, unit="B", unit_scale=True, file=sys.stdout, bar_format=layout, mininterval=0.1, leave=False)
