"""Optimizers under PyTorch's names and conventions."""

from mushin.ops.clip_gradients import clip_grad_norm_, clip_grad_value_
from mushin.optim.adam import Adam, AdamW
from mushin.optim.optimizer import Optimizer
from mushin.optim.sgd import SGD

__all__ = ["SGD", "Adam", "AdamW", "Optimizer", "clip_grad_norm_", "clip_grad_value_"]
