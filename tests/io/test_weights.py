"""Weights come back as they were saved, and damaged files are refused with their name."""

import json
import os
import struct

import numpy as np
import pytest

from mushin import Tensor, keras, nn
from mushin.io import load_metadata, load_state, load_weights, save_state, save_weights

DTYPES = (
    ["float64", "float32", "float16", "bool"]
    + [f"int{n}" for n in (8, 16, 32, 64)]
    + [f"uint{n}" for n in (8, 16, 32, 64)]
)


def raw_file(path, tensors):
    """A safetensors file written by hand, from (dtype, shape, bytes) by name."""
    header, content = {}, b""
    for name, (dtype, shape, data) in tensors.items():
        header[name] = {"dtype": dtype, "shape": shape, "data_offsets": [len(content), len(content) + len(data)]}
        content += data
    text = json.dumps(header).encode()
    path.write_bytes(struct.pack("<Q", len(text)) + text + content)


def assert_same(loaded, expected):
    assert loaded.dtype == expected.dtype
    assert loaded.shape == expected.shape
    assert loaded.tobytes() == expected.tobytes()


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(), (1,), (3, 5), (0, 4), (2, 0, 3)])
def test_dtypes_and_shapes(tmp_path, dtype, shape):
    array = (np.arange(np.prod(shape, dtype=int)).reshape(shape) * 7 % 5).astype(dtype)
    save_weights(tmp_path / "w.safetensors", {"x": array})
    loaded = load_weights(tmp_path / "w.safetensors")
    assert list(loaded) == ["x"]
    assert_same(loaded["x"], array)


def test_special_values_keep_their_bits(tmp_path):
    array = np.array([np.nan, -np.nan, np.inf, -0.0, 1e-45, 3.4e38], np.float32)
    save_weights(tmp_path / "w", {"x": array})
    assert_same(load_weights(tmp_path / "w")["x"], array)


def test_strides_byte_order_and_tensors(tmp_path):
    array = np.arange(24, dtype=np.float32).reshape(4, 6)
    given = {
        "transposed": array.T,
        "every other": array[::2, ::-1],
        "broadcast": np.broadcast_to(np.float32(3), (2, 3)),
        "big end first": array.astype(">f4"),
        "tensor": Tensor(array),
        "wants its gradient": Tensor(array, requires_grad=True),
    }
    save_weights(tmp_path / "w", given)
    loaded = load_weights(tmp_path / "w")
    assert set(loaded) == set(given)
    for name, value in given.items():
        expected = value.array if isinstance(value, Tensor) else value
        assert loaded[name].dtype == np.float32
        np.testing.assert_array_equal(loaded[name], expected)


def test_loaded_arrays_are_their_own_and_can_be_written(tmp_path):
    save_weights(tmp_path / "w", {"x": np.ones(3, np.float32)})
    first = load_weights(tmp_path / "w")["x"]
    first[:] = 7
    os.unlink(tmp_path / "w")
    assert first.tolist() == [7, 7, 7]


def test_no_tensors_and_odd_names(tmp_path):
    save_weights(tmp_path / "w", {})
    assert load_weights(tmp_path / "w") == {}
    save_weights(tmp_path / "w", {"無心.\n": np.ones(1), "": np.zeros(1)})
    assert set(load_weights(tmp_path / "w")) == {"無心.\n", ""}


def test_the_same_tensors_give_the_same_bytes(tmp_path):
    tensors = {f"layer.{i}": np.full(i, i, np.float32) for i in range(20)}
    save_weights(tmp_path / "a", tensors)
    save_weights(tmp_path / "b", dict(reversed(tensors.items())))
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()


def test_the_file_says_that_names_and_layouts_are_pytorchs(tmp_path):
    save_weights(tmp_path / "w", {"x": np.ones(1, np.float32)})
    content = (tmp_path / "w").read_bytes()
    header = json.loads(content[8 : 8 + int.from_bytes(content[:8], "little")])
    assert header["__metadata__"] == {"format": "pt"}


def test_bfloat16_becomes_float32_of_the_same_values(tmp_path):
    values = np.array([[1.0, -2.5, 0.0], [np.inf, 3.140625, -1e-3]], np.float32)
    halves = (values.view(np.uint32) >> 16).astype("<u2")
    plain = np.arange(3, dtype=np.int64)
    raw_file(tmp_path / "w", {"a": ("BF16", [2, 3], halves.tobytes()), "b": ("I64", [3], plain.tobytes())})
    loaded = load_weights(tmp_path / "w")
    assert loaded["a"].dtype == np.float32
    np.testing.assert_array_equal(loaded["a"], (halves.astype(np.uint32) << 16).view(np.float32))
    np.testing.assert_array_equal(loaded["b"], plain)


