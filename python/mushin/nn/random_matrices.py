"""Random numbers that take more than one launch to draw: of a cut normal distribution, and orthonormal rows.

All sums are made by kernels in a fixed order, so that the same seed gives the same bits for any number of threads.
"""

from __future__ import annotations

import math

import numpy as np

from mushin import kernels
from mushin.autograd import NEW, forbid_while_recording
from mushin.ops.random import Generator, fill_normal, fill_uniform

BLOCK = 32  # rows that are made orthogonal to all before them at once


def truncated_normal(count: int, low: float, high: float, generator: Generator | None) -> np.ndarray:
    """Standard normal numbers in [low, high], float64: proposals of which those that the distribution has too many of
    are drawn anew."""
    forbid_while_recording("trunc_normal_", "initial values cannot be drawn")
    nearest = min(max(low, 0.0), high)  # the likeliest place
    inside = 0.5 * (math.erf(high / math.sqrt(2)) - math.erf(low / math.sqrt(2)))
    if inside <= 0.2:
        # Uniform proposals, where the density is not less than 2^-53 of its maximum: elsewhere nothing would be drawn.
        reach = math.sqrt(nearest**2 + 2 * 53 * math.log(2))
        low, high = max(low, -reach), min(high, reach)
    drawn = np.empty(count)
    missing = np.arange(count)
    while len(missing):
        if inside > 0.2:
            proposals = fill_normal(kernels.empty((len(missing),), np.float64), 0.0, 1.0, generator)
            accepted = (low <= proposals) & (proposals <= high)
        else:
            proposals = fill_uniform(kernels.empty((len(missing),), np.float64), low, high, generator)
            chances = fill_uniform(kernels.empty((len(missing),), np.float64), 0.0, 1.0, generator)
            accepted = chances < np.exp((nearest**2 - proposals**2) / 2)
        drawn[missing[accepted]] = proposals[accepted]
        missing = missing[~accepted]
    return drawn


def orthonormal_rows(rows: int, columns: int, generator: Generator | None) -> np.ndarray:
    """float64 (rows, columns) with rows <= columns, whose rows are orthonormal and point anywhere alike.

    Rows of normal numbers, from each of which its part along those before is taken twice: once leaves rounding errors.
    """
    forbid_while_recording("orthogonal_", "initial values cannot be drawn")
    q = fill_normal(kernels.empty((rows, columns), np.float64), 0.0, 1.0, generator)
    for begin in range(0, rows, BLOCK):
        block = q[begin : begin + BLOCK]
        for _ in range(2):
            _take_out(block, q[:begin])
        for i in range(len(block)):
            row = block[i : i + 1]
            for _ in range(2):
                _take_out(row, block[:i])
            row /= math.sqrt(kernels.gemm(NEW, row, row.T, None, 0)[0, 0])
    return q


def _take_out(rows: np.ndarray, others: np.ndarray) -> None:
    """Takes from rows their parts along others, which are orthonormal."""
    if len(others):
        rows -= kernels.gemm(NEW, kernels.gemm(NEW, rows, others.T, None, 0), others, None, 0)
