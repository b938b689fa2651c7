"""Lists and dicts of modules and of parameters: what they hold, under which names, and how they are changed."""

import copy
import pickle

import numpy as np
import pytest

import mushin
from mushin import autograd, nn
from nn.modules import names


def kinds(container):
    return {name: type(module).__name__ for name, module in container.named_children()}


def parameters(n):
    return [nn.Parameter(np.full(2, float(i), np.float32)) for i in range(n)]


LISTS = {"ModuleList": lambda n: [nn.Linear(i + 1, 1) for i in range(n)], "ParameterList": parameters}
DICTS = {"ModuleDict": LISTS["ModuleList"], "ParameterDict": parameters}


# --- lists


@pytest.mark.parametrize("kind", LISTS)
def test_a_list_is_changed_like_a_list(kind):
    make = getattr(nn, kind)
    a, b, c, d, e = LISTS[kind](5)
    members = make([a])
    assert members.append(b) is members
    assert members.extend(x for x in [c]) is members
    members.insert(1, d)
    members += [e]
    expected = [a, d, b, c, e]
    assert list(members) == expected
    assert len(members) == 5
    assert (members[0], members[-1], members[np.int64(3)]) == (a, e, c)
    assert type(members[1:3]) is make
    assert list(members[1:3]) == [d, b]
    assert list(members.__add__([a])) == [*expected, a]
    assert list(members) == expected
    assert members.pop() is e
    assert members.pop(0) is a
    del members[0]
    assert list(members) == [b, c]
    members[-1] = d
    assert list(members) == [b, d]
    assert {name.partition(".")[0] for name in members.state_dict()} == {"0", "1"}
    del members[:]
    assert len(members) == 0
    assert not members.state_dict()
    assert not dict(members.named_modules(prefix="x")).keys() - {"x"}


@pytest.mark.parametrize("kind", [*LISTS, "Sequential"])
def test_an_index_out_of_range(kind):
    members = nn.Sequential(nn.ReLU()) if kind == "Sequential" else getattr(nn, kind)(LISTS[kind](1))
    for use in (lambda: members[1], lambda: members[-2], lambda: members.pop(3), lambda: members.__delitem__(7)):
        with pytest.raises(IndexError, match=rf"^\[{kind}\] index must be in \[-1, 1\), got "):
            use()


@pytest.mark.parametrize("kind", [*LISTS, "Sequential"])
@pytest.mark.parametrize("index", [2, -2])
def test_inserting_out_of_range(kind, index):
    members = nn.Sequential(nn.ReLU()) if kind == "Sequential" else getattr(nn, kind)(LISTS[kind](1))
    with pytest.raises(IndexError, match=rf"^\[{kind}\] index must be in \[-1, 1\], got {index}"):
        members.insert(index, members[0])
    assert len(members) == 1


@pytest.mark.parametrize("kind", ["ModuleList", "Sequential"])
def test_a_wrong_member_changes_nothing(kind):
    members = nn.Sequential(nn.ReLU()) if kind == "Sequential" else getattr(nn, kind)(LISTS[kind](1))
    before = list(members)
    for add in (members.append, lambda x: members.insert(0, x), lambda x: members.extend([x])):
        with pytest.raises(TypeError, match=rf"^\[{kind}\] .* must be a (Module|Parameter).*, got str"):
            add("text")
        assert list(members) == before
    with pytest.raises(TypeError, match=rf"^\[{kind}\] members must be given one after the other, got int"):
        members.extend(3)


def test_inserting_into_and_adding_to_a_sequential_model():
    model = nn.Sequential(nn.Linear(1, 1), nn.Tanh())
    model.insert(1, nn.ReLU())
    assert kinds(model) == {"0": "Linear", "1": "ReLU", "2": "Tanh"}
    both = model + nn.Sequential(nn.Sigmoid())
    assert type(both) is nn.Sequential
    assert kinds(both) == {"0": "Linear", "1": "ReLU", "2": "Tanh", "3": "Sigmoid"}
    assert both[0] is model[0]
    assert type(model.pop(0)) is nn.Linear
    assert model.extend([nn.Tanh()]) is model
    assert kinds(model) == {"0": "ReLU", "1": "Tanh", "2": "Tanh"}


