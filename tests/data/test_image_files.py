"""A set is read from four IDX files or an .npz file, and the files must fit together."""

import numpy as np
import pytest

from mushin.data import load_fashion_mnist, load_mnist

from .small_sets import TEST_IMAGES, TEST_LABELS, assert_is_set, idx_bytes, npz_bytes, small_set, write_idx_set


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


def test_npz_arrays_that_do_not_fit(tmp_path):
    arrays = small_set()
    arrays[1] = np.zeros(7, np.uint8)
    (tmp_path / "mnist.npz").write_bytes(npz_bytes(arrays))
    message = r"mnist\.npz: y_train: expected 6 labels, one for each image, got 7$"
    with pytest.raises(ValueError, match=rf"^\[load_mnist\] .*{message}"):
        load_mnist(tmp_path)


def test_a_damaged_idx_file_is_named(tmp_path):
    folder = write_idx_set(tmp_path / "data", small_set())
    (folder / f"{TEST_LABELS}.gz").write_bytes(b"\x1f\x8b nothing that follows is gzip")
    with pytest.raises(ValueError, match=rf"{TEST_LABELS}\.gz: the gzip data are truncated or damaged"):
        load_mnist(folder)
