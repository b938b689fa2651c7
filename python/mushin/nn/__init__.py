"""Layers, losses and initial values under PyTorch's names and conventions."""

from mushin.nn import functional, init, utils
from mushin.nn.activation import GELU, LogSoftmax, ReLU, Sigmoid, Softmax, Softmin, Tanh
from mushin.nn.container import ModuleDict, ModuleList, ParameterDict, ParameterList, Sequential
from mushin.nn.distance import CosineSimilarity, PairwiseDistance
from mushin.nn.dropout import AlphaDropout, Dropout, FeatureAlphaDropout
from mushin.nn.linear import Bilinear, Flatten, Identity, Linear, Unflatten
from mushin.nn.loss import CrossEntropyLoss, MSELoss
from mushin.nn.module import Module
from mushin.nn.norm import LayerNorm
from mushin.nn.parameter import Parameter

__all__ = [
    "GELU",
    "AlphaDropout",
    "Bilinear",
    "CosineSimilarity",
    "CrossEntropyLoss",
    "Dropout",
    "FeatureAlphaDropout",
    "Flatten",
    "Identity",
    "LayerNorm",
    "Linear",
    "LogSoftmax",
    "MSELoss",
    "Module",
    "ModuleDict",
    "ModuleList",
    "PairwiseDistance",
    "Parameter",
    "ParameterDict",
    "ParameterList",
    "ReLU",
    "Sequential",
    "Sigmoid",
    "Softmax",
    "Softmin",
    "Tanh",
    "Unflatten",
    "functional",
    "init",
    "utils",
]
