"""Recurrent layers: RNN, which takes any cell through the steps of sequences, and SimpleRNN, GRU and LSTM."""

from __future__ import annotations

from typing import Any

import numpy as np

from mushin import ops
from mushin.autograd import Tensor, no_grad
from mushin.keras.arguments import argument_names, flag
from mushin.keras.layers.cells import GRUCell, LSTMCell, SimpleRNNCell
from mushin.keras.layers.layer import Layer
from mushin.keras.layers.stacked_cells import (
    StackedRNNCells,
    check_cell,
    initial_states,
    output_size_of,
    stepper_of,
)
from mushin.keras.structures import leaves, mapped, packed
from mushin.keras.symbolic import is_probing
from mushin.keras.variables import Variable
from mushin.ops.arrays import tensor_of
from mushin.ops.creation import zeros
from mushin.ops.recurrent import Way


class RNN(Layer):
    """A cell that is taken through the steps of sequences.

    Args:
        cell: a cell of `keras.layers`, or several, which are stacked; or what has `call(inputs, states)`, which returns
            an output and new states, and `state_size`, the width of its state or a list of widths.
        return_sequences: return the output of every step (batch, time, units), not of the last alone (batch, units).
        return_state: return the last states, too, each (batch, units).
        go_backwards: from the last step to the first; outputs come in the order in which they were taken.
        stateful: the last states of a batch are the next one's first ones, until `reset_state`; all batches have as
            many samples.
        unroll: changes nothing.
        zero_output_for_mask: what comes where the mask is False is 0, not the output before.
        options: as Layer's.

    `call(sequences, initial_state=None, mask=None, training=False)` takes sequences (batch, time, features), first
    states as `return_state` returns them, zeros if None, and a mask (batch, time): where it is False the states stay as
    they are and the output is the one before, 0 where there is none.

    Dropout draws masks once for each batch, which all steps share; one for all gates, or one for each gate where there
    is recurrent_dropout.

    Source: keras.layers.RNN.
    """

    supports_masking = True
    makes_masks = False

    def __init__(
        self,
        cell: Any,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        unroll: bool = False,
        zero_output_for_mask: bool = False,
        **options: Any,
    ) -> None:
        super().__init__(**options)
        self.cell = StackedRNNCells(cell) if isinstance(cell, (list, tuple)) else cell
        check_cell(self.name, "cell", self.cell)
        self.return_sequences = flag(self.name, "return_sequences", return_sequences)
        self.return_state = flag(self.name, "return_state", return_state)
        self.go_backwards = flag(self.name, "go_backwards", go_backwards)
        self.stateful = flag(self.name, "stateful", stateful)
        self.unroll = flag(self.name, "unroll", unroll)
        self.zero_output_for_mask = flag(self.name, "zero_output_for_mask", zero_output_for_mask)
        self.states: list[Any] | None = None  # of a stateful layer, once it has been called

    def build(self, input_shape: Any) -> None:
        if len(input_shape) < 3:
            raise ValueError(f"[{self.name}] input must have shape (time, features), got {tuple(input_shape)[1:]}")
        if isinstance(self.cell, Layer):
            self.cell.build((input_shape[0], *input_shape[2:]))
        self.expected_shape = (None, None, *input_shape[2:])

    @property
    def state_size(self) -> list[Any]:
        """The width of each state."""
        size = self.cell.state_size
        return list(size) if isinstance(size, (list, tuple)) else [size]

    def compute_output_shape(self, input_shape: Any) -> Any:
        batch, width = input_shape[0], output_size_of(self.cell)
        output = (batch, input_shape[1], width) if self.return_sequences else (batch, width)
        if not self.return_state:
            return output
        states = [[(batch, n) for n in size] if isinstance(size, (list, tuple)) else (batch, size)
                  for size in self.state_size]  # fmt: skip
        return (output, *states)

    # --- calls

    def call(self, sequences: Any, initial_state: Any = None, mask: Any = None, training: bool = False) -> Any:
        if sequences.shape[1] == 0:
            raise ValueError(f"[{self.name}] sequences must have at least one step, got shape {sequences.shape}")
        states = self._first_states(len(sequences), initial_state)
        truth = None if mask is None else _truth(leaves(mask)[0])
        output, last = self._taken(sequences, states, truth, training)
        if self.stateful and self.states is not None:
            with no_grad():
                for kept, state in zip(leaves(self.states), leaves(last)):
                    kept.assign(state.detach())
        return (output, *last) if self.return_state else output

    def _first_states(self, batch: int, given: Any) -> list[Any] | None:
        """None for zeros."""
        if given is not None:
            states = list(given) if isinstance(given, (list, tuple)) else [given]
            if len(states) != len(self.state_size):
                raise ValueError(
                    f"[{self.name}] initial_state must hold {len(self.state_size)} states, got {len(states)}"
                )
            return states
        if not self.stateful or is_probing():
            return None
        if self.states is None:
            self.states = mapped(lambda state: Variable(state.array), initial_states(self.cell, batch))
        kept = leaves(self.states)[0]
        if len(kept) != batch:
            raise ValueError(
                f"[{self.name}] sequences must be as many as in the batch before, {len(kept)}, in a stateful layer, "
                f"got {batch}"
            )
        # Copies: the way back needs them when the next ones have been written.
        return mapped(lambda state: state.clone(), self.states)  # type: ignore[no-any-return]

    def _taken(self, x: Any, states: list[Any] | None, mask: Any, training: bool) -> tuple[Any, list[Any]]:
        """What the layer returns of outputs, and the last states."""
        takes_whole = getattr(self.cell, "takes_whole", None)
        if takes_whole is None or not takes_whole(training):
            return self._step_by_step(x, states, mask, training)
        way = Way(mask, batch_first=True, reverse=self.go_backwards, repeat=not self.zero_output_for_mask)
        y, last = self.cell.whole(x, states, way, training)
        if self.return_sequences:
            return ops.flip(y, 1) if self.go_backwards else y, last
        if mask is not None and (states is not None or self.zero_output_for_mask):
            return ops.select(y, 1, 0 if self.go_backwards else -1), last  # no step leaves a first state, but 0 here
        return leaves(last[-1] if isinstance(last[-1], list) else last)[0], last

    def _step_by_step(self, x: Any, states: list[Any] | None, mask: Any, training: bool) -> tuple[Any, list[Any]]:
        if states is None:
            states = initial_states(self.cell, len(x))
        step = stepper_of(self.cell, ops.select(x, 1, 0), states, training)
        outputs: list[Any] = []
        times = range(x.shape[1])
        for time in reversed(times) if self.go_backwards else times:
            output, new_states = step(ops.select(x, 1, time), states)
            if mask is None:
                states = new_states
            else:
                is_taken = ops.select(mask, 1, time)
                before = outputs[-1] if outputs and not self.zero_output_for_mask else zeros(*output.shape)
                output = _chosen(is_taken, output, before)
                pairs = zip(leaves(new_states), leaves(states))
                states = packed(states, [_chosen(is_taken, new, old) for new, old in pairs])
            outputs.append(output)
        return ops.stack(outputs, 1) if self.return_sequences else outputs[-1], list(states)

    # --- masks and states

    def compute_mask(self, inputs: Any, previous_mask: Any) -> Any:
        """The input's, if there is an output for every step; states have none."""
        mask = leaves(previous_mask)[0] if self.return_sequences else None
        return [mask, *([None] * len(self.state_size))] if self.return_state else mask

    def get_initial_state(self, batch_size: int) -> list[Any]:
        """The cell's first states: zeros, unless it says otherwise."""
        return initial_states(self.cell, batch_size)

    def reset_state(self) -> None:
        """Lets the next batch of a stateful layer begin with zeros."""
        for state in leaves(self.states or []):
            state.assign(0.0)

    def reset_states(self) -> None:
        """The same as `reset_state`."""
        self.reset_state()


