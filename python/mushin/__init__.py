"""mushin: neural networks on NumPy arrays with C++ kernels.

    import mushin
    from mushin import nn, optim      PyTorch's names and conventions
    from mushin import keras          Keras'

Everything below the first line of imports is loaded when it is first touched.
"""

from __future__ import annotations

import importlib
from typing import Any

from numpy import bool_ as bool  # noqa: A004
from numpy import float32, float64, int8, int16, int32, int64, uint8  # PyTorch's names for dtypes

from mushin.autograd import Tensor, enable_grad, gradcheck, is_grad_enabled, no_grad, set_grad_enabled
from mushin.kernels import num_threads as get_num_threads
from mushin.kernels import set_num_threads
from mushin.ops import (
    add,
    bitwise_and,
    bitwise_not,
    bitwise_or,
    bitwise_xor,
    celu,
    clip,
    div,
    eq,
    flatten,
    floor_divide,
    fmod,
    ge,
    gt,
    isclose,
    isfinite,
    isinf,
    isnan,
    le,
    logaddexp,
    logical_and,
    logical_not,
    logical_or,
    logical_xor,
    lt,
    matmul,
    maximum,
    minimum,
    mul,
    ne,
    permute,
    pow,  # noqa: A004
    prelu,
    remainder,
    reshape,
    sub,
    threshold,
    transpose,
)
from mushin.ops.compare import allclose, equal
from mushin.ops.creation import (
    arange,
    as_tensor,
    empty,
    from_numpy,
    full,
    ones,
    ones_like,
    tensor,
    zeros,
    zeros_like,
)
from mushin.ops.order import bincount, searchsorted
from mushin.ops.random import Generator, rand, randn, seed
from mushin.ops.reduction_methods import std_mean, var_mean
from mushin.ops.unary import *  # noqa: F403  an op for each line of the kernels
from mushin.ops.unary import NAMES as _UNARY

# Outside of the class, too, they take `dim` and `keepdim` as well as `axis` and `keepdims`.
all, any, count_nonzero, mean, sum = Tensor.all, Tensor.any, Tensor.count_nonzero, Tensor.mean, Tensor.sum  # noqa: A001
amax, amin, argmax, argmin, max, min = (  # noqa: A001
    Tensor.amax,
    Tensor.amin,
    Tensor.argmax,
    Tensor.argmin,
    Tensor.max,
    Tensor.min,
)
prod, var, std, logsumexp, norm = Tensor.prod, Tensor.var, Tensor.std, Tensor.logsumexp, Tensor.norm
cumprod, cumsum, log_softmax, softmax = Tensor.cumprod, Tensor.cumsum, Tensor.log_softmax, Tensor.softmax
argsort, kthvalue, median, sort, topk, unique = (
    Tensor.argsort,
    Tensor.kthvalue,
    Tensor.median,
    Tensor.sort,
    Tensor.topk,
    Tensor.unique,
)
clamp = Tensor.clamp

__version__ = "0.1.0"

manual_seed = seed

__all__ = [
    *_UNARY,
    "Generator",
    "Tensor",
    "add",
    "all",
    "allclose",
    "amax",
    "amin",
    "any",
    "arange",
    "argmax",
    "argmin",
    "argsort",
    "as_tensor",
    "bincount",
    "bitwise_and",
    "bitwise_not",
    "bitwise_or",
    "bitwise_xor",
    "bool",
    "celu",
    "clamp",
    "clip",
    "count_nonzero",
    "cumprod",
    "cumsum",
    "div",
    "empty",
    "enable_grad",
    "eq",
    "equal",
    "flatten",
    "float32",
    "float64",
    "floor_divide",
    "fmod",
    "from_numpy",
    "full",
    "ge",
    "get_num_threads",
    "gradcheck",
    "gt",
    "int16",
    "int32",
    "int64",
    "int8",
    "is_grad_enabled",
    "isclose",
    "isfinite",
    "isinf",
    "isnan",
    "kthvalue",
    "le",
    "log_softmax",
    "logaddexp",
    "logical_and",
    "logical_not",
    "logical_or",
    "logical_xor",
    "logsumexp",
    "lt",
    "manual_seed",
    "matmul",
    "max",
    "maximum",
    "mean",
    "median",
    "min",
    "minimum",
    "mul",
    "ne",
    "no_grad",
    "norm",
    "ones",
    "ones_like",
    "permute",
    "pow",
    "prelu",
    "prod",
    "rand",
    "randn",
    "remainder",
    "reshape",
    "searchsorted",
    "seed",
    "set_grad_enabled",
    "set_num_threads",
    "softmax",
    "sort",
    "std",
    "std_mean",
    "sub",
    "sum",
    "tensor",
    "threshold",
    "topk",
    "transpose",
    "uint8",
    "unique",
    "var",
    "var_mean",
    "zeros",
    "zeros_like",
]

_ROOMS = ("cli", "data", "io", "keras", "memory", "nn", "optim", "train", "utils")


def __getattr__(name: str) -> Any:
    if name in _ROOMS:
        return importlib.import_module(f"mushin.{name}")
    if name == "compile":
        return importlib.import_module("mushin.train.step").compile
    raise AttributeError(f"module 'mushin' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*__all__, *_ROOMS, "__version__", "compile"})
