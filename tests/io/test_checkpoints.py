"""Checkpoints: what is saved comes back, in every nesting; nothing else is taken, and pickles are refused."""

import json
import pickle
import re

import numpy as np
import pytest

import mushin
from mushin import Tensor, io, nn, optim
from mushin.io import load_weights, save_weights


def test_it_has_two_names():
    assert mushin.save is io.save
    assert mushin.load is io.load


def make(seed):
    mushin.manual_seed(seed)
    model = nn.Sequential(nn.Linear(3, 4), nn.Tanh(), nn.BatchNorm1d(4), nn.Linear(4, 2))
    optimizer = optim.AdamW(model.parameters(), lr=0.01)
    return model, optimizer, optim.lr_scheduler.StepLR(optimizer, 2)


def train(model, optimizer, schedule, steps):
    x = Tensor(np.random.Generator(np.random.Philox(7)).standard_normal((5, 3)).astype(np.float32))
    losses = []
    for _ in range(steps):
        optimizer.zero_grad()
        loss = (model(x) ** 2).mean()
        loss.backward()
        optimizer.step()
        schedule.step()
        losses.append(loss.item())
    return losses


def test_training_goes_on_from_a_checkpoint_as_if_it_had_not_stopped(tmp_path):
    parts = make(1)
    train(*parts, 3)
    names = ("model", "optimizer", "schedule")
    checkpoint = {**{name: part.state_dict() for name, part in zip(names, parts)}, "epoch": 3, "best": float("inf")}
    mushin.save(checkpoint, tmp_path / "checkpoint.pt")
    wanted = train(*parts, 3)
    others = make(2)
    loaded = mushin.load(tmp_path / "checkpoint.pt", map_location="cpu", weights_only=True)
    for name, part in zip(names, others):
        part.load_state_dict(loaded[name])
    assert (loaded["epoch"], loaded["best"]) == (3, float("inf"))
    assert train(*others, 3) == wanted


def test_a_state_dict_is_a_file_of_weights_like_any_other(tmp_path):
    model = make(1)[0]
    mushin.save(model.state_dict(), tmp_path / "a")
    save_weights(tmp_path / "b", model.state_dict())
    assert (tmp_path / "a").read_bytes() == (tmp_path / "b").read_bytes()
    assert {*mushin.load(tmp_path / "b")} == {*model.state_dict()}
    make(2)[0].load_state_dict(mushin.load(tmp_path / "a"))


VALUES = {
    "numbers": [0, -7, 2**70, 1.5, 1e300, -0.0, True, False, None, 'ä\n"', ""],
    "special numbers": (float("inf"), -float("inf")),
    "nested": {"a": [({"b": (1, [2])},)], 3: {}, -1: [], "": ()},
    "one number": 3,
    "a key like a kind": {"tensor": "x", "dict": [], "tuple": {"float": 1}},
}


@pytest.mark.parametrize("name", VALUES)
def test_values_come_back(tmp_path, name):
    mushin.save(VALUES[name], tmp_path / "x")
    assert repr(mushin.load(tmp_path / "x")) == repr(VALUES[name])


def test_tensors_come_back_wherever_they_are(tmp_path):
    x = mushin.arange(6.0).reshape(2, 3)
    given = {"a.b": x, "a": {"b": x.T, "c": [x > 2, (x.long(), np.float32(2.5), x.array)]}, "#": x.sum()}
    mushin.save(given, tmp_path / "x")
    got = mushin.load(tmp_path / "x")
    np.testing.assert_array_equal(got["a.b"].array, x.array)
    np.testing.assert_array_equal(got["a"]["b"].array, x.array.T)
    condition, (integers, number, array) = got["a"]["c"]
    assert condition.dtype == bool
    assert integers.dtype == np.int64
    assert number == 2.5
    assert type(array) is np.ndarray
    assert got["#"].item() == 15
    assert not got["a.b"].requires_grad
    mushin.save(x, tmp_path / "x")
    np.testing.assert_array_equal(mushin.load(tmp_path / "x").array, x.array)
    assert {*load_weights(tmp_path / "x")} == {"obj"}


def test_what_is_no_value_is_refused_by_its_place_and_the_old_file_stays(tmp_path):
    path = tmp_path / "x"
    mushin.save([1], path)
    endless = []
    endless.append(endless)
    bad = {
        "[save] model must be a tensor, number, string, None, dict, list or tuple, got Linear; save its state_dict()": {
            "model": nn.Linear(1, 1)
        },
        "[save] a.0 must be a tensor, number, string, None, dict, list or tuple, got set": {"a": [{1}]},
        "[save] keys must be strings or integers, got 1.5 in a": {"a": {1.5: 2}},
        "[save] obj must be nested at most 100 deep": endless,
        "[save] a must be a tensor or array of floats, integers or bools, got complex64": {"a": np.zeros(2, "F")},
    }
    for message, obj in bad.items():
        with pytest.raises((TypeError, ValueError), match="^" + re.escape(message)):
            mushin.save(obj, path)
        assert mushin.load(path) == [1]
    with pytest.raises(TypeError, match=r"^\[save\] f, the second argument, must be a string or path, got dict"):
        mushin.save(path, {})
    with pytest.raises(TypeError, match=r"^\[load\] f must be a string or path, got int"):
        mushin.load(3)
    with pytest.raises(ValueError, match=r"^\[load\] map_location must be 'cpu' or None, got 'cuda'"):
        mushin.load(path, "cuda")
    with pytest.raises(FileNotFoundError):
        mushin.load(tmp_path / "nothing")


class Harmful:
    def __reduce__(self):
        return (pytest.fail, ("a pickle was executed",))


@pytest.mark.parametrize("protocol", range(2, 6))
def test_a_pickle_is_refused_with_a_way_to_convert_it(tmp_path, protocol):
    path = tmp_path / "model.pt"
    path.write_bytes(pickle.dumps(Harmful(), protocol))
    with pytest.raises(ValueError, match=r"^\[load\] .*model.pt: a pickle.*safetensors.torch.save_file\(torch.load"):
        mushin.load(path)
    path.write_bytes(b"PK\x03\x04" + bytes(100))
    with pytest.raises(ValueError, match="a pickle"):
        mushin.load(path)
    path.write_bytes(b"nonsense")
    with pytest.raises(ValueError, match=r"^\[load\] .*not a whole safetensors file"):
        mushin.load(path)


@pytest.mark.parametrize(
    "structure",
    [
        *(
            "",
            "{",
            '{"tensor": "y"}',
            '{"tensor": []}',
            '{"a": 1, "b": 2}',
            "{}",
            '{"code": "x"}',
            '{"dict": [[[], 1]]}',
        ),
        *('{"dict": [1]}', '{"float": "x"}', "[" * 100_000 + "]" * 100_000, '{"tuple": 1}'),
    ],
)
def test_a_structure_that_lies_is_refused(tmp_path, structure):
    save_weights(tmp_path / "x", {"x": np.zeros(2, "f")}, {"mushin.structure": structure})
    with pytest.raises(ValueError, match=r"its metadata do not say how the tensors are nested"):
        mushin.load(tmp_path / "x")


def test_the_structure_is_json_in_the_metadata(tmp_path):
    mushin.save({"epoch": 3, "x": mushin.ones(2)}, tmp_path / "x")
    structure = json.loads(io.load_metadata(tmp_path / "x")["mushin.structure"])
    assert structure == {"dict": [["epoch", 3], ["x", {"tensor": "x"}]]}
