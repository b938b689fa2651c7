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
from mushin.ops.random import Generator, rand, randn, seed
from mushin.ops.unary import *  # noqa: F403  an op for each line of the kernels
from mushin.ops.unary import NAMES as _UNARY

# Outside of the class, too, they take `dim` and `keepdim` as well as `axis` and `keepdims`.
argmax, max, mean, softmax, sum = Tensor.argmax, Tensor.max, Tensor.mean, Tensor.softmax, Tensor.sum  # noqa: A001
clamp = Tensor.clamp

__version__ = "0.1.0"

manual_seed = seed

__all__ = [
    *_UNARY,
    "int16",
    "int8",
    "bool",
    "Generator",
    "Tensor",
    "add",
    "allclose",
    "arange",
    "argmax",
    "as_tensor",
    "bitwise_and",
    "bitwise_not",
    "bitwise_or",
    "bitwise_xor",
    "celu",
    "clamp",
    "clip",
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
    "int32",
    "int64",
    "is_grad_enabled",
    "isclose",
    "isfinite",
    "isinf",
    "isnan",
    "le",
    "logaddexp",
    "logical_and",
    "logical_not",
    "logical_or",
    "logical_xor",
    "lt",
    "manual_seed",
    "matmul",
    "max",
    "maximum",
    "mean",
    "minimum",
    "mul",
    "ne",
    "no_grad",
    "ones",
    "ones_like",
    "permute",
    "pow",
    "prelu",
    "rand",
    "randn",
    "remainder",
    "reshape",
    "seed",
    "set_grad_enabled",
    "set_num_threads",
    "softmax",
    "sub",
    "sum",
    "tensor",
    "threshold",
    "transpose",
    "uint8",
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
