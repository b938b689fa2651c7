"""Sequential: naming, indexing, and the fusion of a Linear with the activation behind it."""

from collections import OrderedDict

import numpy as np
import pytest

import mushin
from mushin import nn, ops


def kinds(model):
    return {name: type(module).__name__ for name, module in model.named_children()}


def test_names_and_order():
    assert kinds(nn.Sequential(nn.ReLU(), nn.Tanh())) == {"0": "ReLU", "1": "Tanh"}
    assert kinds(nn.Sequential(OrderedDict(b=nn.ReLU(), a=nn.Tanh()))) == {"b": "ReLU", "a": "Tanh"}
    model = nn.Sequential(OrderedDict(b=nn.ReLU(), a=nn.Tanh()))
    assert model.a is model[1]
    x = mushin.tensor([-1.0, 1.0])
    np.testing.assert_array_equal(model(x).numpy(), np.tanh(np.array([0, 1], np.float32)))


def test_an_empty_one_returns_its_input():
    x = mushin.ones(2)
    assert nn.Sequential()(x) is x
    assert len(nn.Sequential()) == 0


def test_index_slice_length_iteration():
    a, b, c = nn.Linear(2, 2), nn.ReLU(), nn.Linear(2, 1)
    model = nn.Sequential(a, b, c)
    assert len(model) == 3
    assert list(model) == [a, b, c]
    assert model[0] is model[-3] is a
    assert model[np.int64(2)] is model[-1] is c
    part = model[1:]
    assert type(part) is nn.Sequential
    assert list(part) == [b, c]
    assert list(part.state_dict()) == ["2.weight", "2.bias"]  # PyTorch keeps the names too
    assert part[1].weight is c.weight
    for index in (3, -4):
        with pytest.raises(IndexError, match=rf"^\[Sequential\] index must be in \[-3, 3\), got {index}"):
            model[index]
    with pytest.raises(TypeError, match="integer"):
        model["0"]


def test_append():
    model = nn.Sequential(OrderedDict(a=nn.ReLU()))
    assert model.append(nn.Tanh()) is model
    assert kinds(model.append(nn.Sigmoid())) == {"a": "ReLU", "1": "Tanh", "2": "Sigmoid"}
    with pytest.raises(TypeError, match=r"^\[Sequential\] module '3' must be a Module or None, got function"):
        model.append(ops.relu)


def test_append_to_a_slice_replaces_nothing():
    model = nn.Sequential(nn.ReLU(), nn.Tanh(), nn.Sigmoid())[1:].append(nn.Identity())
    assert kinds(model) == {"1": "Tanh", "2": "Sigmoid", "3": "Identity"}


def test_setting_and_deleting():
    model = nn.Sequential(OrderedDict(a=nn.ReLU(), b=nn.Tanh(), c=nn.Sigmoid()))
    model[-1] = nn.Linear(2, 2)
    assert kinds(model) == {"a": "ReLU", "b": "Tanh", "c": "Linear"}
    del model[1]
    assert kinds(model) == {"0": "ReLU", "1": "Linear"}
    assert list(model.state_dict()) == ["1.weight", "1.bias"]
    assert not hasattr(model, "c")
    del model[:1]
    assert kinds(model) == {"0": "Linear"}


def test_a_module_may_stand_in_two_places():
    double = nn.Linear(1, 1, bias=False)
    nn.init.constant_(double.weight, 2)
    model = nn.Sequential(double, double, double)
    assert model(mushin.ones(1, 1)).item() == 8
    assert list(model.state_dict()) == ["0.weight", "1.weight", "2.weight"]
    del model[1]
    assert model(mushin.ones(1, 1)).item() == 4


@pytest.mark.parametrize(
    ("argument", "got"), [([nn.ReLU()], "list"), (ops.relu, "function"), (nn.ReLU, "ModuleClass"), ("relu", "str")]
)
def test_only_modules_are_taken(argument, got):
    with pytest.raises(TypeError, match=rf"^\[Sequential\] module '0' must be a Module or None, got {got}"):
        nn.Sequential(argument)


# --- fusion


@pytest.fixture
def products(monkeypatch):
    """The activations that ops.linear has been called with."""
    calls, linear = [], ops.linear

    def counted(x, weight, bias=None, activation=None):
        calls.append(activation)
        return linear(x, weight, bias, activation)

    monkeypatch.setattr(ops, "linear", counted)
    return calls


