"""Recurrent layers over whole sequences: rnn, lstm and gru, one layer in one direction each.

The kernels see packed tokens: `Tokens` says where they lie. The input's part of all steps is one product, and so is
each weight's gradient; between them one launch goes through the steps.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import lru_cache
from typing import Any

import numpy as np

from mushin import kernels
from mushin.autograd import NEW, Tensor, as_array, record_all
from mushin.ops.arrays import check_float, reshaped, same_dtype, tensor_for


class Tokens:
    """Which steps of which samples there are, and in which order they are taken.

    Attributes:
        rows: of each packed token its row of the input, or None where they lie in order.
        places: of each row of the input its token; below 0 where it is none (see csrc/kernels/recurrent/tokens.h).
        begins: of each step its first token; then the number of all, which `count` is a view of.
        order: the samples in falling order of their lengths.
        is_full: whether every sample has every step.
    """

    __slots__ = ("begins", "count", "is_full", "order", "places", "repeat", "rows")

    def __init__(self, rows: Any, places: Any, begins: Any, order: Any, is_full: bool, repeat: bool) -> None:
        self.rows, self.places, self.begins, self.order = rows, places, begins, order
        self.count = begins[-1:]
        self.is_full = is_full
        self.repeat = repeat

    def pack(self, rows: np.ndarray, with_repeated: bool = False) -> np.ndarray:
        """The rows of tokens, in the order in which they are taken; `with_repeated` as unpack's gradient."""
        if self.rows is None:
            return rows
        return kernels.pack_rows(rows, self.rows, self.count, self.places if with_repeated and self.repeat else None)

    def unpack(self, packed: np.ndarray, repeat: bool = False) -> np.ndarray:
        """Packed rows where they came from; 0 in the others or, with `repeat`, what the sample's last token has."""
        return packed if self.rows is None else kernels.unpack_rows(NEW, packed, self.places, repeat and self.repeat)

    def product(self, into: Any, a: np.ndarray, b: np.ndarray, bias: Any = None) -> Any:
        """a b + bias, of the tokens' rows of a."""
        if self.is_full or into is None:
            return kernels.gemm(into, a, b, bias, 0)
        return kernels.gemm_of_known(into, a, b, bias, self.count, 0)

    def weight_gradient(self, into: Any, dsums: np.ndarray, inputs: np.ndarray) -> Any:
        """dsums^T inputs, summed over tokens."""
        if self.is_full or into is None:
            return kernels.gemm(into, dsums.T, inputs, None, 0)
        return kernels.gemm_of_known(into, dsums.T, inputs, None, self.count, 1)

    def recurrent_weight_gradient(self, into: Any, dsums: Any, states: np.ndarray, first: Any) -> Any:
        """The same with the states before the tokens."""
        if into is None:
            return None
        before = kernels.states_before(states, self.begins, self.order, first)
        return self.weight_gradient(into, dsums, before)


@lru_cache(64)
def _all_tokens(batch: int, time: int, batch_first: bool, reverse: bool) -> Tokens:
    numbers = np.arange(batch * time)
    by_step = numbers.reshape(batch, time).T if batch_first else numbers.reshape(time, batch)
    rows = np.ravel(by_step[::-1] if reverse else by_step)
    places = np.argsort(rows)
    begins, order = np.arange(time + 1) * batch, np.arange(batch)
    for shared in (rows, places, begins, order):
        shared.flags.writeable = False
    return Tokens(None if np.array_equal(rows, numbers) else rows, places, begins, order, True, False)


class Way:
    """How a sequence is taken: what `rnn`, `lstm` and `gru` take beside arrays.

    Args:
        mask: truth values (batch, time), True where there is a step; elsewhere the state stays as it is and y is 0.
        batch_first: whether x is (batch, time, features), not (time, batch, features).
        reverse: from the last step to the first.
        repeat: where the mask is False y is what it was at the step that was taken before, if there was one.
    """

    __slots__ = ("batch_first", "mask", "repeat", "reverse")

    def __init__(
        self, mask: Any = None, *, batch_first: bool = False, reverse: bool = False, repeat: bool = False
    ) -> None:
        self.mask = None if mask is None else as_array(mask)
        self.batch_first = batch_first
        self.reverse = reverse
        self.repeat = repeat

    def tokens(self, op: str, shape: tuple[int, ...]) -> Tokens:
        """The tokens of an x of the shape."""
        batch, time = shape[:2] if self.batch_first else shape[1::-1]
        mask = self.mask
        if mask is None:
            return _all_tokens(batch, time, self.batch_first, self.reverse)
        if mask.dtype != np.bool_:
            raise TypeError(f"[{op}] mask must be of truth values, got {mask.dtype}")
        if mask.shape != (batch, time):
            raise ValueError(f"[{op}] mask must have shape {(batch, time)}, got {mask.shape}")
        rows, places, begins, order = kernels.sequence_tokens(
            mask.view(np.uint8), batch, time, time + 1, not self.batch_first, self.reverse
        )
        return Tokens(rows.reshape(-1), places.reshape(-1), begins, order, False, self.repeat)


