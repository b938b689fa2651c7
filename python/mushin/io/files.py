"""Writing a file so that whoever opens it finds the old content or all of the new."""

from __future__ import annotations

import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeAlias

PathLike: TypeAlias = str | os.PathLike[str]


@contextmanager
def replacing(path: PathLike) -> Iterator[Path]:
    """The path of a temporary file in the same folder, which takes the place of `path` when the block ends.

    The content is on the disk before the name changes. When the block or the writing fails, `path` is what it was and
    the temporary file is gone.

    Raises:
        OSError: the folder does not exist or cannot be written to, the disk is full, `path` is a folder.
    """
    target = Path(path)
    part = target.with_name(f".{target.name}.{secrets.token_hex(8)}.part")
    try:
        mode = _create(part)
        yield part
        _flush(part, mode)
        os.replace(part, target)
    except BaseException as error:
        with suppress(OSError):
            part.unlink()
        if isinstance(error, OSError) and str(error.filename) == str(part):
            raise OSError(error.errno, error.strerror, str(target)) from error  # the name that the caller knows
        raise
    _flush_folder(target.parent)


def write_file(path: PathLike, content: bytes) -> None:
    """Writes a file whole or not at all; see `replacing`."""
    with replacing(path) as part:
        part.write_bytes(content)


def _create(part: Path) -> int:
    """Makes an empty file; returns the permissions that the process gives its new files. Libraries choose others."""
    handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o666)
    try:
        return os.fstat(handle).st_mode & 0o777
    finally:
        os.close(handle)


def _flush(part: Path, mode: int) -> None:
    handle = os.open(part, os.O_RDWR)
    try:
        if os.name == "posix":
            os.fchmod(handle, mode)
        os.fsync(handle)
    finally:
        os.close(handle)


def _flush_folder(folder: Path) -> None:
    """Lets the new name survive a power cut, where the system can flush a folder."""
    if os.name != "posix":
        return
    with suppress(OSError):
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)
