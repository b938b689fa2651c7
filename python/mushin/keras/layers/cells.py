"""Recurrent cells: what a recurrent layer does in one step, with its weights in nn's layout."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

from mushin import nn, ops
from mushin.autograd import Tensor
from mushin.keras import activations, constraints, initializers, regularizers
from mushin.keras.arguments import flag, positive_integer, rate_of, seed_of
from mushin.keras.layers.layer import Layer
from mushin.ops.creation import ones, zeros
from mushin.ops.random import Generator
from mushin.ops.recurrent import Way

# From an input and states to an output and new states.
Step = Callable[[Any, list[Any]], tuple[Any, list[Any]]]
Masks = list[Tensor] | None


class Cell(Layer):
    """What the library's cells share: arguments, weights, and the masks of dropout.

    The arguments are those of SimpleRNNCell, GRUCell and LSTMCell.
    """

    blocks: int  # of `units` columns in each kernel
    states: int

    def __init__(
        self,
        units: int,
        activation: Any,
        recurrent_activation: Any,
        use_bias: bool,
        kernel_initializer: Any,
        recurrent_initializer: Any,
        bias_initializer: Any,
        kernel_regularizer: Any,
        recurrent_regularizer: Any,
        bias_regularizer: Any,
        kernel_constraint: Any,
        recurrent_constraint: Any,
        bias_constraint: Any,
        dropout: float,
        recurrent_dropout: float,
        seed: int | None,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.units = positive_integer(self.name, "units", units)
        self.activation = activations.get(activation, self.name)
        self.recurrent_activation = activations.get(recurrent_activation, self.name)
        self.use_bias = flag(self.name, "use_bias", use_bias)
        self.kernel_initializer = initializers.get(kernel_initializer)
        self.recurrent_initializer = initializers.get(recurrent_initializer)
        self.bias_initializer = initializers.get(bias_initializer)
        self.kernel_regularizer = regularizers.get(kernel_regularizer)
        self.recurrent_regularizer = regularizers.get(recurrent_regularizer)
        self.bias_regularizer = regularizers.get(bias_regularizer)
        self.kernel_constraint = constraints.get(kernel_constraint)
        self.recurrent_constraint = constraints.get(recurrent_constraint)
        self.bias_constraint = constraints.get(bias_constraint)
        self.dropout = rate_of(self.name, "dropout", dropout, below_one=True)
        self.recurrent_dropout = rate_of(self.name, "recurrent_dropout", recurrent_dropout, below_one=True)
        self.seed = seed_of(self.name, seed)
        self._generator = None if self.seed is None else Generator().manual_seed(self.seed)

    # --- weights

    def build(self, input_shape: Any) -> None:
        width = self.last_length(input_shape)
        columns = self.blocks * self.units
        bias = self._bias_shape()
        self.claim((width, columns), (self.units, columns), *([bias] if self.use_bias else []))
        self.weight_ih = self._weight(
            (width, columns), self.kernel_initializer, self.kernel_regularizer, self.kernel_constraint
        )
        self.weight_hh = self._weight(
            (self.units, columns), self.recurrent_initializer, self.recurrent_regularizer, self.recurrent_constraint
        )
        self.bias = nn.Parameter(self._first_bias(bias)) if self.use_bias else None
        if self.bias is not None:
            self.note(self.bias, self.bias_regularizer, self.bias_constraint)
        self.expected_shape = (..., width)

    def _weight(self, shape: tuple[int, int], initializer: Any, regularizer: Any, constraint: Any) -> nn.Parameter:
        """A weight in nn's layout, whose first values are drawn in Keras'."""
        weight = nn.Parameter(Tensor(np.ascontiguousarray(initializer(shape).array.T)))
        self.note(weight, regularizer, constraint, order=(1, 0))
        return weight

    def _bias_shape(self) -> tuple[int, ...]:
        return (self.blocks * self.units,)

    def _first_bias(self, shape: tuple[int, ...]) -> Tensor:
        first: Tensor = self.bias_initializer(shape)
        return first

    @property
    def kernel(self) -> Tensor:
        """A view of the input's weight in Keras' layout, (features, blocks of units).

        Raises:
            AttributeError: the cell is not built.
        """
        return ops.transpose(self._built_weight("weight_ih"), 0, 1)

    @property
    def recurrent_kernel(self) -> Tensor:
        """A view of the states' weight in Keras' layout, (units, blocks of units).

        Raises:
            AttributeError: the cell is not built.
        """
        return ops.transpose(self._built_weight("weight_hh"), 0, 1)

    def _built_weight(self, name: str) -> Tensor:
        if not self.built:
            raise AttributeError(f"[{self.name}] the kernels are there once the cell knows its input's shape")
        weight: Tensor = getattr(self, name)
        return weight

    # --- steps

    @property
    def state_size(self) -> Any:
        """The width of the state, or a list with that of each."""
        return self.units if self.states == 1 else [self.units] * self.states

    @property
    def output_size(self) -> int:
        return self.units

    def get_initial_state(self, batch_size: int) -> list[Tensor]:
        """States of zeros."""
        return [zeros(batch_size, self.units) for _ in range(self.states)]

    def call(self, inputs: Any, states: Any, training: bool = False) -> Any:  # type: ignore[override]
        """The output (batch, units) and the new states, of an input (batch, features) and states as Keras has them.
        Every call in training draws masks of its own."""
        given = list(states) if isinstance(states, (list, tuple)) else [states]
        output, new_states = self.stepper(inputs, given, training)(inputs, given)
        return output, new_states if isinstance(states, (list, tuple)) else new_states[0]

    def compute_output_shape(self, input_shape: Any) -> Any:
        state = (input_shape[0], self.units)
        return state, [state] * self.states

    def stepper(self, inputs: Any, states: list[Any], training: bool) -> Step:
        """A function of an input and states: a step with the masks of dropout, which are drawn here."""
        count = self._masks_of_a_step()
        of_inputs = self._masks(inputs, self.dropout if training else 0.0, count)
        of_states = self._masks(states[0], self.recurrent_dropout if training else 0.0, count)
        return lambda x, given: self._step(x, given, of_inputs, of_states)

    def _masks_of_a_step(self) -> int:
        """As in Keras, each block has masks of its own if states are dropped, else all share one."""
        return 1 if self.recurrent_dropout == 0 else self.blocks

    def _masks(self, like: Tensor, rate: float, count: int) -> Masks:
        if rate == 0:
            return None
        return [ops.dropout(ones(*like.shape), rate, own=self._generator) for _ in range(count)]

    def _step(self, x: Any, states: list[Any], of_inputs: Masks, of_states: Masks) -> tuple[Any, list[Any]]:
        raise NotImplementedError

    # --- whole sequences

    def takes_whole(self, training: bool) -> bool:
        """Whether one op takes a whole sequence."""
        return self._is_fused() and not (training and self.recurrent_dropout > 0)

    def _is_fused(self) -> bool:
        return self.activation is activations.tanh and self.recurrent_activation is activations.sigmoid

    def whole(self, x: Any, states: list[Any] | None, way: Way, training: bool) -> tuple[Any, list[Any]]:
        """The outputs (batch, time, units) and the last states of a sequence (batch, time, features)."""
        masks = self._masks(ops.select(x, 1, 0), self.dropout if training else 0.0, 1)
        if masks is not None:
            x = ops.mul(x, ops.unsqueeze(masks[0], 1))
        y, *last = self._sequence(x, states, way)
        return y, last

    def _sequence(self, x: Any, states: list[Any] | None, way: Way) -> Any:
        """The op's outputs and last states."""
        raise NotImplementedError


