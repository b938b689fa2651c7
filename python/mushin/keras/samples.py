"""The data that fit, evaluate and predict are given: arrays, batches, parts held back."""

from __future__ import annotations

from math import prod
from typing import TYPE_CHECKING, Any

import numpy as np

from mushin.autograd import Tensor
from mushin.keras.arguments import number, positive_integer
from mushin.train.batches import Data

if TYPE_CHECKING:
    from mushin.keras.training import Model


def numeric(op: str, name: str, data: Any) -> np.ndarray:
    """Data as a C-ordered array of numbers."""
    if data is None:
        raise ValueError(f"[{op}] {name} must be given")
    try:
        array = np.asarray(data.array if isinstance(data, Tensor) else data, order="C")
    except ValueError as error:  # lists of several lengths
        raise ValueError(f"[{op}] {name} must hold rows of one shape: {error}") from error
    if array.dtype.kind not in "fiub" or array.dtype.itemsize > 8 or array.dtype == np.float16:
        hint = ""
        if array.dtype.kind in "OU":
            hint = "; .astype('float32') makes them of Python's numbers, np.unique(y, return_inverse=True)[1] of words"
        raise TypeError(f"[{op}] {name} must hold numbers that mushin reads, got {array.dtype}{hint}")
    return array if array.dtype.isnative else array.astype(array.dtype.newbyteorder("="))


def check_class_ids(op: str, name: str, ids: np.ndarray) -> None:
    """Raises ValueError for NaN and fractions, TypeError for what is no number."""
    if ids.dtype.kind == "f":
        wrong = ~(np.isfinite(ids) & (ids == np.floor(ids)))
        if wrong.any():
            raise ValueError(
                f"[{op}] {name} must hold class ids, got {ids[wrong][0]} at position {int(np.argmax(wrong))}"
            )
    elif ids.dtype.kind not in "iub":
        raise TypeError(f"[{op}] {name} must hold class ids, got {ids.dtype}")


def batch_size_of(op: str, batch_size: int | None) -> int:
    return 32 if batch_size is None else positive_integer(op, "batch_size", batch_size)


def validation_share(validation_split: Any) -> float:
    """`validation_split` as a number in [0, 1); 0 of None."""
    share = 0.0 if validation_split is None else number("fit", "validation_split", validation_split)
    if not 0 <= share < 1:
        raise ValueError(f"[fit] validation_split must be in [0, 1), got {share}")
    return share


def split(data: Data, share: float, weighs_classes: bool) -> tuple[Data, Data]:
    """The data before the last share of them, and that share; without its weights if they are those of classes, which
    are for training alone."""
    at = int(len(data) * (1 - share))
    if at == 0 or at == len(data):
        raise ValueError(f"[fit] validation_split {share} leaves no samples on one side of {len(data)}")
    held_back = data.part(at, len(data))
    if weighs_classes:
        held_back = Data(held_back.x, held_back.y, data.x_dtypes, data.y_dtypes)
    return data.part(0, at), held_back


def fitting(model: Model, index: int, array: np.ndarray) -> np.ndarray:
    """Samples of one of the model's inputs, reshaped to the declared shape if there is one of as many elements.

    Raises:
        ValueError: samples of another shape.
    """
    expected = model.input_sample_shapes[index]
    shape = array.shape[1:]
    if len(shape) == len(expected) and all(n in (None, m) for n, m in zip(expected, shape)):
        return array
    if model.declares_input_shapes and None not in expected and prod(shape) == prod(expected):
        return array.reshape(len(array), *expected)
    owner = model.input_names[index] if model.input_names else model.name
    raise ValueError(f"[{owner}] input must have shape {expected}, got {shape} (of x {array.shape})")
