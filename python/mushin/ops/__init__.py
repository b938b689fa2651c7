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
from mushin.ops.matmul import linear, matmul
from mushin.ops.norm import layer_norm
from mushin.ops.random import dropout
from mushin.ops.reduce import argmax, max, mean, sum  # noqa: A004  NumPy's and PyTorch's names
from mushin.ops.shape import flatten, gather_rows, getitem, permute, reshape, transpose, view
from mushin.ops.softmax import cross_entropy, softmax

__all__ = [
    "add",
    "argmax",
    "cast",
    "clip",
    "cos",
    "cross_entropy",
    "div",
    "dropout",
    "erf",
    "exp",
    "flatten",
    "gather_rows",
    "gelu",
    "getitem",
    "layer_norm",
    "linear",
    "log",
    "matmul",
    "max",
    "maximum",
    "mean",
    "minimum",
    "mul",
    "neg",
    "permute",
    "relu",
    "reshape",
    "sigmoid",
    "sin",
    "softmax",
    "sub",
    "sum",
    "tanh",
    "transpose",
    "view",
]
