"""Keras' layers. Each holds what it was configured with and, once it knows its input's shape, its `nn` modules."""

from __future__ import annotations

import re
from collections import Counter
from contextlib import nullcontext
from math import prod, sqrt
from typing import Any

import numpy as np

from mushin import nn, ops
from mushin.autograd import Tensor, no_grad
from mushin.keras import constraints, regularizers
from mushin.keras.arguments import Configured, flag, label, number, positive_integer, sequence
from mushin.keras.samples import numeric
from mushin.keras.variables import HasVariables
from mushin.nn.modes import training_mode
from mushin.ops.random import fill_uniform
from mushin.train.penalties import add_penalty

Shape = tuple[int, ...]

ACTIVATIONS: dict[str, Any] = {
    "gelu": nn.GELU,
    "relu": nn.ReLU,
    "sigmoid": nn.Sigmoid,
    "tanh": nn.Tanh,
    "softmax": lambda: nn.Softmax(dim=-1),
}

_names: Counter[str] = Counter()


def _unique_name(kind: str) -> str:
    """dense, dense_1, dense_2, ..."""
    name = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", kind).lower()
    _names[name] += 1
    return name if _names[name] == 1 else f"{name}_{_names[name] - 1}"


def activation_modules(layer: str, activation: str | None) -> list[nn.Module]:
    """The nn modules of an activation's name: one, or none for 'linear' and None."""
    if activation in (None, "linear"):
        return []
    if not isinstance(activation, str) or activation not in ACTIVATIONS:
        raise ValueError(
            f"[{layer}] activation must be one of {', '.join(ACTIVATIONS)}, linear or None, got {activation!r}"
        )
    return [ACTIVATIONS[activation]()]


def run(body: nn.Module, owner: str, x: Tensor, training: Any) -> Tensor:
    """What a layer or model that is called returns: it evaluates, outside the graph, unless it is in training."""
    in_training = training is not None and flag(owner, "training", training)
    with training_mode(body, in_training), nullcontext() if in_training else no_grad():
        return body(x)  # type: ignore[no-any-return]


class Layer(Configured, HasVariables):
    """Base of all layers.

    Args:
        name: unique in a model; made from the class name if None.
        input_shape: shape of one sample, for the first layer of a model; the other layers learn theirs.
        trainable: whether its variables are trained.
    """

    def __init__(self, name: str | None = None, input_shape: Any = None, trainable: bool = True) -> None:
        kind = type(self).__name__
        self.name = label(kind, name) or _unique_name(kind)
        # Shapes of one sample: without the batch's axis.
        self.sample_shape: Shape | None = None if input_shape is None else _shape(self.name, input_shape)
        self.declares_input_shape = self.sample_shape is not None
        self.output_sample_shape: Shape | None = None
        self.modules: list[nn.Module] = []
        self._penalties: list[tuple[Tensor, Any]] = []
        self._limits: list[tuple[Tensor, Any]] = []
        self.trainable = trainable

    @property
    def trainable(self) -> bool:
        """Whether the variables are trained; the next step heeds it."""
        return self._trainable

    @trainable.setter
    def trainable(self, value: bool) -> None:
        self._trainable = flag(self.name, "trainable", value)
        for module in self.modules:
            module.requires_grad_(self._trainable)

    @property
    def built(self) -> bool:
        return self.output_sample_shape is not None

    def build(self, input_shape: Any) -> None:
        """Makes the modules for inputs of a shape (batch, ...), whose batch may be None."""
        self.build_for(sample_shape_of(self.name, input_shape))

    def build_for(self, sample_shape: Any) -> None:
        """Makes the modules for samples of a shape; it must be the shape that was declared, or of an earlier call."""
        shape = _shape(self.name, sample_shape)
        if self.sample_shape is not None and shape != self.sample_shape:
            raise ValueError(f"[{self.name}] input must have shape {self.sample_shape}, got {shape}")
        if not self.built:
            self.sample_shape = shape
            self.modules, self.output_sample_shape = self._build(shape)
            self.trainable = self._trainable

    def _build(self, input_shape: Shape) -> tuple[list[nn.Module], Shape]:
        raise NotImplementedError(
            f"[{type(self).__name__}] layers of one's own are not made from Layer yet: "
            "subclass mushin.nn.Module, write its forward, and train it with mushin.optim"
        )

    def __call__(self, x: Any, training: bool | None = None) -> Tensor:
        """The layer's output for a batch, in the graph only if `training`; builds the layer at first."""
        x = x if isinstance(x, Tensor) else Tensor(np.asarray(x, np.float32))
        self.build_for(x.shape[1:])
        return run(nn.Sequential(*self.modules), self.name, x, training)

    @property
    def variables(self) -> list[Tensor]:
        return [p for module in self.modules for p in module.parameters()]

    def note(self, variable: Tensor, regularizer: Any, constraint: Any) -> None:
        """Keeps a variable's penalty and constraint for the training loop."""
        if regularizer is not None:
            self._penalties.append((variable, regularizer))
        if constraint is not None:
            self._limits.append((variable, constraint))

    def penalties(self) -> list[tuple[Tensor, Any]]:
        """The variables that have a regularizer, with it."""
        return self._penalties

    def constraints(self) -> list[tuple[Tensor, Any]]:
        """The variables that have a constraint, with it."""
        return self._limits

    def weight_layouts(self) -> list[tuple[Tensor, tuple[int, ...] | None]]:
        """The variables, each with the order of axes that makes Keras' layout of it; None if it is the same."""
        return [(variable, None) for variable in self.variables]

    def get_weights(self) -> list[np.ndarray]:
        """Copies of the weights, in Keras' layouts."""
        return []

    def set_weights(self, weights: list[np.ndarray]) -> None:
        """Overwrites the weights, given in Keras' layouts."""
        if given := sequence(self.name, "weights", weights):
            raise ValueError(f"[{self.name}] weights must be an empty list, got {len(given)} arrays")

    def __repr__(self) -> str:
        return f"<{type(self).__name__} name={self.name}, built={self.built}>"