def test_dtypes_that_numpy_lacks_are_refused(tmp_path):
    raw_file(tmp_path / "w", {"x": ("F8_E4M3", [2], b"ab")})
    with pytest.raises(ValueError, match=r"w: dtypes that mushin does not read"):
        load_weights(tmp_path / "w")


@pytest.mark.parametrize(
    ("tensors", "error", "message"),
    [
        ({"x": [1.0]}, TypeError, r"x must be a tensor or array of floats, integers or bools, got list"),
        ({"x": np.array(["a"])}, TypeError, r"x must be a tensor or array .* got <U1"),
        ({"x": np.ones(1, np.complex64)}, TypeError, "got complex64"),
        ({3: np.ones(1)}, TypeError, "names must be strings, got 3"),
        ({"__metadata__": np.ones(1)}, ValueError, "belongs to the format"),
    ],
)
def test_what_cannot_be_saved_leaves_no_file(tmp_path, tensors, error, message):
    with pytest.raises(error, match=message):
        save_weights(tmp_path / "w", {"good": np.ones(1), **tensors})
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("metadata", "error", "message"),
    [
        ({"epoch": 3}, TypeError, "metadata must be strings by name, got 3 of int"),
        ({3: "epoch"}, TypeError, "metadata must be strings by name, got 3 of int"),
        (["epoch"], TypeError, "metadata must be a mapping of strings, got list"),
        ({"epoch": "\ud800"}, ValueError, r"names and metadata must be Unicode text, got the surrogate '\\ud800'"),
        ({"epoch": "3" * 10**8}, ValueError, "names and metadata must fit 100000000 bytes, the format's limit"),
    ],
)
def test_metadata_that_could_not_be_read_again_leaves_the_old_file(tmp_path, metadata, error, message):
    save_weights(tmp_path / "w", {"x": np.ones(1)})
    with pytest.raises(error, match=rf"^\[save_weights\] {message}"):
        save_weights(tmp_path / "w", {"x": np.zeros(1)}, metadata)
    assert load_weights(tmp_path / "w")["x"] == 1


def test_a_file_that_is_cut_off_anywhere(tmp_path):
    save_weights(tmp_path / "whole", {"x": np.arange(5, dtype=np.float32), "y": np.ones((2, 2))})
    content = (tmp_path / "whole").read_bytes()
    cut = tmp_path / "cut.safetensors"
    for size in range(len(content)):
        cut.write_bytes(content[:size])
        with pytest.raises(ValueError, match=r"cut\.safetensors: not a whole safetensors file"):
            load_weights(cut)
    cut.write_bytes(content + b"\0")
    with pytest.raises(ValueError, match="not a whole safetensors file"):
        load_weights(cut)


@pytest.mark.parametrize(
    "content",
    [
        b"\x80\x04K\x01.",  # a pickle
        b"PK\x03\x04" + bytes(60),
        struct.pack("<Q", 2**63) + b"{}",
        struct.pack("<Q", 2) + b"[]",
        struct.pack("<Q", 4) + b'{"x"',
    ],
)
def test_other_content_is_refused(tmp_path, content):
    (tmp_path / "other").write_bytes(content)
    with pytest.raises(ValueError, match="other: not a whole safetensors file"):
        load_weights(tmp_path / "other")


@pytest.mark.parametrize(
    "entry",
    [
        {"dtype": "F32", "shape": [2], "data_offsets": [0, 4]},
        {"dtype": "F32", "shape": [1], "data_offsets": [4, 8]},
        {"dtype": "F32", "shape": [2**62, 4], "data_offsets": [0, 4]},
        {"dtype": "F32", "shape": [-1], "data_offsets": [0, 4]},
        {"dtype": "BF16", "shape": [2], "data_offsets": [0, 400]},
        {"dtype": "PICKLE", "shape": [1], "data_offsets": [0, 4]},
    ],
)
def test_lying_headers_are_refused(tmp_path, entry):
    text = json.dumps({"x": entry}).encode()
    (tmp_path / "lies").write_bytes(struct.pack("<Q", len(text)) + text + bytes(4))
    with pytest.raises(ValueError, match="lies: not a whole safetensors file"):
        load_weights(tmp_path / "lies")


@pytest.mark.parametrize("dtype", ["F32", "BF16"])
@pytest.mark.parametrize("shape", [[1] * 100, [0, 2**62, 4], [0, 2**64 - 1]], ids=["long", "product", "large"])
def test_shapes_that_numpy_lacks_are_refused(tmp_path, dtype, shape):
    raw_file(tmp_path / "w", {"x": (dtype, shape, bytes({"F32": 4, "BF16": 2}[dtype] if shape[0] else 0))})
    with pytest.raises(ValueError, match=r"^\[load_weights\] .*w: shapes that NumPy does not have: "):
        load_weights(tmp_path / "w")