def test_a_sequential_model_many_times():
    model = nn.Sequential(nn.Linear(1, 1), nn.Tanh())
    for twice in (model * 2, 2 * model):
        assert list(twice) == [*model, *model]
        assert kinds(model) == {"0": "Linear", "1": "Tanh"}
    same = model
    model *= 2
    assert model is same
    assert list(model) == list(twice)
    for times, error, message in ((0, ValueError, "be positive, got 0"), (1.5, TypeError, "be an integer, got float")):
        for use in (model.__mul__, model.__imul__):
            with pytest.raises(error, match=rf"^\[Sequential\] times must {message}"):
                use(times)
    assert len(model) == 4


# --- dicts


@pytest.mark.parametrize("kind", DICTS)
def test_a_dict_is_changed_like_a_dict(kind):
    make = getattr(nn, kind)
    a, b, c, d = DICTS[kind](4)
    members = make({"b": b, "a": a})
    members["c"] = c
    assert list(members) == list(members.keys()) == ["b", "a", "c"]
    assert list(members.values()) == [b, a, c]
    assert list(members.items()) == [("b", b), ("a", a), ("c", c)]
    assert members["a"] is members.a is members.get("a") is a
    assert "a" in members
    assert "d" not in members
    assert members.get("d", 3) == 3
    members.update([("d", d), ("b", c)])
    assert list(members.items()) == [("b", c), ("a", a), ("c", c), ("d", d)]
    members.update(make([("a", d)]))
    assert members.pop("a") is d
    del members["b"]
    assert list(members) == ["c", "d"]
    members.clear()
    assert len(members) == len(members.state_dict()) == 0


@pytest.mark.parametrize("kind", DICTS)
def test_names_that_a_dict_does_not_have_or_take(kind):
    members = getattr(nn, kind)({"a": DICTS[kind](1)[0]})
    for use in (lambda: members["x"], lambda: members.pop("x"), lambda: members.__delitem__("x")):
        with pytest.raises(KeyError, match=rf"\[{kind}\] key must be one of 'a', got 'x'"):
            use()
    for name, error in (("keys", ValueError), ("a.b", ValueError), ("", ValueError), (3, TypeError)):
        with pytest.raises(error, match=rf"^\[{kind}\]"):
            members[name] = DICTS[kind](1)[0]
    assert list(members) == ["a"]


def test_a_wrong_member_of_a_dict_changes_nothing():
    members = nn.ModuleDict({"a": nn.ReLU()})
    with pytest.raises(TypeError, match=r"^\[ModuleDict\] .* must be a Module.*, got str"):
        members["b"] = "text"
    assert list(members) == ["a"]


def test_what_a_parameter_dict_has_of_a_dict():
    a, b, c = parameters(3)
    members = nn.ParameterDict({"a": a})
    assert members.setdefault("a", b) is a
    assert members.setdefault("b", b) is b
    assert list(reversed(members)) == ["b", "a"]
    twin = members.copy()
    assert type(twin) is nn.ParameterDict
    assert list(twin.items()) == [("a", a), ("b", b)]
    assert members.popitem() == ("b", b)
    assert len(twin) == 2
    assert list((members | {"a": b, "c": c}).items()) == [("a", b), ("c", c)]
    assert {"a": b, "c": c} | members == {"a": a, "c": c}
    members |= {"c": c}
    assert list(members.items()) == [("a", a), ("c", c)]
    with pytest.raises(KeyError, match=r"\[ParameterDict\] there is nothing to take out"):
        nn.ParameterDict().popitem()


# --- values that are no parameters