ALL_STEPS = Way()


def lstm(
    x: Any,
    state: tuple[Any, Any] | None,
    weight_ih: Tensor,
    weight_hh: Tensor,
    bias_ih: Tensor | None = None,
    bias_hh: Tensor | None = None,
    *,
    way: Way = ALL_STEPS,
) -> tuple[Tensor, Tensor, Tensor]:
    """Long short-term memory over a whole sequence, one layer in one direction.

        i, f, o = sigmoid of their blocks of x W_ih^T + b_ih + h W_hh^T + b_hh,  g = tanh of its block
        c = f c + i g,  h = o tanh(c)

    Args:
        x: (time, batch, features), or as `way` says; float32 or float64.
        state: the first h and c, (batch, hidden) each; None: zeros.
        weight_ih: (4 hidden, features), the blocks i, f, g, o.
        weight_hh: (4 hidden, hidden).
        bias_ih, bias_hh: (4 hidden,) or None.
        way: which steps are taken, and in which direction.

    Returns:
        y, which has hidden in the place of x's features, and the last h and c, (batch, hidden).

    Raises:
        ValueError: shapes that do not fit.
        TypeError: dtypes that differ or are not floating-point, a mask that is not of truth values.

    Source: Hochreiter and Schmidhuber 1997; the order of blocks as in torch.nn.LSTM and keras.layers.LSTM.
    """

    def cell(sums: np.ndarray, w: np.ndarray, b: Any, first: list[Any], tokens: Tokens) -> Any:
        h0, c0 = first
        begins, order = tokens.begins, tokens.order
        hidden, cells, *last = kernels.lstm_forward(sums, begins, order, h0, c0, w, b)

        def backward(dhidden: Any, dlast: list[Any], into: Into) -> Any:
            (to_h, to_c), (dh, dc) = into.first, dlast
            dsums, *dfirst, dbias = kernels.lstm_backward(
                to_h, to_c, into.any_bias(), dhidden, dh, dc, sums, cells, begins, order, c0, w
            )
            dw = tokens.recurrent_weight_gradient(into.weight, dsums, hidden, h0)
            return dsums, dw, dbias, dbias, dfirst

        return hidden, last, backward

    y, h, c = _recurrent("lstm", 4, cell, x, state or (None, None), weight_ih, weight_hh, bias_ih, bias_hh, way)
    return y, h, c


def gru(
    x: Any,
    state: Any,
    weight_ih: Tensor,
    weight_hh: Tensor,
    bias_ih: Tensor | None = None,
    bias_hh: Tensor | None = None,
    *,
    way: Way = ALL_STEPS,
    reset_after: bool = True,
    update_first: bool = False,
) -> tuple[Tensor, Tensor]:
    """Gated recurrent units over a whole sequence, one layer in one direction.

        r, z = sigmoid of their blocks of x W_ih^T + b_ih + h W_hh^T + b_hh
        n = tanh of its block of x W_ih^T + b_ih, plus r (h W_hh^T + b_hh)
        h = n + z (h - n)

    Args:
        x: (time, batch, features), or as `way` says; float32 or float64.
        state: the first h, (batch, hidden); None: zeros.
        weight_ih: (3 hidden, features), the blocks r, z, n.
        weight_hh: (3 hidden, hidden).
        bias_ih, bias_hh: (3 hidden,) or None.
        way: which steps are taken, and in which direction.
        reset_after: False: n's second part is (r h) W_hh^T + b_hh, as in the paper.
        update_first: whether the blocks are z, r, n, as Keras has them.

    Returns:
        y, which has hidden in the place of x's features, and the last h, (batch, hidden).

    Raises:
        ValueError: shapes that do not fit.
        TypeError: dtypes that differ or are not floating-point, a mask that is not of truth values.

    Source: Cho et al. 2014; torch.nn.GRU, keras.layers.GRU.
    """

    def cell(sums: np.ndarray, w: np.ndarray, b: Any, first: list[Any], tokens: Tokens) -> Any:
        (h0,), begins, order = first, tokens.begins, tokens.order
        hidden, product, h = kernels.gru_forward(sums, begins, order, h0, w, b, reset_after, update_first)

        def backward(dhidden: Any, dlast: list[Any], into: Into) -> Any:
            (to_h,), (dh,) = into.first, dlast
            dgates, dsums, dh0, db_ih, db_hh = kernels.gru_backward(
                NEW if reset_after else None, to_h, into.bias_ih, into.bias_hh,
                dhidden, dh, sums, product, hidden, begins, order, h0, w, update_first,
            )  # fmt: skip
            if dsums is not None or into.weight is None:
                dw = tokens.recurrent_weight_gradient(into.weight, dsums, hidden, h0)
            else:
                dw = _gradient_before_reset(tokens, dgates, hidden, h0, product)
            return dgates, dw, db_ih, db_hh, [dh0]

        return hidden, [h], backward

    y, h = _recurrent("gru", 3, cell, x, (state,), weight_ih, weight_hh, bias_ih, bias_hh, way)
    return y, h


