"""Metrics of how far the samples of a class and those that are taken for it are the same."""

from __future__ import annotations

from typing import Any

import numpy as np

from mushin import ops
from mushin.autograd import Tensor
from mushin.keras.arguments import flag, number, positive_integer, sequence
from mushin.keras.metrics.base import Metric
from mushin.ops.arrays import tensor_of
from mushin.train.metrics.metric import share


class IoU(Metric):
    """The mean over classes of (samples of the class that are taken for it) / (samples of the class or taken for it).
    A class that no sample is of or is taken for is left out.

    Args:
        num_classes: how many classes there are; other ids, of targets and outputs, are left out.
        target_class_ids: the classes of the mean.
        name: in logs and history.
        dtype: see Metric.
        ignore_class: an id of targets that are left out; None for none.
        sparse_y_true, sparse_y_pred: whether targets and outputs are class ids; else their largest elements along the
            axis are at the classes.
        axis: that of the classes.

    Weights are of the targets, or one for all.

    Source: keras.metrics.IoU.
    """

    direction = "up"

    def __init__(
        self,
        num_classes: int,
        target_class_ids: Any,
        name: str | None = None,
        dtype: Any = None,
        ignore_class: int | None = None,
        sparse_y_true: bool = True,
        sparse_y_pred: bool = True,
        axis: int = -1,
    ) -> None:
        super().__init__(dtype, name)
        self.num_classes = positive_integer(self.name, "num_classes", num_classes)
        self.target_class_ids = sequence(self.name, "target_class_ids", target_class_ids)
        if not all(each in range(num_classes) for each in self.target_class_ids):
            raise ValueError(f"[{self.name}] target_class_ids must be in [0, {num_classes}), got {target_class_ids}")
        self.ignore_class, self.axis = ignore_class, axis
        self.sparse_y_true = flag(self.name, "sparse_y_true", sparse_y_true)
        self.sparse_y_pred = flag(self.name, "sparse_y_pred", sparse_y_pred)
        self._counts = self.add_variable((num_classes * num_classes,), "zeros", "float64")

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        true, taken = self._ids(y_true, self.sparse_y_true), self._ids(y_pred, self.sparse_y_pred)
        if true.shape != taken.shape:
            raise ValueError(f"[{self.name}] y_true must be ids for {len(taken)} outputs, got {len(true)}")
        counts = self._is_class(true) & self._is_class(taken)
        if self.ignore_class is not None:
            counts = counts & (true != self.ignore_class)
        weights = ops.cast(counts, np.float64)
        if sample_weight is not None:
            weights = weights * ops.reshape(tensor_of(sample_weight), (-1,))
        place = ops.where(counts, true * self.num_classes + taken, 0)
        self._counts.assign(ops.index_add(self._counts, 0, place, weights))

    def _ids(self, given: Any, are_ids: bool) -> Tensor:
        tensor = tensor_of(given)
        return ops.reshape(ops.cast(tensor, np.int64) if are_ids else ops.argmax(tensor, self.axis), (-1,))

    def _is_class(self, ids: Tensor) -> Tensor:
        return ops.logical_and(ops.ge(ids, 0), ops.lt(ids, self.num_classes))

    def result(self) -> float:
        """The mean; 0 before the first sample."""
        counts = self._counts.array.reshape(self.num_classes, self.num_classes)
        either = (counts.sum(0) + counts.sum(1) - counts.diagonal())[self.target_class_ids]
        overlaps = share(counts.diagonal()[self.target_class_ids], either)
        return float(share(overlaps.sum(), np.count_nonzero(either)))


class BinaryIoU(IoU):
    """IoU of numbers that are taken for class 1 from a threshold on, else for class 0.

    Args:
        target_class_ids: the classes of the mean.
        threshold: of the outputs.
        name: in logs and history.
        dtype: see Metric.

    Source: keras.metrics.BinaryIoU.
    """

    def __init__(
        self, target_class_ids: Any = (0, 1), threshold: float = 0.5, name: str | None = None, dtype: Any = None
    ) -> None:
        self.threshold = number("BinaryIoU", "threshold", threshold)
        super().__init__(2, target_class_ids, name, dtype)

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        super().update_state(y_true, tensor_of(y_pred) >= self.threshold, sample_weight)


class MeanIoU(IoU):
    """IoU of all classes.

    Args:
        num_classes, name, dtype, ignore_class, sparse_y_true, sparse_y_pred, axis: as IoU's.

    Source: keras.metrics.MeanIoU.
    """

    def __init__(
        self,
        num_classes: int,
        name: str | None = None,
        dtype: Any = None,
        ignore_class: int | None = None,
        sparse_y_true: bool = True,
        sparse_y_pred: bool = True,
        axis: int = -1,
    ) -> None:
        classes = range(positive_integer("MeanIoU", "num_classes", num_classes))
        super().__init__(num_classes, classes, name, dtype, ignore_class, sparse_y_true, sparse_y_pred, axis)


class OneHotIoU(IoU):
    """IoU of targets in one-hot rows.

    Args:
        num_classes, target_class_ids, name, dtype, ignore_class, sparse_y_pred, axis: as IoU's.

    Source: keras.metrics.OneHotIoU.
    """

    def __init__(
        self,
        num_classes: int,
        target_class_ids: Any,
        name: str | None = None,
        dtype: Any = None,
        ignore_class: int | None = None,
        sparse_y_pred: bool = False,
        axis: int = -1,
    ) -> None:
        super().__init__(num_classes, target_class_ids, name, dtype, ignore_class, False, sparse_y_pred, axis)


class OneHotMeanIoU(MeanIoU):
    """IoU of all classes, of targets in one-hot rows.

    Args:
        num_classes, name, dtype, ignore_class, sparse_y_pred, axis: as IoU's.

    Source: keras.metrics.OneHotMeanIoU.
    """

    def __init__(
        self,
        num_classes: int,
        name: str | None = None,
        dtype: Any = None,
        ignore_class: int | None = None,
        sparse_y_pred: bool = False,
        axis: int = -1,
    ) -> None:
        super().__init__(num_classes, name, dtype, ignore_class, False, sparse_y_pred, axis)
