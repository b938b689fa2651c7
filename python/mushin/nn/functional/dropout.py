"""Dropout, as a function."""
# ruff: noqa: A002  `input` is PyTorch's name for the argument

from __future__ import annotations

from mushin import ops
from mushin.autograd import Tensor


def dropout(input: Tensor, p: float = 0.5, training: bool = True, inplace: bool = False) -> Tensor:
    """Each element is 0 with probability p, else input / (1 - p); input itself when not training.

    Args:
        input: of any shape.
        p: probability, in [0, 1].
        training: whether anything happens.
        inplace: accepted, without effect: input is never written.

    Raises:
        ValueError: p outside [0, 1].
        TypeError: p is no number.

    Source: torch.nn.functional.dropout.
    """
    return ops.dropout(input, p, training)
