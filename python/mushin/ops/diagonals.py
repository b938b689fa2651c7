"""Matrices made of diagonals and blocks, and read along them."""
# ruff: noqa: A002  PyTorch's names of arguments

from __future__ import annotations

from typing import Any

import numpy as np

from mushin import kernels
from mushin.autograd import Tensor, record
from mushin.ops.arranging import pad
from mushin.ops.arrays import distinct_axes, integer, tensor_of
from mushin.ops.joining import cat
from mushin.ops.reduce import sum as sum_of
from mushin.ops.shape import diagonal as read_diagonal
from mushin.ops.shape import diagonal_of, reshape


def diag_embed(input: Tensor, offset: int = 0, dim1: int = -2, dim2: int = -1) -> Tensor:
    """Matrices that are zero but for a diagonal, the last axis of input.

    Args:
        input: (..., n) of any dtype.
        offset: the diagonal: 0 is the main one, above 0 one to its right.
        dim1, dim2: the result's axes of rows and columns, each of length n + |offset|.

    Source: torch.diag_embed.
    """
    x, shift = tensor_of(input), integer("diag_embed", "offset", offset)
    shape = x.array.shape
    if not shape:
        raise ValueError("[diag_embed] input must have shape (..., n), got ()")
    axes = distinct_axes("diag_embed", (dim1, dim2), len(shape) + 1)
    n = shape[-1] + abs(shift)
    rest = iter(shape[:-1])
    full = tuple(n if axis in axes else next(rest) for axis in range(len(shape) + 1))
    y = kernels.empty(full, x.array.dtype)
    kernels.copy(y, np.broadcast_to(np.zeros((), x.array.dtype), full))
    kernels.copy(diagonal_of(y, shift, *axes), x.array)
    return record(y, (x,), lambda dy, into: (diagonal_of(dy, shift, *axes),))


def diag(input: Tensor, diagonal: int = 0) -> Tensor:
    """The matrix with a vector on a diagonal, or a matrix' diagonal.

    Args:
        input: (n,) or (m, n) of any dtype.
        diagonal: 0 is the main one, above 0 one to its right.

    Source: torch.diag.
    """
    x = tensor_of(input)
    if x.array.ndim == 1:
        return diag_embed(x, diagonal)
    if x.array.ndim != 2:
        raise ValueError(f"[diag] input must have shape (n,) or (m, n), got {x.array.shape}")
    return read_diagonal(x, diagonal)


def diagflat(input: Tensor, offset: int = 0) -> Tensor:
    """The matrix with all elements of a tensor on a diagonal.

    Source: torch.diagflat.
    """
    return diag_embed(reshape(tensor_of(input), (-1,)), offset)


def trace(input: Tensor) -> Tensor:
    """Sum of a matrix' main diagonal.

    Source: torch.trace.
    """
    x = tensor_of(input)
    if x.array.ndim != 2:
        raise ValueError(f"[trace] input must have shape (m, n), got {x.array.shape}")
    return sum_of(read_diagonal(x))


def block_diag(*tensors: Any) -> Tensor:
    """The matrix with matrices along its diagonal, one after the other, and zeros elsewhere.

    Args:
        tensors: of shape (m, n), (n,) for a row, or () for one element.

    Source: torch.block_diag.
    """
    blocks = [tensor_of(each) for each in tensors]
    for block in blocks:
        if block.array.ndim > 2:
            raise ValueError(f"[block_diag] tensors must have at most two axes, got shape {block.array.shape}")
    blocks = [block if block.array.ndim == 2 else reshape(block, (1, -1)) for block in blocks]
    if not blocks:
        return tensor_of(np.zeros((1, 0), np.float32))
    columns, before, rows = sum(block.array.shape[1] for block in blocks), 0, []
    for block in blocks:
        width = block.array.shape[1]
        rows.append(pad(block, (before, columns - before - width)))
        before += width
    return cat(rows)


OPS = (diag, diag_embed, diagflat, trace)
