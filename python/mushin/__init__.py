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
    addmm,
    baddbmm,
    bitwise_and,
    bitwise_not,
    bitwise_or,
    bitwise_xor,
    bmm,
    broadcast_to,
    cat,
    celu,
    chunk,
    diagonal,
    div,
    dot,
    einsum,
    eq,
    flatten,
    flip,
    floor_divide,
    fmod,
    gather,
    ge,
    gt,
    hstack,
    index_add,
    index_select,
    inner,
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
    masked_fill,
    matmul,
    maximum,
    minimum,
    mm,
    movedim,
    mul,
    mv,
    narrow,
    ne,
    outer,
    permute,
    pow,  # noqa: A004
    prelu,
    remainder,
    repeat_interleave,
    reshape,
    roll,
    scatter,
    scatter_add,
    select,
    split,
    squeeze,
    stack,
    sub,
    take_along_dim,
    tensor_split,
    tensordot,
    threshold,
    tile,
    transpose,
    tril,
    triu,
    unbind,
    unflatten,
    unsqueeze,
    vstack,
    where,
)
from mushin.ops.compare import allclose, equal
from mushin.ops.creation import (
    arange,
    as_tensor,
    empty,
    empty_like,
    eye,
    from_numpy,
    full,
    full_like,
    linspace,
    meshgrid,
    ones,
    ones_like,
    tensor,
    tril_indices,
    triu_indices,
    zeros,
    zeros_like,
)
from mushin.ops.gathering import masked_select, nonzero
from mushin.ops.order import bincount, searchsorted
from mushin.ops.random import Generator, rand, randn, seed
from mushin.ops.reduction_methods import std_mean, var_mean
from mushin.ops.sampling import bernoulli, multinomial, rand_like, randint, randn_like, randperm
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
clamp, clip = Tensor.clamp, Tensor.clip

__version__ = "0.1.0"

manual_seed = seed

# PyTorch's other names for them.
concat = concatenate = cat
moveaxis = movedim
swapaxes = swapdims = transpose
ravel = Tensor.ravel

__all__ = [
    *_UNARY,
    "Generator",
    "Tensor",
    "add",
    "addmm",
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
    "baddbmm",
    "bernoulli",
    "bincount",
    "bitwise_and",
    "bitwise_not",
    "bitwise_or",
    "bitwise_xor",
    "bmm",
    "bool",
    "broadcast_to",
    "cat",
    "celu",
    "chunk",
    "clamp",
    "clip",
    "concat",
    "concatenate",
    "count_nonzero",
    "cumprod",
    "cumsum",
    "diagonal",
    "div",
    "dot",
    "einsum",
    "empty",
    "empty_like",
    "enable_grad",
    "eq",
    "equal",
    "eye",
    "flatten",
    "flip",
    "float32",
    "float64",
    "floor_divide",
    "fmod",
    "from_numpy",
    "full",
    "full_like",
    "gather",
    "ge",
    "get_num_threads",
    "gradcheck",
    "gt",
    "hstack",
    "index_add",
    "index_select",
    "inner",
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
    "linspace",
    "log_softmax",
    "logaddexp",
    "logical_and",
    "logical_not",
    "logical_or",
    "logical_xor",
    "logsumexp",
    "lt",
    "manual_seed",
    "masked_fill",
    "masked_select",
    "matmul",
    "max",
    "maximum",
    "mean",
    "median",
    "meshgrid",
    "min",
    "minimum",
    "mm",
    "moveaxis",
    "movedim",
    "mul",
    "multinomial",
    "mv",
    "narrow",
    "ne",
    "no_grad",
    "nonzero",
    "norm",
    "ones",
    "ones_like",
    "outer",
    "permute",
    "pow",
    "prelu",
    "prod",
    "rand",
    "rand_like",
    "randint",
    "randn",
    "randn_like",
    "randperm",
    "ravel",
    "remainder",
    "repeat_interleave",
    "reshape",
    "roll",
    "scatter",
    "scatter_add",
    "searchsorted",
    "seed",
    "select",
    "set_grad_enabled",
    "set_num_threads",
    "softmax",
    "sort",
    "split",
    "squeeze",
    "stack",
    "std",
    "std_mean",
    "sub",
    "sum",
    "swapaxes",
    "swapdims",
    "take_along_dim",
    "tensor",
    "tensor_split",
    "tensordot",
    "threshold",
    "tile",
    "topk",
    "transpose",
    "tril",
    "tril_indices",
    "triu",
    "triu_indices",
    "uint8",
    "unbind",
    "unflatten",
    "unique",
    "unsqueeze",
    "var",
    "var_mean",
    "vstack",
    "where",
    "zeros",
    "zeros_like",
]

_LATE = {
    "compile": "mushin.train.step",
    "detect_anomaly": "mushin.nn.anomaly",
    "load": "mushin.io",
    "save": "mushin.io",
}
# What is looked for here out of habit, and what to take instead.
_ABSENT = {
    "inference_mode": "`no_grad`",
    "device": "there is one device, and nothing says which",
    "cuda": "there is one device, the CPU",
}
_ROOMS = ("cli", "data", "io", "keras", "memory", "nn", "optim", "train", "utils")


def __getattr__(name: str) -> Any:
    if name in _ROOMS:
        return importlib.import_module(f"mushin.{name}")
    if name in _LATE:
        return getattr(importlib.import_module(_LATE[name]), name)
    hint = f": {_ABSENT[name]}" if name in _ABSENT else ""
    raise AttributeError(f"module 'mushin' has no attribute {name!r}{hint}")


def __dir__() -> list[str]:
    return sorted({*__all__, *_ROOMS, *_LATE, "__version__"})
