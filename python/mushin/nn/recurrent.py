"""Recurrent layers, several on one another and in both directions, and their cells for one step."""
# ruff: noqa: A002  `input` is PyTorch's name for the argument

from __future__ import annotations

import math
from collections.abc import Callable
from functools import partial
from typing import Any

from mushin import ops
from mushin.autograd import Tensor
from mushin.nn import functional, init
from mushin.nn.module import Module
from mushin.nn.packed_sequence import PackedSequence
from mushin.nn.parameter import Parameter, axis_length, float_dtype
from mushin.ops.creation import empty
from mushin.ops.random import check_probability
from mushin.ops.recurrent import Way


class RNNBase(Module):
    """What RNN, GRU and LSTM share: the parameters, the layers and their directions."""

    blocks: int  # of hidden_size rows in each weight

    def __init__(
        self,
        input_size: int,
        hidden_size: int,
        num_layers: int = 1,
        bias: bool = True,
        batch_first: bool = False,
        dropout: float = 0.0,
        bidirectional: bool = False,
        *,
        dtype: Any = None,
    ) -> None:
        super().__init__()
        name = type(self).__name__
        self.input_size = axis_length(name, "input_size", input_size)
        self.hidden_size = axis_length(name, "hidden_size", hidden_size)
        self.num_layers = axis_length(name, "num_layers", num_layers)
        for argument, value in (("hidden_size", hidden_size), ("num_layers", num_layers)):
            if value == 0:
                raise ValueError(f"[{name}] {argument} must be at least 1, got 0")
        check_probability(name, dropout)
        self.bias = bias
        self.batch_first = batch_first
        self.dropout = float(dropout)
        self.bidirectional = bidirectional
        dtype = float_dtype(name, dtype)
        for layer in range(num_layers):
            features = input_size if layer == 0 else hidden_size * self.num_directions
            for suffix in self._suffixes(layer):
                _register_weights(self, self.blocks, features, hidden_size, bias, suffix, dtype)
        self.reset_parameters()

    @property
    def num_directions(self) -> int:
        """2 if bidirectional, else 1."""
        return 2 if self.bidirectional else 1

    def _suffixes(self, layer: int) -> list[str]:
        return [f"_l{layer}", f"_l{layer}_reverse"][: self.num_directions]

    def reset_parameters(self) -> None:
        """Draws the initial values anew."""
        _reset(self, self.hidden_size)

    def flatten_parameters(self) -> None:
        """Nothing: weights are packed by each launch. PyTorch's models call it."""

    @property
    def all_weights(self) -> list[list[Parameter]]:
        """The parameters of each layer and direction."""
        suffixes = [suffix for layer in range(self.num_layers) for suffix in self._suffixes(layer)]
        return [[each for each in _weights(self, suffix) if each is not None] for suffix in suffixes]

    def _sequence(self, x: Tensor, state: Any, weights: list[Any], way: Way) -> Any:
        """The outputs and the last states of one layer in one direction."""
        raise NotImplementedError

    def _run(self, x: Tensor, hx: list[Tensor] | None, mask: Tensor | None) -> tuple[Tensor, list[Tensor]]:
        """The last layer's output, and each last state of all layers and directions."""
        last = []
        for layer in range(self.num_layers):
            outputs = []
            for direction, suffix in enumerate(self._suffixes(layer)):
                way = Way(mask, batch_first=self.batch_first, reverse=direction == 1)
                number = layer * self.num_directions + direction
                state = None if hx is None else tuple(each[number] for each in hx)
                y, *states = self._sequence(x, state, _weights(self, suffix), way)
                outputs.append(y)
                last.append(states)
            x = outputs[0] if len(outputs) == 1 else ops.cat(outputs, -1)
            if self.dropout > 0 and layer < self.num_layers - 1:
                x = functional.dropout(x, self.dropout, self.training)
        return x, [ops.stack(list(each)) for each in zip(*last)]

    def _forward(self, input: Any, hx: list[Tensor] | None) -> tuple[Any, list[Tensor]]:
        if isinstance(input, PackedSequence):
            padded, mask = input.padded(self.batch_first), input.mask()
            self._check(padded, hx, padded.shape)
            y, last = self._run(padded, hx, mask)
            return input.with_padded(y, self.batch_first), last
        name = type(self).__name__
        if not isinstance(input, Tensor):
            raise TypeError(f"[{name}] input must be a tensor or a PackedSequence, got {type(input).__name__}")
        if input.ndim not in (2, 3):
            axes = "(batch, time, features)" if self.batch_first else "(time, batch, features)"
            raise ValueError(f"[{name}] input must have shape {axes} or (time, features), got {input.shape}")
        self._check(input, hx, input.shape)
        if input.ndim == 3:
            return self._run(input, hx, None)
        batch_axis = 0 if self.batch_first else 1
        y, last = self._run(input.unsqueeze(batch_axis), hx and [each.unsqueeze(1) for each in hx], None)
        return y.squeeze(batch_axis), [each.squeeze(1) for each in last]

    def _check(self, input: Tensor, hx: list[Tensor] | None, shape: tuple[int, ...]) -> None:
        name = type(self).__name__
        if shape[-1] != self.input_size:
            raise ValueError(f"[{name}] input must have {self.input_size} features, got shape {shape}")
        batch = () if len(shape) == 2 else (shape[0 if self.batch_first else 1],)
        wanted = (self.num_layers * self.num_directions, *batch, self.hidden_size)
        for state, given in zip(("hx", "hx's c"), hx or ()):
            if not isinstance(given, Tensor):
                raise TypeError(f"[{name}] {state} must be a tensor, got {type(given).__name__}")
            if given.shape != wanted:
                raise ValueError(f"[{name}] {state} must have shape {wanted}, got {given.shape}")

    def extra_repr(self) -> str:
        text = f"{self.input_size}, {self.hidden_size}"
        if self.num_layers != 1:
            text += f", num_layers={self.num_layers}"
        if not self.bias:
            text += ", bias=False"
        if self.batch_first:
            text += ", batch_first=True"
        if self.dropout:
            text += f", dropout={self.dropout}"
        if self.bidirectional:
            text += ", bidirectional=True"
        return text


