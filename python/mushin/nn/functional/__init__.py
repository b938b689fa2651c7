"""Layers without parameters of their own, as functions under PyTorch's names and arguments."""

from mushin.nn.functional.activation import gelu, relu, sigmoid, softmax, tanh
from mushin.nn.functional.dropout import dropout
from mushin.nn.functional.linear import linear
from mushin.nn.functional.loss import cross_entropy, mse_loss
from mushin.nn.functional.norm import layer_norm
from mushin.ops import pad

__all__ = [
    "cross_entropy",
    "dropout",
    "gelu",
    "layer_norm",
    "linear",
    "mse_loss",
    "pad",
    "relu",
    "sigmoid",
    "softmax",
    "tanh",
]