def _blocks(x: Any, weight: Any, bias: Any, masks: Masks, count: int) -> Any:
    """The blocks of x weight^T + bias, of which each has its own mask of x, or all one."""
    if masks is None or len(masks) == 1:
        return ops.chunk(ops.linear(x if masks is None else ops.mul(x, masks[0]), weight, bias), count, -1)
    weights = ops.chunk(weight, count)
    biases = [None] * count if bias is None else ops.chunk(bias, count)
    return [ops.linear(ops.mul(x, mask), w, b) for mask, w, b in zip(masks, weights, biases)]


class SimpleRNNCell(Cell):
    """A step of SimpleRNN: activation(x kernel + h recurrent_kernel + bias).

    Args:
        units: width of the state and the output.
        activation: a name, as `keras.activations` has them, a function, or None.
        use_bias: whether there is a bias.
        kernel_initializer, recurrent_initializer, bias_initializer: as `keras.initializers` has them.
        kernel_regularizer, recurrent_regularizer, bias_regularizer: as `keras.regularizers` has them.
        kernel_constraint, recurrent_constraint, bias_constraint: as `keras.constraints` has them.
        dropout, recurrent_dropout: share of the input's and the state's elements that is dropped in training, in
            [0, 1).
        seed: of the cell's own random numbers; None for the library's.
        options: as Layer's.

    Shapes: x (batch, features), h (batch, units), kernel (features, units), recurrent_kernel (units, units), bias
    (units,).

    Source: keras.layers.SimpleRNNCell.
    """

    blocks = 1
    states = 1

    def __init__(
        self,
        units: int,
        activation: Any = "tanh",
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        recurrent_initializer: Any = "orthogonal",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        recurrent_regularizer: Any = None,
        bias_regularizer: Any = None,
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        seed: int | None = None,
        **options: Any,
    ) -> None:
        super().__init__(
            units, activation, None, use_bias,
            kernel_initializer, recurrent_initializer, bias_initializer,
            kernel_regularizer, recurrent_regularizer, bias_regularizer,
            kernel_constraint, recurrent_constraint, bias_constraint,
            dropout, recurrent_dropout, seed, **options,
        )  # fmt: skip

    def _is_fused(self) -> bool:
        return self.activation in (activations.tanh, activations.relu)

    def _sequence(self, x: Any, states: list[Any] | None, way: Way) -> Any:
        nonlinearity = "relu" if self.activation is activations.relu else "tanh"
        return ops.rnn(
            x, states and states[0], self.weight_ih, self.weight_hh, self.bias, way=way, nonlinearity=nonlinearity
        )

    def _step(self, x: Any, states: list[Any], of_inputs: Masks, of_states: Masks) -> tuple[Any, list[Any]]:
        (of_x,) = _blocks(x, self.weight_ih, self.bias, of_inputs, 1)
        (of_h,) = _blocks(states[0], self.weight_hh, None, of_states, 1)
        h = self.activation(ops.add(of_x, of_h))
        return h, [h]