class RNN(RNNBase):
    """h = tanh(x W_ih^T + b_ih + h W_hh^T + b_hh) from step to step, or with relu.

    Args:
        input_size, hidden_size: the lengths of x's and y's last axis.
        num_layers: how many on one another; each takes the output of the one before it.
        bias: whether there are b_ih and b_hh.
        batch_first: whether x and y are (batch, time, features), not (time, batch, features).
        dropout: its probability on the outputs of all layers but the last.
        bidirectional: whether each layer also goes from the last step to the first; y has both, one after the other.
        nonlinearity: "tanh" or "relu".
        dtype: of the parameters: float32 (None) or float64.

    Shapes: x (time, batch, input_size), (time, input_size) or a PackedSequence; h_0 and h_n (num_layers * directions,
    batch, hidden_size). The parameters are weight_ih_l0 (hidden_size, input_size), weight_hh_l0 (hidden_size,
    hidden_size), bias_ih_l0, bias_hh_l0 (hidden_size,), those of layer 1 and so on, and with the ending _reverse; all
    start uniform in [-k, k), k = 1 / sqrt(hidden_size).

    Returns:
        y, and h_n, the last states.

    Raises:
        ValueError: sizes below 1, a probability outside [0, 1]; at the call, an x or h_0 that does not fit.
        TypeError: sizes that are no integers, another dtype.

    Source: torch.nn.RNN.
    """

    blocks = 1

    def __init__(self, *args: Any, nonlinearity: str = "tanh", **kwargs: Any) -> None:
        if nonlinearity not in ("tanh", "relu"):
            raise ValueError(f"[RNN] nonlinearity must be 'tanh' or 'relu', got {nonlinearity!r}")
        super().__init__(*args, **kwargs)
        self.nonlinearity = nonlinearity

    def _sequence(self, x: Tensor, state: Any, weights: list[Any], way: Way) -> Any:
        return ops.rnn(x, state and state[0], *weights, way=way, nonlinearity=self.nonlinearity)

    def forward(self, input: Tensor | PackedSequence, hx: Tensor | None = None) -> tuple[Any, Tensor]:
        y, (h,) = self._forward(input, None if hx is None else [hx])
        return y, h


class GRU(RNNBase):
    """Gated recurrent units: h = (1 - z) n + z h from step to step, with the reset gate after the product.

        r, z = sigmoid of their blocks of x W_ih^T + b_ih + h W_hh^T + b_hh
        n = tanh of its block of x W_ih^T + b_ih, plus r (h W_hh^T + b_hh)

    Arguments, shapes and errors as RNN's, without the nonlinearity; the weights and biases have three blocks of
    hidden_size rows, r, z and n.

    Returns:
        y, and h_n, the last states.

    Source: Cho et al. 2014; torch.nn.GRU.
    """

    blocks = 3

    def _sequence(self, x: Tensor, state: Any, weights: list[Any], way: Way) -> Any:
        return ops.gru(x, state and state[0], *weights, way=way)

    def forward(self, input: Tensor | PackedSequence, hx: Tensor | None = None) -> tuple[Any, Tensor]:
        y, (h,) = self._forward(input, None if hx is None else [hx])
        return y, h


class LSTM(RNNBase):
    """Long short-term memory: c = f c + i g and h = o tanh(c) from step to step.

        i, f, o = sigmoid of their blocks of x W_ih^T + b_ih + h W_hh^T + b_hh,  g = tanh of its block

    Arguments, shapes and errors as RNN's, without the nonlinearity; the weights and biases have four blocks of
    hidden_size rows, i, f, g and o, and hx is a pair (h_0, c_0).

    Returns:
        y, and the pair (h_n, c_n) of last states.

    Source: Hochreiter and Schmidhuber 1997; torch.nn.LSTM, without proj_size.
    """

    blocks = 4

    def _sequence(self, x: Tensor, state: Any, weights: list[Any], way: Way) -> Any:
        return ops.lstm(x, state, *weights, way=way)

    def forward(
        self, input: Tensor | PackedSequence, hx: tuple[Tensor, Tensor] | None = None
    ) -> tuple[Any, tuple[Tensor, Tensor]]:
        if hx is not None and not (isinstance(hx, (tuple, list)) and len(hx) == 2):
            raise TypeError(f"[LSTM] hx must be a pair (h_0, c_0), got {type(hx).__name__}")
        y, (h, c) = self._forward(input, None if hx is None else list(hx))
        return y, (h, c)


