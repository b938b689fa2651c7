"""Data sets and what prepares them; loaders under PyTorch's names, which `mushin.utils.data` has as well.

`mushin.data.text`, the preparation of text, is loaded when it is first touched.
"""

from __future__ import annotations

import importlib
from types import ModuleType

from .arrays import read_arrays
from .collate import default_collate, default_convert
from .dataset import (
    ChainDataset,
    ConcatDataset,
    Dataset,
    IterableDataset,
    Subset,
    TensorDataset,
    random_split,
)
from .digits import load_digits
from .idx import read_idx
from .image_folder import ImageFolder, image_of_shape, list_images, read_image
from .loader import DataLoader
from .mnist import load_fashion_mnist, load_mnist
from .sampler import (
    BatchSampler,
    RandomSampler,
    Sampler,
    SequentialSampler,
    SubsetRandomSampler,
    WeightedRandomSampler,
)
from .split import stratified_split
from .tables import Table, read_table
from .workers import WorkerInfo, get_worker_info

__all__ = [
    "BatchSampler",
    "ChainDataset",
    "ConcatDataset",
    "DataLoader",
    "Dataset",
    "ImageFolder",
    "IterableDataset",
    "RandomSampler",
    "Sampler",
    "SequentialSampler",
    "Subset",
    "SubsetRandomSampler",
    "Table",
    "TensorDataset",
    "WeightedRandomSampler",
    "WorkerInfo",
    "default_collate",
    "default_convert",
    "get_worker_info",
    "image_of_shape",
    "list_images",
    "load_digits",
    "load_fashion_mnist",
    "load_mnist",
    "random_split",
    "read_arrays",
    "read_idx",
    "read_image",
    "read_table",
    "stratified_split",
]


def __getattr__(name: str) -> ModuleType:
    if name == "text":
        return importlib.import_module("mushin.data.text")
    raise AttributeError(f"module 'mushin.data' has no attribute {name!r}")
