"""Layers, losses and initial values under PyTorch's names and conventions."""

from mushin.nn import functional, init, loss, utils
from mushin.nn.activation import GELU, LogSoftmax, ReLU, Sigmoid, Softmax, Softmin, Tanh
from mushin.nn.container import ModuleDict, ModuleList, ParameterDict, ParameterList, Sequential
from mushin.nn.distance import CosineSimilarity, PairwiseDistance
from mushin.nn.dropout import AlphaDropout, Dropout, FeatureAlphaDropout
from mushin.nn.linear import Bilinear, Flatten, Identity, Linear, Unflatten
from mushin.nn.loss.classes import *  # noqa: F403  each file of losses says which it has
from mushin.nn.loss.elements import *  # noqa: F403
from mushin.nn.loss.margins import *  # noqa: F403
from mushin.nn.module import Module
from mushin.nn.norm import BatchNorm1d, BatchNorm2d, BatchNorm3d, GroupNorm, LayerNorm, RMSNorm
from mushin.nn.parameter import Parameter
from mushin.nn.rectifiers import (
    CELU,
    ELU,
    GLU,
    SELU,
    Hardshrink,
    Hardsigmoid,
    Hardswish,
    Hardtanh,
    LeakyReLU,
    LogSigmoid,
    Mish,
    PReLU,
    ReLU6,
    SiLU,
    Softplus,
    Softshrink,
    Softsign,
    Tanhshrink,
    Threshold,
)

__all__ = [
    *loss.__all__,
    "CELU",
    "ELU",
    "GELU",
    "GLU",
    "SELU",
    "AlphaDropout",
    "BatchNorm1d",
    "BatchNorm2d",
    "BatchNorm3d",
    "Bilinear",
    "CosineSimilarity",
    "Dropout",
    "FeatureAlphaDropout",
    "Flatten",
    "GroupNorm",
    "Hardshrink",
    "Hardsigmoid",
    "Hardswish",
    "Hardtanh",
    "Identity",
    "LayerNorm",
    "LeakyReLU",
    "Linear",
    "LogSigmoid",
    "LogSoftmax",
    "Mish",
    "Module",
    "ModuleDict",
    "ModuleList",
    "PReLU",
    "PairwiseDistance",
    "Parameter",
    "ParameterDict",
    "ParameterList",
    "RMSNorm",
    "ReLU",
    "ReLU6",
    "Sequential",
    "SiLU",
    "Sigmoid",
    "Softmax",
    "Softmin",
    "Softplus",
    "Softshrink",
    "Softsign",
    "Tanh",
    "Tanhshrink",
    "Threshold",
    "Unflatten",
    "functional",
    "init",
    "utils",
]
