"""Sets are looked for in the promised order, and an explicit path is the only place."""

import pytest

from mushin.data import load_fashion_mnist, load_mnist

from .small_sets import IDX_NAMES, NPZ_NAMES, TRAIN_LABELS, assert_is_set, npz_bytes, small_set, write_idx_set


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
