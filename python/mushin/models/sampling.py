"""How the next token is drawn from a model's logits."""

from __future__ import annotations

from math import isfinite
from typing import Any

import numpy as np

from mushin.data.sampler import whole_number
from mushin.ops.arrays import number


def checked_sampling(op: str, temperature: Any, top_k: Any, top_p: Any) -> None:
    """See that the options of `drawn` are such.

    Raises:
        ValueError: a negative or infinite temperature, a top_k below 1, a top_p outside (0, 1].
        TypeError: anything but numbers, a top_k that is no integer.
    """
    value = number(op, "temperature", temperature)
    if not (isfinite(value) and value >= 0):
        raise ValueError(f"[{op}] temperature must be at least 0 and finite, got {temperature}")
    if top_k is not None:
        whole_number(op, "top_k", top_k, 1)
    if top_p is not None and not 0 < number(op, "top_p", top_p) <= 1:
        raise ValueError(f"[{op}] top_p must be above 0 and at most 1, got {top_p}")


def drawn(logits: np.ndarray, threshold: float, temperature: float, top_k: int | None, top_p: float | None) -> int:
    """A token of probability softmax(logits / temperature) among the top_k likeliest, and among those the fewest that
    have the probability top_p together; of equally likely ones the first come first. At temperature 0 the likeliest.

    Args:
        logits: float64 (n,), some of which may be -inf.
        threshold: a uniform number in [0, 1), which decides.
    """
    if temperature == 0:
        return int(logits.argmax())
    order = np.argsort(-logits, kind="stable")[:top_k]
    shares = np.exp((logits[order] - logits[order[0]]) / temperature)
    sums = np.cumsum(shares)
    if top_p is not None:
        sums = sums[: np.searchsorted(sums, top_p * sums[-1]) + 1]
    place = np.searchsorted(sums, threshold * sums[-1], "right")
    return int(order[min(place, len(sums) - 1)])
