"""Layers without parameters of their own, as functions under PyTorch's names and arguments."""

from mushin.nn.functional.activation import gelu, log_softmax, relu, sigmoid, softmax, softmin, tanh
from mushin.nn.functional.distance import cosine_similarity, normalize, one_hot, pairwise_distance
from mushin.nn.functional.dropout import alpha_dropout, dropout, feature_alpha_dropout
from mushin.nn.functional.linear import bilinear, linear
from mushin.nn.functional.loss import cross_entropy, mse_loss
from mushin.nn.functional.norm import layer_norm
from mushin.ops import pad

__all__ = [
    "alpha_dropout",
    "bilinear",
    "cosine_similarity",
    "cross_entropy",
    "dropout",
    "feature_alpha_dropout",
    "gelu",
    "layer_norm",
    "linear",
    "log_softmax",
    "mse_loss",
    "normalize",
    "one_hot",
    "pad",
    "pairwise_distance",
    "relu",
    "sigmoid",
    "softmax",
    "softmin",
    "tanh",
]
