"""nn.init: bounds, mean and variance of each distribution, fans, gains, in place, wrong uses."""

import math

import numpy as np
import pytest

import mushin
from mushin import nn
from mushin.nn import init

SHAPE = (300, 200, 2)  # fan_in 400, fan_out 600
FAN_IN, FAN_OUT = 400, 600


def check_uniform(x, low, high):
    """Bounds, mean and variance; tolerances are four deviations of the estimates."""
    n, width = x.size, high - low
    assert low <= x.min() < low + width * 20 / n
    assert high - width * 20 / n < x.max() <= high
    assert abs(x.mean() - (low + high) / 2) < 4 * width / math.sqrt(12 * n)
    assert abs(x.var() - width**2 / 12) < 4 * width**2 / math.sqrt(180 * n)


def check_normal(x, mean, std):
    n = x.size
    assert abs(x.mean() - mean) < 4 * std / math.sqrt(n)
    assert abs(x.var() - std**2) < 4 * std**2 * math.sqrt(2 / n)
    assert 4 * std < np.abs(x - mean).max() < 7 * std
    inside = (np.abs(x - mean) < std).mean()
    assert abs(inside - math.erf(math.sqrt(0.5))) < 4 * math.sqrt(0.3173 * 0.6827 / n)


@pytest.fixture(params=[np.float32, np.float64])
def tensor(request):
    mushin.seed(8)
    return mushin.zeros(*SHAPE, dtype=request.param)


def drawn(function, tensor, *arguments, **options):
    array = tensor.array
    assert function(tensor, *arguments, **options) is tensor
    assert tensor.array is array
    return array.astype(np.float64)


def test_uniform(tensor):
    check_uniform(drawn(init.uniform_, tensor), 0, 1)
    check_uniform(drawn(init.uniform_, tensor, -3, b=-1), -3, -1)


def test_normal(tensor):
    check_normal(drawn(init.normal_, tensor), 0, 1)
    check_normal(drawn(init.normal_, tensor, mean=5, std=0.1), 5, 0.1)


def test_xavier(tensor):
    bound = math.sqrt(6 / (FAN_IN + FAN_OUT))
    check_uniform(drawn(init.xavier_uniform_, tensor), -bound, bound)
    check_uniform(drawn(init.xavier_uniform_, tensor, gain=2), -2 * bound, 2 * bound)
    check_normal(drawn(init.xavier_normal_, tensor), 0, math.sqrt(2 / (FAN_IN + FAN_OUT)))
    check_normal(drawn(init.xavier_normal_, tensor, 0.5), 0, 0.5 * math.sqrt(2 / (FAN_IN + FAN_OUT)))


@pytest.mark.parametrize(("mode", "fan"), [("fan_in", FAN_IN), ("fan_out", FAN_OUT)])
def test_kaiming(tensor, mode, fan):
    for nonlinearity, a, gain in [
        ("relu", 0, math.sqrt(2)),
        ("leaky_relu", math.sqrt(5), math.sqrt(1 / 3)),
        ("tanh", 0, 5 / 3),
        ("linear", 0, 1),
    ]:
        std = gain / math.sqrt(fan)
        x = drawn(init.kaiming_uniform_, tensor, a, mode, nonlinearity)
        check_uniform(x, -math.sqrt(3) * std, math.sqrt(3) * std)
        check_normal(drawn(init.kaiming_normal_, tensor, a=a, mode=mode, nonlinearity=nonlinearity), 0, std)


def test_kaiming_s_defaults_are_those_of_relu_s_mean():
    mushin.seed(1)
    x = drawn(init.kaiming_normal_, mushin.zeros(*SHAPE))
    check_normal(x, 0, math.sqrt(2 / FAN_IN))


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64])
def test_constants(dtype):
    x = mushin.tensor(np.arange(6).reshape(2, 3), dtype=dtype)
    assert init.constant_(x, 3) is x
    assert x.tolist() == [[3] * 3] * 2
    assert init.ones_(x).tolist() == [[1] * 3] * 2
    assert init.zeros_(x).tolist() == [[0] * 3] * 2


