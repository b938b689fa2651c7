"""Activations that draw random numbers, as functions."""
# ruff: noqa: A002  `input` is PyTorch's name for the argument

from __future__ import annotations

from mushin import ops
from mushin.autograd import Tensor
from mushin.ops.arrays import cast, number
from mushin.ops.sampling import rand_like


def rrelu(
    input: Tensor, lower: float = 1.0 / 8, upper: float = 1.0 / 3, training: bool = False, inplace: bool = False
) -> Tensor:
    """input above 0, else input times a slope: in training each element's own, uniform in [lower, upper), else the mean
    of both.

    Args:
        input: float32 or float64 of any shape.
        lower, upper: the bounds of the slope.
        training: whether slopes are drawn.
        inplace: accepted, without effect: input is never written.

    Raises:
        ValueError: lower above upper.

    Source: Xu et al. 2015; torch.nn.functional.rrelu.
    """
    low, high = number("rrelu", "lower", lower), number("rrelu", "upper", upper)
    if low > high:
        raise ValueError(f"[rrelu] lower must not be above upper, got {lower} and {upper}")
    if not training:
        return ops.leaky_relu(input, (low + high) / 2)
    return ops.prelu(input, ops.add(ops.mul(rand_like(input), high - low), low))


def gumbel_softmax(logits: Tensor, tau: float = 1, hard: bool = False, eps: float = 1e-10, dim: int = -1) -> Tensor:
    """A random choice that has a gradient: softmax((logits + g) / tau) with g = -log(-log(u)), u uniform in [0, 1).

    Args:
        logits: float32 or float64, unnormalized logarithms of probabilities.
        tau: the temperature: the nearer to 0, the more the result is 1 at one place.
        hard: whether it is 1 at the largest element and 0 elsewhere, with the gradient of what it would have been.
        eps: accepted, without effect.
        dim: the axis of the choices.

    Raises:
        ValueError: a tau that is not positive, an axis that logits does not have.

    Source: Jang, Gu and Poole 2017; torch.nn.functional.gumbel_softmax.
    """
    if not number("gumbel_softmax", "tau", tau) > 0:
        raise ValueError(f"[gumbel_softmax] tau must be positive, got {tau}")
    noise = ops.neg(ops.log(ops.neg(ops.log(rand_like(logits)))))
    soft = ops.softmax(ops.div(ops.add(logits, noise), tau), dim)
    if not hard:
        return soft
    chosen = ops.one_hot(ops.argmax(soft, dim), soft.shape[dim])
    return ops.add(ops.sub(cast(ops.movedim(chosen, -1, dim), soft.dtype), soft.detach()), soft)
