"""The ops: each is a short function that calls a forward kernel, with the closure that calls the backward one."""

from mushin.ops import methods as methods  # attaches the operators to Tensor
from mushin.ops.arrays import cast
from mushin.ops.elementwise import add, clip, div, exp, log, maximum, minimum, mul, neg, relu, sigmoid, sub, tanh
from mushin.ops.matmul import linear, matmul
from mushin.ops.random import dropout
from mushin.ops.reduce import argmax, max, mean, sum  # noqa: A004  NumPy's and PyTorch's names
from mushin.ops.shape import flatten, gather_rows, getitem, permute, reshape, transpose, view
from mushin.ops.softmax import cross_entropy, softmax

__all__ = [
    "add",
    "argmax",
    "cast",
    "clip",
    "cross_entropy",
    "div",
    "dropout",
    "exp",
    "flatten",
    "gather_rows",
    "getitem",
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
    "softmax",
    "sub",
    "sum",
    "tanh",
    "transpose",
    "view",
]
