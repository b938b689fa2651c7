"""What fit, evaluate and predict are given, as the training loop takes it: arrays, or batches from elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain
from typing import TYPE_CHECKING, Any

import numpy as np

from mushin.autograd import Tensor
from mushin.keras import losses
from mushin.keras.arguments import number
from mushin.keras.parts import by_name, parts_of
from mushin.keras.samples import fitting, numeric
from mushin.train.batches import Batch, Data, Stream

if TYPE_CHECKING:
    from mushin.keras.compiling import Output
    from mushin.keras.training import Model


def is_stream(x: Any) -> bool:
    """Whether x yields batches: a generator, an iterator, a PyDataset, a loader."""
    if isinstance(x, (Tensor, list, tuple, dict, str)) or hasattr(x, "__array__"):
        return False
    return hasattr(x, "__iter__") or (hasattr(x, "__getitem__") and hasattr(x, "__len__"))


class Given:
    """Reads what a model is given.

    Args:
        op: whom errors name.
        model: whose inputs and outputs they are; it is built for the first samples if it is not built.
        class_weight: weights of samples by the class of their target; None for none.
        has_targets: False for `predict`, which needs none.
    """

    def __init__(
        self, op: str, model: Model, class_weight: Mapping[int, float] | None = None, has_targets: bool = True
    ) -> None:
        self.op = op
        self.model = model
        self.has_targets = has_targets
        if class_weight is not None and not isinstance(class_weight, Mapping):
            raise TypeError(f"[{op}] class_weight must be a dict from class ids to numbers, got {class_weight!r}")
        self.class_weight = class_weight

    # --- arrays

    def data(self, x: Any, y: Any = None, sample_weight: Any = None) -> Data:
        """Data in memory."""
        samples = self._inputs(x)
        if not self.has_targets:
            return Data(samples, None, list(self.model.input_dtypes))
        if y is None:
            raise ValueError(f"[{self.op}] y must be given")
        outputs = self.model.compiled_outputs()
        names = [output.name for output in outputs]
        targets = by_name(self.op, "y", y, names)
        arrays: list[np.ndarray | None] = []
        dtypes: list[Any] = []
        for i, output in enumerate(outputs):
            array, dtype = self._target(i, output, targets[i], samples[0])
            arrays.append(array)
            dtypes.append(dtype)
        weights = self._weights(sample_weight, names, arrays, len(samples[0]))
        return Data(samples, arrays, list(self.model.input_dtypes), dtypes, weights)

    def _inputs(self, x: Any) -> list[np.ndarray]:
        if x is None:
            raise ValueError(f"[{self.op}] x must be given")
        model = self.model
        parts = by_name(self.op, "x", x, model.input_names) if model.built else parts_of(x, model.input_count)
        arrays = []
        for i, part in enumerate(parts):
            name = "x" if len(parts) == 1 else f"x[{i}]"
            array = numeric(self.op, name, part)
            if array.ndim == 0 or len(array) == 0:
                raise ValueError(f"[{self.op}] {name} must hold at least one sample, got shape {array.shape}")
            arrays.append(array)
        if len({len(array) for array in arrays}) > 1:
            raise ValueError(
                f"[{self.op}] all inputs must have the same number of samples, got {[array.shape for array in arrays]}"
            )
        if not model.built:
            model.build_for_inputs([array.shape[1:] for array in arrays])
        return [fitting(model, i, array) for i, array in enumerate(arrays)]

    def _target(self, index: int, output: Output, y: Any, x: np.ndarray) -> tuple[np.ndarray | None, Any]:
        if y is None:
            if output.loss is not None:
                raise ValueError(f"[{self.op}] y must be given for output {output.name!r}, which has a loss")
            return None, None
        target = numeric(self.op, "y", y)
        if target.ndim == 0 or len(target) != len(x):
            raise ValueError(
                f"[{self.op}] x and y must have the same number of samples, got shapes {x.shape} and {target.shape}"
            )
        shape = self.model.output_sample_shapes[index]
        of_target = (*target.shape[1:], *(1,) * len(shape))  # tells the lengths that the model leaves open
        whole = (len(x), *(m if n is None else n for n, m in zip(shape, of_target)))
        if output.loss is not None:
            target = losses.check_target(self.op, output.loss, target, whole)
            return target, np.int64 if output.loss.target_kind == "ids" else np.float32
        are_ids = any(metric.target_kind == "ids" for metric in (output.metrics | output.weighted_metrics).values())
        return target, np.int64 if are_ids or (target.shape[1:] != shape and target.dtype.kind in "iub") else np.float32

    def _weights(
        self, given: Any, names: list[str], targets: list[np.ndarray | None], samples: int
    ) -> list[np.ndarray | None]:
        if self.class_weight is not None:
            if given is not None:
                raise ValueError(f"[{self.op}] class_weight and sample_weight must not be given together")
            if len(targets) > 1:
                raise ValueError(f"[{self.op}] class_weight needs a model of one output, got {len(targets)}")
            assert targets[0] is not None  # one output has a loss, and its target
            return [weights_of_classes(self.op, self.class_weight, targets[0])]
        if given is not None and not isinstance(given, (dict, list, tuple)):
            parts = [given] * len(names)  # the same for all outputs
        else:
            parts = by_name(self.op, "sample_weight", given, names)
        weights: list[np.ndarray | None] = []
        for part in parts:
            array = None if part is None else numeric(self.op, "sample_weight", part)
            if array is not None and (array.ndim == 0 or len(array) != samples):
                raise ValueError(
                    f"[{self.op}] sample_weight must have a weight for each of {samples} samples, got {array.shape}"
                )
            weights.append(array)
        return weights

    # --- batches from elsewhere

    def source(self, x: Any, y: Any = None, sample_weight: Any = None) -> Data | Stream:
        """Data in memory, or a stream if x yields batches: x, (x, y) or (x, y, sample_weight)."""
        if not is_stream(x):
            return self.data(x, y, sample_weight)
        for name, value in (("y", y), ("sample_weight", sample_weight)):
            if value is not None:
                raise ValueError(f"[{self.op}] {name} must be None where x yields batches, which hold it")
        steps = len(x) if hasattr(x, "__len__") else None
        if not self.model.built:
            x = self._looked_into(x)
        return Stream(lambda: self._batches(x), steps)

    def _looked_into(self, x: Any) -> Any:
        """The same batches, after the model has been built for the first."""
        batches = _started(x)
        first = next(batches, None)
        if first is None:
            raise ValueError(f"[{self.op}] x must yield at least one batch, got none")
        self._inputs(_unpacked(first)[0])
        return chain([first], batches) if batches is x else x

    def _batches(self, x: Any) -> Iterator[Batch]:
        for given in _started(x):
            yield self.data(*_unpacked(given)[: 3 if self.has_targets else 1]).whole()
        if hasattr(x, "on_epoch_end"):
            x.on_epoch_end()


def _started(x: Any) -> Iterator[Any]:
    """An iterator over what yields batches, or has them by number."""
    if hasattr(x, "__iter__"):
        return iter(x)
    return (x[i] for i in range(len(x)))


def _unpacked(given: Any) -> tuple[Any, ...]:
    """(x,), (x, y) or (x, y, sample_weight); a list is taken as a tuple, as Keras does: loaders give lists."""
    if not isinstance(given, (tuple, list)):
        return (given,)
    parts = tuple(given)
    if not 1 <= len(parts) <= 3:
        raise ValueError(f"[fit] a batch must be x, (x, y) or (x, y, sample_weight), got a tuple of {len(parts)}")
    return parts


def weights_of_classes(op: str, class_weight: Mapping[int, float], target: np.ndarray) -> np.ndarray:
    """For each sample the weight of its target's class: its id, the largest of its row, or a number that is rounded.
    Classes that are not named weigh 1.

    Source: keras.trainers, class_weight_to_sample_weights.
    """
    if target.ndim > 1:
        target = target[..., 0] if target.shape[-1] == 1 else target.argmax(-1)
    if target.ndim != 1:
        raise ValueError(f"[{op}] class_weight needs one target for each sample, got targets {target.shape}")
    ids = np.rint(target).astype(np.int64)
    weights = np.ones(len(ids), np.float32)
    for name, weight in class_weight.items():
        if isinstance(name, str):
            raise TypeError(f"[{op}] class_weight must be a dict from class ids to numbers, got the key {name!r}")
        weights[ids == name] = number(op, f"class_weight[{name}]", weight)
    return weights
