"""A step's length along a direction that satisfies Wolfe's strong conditions."""

from __future__ import annotations

import math
from collections.abc import Callable
from typing import NamedTuple

from mushin.autograd import Tensor

DECREASE, CURVATURE = 1e-4, 0.9  # Nocedal and Wright, section 3.1


class Point(NamedTuple):
    """Of the function along the direction: where, its value, its gradient, its slope."""

    t: float
    value: float
    gradient: Tensor
    slope: float


def minimum_of_cubic(a: Point, b: Point, low: float, high: float) -> float:
    """Where the cubic with the values and slopes at a and b is smallest, within bounds; their middle if it is nowhere.

    Source: Nocedal and Wright, equation 3.59.
    """
    first, second = (a, b) if a.t <= b.t else (b, a)
    d1 = a.slope + b.slope - 3 * (a.value - b.value) / (a.t - b.t)
    square = d1 * d1 - a.slope * b.slope
    if not square >= 0:
        return (low + high) / 2
    d2 = math.sqrt(square)
    span = second.slope - first.slope + 2 * d2
    if span == 0:
        return (low + high) / 2
    place = second.t - (second.t - first.t) * ((second.slope + d2 - d1) / span)
    return min(max(place, low), high)


def strong_wolfe(
    look: Callable[[float], Point], start: Point, t: float, size: float, tolerance: float, most: int
) -> tuple[Point, int]:
    """The point found, and how often the function was looked at.

    Args:
        look: gives the point at t.
        start: the point at 0, of negative slope.
        t: where to look first.
        size: the largest element of the direction.
        tolerance: smallest length of a step.
        most: points to look at before the best one is taken.

    Source: Nocedal and Wright, algorithms 3.5 and 3.6; torch.optim.LBFGS.
    """
    bracket, looks, done = _bracket(look, start, t, most)
    low, high = sorted(bracket, key=lambda point: point.value) if len(bracket) == 2 else (bracket[0], bracket[0])
    is_slow = False
    while not done and looks <= most and abs(high.t - low.t) * size >= tolerance:
        left, right = min(low.t, high.t), max(low.t, high.t)
        t = minimum_of_cubic(low, high, left, right)
        margin = 0.1 * (right - left)
        if min(right - t, t - left) >= margin:
            is_slow = False
        elif is_slow or t >= right or t <= left:  # not that near the border a second time
            t = right - margin if abs(t - right) < abs(t - left) else left + margin
            is_slow = False
        else:
            is_slow = True
        point = look(t)
        looks += 1
        if not _decreases(start, point) or point.value >= low.value:
            low, high = (low, point) if low.value <= point.value else (point, low)
            continue
        done = _is_flat(start, point)
        if not done and point.slope * (high.t - low.t) >= 0:
            high = low
        low = point
    return low, looks


def _bracket(look: Callable[[float], Point], start: Point, t: float, most: int) -> tuple[list[Point], int, bool]:
    """Two points with a suitable one between them, or a suitable one; how often was looked; which of both."""
    before, point = start, look(t)
    for looks in range(1, most + 1):
        if not _decreases(start, point) or (looks > 2 and point.value >= before.value):
            return [before, point], looks, False
        if _is_flat(start, point):
            return [point], looks, True
        if point.slope >= 0:
            return [before, point], looks, False
        t = minimum_of_cubic(before, point, point.t + 0.01 * (point.t - before.t), point.t * 10)
        before, point = point, look(t)
    return [start, point], most + 1, False


def _decreases(start: Point, point: Point) -> bool:
    return not point.value > start.value + DECREASE * point.t * start.slope


def _is_flat(start: Point, point: Point) -> bool:
    return abs(point.slope) <= -CURVATURE * start.slope
