"""LBFGS: PyTorch's own numbers, states, errors."""

import pickle

import numpy as np
import pytest

import mushin
from mushin import nn, optim
from peers import recipes

EXPECTED = recipes.expected_lbfgs()


@pytest.mark.parametrize("name", recipes.LBFGS)
def test_steps_are_pytorch_s(name):
    np.testing.assert_allclose(recipes.run_lbfgs(mushin, name).ravel(), EXPECTED[name], rtol=1e-6, atol=1e-6)


def test_every_number_is_used():
    assert set(EXPECTED) == set(recipes.LBFGS)


def quadratic(p):
    """A valley that is 100 times as steep one way as the other."""
    return (p * p * mushin.tensor(np.array([1.0, 100.0, 10.0]))).sum()


def made(p, **options):
    optimizer = optim.LBFGS([p], **options)

    def closure():
        optimizer.zero_grad()
        loss = quadratic(p)
        loss.backward()
        return loss

    return optimizer, closure


def parameter():
    return nn.Parameter(mushin.tensor(np.array([3.0, -2.0, 1.0])))


def test_a_line_search_finds_the_bottom_of_a_valley():
    p = parameter()
    optimizer, closure = made(p, line_search_fn="strong_wolfe")
    assert optimizer.step(closure).item() == 9 + 400 + 10
    optimizer.step(closure)
    assert quadratic(p).item() < 1e-10


def test_at_the_bottom_nothing_moves():
    p = nn.Parameter(mushin.tensor(np.zeros(3)))
    optimizer, closure = made(p)
    optimizer.step(closure)
    assert (p.array == 0).all()
    assert optimizer.state_dict()["state"] == {0: {"func_evals": 1}}


@pytest.mark.parametrize("search", [None, "strong_wolfe"])
def test_a_loaded_state_continues_with_the_same_bits(search):
    options = {"lr": 0.01, "max_iter": 3, "history_size": 2, "line_search_fn": search}
    p, q = parameter(), parameter()
    optimizer, closure = made(p, **options)
    for _ in range(2):
        optimizer.step(closure)
    other, other_closure = made(q, **options)
    q.data = p.array.copy()
    other.load_state_dict(pickle.loads(pickle.dumps(optimizer.state_dict())))
    for _ in range(2):
        optimizer.step(closure)
        other.step(other_closure)
    np.testing.assert_array_equal(q.array, p.array)


def test_the_names_are_pytorch_s():
    optimizer, closure = made(parameter(), lr=0.01)
    optimizer.step(closure)
    state = optimizer.state_dict()
    names = "func_evals n_iter d t old_dirs old_stps ro H_diag prev_flat_grad prev_loss"
    assert set(state["state"][0]) == set(names.split())
    assert len(state["state"][0]["old_dirs"][0]) == 3
    assert state["param_groups"][0]["max_eval"] == 25


def test_a_state_that_does_not_fit_changes_nothing():
    p = parameter()
    optimizer, closure = made(p, lr=0.01)
    optimizer.step(closure)
    before = optimizer.state_dict()
    state = optimizer.state_dict()
    state["state"][0]["d"] = np.ones(4)
    with pytest.raises(ValueError, match=r"^\[LBFGS\] state d must have shape \(3,\), got \(4,\)"):
        optimizer.load_state_dict(state)
    np.testing.assert_array_equal(optimizer.state_dict()["state"][0]["d"], before["state"][0]["d"])


def test_a_parameter_without_gradient_stays():
    p, q = parameter(), parameter()
    optimizer = optim.LBFGS([q, p], lr=0.01, max_iter=4)

    def closure():
        optimizer.zero_grad()
        loss = quadratic(p)
        loss.backward()
        return loss

    optimizer.step(closure)
    np.testing.assert_array_equal(q.array, [3, -2, 1])
    assert quadratic(p).item() < 419


@pytest.mark.parametrize(
    ("make", "error", "message"),
    [
        (lambda p: optim.LBFGS([p], max_iter=0), ValueError, r"\[LBFGS\] max_iter must be a positive integer, got 0"),
        (lambda p: optim.LBFGS([p], line_search_fn="x"), ValueError, r"\[LBFGS\] line_search_fn must be None or"),
        (lambda p: optim.LBFGS([p], lr=-1), ValueError, r"\[LBFGS\] lr must not be negative, got -1"),
        (lambda p: optim.LBFGS([p]).step(), TypeError, r"\[LBFGS\] closure must be a function, got NoneType"),
        (
            lambda p: optim.LBFGS([{"params": [p]}, {"params": [parameter()]}]),
            ValueError,
            r"\[LBFGS\] there is one group only",
        ),
    ],
)
def test_wrong_arguments(make, error, message):
    with pytest.raises(error, match="^" + message):
        make(parameter())
