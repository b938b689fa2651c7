"""Optimizers, learning-rate schedules and averages of parameters under PyTorch's names and conventions."""

from mushin.ops.clip_gradients import clip_grad_norm_, clip_grad_value_
from mushin.optim import lr_scheduler, swa_utils
from mushin.optim.adafactor import Adafactor
from mushin.optim.adam import Adam, AdamW
from mushin.optim.lbfgs import LBFGS
from mushin.optim.moments import Adamax, NAdam, RAdam
from mushin.optim.optimizer import Optimizer
from mushin.optim.sgd import ASGD, SGD
from mushin.optim.signs import Lion, Rprop
from mushin.optim.sparse import SparseAdam
from mushin.optim.squares import Adadelta, Adagrad, RMSprop

__all__ = [
    "ASGD",
    "LBFGS",
    "SGD",
    "Adadelta",
    "Adafactor",
    "Adagrad",
    "Adam",
    "AdamW",
    "Adamax",
    "Lion",
    "NAdam",
    "Optimizer",
    "RAdam",
    "RMSprop",
    "Rprop",
    "SparseAdam",
    "clip_grad_norm_",
    "clip_grad_value_",
    "lr_scheduler",
    "swa_utils",
]
