"""Tensors in lists, tuples and dicts, as models take and return them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any


def leaves(structure: Any) -> list[Any]:
    """What the lists, tuples and dicts hold that is none itself, from left to right; of a dict in the order of its
    sorted keys, as in Keras."""
    if isinstance(structure, dict):
        return [leaf for key in sorted(structure) for leaf in leaves(structure[key])]
    if isinstance(structure, (list, tuple)):
        return [leaf for each in structure for leaf in leaves(each)]
    return [structure]


def mapped(function: Callable[[Any], Any], structure: Any) -> Any:
    """The same lists, tuples and dicts with the function's result in each leaf's place."""
    return packed(structure, [function(leaf) for leaf in leaves(structure)])


def packed(structure: Any, flat: Iterable[Any]) -> Any:
    """The same lists, tuples and dicts with other leaves."""
    return _packed(structure, iter(flat))


def _packed(structure: Any, flat: Any) -> Any:
    if isinstance(structure, dict):
        filled = {key: _packed(structure[key], flat) for key in sorted(structure)}
        return {key: filled[key] for key in structure}
    if isinstance(structure, (list, tuple)):
        filled_list = [_packed(each, flat) for each in structure]
        if isinstance(structure, list):
            return filled_list
        return type(structure)(*filled_list) if hasattr(structure, "_fields") else tuple(filled_list)
    return next(flat)


# --- shapes, which are tuples themselves


def is_shape(structure: Any) -> bool:
    """Whether it is one shape: a tuple or list of lengths, where None stands for one that is not known."""
    return isinstance(structure, (tuple, list)) and all(n is None or hasattr(n, "__index__") for n in structure)


def shape_leaves(shapes: Any) -> list[tuple[int | None, ...]]:
    """The shapes that lists, tuples and dicts hold."""
    if is_shape(shapes):
        return [tuple(None if n is None else int(n) for n in shapes)]
    if isinstance(shapes, dict):
        return [shape for key in sorted(shapes) for shape in shape_leaves(shapes[key])]
    return [shape for each in shapes for shape in shape_leaves(each)]


def mapped_shapes(function: Callable[[Any], Any], shapes: Any) -> Any:
    """The same lists, tuples and dicts with the function's result in each shape's place."""
    if is_shape(shapes):
        return function(tuple(None if n is None else int(n) for n in shapes))
    if isinstance(shapes, dict):
        return {key: mapped_shapes(function, each) for key, each in shapes.items()}
    return type(shapes)(mapped_shapes(function, each) for each in shapes)
