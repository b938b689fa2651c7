"""Linear, Flatten, Identity, the activations, Dropout, and nn.functional: values, gradients, initial values, errors."""

import inspect
import math

import numpy as np
import pytest

import mushin
from mushin import nn
from mushin.nn import functional

DTYPES = [np.float32, np.float64]


def values(*shape, seed=0, dtype=np.float64):
    """Distinct numbers in (-2, 2), none nearer to 0 than 0.01."""
    x = np.random.default_rng(seed).uniform(0.01, 2, shape) * np.random.default_rng(seed + 1).choice([-1, 1], shape)
    return x.astype(dtype)


def grad_tensor(*shape, seed=0):
    return mushin.tensor(values(*shape, seed=seed), requires_grad=True)


# --- Linear


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("shape", [(3,), (5, 3), (2, 4, 3), (0, 3)])
def test_linear_values(shape, dtype):
    layer = nn.Linear(3, 2, dtype=dtype)
    x = values(*shape, dtype=dtype)
    expected = x.astype(np.float64) @ layer.weight.array.T.astype(np.float64) + layer.bias.array
    y = layer(mushin.tensor(x))
    assert y.dtype == dtype
    np.testing.assert_allclose(y.detach().numpy(), expected, rtol=1e-5 if dtype == np.float32 else 1e-12, atol=1e-6)


@pytest.mark.parametrize("bias", [True, False])
@pytest.mark.parametrize("shape", [(3,), (5, 3), (2, 4, 3)])
def test_linear_gradients(shape, bias):
    layer = nn.Linear(3, 2, bias=bias, dtype=np.float64)

    def call(x, weight, *rest):
        return functional.linear(x, weight, *rest)

    inputs = [grad_tensor(*shape), *layer.parameters()]
    assert mushin.gradcheck(call, inputs)
    # The layer's own gradients are those of the function.
    layer(inputs[0]).sum().backward()
    rows = values(*shape).reshape(-1, 3)
    np.testing.assert_allclose(layer.weight.grad.numpy(), np.tile(rows.sum(0), (2, 1)), rtol=1e-12)
    if bias:
        np.testing.assert_allclose(layer.bias.grad.numpy(), [len(rows)] * 2)


def test_linear_parameters():
    layer = nn.Linear(3, 2)
    assert [(name, p.shape, p.dtype) for name, p in layer.named_parameters()] == [
        ("weight", (2, 3), np.float32),
        ("bias", (2,), np.float32),
    ]
    assert (layer.in_features, layer.out_features) == (3, 2)
    assert repr(layer) == "Linear(in_features=3, out_features=2, bias=True)"
    without = nn.Linear(np.int64(3), 2, bias=False)
    assert without.bias is None
    assert list(without.state_dict()) == ["weight"]
    assert repr(without) == "Linear(in_features=3, out_features=2, bias=False)"


@pytest.mark.parametrize("in_features", [1, 100, 784])
def test_linear_starts_uniform_within_one_over_the_root_of_its_inputs(in_features):
    mushin.seed(3)
    n = 200_000 // in_features
    layer, bound = nn.Linear(in_features, n), 1 / math.sqrt(in_features)
    for parameter in layer.parameters():
        x = parameter.array.astype(np.float64)
        assert np.abs(x).max() <= bound
        # Uniform: variance bound^2 / 3; the mean of n numbers is off by bound / sqrt(3 n), the variance of n numbers
        # by bound^2 sqrt(4 / 45 / n). Four of these.
        assert abs(x.mean()) < 4 * bound / math.sqrt(3 * x.size)
        assert abs(x.var() - bound**2 / 3) < 4 * bound**2 * math.sqrt(4 / 45 / x.size)
        assert np.abs(x).max() > bound * (1 - 20 / x.size)


def test_initial_values_follow_the_seed():
    mushin.seed(11)
    first, second = nn.Linear(5, 5), nn.Linear(5, 5)
    mushin.seed(11)
    again = nn.Linear(5, 5)
    np.testing.assert_array_equal(first.weight.array, again.weight.array)
    np.testing.assert_array_equal(first.bias.array, again.bias.array)
    assert not np.array_equal(first.weight.array, second.weight.array)


def test_reset_parameters_draws_anew_into_the_same_memory():
    layer = nn.Linear(4, 4)
    array, before = layer.weight.array, layer.weight.array.copy()
    layer.reset_parameters()
    assert layer.weight.array is array
    assert not np.array_equal(array, before)


def test_linear_without_inputs_or_outputs():
    with pytest.warns(UserWarning, match=r"^\[kaiming_uniform_\] tensor has no elements, got shape \(5, 0\)"):
        layer = nn.Linear(0, 5)
    np.testing.assert_array_equal(layer(mushin.zeros(2, 0)).detach().numpy(), np.zeros((2, 5)))
    with pytest.warns(UserWarning, match="has no elements"):
        layer = nn.Linear(5, 0)
    assert layer(mushin.zeros(2, 5)).shape == (2, 0)


