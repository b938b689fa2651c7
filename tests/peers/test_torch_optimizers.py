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
