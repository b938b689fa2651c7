"""What is kept of a Module and a Parameter: state, loading, dtypes, copies and pickles."""

import copy
import pickle
from collections import OrderedDict

import numpy as np
import pytest

import mushin
from mushin import autograd, nn
from nn.modules import Scale, Tower, names

# --- state


def test_state_shares_memory_and_has_no_graph():
    layer = nn.Linear(3, 2)
    state = layer.state_dict()
    assert type(state) is OrderedDict
    assert list(state) == ["weight", "bias"]
    assert state["weight"].array is layer.weight.array
    assert not state["weight"].requires_grad
    assert type(state["weight"]) is mushin.Tensor
    kept = copy.deepcopy(state)
    nn.init.zeros_(layer.weight)
    assert not state["weight"].array.any()
    assert kept["weight"].array.all()


def test_state_of_nested_sequentials_has_pytorch_s_keys():
    model = nn.Sequential(
        nn.Linear(3, 4),
        nn.ReLU(),
        nn.Sequential(
            OrderedDict(a=nn.Linear(4, 2, bias=False), d=nn.Dropout(0.1), s=nn.Sequential(nn.Tanh(), nn.Linear(2, 2)))
        ),
        nn.Linear(2, 1),
    )
    assert list(model.state_dict()) == [
        "0.weight",
        "0.bias",
        "2.a.weight",
        "2.s.1.weight",
        "2.s.1.bias",
        "3.weight",
        "3.bias",
    ]


def test_load_copies_into_the_same_memory():
    source, target = Tower(), Tower()
    source.body[0][0].count.fill_(3)
    arrays = {name: p.array for name, p in target.named_parameters()}
    result = target.load_state_dict(source.state_dict())
    assert result == ([], [])
    assert repr(result) == "<All keys matched successfully>"
    for name, p in target.named_parameters():
        assert p.array is arrays[name]
        assert p.requires_grad
        assert not np.shares_memory(p.array, source.get_parameter(name).array)
        np.testing.assert_array_equal(p.array, source.get_parameter(name).array)
    assert target.body[0][0].count.tolist() == [3]
    x = mushin.rand(2, 3)
    np.testing.assert_array_equal(target(x).detach().numpy(), source(x).detach().numpy())


@pytest.mark.parametrize("dtype", [np.float16, np.float32, np.float64, ">f4", np.int8, bool])
def test_load_takes_arrays_of_any_real_dtype_and_casts(dtype):
    layer = nn.Linear(3, 2)
    weight = np.array([[1, 0, 1], [0, 1, 1]], dtype)
    layer.load_state_dict({"weight": np.asfortranarray(weight), "bias": mushin.tensor([0.5, -2.0])})
    assert layer.weight.dtype == np.float32
    np.testing.assert_array_equal(layer.weight.array, weight.astype(np.float32))
    np.testing.assert_array_equal(layer.bias.array, [0.5, -2])


def test_load_of_the_own_state_and_of_views_of_it():
    layer = nn.Linear(3, 3)
    weight, bias = layer.weight.array.copy(), layer.bias.array.copy()
    layer.load_state_dict(layer.state_dict())
    np.testing.assert_array_equal(layer.weight.array, weight)
    layer.load_state_dict({"weight": layer.weight.detach().T, "bias": layer.bias.array[::-1]})
    np.testing.assert_array_equal(layer.weight.array, weight.T)
    np.testing.assert_array_equal(layer.bias.array, bias[::-1])


def test_load_takes_single_numbers():
    module = nn.Module()
    module.step = nn.Parameter(np.float32(1))
    module.load_state_dict({"step": np.float64(2)})
    assert module.step.item() == 2


def test_a_load_that_fails_lists_everything_and_changes_nothing():
    tower = Tower()
    before = {name: t.array.copy() for name, t in tower.state_dict().items()}
    state = {name: array + 1 for name, array in before.items()}
    del state["body.1.bias"], state["body.0.0.count"]
    state["head.weight"] = np.zeros((2, 1), np.float32)
    state["body.0.0.shift"] = np.zeros(3, np.complex64)
    state["body.1.weight"] = [[1.0, 2.0, 3.0]] * 2
    state["extra"], state["body.0.0.mask"] = 3, mushin.ones(3)
    with pytest.raises(ValueError, match=r"^\[load_state_dict\]") as error:
        tower.load_state_dict(state)
    assert str(error.value).split("\n") == [
        "[load_state_dict] the state does not fit Tower:",
        "    missing keys: body.0.0.count, body.1.bias",
        "    unexpected keys: extra, body.0.0.mask",
        "    body.0.0.shift must be a real tensor or array, got complex64",
        "    body.1.weight must be a real tensor or array, got list",
        "    head.weight must have shape (1, 2), got (2, 1)",
    ]
    for name, tensor in tower.state_dict().items():
        np.testing.assert_array_equal(tensor.array, before[name])


def test_a_load_into_read_only_memory_changes_nothing():
    module = Scale()
    module.shift = nn.Parameter(np.broadcast_to(np.float32(0), 3))
    with pytest.raises(ValueError, match="shift of the module lies in read-only memory"):
        module.load_state_dict({"weight": np.zeros(3), "shift": np.zeros(3), "count": np.zeros(1)})
    np.testing.assert_array_equal(module.weight.array, [1, 2, 3])


