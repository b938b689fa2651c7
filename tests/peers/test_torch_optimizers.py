"""Optimizers beside PyTorch's, five steps on parameters of odd sizes."""

import numpy as np
import pytest

import mushin
from mushin import optim
from peers import recipes


@pytest.fixture(scope="module", params=[(np.float32, 1e-6), (np.float64, 1e-13)], ids=["float32", "float64"])
def theirs(request, ask_peers):
    """The dtype, the tolerance, and PyTorch's parameters by case."""
    dtype, tolerance = request.param
    return dtype, tolerance, ask_peers(f"torch_optimizers_{np.dtype(dtype).name}")


@pytest.mark.parametrize("name", recipes.TORCH_OPTIMIZERS)
def test_five_steps_end_at_the_same_parameters(theirs, name):
    dtype, tolerance, expected = theirs
    for i, p in enumerate(recipes.run_torch_optimizer(mushin, optim, name, recipes.ODD_SHAPES, dtype)):
        np.testing.assert_allclose(p, expected[f"{name}/{i}"], rtol=0, atol=tolerance)
