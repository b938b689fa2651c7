"""A picture of a model: its layers and ops as boxes, with arrows from each to those that take its results."""

from __future__ import annotations

import os
from html import escape
from typing import Any

from mushin import io
from mushin.keras.summary import shape_of, title_of

# In points.
_FONT, _LETTER, _LINE, _GAP = 12, 7.2, 18, 36


def plot_model(
    model: Any,
    to_file: io.files.PathLike = "model.svg",
    show_shapes: bool = False,
    show_layer_names: bool = False,
    show_trainable: bool = False,
) -> None:
    """Draws a model into an SVG file, which browsers show.

    Args:
        model: a Model that is built.
        to_file: the file, which ends in .svg.
        show_shapes: write what each returns.
        show_layer_names: write the names beside the classes.
        show_trainable: write what is not trained.

    Raises:
        ValueError: another file name, or a model that is not built.
        OSError: the file cannot be written.

    Source: keras.utils.plot_model.
    """
    if not os.fspath(to_file).endswith(".svg"):
        raise ValueError(f"[plot_model] to_file must end in .svg, got {os.fspath(to_file)!r}")
    if not model.built:
        raise ValueError(f"[plot_model] {model.name} must be built: call build, or fit it")
    texts = {id(each): _text_of(each, show_shapes, show_layer_names, show_trainable) for each in model.operations}
    edges = [(source, each) for each in model.operations for source in _sources(model, each)]
    io.write_file(to_file, _svg(model.operations, texts, edges).encode())


def _text_of(operation: Any, shapes: bool, names: bool, trainable: bool) -> list[str]:
    kind = type(operation).__name__ if hasattr(operation, "count_params") else operation.name
    lines = [title_of(operation) if names else kind]
    if shapes:
        lines.append(shape_of(operation))
    if trainable and not getattr(operation, "trainable", True):
        lines.append("not trained")
    return lines


def _sources(model: Any, operation: Any) -> list[Any]:
    """Each operation that an operation takes from, once; of layers one after the other the one before."""
    if model.is_a_chain():
        place = model.operations.index(operation)
        return model.operations[place - 1 : place] if place else []
    return list({id(source): source for source in model.sources_of(operation)}.values())


def _svg(operations: list[Any], texts: dict[int, list[str]], edges: list[tuple[Any, Any]]) -> str:
    """The boxes in rows: each below all those that it takes from."""
    row: dict[int, int] = {}
    for operation in _behind_sources(operations, edges):
        row[id(operation)] = 1 + max((row.get(id(a), -1) for a, b in edges if b is operation), default=-1)
    rows: dict[int, list[Any]] = {}
    for operation in operations:
        rows.setdefault(row[id(operation)], []).append(operation)
    width_of = {key: _LETTER * max(map(len, text)) + 16 for key, text in texts.items()}
    widths = [sum(width_of[id(each)] + _GAP for each in rows[i]) for i in sorted(rows)]
    whole = max(widths)
    boxes: dict[int, tuple[float, float, float, float]] = {}
    top = float(_GAP)
    for i, width in zip(sorted(rows), widths):
        left = (whole - width + _GAP) / 2
        height = max(len(texts[id(each)]) for each in rows[i]) * _LINE + 10
        for each in rows[i]:
            boxes[id(each)] = (left, top, width_of[id(each)], height)
            left += width_of[id(each)] + _GAP
        top += height + _GAP
    parts = [_arrow(boxes[id(a)], boxes[id(b)]) for a, b in edges]
    parts += [_box(texts[key], *box) for key, box in boxes.items()]
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{whole:.0f}" height="{top:.0f}" '
        f'font-family="monospace" font-size="{_FONT}">'
        '<defs><marker id="tip" markerWidth="8" markerHeight="8" refX="7" refY="4" orient="auto">'
        '<path d="M0,0 L8,4 L0,8 z"/></marker></defs>' + "".join(parts) + "</svg>\n"
    )


def _behind_sources(operations: list[Any], edges: list[tuple[Any, Any]]) -> list[Any]:
    """The operations, each behind those that it takes from; a layer that takes its own result comes as it is."""
    waiting, done = list(operations), []
    while waiting:
        ready = [b for b in waiting if not any(b is to and any(a is w for w in waiting) for a, to in edges)]
        done += ready or waiting
        waiting = [each for each in waiting if not any(each is other for other in done)]
    return done


def _box(lines: list[str], left: float, top: float, width: float, height: float) -> str:
    text = "".join(
        f'<text x="{left + width / 2:.1f}" y="{top + _LINE * (i + 1):.1f}" text-anchor="middle">{escape(line)}</text>'
        for i, line in enumerate(lines)
    )
    return (
        f'<rect x="{left:.1f}" y="{top:.1f}" width="{width:.1f}" height="{height:.1f}" fill="white" stroke="black"/>'
        + text
    )


def _arrow(start: tuple[float, float, float, float], end: tuple[float, float, float, float]) -> str:
    x1, y1 = start[0] + start[2] / 2, start[1] + start[3]
    x2, y2 = end[0] + end[2] / 2, end[1]
    return f'<line x1="{x1:.1f}" y1="{y1:.1f}" x2="{x2:.1f}" y2="{y2:.1f}" stroke="black" marker-end="url(#tip)"/>'
