"""The same work for two libraries: what mushin computes is compared with what the real PyTorch or Keras computes.

Each recipe is a function from a library's module and arrays to arrays. The worker runs it on PyTorch or Keras in its
own interpreter, a test runs it on mushin: the code is the same. These files need nothing but NumPy.
"""

from peers.recipes.expected import EXPECTED, expected, expected_lbfgs, expected_models, expected_rates
from peers.recipes.keras_losses import run_keras_losses
from peers.recipes.keras_models import KERAS_MODELS, KERAS_NAMES, KERAS_RUNS, run_keras_model
from peers.recipes.optimizers import (
    KERAS_OPTIMIZERS,
    LBFGS,
    ODD_SHAPES,
    SMALL_SHAPES,
    TORCH_OPTIMIZERS,
    run_keras_optimizer,
    run_lbfgs,
    run_torch_half,
    run_torch_optimizer,
    torch_tolerance,
)
from peers.recipes.schedules import (
    KERAS_SCHEDULES,
    METRICS,
    TORCH_SCHEDULES,
    run_keras_schedule,
    run_torch_schedule,
    torch_groups,
)

__all__ = [
    "EXPECTED",
    "KERAS_MODELS",
    "KERAS_NAMES",
    "KERAS_OPTIMIZERS",
    "KERAS_RUNS",
    "KERAS_SCHEDULES",
    "LBFGS",
    "METRICS",
    "ODD_SHAPES",
    "SMALL_SHAPES",
    "TORCH_OPTIMIZERS",
    "TORCH_SCHEDULES",
    "expected",
    "expected_lbfgs",
    "expected_models",
    "expected_rates",
    "run_keras_losses",
    "run_keras_model",
    "run_keras_optimizer",
    "run_keras_schedule",
    "run_lbfgs",
    "run_torch_half",
    "run_torch_optimizer",
    "run_torch_schedule",
    "torch_groups",
    "torch_tolerance",
]
