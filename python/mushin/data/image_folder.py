"""Images in files: a folder for each class, read when they are asked for.

PGM and PPM are read here. PNG, JPEG and the like need Pillow, which comes with Matplotlib.

Source: J. Poskanzer, PGM and PPM format specifications, https://netpbm.sourceforge.net/doc/pgm.html.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .dataset import Dataset

ENDINGS = (".pgm", ".ppm", ".pnm", ".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp", ".tif", ".tiff")


class ImageFolder(Dataset):
    """Images of a folder with a folder for each class; sample i is (image, number of its class).

    An image is float32, (height, width) of grey values or (height, width, 3) of colours from 0 to 255, as its file has
    it. All have the shape of the first. Files are read when they are asked for.

    Args:
        root: the folder. Its folders are the classes, in the order of their names; what begins with a dot, and files
            that are no images by their names' endings, are left out.
        classes: the names of the classes, in another order or more of them than there are folders; None for those that
            there are.

    Raises:
        OSError: a folder or file cannot be read.
        ValueError: no class or no image; a folder that is none of `classes`; when a sample is read, a damaged image or
            one of another shape.
        ImportError: when a sample is read, Pillow is missing and the image needs it.
    """

    def __init__(self, root: str | os.PathLike[str], classes: Sequence[str] | None = None) -> None:
        self.root = Path(root)
        folders = sorted(path for path in self.root.iterdir() if path.is_dir() and not path.name.startswith("."))
        self.classes = [folder.name for folder in folders] if classes is None else list(classes)
        strange = [folder.name for folder in folders if folder.name not in self.classes]
        if strange:
            raise ValueError(
                f"[ImageFolder] {self.root}: folder {strange[0]!r} is none of the classes {', '.join(self.classes)}"
            )
        self.files: list[Path] = []
        self.targets: list[int] = []
        for folder in folders:
            files = list_images(folder)
            if not files:
                raise ValueError(f"[ImageFolder] {folder}: expected images ({', '.join(ENDINGS)}), got none")
            self.files += files
            self.targets += [self.classes.index(folder.name)] * len(files)
        if not self.files:
            raise ValueError(f"[ImageFolder] {self.root}: expected a folder for each class, got none")
        self._shape: tuple[int, ...] | None = None

    def __len__(self) -> int:
        return len(self.files)

    def __getitem__(self, index: int) -> tuple[NDArray[np.float32], int]:
        return self.image(self.files[index]), self.targets[index]

    @property
    def image_shape(self) -> tuple[int, ...]:
        """(height, width) or (height, width, 3), of the first image."""
        if self._shape is None:
            self._shape = read_image(self.files[0]).shape
        return self._shape

    def image(self, file: Path) -> NDArray[np.float32]:
        """An image that has the shape of the others."""
        return image_of_shape(file, self.image_shape)


def image_of_shape(file: Path, shape: tuple[int, ...]) -> NDArray[np.float32]:
    """An image as float32 values from 0 to 255.

    Raises:
        OSError, ValueError, ImportError: as `read_image`; or it has another shape.
    """
    image = read_image(file)
    if image.shape != shape:
        raise ValueError(f"[read_image] {file}: expected an image of shape {shape} as the others, got {image.shape}")
    return image.astype(np.float32)


def list_images(folder: str | os.PathLike[str]) -> list[Path]:
    """The files of a folder whose names end as those of images, in the order of their names."""
    folder = _path("list_images", "folder", folder)
    return sorted(
        path
        for path in folder.iterdir()
        if path.suffix.lower() in ENDINGS and not path.name.startswith(".") and path.is_file()
    )


def _path(op: str, name: str, value: Any) -> Path:
    if not isinstance(value, (str, os.PathLike)):
        raise TypeError(f"[{op}] {name} must be a path, got {type(value).__name__}")
    return Path(value)


def read_image(file: str | os.PathLike[str]) -> NDArray[np.uint8]:
    """Read an image, whose format is seen from its first bytes.

    Args:
        file: a PGM or PPM file of at most 8 bits a value, or what Pillow reads: PNG, JPEG and others.

    Returns:
        uint8 (height, width) of a grey image, (height, width, 3) of one with colours; of values of 16 bits the upper 8.

    Raises:
        OSError: the file cannot be opened.
        ValueError: it is no image, is truncated or damaged, or has grey values of 32 bits.
        ImportError: Pillow is missing, and the file is neither PGM nor PPM.
    """
    path = _path("read_image", "file", file)
    with path.open("rb") as raw:
        is_netpbm = raw.peek(2)[:2] in (b"P2", b"P3", b"P5", b"P6")
    return _read_netpbm(path) if is_netpbm else _read_with_pillow(path)


def _read_netpbm(path: Path) -> NDArray[np.uint8]:
    content = path.read_bytes()
    channels = 3 if content[:2] in (b"P3", b"P6") else 1
    try:
        (width, height, most), begin = _netpbm_header(content)
        count = width * height * channels
        if count == 0 or not 1 <= most <= 255:
            raise ValueError(f"expected pixels of 1 to 255 grey levels, got {width} x {height} of {most}")
        if content[:2] in (b"P5", b"P6"):
            data = np.frombuffer(content, np.uint8, offset=begin)
        else:
            numbers = [int(word) for word in content[begin:].split()]
            if numbers and not 0 <= min(numbers) <= max(numbers) <= 255:
                raise ValueError(f"expected values from 0 to 255, got {min(numbers)} to {max(numbers)}")
            data = np.array(numbers, np.uint8)
        if len(data) < count or len(data) > count + 2:  # some writers end the file with a line's end
            raise ValueError(f"expected {count} values for {width} x {height} pixels, got {len(data)}")
    except ValueError as error:
        raise ValueError(f"[read_image] {path}: not a usable PGM or PPM file: {error}") from error
    pixels = data[:count]
    if most != 255:
        pixels = np.minimum(np.rint(pixels * (255.0 / most)), 255).astype(np.uint8)
    return pixels.reshape((height, width, 3) if channels == 3 else (height, width))


def _netpbm_header(content: bytes) -> tuple[tuple[int, int, int], int]:
    """(width, height, largest value), and where the pixels begin."""
    numbers: list[int] = []
    at = 2
    while len(numbers) < 3:
        while content[at : at + 1].isspace():
            at += 1
        if content[at : at + 1] == b"#":
            end = content.find(b"\n", at)
            at = len(content) if end < 0 else end
            continue
        begin = at
        while content[at : at + 1].isdigit() and at - begin < 10:
            at += 1
        if at == begin:
            raise ValueError("the header is truncated or holds something other than numbers")
        numbers.append(int(content[begin:at]))
    if not content[at : at + 1].isspace():
        raise ValueError("the header is truncated")
    return (numbers[0], numbers[1], numbers[2]), at + 1


def _read_with_pillow(path: Path) -> NDArray[np.uint8]:
    try:
        from PIL import Image
    except ImportError as error:
        raise ImportError(
            f"[read_image] {path}: only PGM and PPM are read without Pillow: pip install pillow"
        ) from error
    try:
        with Image.open(path) as image:
            pixels = _pixels(image)
    # What Pillow's readers of damaged files raise is not listed anywhere.
    except (OSError, ValueError, SyntaxError, EOFError, IndexError, Image.DecompressionBombError) as error:
        raise ValueError(f"[read_image] {path}: not a usable image: {error}") from error
    return np.ascontiguousarray(pixels, np.uint8)


def _pixels(image: Any) -> NDArray[Any]:
    """The values of Pillow's image, whose own conversion would make white of all that is above 255."""
    if image.mode.startswith("I;16") or (image.mode == "I" and image.format == "PNG"):  # 16 bits, by Pillow's version
        return np.asarray(image) >> 8
    if image.mode in ("I", "F"):
        raise ValueError(f"expected at most 16 bits a value, got Pillow's mode {image.mode}")
    return np.asarray(image.convert("L" if image.mode in ("1", "L", "LA") else "RGB"))