def _shape(layer: str, shape: Any) -> Shape:
    sizes = [shape] if isinstance(shape, (int, np.integer)) else sequence(layer, "input_shape", shape)
    if not all(isinstance(n, (int, np.integer)) and n > 0 for n in sizes):
        raise ValueError(f"[{layer}] input_shape must hold positive integers, got {shape}")
    return tuple(int(n) for n in sizes)


def sample_shape_of(name: str, input_shape: Any) -> Shape:
    """(4,) of (None, 4)."""
    if not isinstance(input_shape, (tuple, list)) or not input_shape:
        raise ValueError(f"[{name}] input_shape must be a tuple (batch, ...), got {input_shape}")
    return _shape(name, input_shape[1:])


def arrays_like(owner: str, present: list[np.ndarray], weights: Any) -> list[np.ndarray]:
    """Weights as arrays, of the shapes of the present ones."""
    arrays = [numeric(owner, "weights", w) for w in sequence(owner, "weights", weights)]
    expected, got = [w.shape for w in present], [w.shape for w in arrays]
    if got != expected:
        raise ValueError(f"[{owner}] weights must have shapes {expected}, got {got}")
    return arrays


class PenalizedActivity(nn.Module):
    """y = x; the regularizer of x, divided by the samples in the batch, is added to the loss."""

    def __init__(self, regularizer: Any) -> None:
        super().__init__()
        self.regularizer = regularizer

    def forward(self, x: Tensor) -> Tensor:
        add_penalty(ops.div(self.regularizer(x), float(len(x))))
        return x


