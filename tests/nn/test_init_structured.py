"""nn.init beyond one distribution: cut normals, orthogonal and sparse matrices, identities; generators of their own."""

import math

import numpy as np
import pytest

import mushin
from mushin import autograd, nn
from mushin.nn import init

DRAWING = {
    "uniform_": init.uniform_,
    "normal_": init.normal_,
    "xavier_uniform_": init.xavier_uniform_,
    "xavier_normal_": init.xavier_normal_,
    "kaiming_uniform_": init.kaiming_uniform_,
    "kaiming_normal_": init.kaiming_normal_,
    "trunc_normal_": init.trunc_normal_,
    "orthogonal_": init.orthogonal_,
    "sparse_": lambda tensor, **more: init.sparse_(tensor, 0.3, **more),
}


@pytest.fixture(autouse=True)
def seed():
    mushin.seed(11)


def density(x):
    return math.exp(-x * x / 2) / math.sqrt(2 * math.pi)


def share_below(x):
    return 0.5 * math.erfc(-x / math.sqrt(2))


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize(
    ("low", "high"),
    [(-2, 2), (0, 5), (-1, math.inf), (-math.inf, math.inf), (-0.3, 0.1), (1.5, 2), (3, 50), (-5, -2)],
)
def test_a_cut_normal_has_the_distribution_s_shares(low, high, dtype):
    mean, std, n = 0.5, 0.2, 40000
    tensor = mushin.zeros(n, dtype=dtype)
    assert init.trunc_normal_(tensor, mean, std, mean + std * low, mean + std * high) is tensor
    x = (tensor.numpy().astype(np.float64) - mean) / std
    assert low - 1e-5 <= x.min()
    assert x.max() <= high + 1e-5
    # As complements where both ends lie in the upper tail: the shares below are all nearly 1 there.
    sign = -1 if low > 0 else 1
    first, last = sorted((sign * low, sign * high))
    whole = share_below(last) - share_below(first)
    for quantile in (0.1, 0.3, 0.5, 0.8):
        at = np.quantile(sign * x, quantile)
        expected = (share_below(at) - share_below(first)) / whole
        assert abs(expected - quantile) < 5 * math.sqrt(quantile * (1 - quantile) / n)


def test_a_cut_normal_never_leaves_its_bounds_by_rounding():
    tensor = mushin.zeros(1000)
    low, high = np.nextafter(np.float32(1), np.float32(2)), np.float32(1) + np.float32(3e-7)
    init.trunc_normal_(tensor, 0.0, 1.0, float(low), float(high))
    assert low <= tensor.numpy().min()
    assert tensor.numpy().max() <= high


@pytest.mark.parametrize("shape", [(1, 1), (3, 7), (7, 3), (33, 33), (70, 40), (40, 70), (4, 2, 3), (5, 1, 1, 2)])
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_rows_or_columns_are_orthonormal(shape, dtype):
    tensor = mushin.zeros(*shape, dtype=dtype)
    assert init.orthogonal_(tensor, gain=3) is tensor
    q = tensor.numpy().reshape(shape[0], -1).astype(np.float64) / 3
    q = q if len(q) <= q.shape[1] else q.T
    np.testing.assert_allclose(q @ q.T, np.eye(len(q)), rtol=0, atol=4 * np.finfo(dtype).eps)


def test_orthogonal_matrices_point_anywhere_alike():
    """Every element has mean 0 and variance 1 / n, those of one row and column as well."""
    q = np.array([init.orthogonal_(mushin.zeros(3, 3, dtype=np.float64)).numpy().copy() for _ in range(4000)])
    assert np.abs(q.mean(axis=0)).max() < 5 * math.sqrt(1 / 3 / 4000)
    assert np.abs((q**2).mean(axis=0) - 1 / 3).max() < 5 * math.sqrt(4 / 45 / 4000)
    assert abs((np.linalg.det(q) > 0).mean() - 0.5) < 5 * math.sqrt(0.25 / 4000)


