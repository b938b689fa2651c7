"""The table that `summary` prints."""

from __future__ import annotations

from typing import TYPE_CHECKING

from mushin.keras.variables import numbers_in

if TYPE_CHECKING:
    from mushin.keras.models import Sequential


def summary_of(model: Sequential) -> str:
    """The layers with their output shapes and numbers of parameters."""
    rows = [("Layer (type)", "Output Shape", "Param #")]
    for layer in model.layers:
        shape = "?" if layer.output_sample_shape is None else str((None, *layer.output_sample_shape))
        rows.append((f"{layer.name} ({type(layer).__name__})", shape, f"{layer.count_params():,}"))
    widths = [max(len(row[i]) for row in rows) for i in range(3)]
    lines = [f" {text:<{widths[0]}}   {shape:<{widths[1]}}   {count:>{widths[2]}}" for text, shape, count in rows]
    lines.insert(1, " " + "-" * (sum(widths) + 6))
    return "\n".join(
        [
            f'Model: "{model.name}"',
            *lines,
            f" Total params: {model.count_params():,}",
            f" Trainable params: {numbers_in(model.trainable_variables):,}",
            f" Non-trainable params: {numbers_in(model.non_trainable_variables):,}",
        ]
    )
