"""Where commands write to, and how they speak."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import TypeAlias

from mushin.cli.errors import CommandError

Say: TypeAlias = Callable[..., None]


def speaker(quiet: bool) -> Say:
    """What prints at once, or says nothing."""
    return (lambda *_: None) if quiet else partial(print, flush=True)


def prepared_folder(out: str) -> Path:
    """The folder for the results, made if it is not there; it can be written to.

    Raises:
        CommandError: it cannot be made or written to, or a file is in its place.
    """
    folder = Path(os.path.expanduser(out))  # Path's own raises RuntimeError for a user who does not exist
    if folder.exists() and not folder.is_dir():
        raise CommandError(f"{folder}: --out must name a folder, and this is a file")
    try:
        folder.mkdir(parents=True, exist_ok=True)
        tempfile.TemporaryFile(dir=folder).close()
    except OSError as error:
        raise CommandError(f"{folder}: --out must name a folder that can be written to: {error.strerror}") from error
    return folder
