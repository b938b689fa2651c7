"""Random integers, permutations and draws, and tensors overwritten with random numbers."""

import re

import numpy as np
import pytest

import mushin
from mushin import Tensor

DRAWS = {
    "randint": lambda: mushin.randint(-3, 5, (40, 3)),
    "randperm": lambda: mushin.randperm(57),
    "bernoulli": lambda: mushin.bernoulli(mushin.linspace(0, 1, 50)),
    "multinomial": lambda: mushin.multinomial(mushin.ones(3, 40), 20),
    "with replacement": lambda: mushin.multinomial(mushin.ones(40), 90, replacement=True),
    "rand_like": lambda: mushin.rand_like(mushin.ones(4, 5, dtype="d")),
    "randn_like": lambda: mushin.randn_like(mushin.ones(4, 5)),
    "uniform_": lambda: mushin.ones(4, 5).uniform_(-1, 2),
    "normal_": lambda: mushin.ones(4, 5).normal_(3.0, 0.5),
    "bernoulli_": lambda: mushin.ones(40).bernoulli_(0.3),
}


@pytest.mark.parametrize("name", DRAWS)
def test_a_seed_says_what_is_drawn(name):
    mushin.seed(3)
    first, second = DRAWS[name](), DRAWS[name]()
    assert (first.array != second.array).any()
    mushin.seed(3)
    np.testing.assert_array_equal(DRAWS[name]().array, first.array)


@pytest.mark.parametrize("name", DRAWS)
def test_a_replayed_step_draws_what_an_eager_one_does(name):
    step = mushin.compile(lambda _: DRAWS[name]())
    mushin.seed(4)
    wanted = [DRAWS[name]().array for _ in range(6)]
    mushin.seed(4)
    for each in wanted:
        np.testing.assert_array_equal(step(mushin.ones(1)).array, each)
    assert step.step.replayed > 0


DEVIATIONS = 5  # standard ones by which a share may be off; that of a right generator is, once in 1.7 million times


def share_deviation(p, draws):
    """By how much a share of so many draws, each with probability p, may be off."""
    return DEVIATIONS * np.sqrt(p * (1 - p) / draws)


def test_integers_are_uniform():
    mushin.seed(1)
    drawn = mushin.randint(-2, 5, (70000,)).array
    assert drawn.dtype == np.int64
    counts = np.bincount(drawn + 2)
    assert counts.size == 7
    assert np.abs(counts / 70000 - 1 / 7).max() < share_deviation(1 / 7, 70000)
    assert mushin.randint(3, (2, 0), dtype=np.int32).array.dtype == np.int32
    assert mushin.randint(2, size=(3,)).shape == (3,)
    assert mushin.randint(high=4, low=3, size=(5,)).tolist() == [3] * 5


def test_a_permutation_has_every_integer_once_at_any_place():
    mushin.seed(1)
    drawn = np.stack([mushin.randperm(5).array for _ in range(5000)])
    np.testing.assert_array_equal(np.sort(drawn, axis=1), np.broadcast_to(np.arange(5), drawn.shape))
    counts = np.stack([np.bincount(column) for column in drawn.T])
    assert np.abs(counts / 5000 - 1 / 5).max() < share_deviation(1 / 5, 5000)
    assert mushin.randperm(0).shape == (0,)


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_columns_are_drawn_by_their_weights(dtype):
    mushin.seed(1)
    weights = np.array([[1, 0, 3, 6], [0, 5, 0, 0]], dtype)
    drawn = mushin.multinomial(Tensor(weights), 20000, replacement=True).array
    p = weights[0] / 10
    assert (np.abs(np.bincount(drawn[0], minlength=4) / 20000 - p) <= share_deviation(p, 20000)).all()
    assert (drawn[1] == 1).all()
    orders = np.stack([mushin.multinomial(Tensor(weights[0]), 3).array for _ in range(4000)])
    np.testing.assert_array_equal(np.sort(orders, axis=1), np.broadcast_to([0, 2, 3], orders.shape))
    assert (np.abs(np.bincount(orders[:, 0], minlength=4) / 4000 - p) <= share_deviation(p, 4000)).all()
    after_three = orders[orders[:, 0] == 3][:, 1]
    assert abs((after_three == 2).mean() - 0.75) < share_deviation(0.75, after_three.size)


