"""Optimizers beside PyTorch's, five steps on parameters of odd sizes."""

import numpy as np
import pytest

import mushin
from mushin import optim
from peers import recipes


@pytest.fixture(scope="module", params=[np.float32, np.float64], ids=["float32", "float64"])
def theirs(request, ask_peers):
    """The dtype, and PyTorch's parameters by case."""
    dtype = request.param
    return dtype, ask_peers(f"torch_optimizers_{np.dtype(dtype).name}")


@pytest.mark.parametrize("name", recipes.TORCH_OPTIMIZERS)
def test_five_steps_end_at_the_same_parameters(theirs, name):
    dtype, expected = theirs
    tolerance = recipes.torch_tolerance(name, dtype, 1e-13)
    for i, p in enumerate(recipes.run_torch_optimizer(mushin, optim, name, recipes.ODD_SHAPES, dtype)):
        np.testing.assert_allclose(p, expected[f"{name}/{i}"], rtol=0, atol=tolerance)


@pytest.fixture(scope="module")
def rates(ask_peers):
    return ask_peers("torch_schedules")


@pytest.mark.parametrize("kind", ["SGD", "Adam"])
@pytest.mark.parametrize("name", recipes.TORCH_SCHEDULES)
def test_rates_are_the_same(rates, name, kind):
    ours = recipes.run_torch_schedule(mushin, optim.lr_scheduler, name, kind)
    np.testing.assert_allclose(ours, rates[f"{kind}/{name}"], rtol=1e-12, atol=1e-15)


def test_lbfgs_is_the_same(ask_peers):
    theirs = ask_peers("lbfgs")
    for name in recipes.LBFGS:
        np.testing.assert_allclose(recipes.run_lbfgs(mushin, name), theirs[name], rtol=1e-6, atol=1e-6, err_msg=name)


def test_states_go_to_pytorch_and_come_from_it(ask_peers):
    """Three steps in one library and two in the other are five in either."""
    ours = {name: recipes.run_torch_half(mushin, name) for name in recipes.TORCH_OPTIMIZERS}
    theirs = ask_peers("torch_halves", {f"{name}:{key}": x for name, half in ours.items() for key, x in half.items()})
    for name, half in ours.items():
        prefix = f"{name}:first:"
        first = {key.removeprefix(prefix): x for key, x in theirs.items() if key.startswith(prefix)}
        assert set(first) == set(half), name
        assert all(first[key].shape == x.shape for key, x in half.items()), name
        for key, x in recipes.run_torch_half(mushin, name, first).items():
            tolerance = recipes.torch_tolerance(name, np.float64, 1e-11)
            np.testing.assert_allclose(x, theirs[f"{name}:last:{key}"], rtol=0, atol=tolerance, err_msg=name)
