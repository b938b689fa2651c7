"""Checkpoints: tensors in nested dicts and lists beside numbers and words, in one safetensors file.

The file's tensors are named by their places, such as `model.0.weight`; its metadata hold the rest as JSON. A dict of
names and tensors alone is a file of weights like any other.
"""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np

from mushin.autograd import Tensor
from mushin.io.files import PathLike
from mushin.io.weights import check_path, load_metadata, load_weights, save_weights
from mushin.ops.arrays import renamed

_STRUCTURE = "mushin.structure"  # the name of the metadata that say how the tensors are nested
_DEEPEST = 100
_PICKLES = (b"PK\x03\x04", b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05")  # PyTorch's archive; Python's own


def save(obj: Any, f: PathLike) -> None:
    """Writes tensors, numbers, strings, and dicts, lists and tuples of these to a file; one that is there is replaced
    whole or not at all.

    Args:
        obj: such as `{"model": model.state_dict(), "optimizer": optimizer.state_dict(), "epoch": 3}`. Dicts have keys
            of strings or integers.
        f: the file's path.

    Raises:
        TypeError: anything else, such as a module; its place is named.
        ValueError: dicts and lists that are nested more than 100 deep, or in themselves.
        OSError: the file cannot be written.

    Source: torch.save, in another format: safetensors, which other libraries read.
    """
    check_path("save", f, "f, the second argument,")
    tensors: dict[str, Tensor | np.ndarray] = {}
    structure = _written(obj, (), tensors)
    is_plain = isinstance(obj, Mapping) and [*tensors] == [*obj] and all(isinstance(x, Tensor) for x in obj.values())
    try:
        save_weights(f, tensors, None if is_plain else {_STRUCTURE: json.dumps(structure)})
    except (TypeError, ValueError) as error:
        raise renamed(error, "save") from None


def load(f: PathLike, map_location: str | None = None, weights_only: bool = True) -> Any:
    """Reads what `save` wrote, or any safetensors file; nothing in it is executed.

    Args:
        f: the file's path.
        map_location: "cpu" or None: there is no other device.
        weights_only: accepted, without effect.

    Returns:
        What was saved, with tensors of their own memory outside the graph; of another file, and of a dict of names and
        tensors alone, a dict from names to tensors in the file's order.

    Raises:
        FileNotFoundError, OSError: there is no such file, or it cannot be read.
        ValueError: a pickle, as PyTorch's own `save` writes; a file that is damaged; another device.

    Source: torch.load.
    """
    check_path("load", f, "f")
    if map_location not in (None, "cpu"):
        raise ValueError(f"[load] map_location must be 'cpu' or None, got {map_location!r}")
    try:
        arrays = load_weights(f)
        structure = load_metadata(f).get(_STRUCTURE)
    except ValueError as error:
        with open(f, "rb") as file:
            is_pickle = file.read(4).startswith(_PICKLES)
        if is_pickle:
            raise ValueError(
                f"[load] {Path(f)}: a pickle, which could execute anything, is not read; where PyTorch is, convert it: "
                "safetensors.torch.save_file(torch.load(path, weights_only=True), 'weights.safetensors')"
            ) from None
        raise renamed(error, "load") from None
    tensors = {name: Tensor(array) for name, array in arrays.items()}
    if structure is None:
        return tensors
    try:
        return _read(json.loads(structure), tensors)
    except (KeyError, TypeError, ValueError, RecursionError) as error:
        raise ValueError(f"[load] {Path(f)}: its metadata do not say how the tensors are nested: {error!r}") from None


def _written(value: Any, path: tuple[str, ...], tensors: dict[str, Tensor | np.ndarray]) -> Any:
    """A value as JSON, in which {"tensor": name} stands for a tensor, that is added to `tensors`."""
    place = ".".join(path) or "obj"
    if len(path) > _DEEPEST:
        raise ValueError(f"[save] obj must be nested at most {_DEEPEST} deep, got more at {place[:60]}...")
    if isinstance(value, (Tensor, np.ndarray)):
        name, count = place, 1
        while name in tensors:  # {"a.b": x, "a": {"b": y}}
            name, count = f"{place}#{count}", count + 1
        tensors[name] = value
        return {"tensor" if isinstance(value, Tensor) else "array": name}
    if isinstance(value, np.generic):
        value = value.item()
    if isinstance(value, float) and not math.isfinite(value):
        return {"float": str(value)}
    if value is None or isinstance(value, (bool, int, float, str)):
        return value
    if isinstance(value, (list, tuple)):
        items = [_written(item, (*path, str(i)), tensors) for i, item in enumerate(value)]
        return {"tuple": items} if isinstance(value, tuple) else items
    if isinstance(value, Mapping):
        for key in value:
            if not isinstance(key, (str, int)) or isinstance(key, bool):
                raise TypeError(f"[save] keys must be strings or integers, got {key!r} in {place}")
        return {"dict": [[key, _written(item, (*path, str(key)), tensors)] for key, item in value.items()]}
    hint = "; save its state_dict()" if callable(getattr(value, "state_dict", None)) else ""
    raise TypeError(
        f"[save] {place} must be a tensor, number, string, None, dict, list or tuple, got {type(value).__name__}{hint}"
    )


def _read(value: Any, tensors: Mapping[str, Tensor]) -> Any:
    """What `_written` made JSON of."""
    if isinstance(value, list):
        return [_read(item, tensors) for item in value]
    if not isinstance(value, dict):
        return value
    ((kind, content),) = value.items()
    if kind == "tensor":
        return tensors[content]
    if kind == "array":
        return tensors[content].array
    if kind == "float":
        return float(content)
    if kind == "tuple":
        return tuple(_read(item, tensors) for item in content)
    if kind == "dict":
        return {key: _read(item, tensors) for key, item in content}
    raise ValueError(f"{kind!r} is no kind of value")
