"""Downloads are kept whole and with the right hash, or not at all."""

import gzip
import hashlib
import os
from dataclasses import replace

import pytest

from mushin.data import load_fashion_mnist, load_mnist, mnist

from .small_sets import (
    IDX_NAMES,
    NOBODY_LISTENS,
    TEST_IMAGES,
    TEST_LABELS,
    assert_is_set,
    idx_bytes,
    npz_bytes,
    set_remote_files,
    small_set,
    write_idx_set,
)


def serve(monkeypatch, server, arrays):
    """Serve both data sets made of the same arrays, and expect just these files."""
    server.contents = {f"{name}.gz": gzip.compress(idx_bytes(a)) for name, a in zip(IDX_NAMES, arrays, strict=True)}
    server.contents["mnist.npz"] = npz_bytes(arrays)
    for dataset in ("_MNIST", "_FASHION_MNIST"):
        set_remote_files(monkeypatch, dataset, server.url, server.contents)


@pytest.mark.parametrize(
    ("loader", "folder", "files"),
    [
        (load_mnist, "mnist", ["mnist.npz"]),
        (load_fashion_mnist, "fashion-mnist", [f"{name}.gz" for name in IDX_NAMES]),
    ],
)
def test_download_into_the_cache_once(monkeypatch, server, home, loader, folder, files):
    arrays = small_set()
    serve(monkeypatch, server, arrays)
    assert_is_set(loader(), arrays)
    assert server.requests == files
    assert sorted(os.listdir(home / ".cache" / "mushin" / folder)) == sorted(files)
    assert_is_set(loader(), arrays)
    assert server.requests == files, "the second load must not ask the server"


def test_download_goes_on_where_it_ended(monkeypatch, server, home):
    arrays = small_set()
    serve(monkeypatch, server, arrays)
    last = server.contents.pop(f"{TEST_LABELS}.gz")
    with pytest.raises(FileNotFoundError, match="404"):
        load_fashion_mnist()
    cache = home / ".cache" / "mushin" / "fashion-mnist"
    assert sorted(os.listdir(cache)) == sorted(f"{name}.gz" for name in IDX_NAMES[:3])
    server.contents[f"{TEST_LABELS}.gz"] = last
    server.requests.clear()
    assert_is_set(load_fashion_mnist(), arrays)
    assert server.requests == [f"{TEST_LABELS}.gz"]


def assert_nothing_was_kept(home, folder="mnist"):
    cache = home / ".cache" / "mushin" / folder
    assert not cache.exists() or os.listdir(cache) == []


