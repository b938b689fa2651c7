"""Module: what becomes a parameter, buffer or child, what is found where, modes, printing."""

from collections import OrderedDict

import numpy as np
import pytest

import mushin
from mushin import nn
from nn.modules import Scale, Tower, names

# --- registration


def test_assignment_sorts_parameters_buffers_modules_and_plain_attributes():
    module = Scale()
    module.child = nn.ReLU()
    assert names(module.named_parameters()) == ["weight", "shift"]
    assert names(module.named_buffers()) == ["count", "mask"]
    assert names(module.named_children()) == ["child"]
    assert module.label == "plain"
    assert list(module.state_dict()) == ["weight", "shift", "count"]


def test_registered_members_are_ordinary_attributes():
    tower = Tower()
    assert tower.__dict__["head"] is tower.head
    assert tower.head.__dict__["weight"] is tower.head.weight
    assert tower.head.bias is None
    assert not hasattr(tower, "nothing")


def test_replacing_keeps_the_place_and_uses_the_new_member():
    module = Scale()
    new = nn.Parameter(np.full(3, 5, np.float32))
    module.weight = new
    assert names(module.named_parameters()) == ["weight", "shift"]
    assert next(module.parameters()) is new is module.weight
    np.testing.assert_array_equal(module(mushin.ones(3)).detach().numpy(), [5, 5, 5])


def test_a_buffer_is_replaced_by_a_tensor():
    module = Scale()
    module.count = mushin.tensor([8])
    assert module.state_dict()["count"].tolist() == [8]


def test_none_takes_a_member_out_and_a_member_may_come_back():
    module = Scale()
    module.shift = None
    assert names(module.named_parameters()) == ["weight"]
    module.shift = nn.Parameter(np.ones(3, np.float32))
    assert names(module.named_parameters()) == ["weight", "shift"]


def test_deleting():
    module = Scale()
    module.child = nn.ReLU()
    del module.shift, module.mask, module.child, module.label
    assert names(module.named_parameters()) == ["weight"]
    assert names(module.named_buffers()) == ["count"]
    assert list(module.children()) == []
    for name in ("shift", "mask", "child", "label", "never"):
        with pytest.raises(AttributeError, match=name):
            delattr(module, name)


def test_a_parameter_takes_the_place_of_a_plain_attribute_a_buffer_or_a_module():
    module = Scale()
    module.child = nn.ReLU()
    for name in ("label", "mask", "child"):
        setattr(module, name, nn.Parameter(np.ones(1, np.float32)))
    assert names(module.named_parameters()) == ["weight", "shift", "label", "mask", "child"]
    assert names(module.named_buffers()) == ["count"]
    assert list(module.children()) == []
    assert "mask" in module.state_dict()  # what was not saved was the buffer


def test_a_buffer_s_persistence_can_be_changed():
    module = Scale()
    module.register_buffer("mask", mushin.zeros(3))
    module.register_buffer("count", mushin.tensor([1]), persistent=False)
    assert list(module.state_dict()) == ["weight", "shift", "mask"]


@pytest.mark.parametrize(
    ("name", "value", "message"),
    [
        ("weight", mushin.zeros(3), r"parameter 'weight' must be a Parameter or None, got Tensor"),
        ("weight", 3, r"parameter 'weight' must be a Parameter or None, got int"),
        ("weight", nn.ReLU(), r"parameter 'weight' must be a Parameter or None, got ReLU"),
        ("count", 3, r"buffer 'count' must be a Tensor or None, got int"),
        ("child", np.zeros(3), r"module 'child' must be a Module or None, got ndarray"),
    ],
)
def test_a_member_cannot_become_something_else(name, value, message):
    module = Scale()
    module.child = nn.ReLU()
    with pytest.raises(TypeError, match=r"^\[Scale\] " + message):
        setattr(module, name, value)
    assert list(module.state_dict()) == ["weight", "shift", "count"]


