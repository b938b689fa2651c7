"""The ops: each is a short function that calls a forward kernel, with the closure that calls the backward one."""

from mushin.ops import methods as methods  # attaches the operators to Tensor
from mushin.ops.arrays import cast
from mushin.ops.elementwise import (
    add,
    clip,
    cos,
    div,
    erf,
    exp,
    gelu,
    log,
    maximum,
    minimum,
    mul,
    neg,
    relu,
    sigmoid,
    sin,
    sub,
    tanh,
)
from mushin.ops.extremes import (
    amax,
    amin,
    argmax,
    argmin,
    max,  # noqa: A004  NumPy's and PyTorch's name, as others below
    max_with_indices,
    min,  # noqa: A004
    min_with_indices,
    prod,
)
from mushin.ops.matmul import linear, matmul
from mushin.ops.moments import logsumexp, std, std_mean, var, var_mean, vector_norm
from mushin.ops.norm import layer_norm
from mushin.ops.order import argsort, kthvalue, median, median_with_indices, one_hot, searchsorted, sort, topk
from mushin.ops.random import dropout
from mushin.ops.reduce import all, any, count_nonzero, mean, sum  # noqa: A004
from mushin.ops.scan import cumprod, cumsum
from mushin.ops.shape import flatten, gather_rows, getitem, permute, reshape, transpose, view
from mushin.ops.softmax import cross_entropy, log_softmax, softmax

__all__ = [
    "add",
    "all",
    "amax",
    "amin",
    "any",
    "argmax",
    "argmin",
    "argsort",
    "cast",
    "clip",
    "cos",
    "count_nonzero",
    "cross_entropy",
    "cumprod",
    "cumsum",
    "div",
    "dropout",
    "erf",
    "exp",
    "flatten",
    "gather_rows",
    "gelu",
    "getitem",
    "kthvalue",
    "layer_norm",
    "linear",
    "log",
    "log_softmax",
    "logsumexp",
    "matmul",
    "max",
    "max_with_indices",
    "maximum",
    "mean",
    "median",
    "median_with_indices",
    "min",
    "min_with_indices",
    "minimum",
    "mul",
    "neg",
    "one_hot",
    "permute",
    "prod",
    "relu",
    "reshape",
    "searchsorted",
    "sigmoid",
    "sin",
    "softmax",
    "sort",
    "std",
    "std_mean",
    "sub",
    "sum",
    "tanh",
    "topk",
    "transpose",
    "var",
    "var_mean",
    "vector_norm",
    "view",
]
