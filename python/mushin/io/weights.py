"""Weights in safetensors files: names and arrays, in a format that holds no code.

Source: https://github.com/huggingface/safetensors (the format), https://pypi.org/project/safetensors (the library).
"""

from __future__ import annotations

import errno
import json
import os
import stat
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np

from mushin.autograd import Tensor
from mushin.io.files import PathLike, named, replacing

if TYPE_CHECKING:
    from mushin.nn import Module
    from mushin.nn.state import IncompatibleKeys

_FLOATS = ("float64", "float32", "float16")
_INTEGERS = ("int64", "int32", "int16", "int8", "uint64", "uint32", "uint16", "uint8")
_DTYPES = frozenset({*_FLOATS, *_INTEGERS, "bool"})
# What the format calls them: F32, I64, U8, BOOL.
_CODES = {name: name.upper().replace("FLOAT", "F").replace("UINT", "U").replace("INT", "I") for name in _DTYPES}

_LARGEST_HEADER = 100_000_000  # what the format's own library reads

# What transformers asks for: names and layouts are PyTorch's.
_METADATA = {"format": "pt"}


def save_weights(
    path: PathLike, tensors: Mapping[str, Tensor | np.ndarray], metadata: Mapping[str, str] | None = None
) -> None:
    """Writes tensors to a safetensors file; a file that is there is replaced whole or not at all.

    Args:
        path: the file; its folder exists.
        tensors: from names to tensors or arrays of any shape, of floats, integers or bools. Strides and byte order do
            not matter: the file holds rows in order, little end first.
        metadata: strings by name that the file holds beside them; see `load_metadata`.

    Raises:
        TypeError: a name that is no string, or values that the format does not have.
        ValueError: the name __metadata__, which the format keeps for itself, text that is not Unicode, or more names
            and metadata than the format's header holds.
        OSError: the file cannot be written.
    """
    check_path("save_weights", path)
    if not isinstance(tensors, Mapping):
        raise TypeError(f"[save_weights] tensors must be a mapping from names, got {type(tensors).__name__}")
    arrays = {_checked_name(name): _checked_array(name, value) for name, value in tensors.items()}
    # The widest first, as the format's own library writes them: every array then lies aligned in the file.
    order = sorted(arrays, key=lambda name: (-arrays[name].itemsize, name))
    header = _header({name: arrays[name] for name in order}, {**_METADATA, **_checked_metadata(metadata)})
    with replacing(path) as part, named(part), part.open("wb") as file:
        file.write(header)
        for name in order:
            file.write(_little_end_first(arrays[name]))


def load_weights(path: PathLike) -> dict[str, np.ndarray]:
    """Reads a safetensors file.

    Returns:
        Arrays of their own by name. bfloat16, which NumPy does not have, becomes float32 of the same values.

    Raises:
        FileNotFoundError: there is no such file.
        OSError: it cannot be read.
        ValueError: it is not a safetensors file, it is truncated or damaged, or it holds 8-bit floats and the like, or
            shapes that NumPy does not have.
    """
    from safetensors import SafetensorError, safe_open

    check_path("load_weights", path)
    file = _openable(path)
    try:
        with safe_open(file, framework="numpy") as content:
            header = _read_header("load_weights", file)
            dtypes = {name: content.get_slice(name).get_dtype() for name in content.keys()}  # noqa: SIM118  no mapping
            arrays = {name: content.get_tensor(name) for name, dtype in dtypes.items() if dtype != "BF16"}
        if len(arrays) < len(dtypes):
            arrays |= _bfloat16_as_float32(file, header, {name for name, dtype in dtypes.items() if dtype == "BF16"})
    except SafetensorError as error:
        raise ValueError(f"[load_weights] {file}: not a whole safetensors file: {error}") from error
    except (TypeError, AttributeError) as error:  # NumPy has no such dtype
        raise ValueError(f"[load_weights] {file}: dtypes that mushin does not read: {error}") from error
    except _DamagedError:
        raise
    except ValueError as error:  # more dimensions than NumPy has, or an empty shape with an enormous one
        raise ValueError(f"[load_weights] {file}: shapes that NumPy does not have: {error}") from error
    return {name: arrays[name] for name in dtypes}


def load_metadata(path: PathLike) -> dict[str, str]:
    """The strings by name that a safetensors file holds beside its tensors, which are not read.

    Raises:
        FileNotFoundError: there is no such file.
        OSError: it cannot be read.
        ValueError: it is not a safetensors file, or it is truncated or damaged.
    """
    from safetensors import SafetensorError, safe_open

    check_path("load_metadata", path)
    file = _openable(path)
    try:
        with safe_open(file, framework="numpy") as content:
            metadata = dict(content.metadata() or {})
    except SafetensorError as error:
        raise ValueError(f"[load_metadata] {file}: not a whole safetensors file: {error}") from error
    _read_header("load_metadata", file)
    return metadata


def save_state(path: PathLike, module: Module) -> None:
    """Writes a module's parameters and persistent buffers under the names of its `state_dict`; see `save_weights`.

    Args:
        path: the file.
        module: an nn.Module; of a Keras model, its `body`.

    Raises:
        TypeError: other arguments, or in another order.
        OSError: the file cannot be written.
    """
    check_path("save_state", path)
    _check_module("save_state", module, "state_dict")
    save_weights(path, module.state_dict())


