"""What the recurrent kernels must give: step by step and sample by sample, in NumPy."""

from __future__ import annotations

import numpy as np


def sigmoid(x):
    return 1 / (1 + np.exp(-x))


def lstm_step(x, state, w_ih, w_hh, b_ih, b_hh):
    h, c = state
    i, f, g, o = np.split(w_ih @ x + b_ih + w_hh @ h + b_hh, 4)
    c = sigmoid(f) * c + sigmoid(i) * np.tanh(g)
    return sigmoid(o) * np.tanh(c), c


def gru_step(x, state, w_ih, w_hh, b_ih, b_hh, reset_after=True, update_first=False):
    (h,) = state
    r, z, n = np.split(w_ih @ x + b_ih, 3)
    r_h, z_h, n_h = np.split(w_hh, 3)
    r_b, z_b, n_b = np.split(b_hh, 3)
    if update_first:
        r, z, r_h, z_h, r_b, z_b = z, r, z_h, r_h, z_b, r_b
    r, z = sigmoid(r + r_h @ h + r_b), sigmoid(z + z_h @ h + z_b)
    n = np.tanh(n + r * (n_h @ h + n_b) if reset_after else n + n_h @ (r * h) + n_b)
    return ((1 - z) * n + z * h,)


def rnn_step(x, state, w_ih, w_hh, b_ih, b_hh, nonlinearity="tanh"):
    (h,) = state
    total = w_ih @ x + b_ih + w_hh @ h + b_hh
    return (np.maximum(total, 0) if nonlinearity == "relu" else np.tanh(total),)


def recurrent(step, count, x, w_ih, w_hh, b_ih, b_hh, *rest, batch_first=False, reverse=False, repeat=False, **setting):
    """y and the last `count` states, all in one; `rest`: the first states and a mask."""
    time, batch = x.shape[:2]
    y = np.zeros((time, batch, w_hh.shape[1]))
    last = [np.array(state) for state in rest[:count]]
    mask = rest[count] if len(rest) > count else np.ones((batch, time), bool)
    for b in range(batch):
        shown = np.zeros(w_hh.shape[1])
        for t in range(time)[:: -1 if reverse else 1]:
            if mask[b, t]:
                state = step(x[t, b], [each[b] for each in last], w_ih, w_hh, b_ih, b_hh, **setting)
                for each, new in zip(last, state):
                    each[b] = new
                y[t, b] = shown = state[0]
            elif repeat:
                y[t, b] = shown
    return np.concatenate([each.ravel() for each in (y.swapaxes(0, 1) if batch_first else y, *last)])


def recurrent_without_biases(step, count, x, w_ih, w_hh, **setting):
    """y alone."""
    nothing, zeros = np.zeros(len(w_ih)), np.zeros((x.shape[1], w_hh.shape[1]))
    every = recurrent(step, count, x, w_ih, w_hh, nothing, nothing, *[zeros] * count, **setting)
    return every[: x.shape[0] * zeros.size].reshape(x.shape[0], *zeros.shape)
