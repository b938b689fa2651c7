"""A file is replaced whole or not at all, whatever interrupts the writing; what it replaces keeps what is its own."""

import os
import socket
import stat

import numpy as np
import pytest

from mushin.io import replacing, save_weights, write_file

needs_posix = pytest.mark.skipif(os.name != "posix", reason="permissions, links and devices are POSIX'")
needs_root = pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() != 0, reason="only root gives files away")
needs_permissions = pytest.mark.skipif(
    not hasattr(os, "geteuid") or os.geteuid() == 0, reason="permissions bind POSIX users other than root"
)


def names(folder):
    return sorted(path.name for path in folder.iterdir())


def permissions(path):
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_file_and_its_replacement(tmp_path):
    path = tmp_path / "file"
    write_file(path, b"first")
    assert path.read_bytes() == b"first"
    write_file(str(path), b"second")
    assert path.read_bytes() == b"second"
    assert names(tmp_path) == ["file"]


@needs_posix
def test_a_name_as_long_as_the_system_allows(tmp_path):
    path = tmp_path / ("n" * 255)
    write_file(path, b"content")
    assert path.read_bytes() == b"content"


@needs_posix
def test_permissions_are_those_of_any_new_file(tmp_path):
    before = os.umask(0o027)
    try:
        write_file(tmp_path / "file", b"")
    finally:
        os.umask(before)
    assert permissions(tmp_path / "file") == 0o640


@needs_posix
@pytest.mark.parametrize("mode", [0o600, 0o644, 0o666, 0o755])
@pytest.mark.parametrize(
    "write", [write_file, lambda path, content: save_weights(path, {"x": np.ones(9)})], ids=["bytes", "weights"]
)
def test_permissions_are_those_of_the_file_that_is_replaced(tmp_path, mode, write):
    path = tmp_path / "file"
    path.write_bytes(b"old")
    path.chmod(mode)
    write(path, b"new")
    assert path.read_bytes() != b"old"
    assert permissions(path) == mode


@needs_posix
def test_the_temporary_file_is_no_more_open_than_the_one_it_replaces(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"old")
    path.chmod(0o600)
    with replacing(path) as part:
        assert permissions(part) == 0o600
        part.write_bytes(b"new")


@needs_root
def test_owner_and_group_are_those_of_the_file_that_is_replaced(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"old")
    os.chown(path, 4321, 1234)
    write_file(path, b"new")
    assert (path.stat().st_uid, path.stat().st_gid) == (4321, 1234)


@needs_permissions
def test_a_file_that_may_not_be_written_to_is_not_replaced(tmp_path):
    path = tmp_path / "file"
    path.write_bytes(b"old")
    path.chmod(0o400)
    with pytest.raises(PermissionError) as caught:
        write_file(path, b"new")
    assert caught.value.filename == str(path)
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["file"]


@needs_permissions
def test_a_folder_that_may_not_be_written_to_is_named(tmp_path):
    folder = tmp_path / "folder"
    folder.mkdir()
    (folder / "file").write_bytes(b"old")
    (tmp_path / "link").symlink_to(folder / "file")
    folder.chmod(0o500)
    try:
        with pytest.raises(PermissionError, match=rf"\(a temporary file in {folder}\): '{tmp_path}/link'"):
            write_file(tmp_path / "link", b"new")
    finally:
        folder.chmod(0o700)
    assert (folder / "file").read_bytes() == b"old"
    assert names(folder) == ["file"]


@needs_posix
@pytest.mark.parametrize("to", ["folder/target", "absent/../folder/target", "second"])
@pytest.mark.parametrize("exists", [True, False])
def test_a_link_stays_and_what_it_leads_to_is_written(tmp_path, to, exists):
    (tmp_path / "folder").mkdir()
    (tmp_path / "absent").mkdir()
    target = tmp_path / "folder" / "target"
    if exists:
        target.write_bytes(b"old")
        target.chmod(0o600)
    (tmp_path / "second").symlink_to("folder/target")
    (tmp_path / "link").symlink_to(to)
    write_file(tmp_path / "link", b"new")
    assert (tmp_path / "link").is_symlink()
    assert os.readlink(tmp_path / "link") == to
    assert target.read_bytes() == b"new"
    assert not exists or permissions(target) == 0o600
    assert names(tmp_path) == ["absent", "folder", "link", "second"]
    assert names(target.parent) == ["target"]


@needs_posix
def test_links_that_lead_nowhere_are_left_alone(tmp_path):
    (tmp_path / "dangling").symlink_to("missing/file")
    (tmp_path / "circle").symlink_to("circle")
    before = names(tmp_path)
    for name in before:
        with pytest.raises(OSError, match=name) as caught:
            write_file(tmp_path / name, b"content")
        assert caught.value.filename == str(tmp_path / name)
    assert names(tmp_path) == before


def pipe(path):
    os.mkfifo(path)
    return ()


def socket_file(path):
    before = os.getcwd()
    os.chdir(path.parent)  # the whole path is longer than a socket's name may be
    try:
        with socket.socket(socket.AF_UNIX) as opened:
            opened.bind(path.name)
    finally:
        os.chdir(before)
    return ()


def link_to_a_terminal(path):
    ends = os.openpty()
    path.symlink_to(os.ttyname(ends[1]))
    return ends


def link_to_an_open_pipe(path):
    ends = os.pipe()
    path.symlink_to(f"/dev/fd/{ends[1]}")
    return ends


@needs_posix
@pytest.mark.parametrize("make", [pipe, socket_file, link_to_a_terminal, link_to_an_open_pipe])
def test_what_is_no_file_is_not_replaced(tmp_path, make):
    path = tmp_path / "special"
    opened = make(path)
    try:
        before = path.stat()
        with pytest.raises(OSError, match="a device, a pipe or a socket is not replaced by a file") as caught:
            write_file(path, b"content")
        after = path.stat()
    finally:
        for handle in opened:
            os.close(handle)
    assert caught.value.filename == str(path)
    assert (after.st_ino, after.st_mode) == (before.st_ino, before.st_mode)
    assert names(tmp_path) == ["special"]


@needs_posix
@pytest.mark.parametrize(
    "write",
    [write_file, lambda path, content: save_weights(path, {"x": np.frombuffer(content, np.uint8)})],
    ids=["bytes", "weights"],
)
def test_a_full_disk_leaves_the_old_file(tmp_path, write):
    import resource

    path = tmp_path / "file"
    path.write_bytes(b"old")
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (50_000, hard))  # the system then breaks off as it does on a full disk
    try:
        with pytest.raises(OSError, match="File too large") as caught:
            write(path, bytes(100_000))
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))
    assert str(path) in str(caught.value)
    assert path.read_bytes() == b"old"
    assert names(tmp_path) == ["file"]


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