def _gradient_before_reset(
    tokens: Tokens, dgates: np.ndarray, hidden: np.ndarray, first: Any, reset_states: np.ndarray
) -> np.ndarray:
    """That of a recurrent weight whose last block is multiplied with r h, not with h."""
    width = hidden.shape[1]
    dw = kernels.empty((3 * width, width), hidden.dtype)
    tokens.recurrent_weight_gradient(dw[: 2 * width], dgates[:, : 2 * width], hidden, first)
    tokens.weight_gradient(dw[2 * width :], dgates[:, 2 * width :], reset_states)
    return dw


def rnn(
    x: Any,
    state: Any,
    weight_ih: Tensor,
    weight_hh: Tensor,
    bias_ih: Tensor | None = None,
    bias_hh: Tensor | None = None,
    *,
    way: Way = ALL_STEPS,
    nonlinearity: str = "tanh",
) -> tuple[Tensor, Tensor]:
    """The plain recurrent layer over a whole sequence: h = tanh(x W_ih^T + b_ih + h W_hh^T + b_hh).

    Args:
        x: (time, batch, features), or as `way` says; float32 or float64.
        state: the first h, (batch, hidden); None: zeros.
        weight_ih: (hidden, features).
        weight_hh: (hidden, hidden).
        bias_ih, bias_hh: (hidden,) or None.
        way: which steps are taken, and in which direction.
        nonlinearity: "tanh" or "relu".

    Returns:
        y, which has hidden in the place of x's features, and the last h, (batch, hidden).

    Raises:
        ValueError: shapes that do not fit, another nonlinearity.
        TypeError: dtypes that differ or are not floating-point, a mask that is not of truth values.

    Source: Elman 1990; torch.nn.RNN.
    """
    if nonlinearity not in ("tanh", "relu"):
        raise ValueError(f"[rnn] nonlinearity must be 'tanh' or 'relu', got {nonlinearity!r}")
    relu = nonlinearity == "relu"

    def cell(sums: np.ndarray, w: np.ndarray, b: Any, first: list[Any], tokens: Tokens) -> Any:
        (h0,), begins, order = first, tokens.begins, tokens.order
        h = kernels.rnn_forward(sums, begins, order, h0, w, b, relu)

        def backward(dhidden: Any, dlast: list[Any], into: Into) -> Any:
            (to_h,), (dh,) = into.first, dlast
            dsums, dh0, dbias = kernels.rnn_backward(to_h, into.any_bias(), dhidden, dh, sums, begins, order, w, relu)
            return dsums, tokens.recurrent_weight_gradient(into.weight, dsums, sums, h0), dbias, dbias, [dh0]

        return sums, [h], backward

    y, h = _recurrent("rnn", 1, cell, x, (state,), weight_ih, weight_hh, bias_ih, bias_hh, way)
    return y, h


class Into:
    """Where a cell's gradients go: of the recurrent weight, of both biases and of the first states."""

    __slots__ = ("bias_hh", "bias_ih", "first", "weight")

    def __init__(self, weight: Any, bias_ih: Any, bias_hh: Any, first: list[Any]) -> None:
        self.weight, self.bias_ih, self.bias_hh, self.first = weight, bias_ih, bias_hh, first

    def any_bias(self) -> Any:
        """Where both biases have the same gradient, it is made once."""
        return None if self.bias_ih is None and self.bias_hh is None else NEW


