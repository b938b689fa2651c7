"""MNIST-format data: read exactly, refused when damaged or hostile, looked for in the promised order, fetched whole."""

import gzip
import hashlib
import http.server
import io
import os
import pickle
import random
import struct
import threading
import tracemalloc
import zipfile
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from mushin.data import load_fashion_mnist, load_mnist, mnist, read_idx

TRAIN_IMAGES, TRAIN_LABELS, TEST_IMAGES, TEST_LABELS = IDX_NAMES = (
    "train-images-idx3-ubyte",
    "train-labels-idx1-ubyte",
    "t10k-images-idx3-ubyte",
    "t10k-labels-idx1-ubyte",
)
NPZ_NAMES = ("x_train", "y_train", "x_test", "y_test")
NOBODY_LISTENS = "http://127.0.0.1:9/"

# The environment is taken before the fixture below hides it from every test.
REAL_FASHION_MNIST = Path(os.environ.get("MUSHIN_DATA") or "/usr/share/datasets") / "fashion-mnist"
needs_fashion_mnist = pytest.mark.skipif(
    not REAL_FASHION_MNIST.is_dir(),
    reason=f"{REAL_FASHION_MNIST} does not exist: set MUSHIN_DATA to the folder that holds fashion-mnist/ "
    "(on Debian: apt install dataset-fashion-mnist)",
)


@pytest.fixture(autouse=True)
def home(monkeypatch, tmp_path):
    """An empty home folder, no MUSHIN_DATA, no system folder, and nobody who answers a download."""
    folder = tmp_path / "home"
    folder.mkdir()
    for variable in ("HOME", "USERPROFILE"):
        monkeypatch.setenv(variable, str(folder))
    monkeypatch.delenv("MUSHIN_DATA", raising=False)
    monkeypatch.setenv("no_proxy", "127.0.0.1")
    for dataset in ("_MNIST", "_FASHION_MNIST"):
        set_remote_files(monkeypatch, dataset, NOBODY_LISTENS, {})
    set_system_folder(monkeypatch, tmp_path / "system")
    return folder


def set_remote_files(monkeypatch, dataset, base_url, contents):
    """Let a data set's files be fetched from base_url, and expect `contents`, bytes by file name."""
    unchanged = getattr(mnist, dataset)
    files = [
        mnist._RemoteFile(base_url + file.name, len(content), hashlib.sha256(content).hexdigest())
        for file in unchanged.remote_files
        for content in [contents.get(file.name, b"never served")]
    ]
    monkeypatch.setattr(mnist, dataset, replace(unchanged, remote_files=tuple(files)))


def set_system_folder(monkeypatch, folder):
    monkeypatch.setattr(mnist, "_FASHION_MNIST", replace(mnist._FASHION_MNIST, system_folder=folder))


def small_set(seed=0, train=6, test=4):
    """The four arrays of a set, in the order of IDX_NAMES and NPZ_NAMES; seeds give different ones."""
    generator = np.random.Generator(np.random.Philox(seed))
    return [
        generator.integers(0, high, shape, dtype=np.uint8)
        for n in (train, test)
        for high, shape in ((256, (n, 28, 28)), (10, (n,)))
    ]


def idx_bytes(array, type_byte=8):
    header = bytes([0, 0, type_byte, array.ndim]) + struct.pack(f">{array.ndim}I", *array.shape)
    return header + array.tobytes()


def npz_bytes(arrays, compressed=True):
    file = io.BytesIO()
    (np.savez_compressed if compressed else np.savez)(file, **dict(zip(NPZ_NAMES, arrays, strict=True)))
    return file.getvalue()


def npz_of_members(members, method=zipfile.ZIP_DEFLATED, compresslevel=None):
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", method, compresslevel=compresslevel) as archive:
        for name, content in members.items():
            archive.writestr(f"{name}.npy", content)
    return file.getvalue()


def npy_bytes(array):
    file = io.BytesIO()
    np.lib.format.write_array(file, array, version=(1, 0))
    return file.getvalue()


def npy_header(text):
    return b"\x93NUMPY\x01\x00" + struct.pack("<H", len(text)) + text


