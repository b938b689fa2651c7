"""Fetching a file whose content is known beforehand."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from mushin.io import replacing

_SECONDS_WITHOUT_ANSWER = 30
_CHUNK = 1 << 20


@dataclass(frozen=True)
class RemoteFile:
    """A file that can be fetched.

    Its content is the one with the hash. The size bounds what is read, and tells a broken answer from another file.
    """

    url: str
    size: int
    sha256: str

    @property
    def name(self) -> str:
        return self.url.rpartition("/")[2]


def download(remote: RemoteFile, target: Path) -> None:
    """Fetch a file; `target` comes into being only when all of it is on the disk and its hash is right.

    Raises:
        OSError: nobody answers, the answer breaks off, or the file cannot be written.
        ValueError: the answer is another file.
    """
    target.parent.mkdir(parents=True, exist_ok=True)
    with replacing(target) as part, part.open("wb") as file:
        _fetch(remote, file)


def _fetch(remote: RemoteFile, file: IO[bytes]) -> None:
    # Imported here: they take longer than everything else in this package, and most loads read a local file.
    from http.client import HTTPException
    from urllib.request import urlopen

    digest, received = hashlib.sha256(), 0
    try:
        with urlopen(remote.url, timeout=_SECONDS_WITHOUT_ANSWER) as answer:
            # One byte more than expected is enough to see that it is another file; a server may send without end.
            while chunk := answer.read(min(_CHUNK, remote.size + 1 - received)):
                file.write(chunk)
                digest.update(chunk)
                received += len(chunk)
    except HTTPException as error:
        raise ConnectionError(f"the answer broke off or is not HTTP: {error!r}") from error
    if digest.hexdigest() == remote.sha256:
        return
    if received < remote.size:
        raise ConnectionError(f"the answer ended after {received} of {remote.size} bytes")
    raise ValueError(f"{remote.url}: expected SHA-256 {remote.sha256}, got {digest.hexdigest()}")
