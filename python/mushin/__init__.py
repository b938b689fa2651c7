"""mushin: neural networks on NumPy arrays with C++ kernels.

    import mushin
    from mushin import nn, optim      PyTorch's names and conventions
    from mushin import keras          Keras'

Everything below the first line of imports is loaded when it is first touched.
"""

from __future__ import annotations

import importlib
from typing import Any

from numpy import float32, float64, int32, int64, uint8  # PyTorch's names for dtypes

from mushin.autograd import Tensor, enable_grad, gradcheck, is_grad_enabled, no_grad, set_grad_enabled
from mushin.kernels import num_threads as get_num_threads
from mushin.kernels import set_num_threads
from mushin.ops import (
    add,
    addmm,
    baddbmm,
    bmm,
    broadcast_to,
    cat,
    chunk,
    clip,
    cos,
    diagonal,
    div,
    dot,
    einsum,
    erf,
    exp,
    flatten,
    flip,
    gather,
    hstack,
    index_add,
    index_select,
    inner,
    log,
    masked_fill,
    matmul,
    maximum,
    minimum,
    mm,
    movedim,
    mul,
    mv,
    narrow,
    neg,
    outer,
    permute,
    relu,
    repeat_interleave,
    reshape,
    roll,
    scatter,
    scatter_add,
    select,
    sigmoid,
    sin,
    split,
    squeeze,
    stack,
    sub,
    take_along_dim,
    tanh,
    tensor_split,
    tensordot,
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
from mushin.ops.random import rand, randn, seed
from mushin.ops.sampling import bernoulli, multinomial, rand_like, randint, randn_like, randperm

# Outside of the class, too, they take `dim` and `keepdim` as well as `axis` and `keepdims`.
argmax, max, mean, softmax, sum = Tensor.argmax, Tensor.max, Tensor.mean, Tensor.softmax, Tensor.sum  # noqa: A001

__version__ = "0.1.0"

manual_seed = seed

# PyTorch's other names for them.
concat = concatenate = cat
moveaxis = movedim
swapaxes = swapdims = transpose
ravel = Tensor.ravel

__all__ = [
    "Tensor",
    "add",
    "addmm",
    "arange",
    "argmax",
    "as_tensor",
    "baddbmm",
    "bernoulli",
    "bmm",
    "broadcast_to",
    "cat",
    "chunk",
    "clip",
    "concat",
    "concatenate",
    "cos",
    "diagonal",
    "div",
    "dot",
    "einsum",
    "empty",
    "empty_like",
    "enable_grad",
    "erf",
    "exp",
    "eye",
    "flatten",
    "flip",
    "float32",
    "float64",
    "from_numpy",
    "full",
    "full_like",
    "gather",
    "get_num_threads",
    "gradcheck",
    "hstack",
    "index_add",
    "index_select",
    "inner",
    "int32",
    "int64",
    "is_grad_enabled",
    "linspace",
    "log",
    "manual_seed",
    "masked_fill",
    "masked_select",
    "matmul",
    "max",
    "maximum",
    "mean",
    "meshgrid",
    "minimum",
    "mm",
    "moveaxis",
    "movedim",
    "mul",
    "multinomial",
    "mv",
    "narrow",
    "neg",
    "no_grad",
    "nonzero",
    "ones",
    "ones_like",
    "outer",
    "permute",
    "rand",
    "rand_like",
    "randint",
    "randn",
    "randn_like",
    "randperm",
    "ravel",
    "relu",
    "repeat_interleave",
    "reshape",
    "roll",
    "scatter",
    "scatter_add",
    "seed",
    "select",
    "set_grad_enabled",
    "set_num_threads",
    "sigmoid",
    "sin",
    "softmax",
    "split",
    "squeeze",
    "stack",
    "sub",
    "sum",
    "swapaxes",
    "swapdims",
    "take_along_dim",
    "tanh",
    "tensor",
    "tensor_split",
    "tensordot",
    "tile",
    "transpose",
    "tril",
    "tril_indices",
    "triu",
    "triu_indices",
    "uint8",
    "unbind",
    "unflatten",
    "unsqueeze",
    "vstack",
    "where",
    "zeros",
    "zeros_like",
]

_ROOMS = ("cli", "data", "io", "keras", "memory", "nn", "optim", "train")


def __getattr__(name: str) -> Any:
    if name in _ROOMS:
        return importlib.import_module(f"mushin.{name}")
    if name == "compile":
        return importlib.import_module("mushin.train.step").compile
    raise AttributeError(f"module 'mushin' has no attribute {name!r}")


def __dir__() -> list[str]:
    return sorted({*__all__, *_ROOMS, "__version__", "compile"})
