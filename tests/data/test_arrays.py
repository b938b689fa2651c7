"""Arrays are read as NumPy writes them; nothing is unpickled, and no header decides how much memory is taken."""

import io
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
    ],
)
def test_damaged_files(tmp_path, content, message):
    path = tmp_path / "bad.npy"
    path.write_bytes(content)
    with pytest.raises(
        ValueError, match=rf"^\[read_arrays\] .*bad\.npy: not a usable .npy or .npz file: .*({message})"
    ):
        read_arrays(path)


def test_compression_without_a_limit_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "a.npz", "w", zipfile.ZIP_LZMA) as archive:
        archive.writestr("x.npy", npy(np.zeros(100)))
    with pytest.raises(ValueError, match="expected compression method stored or deflated"):
        read_arrays(tmp_path / "a.npz")


def test_missing_files(tmp_path):
    with pytest.raises(FileNotFoundError):
        read_arrays(tmp_path / "none.npz")