@pytest.mark.parametrize(("sparsity", "zeros"), [(0, 0), (0.1, 5), (0.101, 6), (0.5, 25), (1, 50)])
def test_sparse_columns_have_their_zeros_anywhere(sparsity, zeros):
    tensor = mushin.ones(50, 400)
    assert init.sparse_(tensor, sparsity, std=2) is tensor
    is_zero = tensor.numpy() == 0
    np.testing.assert_array_equal(is_zero.sum(axis=0), zeros)
    share = zeros / 50
    assert np.abs(is_zero.mean(axis=1) - share).max() <= 5 * math.sqrt(share * (1 - share) / 400)
    if zeros < 50:
        others = tensor.numpy()[~is_zero]
        assert abs(others.std() - 2) < 5 * 2 / math.sqrt(2 * others.size)


@pytest.mark.parametrize("dtype", [np.float32, np.float64, np.int64])
def test_identities(dtype):
    tensor = mushin.full((2, 3), 7, dtype=dtype)
    assert init.eye_(tensor) is tensor
    np.testing.assert_array_equal(tensor.numpy(), [[1, 0, 0], [0, 1, 0]])


def test_dirac_weights_pass_their_inputs_on():
    """As torch.nn.init.dirac_, worked out by hand."""
    weight = init.dirac_(mushin.ones(4, 2, 3))
    np.testing.assert_array_equal(np.argwhere(weight.numpy()), [[0, 0, 1], [1, 1, 1]])
    weight = init.dirac_(mushin.ones(4, 2, 3, 4), groups=2)
    np.testing.assert_array_equal(np.argwhere(weight.numpy()), [[0, 0, 1, 2], [1, 1, 1, 2], [2, 0, 1, 2], [3, 1, 1, 2]])
    assert set(np.unique(weight.numpy())) == {0, 1}
    assert init.dirac_(mushin.ones(2, 3, 1, 1, 1)).numpy().sum() == 2


@pytest.mark.parametrize("name", DRAWING)
def test_a_generator_of_its_own_repeats_and_leaves_the_others_alone(name):
    draw = DRAWING[name]

    def drawn(generator=None):
        tensor = mushin.zeros(8, 8)
        draw(tensor, **({} if generator is None else {"generator": generator}))
        return tensor.numpy().tobytes()

    def others():
        mushin.seed(3)
        return drawn(), drawn()

    expected = others()
    assert expected[0] != expected[1]
    own = mushin.Generator().manual_seed(3)
    assert (drawn(own), drawn(own)) == expected
    mushin.seed(3)
    first = drawn()
    drawn(own)
    assert (first, drawn()) == expected


@pytest.mark.parametrize("name", DRAWING)
def test_the_same_seed_gives_the_same_bits_for_any_number_of_threads(name, threads):
    results = set()
    for count in (1, 2, 3):
        threads(count)
        mushin.seed(5)
        tensor = mushin.zeros(130, 90)
        DRAWING[name](tensor)
        results.add(tensor.numpy().tobytes())
    assert len(results) == 1


@pytest.mark.parametrize("name", [*DRAWING, "eye_"])
def test_parameters_are_written_in_place_and_gaps_are_kept(name):
    draw = DRAWING.get(name, init.eye_)
    parameter = nn.Parameter(np.full((6, 6), 9, np.float32))
    y = (parameter * parameter).sum()
    draw(parameter)
    assert (parameter.array != 9).all()
    assert parameter.requires_grad
    with pytest.raises(ValueError, match="overwritten in place"):
        y.backward()
    whole = np.full((6, 12), 9, np.float32)
    draw(mushin.from_numpy(whole[:, ::2]))
    assert (whole[:, 1::2] == 9).all()
    assert (whole[:, ::2] != 9).all()