@pytest.mark.parametrize("method", ["register_parameter", "register_buffer", "register_module", "add_module"])
def test_registering_wrong_things(method):
    module = Scale()
    register = getattr(module, method)
    with pytest.raises(TypeError, match=r"^\[Scale\] .* must be a (Parameter|Tensor|Module) or None, got int"):
        register("x", 3)
    with pytest.raises(TypeError, match=r"^\[Scale\] a .*'s name must be a string, got int"):
        register(3, None)
    for name in ("", "a.b"):
        with pytest.raises(ValueError, match=r"^\[Scale\] a .*'s name must not be empty nor contain '.', got "):
            register(name, None)
    with pytest.raises(ValueError, match=r"^\[Scale\] attribute 'label' already exists"):
        register("label", None)
    with pytest.raises(ValueError, match=r"^\[Scale\] 'forward' is an attribute of the class"):
        register("forward", None)
    register("x", None)
    assert module.x is None


def test_assignment_before_init_says_what_is_missing():
    class Early(nn.Module):
        def __init__(self):
            self.n = 3  # a plain attribute is fine
            self.layer = nn.ReLU()

    with pytest.raises(AttributeError, match=r"^\[Early\] super\(\).__init__\(\) must be called before a module"):
        Early()


def test_a_module_without_forward():
    class Empty(nn.Module):
        pass

    with pytest.raises(NotImplementedError, match=r"^\[Empty\] the module has no forward"):
        Empty()(1)


def test_call_passes_every_argument_to_forward():
    class Two(nn.Module):
        def forward(self, a, *rest, scale=1, **more):
            return a, rest, scale, more

    assert Two()(1, 2, 3, scale=4, other=5) == (1, (2, 3), 4, {"other": 5})


def test_a_forward_that_is_assigned_to_the_object_is_called():
    layer = nn.ReLU()
    layer.forward = lambda x: "mine"
    assert layer(mushin.ones(1)) == "mine"


# --- what is inside


def test_names_at_every_level():
    tower = Tower()
    assert names(tower.named_parameters()) == [
        "body.0.0.weight",
        "body.0.0.shift",
        "body.1.weight",
        "body.1.bias",
        "head.weight",
    ]
    assert names(tower.named_buffers()) == ["body.0.0.count", "body.0.0.mask"]
    assert names(tower.named_modules()) == ["", "body", "body.0", "body.0.0", "body.0.1", "body.1", "head"]
    assert names(tower.named_children()) == ["body", "head"]
    assert list(tower.children()) == [tower.body, tower.head]
    assert len(list(tower.modules())) == 7
    assert list(tower.parameters(recurse=False)) == []
    assert names(tower.body[0][0].named_parameters("a", recurse=False)) == ["a.weight", "a.shift"]
    assert list(tower.buffers()) == [tower.body[0][0].count, tower.body[0][0].mask]
    assert list(tower.state_dict()) == [
        "body.0.0.weight",
        "body.0.0.shift",
        "body.0.0.count",
        "body.1.weight",
        "body.1.bias",
        "head.weight",
    ]


def test_tied_parameters_and_shared_modules_come_once():
    shared = nn.Linear(2, 2)
    model = nn.Sequential(shared, nn.ReLU(), shared, nn.Linear(2, 2))
    model[3].weight = shared.weight
    assert names(model.named_parameters()) == ["0.weight", "0.bias", "3.bias"]
    assert names(model.named_parameters(remove_duplicate=False)) == [
        "0.weight",
        "0.bias",
        "2.weight",
        "2.bias",
        "3.weight",
        "3.bias",
    ]
    assert names(model.named_children()) == ["0", "1", "3"]
    assert len(list(model.modules())) == 4
    assert len(list(model.modules(remove_duplicate=False))) == 5
    assert len(model) == 4
    assert list(model.state_dict()) == ["0.weight", "0.bias", "2.weight", "2.bias", "3.weight", "3.bias"]


def test_tied_parameters_collect_both_gradients():
    tied = nn.Sequential(nn.Linear(2, 2, bias=False), nn.Linear(2, 2, bias=False))
    tied[1].weight = tied[0].weight
    tied[0].weight.data = np.array([[1, 2], [3, 4]], np.float32)
    # y = W W x; with x = (1, 0), d(sum y)/dW_ij = (W x)_j + (W^T 1)_i x_j
    tied(mushin.tensor([[1.0, 0.0]])).sum().backward()
    np.testing.assert_array_equal(tied[0].weight.grad.numpy(), [[1 + 4, 3], [1 + 6, 3]])


