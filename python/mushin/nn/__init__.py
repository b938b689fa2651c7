"""Layers, losses and initial values under PyTorch's names and conventions."""

from mushin.nn import functional, init, utils
from mushin.nn.activation import GELU, LogSoftmax, ReLU, Sigmoid, Softmax, Softmin, Tanh
from mushin.nn.container import Sequential
from mushin.nn.distance import CosineSimilarity, PairwiseDistance
from mushin.nn.dropout import Dropout
from mushin.nn.linear import Flatten, Identity, Linear
from mushin.nn.loss import CrossEntropyLoss, MSELoss
from mushin.nn.module import Module
from mushin.nn.norm import LayerNorm
from mushin.nn.parameter import Parameter

__all__ = [
    "GELU",
    "CosineSimilarity",
    "CrossEntropyLoss",
    "Dropout",
    "Flatten",
    "Identity",
    "LayerNorm",
    "Linear",
    "LogSoftmax",
    "MSELoss",
    "Module",
    "PairwiseDistance",
    "Parameter",
    "ReLU",
    "Sequential",
    "Sigmoid",
    "Softmax",
    "Softmin",
    "Tanh",
    "functional",
    "init",
    "utils",
]