@pytest.mark.parametrize("name", ["trunc_normal_", "orthogonal_", "sparse_"])
def test_drawing_with_numpy_is_refused_in_a_step(name):
    tensor = mushin.zeros(4, 4)

    @mushin.compile
    def step(x):
        DRAWING[name](tensor)

    step(mushin.ones(1))
    with pytest.warns(RuntimeWarning, match=rf"stays eager: \[{name}\] initial values cannot be drawn"):
        step(mushin.ones(1))


@pytest.mark.parametrize(
    ("call", "error", "message"),
    [
        (lambda: init.trunc_normal_(mushin.zeros(2), np.nan), ValueError, "mean must be finite, got nan"),
        (
            lambda: init.trunc_normal_(mushin.zeros(2), 0, np.inf),
            ValueError,
            "std must be positive and finite",
        ),
        (lambda: init.trunc_normal_(mushin.zeros(2), generator=3), TypeError, "generator must be None or a mushin"),
        (lambda: init.orthogonal_(mushin.zeros(2, 2), generator=3), TypeError, "generator must be None or a mushin"),
        (lambda: init.normal_(mushin.zeros(2), generator=3), TypeError, "generator must be None or a mushin.Generator"),
        (lambda: init.trunc_normal_(mushin.zeros(2), std=0), ValueError, "std must be positive and finite, got 0"),
        (lambda: init.trunc_normal_(mushin.zeros(2), a=2, b=2), ValueError, "a must be less than b, got 2 and 2"),
        (lambda: init.trunc_normal_(mushin.arange(2)), TypeError, "tensor must be float32 or float64, got int64"),
        (lambda: init.orthogonal_(mushin.zeros(2)), ValueError, "tensor must have at least two axes"),
        (lambda: init.orthogonal_([1]), TypeError, "tensor must be a Tensor, got list"),
        (lambda: init.sparse_(mushin.zeros(2, 2, 2), 0.1), ValueError, r"tensor must have two axes, \(rows, columns\)"),
        (lambda: init.sparse_(mushin.zeros(2, 2), 1.5), ValueError, r"sparsity must be in \[0, 1\], got 1.5"),
        (lambda: init.sparse_(mushin.zeros(2, 2), 0.5, -1), ValueError, "std must not be negative, got -1"),
        (lambda: init.eye_(mushin.zeros(2)), ValueError, "tensor must have two axes"),
        (lambda: init.dirac_(mushin.zeros(2, 2)), ValueError, "tensor must have three to five axes"),
        (lambda: init.dirac_(mushin.zeros(3, 2, 1), 2), ValueError, "groups must divide the 3 outputs, got 2"),
    ],
)
def test_wrong_uses(call, error, message):
    with pytest.raises(error, match=r"^\[\w+_\] " + message):
        call()


def test_empty_tensors_are_left():
    with pytest.warns(UserWarning, match=r"^\[orthogonal_\] tensor has no elements"):
        init.orthogonal_(mushin.zeros(0, 3))
    assert init.trunc_normal_(mushin.zeros(0)).shape == (0,)
    assert init.sparse_(mushin.zeros(0, 3), 0.5).shape == (0, 3)
    assert autograd.is_grad_enabled()


@pytest.mark.parametrize("value", ["a", None, [1]])
@pytest.mark.parametrize(
    ("name", "argument"),
    [
        *[("uniform_", "a"), ("uniform_", "b"), ("normal_", "mean"), ("normal_", "std"), ("sparse_", "sparsity")],
        *[(f"{name}_", "gain") for name in ("xavier_uniform", "xavier_normal", "orthogonal")],
        *[("sparse_", "std"), ("trunc_normal_", "a"), ("trunc_normal_", "b"), ("dirac_", "groups")],
    ],
)
def test_what_must_be_a_number_is_named(name, argument, value):
    arguments = {"sparsity": 0.5} if name == "sparse_" else {}
    shape = (2, 2, 2) if name == "dirac_" else (2, 2)
    with pytest.raises(
        TypeError, match=rf"^\[{name}\] {argument} must be an? (number|integer), got {type(value).__name__}"
    ):
        getattr(init, name)(mushin.zeros(*shape), **{**arguments, argument: value})
