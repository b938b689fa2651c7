"""Products with weights, as functions."""
# ruff: noqa: A002  `input` is PyTorch's name for the argument

from __future__ import annotations

from mushin import ops
from mushin.autograd import Tensor


def linear(input: Tensor, weight: Tensor, bias: Tensor | None = None) -> Tensor:
    """input weight^T + bias.

    Args:
        input: (..., in_features).
        weight: (out_features, in_features), of input's dtype.
        bias: (out_features,) or None.

    Returns:
        (..., out_features).

    Raises:
        ValueError: shapes that do not fit.
        TypeError: dtypes that differ.

    Source: torch.nn.functional.linear.
    """
    return ops.linear(input, weight, bias)