def _recurrent(
    op: str,
    blocks: int,
    cell: Callable[..., Any],
    x: Any,
    first: tuple[Any, ...],
    weight_ih: Tensor,
    weight_hh: Tensor,
    bias_ih: Tensor | None,
    bias_hh: Tensor | None,
    way: Way,
) -> list[Tensor]:
    """y and the last states. `cell(sums, weight, bias, first, tokens)` goes through the steps; it returns the packed
    states, the last ones, and the way back, which returns the gradients of the input's part of the sums, of the
    recurrent weight, the two biases and the first states."""
    x = tensor_for(op, x)
    weight_ih, weight_hh = tensor_for(op, weight_ih, "weight_ih"), tensor_for(op, weight_hh, "weight_hh")
    bias_ih = None if bias_ih is None else tensor_for(op, bias_ih, "bias_ih")
    bias_hh = None if bias_hh is None else tensor_for(op, bias_hh, "bias_hh")
    states = [None if state is None else tensor_for(op, state, "state") for state in first]
    _check(op, blocks, x.array, [weight_ih, weight_hh, bias_ih, bias_hh, *states], way)
    tokens = way.tokens(op, x.array.shape)
    shape = x.array.shape
    w_ih, w_hh = weight_ih.array, weight_hh.array
    rows = tokens.pack(reshaped(x.array, (shape[0] * shape[1], shape[2])))
    sums = tokens.product(NEW, rows, w_ih.T, None if bias_ih is None else bias_ih.array)
    hidden, last, cell_backward = cell(
        sums,
        w_hh,
        None if bias_hh is None else bias_hh.array,
        [None if state is None else state.array for state in states],
        tokens,
    )
    y = tokens.unpack(hidden, repeat=True).reshape(*shape[:2], w_hh.shape[1])
    given = [x, weight_ih, weight_hh, bias_ih, bias_hh, *states]
    is_given = [each is not None for each in given]

    def backward(dys: list[Any], into: Any) -> Any:
        wanted = iter(into)
        to_x, to_w, to_weight, *to_rest = [next(wanted) if is_one else None for is_one in is_given]
        dy, *dlast = dys
        dhidden = None if dy is None else tokens.pack(reshaped(dy, hidden.shape), with_repeated=True)
        dsums, dw_hh, db_ih, db_hh, dfirst = cell_backward(
            dhidden, dlast, Into(to_weight, to_rest[0], to_rest[1], to_rest[2:])
        )
        dw_ih = tokens.weight_gradient(to_w, dsums, rows)
        dx = None if to_x is None else tokens.unpack(tokens.product(NEW, dsums, w_ih)).reshape(shape)
        gradients = [dx, dw_ih, dw_hh, db_ih, db_hh, *dfirst]
        return [gradient for gradient, is_one in zip(gradients, is_given) if is_one]

    return record_all([y, *last], tuple(each for each in given if each is not None), backward)


def _check(op: str, blocks: int, x: np.ndarray, given: list[Tensor | None], way: Way) -> None:
    check_float(op, "x", x)
    if x.ndim != 3:
        axes = "(batch, time, features)" if way.batch_first else "(time, batch, features)"
        raise ValueError(f"[{op}] x must have shape {axes}, got {x.shape}")
    batch, features = x.shape[0 if way.batch_first else 1], x.shape[2]
    arrays = [None if each is None else each.array for each in given]
    weight = arrays[1]
    assert weight is not None
    if weight.ndim != 2 or weight.shape[0] != blocks * weight.shape[1]:
        shape = f"({blocks} hidden, hidden)" if blocks > 1 else "(hidden, hidden)"
        raise ValueError(f"[{op}] weight_hh must have shape {shape}, got {weight.shape}")
    length, hidden = weight.shape
    names = "weight_ih", "weight_hh", "bias_ih", "bias_hh", "state's h", "state's c"
    shapes: list[tuple[int, ...]] = [(length, features), (length, hidden), (length,), (length,), *[(batch, hidden)] * 2]
    for name, wanted, array in zip(names, shapes, arrays):
        if array is not None and array.shape != wanted:
            raise ValueError(f"[{op}] {name} must have shape {wanted}, got {array.shape}")
        if array is not None and not same_dtype(array, x):
            raise TypeError(f"[{op}] {name} must be {x.dtype} as x, got {array.dtype}")
