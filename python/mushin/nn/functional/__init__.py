"""Layers without parameters of their own, as functions under PyTorch's names and arguments."""

from mushin.nn.functional import classes, loss, margins
from mushin.nn.functional.activation import (
    celu,
    elu,
    gelu,
    glu,
    hardshrink,
    hardsigmoid,
    hardswish,
    hardtanh,
    leaky_relu,
    log_softmax,
    logsigmoid,
    mish,
    prelu,
    relu,
    relu6,
    selu,
    sigmoid,
    silu,
    softmax,
    softmin,
    softplus,
    softshrink,
    softsign,
    tanh,
    tanhshrink,
    threshold,
)
from mushin.nn.functional.classes import *  # noqa: F403  each file of losses says which it has
from mushin.nn.functional.distance import cosine_similarity, normalize, one_hot, pairwise_distance, pdist
from mushin.nn.functional.dropout import alpha_dropout, dropout, dropout1d, dropout2d, dropout3d, feature_alpha_dropout
from mushin.nn.functional.embedding import embedding, embedding_bag
from mushin.nn.functional.linear import bilinear, linear
from mushin.nn.functional.loss import *  # noqa: F403
from mushin.nn.functional.margins import *  # noqa: F403
from mushin.nn.functional.norm import batch_norm, group_norm, layer_norm, rms_norm
from mushin.nn.functional.random import gumbel_softmax, rrelu
from mushin.nn.functional.shuffling import channel_shuffle, pixel_shuffle, pixel_unshuffle
from mushin.ops import pad

__all__ = [
    *classes.__all__,
    *loss.__all__,
    *margins.__all__,
    "alpha_dropout",
    "batch_norm",
    "bilinear",
    "celu",
    "cosine_similarity",
    "dropout",
    "elu",
    "embedding",
    "embedding_bag",
    "feature_alpha_dropout",
    "gelu",
    "glu",
    "group_norm",
    "hardshrink",
    "hardsigmoid",
    "hardswish",
    "hardtanh",
    "layer_norm",
    "leaky_relu",
    "linear",
    "log_softmax",
    "logsigmoid",
    "mish",
    "dropout1d",
    "dropout2d",
    "dropout3d",
    "gumbel_softmax",
    "rrelu",
    "channel_shuffle",
    "pixel_shuffle",
    "pixel_unshuffle",
    "normalize",
    "one_hot",
    "pad",
    "pairwise_distance",
    "pdist",
    "prelu",
    "relu",
    "relu6",
    "rms_norm",
    "selu",
    "sigmoid",
    "silu",
    "softmax",
    "softmin",
    "softplus",
    "softshrink",
    "softsign",
    "tanh",
    "tanhshrink",
    "threshold",
]
