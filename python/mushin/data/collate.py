"""Making a batch of samples."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from numbers import Real
from typing import Any

import numpy as np

from mushin import kernels
from mushin.autograd import Tensor, from_array
from mushin.data.sampler import check_sized
from mushin.ops.arrays import dtype_of, numbers_of


def default_collate(batch: Sequence[Any]) -> Any:
    """A batch of samples: what each has, one above the other along a new first axis.

    Args:
        batch: samples of one structure. Tensors, arrays and numbers become a tensor (Python floats of float64, integers
            of int64); strings and bytes stay a sequence; dicts become a dict of batches, named tuples a named tuple,
            tuples and lists a list.

    Raises:
        ValueError: shapes or lengths that differ, a key of the first sample's that another lacks, a tensor that
            requires its gradient, no sample.
        TypeError: samples of anything else.

    Source: torch.utils.data.default_collate.
    """
    check_sized("default_collate", "batch", batch)
    if len(batch) == 0:
        raise ValueError("[default_collate] batch must have samples, got none")
    first = batch[0]
    if isinstance(first, (str, bytes)):
        return batch
    if isinstance(first, (Tensor, np.ndarray, np.generic)):
        return from_array(_stacked([_array_of(sample) for sample in batch]))
    if isinstance(first, Real):
        return from_array(numbers_of("default_collate", "samples", batch, np.array))
    if isinstance(first, Mapping):
        for sample in batch:
            if not isinstance(sample, Mapping) or not first.keys() <= sample.keys():
                got = list(sample) if isinstance(sample, Mapping) else type(sample).__name__
                raise ValueError(f"[default_collate] samples must have the first one's keys {list(first)}, got {got}")
        return _like(first, {key: default_collate([sample[key] for sample in batch]) for key in first})
    if isinstance(first, Sequence):
        for sample in batch:
            if not isinstance(sample, Sequence) or len(sample) != len(first):
                got = f"{len(sample)}" if isinstance(sample, Sequence) else type(sample).__name__
                raise ValueError(f"[default_collate] samples must be lists of {len(first)} as the first, got {got}")
        columns = [default_collate(column) for column in zip(*batch)]
        return columns if type(first) is tuple else _like(first, columns)
    raise TypeError(
        "[default_collate] samples must be made of tensors, arrays, numbers, strings, dicts, tuples and lists, got "
        f"{type(first).__name__}"
    )


def default_convert(data: Any) -> Any:
    """A sample with tensors in the place of its arrays, in their memory; what a loader makes that collates nothing.

    Source: torch.utils.data.default_convert.
    """
    if isinstance(data, (np.ndarray, np.generic)) and data.dtype.kind in "biuf":
        return Tensor(data)
    if isinstance(data, Mapping):
        return _like(data, {key: default_convert(value) for key, value in data.items()})
    if isinstance(data, Sequence) and not isinstance(data, (str, bytes)):
        values = [default_convert(value) for value in data]
        return values if type(data) is tuple else _like(data, values)
    return data


def _like(example: Any, values: Any) -> Any:
    """Values in a container of an example's class, if that can be made of them."""
    make: Callable[..., Any] = type(example)
    try:
        return make(*values) if hasattr(example, "_fields") else make(values)
    except TypeError:
        return values


def _array_of(sample: Any) -> np.ndarray:
    if isinstance(sample, Tensor):
        if sample.requires_grad:
            raise ValueError(
                "[default_collate] samples must be outside of the graph, got one that requires its gradient"
            )
        return sample.array
    return np.asarray(sample)


def _stacked(arrays: list[np.ndarray]) -> np.ndarray:
    """Arrays of one shape in one of the pool's, along a new first axis."""
    shapes = sorted({array.shape for array in arrays})
    if len(shapes) > 1:
        raise ValueError(f"[default_collate] samples must have one shape, got {', '.join(map(str, shapes))}")
    dtype = dtype_of("default_collate", np.result_type(*arrays))
    has_kernels = dtype != np.float16
    return np.stack(arrays, out=kernels.empty((len(arrays), *shapes[0]), dtype) if has_kernels else None)
