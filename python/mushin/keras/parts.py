"""Things for each of several inputs or outputs: in lists, or in dicts by name."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from mushin.autograd import Tensor


def by_name(op: str, argument: str, given: Any, names: Sequence[str]) -> list[Any]:
    """One thing for each name; None for those that are not given.

    Args:
        given: a dict by name, a list or tuple of as many, or, for one name, the thing itself.

    Raises:
        ValueError: names in the dict that are none of those, or another number of things.
    """
    if given is None:
        return [None] * len(names)
    if isinstance(given, dict):
        unknown = given.keys() - set(names)
        if unknown:
            raise ValueError(
                f"[{op}] {argument} must have names of {', '.join(names)}, got {', '.join(map(str, given))}"
            )
        return [given.get(name) for name in names]
    if len(names) == 1:
        return [given[0] if is_list_of_one(given) else given]
    if not isinstance(given, (list, tuple)) or len(given) != len(names):
        got = f"{len(given)}" if isinstance(given, (list, tuple)) else type(given).__name__
        raise ValueError(f"[{op}] {argument} must be a list or dict of {len(names)} ({', '.join(names)}), got {got}")
    return list(given)


def is_list_of_one(given: Any) -> bool:
    """Whether it is a list that holds one thing, rather than the rows of an array."""
    if not isinstance(given, (list, tuple)) or len(given) != 1:
        return False
    only = given[0]
    if isinstance(only, (np.ndarray, Tensor)):
        return only.ndim > 1
    return not isinstance(only, (list, tuple, int, float, np.generic))


def parts_of(x: Any, count: int | None) -> list[Any]:
    """The inputs in x, for a model that is not built; `count` says how many it has, None if that is not known."""
    if isinstance(x, dict):
        return list(x.values())
    several = isinstance(x, (list, tuple)) and all(isinstance(each, (np.ndarray, Tensor)) for each in x)
    if count == 1 or not several:
        return [x[0] if is_list_of_one(x) else x]
    return list(x)