class GRUCell(Cell):
    """A step of GRU, whose blocks are z, r and n.

        z, r = recurrent_activation of their blocks of x kernel + h recurrent_kernel + bias
        n = activation of its block of x kernel + bias, plus r (h recurrent_kernel + its bias)
        h = z h + (1 - z) n

    Args:
        recurrent_activation: of z and r, as `activation`.
        reset_after: False: n's second part is (r h) recurrent_kernel, and there is one bias.
        others: as SimpleRNNCell's.

    Shapes: x (batch, features), h (batch, units), kernel (features, 3 units), recurrent_kernel (units, 3 units), bias
    (2, 3 units), the input's and the state's; (3 units,) unless reset_after.

    Source: keras.layers.GRUCell.
    """

    blocks = 3
    states = 1

    def __init__(
        self,
        units: int,
        activation: Any = "tanh",
        recurrent_activation: Any = "sigmoid",
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        recurrent_initializer: Any = "orthogonal",
        bias_initializer: Any = "zeros",
        kernel_regularizer: Any = None,
        recurrent_regularizer: Any = None,
        bias_regularizer: Any = None,
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        reset_after: bool = True,
        seed: int | None = None,
        **options: Any,
    ) -> None:
        super().__init__(
            units, activation, recurrent_activation, use_bias,
            kernel_initializer, recurrent_initializer, bias_initializer,
            kernel_regularizer, recurrent_regularizer, bias_regularizer,
            kernel_constraint, recurrent_constraint, bias_constraint,
            dropout, recurrent_dropout, seed, **options,
        )  # fmt: skip
        self.reset_after = flag(self.name, "reset_after", reset_after)

    def _bias_shape(self) -> tuple[int, ...]:
        return (2, 3 * self.units) if self.reset_after else (3 * self.units,)

    def _biases(self) -> tuple[Any, Any]:
        """The input's and the state's."""
        if self.bias is None or not self.reset_after:
            return self.bias, None
        return ops.select(self.bias, 0, 0), ops.select(self.bias, 0, 1)

    def _sequence(self, x: Any, states: list[Any] | None, way: Way) -> Any:
        return ops.gru(
            x, states and states[0], self.weight_ih, self.weight_hh, *self._biases(),
            way=way, reset_after=self.reset_after, update_first=True,
        )  # fmt: skip

    def _step(self, x: Any, states: list[Any], of_inputs: Masks, of_states: Masks) -> tuple[Any, list[Any]]:
        h, (of_x, of_h) = states[0], self._biases()
        x_z, x_r, x_n = _blocks(x, self.weight_ih, of_x, of_inputs, 3)
        if self.reset_after:
            h_z, h_r, h_n = _blocks(h, self.weight_hh, of_h, of_states, 3)
        else:
            gates = ops.narrow(self.weight_hh, 0, 0, 2 * self.units)
            h_z, h_r = _blocks(h, gates, None, None if of_states is None else of_states[:2], 2)
        z = self.recurrent_activation(ops.add(x_z, h_z))
        r = self.recurrent_activation(ops.add(x_r, h_r))
        if self.reset_after:
            of_reset = ops.mul(r, h_n)
        else:
            kept = h if of_states is None else ops.mul(h, of_states[2])
            of_reset = ops.linear(ops.mul(r, kept), ops.narrow(self.weight_hh, 0, 2 * self.units, self.units))
        n = self.activation(ops.add(x_n, of_reset))
        h = ops.add(ops.mul(z, h), ops.mul(ops.sub(1.0, z), n))
        return h, [h]


