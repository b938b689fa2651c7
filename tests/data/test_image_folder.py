"""Images are read from folders when they are asked for."""

import sys

import numpy as np
import pytest

from mushin.data import DataLoader, ImageFolder, read_image

GREY = np.arange(6, dtype=np.uint8).reshape(2, 3) * 40
COLOURS = np.arange(18, dtype=np.uint8).reshape(2, 3, 3) * 14


@pytest.fixture
def pillow():
    return pytest.importorskip("PIL.Image", reason="Pillow is not installed: pip install pillow")


def pgm(image, most=255):
    return b"P5\n# a comment\n%d %d\n%d\n" % (image.shape[1], image.shape[0], most) + image.tobytes()


@pytest.fixture
def folder(tmp_path):
    tmp_path = tmp_path / "images"
    for name, count in (("cat", 3), ("dog", 2)):
        (tmp_path / name).mkdir(parents=True)
        for i in range(count):
            (tmp_path / name / f"{i}.pgm").write_bytes(pgm(GREY + i))
        (tmp_path / name / "notes.txt").write_text("no image")
        (tmp_path / name / ".hidden.pgm").write_text("no image")
    (tmp_path / ".git").mkdir()
    (tmp_path / "readme.pgm").write_text("no class")
    return tmp_path


@pytest.mark.parametrize(
    ("content", "expected"),
    [
        (pgm(GREY), GREY),
        (pgm(GREY) + b"\n", GREY),
        (b"P6 3 2 255\n" + COLOURS.tobytes(), COLOURS),
        (b"P2\n3 2 255\n" + b" ".join(b"%d" % n for n in GREY.ravel()), GREY),
        (b"P3\n#x\n#y\n3 2\n255\n" + b"\n".join(b"%d" % n for n in COLOURS.ravel()), COLOURS),
        (b"P5 2 1 15\n\x00\x0f", np.array([[0, 255]])),
    ],
)
def test_pgm_and_ppm(tmp_path, content, expected):
    (tmp_path / "image").write_bytes(content)
    image = read_image(tmp_path / "image")
    assert image.dtype == np.uint8
    np.testing.assert_array_equal(image, expected)


@pytest.mark.parametrize(
    "content",
    [
        b"P5",
        b"P5 3 2",
        b"P5 3 2 255",
        b"P5 3 -2 255\n",
        b"P5 # no end",
        pgm(GREY)[:-1],
        pgm(GREY) + b"\0\0\0",
        b"P5 99999999999 99999999 255\n\0",
        b"P5 99999999 99999999 255\n\0",
        b"P5 0 2 255\n",
        b"P5 3 2 0\n" + GREY.tobytes(),
        b"P5 1 1 65535\n\0\0",
        b"P2 1 1 255\n256",
        b"P2 1 1 255\n99999999999999999999",
        b"P2 1 1 255\nx",
    ],
)
def test_damaged_pgm(tmp_path, content):
    (tmp_path / "bad.pgm").write_bytes(content)
    with pytest.raises(ValueError, match=r"^\[read_image\] .*bad\.pgm: not a usable PGM or PPM file: "):
        read_image(tmp_path / "bad.pgm")


@pytest.mark.parametrize("mode", ["L", "RGB", "RGBA", "P", "1", "LA"])
def test_png(tmp_path, mode, pillow):
    picture = pillow.fromarray(COLOURS).convert(mode)
    picture.save(tmp_path / "image.png")
    expected = np.asarray(picture.convert("L" if mode in ("L", "LA", "1") else "RGB"))
    np.testing.assert_array_equal(read_image(tmp_path / "image.png"), expected)


def test_jpeg(tmp_path, pillow):
    pillow.fromarray(np.full((8, 8), 77, np.uint8)).save(tmp_path / "image.jpg")
    np.testing.assert_allclose(read_image(tmp_path / "image.jpg"), np.full((8, 8), 77), atol=2)


def test_grey_values_of_16_bits(tmp_path, pillow):
    pillow.fromarray(np.array([[0, 255, 256, 65535]], np.uint16)).save(tmp_path / "deep.png")
    np.testing.assert_array_equal(read_image(tmp_path / "deep.png"), [[0, 0, 1, 255]])
    (tmp_path / "deep.pgm").write_bytes(b"P5 2 1 65535\n" + bytes(4))
    with pytest.raises(ValueError, match=r"deep\.pgm: .*expected pixels of 1 to 255 grey levels, got 2 x 1 of 65535"):
        read_image(tmp_path / "deep.pgm")


@pytest.mark.parametrize("dtype", [np.int32, np.float32])
def test_grey_values_without_a_known_range(tmp_path, pillow, dtype):
    pillow.fromarray(np.array([[0, 70000]], dtype)).save(tmp_path / "deep.tif")
    with pytest.raises(ValueError, match=r"deep\.tif: not a usable image: expected at most 16 bits a value"):
        read_image(tmp_path / "deep.tif")


def test_damaged_png(tmp_path, pillow):
    pillow.fromarray(np.arange(4096, dtype=np.uint8).reshape(64, 64)).save(tmp_path / "whole.png")
    whole = (tmp_path / "whole.png").read_bytes()
    for content in (b"", b"no image", whole[:20], whole[: len(whole) // 2]):
        (tmp_path / "bad.png").write_bytes(content)
        with pytest.raises(ValueError, match=r"bad\.png: not a usable image"):
            read_image(tmp_path / "bad.png")


def test_without_pillow(folder, monkeypatch):
    monkeypatch.setitem(sys.modules, "PIL", None)
    (folder / "x.png").write_bytes(b"\x89PNG")
    with pytest.raises(ImportError, match="pip install pillow"):
        read_image(folder / "x.png")
    assert ImageFolder(folder)[0][0].shape == (2, 3)


def test_a_folder_for_each_class(folder):
    images = ImageFolder(folder)
    assert images.classes == ["cat", "dog"]
    assert images.targets == [0, 0, 0, 1, 1]
    assert images.image_shape == (2, 3)
    image, target = images[4]
    assert (image.dtype, target) == (np.float32, 1)
    np.testing.assert_array_equal(image, GREY + 1)
    x, y = next(iter(DataLoader(images, batch_size=5, num_workers=2)))
    assert (x.shape, y.tolist()) == ((5, 2, 3), [0, 0, 0, 1, 1])


def test_classes_in_another_order(folder):
    assert ImageFolder(folder, ["eel", "dog", "cat"]).targets == [2, 2, 2, 1, 1]
    with pytest.raises(ValueError, match="folder 'dog' is none of the classes cat"):
        ImageFolder(folder, ["cat"])


def test_files_are_read_when_they_are_asked_for(folder):
    images = ImageFolder(folder)
    (folder / "dog" / "0.pgm").write_bytes(pgm(GREY[:1]))
    (folder / "dog" / "1.pgm").unlink()
    assert images[0][0].shape == (2, 3)
    with pytest.raises(ValueError, match=r"0\.pgm: expected an image of shape \(2, 3\) as the others, got \(1, 3\)"):
        images[3]
    with pytest.raises(FileNotFoundError):
        images[4]


def test_folders_without_images(folder):
    (folder / "empty").mkdir()
    with pytest.raises(ValueError, match=r"empty: expected images \(.pgm"):
        ImageFolder(folder)
    with pytest.raises(ValueError, match="expected a folder for each class, got none"):
        ImageFolder(folder / "empty")
    with pytest.raises(FileNotFoundError):
        ImageFolder(folder / "none")