@pytest.mark.parametrize(
    ("arguments", "options", "error", "message"),
    [
        ((-1, 5), {}, ValueError, "in_features must not be negative, got -1"),
        ((5, -2), {}, ValueError, "out_features must not be negative, got -2"),
        ((2.0, 5), {}, TypeError, "in_features must be an integer, got float"),
        ((2, None), {}, TypeError, "out_features must be an integer, got NoneType"),
        ((2, 5), {"dtype": np.int32}, TypeError, "dtype must be float32 or float64, got"),
        ((2, 5), {"dtype": "half a float"}, TypeError, "dtype must be float32 or float64, got 'half a float'"),
    ],
)
def test_linear_wrong_arguments(arguments, options, error, message):
    with pytest.raises(error, match=r"^\[Linear\] " + message):
        nn.Linear(*arguments, **options)


@pytest.mark.parametrize("shape", [(), (2,), (5, 4), (3, 5)])
def test_linear_wrong_input(shape):
    with pytest.raises(ValueError, match=r"^\[linear\] .* got \("):
        nn.Linear(3, 2)(mushin.zeros(*shape))


def test_linear_wrong_dtype():
    with pytest.raises(TypeError, match="float32"):
        nn.Linear(3, 2)(mushin.zeros(5, 3, dtype=np.float64))


# --- Flatten, Identity


def test_flatten():
    x = mushin.tensor(np.arange(24.0).reshape(2, 3, 4), requires_grad=True)
    assert nn.Flatten()(x).shape == (2, 12)
    assert nn.Flatten(0)(x).shape == (24,)
    assert nn.Flatten(0, 1)(x).shape == (6, 4)
    assert nn.Flatten(-2)(x).shape == (2, 12)
    nn.Flatten()(x)[1, 5].backward()
    assert x.grad.numpy()[1, 1, 1] == x.grad.numpy().sum() == 1
    assert repr(nn.Flatten(0, 2)) == "Flatten(start_dim=0, end_dim=2)"
    with pytest.raises(ValueError, match=r"^\[flatten\] axis must be in \[-2, 2\), got 3"):
        nn.Flatten(3)(mushin.zeros(2, 2))


def test_identity_returns_its_input_whatever_it_was_made_with():
    x = mushin.ones(2)
    assert nn.Identity(54, unused=True)(x) is x
    assert repr(nn.Identity(54)) == "Identity()"


# --- activations

ACTIVATIONS = [
    (nn.ReLU(), functional.relu, lambda x: np.maximum(x, 0)),
    (nn.Sigmoid(), functional.sigmoid, lambda x: 1 / (1 + np.exp(-x))),
    (nn.Tanh(), functional.tanh, np.tanh),
    (nn.Softmax(dim=1), lambda x: functional.softmax(x, 1), lambda x: np.exp(x) / np.exp(x).sum(1, keepdims=True)),
    (nn.Softmax(dim=0), lambda x: functional.softmax(x, dim=0), lambda x: np.exp(x) / np.exp(x).sum(0)),
    (nn.Softmax(-2), lambda x: functional.softmax(x, -2), lambda x: np.exp(x) / np.exp(x).sum(0)),
    (nn.LogSoftmax(1), lambda x: functional.log_softmax(x, 1), lambda x: x - np.log(np.exp(x).sum(1, keepdims=True))),
    (nn.Softmin(dim=0), lambda x: functional.softmin(x, dim=0), lambda x: np.exp(-x) / np.exp(-x).sum(0)),
]


@pytest.mark.parametrize("case", ACTIVATIONS, ids=[repr(layer) for layer, _, _ in ACTIVATIONS])
@pytest.mark.parametrize("dtype", DTYPES)
def test_activations(case, dtype):
    layer, function, reference = case
    x = values(3, 5, dtype=dtype)
    expected = reference(x.astype(np.float64))
    for y in (layer(mushin.tensor(x)), function(mushin.tensor(x))):
        assert y.dtype == dtype
        np.testing.assert_allclose(y.numpy(), expected, rtol=2e-6 if dtype == np.float32 else 1e-12)
    assert mushin.gradcheck(layer, grad_tensor(3, 5))
    assert list(layer.parameters()) == []


def test_printing_of_activations():
    layers = (nn.SELU(), nn.SELU(True), nn.ELU(2.0, inplace=True), nn.Hardshrink(), nn.Softplus(2), nn.Hardswish(True))
    assert [repr(layer) for layer in layers] == [
        "SELU()",
        "SELU(inplace=True)",
        "ELU(alpha=2.0, inplace=True)",
        "Hardshrink(0.5)",
        "Softplus(beta=2, threshold=20.0)",
        "Hardswish()",
    ]