def test_get_submodule_and_get_parameter():
    tower = Tower()
    assert tower.get_submodule("") is tower
    assert tower.get_submodule("body.0.0") is tower.body[0][0]
    assert tower.get_parameter("body.0.0.weight") is tower.body[0][0].weight
    assert tower.head.get_parameter("weight") is tower.head.weight
    with pytest.raises(AttributeError, match=r"^\[get_submodule\] Sequential has no module '7' of 'body.7.x'"):
        tower.get_submodule("body.7.x")
    with pytest.raises(AttributeError, match=r"^\[get_submodule\] Linear has no module 'weight'"):
        tower.get_submodule("head.weight")
    for missing in ("head.bias", "head.forward", "weight", "head.weight.weight"):
        with pytest.raises(AttributeError, match=r"^\[get_(parameter|submodule)\]"):
            tower.get_parameter(missing)


def test_get_buffer():
    tower = Tower()
    assert tower.get_buffer("body.0.0.mask") is tower.body[0][0].mask
    for missing in ("head.weight", "mask", "body.0.0.weight"):
        with pytest.raises(AttributeError, match=r"^\[get_buffer\] .* has no buffer"):
            tower.get_buffer(missing)


def test_set_submodule():
    tower = Tower()
    tower.set_submodule("body.0.1", tanh := nn.Tanh())
    assert tower.body[0][1] is tanh
    tower.set_submodule("tail", nn.Identity())
    assert names(tower.named_children()) == ["body", "head", "tail"]
    with pytest.raises(AttributeError, match=r"^\[get_submodule\] Sequential has no module '7'"):
        tower.set_submodule("body.7.x", nn.Tanh())
    tower.set_submodule("tail", last := nn.ReLU(), strict=True)
    assert tower.tail is last
    with pytest.raises(AttributeError, match=r"^\[get_submodule\] .* has no module 'nose'"):
        tower.set_submodule("nose", nn.Tanh(), strict=True)
    with pytest.raises(TypeError, match=r"^\[set_submodule\] module must be a Module, got int"):
        tower.set_submodule("head", 3)
    with pytest.raises(ValueError, match=r"^\[Tower\] a module's name must not be empty"):
        tower.set_submodule("", nn.Tanh())
    with pytest.raises(ValueError, match=r"^\[Linear\] attribute 'weight' already exists"):
        tower.set_submodule("head.weight", nn.Tanh())


def test_dir_lists_what_can_be_written_behind_a_dot():
    assert {"weight", "mask", "label", "forward"} <= set(dir(Scale()))
    assert all(name.isidentifier() for name in dir(nn.Sequential(nn.ReLU())))


def test_apply_calls_the_children_first():
    tower, order = Tower(), []
    assert tower.apply(lambda m: order.append(type(m).__name__)) is tower
    assert order == ["Scale", "ReLU", "Sequential", "Linear", "Sequential", "Linear", "Tower"]


# --- printing


def test_repr_is_pytorch_s():
    model = nn.Sequential(
        nn.Linear(3, 4),
        nn.ReLU(),
        nn.Sequential(
            OrderedDict(
                a=nn.Linear(4, 2, bias=False),
                d=nn.Dropout(0.1, True),
                s=nn.Softmax(1),
                f=nn.Flatten(),
                i=nn.Identity(3),
                r=nn.ReLU(True),
                t=nn.Tanh(),
            )
        ),
        nn.CrossEntropyLoss(),
        nn.MSELoss(),
    )
    assert (
        repr(model)
        == """\
Sequential(
  (0): Linear(in_features=3, out_features=4, bias=True)
  (1): ReLU()
  (2): Sequential(
    (a): Linear(in_features=4, out_features=2, bias=False)
    (d): Dropout(p=0.1, inplace=True)
    (s): Softmax(dim=1)
    (f): Flatten(start_dim=1, end_dim=-1)
    (i): Identity()
    (r): ReLU(inplace=True)
    (t): Tanh()
  )
  (3): CrossEntropyLoss()
  (4): MSELoss()
)"""
    )
    assert repr(nn.Sequential()) == "Sequential()"


def test_repr_of_a_module_with_text_and_children():
    class Both(nn.Module):
        def __init__(self):
            super().__init__()
            self.child = nn.ReLU()
            self.register_module("none", None)

        def extra_repr(self):
            return "a=1\nb=2"

    assert repr(Both()) == "Both(\n  a=1\n  b=2\n  (child): ReLU()\n  (none): None\n)"
