"""A file is replaced whole or not at all, whatever interrupts the writing."""

import os
import stat

import pytest

from mushin.io import replacing, write_file


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def test_a_new_file_and_its_replacement(tmp_path):
    path = tmp_path / "file"
    write_file(path, b"first")
    assert path.read_bytes() == b"first"
    write_file(str(path), b"second")
    assert path.read_bytes() == b"second"
    assert names(tmp_path) == ["file"]


@pytest.mark.skipif(os.name != "posix", reason="permissions are POSIX'")
def test_permissions_are_those_of_any_new_file(tmp_path):
    before = os.umask(0o027)
    try:
        write_file(tmp_path / "file", b"")
    finally:
        os.umask(before)
    assert stat.S_IMODE((tmp_path / "file").stat().st_mode) == 0o640


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt(), ValueError("no")])
@pytest.mark.parametrize("place", ["fsync", "replace", "block"])
def test_an_interrupted_write_leaves_the_old_file(tmp_path, monkeypatch, error, place):
    path = tmp_path / "file"
    path.write_bytes(b"old")

    def fails(*_):
        raise error

    def writes():
        with replacing(path) as part:
            part.write_bytes(b"new")
            if place == "block":
                fails()

    if place != "block":
        monkeypatch.setattr(os, place, fails)
    with pytest.raises(type(error)):
        writes()
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["file"]


def test_the_content_is_flushed_before_it_gets_its_name(tmp_path, monkeypatch):
    calls = []
    for name in ("fsync", "replace"):
        function = getattr(os, name)

        def logged(*arguments, name=name, function=function):
            calls.append(name)
            return function(*arguments)

        monkeypatch.setattr(os, name, logged)
    write_file(tmp_path / "file", b"content")
    assert calls[:2] == ["fsync", "replace"]


@pytest.mark.parametrize(
    ("place", "error"), [("missing/file", FileNotFoundError), ("a file/file", OSError), ("folder", OSError)]
)
def test_errors_name_the_file_that_was_asked_for(tmp_path, place, error):
    (tmp_path / "a file").write_bytes(b"")
    (tmp_path / "folder").mkdir()
    before = names(tmp_path)
    with pytest.raises(error) as caught:
        write_file(tmp_path / place, b"content")
    assert caught.value.filename == str(tmp_path / place)
    assert ".part" not in str(caught.value)
    assert names(tmp_path) == before