class LSTMCell(Cell):
    """A step of LSTM, whose blocks are i, f, g and o.

        i, f, o = recurrent_activation of their blocks of x kernel + h recurrent_kernel + bias
        c = f c + i activation(its block),  h = o activation(c)

    Args:
        recurrent_activation: of i, f and o, as `activation`.
        unit_forget_bias: whether f's bias starts as ones.
        others: as SimpleRNNCell's.

    Shapes: x (batch, features), h and c (batch, units), kernel (features, 4 units), recurrent_kernel (units, 4 units),
    bias (4 units,).

    Source: keras.layers.LSTMCell.
    """

    blocks = 4
    states = 2

    def __init__(
        self,
        units: int,
        activation: Any = "tanh",
        recurrent_activation: Any = "sigmoid",
        use_bias: bool = True,
        kernel_initializer: Any = "glorot_uniform",
        recurrent_initializer: Any = "orthogonal",
        bias_initializer: Any = "zeros",
        unit_forget_bias: bool = True,
        kernel_regularizer: Any = None,
        recurrent_regularizer: Any = None,
        bias_regularizer: Any = None,
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        seed: int | None = None,
        **options: Any,
    ) -> None:
        super().__init__(
            units, activation, recurrent_activation, use_bias,
            kernel_initializer, recurrent_initializer, bias_initializer,
            kernel_regularizer, recurrent_regularizer, bias_regularizer,
            kernel_constraint, recurrent_constraint, bias_constraint,
            dropout, recurrent_dropout, seed, **options,
        )  # fmt: skip
        self.unit_forget_bias = flag(self.name, "unit_forget_bias", unit_forget_bias)

    def _first_bias(self, shape: tuple[int, ...]) -> Tensor:
        if not self.unit_forget_bias:
            return super()._first_bias(shape)
        parts = [self.bias_initializer((self.units,)), ones(self.units), self.bias_initializer((2 * self.units,))]
        return Tensor(np.concatenate([part.array for part in parts]))

    def _sequence(self, x: Any, states: list[Any] | None, way: Way) -> Any:
        given = None if states is None else (states[0], states[1])
        return ops.lstm(x, given, self.weight_ih, self.weight_hh, self.bias, way=way)

    def _step(self, x: Any, states: list[Any], of_inputs: Masks, of_states: Masks) -> tuple[Any, list[Any]]:
        of_x = _blocks(x, self.weight_ih, self.bias, of_inputs, 4)
        of_h = _blocks(states[0], self.weight_hh, None, of_states, 4)
        i, f, g, o = (ops.add(a, b) for a, b in zip(of_x, of_h))
        carried = ops.mul(self.recurrent_activation(f), states[1])
        c = ops.add(carried, ops.mul(self.recurrent_activation(i), self.activation(g)))
        h = ops.mul(self.recurrent_activation(o), self.activation(c))
        return h, [h, c]