def test_missing_files_and_folders(tmp_path):
    with pytest.raises(FileNotFoundError, match=r"no\.safetensors"):
        load_weights(tmp_path / "no.safetensors")
    with pytest.raises(OSError, match=str(tmp_path.name)):
        load_weights(tmp_path)
    with pytest.raises(FileNotFoundError) as caught:
        save_weights(tmp_path / "missing" / "w", {"x": np.ones(1)})
    assert caught.value.filename == str(tmp_path / "missing" / "w")


@pytest.mark.parametrize("error", [OSError(28, "No space left on device"), KeyboardInterrupt()])
@pytest.mark.parametrize("name", ["fsync", "replace"])
def test_a_save_that_is_killed_leaves_the_old_weights(tmp_path, monkeypatch, name, error):
    path = tmp_path / "w.safetensors"
    save_weights(path, {"x": np.zeros(3)})
    before = path.read_bytes()

    def fails(*_):
        raise error

    monkeypatch.setattr(os, name, fails)
    with pytest.raises(type(error)):
        save_weights(path, {"x": np.ones(1000)})
    assert path.read_bytes() == before
    assert list(tmp_path.iterdir()) == [path]


# Modules


def test_a_modules_state_under_pytorchs_names(tmp_path):
    module = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2))
    save_state(tmp_path / "w", module)
    loaded = load_weights(tmp_path / "w")
    shapes = {name: array.shape for name, array in loaded.items()}
    assert shapes == {"0.weight": (4, 3), "0.bias": (4,), "2.weight": (2, 4), "2.bias": (2,)}
    other = nn.Sequential(nn.Linear(3, 4), nn.ReLU(), nn.Linear(4, 2))
    homes = [p.array for p in other.parameters()]
    assert load_state(tmp_path / "w", other) == ([], [])
    for ours, theirs, home in zip(module.parameters(), other.parameters(), homes):
        assert theirs.array is home
        assert_same(theirs.array, ours.array)


def test_a_keras_models_body(tmp_path):
    def model():
        layers = [keras.layers.Dense(5, activation="relu", input_shape=(3,)), keras.layers.Dense(2, "softmax")]
        return keras.Sequential(layers)

    first, second = model(), model()
    x = np.arange(12, dtype=np.float32).reshape(4, 3)
    save_state(tmp_path / "w", first.body)
    assert first.predict(x, verbose=0).tobytes() != second.predict(x, verbose=0).tobytes()
    load_state(tmp_path / "w", second.body)
    assert first.predict(x, verbose=0).tobytes() == second.predict(x, verbose=0).tobytes()


def test_weights_that_do_not_fit_name_the_file_and_change_nothing(tmp_path):
    save_state(tmp_path / "w.safetensors", nn.Linear(3, 4))
    module = nn.Linear(4, 3)
    before = [p.array.copy() for p in module.parameters()]
    with pytest.raises(ValueError, match=r"w\.safetensors: (.|\n)*weight must have shape \(3, 4\), got \(4, 3\)"):
        load_state(tmp_path / "w.safetensors", module)
    for parameter, old in zip(module.parameters(), before):
        assert_same(parameter.array, old)


def test_strict_or_not(tmp_path):
    save_weights(tmp_path / "w", {"weight": np.ones((2, 3), np.float32), "extra": np.ones(1)})
    module = nn.Linear(3, 2)
    with pytest.raises(ValueError, match=r"missing keys: bias(.|\n)*unexpected keys: extra"):
        load_state(tmp_path / "w", module)
    assert load_state(tmp_path / "w", module, strict=False) == (["bias"], ["extra"])
    assert module.weight.array.tolist() == [[1.0] * 3] * 2


def test_the_order_of_metadata_does_not_change_from_run_to_run(tmp_path):
    metadata = {f"key {i}": str(i) for i in range(10)}
    save_weights(tmp_path / "a", {"x": np.ones(3)}, metadata)
    save_weights(tmp_path / "b", {"x": np.ones(3)}, dict(reversed(metadata.items())))
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    assert load_metadata(tmp_path / "a") == {"format": "pt", **metadata}


def test_the_library_reads_the_same(tmp_path):
    from safetensors.numpy import load_file

    arrays = {dtype: np.arange(3).astype(dtype) for dtype in DTYPES} | {"empty": np.ones((0, 2)), "無": np.array(1.0)}
    save_weights(tmp_path / "w", arrays)
    loaded = load_file(tmp_path / "w")
    assert set(loaded) == set(arrays)
    for name, array in arrays.items():
        assert_same(loaded[name], array)