class RNNCellBase(Module):
    """What the cells share."""

    blocks: int

    def __init__(self, input_size: int, hidden_size: int, bias: bool = True, *, dtype: Any = None) -> None:
        super().__init__()
        name = type(self).__name__
        self.input_size = axis_length(name, "input_size", input_size)
        self.hidden_size = axis_length(name, "hidden_size", hidden_size)
        self.bias = bias
        _register_weights(self, self.blocks, input_size, hidden_size, bias, "", float_dtype(name, dtype))
        self.reset_parameters()

    def reset_parameters(self) -> None:
        """Draws the initial values anew."""
        _reset(self, self.hidden_size)

    def _step(self, op: Callable[..., Any], x: Tensor, states: tuple[Tensor, ...] | None) -> list[Tensor]:
        """The states after a step of (batch, features), or of (features,)."""
        name = type(self).__name__
        if not isinstance(x, Tensor) or x.ndim not in (1, 2) or x.shape[-1] != self.input_size:
            got = x.shape if isinstance(x, Tensor) else type(x).__name__
            raise ValueError(f"[{name}] input must have shape (batch, {self.input_size}), got {got}")
        batch = (x.shape[0],) if x.ndim == 2 else ()
        for state in states or ():
            if state.shape != (*batch, self.hidden_size):
                raise ValueError(f"[{name}] hx must have shape {(*batch, self.hidden_size)}, got {state.shape}")
        if not batch:
            x = x.unsqueeze(0)
            states = states and tuple(state.unsqueeze(0) for state in states)
        given = states and (states if len(states) > 1 else states[0])
        _, *last = op(x.unsqueeze(0), given, *_weights(self, ""))
        return last if batch else [state.squeeze(0) for state in last]

    def extra_repr(self) -> str:
        return f"{self.input_size}, {self.hidden_size}" + ("" if self.bias else ", bias=False")


class RNNCell(RNNCellBase):
    """A step of RNN: the next h.

    Shapes: x (batch, input_size), h (batch, hidden_size), or both without the batch; no h is zeros.

    Source: torch.nn.RNNCell.
    """

    blocks = 1

    def __init__(
        self, input_size: int, hidden_size: int, bias: bool = True, nonlinearity: str = "tanh", *, dtype: Any = None
    ) -> None:
        super().__init__(input_size, hidden_size, bias, dtype=dtype)
        if nonlinearity not in ("tanh", "relu"):
            raise ValueError(f"[RNNCell] nonlinearity must be 'tanh' or 'relu', got {nonlinearity!r}")
        self.nonlinearity = nonlinearity

    def forward(self, input: Tensor, hx: Tensor | None = None) -> Tensor:
        op = partial(ops.rnn, nonlinearity=self.nonlinearity)
        return self._step(op, input, None if hx is None else (hx,))[0]


class GRUCell(RNNCellBase):
    """A step of GRU: the next h.

    Shapes: x (batch, input_size), h (batch, hidden_size), or both without the batch; no h is zeros.

    Source: torch.nn.GRUCell.
    """

    blocks = 3

    def forward(self, input: Tensor, hx: Tensor | None = None) -> Tensor:
        return self._step(ops.gru, input, None if hx is None else (hx,))[0]


class LSTMCell(RNNCellBase):
    """A step of LSTM: the next h and c.

    Shapes: x (batch, input_size), h and c (batch, hidden_size), or all without the batch; no pair is zeros.

    Source: torch.nn.LSTMCell.
    """

    blocks = 4

    def forward(self, input: Tensor, hx: tuple[Tensor, Tensor] | None = None) -> tuple[Tensor, Tensor]:
        h, c = self._step(ops.lstm, input, hx)
        return h, c


def _register_weights(
    module: Module, blocks: int, features: int, hidden: int, bias: bool, suffix: str, dtype: Any
) -> None:
    rows = blocks * hidden
    setattr(module, f"weight_ih{suffix}", Parameter(empty(rows, features, dtype=dtype)))
    setattr(module, f"weight_hh{suffix}", Parameter(empty(rows, hidden, dtype=dtype)))
    for name in ("bias_ih", "bias_hh"):
        if bias:
            setattr(module, name + suffix, Parameter(empty(rows, dtype=dtype)))


def _weights(module: Module, suffix: str) -> list[Any]:
    names = ("weight_ih", "weight_hh", "bias_ih", "bias_hh")
    return [getattr(module, name + suffix, None) for name in names]


def _reset(module: Module, hidden: int) -> None:
    bound = 1 / math.sqrt(hidden)
    for parameter in module.parameters():
        init.uniform_(parameter, -bound, bound)
