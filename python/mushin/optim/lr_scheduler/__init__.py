"""Learning-rate schedules under PyTorch's names: `scheduler.step()` after an epoch, or after each step, sets the rates
of the optimizer's groups. A recorded step sees them: rates are read from memory."""

from mushin.optim.lr_scheduler.base import LRScheduler
from mushin.optim.lr_scheduler.combined import ChainedScheduler, SequentialLR
from mushin.optim.lr_scheduler.cosine import CosineAnnealingLR, CosineAnnealingWarmRestarts
from mushin.optim.lr_scheduler.cycles import CyclicLR, OneCycleLR
from mushin.optim.lr_scheduler.factors import (
    ConstantLR,
    ExponentialLR,
    LambdaLR,
    LinearLR,
    MultiplicativeLR,
    MultiStepLR,
    PolynomialLR,
    StepLR,
)
from mushin.optim.lr_scheduler.plateau import ReduceLROnPlateau

__all__ = [
    "ChainedScheduler",
    "ConstantLR",
    "CosineAnnealingLR",
    "CosineAnnealingWarmRestarts",
    "CyclicLR",
    "ExponentialLR",
    "LRScheduler",
    "LambdaLR",
    "LinearLR",
    "MultiStepLR",
    "MultiplicativeLR",
    "OneCycleLR",
    "PolynomialLR",
    "ReduceLROnPlateau",
    "SequentialLR",
    "StepLR",
]