def write_idx_set(folder, arrays, compressed=True):
    folder.mkdir(parents=True, exist_ok=True)
    for name, array in zip(IDX_NAMES, arrays, strict=True):
        if compressed:
            (folder / f"{name}.gz").write_bytes(gzip.compress(idx_bytes(array)))
        else:
            (folder / name).write_bytes(idx_bytes(array))
    return folder


def assert_is_set(loaded, arrays):
    (x_train, y_train), (x_test, y_test) = loaded
    for got, expected in zip((x_train, y_train, x_test, y_test), arrays, strict=True):
        assert got.dtype == np.uint8
        np.testing.assert_array_equal(got, expected)


# read_idx


@pytest.mark.parametrize("shape", [(5,), (0,), (3, 4), (2, 3, 4), (0, 28, 28), (2, 3, 4, 5), (1, 1, 1, 1)])
@pytest.mark.parametrize("compress", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_read_idx_gives_what_was_written(tmp_path, shape, compress):
    array = np.random.Generator(np.random.Philox(1)).integers(0, 256, shape, dtype=np.uint8)
    file = tmp_path / "data"
    file.write_bytes(compress(idx_bytes(array)))
    got = read_idx(file)
    assert got.dtype == np.uint8
    assert got.flags.writeable
    assert got.shape == shape
    np.testing.assert_array_equal(got, array)
    np.testing.assert_array_equal(read_idx(str(file)), array)


def test_read_idx_reads_data_of_several_chunks(tmp_path):
    array = np.random.Generator(np.random.Philox(2)).integers(0, 256, (3, 1 << 20), dtype=np.uint8)
    (tmp_path / "data").write_bytes(idx_bytes(array))
    np.testing.assert_array_equal(read_idx(tmp_path / "data"), array)


def test_read_idx_goes_by_content_and_not_by_name(tmp_path):
    labels = np.arange(5, dtype=np.uint8)
    (tmp_path / "unpacked.gz").write_bytes(idx_bytes(labels))
    np.testing.assert_array_equal(read_idx(tmp_path / "unpacked.gz"), labels)


IMAGES = np.arange(2 * 3 * 4, dtype=np.uint8).reshape(2, 3, 4)
HUGE = 2**32 - 1


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "begins 00 00 08.*got an empty file"),
        (b"\0\0\x08", "begins 00 00 08.*got 00 00 08"),
        (b"<html>not found</html>", "begins 00 00 08.*got 3c 68 74 6d"),
        (b"\x01" + idx_bytes(IMAGES)[1:], "begins 00 00 08.*got 01 00 08 03"),
        (idx_bytes(IMAGES, type_byte=0x0D), "begins 00 00 08.*got 00 00 0d 03"),
        (b"\0\0\x08\0", "expected 1 to 4 dimensions, got 0"),
        (b"\0\0\x08\x05" + bytes(20), "expected 1 to 4 dimensions, got 5"),
        (idx_bytes(IMAGES)[:15], "expected 12 bytes of sizes, got 11"),
        (idx_bytes(IMAGES)[:-1], r"expected 24 bytes of data for shape \(2, 3, 4\), got 23"),
        (idx_bytes(IMAGES)[:16], r"expected 24 bytes of data for shape \(2, 3, 4\), got 0"),
        (idx_bytes(IMAGES) + b"\0", r"expected 24 bytes of data for shape \(2, 3, 4\), got more"),
        (struct.pack(">4B4I", 0, 0, 8, 4, 0, HUGE, HUGE, 1), "a shape that fits into memory"),
        (struct.pack(">4B4I", 0, 0, 8, 4, HUGE, HUGE, HUGE, HUGE), "a shape that fits into memory"),
    ],
)
@pytest.mark.parametrize("compress", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_read_idx_refuses(tmp_path, content, message, compress):
    file = tmp_path / "data"
    file.write_bytes(compress(content))
    with pytest.raises(ValueError, match=rf"(?s)^\[read_idx\] .*data: .*{message}"):
        read_idx(file)


@pytest.mark.parametrize("compress", [bytes, gzip.compress], ids=["plain", "gzip"])
def test_a_lying_header_allocates_nothing(tmp_path, compress):
    file = tmp_path / "data"
    file.write_bytes(compress(struct.pack(">4B2I", 0, 0, 8, 2, 1 << 20, 1 << 20) + b"only this"))
    tracemalloc.start()
    with pytest.raises(ValueError, match=r"expected 1099511627776 bytes of data.*got 9"):
        read_idx(file)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8 << 20


def test_no_more_is_decompressed_than_declared(tmp_path):
    file = tmp_path / "bomb.gz"
    file.write_bytes(gzip.compress(idx_bytes(np.zeros(10, np.uint8)) + bytes(64 << 20)))
    tracemalloc.start()
    with pytest.raises(ValueError, match=r"expected 10 bytes of data.*got more"):
        read_idx(file)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 8 << 20


def test_read_idx_refuses_gzip_cut_at_any_place(tmp_path):
    whole = gzip.compress(idx_bytes(IMAGES))
    file = tmp_path / "data.gz"
    for length in range(len(whole)):
        file.write_bytes(whole[:length])
        with pytest.raises(ValueError, match=r"^\[read_idx\] .*data\.gz: "):
            read_idx(file)


def test_read_idx_refuses_a_wrong_gzip_checksum(tmp_path):
    whole = bytearray(gzip.compress(idx_bytes(IMAGES)))
    whole[-8] ^= 1
    (tmp_path / "data.gz").write_bytes(whole)
    with pytest.raises(ValueError, match=r"data\.gz: the gzip data are truncated or damaged \(CRC"):
        read_idx(tmp_path / "data.gz")


def test_read_idx_refuses_damaged_deflate_data(tmp_path):
    whole = bytearray(gzip.compress(idx_bytes(IMAGES)))
    whole[10] |= 0b110  # block type 3, which does not exist
    (tmp_path / "data.gz").write_bytes(whole)
    with pytest.raises(ValueError, match=r"data\.gz: the gzip data are truncated or damaged \(Error -3"):
        read_idx(tmp_path / "data.gz")


def test_read_idx_refuses_what_follows_the_gzip_data(tmp_path):
    (tmp_path / "data.gz").write_bytes(gzip.compress(idx_bytes(IMAGES)) + b"more")
    with pytest.raises(ValueError, match=r"data\.gz: the gzip data are truncated or damaged \(Not a gzipped file"):
        read_idx(tmp_path / "data.gz")


def test_read_idx_of_no_file(tmp_path):
    with pytest.raises(FileNotFoundError, match="absent"):
        read_idx(tmp_path / "absent")


# Reading a set


@pytest.mark.parametrize("loader", [load_mnist, load_fashion_mnist])
@pytest.mark.parametrize("compressed", [False, True])
def test_path_of_a_folder_with_idx_files(tmp_path, loader, compressed):
    arrays = small_set()
    folder = write_idx_set(tmp_path / "data", arrays, compressed)
    assert_is_set(loader(folder), arrays)
    assert_is_set(loader(path=str(folder)), arrays)


def test_compressed_and_plain_files_may_be_mixed(tmp_path):
    arrays = small_set()
    folder = write_idx_set(tmp_path / "data", arrays)
    (folder / f"{TEST_IMAGES}.gz").unlink()
    (folder / TEST_IMAGES).write_bytes(idx_bytes(arrays[2]))
    assert_is_set(load_mnist(folder), arrays)


@pytest.mark.parametrize(("loader", "name"), [(load_mnist, "mnist.npz"), (load_fashion_mnist, "fashion-mnist.npz")])
@pytest.mark.parametrize("compressed", [False, True])
def test_path_of_a_folder_with_an_npz_file(tmp_path, loader, name, compressed):
    arrays = small_set()
    (tmp_path / name).write_bytes(npz_bytes(arrays, compressed))
    assert_is_set(loader(tmp_path), arrays)


def test_path_of_an_npz_file_of_any_name(tmp_path):
    arrays = small_set()
    arrays[0] = np.asfortranarray(arrays[0])
    file = tmp_path / "mine"
    file.write_bytes(npz_bytes(arrays))
    assert_is_set(load_mnist(file), arrays)
    assert load_mnist(file)[0][0].flags.writeable


def test_places_may_begin_with_the_home_folder(monkeypatch, home):
    arrays = small_set()
    write_idx_set(home / "mine" / "mnist", arrays)
    assert_is_set(load_mnist("~/mine/mnist"), arrays)
    monkeypatch.setenv("MUSHIN_DATA", "~/mine")
    assert_is_set(load_mnist(), arrays)


@pytest.mark.parametrize(
    ("position", "array", "message"),
    [
        (0, np.zeros((6, 28, 27), np.uint8), r"train-images-idx3-ubyte\.gz: expected shape \(n, 28, 28\), got \(6, 28"),
        (2, np.zeros((4, 784), np.uint8), r"t10k-images-idx3-ubyte\.gz: expected shape \(n, 28, 28\), got \(4, 784\)"),
        (1, np.zeros((6, 1), np.uint8), r"train-labels-idx1-ubyte\.gz: expected shape \(n,\), got \(6, 1\)"),
        (1, np.zeros(5, np.uint8), r"train-labels-idx1-ubyte\.gz: expected 6 labels, one for each image, got 5"),
        (3, np.zeros(6, np.uint8), r"t10k-labels-idx1-ubyte\.gz: expected 4 labels, one for each image, got 6"),
    ],
)
def test_idx_files_that_do_not_fit(tmp_path, position, array, message):
    arrays = small_set()
    arrays[position] = array
    folder = write_idx_set(tmp_path / "data", arrays)
    with pytest.raises(ValueError, match=rf"^\[load_mnist\] .*data: {message}"):
        load_mnist(folder)


def test_a_damaged_idx_file_is_named(tmp_path):
    folder = write_idx_set(tmp_path / "data", small_set())
    (folder / f"{TEST_LABELS}.gz").write_bytes(b"\x1f\x8b nothing that follows is gzip")
    with pytest.raises(ValueError, match=rf"{TEST_LABELS}\.gz: the gzip data are truncated or damaged"):
        load_mnist(folder)


# Hostile .npz files

GOOD_MEMBERS = {name: npy_bytes(array) for name, array in zip(NPZ_NAMES, small_set(), strict=True)}


class Trap:
    """Creates a file if it is ever unpickled."""

    def __init__(self, file):
        self.file = file

    def __reduce__(self):
        return (Path.touch, (self.file,))


def test_nothing_pickled_is_ever_loaded(tmp_path):
    trap = tmp_path / "sprung"
    pickled_array = np.array([Trap(trap)], dtype=object)
    file = tmp_path / "mnist.npz"
    file.write_bytes(npz_of_members({**GOOD_MEMBERS, "y_train": npy_bytes(pickled_array)}))
    with pytest.raises(ValueError, match=r"mnist\.npz: .*y_train: expected dtype uint8, got object"):
        load_mnist(file)
    file.write_bytes(pickle.dumps(Trap(trap)))
    with pytest.raises(ValueError, match=r"mnist\.npz: not a usable \.npz file: File is not a zip file"):
        load_mnist(file)
    assert not trap.exists()
    pickle.loads(file.read_bytes())
    assert trap.exists(), "the trap must work, or this test shows nothing"


IMAGES_HEADER = b"{'descr': '|u1', 'fortran_order': False, 'shape': (1099511627776, 28, 28), }\n"


@pytest.mark.parametrize(
    ("name", "member", "message"),
    [
        ("y_test", npy_bytes(np.zeros(4, np.int64)), "y_test: expected dtype uint8, got int64"),
        ("x_train", npy_bytes(np.zeros((6, 28, 28), np.float32)), "x_train: expected dtype uint8, got float32"),
        ("x_train", npy_bytes(np.zeros((6, 784), np.uint8)), r"x_train: expected shape \(n, 28, 28\), got \(6, 784\)"),
        ("y_train", npy_bytes(np.zeros((6, 1), np.uint8)), r"y_train: expected shape \(n,\), got \(6, 1\)"),
        ("y_train", npy_bytes(np.zeros((), np.uint8)), r"y_train: expected shape \(n,\), got \(\)"),
        ("y_train", npy_bytes(np.zeros(7, np.uint8)), "y_train: expected 6 labels, one for each image, got 7"),
        ("x_test", GOOD_MEMBERS["x_test"][:-1], "x_test: expected 3136 bytes of data .*, got 3135"),
        ("x_test", GOOD_MEMBERS["x_test"] + b"\0", "x_test: expected 3136 bytes of data .*, got more"),
        ("x_test", npy_header(IMAGES_HEADER), "x_test: expected 862017116176384 bytes of data .*, got 0"),
        ("x_test", b"\x93NUMPY\x02\x00" + bytes(99), r"x_test: .*expected version \(1, 0\).*got \(2, 0\)"),
        ("x_test", b"not an array at all", "x_test: cannot read the .npy header: .*magic"),
        ("x_test", b"", "x_test: cannot read the .npy header"),
        ("x_test", npy_header(b"("), "x_test: cannot read the .npy header"),
        ("x_test", npy_header(b"{[]: 1}"), "x_test: cannot read the .npy header"),
        ("x_test", npy_header(b"  1\n 2"), "x_test: cannot read the .npy header"),
        ("x_test", npy_header(b"-" * 9000 + b"1"), "x_test: cannot read the .npy header"),
        ("x_test", npy_header(b"{}" + b" " * 20000), "x_test: cannot read the .npy header"),
    ],
)
def test_npz_members_that_are_refused(tmp_path, name, member, message):
    file = tmp_path / "mnist.npz"
    file.write_bytes(npz_of_members({**GOOD_MEMBERS, name: member}))
    tracemalloc.start()
    with pytest.raises(ValueError, match=rf"(?s)^\[load_mnist\] .*mnist\.npz: not a usable \.npz file: {message}"):
        load_mnist(file)
    peak = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak < 32 << 20


def test_npz_without_one_of_the_arrays(tmp_path):
    members = {name: member for name, member in GOOD_MEMBERS.items() if name != "y_test"}
    (tmp_path / "mnist.npz").write_bytes(npz_of_members(members))
    expected = r"expected arrays x_train, y_train, x_test, y_test, got x_train\.npy, y_train\.npy, x_test\.npy$"
    with pytest.raises(ValueError, match=expected):
        load_mnist(tmp_path)


def test_npz_compressed_by_a_method_without_bound(tmp_path):
    (tmp_path / "mnist.npz").write_bytes(npz_of_members(GOOD_MEMBERS, zipfile.ZIP_LZMA))
    with pytest.raises(ValueError, match="x_train: expected compression method stored or deflated, got number 14"):
        load_mnist(tmp_path)


def test_an_encrypted_npz_is_refused(tmp_path):
    content = bytearray(npz_of_members(GOOD_MEMBERS))
    # Each member has its flags twice: in front of its data and in the directory at the end.
    for signature, offset_of_flags in ((b"PK\3\4", 6), (b"PK\1\2", 8)):
        start = content.find(signature)
        while start >= 0:
            content[start + offset_of_flags] |= 1
            start = content.find(signature, start + 1)
    (tmp_path / "mnist.npz").write_bytes(content)
    with pytest.raises(ValueError, match=r"mnist\.npz: .*encrypted"):
        load_mnist(tmp_path)


def test_an_npz_whose_directory_points_before_the_file(tmp_path):
    content = bytearray(npz_of_members(GOOD_MEMBERS))
    end = content.rindex(b"PK\5\6")
    (directory,) = struct.unpack_from("<I", content, end + 16)
    struct.pack_into("<I", content, end + 16, directory + 100)
    (tmp_path / "mnist.npz").write_bytes(content)
    with pytest.raises(ValueError, match=r"^\[load_mnist\] .*mnist\.npz: not a usable \.npz file: "):
        load_mnist(tmp_path)


def test_an_npz_whose_directory_declares_more_than_the_file_holds(tmp_path):
    lying = npy_header(b"{'descr': '|u1', 'fortran_order': False, 'shape': (100000,), }\n")
    content = bytearray(npz_of_members({**GOOD_MEMBERS, "y_test": lying}, zipfile.ZIP_STORED))
    entry = content.rindex(b"PK\1\2")
    struct.pack_into("<II", content, entry + 20, 200000, 200000)
    (tmp_path / "mnist.npz").write_bytes(content)
    with pytest.raises(ValueError, match=r"^\[load_mnist\] .*mnist\.npz: not a usable \.npz file: \w"):
        load_mnist(tmp_path)


def test_an_npz_with_damaged_deflate_data(tmp_path):
    # Level 0 is a chain of blocks, each one byte for its type, two for its length, two for a copy of the length.
    large = npy_bytes(small_set(train=100)[0])
    content = bytearray(npz_of_members({**GOOD_MEMBERS, "x_train": large}, compresslevel=0))
    first_block = 30 + len("x_train.npy")
    second_block = first_block + 5 + int.from_bytes(content[first_block + 1 : first_block + 3], "little")
    content[second_block] |= 0b110  # block type 3, which does not exist
    (tmp_path / "mnist.npz").write_bytes(content)
    with pytest.raises(ValueError, match=r"^\[load_mnist\] .*mnist\.npz: not a usable \.npz file: Error -3"):
        load_mnist(tmp_path)


@pytest.mark.parametrize("compressed", [False, True])
def test_damaged_npz_files_give_value_errors_or_the_data(tmp_path, compressed):
    arrays = small_set(train=1, test=1)
    whole = npz_bytes(arrays, compressed)
    file = tmp_path / "mnist.npz"
    places = random.Random(3)
    refused = []
    for _ in range(400):
        damaged = bytearray(whole)
        damaged[places.randrange(len(whole))] ^= 1 << places.randrange(8)
        file.write_bytes(damaged[: places.choice([len(whole), places.randrange(len(whole))])])
        try:
            assert_is_set(load_mnist(file), arrays)
        except ValueError as error:
            refused.append(str(error))
    assert all(error.startswith(f"[load_mnist] {file}: not a usable .npz file: ") for error in refused)
    # A flipped bit in a time stamp or a comment harms nobody, but most places matter.
    assert len(refused) > 300


# Where the data are looked for


def test_search_order(monkeypatch, tmp_path, home):
    places = {
        "environment": tmp_path / "root" / "fashion-mnist",
        "cache": home / ".cache" / "mushin" / "fashion-mnist",
        "system": tmp_path / "system",
    }
    monkeypatch.setenv("MUSHIN_DATA", str(tmp_path / "root"))
    sets = {name: small_set(seed) for seed, name in enumerate(places)}
    # From the last place to the first: each new one must win over those that are there already.
    for name in reversed(places):
        write_idx_set(places[name], sets[name])
        assert_is_set(load_fashion_mnist(), sets[name])
    monkeypatch.delenv("MUSHIN_DATA")
    assert_is_set(load_fashion_mnist(), sets["cache"])


def test_search_order_of_mnist(monkeypatch, tmp_path, home):
    cached, in_root = small_set(1), small_set(2)
    write_idx_set(home / ".cache" / "mushin" / "mnist", cached)
    assert_is_set(load_mnist(), cached)
    monkeypatch.setenv("MUSHIN_DATA", "")
    assert_is_set(load_mnist(), cached)
    monkeypatch.setenv("MUSHIN_DATA", str(tmp_path))
    (tmp_path / "mnist").mkdir()
    (tmp_path / "mnist" / "mnist.npz").write_bytes(npz_bytes(in_root))
    assert_is_set(load_mnist(), in_root)


def test_the_two_sets_do_not_share_a_place(monkeypatch, tmp_path):
    monkeypatch.setenv("MUSHIN_DATA", str(tmp_path))
    digits, clothes = small_set(1), small_set(2)
    write_idx_set(tmp_path / "mnist", digits)
    write_idx_set(tmp_path / "fashion-mnist", clothes)
    assert_is_set(load_mnist(), digits)
    assert_is_set(load_fashion_mnist(), clothes)


def test_an_incomplete_place_is_passed_over(monkeypatch, tmp_path, home):
    arrays = small_set()
    incomplete = write_idx_set(tmp_path / "mnist", small_set(9))
    (incomplete / f"{TRAIN_LABELS}.gz").unlink()
    monkeypatch.setenv("MUSHIN_DATA", str(tmp_path))
    write_idx_set(home / ".cache" / "mushin" / "mnist", arrays)
    assert_is_set(load_mnist(), arrays)


def test_a_damaged_file_is_an_error_and_not_passed_over(monkeypatch, tmp_path, home):
    damaged = write_idx_set(tmp_path / "mnist", small_set(9))
    (damaged / f"{TRAIN_LABELS}.gz").write_bytes(b"\x1f\x8b")
    monkeypatch.setenv("MUSHIN_DATA", str(tmp_path))
    write_idx_set(home / ".cache" / "mushin" / "mnist", small_set())
    with pytest.raises(ValueError, match=rf"{TRAIN_LABELS}\.gz"):
        load_mnist()


@pytest.mark.parametrize("loader", [load_mnist, load_fashion_mnist])
def test_an_explicit_path_is_the_only_place(monkeypatch, tmp_path, home, loader):
    monkeypatch.setenv("MUSHIN_DATA", str(tmp_path / "root"))
    for place in (tmp_path / "root", home / ".cache" / "mushin"):
        for name in ("mnist", "fashion-mnist"):
            write_idx_set(place / name, small_set())
    write_idx_set(tmp_path / "system", small_set())
    empty = tmp_path / "empty"
    empty.mkdir()
    incomplete = write_idx_set(tmp_path / "incomplete", small_set())
    (incomplete / f"{TRAIN_LABELS}.gz").unlink()

    for path, what in (
        (tmp_path / "absent.npz", "does not exist"),
        (empty, "holds none of the expected files"),
        (incomplete, f"lacks {TRAIN_LABELS}"),
    ):
        with pytest.raises(FileNotFoundError) as caught:
            loader(path)
        message = str(caught.value)
        assert message.startswith(f"[{loader.__name__}] path {path}: {what}. Expected ")
        for expected in (*IDX_NAMES, "with or without .gz", "mnist.npz", *NPZ_NAMES):
            assert expected in message


# Downloads


@pytest.fixture
def server():
    """A web server; it answers with `contents` (bytes by file name), or as the function `answer` does."""

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self):
            name = self.path.removeprefix("/")
            self.server.requests.append(name)
            if self.server.answer is not None:
                self.server.answer(self, name)
            elif name in self.server.contents:
                self.send_response(200)
                self.send_header("Content-Length", str(len(self.server.contents[name])))
                self.end_headers()
                self.wfile.write(self.server.contents[name])
            else:
                self.send_error(404)

        def log_message(self, *args):
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as running:
        running.contents, running.requests, running.answer = {}, [], None
        running.url = f"http://127.0.0.1:{running.server_port}/"
        thread = threading.Thread(target=running.serve_forever, args=(0.01,))
        thread.start()
        yield running
        running.shutdown()
        thread.join()


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
        assert not target.exists()
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


