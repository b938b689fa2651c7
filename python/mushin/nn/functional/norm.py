"""Normalization, as functions."""
# ruff: noqa: A002  `input` is PyTorch's name for the argument

from __future__ import annotations

from collections.abc import Sequence

from mushin import ops
from mushin.autograd import Tensor


def layer_norm(
    input: Tensor,
    normalized_shape: int | Sequence[int],
    weight: Tensor | None = None,
    bias: Tensor | None = None,
    eps: float = 1e-5,
) -> Tensor:
    """(x - mean) / sqrt(variance + eps) weight + bias over the last axes, which are `normalized_shape`.

    Source: torch.nn.functional.layer_norm.
    """
    return ops.layer_norm(input, normalized_shape, weight, bias, eps)
