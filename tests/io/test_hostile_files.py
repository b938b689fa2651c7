"""Files that lie, or were made to harm, are refused before memory is taken."""

import json
import os
import struct
import tracemalloc

import numpy as np
import pytest

from mushin import keras, nn
from mushin.io import load_metadata, load_state, load_weights, save_weights

F32 = {"dtype": "F32", "shape": [2], "data_offsets": [0, 8]}


def raw(header, data=b"", length=None):
    """The bytes of a file with a header as text or JSON, and a length of it that may lie."""
    text = header if isinstance(header, bytes) else json.dumps(header).encode()
    return struct.pack("<Q", len(text) if length is None else length) + text + data


HOSTILE = {
    "nothing": b"",
    "half a length": b"\x08\0\0",
    "only a length": struct.pack("<Q", 8),
    "a header beyond the file": raw({"x": F32}, bytes(8), length=4096),
    "a header of exabytes": raw({"x": F32}, bytes(8), length=2**63 - 1),
    "a header of the largest length": raw({"x": F32}, bytes(8), length=2**64 - 1),
    "a header that is cut": raw({"x": F32}, bytes(8), length=10),
    "no JSON": raw(b"{x: 1}"),
    "a list": raw([]),
    "not UTF-8": raw(b'{"\xff\xfe": {"dtype":"F32","shape":[2],"data_offsets":[0,8]}}', bytes(8)),
    "half a surrogate": raw(rb'{"\ud800": {"dtype":"F32","shape":[2],"data_offsets":[0,8]}}', bytes(8)),
    "deep lists": raw(b'{"x":' + b"[" * 100_000 + b"]" * 100_000 + b"}"),
    "deep objects": raw(b'{"x":' * 50_000 + b"1" + b"}" * 50_000),
    "deep metadata": raw(b'{"__metadata__":{"x":' + b"[" * 100_000 + b"]" * 100_000 + b"}}"),
    "metadata that are no strings": raw({"__metadata__": {"x": 3}}),
    "overlapping tensors": raw({"x": F32, "y": {**F32, "data_offsets": [4, 12]}}, bytes(12)),
    "the same bytes twice": raw({"x": F32, "y": F32}, bytes(8)),
    "a hole": raw({"x": F32, "y": {**F32, "data_offsets": [12, 20]}}, bytes(20)),
    "bytes behind the last": raw({"x": F32}, bytes(9)),
    "a missing byte": raw({"x": F32}, bytes(7)),
    "offsets that fall": raw({"x": {**F32, "data_offsets": [8, 0]}}, bytes(8)),
    "negative offsets": raw({"x": {**F32, "data_offsets": [-8, 0]}}, bytes(8)),
    "offsets past every number": raw({"x": {**F32, "data_offsets": [0, 2**70]}}, bytes(8)),
    "a larger shape": raw({"x": {**F32, "shape": [3]}}, bytes(8)),
    "a smaller shape": raw({"x": {**F32, "shape": [1]}}, bytes(8)),
    "a wider dtype": raw({"x": {**F32, "dtype": "F64"}}, bytes(8)),
    "a shape whose product wraps": raw({"x": {**F32, "shape": [2**33, 2**33]}}, bytes(8)),
    "terabytes": raw({"x": {**F32, "shape": [2**40], "data_offsets": [0, 2**42]}}, bytes(8)),
    "fractions": raw({"x": {**F32, "shape": [2.0]}}, bytes(8)),
    "no shape": raw({"x": {"dtype": "F32", "data_offsets": [0, 8]}}, bytes(8)),
    "an unknown dtype": raw({"x": {**F32, "dtype": "OBJECT"}}, bytes(8)),
}


@pytest.mark.parametrize("name", HOSTILE)
def test_they_are_refused_and_take_no_memory(tmp_path, name):
    path = tmp_path / "hostile.safetensors"
    path.write_bytes(HOSTILE[name])
    tracemalloc.start()
    try:
        for read in (load_weights, load_metadata, lambda file: load_state(file, nn.Linear(2, 2))):
            with pytest.raises(ValueError, match=r"hostile\.safetensors: not a whole safetensors file"):
                read(path)
        with pytest.raises(ValueError, match=r"hostile\.safetensors"):
            keras.models.load_model(path)
        assert tracemalloc.get_traced_memory()[1] < 4 << 20
    finally:
        tracemalloc.stop()


def test_a_name_that_comes_twice(tmp_path):
    one = json.dumps(F32)
    header = f'{{"x": {one}, "x": {one}}}'.encode()
    (tmp_path / "w").write_bytes(raw(header, bytes(8)))
    for read in (load_weights, load_metadata):
        with pytest.raises(ValueError, match=r"w: not a whole safetensors file: the name 'x' comes twice"):
            read(tmp_path / "w")


def read_or_none(path):
    """The arrays of a file; None if it is refused with its name."""
    try:
        return load_weights(path)
    except ValueError as error:
        if str(path) not in str(error):
            raise
        return None


def test_random_bytes_in_place_of_others(tmp_path):
    """Every byte of a small file is changed: what is read is whole, or is refused with the file's name."""
    save_weights(tmp_path / "w", {"a": np.arange(3, dtype=np.float32), "b": np.ones((2, 2), np.int8)})
    content = (tmp_path / "w").read_bytes()
    header = 8 + int.from_bytes(content[:8], "little")
    refused = 0
    for place in range(header):
        for change in (0x01, 0x80):
            damaged = bytearray(content)
            damaged[place] ^= change
            (tmp_path / "d").write_bytes(damaged)
            arrays = read_or_none(tmp_path / "d")
            refused += arrays is None
            assert arrays is None or sum(array.nbytes for array in arrays.values()) == len(content) - header
    assert refused > header


@pytest.mark.skipif(os.name != "posix", reason="links and pipes are POSIX'")
def test_links_folders_and_what_is_no_file(tmp_path):
    save_weights(tmp_path / "w", {"x": np.ones(2)})
    (tmp_path / "link").symlink_to("w")
    assert load_weights(tmp_path / "link")["x"].tolist() == [1, 1]
    (tmp_path / "dangling").symlink_to("nowhere")
    (tmp_path / "circle").symlink_to("circle")
    (tmp_path / "folder").mkdir()
    os.mkfifo(tmp_path / "pipe")
    for name in ("dangling", "circle", "folder", "pipe"):
        for read in (load_weights, load_metadata):
            with pytest.raises(OSError, match=name):
                read(tmp_path / name)
