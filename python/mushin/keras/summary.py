"""The table that `summary` prints."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from mushin.keras.structures import is_shape
from mushin.keras.variables import numbers_in

if TYPE_CHECKING:
    from mushin.keras.models import Model


def summary_of(model: Model) -> str:
    """The layers and ops with their output shapes and numbers of parameters; those of a graph that is not one after the
    other with what each takes from, too."""
    rows = [["Layer (type)", "Output Shape", "Param #"]]
    rows += [[title_of(each), shape_of(each), f"{count_of(each):,}"] for each in model.operations]
    if not model.is_a_chain():
        sources = [", ".join(source.name for source in model.sources_of(each)) or "-" for each in model.operations]
        rows = [[*row, source] for row, source in zip(rows, ["Connected to", *sources])]
    widths = [max(len(row[i]) for row in rows) for i in range(len(rows[0]))]
    lines = [
        " " + "   ".join(f"{text:>{n}}" if i == 2 else f"{text:<{n}}" for i, (text, n) in enumerate(zip(row, widths)))
        for row in rows
    ]
    lines.insert(1, " " + "-" * (sum(widths) + 3 * (len(widths) - 1)))
    return "\n".join(
        [
            f'Model: "{model.name}"',
            *(line.rstrip() for line in lines),
            f" Total params: {model.count_params():,}",
            f" Trainable params: {numbers_in(model.trainable_variables):,}",
            f" Non-trainable params: {numbers_in(model.non_trainable_variables):,}",
        ]
    )


def title_of(operation: Any) -> str:
    """dense (Dense) of a layer, add (op) of an op."""
    return f"{operation.name} ({type(operation).__name__ if hasattr(operation, 'count_params') else 'op'})"


def shape_of(operation: Any) -> str:
    """The shape of what a layer or op returns; one of several outputs in a list."""
    shape = operation.output_shape
    if shape is None:
        return "?"
    return str(tuple(shape)) if is_shape(shape) else str(shape)


def count_of(operation: Any) -> int:
    """How many numbers a layer's variables hold."""
    return operation.count_params() if hasattr(operation, "count_params") else 0