def test_load_that_is_not_strict():
    layer = nn.Linear(3, 2)
    bias = layer.bias.array.copy()
    result = layer.load_state_dict({"weight": np.ones((2, 3)), "extra": 3}, strict=False)
    assert result.missing_keys == ["bias"]
    assert result.unexpected_keys == ["extra"]
    assert repr(result) == "IncompatibleKeys(missing_keys=['bias'], unexpected_keys=['extra'])"
    np.testing.assert_array_equal(layer.weight.array, np.ones((2, 3)))
    np.testing.assert_array_equal(layer.bias.array, bias)
    with pytest.raises(ValueError, match=r"bias must have shape \(2,\), got \(3,\)"):
        layer.load_state_dict({"weight": np.zeros((2, 3)), "bias": np.zeros(3)}, strict=False)
    np.testing.assert_array_equal(layer.weight.array, np.ones((2, 3)))


def test_load_takes_a_mapping():
    with pytest.raises(TypeError, match=r"^\[load_state_dict\] state_dict must be a mapping, got Linear"):
        nn.Linear(3, 2).load_state_dict(nn.Linear(3, 2))


def test_a_load_between_forward_and_backward_is_noticed():
    layer = nn.Linear(2, 2)
    y = layer(mushin.tensor([[1.0, 2.0]], requires_grad=True)).sum()
    layer.load_state_dict({"weight": np.zeros((2, 2)), "bias": np.zeros(2)})
    with pytest.raises(ValueError, match="overwritten in place"):
        y.backward()


def test_state_with_a_prefix_into_a_dict_and_as_it_is():
    layer, destination = nn.Linear(3, 2), OrderedDict(other=3)
    assert layer.state_dict(destination=destination, prefix="a.") is destination
    assert list(destination) == ["other", "a.weight", "a.bias"]
    assert layer.state_dict(keep_vars=True)["weight"] is layer.weight


def test_assigned_values_take_the_place_of_parameters_and_buffers():
    module = Scale()
    module.shift.requires_grad_(False)
    weight, shift, count = np.ones(3), mushin.zeros(3), mushin.tensor([5])
    assert module.load_state_dict({"weight": weight, "shift": shift, "count": count}, assign=True) == ([], [])
    assert type(module.weight) is nn.Parameter
    assert module.weight.array is weight
    assert module.weight.requires_grad
    assert module.shift.array is shift.array
    assert not module.shift.requires_grad
    assert type(module.count) is mushin.Tensor
    assert module.count.array is count.array
    assert names(module.named_parameters()) == ["weight", "shift"]


def test_assigned_values_keep_ties_and_those_that_do_not_fit_change_nothing():
    model = nn.Sequential(nn.Linear(2, 2, bias=False), nn.Linear(2, 2, bias=False))
    model[1].weight = model[0].weight
    model.load_state_dict({"0.weight": np.zeros((2, 2)), "1.weight": np.ones((2, 2))}, assign=True)
    assert model[0].weight is model[1].weight
    np.testing.assert_array_equal(model[0].weight.array, np.ones((2, 2)))  # the last, as with a copy
    before = model[0].weight
    for state in ({"0.weight": np.ones((2, 3)), "1.weight": 3}, {"0.weight": before.array, "1.weight": np.eye(2) > 0}):
        with pytest.raises(ValueError, match=r"^\[(load_state_dict|requires_grad_)\]"):
            model.load_state_dict(state, assign=True)
        assert model[0].weight is model[1].weight is before
    model.load_state_dict({"1.weight": np.zeros((2, 2))}, strict=False, assign=True)
    assert not model[0].weight.array.any()


def test_assigned_values_are_another_configuration():
    layer = nn.Linear(2, 1)
    before = autograd.configuration()
    layer.load_state_dict(copy.deepcopy(layer.state_dict()), assign=True)
    assert autograd.configuration() != before


# --- dtype


def test_double_and_float_cast_parameters_gradients_and_buffers():
    model = Tower()
    model(mushin.ones(2, 3)).sum().backward()
    gradient = model.head.weight.grad.numpy().copy()
    assert model.double() is model
    assert {p.dtype for p in model.parameters()} == {np.dtype(np.float64)}
    assert model.body[0][0].mask.dtype == np.float64
    assert model.body[0][0].count.dtype == np.int64
    assert model.head.weight.grad.dtype == np.float64
    np.testing.assert_array_equal(model.head.weight.grad.numpy(), gradient)
    model(mushin.ones(2, 3, dtype=np.float64)).sum().backward()
    np.testing.assert_allclose(model.head.weight.grad.numpy(), 2 * gradient, rtol=1e-6)
    assert {p.dtype for p in model.float().parameters()} == {np.dtype(np.float32)}
    assert {p.dtype for p in model.to("float64").parameters()} == {np.dtype(np.float64)}