def _truth(mask: Any) -> Tensor:
    """A mask of truth values: numbers other than 0 are true."""
    given = tensor_of(mask)
    return given if given.array.dtype == np.bool_ else ops.ne(given, 0)


def _chosen(is_taken: Tensor, new: Any, old: Any) -> Any:
    """Of each sample the new values if its step is taken, else the old ones."""
    return ops.where(ops.reshape(is_taken, (len(new), *(1,) * (new.ndim - 1))), new, old)


class _OfOneCell(RNN):
    """Base of the layers that make their cell: its arguments are theirs, too."""

    def __init__(self, cell: Any, use_cudnn: Any = "auto", **options: Any) -> None:
        super().__init__(cell, **options)
        if use_cudnn not in ("auto", True, False):
            raise ValueError(f"[{self.name}] use_cudnn must be 'auto', True or False, got {use_cudnn!r}")
        self.use_cudnn = use_cudnn

    def __getattr__(self, name: str) -> Any:
        cell = vars(self).get("cell")
        if cell is None or name not in (argument_names(type(cell)) or ()):
            raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")
        return getattr(cell, name)

    def build(self, input_shape: Any) -> None:
        if len(input_shape) != 3:
            raise ValueError(f"[{self.name}] input must have shape (time, features), got {tuple(input_shape)[1:]}")
        super().build(input_shape)


