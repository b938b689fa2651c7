"""Damaged and hostile .npz files: nothing in them is executed, and no header decides how much memory is taken."""

import io
import pickle
import random
import struct
import tracemalloc
import zipfile
from pathlib import Path

import numpy as np
import pytest

from mushin.data import load_mnist

from .small_sets import NPZ_NAMES, assert_is_set, npz_bytes, small_set


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


def header_of_shape(text):
    return b"{'descr': '|u1', 'fortran_order': False, 'shape': (%s), }\n" % text


IMAGES_HEADER = header_of_shape(b"1099511627776, 28, 28")


@pytest.mark.parametrize(
    ("name", "member", "message"),
    [
        ("y_test", npy_bytes(np.zeros(4, np.int64)), "y_test: expected dtype uint8, got int64"),
        ("x_train", npy_bytes(np.zeros((6, 28, 28), np.float32)), "x_train: expected dtype uint8, got float32"),
        ("x_train", npy_bytes(np.zeros((6, 784), np.uint8)), r"x_train: expected shape \(n, 28, 28\), got \(6, 784\)"),
        ("y_train", npy_bytes(np.zeros((6, 1), np.uint8)), r"y_train: expected shape \(n,\), got \(6, 1\)"),
        ("y_train", npy_bytes(np.zeros((), np.uint8)), r"y_train: expected shape \(n,\), got \(\)"),
        ("x_test", GOOD_MEMBERS["x_test"][:-1], "x_test: expected 3136 bytes of data .*, got 3135"),
        ("x_test", GOOD_MEMBERS["x_test"] + b"\0", "x_test: expected 3136 bytes of data .*, got more"),
        (
            "x_test",
            npy_header(header_of_shape(b"-1, 28, 28")),
            r"x_test: expected shape \(n, 28, 28\), got \(-1, 28, 28\)",
        ),
        (
            "x_test",
            npy_header(header_of_shape(b"%d, 28, 28" % 2**60)),
            "x_test: expected a shape that fits into memory",
        ),
        ("x_test", npy_header(IMAGES_HEADER), "x_test: expected 862017116176384 bytes of data .*, got 0"),
        ("x_test", b"\x93NUMPY\x03\x00" + bytes(99), r"x_test: .*expected version \(1, 0\).*got \(3, 0\)"),
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


def test_a_file_does_not_decide_how_long_an_error_is(tmp_path):
    (tmp_path / "mnist.npz").write_bytes(npz_of_members({f"array{i}": b"" for i in range(2000)}))
    with pytest.raises(ValueError, match=r"got array0\.npy, array1\.npy") as caught:
        load_mnist(tmp_path)
    assert len(str(caught.value)) < 1000


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
    lying = npy_header(header_of_shape(b"100000,"))
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