def test_gains():
    expected = {
        "linear": 1,
        "conv1d": 1,
        "conv2d": 1,
        "conv3d": 1,
        "conv_transpose1d": 1,
        "conv_transpose2d": 1,
        "conv_transpose3d": 1,
        "sigmoid": 1,
        "tanh": 5 / 3,
        "relu": 1.4142135623730951,
        "leaky_relu": 1.4141428569978354,
        "selu": 0.75,
    }
    assert {name: init.calculate_gain(name) for name in expected} == expected
    assert init.calculate_gain("leaky_relu", 0.5) == math.sqrt(1.6)
    with pytest.raises(ValueError, match=r"^\[calculate_gain\] nonlinearity must be one of linear, .*, got 'gelu'"):
        init.calculate_gain("gelu")
    for slope in (True, "a"):
        with pytest.raises(TypeError, match=r"^\[calculate_gain\] param must be a number"):
            init.calculate_gain("leaky_relu", slope)


RANDOM = [
    init.uniform_,
    init.normal_,
    init.xavier_uniform_,
    init.xavier_normal_,
    init.kaiming_uniform_,
    init.kaiming_normal_,
]


@pytest.mark.parametrize("function", RANDOM)
def test_values_follow_the_seed_and_every_call_draws_anew(function):
    a, b, c = mushin.zeros(7, 5), mushin.zeros(7, 5), mushin.zeros(7, 5)
    mushin.seed(1)
    function(a)
    function(b)
    mushin.seed(1)
    function(c)
    np.testing.assert_array_equal(a.array, c.array)
    assert not np.array_equal(a.array, b.array)


@pytest.mark.parametrize("function", [*RANDOM, init.ones_])
def test_a_parameter_is_written_outside_the_graph_and_the_tape_notices(function):
    parameter = nn.Parameter(mushin.rand(4, 3))
    y = (parameter * parameter).sum()
    before = parameter.array.copy()
    assert function(parameter) is parameter
    assert parameter.requires_grad
    assert parameter.is_leaf
    assert not np.array_equal(parameter.array, before)
    with pytest.raises(ValueError, match="overwritten in place"):
        y.backward()


@pytest.mark.parametrize("function", [*RANDOM, init.ones_])
def test_a_part_of_a_tensor_is_written_where_it_lies(function):
    whole = mushin.zeros(6, 8)
    for part in (whole[2:4], whole[:, 1:3], whole.T):
        init.zeros_(whole)
        function(part)
        assert np.count_nonzero(whole.array) == part.numel()


def test_a_dense_and_a_strided_tensor_get_the_same_numbers():
    dense, whole = mushin.zeros(5, 3), mushin.zeros(5, 6)
    mushin.seed(2)
    init.normal_(dense)
    mushin.seed(2)
    init.normal_(whole[:, ::2])
    np.testing.assert_array_equal(whole.array[:, ::2], dense.array)


@pytest.mark.parametrize("function", RANDOM[2:])
def test_tensors_without_elements(function):
    with pytest.warns(UserWarning, match=r"tensor has no elements, got shape \(0, 0\)"):
        assert function(mushin.zeros(0, 0)).shape == (0, 0)
    assert init.uniform_(mushin.zeros(0)).shape == (0,)


@pytest.mark.parametrize("function", [*RANDOM, init.zeros_, init.ones_, lambda x: init.constant_(x, 1)])
def test_only_tensors_are_taken(function):
    with pytest.raises(TypeError, match=r"^\[[a-z]+_([a-z]+_)?\] tensor must be a Tensor, got ndarray"):
        function(np.zeros((2, 2), np.float32))


@pytest.mark.parametrize("function", RANDOM[2:])
@pytest.mark.parametrize("shape", [(1,), (5,)])
def test_fans_need_two_axes(function, shape):
    with pytest.raises(ValueError, match=rf"^\[{function.__name__}\] tensor must have at least two axes"):
        function(mushin.zeros(*shape))


def test_wrong_arguments():
    x = mushin.zeros(2, 2)
    with pytest.raises(ValueError, match=r"^\[uniform_\] a must not be greater than b, got 2 and 1"):
        init.uniform_(x, 2, 1)
    with pytest.raises(ValueError, match=r"^\[normal_\] std must not be negative, got -1"):
        init.normal_(x, 0, -1)
    for function in (init.kaiming_uniform_, init.kaiming_normal_):
        with pytest.raises(ValueError, match=r"mode must be 'fan_in' or 'fan_out', got 'fan'"):
            function(x, mode="fan")
        with pytest.raises(ValueError, match=r"nonlinearity must be one of"):
            function(x, nonlinearity="gelu")
    for function in (init.normal_, init.uniform_):
        with pytest.raises(TypeError, match=rf"^\[{function.__name__}\] tensor must be float32 or float64, got int64"):
            function(mushin.tensor([1, 2]))