class SimpleRNN(_OfOneCell):
    """The plain recurrent layer: h = activation(x kernel + h recurrent_kernel + bias) from step to step.

    Args:
        units: width of the state and the output.
        activation: a name, as `keras.activations` has them, a function, or None. "tanh" and "relu" take a whole
            sequence in one op, others go step by step.
        use_bias: whether there is a bias.
        kernel_initializer, recurrent_initializer, bias_initializer: as `keras.initializers` has them.
        kernel_regularizer, recurrent_regularizer, bias_regularizer: as `keras.regularizers` has them.
        activity_regularizer: as Layer's.
        kernel_constraint, recurrent_constraint, bias_constraint: as `keras.constraints` has them.
        dropout, recurrent_dropout: share of the inputs' and the states' elements that is dropped in training, in
            [0, 1), the same ones at every step; the latter goes step by step.
        seed: of random numbers of the layer's own; None for the library's.
        return_sequences, return_state, go_backwards, stateful, unroll: as RNN's, as the arguments of calls are.
        options: zero_output_for_mask, as RNN's, and Layer's.

    The weights are kernel (features, units), recurrent_kernel (units, units) and bias (units,), of `cell`.

    Source: keras.layers.SimpleRNN.
    """

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
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        unroll: bool = False,
        seed: int | None = None,
        **options: Any,
    ) -> None:
        cell = SimpleRNNCell(
            units, activation, use_bias, kernel_initializer, recurrent_initializer, bias_initializer,
            kernel_regularizer, recurrent_regularizer, bias_regularizer,
            kernel_constraint, recurrent_constraint, bias_constraint,
            dropout, recurrent_dropout, seed, name="simple_rnn_cell",
        )  # fmt: skip
        super().__init__(
            cell, return_sequences=return_sequences, return_state=return_state, go_backwards=go_backwards,
            stateful=stateful, unroll=unroll, activity_regularizer=activity_regularizer, **options,
        )  # fmt: skip


class GRU(_OfOneCell):
    """Gated recurrent units: h = z h + (1 - z) n from step to step.

        z, r = recurrent_activation of their blocks of x kernel + h recurrent_kernel + bias
        n = activation of its block of x kernel + bias, plus r (h recurrent_kernel + its bias)

    Args:
        activation, recurrent_activation: as SimpleRNN's; "tanh" and "sigmoid" take a whole sequence in one op.
        reset_after: False: n's second part is (r h) recurrent_kernel, and there is one bias.
        use_cudnn: changes nothing.
        others: as SimpleRNN's.

    The weights are kernel (features, 3 units), recurrent_kernel (units, 3 units) and bias (2, 3 units), the input's and
    the state's, or (3 units,) unless reset_after; the blocks are z, r and n.

    Source: keras.layers.GRU.
    """

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
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        seed: int | None = None,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        unroll: bool = False,
        reset_after: bool = True,
        use_cudnn: Any = "auto",
        **options: Any,
    ) -> None:
        cell = GRUCell(
            units, activation, recurrent_activation, use_bias,
            kernel_initializer, recurrent_initializer, bias_initializer,
            kernel_regularizer, recurrent_regularizer, bias_regularizer,
            kernel_constraint, recurrent_constraint, bias_constraint,
            dropout, recurrent_dropout, reset_after, seed, name="gru_cell",
        )  # fmt: skip
        super().__init__(
            cell, use_cudnn, return_sequences=return_sequences, return_state=return_state, go_backwards=go_backwards,
            stateful=stateful, unroll=unroll, activity_regularizer=activity_regularizer, **options,
        )  # fmt: skip


class LSTM(_OfOneCell):
    """Long short-term memory: c = f c + i g and h = o activation(c) from step to step.

        i, f, o = recurrent_activation of their blocks of x kernel + h recurrent_kernel + bias
        g = activation of its block

    Args:
        activation, recurrent_activation: as SimpleRNN's; "tanh" and "sigmoid" take a whole sequence in one op.
        unit_forget_bias: whether f's bias starts as ones.
        use_cudnn: changes nothing.
        others: as SimpleRNN's.

    The weights are kernel (features, 4 units), recurrent_kernel (units, 4 units) and bias (4 units,); the blocks are i,
    f, g and o. The states are h and c.

    Source: keras.layers.LSTM.
    """

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
        activity_regularizer: Any = None,
        kernel_constraint: Any = None,
        recurrent_constraint: Any = None,
        bias_constraint: Any = None,
        dropout: float = 0.0,
        recurrent_dropout: float = 0.0,
        seed: int | None = None,
        return_sequences: bool = False,
        return_state: bool = False,
        go_backwards: bool = False,
        stateful: bool = False,
        unroll: bool = False,
        use_cudnn: Any = "auto",
        **options: Any,
    ) -> None:
        cell = LSTMCell(
            units, activation, recurrent_activation, use_bias,
            kernel_initializer, recurrent_initializer, bias_initializer, unit_forget_bias,
            kernel_regularizer, recurrent_regularizer, bias_regularizer,
            kernel_constraint, recurrent_constraint, bias_constraint,
            dropout, recurrent_dropout, seed, name="lstm_cell",
        )  # fmt: skip
        super().__init__(
            cell, use_cudnn, return_sequences=return_sequences, return_state=return_state, go_backwards=go_backwards,
            stateful=stateful, unroll=unroll, activity_regularizer=activity_regularizer, **options,
        )  # fmt: skip
