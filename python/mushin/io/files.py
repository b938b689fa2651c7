"""Writing a file so that whoever opens it finds the old content or all of the new."""

from __future__ import annotations

import errno
import os
import secrets
import stat
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TypeAlias

PathLike: TypeAlias = str | os.PathLike[str]


@contextmanager
def replacing(path: PathLike) -> Iterator[Path]:
    """The path of a temporary file, which takes the place of `path` when the block ends.

    The content is on the disk before the name changes. When the block or the writing fails, `path` is what it was and
    the temporary file is gone. Links stay: the file they lead to is replaced, or made. The new file has the permissions
    of the old one, and its owner and group where the system allows it. Another hard link keeps the old content.

    Raises:
        OSError: the folder does not exist or cannot be written to, the disk is full, `path` is a folder, a device, a
            pipe or a socket, or a file that may not be written to.
    """
    target = Path(os.path.realpath(path))
    # Beside the target: a file cannot be renamed into another file system. Cut off: a name may be 255 bytes long.
    part = target.parent / f".{target.name[:40]}.{secrets.token_hex(8)}.part"
    try:
        old = _status(path)
        mode = _create(part, old)
        yield part
        _flush(part, old, mode)
        os.replace(part, target)
    except BaseException as error:
        with suppress(OSError):
            part.unlink()
        if isinstance(error, OSError) and str(error.filename) == str(part):
            raise OSError(error.errno, error.strerror, os.fspath(path)) from error  # the name that the caller knows
        raise
    _flush_folder(target.parent)


def write_file(path: PathLike, content: bytes) -> None:
    """Writes a file whole or not at all; see `replacing`."""
    with replacing(path) as part, named(part):
        part.write_bytes(content)


def _status(path: PathLike) -> os.stat_result | None:
    """What the system says of the file that will be replaced, None if there is none.

    Renaming asks neither what kind of file it replaces nor whether that may be written to, so it is asked here.
    """
    try:
        status = os.stat(path)
    except FileNotFoundError:
        return None
    if stat.S_ISDIR(status.st_mode):
        raise IsADirectoryError(errno.EISDIR, os.strerror(errno.EISDIR), os.fspath(path))
    if not stat.S_ISREG(status.st_mode):
        raise OSError(errno.EINVAL, "a device, a pipe or a socket is not replaced by a file", os.fspath(path))
    if not os.access(path, os.W_OK):
        raise PermissionError(errno.EACCES, os.strerror(errno.EACCES), os.fspath(path))
    return status


def _create(part: Path, old: os.stat_result | None) -> int:
    """Makes an empty file, open to nobody whom the old one shuts out; returns the permissions it must end with."""
    ask = 0o666 if old is None else old.st_mode & 0o666 | 0o600
    try:
        handle = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, ask)
    except OSError as error:
        error.strerror = f"{error.strerror} (a temporary file in {part.parent})"
        raise
    try:
        # What the umask has left of a new file's; libraries that write `part` may choose others.
        return (old or os.fstat(handle)).st_mode & 0o777
    finally:
        os.close(handle)


def _flush(part: Path, old: os.stat_result | None, mode: int) -> None:
    handle = os.open(part, os.O_RDWR)
    try:
        if os.name == "posix":
            if old is not None:
                for owner, group in ((-1, old.st_gid), (old.st_uid, -1)):
                    with suppress(OSError):  # only root gives files away, and others only to groups of their own
                        os.fchown(handle, owner, group)
            os.fchmod(handle, mode)
        with named(part):
            os.fsync(handle)
    finally:
        os.close(handle)


@contextmanager
def named(part: Path) -> Iterator[None]:
    """Says which file it was where the system does not, as when the disk is full."""
    try:
        yield
    except OSError as error:
        if error.filename is None:
            error.filename = os.fspath(part)
        raise


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
