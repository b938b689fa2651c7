"""Arrays are read as NumPy writes them; nothing is unpickled, and no header decides how much memory is taken."""

import io
import struct
import zipfile

import numpy as np
import pytest

from mushin.data import read_arrays

ARRAYS = {
    "floats": np.linspace(0, 1, 6, dtype=np.float32).reshape(2, 3),
    "by columns": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
    "big end first": np.arange(3, dtype=">i4"),
    "words": np.array(["rose", "無心"]),
    "truth": np.array([True, False]),
    "one": np.array(7),
    "none": np.zeros((0, 3)),
    "empty words": np.array(["", ""]),
}


def npy_of(dtype, shape, content=b""):
    """An .npy file of any dtype and shape in its header."""
    file = io.BytesIO()
    np.lib.format.write_array_header_1_0(file, {"descr": dtype, "fortran_order": False, "shape": shape})
    return file.getvalue() + content


def npy(array):
    content = io.BytesIO()
    np.save(content, array, allow_pickle=True)
    return content.getvalue()


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_archives(tmp_path, save):
    save(tmp_path / "a.npz", **ARRAYS)
    read = read_arrays(tmp_path / "a.npz")
    assert set(read) == set(ARRAYS)
    for name, array in ARRAYS.items():
        assert (read[name].dtype, read[name].shape) == (array.dtype, array.shape)
        np.testing.assert_array_equal(read[name], array)


def test_single_arrays(tmp_path):
    for name, array in ARRAYS.items():
        (tmp_path / "a.npy").write_bytes(npy(array))
        read = read_arrays(tmp_path / "a.npy")
        assert list(read) == [""]
        np.testing.assert_array_equal(read[""], array, err_msg=name)


@pytest.mark.parametrize(
    ("content", "message"),
    [
        (b"", "not a zip file"),
        (b"no archive at all", "not a zip file"),
        (npy(np.array([{}])), "expected numbers or words, got dtype object"),
        (npy(np.array([1j])), "expected numbers or words, got dtype complex128"),
        (npy(np.ones(3))[:-1], r"the array: expected 24 bytes of data .* got 23"),
        (npy(np.ones(3)) + b"\0", r"the array: expected 24 bytes of data .* got more"),
        (npy(np.ones(3)).replace(b"(3,)", b"(9,)"), "expected 72 bytes of data .* got 24"),
        (npy(np.ones(3)).replace(b"(3,), } ", b"(10**9,)"), "cannot read the .npy header"),
        (npy(np.ones(3)).replace(b"(3,), }        ", b"(999999999,), }"), "expected 7999999992 bytes .* got 24"),
        (npy(np.ones(3)).replace(b"(3,), }", b"(-3,),}"), "negative|header"),
        (npy(np.ones(3)).replace(b"\x01\x00", b"\x09\x00", 1), "cannot read the .npy header|version"),
        (npy(np.ones(3))[:20], "cannot read the .npy header"),
        (npy_of("<U0", (10**12,)), "the array: expected numbers or words, got dtype <U0"),
        (npy_of("<U1", (1,), b"\0\0\x11\0"), "the array: expected words of Unicode characters, got number 0x110000"),
        (npy_of(">U1", (1,), b"\0\0\xd8\0"), "the array: expected words of Unicode characters, got number 0xd800"),
    ],
)
def test_damaged_files(tmp_path, content, message):
    path = tmp_path / "bad.npy"
    path.write_bytes(content)
    with pytest.raises(
        ValueError, match=rf"^\[read_arrays\] .*bad\.npy: not a usable .npy or .npz file: .*({message})"
    ):
        read_arrays(path)


def test_an_archive_whose_directory_is_elsewhere(tmp_path):
    content = bytearray(npz_bytes())
    struct.pack_into("<I", content, content.rindex(b"PK\5\6") + 16, 2**31 - 1)
    (tmp_path / "bad.npz").write_bytes(content)
    with pytest.raises(ValueError, match=r"^\[read_arrays\] .*bad\.npz: not a usable .npy or .npz file"):
        read_arrays(tmp_path / "bad.npz")


def npz_bytes():
    content = io.BytesIO()
    np.savez(content, **ARRAYS)
    return content.getvalue()


def test_compression_without_a_limit_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.npz", "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("x.npy", npy(np.zeros(100)))
    with pytest.raises(ValueError, match="expected compression method stored or deflated"):
        read_arrays(tmp_path / "a.npz")


def test_missing_files(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_arrays(tmp_path / "none.npz")