# The real thing


@needs_fashion_mnist
def test_fashion_mnist_itself(monkeypatch):
    monkeypatch.setenv("MUSHIN_DATA", str(REAL_FASHION_MNIST.parent))
    (x_train, y_train), (x_test, y_test) = load_fashion_mnist()
    assert x_train.shape == (60000, 28, 28)
    assert x_test.shape == (10000, 28, 28)
    assert np.bincount(y_train).tolist() == [6000] * 10
    assert np.bincount(y_test).tolist() == [1000] * 10
    assert y_train[:5].tolist() == [9, 0, 0, 3, 0]
    digests = [hashlib.sha256(array).hexdigest() for array in (x_train, y_train, x_test, y_test)]
    assert digests == [
        "2e487a6c89124f78f2d7521542223cafe96f7123c3ca13d447772ac6ecbb3012",
        "657fbd221bfc9f4198cc14b5619cc33ec57c58dd0e47af4d99d6650759e869a7",
        "c867c93ff95360594e8ec3287995350b824dd110b11595c0e13d5423f621867a",
        "3d0e6c6ea990b53b6f8f500a41cac93881d981b315f84578b7d915342ade01e9",
    ]


@needs_fashion_mnist
@pytest.mark.parametrize(
    ("remote", "seconds"),
    list(zip(mnist._FASHION_MNIST.remote_files, [1504176606, 1504176606, 1504176627, 1504176627], strict=True)),
    ids=IDX_NAMES,
)
def test_the_pinned_checksums_are_those_of_the_published_files(remote, seconds):
    """Debian strips name and time from the gzip header; with both put back the file is the published one."""
    content = (REAL_FASHION_MNIST / remote.name).read_bytes()
    has_name = content[3] & 8
    if not has_name:
        header = b"\x1f\x8b\x08\x08" + struct.pack("<I", seconds) + content[8:10]
        content = header + remote.name.removesuffix(".gz").encode() + b"\0" + content[10:]
    assert len(content) == remote.size
    assert hashlib.sha256(content).hexdigest() == remote.sha256