def test_other_values_are_no_part_of_the_state():
    a, b = parameters(2)
    members = nn.ParameterList([a, 3, None, "text"])
    assert list(members) == [a, 3, None, "text"]
    assert list(members.state_dict()) == ["0"]
    members[1] = b
    members[0] = 5
    assert list(members) == [5, b, None, "text"]
    assert dict(members.named_parameters()) == {"1": b}
    for twin in (copy.copy(members), copy.deepcopy(members), pickle.loads(pickle.dumps(members))):
        assert [twin[0], *list(twin)[2:]] == [5, None, "text"]
        twin.append(7)
    assert len(members) == 4
    assert "(0): Object of type: int" in repr(members)


def test_names_of_other_values_are_checked_too():
    members = nn.ParameterDict({"a": 3})
    for name, error in (("keys", ValueError), ("a.b", ValueError), ("_names", ValueError), (3, TypeError)):
        with pytest.raises(error, match=r"^\[ParameterDict\]"):
            members[name] = 5
    assert list(members.items()) == [("a", 3)]


# --- all of them


class Model(nn.Module):
    def __init__(self):
        super().__init__()
        self.layers = nn.ModuleList([nn.Linear(2, 2), nn.ReLU()])
        self.heads = nn.ModuleDict({"one": nn.Linear(2, 1), "two": nn.ModuleList([nn.Linear(2, 2)])})
        self.scales = nn.ParameterList([mushin.ones(2)])
        self.shifts = nn.ParameterDict({"one": np.zeros(1, np.float32)})


def test_members_are_found_from_outside():
    model = Model()
    assert names(model.named_parameters()) == [
        "layers.0.weight",
        "layers.0.bias",
        "heads.one.weight",
        "heads.one.bias",
        "heads.two.0.weight",
        "heads.two.0.bias",
        "scales.0",
        "shifts.one",
    ]
    assert model.get_parameter("scales.0") is model.scales[0]
    for twin in (copy.deepcopy(model), pickle.loads(pickle.dumps(model))):
        assert list(twin.state_dict()) == list(model.state_dict())
        assert twin.scales[0] is not model.scales[0]
        np.testing.assert_array_equal(twin.scales[0].array, [1, 1])
    with pytest.raises(NotImplementedError, match=r"^\[ModuleList\] the module has no forward"):
        model.layers(mushin.ones(2))


def test_tensors_become_parameters_in_their_memory():
    tensor = mushin.ones(2)
    members = nn.ParameterList([tensor])
    assert type(members[0]) is nn.Parameter
    assert members[0].array is tensor.array
    assert members[0].requires_grad
    with pytest.raises(ValueError, match="only float32 and float64 tensors have gradients"):
        nn.ParameterList([mushin.arange(3)])


def test_a_change_of_a_container_is_another_configuration():
    containers = nn.ModuleList([nn.ReLU()]), nn.ModuleDict({"a": nn.ReLU()})
    changes = (
        lambda: containers[0].append(nn.ReLU()),
        lambda: containers[0].pop(),
        lambda: containers[1].update({"b": nn.ReLU()}),
        lambda: containers[1].clear(),
    )
    for change in changes:
        before = autograd.configuration()
        change()
        assert autograd.configuration() != before


def test_repr_is_pytorch_s():
    model = nn.ModuleDict(
        {
            "layers": nn.ModuleList([nn.Linear(2, 2), nn.Linear(2, 2), nn.Sequential(nn.ReLU()), nn.Linear(2, 2)]),
            "empty": nn.ModuleList(),
            "numbers": nn.ParameterList([mushin.ones(2, 3), mushin.zeros(())]),
        }
    )
    assert (
        repr(model)
        == """\
ModuleDict(
  (layers): ModuleList(
    (0-1): 2 x Linear(in_features=2, out_features=2, bias=True)
    (2): Sequential(
      (0): ReLU()
    )
    (3): Linear(in_features=2, out_features=2, bias=True)
  )
  (empty): ModuleList()
  (numbers): ParameterList(
    (0): Parameter containing: [float32 of size 2x3]
    (1): Parameter containing: [float32 of size ]
  )
)"""
    )