def test_relu_in_place_is_only_an_argument():
    x = mushin.tensor([-1.0, 2.0])
    for y in (nn.ReLU(inplace=True)(x), functional.relu(x, inplace=True)):
        assert y.tolist() == [0, 2]
    assert x.tolist() == [-1, 2]
    assert repr(nn.ReLU(True)) == "ReLU(inplace=True)"
    assert repr(nn.ReLU()) == "ReLU()"


@pytest.mark.parametrize("function", [functional.softmax, functional.log_softmax, functional.softmin])
def test_softmax_in_another_dtype(function):
    x = mushin.tensor([[1.0, 2.5, -3.0]], requires_grad=True)
    y = function(x, 1, dtype=np.float64)
    np.testing.assert_array_equal(y.detach().numpy(), function(x.double(), 1).detach().numpy())
    y[0, 1].backward()
    assert (y.dtype, x.grad.dtype) == (np.float64, np.float32)
    assert x.grad.numpy().all()
    assert function(mushin.tensor([[1, 2]]), 1, dtype=np.float32).dtype == np.float32


def test_softmax_wants_its_axis():
    with pytest.raises(ValueError, match=r"^\[softmax\] dim must be given"):
        nn.Softmax()(mushin.ones(2, 2))
    with pytest.raises(ValueError, match=r"^\[softmax\] dim must be given"):
        functional.softmax(mushin.ones(2, 2))
    with pytest.raises(ValueError, match=r"^\[softmax\] axis must be in \[-2, 2\), got 2"):
        nn.Softmax(2)(mushin.ones(2, 2))


# --- Dropout


def test_dropout_zeroes_or_scales_and_backward_uses_the_same_mask():
    mushin.seed(5)
    layer, n = nn.Dropout(0.25), 100_000
    x = mushin.tensor(values(n, dtype=np.float32), requires_grad=True)
    y = layer(x)
    kept = y.detach().numpy() != 0
    np.testing.assert_allclose(y.detach().numpy()[kept], x.detach().numpy()[kept] / 0.75, rtol=1e-6)
    assert abs(kept.mean() - 0.75) < 4 * math.sqrt(0.25 * 0.75 / n)
    y.sum().backward()
    np.testing.assert_array_equal(x.grad.numpy() != 0, kept)
    np.testing.assert_allclose(x.grad.numpy()[kept], 1 / 0.75, rtol=1e-6)
    assert not np.array_equal(layer(x).detach().numpy() != 0, kept)


def test_dropout_does_nothing_in_evaluation():
    x = mushin.ones(100)
    layer = nn.Dropout().eval()
    assert layer(x) is x
    assert layer.train()(x) is not x
    assert functional.dropout(x, 0.5, training=False) is x
    assert nn.Dropout(0.0)(x) is x


def test_dropout_of_everything():
    x = mushin.tensor(np.ones(10), requires_grad=True)
    y = nn.Dropout(1.0)(x)
    y.sum().backward()
    assert not y.detach().numpy().any()
    assert not x.grad.numpy().any()


def test_dropout_in_place_is_only_an_argument():
    x = mushin.ones(50)
    nn.Dropout(0.9, inplace=True)(x)
    functional.dropout(x, p=0.9, inplace=True)
    assert x.numpy().all()
    assert repr(nn.Dropout(0.9, inplace=True)) == "Dropout(p=0.9, inplace=True)"


@pytest.mark.parametrize("p", [-0.1, 1.5, float("nan")])
def test_dropout_wrong_probability(p):
    with pytest.raises(ValueError, match=r"^\[Dropout\] p must be in \[0, 1\], got"):
        nn.Dropout(p)
    with pytest.raises(ValueError, match=r"^\[dropout\] p must be in \[0, 1\], got"):
        functional.dropout(mushin.ones(1), p)


# --- the interface


def test_argument_names_and_defaults_are_pytorch_s():
    def signature(f):
        return str(inspect.signature(f)).split(" ->")[0].replace("'", "")

    assert signature(nn.Linear) == "(in_features: int, out_features: int, bias: bool = True, *, dtype: Any = None)"
    assert signature(nn.Flatten) == "(start_dim: int = 1, end_dim: int = -1)"
    assert signature(nn.ReLU) == "(inplace: bool = False)"
    assert signature(nn.Softmax) == "(dim: int | None = None)"
    assert signature(nn.Dropout) == "(p: float = 0.5, inplace: bool = False)"
    assert signature(functional.linear) == "(input: Tensor, weight: Tensor, bias: Tensor | None = None)"
    assert signature(functional.relu) == "(input: Tensor, inplace: bool = False)"
    assert signature(functional.softmax) == "(input: Tensor, dim: int | None = None, *, dtype: Any = None)"
    assert signature(functional.dropout) == (
        "(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False)"
    )


def test_all_exported_names_exist():
    assert all(hasattr(nn, name) for name in nn.__all__)