def test_truth_values_have_their_probabilities():
    mushin.seed(1)
    p = np.repeat([0.0, 0.25, 1.0], 20000).astype(np.float32)
    drawn = mushin.bernoulli(Tensor(p)).array.reshape(3, -1)
    assert set(np.unique(drawn)) == {0, 1}
    assert not drawn[0].any()
    assert drawn[2].all()
    for shares in (drawn[1], mushin.ones(20000).bernoulli_(0.25).array):
        assert abs(shares.mean() - 0.25) < share_deviation(0.25, 20000)


def test_a_view_is_overwritten_where_it_lies():
    mushin.seed(2)
    whole = Tensor(np.zeros((4, 6)))
    whole[:, ::2].normal_(5.0, 0.1)
    assert (whole.array[:, 1::2] == 0).all()
    assert (np.abs(whole.array[:, ::2] - 5) < 1).all()
    whole.T.uniform_(2, 3)
    assert (whole.array >= 2).all()
    with pytest.raises(ValueError, match=r"^\[uniform_\] a tensor that requires its gradient"):
        Tensor(np.ones(2), requires_grad=True).uniform_()
    x = Tensor(np.ones(2), requires_grad=True)
    y = (x * x).sum()
    x.data.uniform_()
    with pytest.raises(ValueError, match="overwritten in place"):
        y.backward()


ERRORS = {
    "randint": (
        lambda: mushin.randint(3, 3, (2,)),
        ValueError,
        "[randint] low must be less than high, both of 64 bits",
    ),
    "randint_size": (lambda: mushin.randint(0, 3, 2), TypeError, "[randint] size must be a tuple of integers, got int"),
    "randint_half": (lambda: mushin.randint(0.5, 3, (2,)), TypeError, "[randint] low must be an integer, got float"),
    "randint_dtype": (
        lambda: mushin.randint(0, 257, (2,), "uint8"),
        ValueError,
        "[randint] dtype must hold the integers from 0 to 256, got uint8",
    ),
    "randint_bool": (lambda: mushin.randint(0, 3, (2,), bool), ValueError, "[randint] dtype must hold the integers"),
    "randperm_dtype": (
        lambda: mushin.randperm(130, "int8"),
        ValueError,
        "[randperm] dtype must hold the integers from 0 to 129, got int8",
    ),
    "randperm": (lambda: mushin.randperm(-1), ValueError, "[randperm]"),
    "bernoulli": (lambda: mushin.bernoulli(mushin.full((2,), 1.5)), ValueError, "[bernoulli] x must be in [0, 1], got"),
    "bernoulli_nan": (
        lambda: mushin.bernoulli(mushin.full((2,), np.nan)),
        ValueError,
        "[bernoulli] x must be in [0, 1]",
    ),
    "bernoulli_int": (
        lambda: mushin.bernoulli(mushin.arange(2)),
        TypeError,
        "[bernoulli] x must be float32 or float64",
    ),
    "multinomial": (lambda: mushin.multinomial(mushin.zeros(2), 1), ValueError, "[multinomial] x must have at least 1"),
    "few": (lambda: mushin.multinomial(mushin.eye(2), 2), ValueError, "[multinomial] x must have at least 2 weights"),
    "negative": (lambda: mushin.multinomial(-mushin.ones(2), 1), ValueError, "[multinomial] x must be finite and not"),
    "infinite": (lambda: mushin.multinomial(mushin.ones(2) / 0, 1), ValueError, "[multinomial] x must be finite and"),
    "samples": (
        lambda: mushin.multinomial(mushin.ones(2), 0),
        ValueError,
        "[multinomial] num_samples must be positive",
    ),
    "axes": (
        lambda: mushin.multinomial(mushin.ones(1, 1, 1), 1),
        ValueError,
        "[multinomial] x must have shape (n,) or",
    ),
    "like": (lambda: mushin.rand_like(mushin.arange(2)), TypeError, "[rand_like] dtype must be float32 or float64"),
    "uniform_": (lambda: mushin.ones(2).uniform_(2, 1), ValueError, "[uniform_] from_ must not exceed to, got 2 and 1"),
    "normal_": (lambda: mushin.ones(2).normal_(0, -1), ValueError, "[normal_] std must not be negative, got -1"),
    "bernoulli_": (lambda: mushin.ones(2).bernoulli_(2.0), ValueError, "[bernoulli_] p must be in [0, 1], got 2.0"),
    "integers": (lambda: mushin.arange(2).normal_(), TypeError, "[normal_] x must be float32 or float64, got int64"),
}


@pytest.mark.parametrize("name", ERRORS)
def test_errors(name):
    call, kind, message = ERRORS[name]
    with pytest.raises(kind, match="^" + re.escape(message)):
        call()