class Slow(nn.Sequential):
    """A Sequential that calls its modules one after the other."""

    def forward(self, x):
        for module in self:
            x = module(x)
        return x


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("activation", [nn.ReLU, nn.Sigmoid, nn.Tanh])
@pytest.mark.parametrize("bias", [True, False])
def test_fused_values_and_gradients_are_those_of_the_layers(activation, bias, dtype, products):
    mushin.seed(2)
    layers = [nn.Linear(7, 5, bias, dtype=dtype), activation(), nn.Linear(5, 9, bias, dtype=dtype), activation()]
    results = {}
    for kind in (nn.Sequential, Slow):
        model = kind(*layers)
        x = mushin.tensor(np.random.default_rng(0).normal(size=(6, 7)).astype(dtype), requires_grad=True)
        y = model(x)
        model.zero_grad()
        (y * y).sum().backward()
        results[kind] = [y.detach().numpy(), x.grad.numpy(), *(p.grad.numpy().copy() for p in model.parameters())]
    assert products == [activation.__name__.lower()] * 2 + [None] * 2
    for fused, slow in zip(results[nn.Sequential], results[Slow]):
        tolerance = 1e-5 if dtype == np.float32 else 1e-13
        np.testing.assert_allclose(fused, slow, rtol=tolerance, atol=tolerance)


@pytest.mark.parametrize("activation", [nn.ReLU, nn.Sigmoid, nn.Tanh])
def test_fused_gradients_are_right(activation):
    mushin.seed(4)
    model = nn.Sequential(nn.Linear(3, 4), activation(), nn.Linear(4, 2), activation()).double()
    x = mushin.tensor(np.random.default_rng(1).normal(size=(5, 3)), requires_grad=True)
    assert mushin.gradcheck(model, x)


def test_what_is_fused(products):
    x = mushin.ones(2, 2)

    def ran(*layers):
        products.clear()
        nn.Sequential(*layers)(x)
        return list(products)

    def linear():
        return nn.Linear(2, 2)

    assert ran(linear()) == [None]
    assert ran(linear(), linear()) == [None, None]
    assert ran(nn.ReLU(), linear()) == [None]
    assert ran(linear(), nn.ReLU(), nn.Tanh()) == ["relu"]
    assert ran(linear(), nn.Tanh(), linear()) == ["tanh", None]
    assert ran(linear(), linear(), nn.Sigmoid()) == [None, "sigmoid"]
    assert ran(linear(), nn.Dropout(), nn.ReLU()) == [None]
    assert ran(linear(), nn.Softmax(1)) == [None]
    assert ran(nn.Sequential(linear()), nn.ReLU()) == [None]
    assert ran(nn.Sequential(linear(), nn.ReLU()), nn.ReLU()) == ["relu"]


def test_the_order_of_a_linear_behind_a_linear(products):
    model = nn.Sequential(nn.Linear(3, 5), nn.Linear(5, 4), nn.ReLU(), nn.Linear(4, 2))
    x = np.random.default_rng(0).normal(size=(2, 3)).astype(np.float32)
    expected = x
    for layer in model:
        if isinstance(layer, nn.Linear):
            expected = expected @ layer.weight.array.T + layer.bias.array
        else:
            expected = np.maximum(expected, 0)
    np.testing.assert_allclose(model(x).detach().numpy(), expected, rtol=1e-5, atol=1e-6)
    assert products == [None, "relu", None]


def test_subclasses_and_objects_with_their_own_forward_are_called():
    class Doubled(nn.Linear):
        def forward(self, x):
            return super().forward(x) * 2

    class Leaky(nn.ReLU):
        def forward(self, x):
            return x

    x = mushin.tensor([[1.0]])
    plain, doubled = nn.Linear(1, 1, bias=False), Doubled(1, 1, bias=False)
    for layer in (plain, doubled):
        nn.init.constant_(layer.weight, -1)
    assert nn.Sequential(doubled, nn.Tanh())(x).item() == pytest.approx(np.tanh(-2), rel=1e-6)
    assert nn.Sequential(plain, Leaky())(x).item() == -1

    seen = []
    relu = nn.ReLU()
    relu.forward = lambda value: seen.append(value.item()) or value
    assert nn.Sequential(plain, relu)(x).item() == -1
    plain.forward = lambda value: value * 3
    assert nn.Sequential(plain, nn.ReLU())(x).item() == 3
    assert seen == [-1]


def test_a_forgotten_module_says_so():
    with pytest.raises(TypeError, match="'NoneType' object is not callable"):
        nn.Sequential(nn.Linear(1, 1), None)(mushin.ones(1, 1))