def test_casting_keeps_ties():
    model = nn.Sequential(nn.Linear(2, 2), nn.Linear(2, 2))
    model[1].weight = model[0].weight
    model.double()
    assert model[1].weight is model[0].weight
    assert len(list(model.parameters())) == 3


@pytest.mark.parametrize("dtype", [np.int32, np.float16, "complex64", "cuda", 3.0])
def test_casting_to_other_dtypes(dtype):
    with pytest.raises(TypeError, match=r"^\[to\] dtype must be float32 or float64, got .*; the only device is 'cpu'$"):
        nn.Linear(1, 1).to(dtype)


def test_there_is_only_the_cpu():
    layer = nn.Linear(1, 1)
    assert layer.to("cpu") is layer.to(device="cpu") is layer.cpu() is layer
    assert layer.to("cpu", np.float64).weight.dtype == layer.to(dtype=np.float64).weight.dtype == np.float64
    with pytest.raises(TypeError, match="the only device is 'cpu'"):
        layer.to(np.float32, device="cuda")
    assert layer.weight.dtype == np.float64


def test_half_precision_is_refused():
    for cast in (nn.Module.half, nn.Module.bfloat16):
        with pytest.raises(TypeError, match=r"^\[to\] dtype must be float32 or float64, got"):
            cast(nn.Linear(1, 1))


# --- buffers in recorded steps


def test_a_buffer_that_a_recorded_step_writes_is_kept():
    class Average(nn.Module):
        def __init__(self):
            super().__init__()
            self.register_buffer("mean", mushin.zeros(2))

        def forward(self, x):
            with mushin.no_grad():
                self.mean.mul_(0.5)
                self.mean.add_(x.mean(dim=0), alpha=0.5)
            return x - self.mean

    module, twin = Average(), Average()
    step = mushin.compile(lambda x: module(x))
    for i in range(8):
        x = mushin.full((3, 2), float(i))
        np.testing.assert_array_equal(step(x).numpy(), twin(x).numpy())
        np.testing.assert_array_equal(module.mean.numpy(), twin.mean.numpy())
    assert step.step.replayed > 0


# --- copies


@pytest.mark.parametrize("how", [copy.deepcopy, lambda m: pickle.loads(pickle.dumps(m))])
def test_a_copy_has_its_own_memory_and_keeps_ties(how):
    tower = Tower()
    tower.extra = nn.Linear(2, 1)
    tower.extra.weight = tower.head.weight
    tower.eval()
    twin = how(tower)
    assert names(twin.named_modules()) == names(tower.named_modules())
    assert list(twin.state_dict()) == list(tower.state_dict())
    assert twin.extra.weight is twin.head.weight
    assert twin.extra.weight is twin.extra._parameters["weight"]
    assert not any(m.training for m in twin.modules())
    for name, p in tower.named_parameters():
        q = twin.get_parameter(name)
        assert type(q) is nn.Parameter
        assert q.requires_grad
        assert not np.shares_memory(p.array, q.array)
        np.testing.assert_array_equal(p.array, q.array)
    x = mushin.ones(2, 3)
    np.testing.assert_array_equal(twin(x).detach().numpy(), tower(x).detach().numpy())
    twin(x).sum().backward()
    assert tower.head.weight.grad is None


def test_a_frozen_parameter_stays_frozen_in_a_copy():
    layer = nn.Linear(2, 2)
    layer.bias.requires_grad_(False)
    for twin in (copy.deepcopy(layer), pickle.loads(pickle.dumps(layer))):
        assert twin.weight.requires_grad
        assert not twin.bias.requires_grad


def test_a_shallow_copy_shares_members_but_not_the_registries():
    layer = nn.Linear(2, 2)
    other = copy.copy(layer)
    assert other.weight is layer.weight
    other.weight = nn.Parameter(np.zeros((2, 2), np.float32))
    assert next(other.parameters()) is other.weight
    assert next(layer.parameters()) is layer.weight
    assert other.weight is not layer.weight


# --- Parameter


def test_parameter():
    array = np.ones(2, np.float32)
    parameter = nn.Parameter(array)
    assert parameter.requires_grad
    assert parameter.is_leaf
    assert parameter.array is array
    assert isinstance(parameter, mushin.Tensor)
    assert not nn.Parameter(array, requires_grad=False).requires_grad
    assert repr(parameter) == "Parameter containing:\nTensor([1., 1.], dtype=float32, requires_grad=True)"
    assert nn.Parameter([1.0, 2.0]).dtype == np.float32
    assert not nn.Parameter(np.arange(3), requires_grad=False).requires_grad
    with pytest.raises(ValueError, match="only float32 and float64 tensors have gradients, got int64"):
        nn.Parameter(np.arange(3))


def test_a_parameter_of_a_tensor_shares_its_memory_and_its_version():
    tensor = mushin.ones(2)
    parameter = nn.Parameter(tensor)
    assert parameter.array is tensor.array
    y = (parameter * parameter).sum()
    tensor.fill_(3)
    with pytest.raises(ValueError, match="overwritten in place"):
        y.backward()


def test_a_result_of_parameters_is_no_parameter():
    module = nn.Module()
    module.double_weight = nn.Parameter([1.0]) * 2
    assert list(module.parameters()) == []