def test_a_wrong_checksum_keeps_nothing(monkeypatch, server, home):
    serve(monkeypatch, server, small_set())
    expected = hashlib.sha256(server.contents["mnist.npz"]).hexdigest()
    forged = bytearray(server.contents["mnist.npz"])
    forged[len(forged) // 2] ^= 1
    server.contents["mnist.npz"] = bytes(forged)
    with pytest.raises(ValueError, match="nothing of it was kept") as caught:
        load_mnist()
    message = str(caught.value)
    assert message.startswith(f"[load_mnist] {server.url}mnist.npz: expected SHA-256 {expected}, got ")
    assert hashlib.sha256(forged).hexdigest() in message
    assert "path=" in message
    assert_nothing_was_kept(home)


def test_the_hash_decides_and_not_the_size(monkeypatch, server):
    arrays = small_set()
    serve(monkeypatch, server, arrays)
    (right,) = mnist._MNIST.remote_files
    larger = replace(right, size=right.size + 1)
    monkeypatch.setattr(mnist, "_MNIST", replace(mnist._MNIST, remote_files=(larger,)))
    assert_is_set(load_mnist(), arrays)


def test_an_answer_without_end_is_cut(monkeypatch, server, home):
    serve(monkeypatch, server, small_set())
    sent = 0

    def endless(request, name):
        nonlocal sent
        request.send_response(200)
        request.end_headers()
        try:
            while sent < 1 << 30:
                sent += request.wfile.write(bytes(1 << 16))
        except OSError:
            pass  # the client has seen enough

    server.answer = endless
    with pytest.raises(ValueError, match="expected SHA-256"):
        load_mnist()
    assert sent < 1 << 26
    assert_nothing_was_kept(home)


def interrupted(request, name):
    content = request.server.contents[name]
    request.send_response(200)
    request.send_header("Content-Length", str(len(content)))
    request.end_headers()
    request.wfile.write(content[: len(content) // 2])


def interrupted_chunk(request, name):
    request.send_response(200)
    request.send_header("Transfer-Encoding", "chunked")
    request.end_headers()
    request.wfile.write(b"1000\r\nnot as much as was promised")


def no_answer(request, name):
    pass  # the connection is closed when this returns


def not_http(request, name):
    request.wfile.write(b"HTTP/9.9 what\r\n\r\n")


@pytest.mark.parametrize(
    ("answer", "message"),
    [
        (interrupted, r"the answer ended after \d+ of \d+ bytes"),
        (interrupted_chunk, "IncompleteRead"),
        (no_answer, "closed connection without response"),
        (not_http, "BadStatusLine|UnknownProtocol"),
    ],
)
def test_an_interrupted_download_keeps_nothing(monkeypatch, server, home, answer, message):
    arrays = small_set()
    serve(monkeypatch, server, arrays)
    server.answer = answer
    with pytest.raises(FileNotFoundError, match=message):
        load_mnist()
    assert_nothing_was_kept(home)
    server.answer = None
    assert_is_set(load_mnist(), arrays)


def test_a_download_broken_off_by_the_user_keeps_nothing(monkeypatch, server, home):
    serve(monkeypatch, server, small_set())

    def broken_off(handle):
        raise KeyboardInterrupt

    monkeypatch.setattr(os, "fsync", broken_off)
    with pytest.raises(KeyboardInterrupt):
        load_mnist()
    assert_nothing_was_kept(home)


def test_a_part_that_a_killed_process_left_is_not_used(monkeypatch, server, home):
    arrays = small_set()
    serve(monkeypatch, server, arrays)
    cache = home / ".cache" / "mushin" / "mnist"
    cache.mkdir(parents=True)
    (cache / "mnist.npz.abc.part").write_bytes(npz_bytes(small_set(5)))
    assert_is_set(load_mnist(), arrays)


def test_the_file_is_on_the_disk_before_it_has_its_name(monkeypatch, server, home):
    serve(monkeypatch, server, small_set(train=1, test=1))  # less than Python's write buffer holds
    target = home / ".cache" / "mushin" / "mnist" / "mnist.npz"
    sizes = []
    real_fsync = os.fsync

    def watched(handle):
        if not target.exists():  # then it is the folder that is flushed
            sizes.append(os.fstat(handle).st_size)
        real_fsync(handle)

    monkeypatch.setattr(os, "fsync", watched)
    load_mnist()
    assert sizes == [len(server.contents["mnist.npz"])]


def test_what_is_said_when_nothing_was_found(monkeypatch, tmp_path, home):
    with pytest.raises(FileNotFoundError) as caught:
        load_fashion_mnist()
    message = str(caught.value)
    assert message.startswith("[load_fashion_mnist] ")
    for expected in (
        "$MUSHIN_DATA/fashion-mnist: MUSHIN_DATA is not set",
        f"{home / '.cache' / 'mushin' / 'fashion-mnist'}: ",
        f"{tmp_path / 'system'}: does not exist",
        f"{NOBODY_LISTENS}train-images-idx3-ubyte.gz: ",
        "https://github.com/zalandoresearch/fashion-mnist",
        "path=",
        "set MUSHIN_DATA to",
        "dataset-fashion-mnist",
        *IDX_NAMES,
        "fashion-mnist.npz",
    ):
        assert expected in message

    incomplete = write_idx_set(tmp_path / "root" / "mnist", small_set())
    (incomplete / f"{TEST_IMAGES}.gz").unlink()
    monkeypatch.setenv("MUSHIN_DATA", str(tmp_path / "root"))
    with pytest.raises(FileNotFoundError) as caught:
        load_mnist()
    message = str(caught.value)
    for expected in (
        f"{incomplete}: lacks {TEST_IMAGES}\n",
        f"{home / '.cache' / 'mushin' / 'mnist'}: ",
        f"{NOBODY_LISTENS}mnist.npz: ",
        "https://storage.googleapis.com/tensorflow/tf-keras-datasets/mnist.npz",
    ):
        assert expected in message
    assert "MUSHIN_DATA is not set" not in message


def test_a_cache_that_cannot_be_written(home):
    (home / ".cache").write_text("a file where a folder should be")
    with pytest.raises(FileNotFoundError, match="the download failed"):
        load_mnist()
