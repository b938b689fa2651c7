"""What Keras' metrics share: how they are called, and means of what functions return."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from mushin import kernels
from mushin.keras import initializers
from mushin.keras.arguments import Configured, label, snake_case
from mushin.keras.variables import Variable
from mushin.ops.arrays import dtype_of, reshaped, tensor_of
from mushin.train import metrics
from mushin.train.metrics.metric import DOUBLES, converted


class Metric(Configured, metrics.Metric):
    """Base of all metrics: quantities over all samples since the last reset.

    A metric of one's own is a MeanMetricWrapper of a function, or gives

    - `__init__()`, which makes its totals with `add_variable`, or metrics that it is made of;
    - `update_state(y_true, y_pred, sample_weight=None)`, which assigns to them what mushin's ops compute: in a recorded
      step no other Python runs again;
    - `result()`, which makes a number or tensor of them.

    Args:
        dtype: "float32", "float64" or None, which is "float32": of variables; the library's own totals are float64.
        name: in logs and history; made from the class's name if None.

    Source: keras.metrics.Metric.
    """

    def __init__(self, dtype: Any = None, name: str | None = None, **options: Any) -> None:
        kind = snake_case(type(self).__name__)
        self.dtype = "float32" if dtype is None else dtype_of(kind, dtype).name
        self.variables: list[Variable] = []
        super().__init__(label(kind, name) or kind, **options)

    def add_variable(
        self, shape: Any, initializer: Any, dtype: Any = None, aggregation: Any = "sum", name: str | None = None
    ) -> Variable:
        """A new total, which is 0 after a reset.

        Args:
            shape: of the variable; () for one number.
            initializer: of its first values: a name or object of `keras.initializers`.
            dtype: of its elements; the metric's if None.
            aggregation: of the totals of several devices, and so without meaning here.
            name: kept by nobody.

        Raises:
            TypeError: an unknown dtype, a name that is no string.
        """
        label(self.name, name)
        values = initializers.get(initializer)(shape).array
        self.variables.append(Variable(np.array(values, dtype_of(self.name, dtype or self.dtype))))
        return self.variables[-1]

    def add_weight(
        self, shape: Any = (), initializer: Any = None, dtype: Any = None, name: str | None = None
    ) -> Variable:
        """`add_variable`, of zeros if there is no initializer."""
        return self.add_variable(shape, "zeros" if initializer is None else initializer, dtype, name=name)

    def update_state(self, y_true: Any, y_pred: Any, sample_weight: Any = None) -> None:
        """Adds a batch: targets, outputs, and the samples' weights, if there are any."""
        super().update(y_pred, y_true, sample_weight)

    def update(self, outputs: Any, target: Any, weight: Any = None) -> None:
        self.update_state(target, outputs, weight)

    def reset_state(self) -> None:
        """Forgets what has been added, to the metrics that it is made of, too."""
        super().reset()
        for variable in self.variables:
            variable.assign(0)
        for each in vars(self).values():
            if isinstance(each, metrics.Metric):
                each.reset()

    def reset(self) -> None:
        self.reset_state()

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        """Adds a batch, as `update_state` does; returns the result with it."""
        self.update_state(*args, **kwargs)
        return self.result()

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.name}>"


class Mean(Metric, metrics.MeanMetric):
    """The weighted mean of values.

    Args:
        name: in logs and history.
        dtype: see Metric.

    Source: keras.metrics.Mean.
    """

    def __init__(self, name: str | None = "mean", dtype: Any = None) -> None:
        super().__init__(dtype, name)

    def update_state(self, values: Any, sample_weight: Any = None) -> None:  # type: ignore[override]
        """Adds values of any shape; weights are of the values, or of their first axes."""
        array, weights = _values(self, values, sample_weight)
        self.add_values(array, weights)


class Sum(Mean):
    """The weighted sum of values.

    Args:
        name: in logs and history.
        dtype: see Metric.

    Source: keras.metrics.Sum.
    """

    def __init__(self, name: str | None = "sum", dtype: Any = None) -> None:
        super().__init__(name, dtype)

    def update_state(self, values: Any, sample_weight: Any = None) -> None:  # type: ignore[override]
        array, weights = _values(self, values, sample_weight)
        rows = reshaped(array, (array.size, 1))
        kernels.add_weighted(self.total, rows, weights, 1.0)

    def result(self) -> float:
        return float(self.total[0])


def _values(metric: metrics.Metric, values: Any, sample_weight: Any) -> tuple[Any, Any]:
    array = tensor_of(values).array
    if array.dtype.kind != "f" or array.dtype.itemsize < 4:
        array = converted(array, DOUBLES)
    array = array if array.ndim else reshaped(array, (1,))
    weights = None if sample_weight is None else metric.weights_of(tensor_of(sample_weight).array, array)
    return array, weights


class MeanMetricWrapper(Metric, metrics.MeanOf):
    """The mean of a function's values.

    Args:
        fn: from targets and outputs, both tensors, to values for each sample, (batch, ...). In a recorded step they
            must be computed with mushin's ops.
        name: in logs and history; the function's if None.
        dtype: see Metric.
        kwargs: further arguments of the function.

    Source: keras.metrics.MeanMetricWrapper.
    """

    takes_any = True

    def __init__(self, fn: Callable[..., Any], name: str | None = None, dtype: Any = None, **kwargs: Any) -> None:
        if not callable(fn):
            raise TypeError(f"[MeanMetricWrapper] fn must be a function, got {fn!r}")
        self.fn, self.fn_kwargs = fn, kwargs
        super().__init__(dtype, name or getattr(fn, "__name__", None), function=self._called)

    def _called(self, y_true: Any, y_pred: Any) -> Any:
        return self.fn(y_true, y_pred, **self.fn_kwargs)
