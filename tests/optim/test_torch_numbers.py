"""Five steps of every optimizer end where PyTorch's own end; peers/ says how the numbers were made."""

import numpy as np
import pytest

import mushin
from mushin import optim
from peers import recipes

EXPECTED = recipes.expected("torch")


@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", recipes.TORCH_OPTIMIZERS)
def test_five_steps_are_pytorch_s(name, dtype):
    tolerance = recipes.torch_tolerance(name, dtype, 1e-11)
    got = recipes.run_torch_optimizer(mushin, optim, name, recipes.SMALL_SHAPES, dtype)
    for ours, theirs in zip(got, EXPECTED[name], strict=True):
        assert ours.dtype == dtype
        np.testing.assert_allclose(ours, theirs, rtol=0, atol=tolerance)


def test_every_number_is_used():
    assert set(EXPECTED) == set(recipes.TORCH_OPTIMIZERS)
