"""Numbers of the real PyTorch and Keras, kept so that they are compared with where these are not installed."""

import json
from pathlib import Path

import numpy as np

from peers.recipes.optimizers import SMALL_SHAPES

EXPECTED = Path(__file__).parents[1] / "expected.json"


def expected(library):
    """Case by case, what five steps in float64 on the small shapes give in the real PyTorch or Keras, to 12 digits."""
    cases = json.loads(EXPECTED.read_text())[library]
    return {name: [np.reshape(p, shape) for p, shape in zip(case, SMALL_SHAPES)] for name, case in cases.items()}


def expected_models():
    """The losses and scores of every run of KERAS_RUNS in the real Keras, by name."""
    return json.loads(EXPECTED.read_text())["keras models"]


def expected_rates(library):
    """What every schedule gives in the real PyTorch or Keras, epoch by epoch."""
    return json.loads(EXPECTED.read_text())[f"{library} schedules"]


def expected_lbfgs():
    """Losses and parameters of every setting in the real PyTorch."""
    return json.loads(EXPECTED.read_text())["lbfgs"]