class Dense(Layer):
    """y = activation(x kernel + bias) on the last axis.

    Args:
        units: width of the output.
        activation: 'relu', 'sigmoid', 'tanh', 'gelu', 'softmax', 'linear' or None.
        use_bias: whether there is a bias.
        kernel_regularizer, bias_regularizer: from the variable to what it adds to the loss.
        activity_regularizer: from the outputs to what their mean over the batch adds to the loss.
        kernel_constraint, bias_constraint: from the variable to what takes its place after each step.
        name, input_shape, trainable: as Layer's.

    The kernel has shape (input width, units) in `get_weights` and starts uniform in +-sqrt(6 / (input width + units))
    (Glorot and Bengio 2010); the bias starts at zero.
    """

    def __init__(
        self,
        units: int,
        activation: str | None = None,
        use_bias: bool = True,
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        *,
        name: str | None = None,
        input_shape: Any = None,
        trainable: bool = True,
    ) -> None:
        super().__init__(name, input_shape, trainable)
        activation_modules(self.name, activation)
        self.units = positive_integer(self.name, "units", units)
        self.activation = activation
        self.use_bias = flag(self.name, "use_bias", use_bias)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        self.activity_regularizer = regularizers.get(activity_regularizer)
        self.kernel_constraint = constraints.get(kernel_constraint)
        self.bias_constraint = constraints.get(bias_constraint)

    def _build(self, input_shape: Shape) -> tuple[list[nn.Module], Shape]:
        if not input_shape:
            raise ValueError(f"[{self.name}] input must have at least one axis, got samples of shape ()")
        self._linear = linear = nn.Linear(input_shape[-1], self.units, bias=self.use_bias)
        limit = sqrt(6 / (input_shape[-1] + self.units))
        # Drawn in Keras' layout, so that the numbers do not depend on how nn keeps the weight.
        kernel = fill_uniform(np.empty((input_shape[-1], self.units), np.float32), -limit, limit)
        linear.weight.array[...] = kernel.T
        if linear.bias is not None:
            linear.bias.array[...] = 0.0
            self.note(linear.bias, self.bias_regularizer, self.bias_constraint)
        self.note(linear.weight, self.kernel_regularizer, self.kernel_constraint)
        modules = [linear, *activation_modules(self.name, self.activation)]
        if self.activity_regularizer is not None:
            modules.append(PenalizedActivity(self.activity_regularizer))
        return modules, (*input_shape[:-1], self.units)

    def weight_layouts(self) -> list[tuple[Tensor, tuple[int, ...] | None]]:
        return [(variable, (1, 0) if variable.ndim == 2 else None) for variable in self.variables]

    def get_weights(self) -> list[np.ndarray]:
        if not self.built:
            return []
        bias = self._linear.bias
        kernel = self._linear.weight.array.T.copy()
        return [kernel] if bias is None else [kernel, bias.array.copy()]

    def set_weights(self, weights: list[np.ndarray]) -> None:
        if not self.built:
            raise ValueError(f"[{self.name}] the layer has no weights before it knows its input's shape")
        arrays = arrays_like(self.name, self.get_weights(), weights)
        self._linear.weight.data.copy_(arrays[0].T)
        if self._linear.bias is not None:
            self._linear.bias.data.copy_(arrays[1])


class Flatten(Layer):
    """Every sample as one axis."""

    def _build(self, input_shape: Shape) -> tuple[list[nn.Module], Shape]:
        return [nn.Flatten()], (prod(input_shape),)


class Dropout(Layer):
    """In training, each element is 0 with probability rate, else x / (1 - rate).

    Args:
        rate: share that is dropped, in [0, 1].
        name, input_shape, trainable: as Layer's.
    """

    def __init__(
        self, rate: float, *, name: str | None = None, input_shape: Any = None, trainable: bool = True
    ) -> None:
        super().__init__(name, input_shape, trainable)
        self.rate = number(self.name, "rate", rate)
        if not 0 <= self.rate <= 1:
            raise ValueError(f"[{self.name}] rate must be in [0, 1], got {rate}")

    def _build(self, input_shape: Shape) -> tuple[list[nn.Module], Shape]:
        return [nn.Dropout(self.rate)], input_shape


class Activation(Layer):
    """An activation as a layer of its own.

    Args:
        activation: as Dense's.
        name, input_shape, trainable: as Layer's.
    """

    def __init__(
        self, activation: str | None, *, name: str | None = None, input_shape: Any = None, trainable: bool = True
    ) -> None:
        super().__init__(name, input_shape, trainable)
        activation_modules(self.name, activation)
        self.activation = activation

    def _build(self, input_shape: Shape) -> tuple[list[nn.Module], Shape]:
        return activation_modules(self.name, self.activation), input_shape


class InputLayer(Layer):
    """Says the shape of a model's samples."""

    def __init__(self, shape: Any, *, name: str | None = None) -> None:
        super().__init__(name, shape)

    def _build(self, input_shape: Shape) -> tuple[list[nn.Module], Shape]:
        return [], input_shape


def Input(shape: Any, *, name: str | None = None) -> InputLayer:  # noqa: N802  Keras' name
    """The shape of a model's samples, as the first of a Sequential's layers."""
    return InputLayer(shape, name=name)