def load_state(path: PathLike, module: Module, strict: bool = True) -> IncompatibleKeys:
    """Copies what `save_state` wrote, or any file with the same names, into a module; see `Module.load_state_dict`.

    Args:
        path: the file.
        module: an nn.Module; of a Keras model, its `body`.
        strict: whether the names must be the same.

    Returns:
        missing_keys and unexpected_keys, both empty if strict.

    Raises:
        FileNotFoundError, OSError, ValueError: as `load_weights`; or names and shapes do not fit the module, which is
            left as it was.
        TypeError: other arguments, or in another order.
    """
    check_path("load_state", path)
    _check_module("load_state", module, "load_state_dict")
    weights = load_weights(path)
    try:
        return module.load_state_dict(weights, strict)
    except ValueError as error:
        raise ValueError(f"[load_state] {Path(path)}: {error}") from error


def check_path(op: str, path: Any, name: str = "path, the first argument,") -> None:
    if not isinstance(path, (str, os.PathLike)):
        raise TypeError(f"[{op}] {name} must be a string or path, got {type(path).__name__}")


def _check_module(op: str, module: Any, method: str) -> None:
    if not callable(getattr(module, method, None)):
        raise TypeError(f"[{op}] module must be an nn.Module (of a Keras model, its body), got {type(module).__name__}")


def _header(arrays: Mapping[str, np.ndarray], metadata: Mapping[str, str]) -> bytes:
    """The bytes before the arrays: their length, then JSON, filled up with spaces to a multiple of 8.

    The library's own writer puts the metadata in an order that changes from run to run; here it is that of the names.
    """
    content: dict[str, Any] = {"__metadata__": dict(sorted(metadata.items()))}
    begin = 0
    for name, array in arrays.items():
        offsets = [begin, begin + array.nbytes]
        content[name] = {"dtype": _CODES[array.dtype.name], "shape": list(array.shape), "data_offsets": offsets}
        begin += array.nbytes
    try:
        text = json.dumps(content, separators=(",", ":"), ensure_ascii=False).encode()
    except UnicodeEncodeError as error:
        got = error.object[error.start : error.end]
        raise ValueError(f"[save_weights] names and metadata must be Unicode text, got the surrogate {got!r}") from None
    text += b" " * (-len(text) % 8)
    if len(text) > _LARGEST_HEADER:
        raise ValueError(
            f"[save_weights] names and metadata must fit {_LARGEST_HEADER} bytes, the format's limit, got {len(text)}"
        )
    return len(text).to_bytes(8, "little") + text


def _little_end_first(array: np.ndarray) -> memoryview:
    """The bytes of a C-ordered array, which are copied only on a machine of the other kind."""
    little = array.astype(array.dtype.newbyteorder("<"), copy=False)
    return little.reshape(-1).view(np.uint8).data


def _checked_name(name: Any) -> str:
    if not isinstance(name, str):
        raise TypeError(f"[save_weights] names must be strings, got {name!r}")
    if name == "__metadata__":
        raise ValueError("[save_weights] the name __metadata__ belongs to the format")
    return name


def _checked_metadata(metadata: Any) -> Mapping[str, str]:
    if metadata is None:
        return {}
    if not isinstance(metadata, Mapping):
        raise TypeError(f"[save_weights] metadata must be a mapping of strings, got {type(metadata).__name__}")
    for text in (*metadata.keys(), *metadata.values()):
        if not isinstance(text, str):
            raise TypeError(f"[save_weights] metadata must be strings by name, got {text!r} of {type(text).__name__}")
    return metadata


def _checked_array(name: str, value: Any) -> np.ndarray:
    """A value in C order and the machine's byte order; a copy only where it is not."""
    array = value.array if isinstance(value, Tensor) else value
    if not isinstance(array, (np.ndarray, np.generic)) or array.dtype.name not in _DTYPES:
        got = getattr(array, "dtype", type(array).__name__)
        raise TypeError(f"[save_weights] {name} must be a tensor or array of floats, integers or bools, got {got}")
    return np.asarray(array, dtype=array.dtype.newbyteorder("="), order="C")


class _DamagedError(ValueError):
    """A file that the library takes, and that is refused all the same."""


def _openable(path: PathLike) -> Path:
    """The path of a file that can be opened: Python's errors name the file, the library's do not.

    Raises:
        OSError: it cannot be opened, or is a pipe or the like, which would be waited for.
    """
    if not stat.S_ISREG(mode := os.stat(path).st_mode) and not stat.S_ISDIR(mode):
        raise OSError(errno.EINVAL, "a device, a pipe or a socket holds no weights", os.fspath(path))
    file = Path(path)
    file.open("rb").close()
    return file


def _read_header(op: str, file: Path) -> dict[str, Any]:
    """The header of a file, which the library has checked but for names that come twice.

    Raises:
        ValueError: a name comes twice: who reads the file would choose which tensor it means.
    """

    def distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
        names = [name for name, _ in pairs]
        if len(set(names)) < len(names):
            twice = next(name for name in names if names.count(name) > 1)
            raise _DamagedError(f"[{op}] {file}: not a whole safetensors file: the name {twice!r} comes twice")
        return dict(pairs)

    with file.open("rb") as content:
        size = int.from_bytes(content.read(8), "little")
        header: dict[str, Any] = json.loads(content.read(size), object_pairs_hook=distinct)
    return header


def _bfloat16_as_float32(file: Path, header: Mapping[str, Any], names: set[str]) -> dict[str, np.ndarray]:
    """The named tensors of a file whose header the library has checked: bfloat16 is the upper half of a float32."""
    result = {}
    with file.open("rb") as content:
        header_size = int.from_bytes(content.read(8), "little")
        for name in names:
            begin, end = header[name]["data_offsets"]
            content.seek(8 + header_size + begin)
            halves = np.frombuffer(content.read(end - begin), "<u2")
            result[name] = (halves.astype(np.uint32) << 16).view(np.float32).reshape(header[name]["shape"])
    return result
