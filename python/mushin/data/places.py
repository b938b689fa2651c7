"""Where a published set of images is looked for, and what happens when it is nowhere: it is downloaded."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from .download import RemoteFile, download
from .image_files import Examples, expected_files, read_place, what_lacks


@dataclass(frozen=True)
class Dataset:
    """A published set: the function that loads it, the folder it lies in, and from where it is fetched."""

    loader: str
    folder: str
    remote_files: tuple[RemoteFile, ...]
    home: str
    system_folder: Path | None = None
    package_advice: str = ""

    @property
    def npz_name(self) -> str:
        return f"{self.folder}.npz"


def load(dataset: Dataset, path: str | os.PathLike[str] | None) -> tuple[Examples, Examples]:
    """Read a set from `path`; or, if that is None, from the first place that has it, in the end from the network.

    Raises:
        FileNotFoundError: the set is not in `path`, or nowhere and could not be downloaded.
        OSError: a file is there and cannot be opened.
        ValueError: a file is damaged or holds something else, or a download has the wrong hash.
    """
    if path is not None:
        place = Path(path).expanduser()
        data = read_place(place, dataset.npz_name, dataset.loader)
        if data is None:
            raise FileNotFoundError(
                f"[{dataset.loader}] path {place}: {what_lacks(place)}. Expected {expected_files(dataset.npz_name)}"
            )
        return data

    cache = Path.home() / ".cache" / "mushin" / dataset.folder
    places = _places(dataset, cache)
    for place in places:
        data = read_place(place, dataset.npz_name, dataset.loader)
        if data is not None:
            return data
    _download_missing(dataset, cache, places)
    data = read_place(cache, dataset.npz_name, dataset.loader)
    assert data is not None, "every remote file is in the cache now"
    return data


def _places(dataset: Dataset, cache: Path) -> list[Path]:
    places = [cache]
    root = os.environ.get("MUSHIN_DATA")
    if root:
        places.insert(0, Path(root).expanduser() / dataset.folder)
    if dataset.system_folder is not None:
        places.append(dataset.system_folder)
    return places


def _download_missing(dataset: Dataset, cache: Path, places: Sequence[Path]) -> None:
    for remote in dataset.remote_files:
        target = cache / remote.name
        if target.is_file():
            continue
        try:
            download(remote, target)
        except ValueError as error:
            raise ValueError(f"[{dataset.loader}] {error}; nothing of it was kept.\n{_advice(dataset)}") from error
        except OSError as error:
            looked_at = "".join(f"  - {place}: {what_lacks(place)}\n" for place in places)
            if not os.environ.get("MUSHIN_DATA"):
                looked_at = f"  - $MUSHIN_DATA/{dataset.folder}: MUSHIN_DATA is not set\n{looked_at}"
            raise FileNotFoundError(
                f"[{dataset.loader}] the data were not found, and the download failed. Looked at:\n"
                f"{looked_at}  - {remote.url}: {error}\n{_advice(dataset)}"
            ) from error


def _advice(dataset: Dataset) -> str:
    return (
        "What you can do:\n"
        f"  - fetch the data from {dataset.home} and pass their place as path=\n"
        f"  - set MUSHIN_DATA to the folder that holds the folder {dataset.folder}\n"
        f"{dataset.package_advice}"
        f"The place must be {expected_files(dataset.npz_name)}"
    )
