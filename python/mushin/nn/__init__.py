"""Layers, losses and initial values under PyTorch's names and conventions."""

from mushin.nn import functional, init, utils
from mushin.nn.activation import GELU, ReLU, Sigmoid, Softmax, Tanh
from mushin.nn.container import ModuleDict, ModuleList, ParameterDict, ParameterList, Sequential
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
    "CrossEntropyLoss",
    "Dropout",
    "FeatureAlphaDropout",
    "Flatten",
    "Identity",
    "LayerNorm",
    "Linear",
    "MSELoss",
    "Module",
    "ModuleDict",
    "ModuleList",
    "Parameter",
    "ParameterDict",
    "ParameterList",
    "ReLU",
    "Sequential",
    "Sigmoid",
    "Softmax",
    "Tanh",
    "Unflatten",
    "functional",
    "init",
    "utils",
]
