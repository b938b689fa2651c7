"""Layers without parameters of their own, as functions under PyTorch's names and arguments."""

from mushin.nn.functional.activation import gelu, log_softmax, relu, sigmoid, softmax, softmin, tanh
from mushin.nn.functional.classes import cross_entropy, multi_margin_loss, nll_loss
from mushin.nn.functional.distance import cosine_similarity, normalize, one_hot, pairwise_distance
from mushin.nn.functional.dropout import alpha_dropout, dropout, feature_alpha_dropout
from mushin.nn.functional.linear import bilinear, linear
from mushin.nn.functional.loss import (
    binary_cross_entropy,
    binary_cross_entropy_with_logits,
    gaussian_nll_loss,
    huber_loss,
    kl_div,
    l1_loss,
    mse_loss,
    poisson_nll_loss,
    smooth_l1_loss,
)
from mushin.nn.functional.margins import (
    cosine_embedding_loss,
    hinge_embedding_loss,
    margin_ranking_loss,
    multilabel_soft_margin_loss,
    soft_margin_loss,
    triplet_margin_loss,
    triplet_margin_with_distance_loss,
)
from mushin.nn.functional.norm import layer_norm
from mushin.ops import pad

__all__ = [
    "alpha_dropout",
    "bilinear",
    "binary_cross_entropy",
    "binary_cross_entropy_with_logits",
    "cosine_embedding_loss",
    "cosine_similarity",
    "cross_entropy",
    "dropout",
    "feature_alpha_dropout",
    "gaussian_nll_loss",
    "gelu",
    "hinge_embedding_loss",
    "huber_loss",
    "kl_div",
    "l1_loss",
    "layer_norm",
    "linear",
    "log_softmax",
    "margin_ranking_loss",
    "mse_loss",
    "multi_margin_loss",
    "multilabel_soft_margin_loss",
    "nll_loss",
    "normalize",
    "one_hot",
    "pad",
    "pairwise_distance",
    "poisson_nll_loss",
    "relu",
    "sigmoid",
    "smooth_l1_loss",
    "soft_margin_loss",
    "softmax",
    "softmin",
    "tanh",
    "triplet_margin_loss",
    "triplet_margin_with_distance_loss",
]
