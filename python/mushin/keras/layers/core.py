"""Dense, and the layers that only pass on or compute a function."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from mushin import nn, ops
from mushin.autograd import Tensor
from mushin.keras import activations, constraints, initializers, regularizers
from mushin.keras.arguments import flag, number, positive_integer
from mushin.keras.layers.layer import Layer
from mushin.keras.layers.shapes import shape_of_sample
from mushin.keras.masks import set_mask
from mushin.keras.symbolic import KerasTensor, Node


class Dense(Layer):
    """y = activation(x kernel + bias) on the last axis.

    Args:
        units: width of the output.
        activation: a name, as `keras.activations` has them, a function, or None.
        use_bias: whether there is a bias.
        kernel_initializer, bias_initializer: names or objects, as `keras.initializers` has them.
        kernel_regularizer, bias_regularizer: names or objects, as `keras.regularizers` has them, or functions.
        activity_regularizer: as Layer's.
        kernel_constraint, bias_constraint: names or objects, as `keras.constraints` has them, or functions.
        options: as Layer's.

    `kernel`, of shape (input width, units), and `bias`, None without one, are there once the layer is built.
    """

    supports_masking = True

    def __init__(
        self,
        units: int,
        activation: Any = None,
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        bias_regularizer: Any = None,
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        bias_constraint: Any = None,
        **options: Any,
    ) -> None:
        super().__init__(activity_regularizer=activity_regularizer, **options)
        self.units = positive_integer(self.name, "units", units)
        self.activation = activations.get(activation, self.name)
        self.use_bias = flag(self.name, "use_bias", use_bias)
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        self.kernel_constraint = constraints.get(kernel_constraint)
        self.bias_constraint = constraints.get(bias_constraint)

    def build(self, input_shape: Any) -> None:
        width = self.last_length(input_shape)
        self.claim((width, self.units), (self.units,))
        linear = nn.Linear(width, self.units, bias=self.use_bias)
        # Drawn in Keras' layout, so that the numbers do not depend on how nn keeps the weight.
        linear.weight.array[...] = self.kernel_initializer((width, self.units)).array.T
        self.note(linear.weight, self.kernel_regularizer, self.kernel_constraint, order=(1, 0))
        if linear.bias is not None:
            linear.bias.array[...] = self.bias_initializer((self.units,)).array
            self.note(linear.bias, self.bias_regularizer, self.bias_constraint)
        self.modules = [linear, *activations.modules_of(self.activation)]
        self.expected_shape = (..., width)

    @property
    def kernel(self) -> Tensor:
        """A view of nn's weight in Keras' layout.

        Raises:
            AttributeError: the layer is not built.
        """
        return ops.transpose(self._linear().weight, 0, 1)

    @property
    def bias(self) -> Tensor | None:
        """nn's bias.

        Raises:
            AttributeError: the layer is not built.
        """
        return self._linear().bias

    def _linear(self) -> nn.Linear:
        if not self.built:
            raise AttributeError(f"[{self.name}] kernel and bias are there once the layer knows its input's shape")
        linear = self.modules[0]
        assert isinstance(linear, nn.Linear)
        return linear

    def compute_output_shape(self, input_shape: Any) -> Any:
        return (*input_shape[:-1], self.units)


class Activation(Layer):
    """An activation as a layer of its own.

    Args:
        activation: as Dense's.
        options: as Layer's.
    """

    keeps_shape = True
    supports_masking = True

    def __init__(self, activation: Any, **options: Any) -> None:
        super().__init__(**options)
        self.activation = activations.get(activation, self.name)

    def build(self, input_shape: Any) -> None:
        self.modules = activations.modules_of(self.activation)


class Identity(Layer):
    """y = x."""

    keeps_shape = True
    supports_masking = True


class Masking(Layer):
    """Hides the steps of (batch, time, features) whose features all are a value: the layers behind skip them, and here
    they become 0.

    Args:
        mask_value: the value.
        options: as Layer's.

    Source: keras.layers.Masking.
    """

    keeps_shape = True

    def __init__(self, mask_value: float = 0.0, **options: Any) -> None:
        super().__init__(**options)
        self.mask_value = number(self.name, "mask_value", mask_value)

    def compute_mask(self, inputs: Any, previous_mask: Any = None) -> Any:
        """Where any feature is another number."""
        return ops.any(ops.ne(inputs, self.mask_value), -1)

    def call(self, inputs: Any) -> Any:
        mask = self.compute_mask(inputs)
        y = ops.where(ops.unsqueeze(mask, -1), inputs, 0.0)
        set_mask(y, mask)
        return y


class Lambda(Layer):
    """A function of the inputs as a layer. A model with one can be saved, but the file cannot be loaded: functions are
    not saved. Make a Layer of your own to be loaded again.

    Args:
        function: of the inputs and, by name, the arguments.
        output_shape: (...) of a sample of the output, or a function from the input's shape (batch, ...) to its shape;
            found by trying if None.
        arguments: handed to the function by name.
        options: as Layer's.
    """

    def __init__(
        self,
        function: Callable[..., Any],
        output_shape: Any = None,
        arguments: dict[str, Any] | None = None,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        if not callable(function):
            raise TypeError(f"[{self.name}] function must be a function, got {function!r}")
        self.function = function
        self.shape_of_output = output_shape
        self.named_arguments = dict(arguments or {})

    def call(self, inputs: Any) -> Any:
        return self.function(inputs, **self.named_arguments)

    def compute_output_shape(self, input_shape: Any) -> Any:
        if self.shape_of_output is None:
            return super().compute_output_shape(input_shape)
        if callable(self.shape_of_output):
            return self.shape_of_output(input_shape)
        return (None, *shape_of_sample(self.name, self.shape_of_output, "output_shape"))

    def get_config(self) -> dict[str, Any]:
        return {"name": self.name, "trainable": self.trainable, "function": getattr(self.function, "__name__", "")}

    @classmethod
    def from_config(cls, config: dict[str, Any]) -> Any:
        """Raises ValueError: a configuration holds no function."""
        raise ValueError(f"[{config.get('name', 'lambda')}] a Lambda is not loaded: its function is in no file")

    def clone(self) -> Layer:
        options = {"output_shape": self.shape_of_output, "arguments": self.named_arguments}
        return type(self)(self.function, **options, name=self.name, trainable=self.trainable)


class InputLayer(Layer):
    """Says the shape of a model's samples.

    Args:
        shape: of one sample; None stands for a length that may change.
        batch_size: accepted and not kept: batches of all sizes are taken.
        dtype: of the samples, "float32" if None.
        batch_shape: (batch, ...) in `shape`'s place.
        name: as Layer's.
    """

    keeps_shape = True

    def __init__(
        self,
        shape: Any = None,
        batch_size: int | None = None,
        dtype: Any = None,
        batch_shape: Any = None,
        *,
        name: str | None = None,
    ) -> None:
        if (shape is None) == (batch_shape is None):
            raise ValueError(f"[InputLayer] one of shape and batch_shape must be given, got {shape} and {batch_shape}")
        super().__init__(name=name, input_shape=batch_shape[1:] if shape is None else shape)
        self.dtype = "float32" if dtype is None else KerasTensor((), dtype).dtype
        self.build(self.declared_shape)
        assert self.declared_shape is not None
        self._nodes.append(Node(self, (), {}, None, KerasTensor(self.declared_shape, self.dtype, self.name)))

    def get_config(self) -> dict[str, Any]:
        assert self.declared_shape is not None
        return {"shape": list(self.declared_shape[1:]), "dtype": self.dtype, "name": self.name}


def Input(  # noqa: N802  Keras' name
    shape: Any = None,
    batch_size: int | None = None,
    dtype: Any = None,
    batch_shape: Any = None,
    *,
    name: str | None = None,
) -> KerasTensor:
    """A KerasTensor: an input of a model that is made by calling layers on it; or the first of a Sequential's layers.
    The arguments are InputLayer's."""
    tensor: KerasTensor = InputLayer(shape, batch_size, dtype, batch_shape, name=name).output
    return tensor
