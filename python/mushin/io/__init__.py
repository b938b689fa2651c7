"""Files: weights as safetensors. Nothing that is loaded is executed, and a file is replaced whole or not at all."""

from .checkpoints import load, save
from .files import replacing, write_file
from .weights import load_metadata, load_state, load_weights, save_state, save_weights

__all__ = [
    "load",
    "load_metadata",
    "load_state",
    "load_weights",
    "replacing",
    "save",
    "save_state",
    "save_weights",
    "write_file",
]
