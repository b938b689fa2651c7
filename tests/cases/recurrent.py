"""Recurrent layers: whole sequences, in both directions, dense, masked, with and without first states."""

from __future__ import annotations

from functools import partial

import numpy as np

import reference_recurrent as r
from cases.case import Case, d, f, flags, options, real
from mushin import ops
from mushin.ops.recurrent import Way


def steps(rng, shape, shapes):
    """Which steps there are: of one sample all, of one none, of one some in the middle; the others with holes."""
    mask = rng.random(shape) < 0.7
    mask[:1] = True
    mask[1:2] = False
    mask[2:3] = (np.arange(shape[1]) >= 1) & (np.arange(shape[1]) < 1 + shape[1] // 2)
    return mask


def layer(op, count):
    """All outputs in one, so that each has a gradient of its own; the first states and the mask come behind the
    weights and biases."""

    def function(x, w_ih, w_hh, b_ih, b_hh, *rest, batch_first=False, reverse=False, repeat=False, **setting):
        mask = rest[count] if len(rest) > count else None
        way = Way(mask, batch_first=batch_first, reverse=reverse, repeat=repeat)
        state = rest[:count] if count > 1 else rest[0]
        x = ops.transpose(x, 0, 1) if batch_first else x
        outputs = op(x, state, w_ih, w_hh, b_ih, b_hh, way=way, **setting)
        return ops.cat([ops.reshape(y, (-1,)) for y in outputs])

    return function


def without_biases(op, x, w_ih, w_hh, **setting):
    y, *_ = op(x, None, w_ih, w_hh, **setting)
    return y


def shapes_of(blocks, states, masked, *sizes):
    """Inputs for sizes (time, batch, features, hidden)."""
    return [
        (
            (t, b, n),
            (blocks * h, n),
            (blocks * h, h),
            (blocks * h,),
            (blocks * h,),
            *[(b, h)] * states,
            *[(b, t)] * masked,
        )
        for t, b, n, h in sizes
    ]


def small(rng, shape, shapes):
    """Weights whose states stay between the flat ends of tanh."""
    return 0.4 * real(rng, shape, shapes)


SIZES = [(4, 5, 3, 2), (3, 2, 2, 5), (1, 1, 1, 1), (2, 4, 5, 17), (2, 13, 3, 33), (0, 2, 3, 2), (3, 0, 2, 4)]
LARGE = [(7, 70, 40, 50), (3, 33, 20, 131)]
OF_STEPS = {
    "length": lambda x, w, *_: 4 * x[0] * max(x[1], 1) + w[1] + w[0],
    "factor": 4,
    "reason": "errors go from step to step, and every gate adds its own",
}


def cases_of(name, op, reference, blocks, states, settings, bad):
    """A layer with all its inputs, the same of some steps, and the bare one."""
    ways = flags("batch_first", "reverse")
    count = 5 + states
    function = layer(op, states)
    kernels = f"{name}_forward {name}_backward pack_rows unpack_rows states_before"
    inputs = [real, small, small, small, small, *[real] * states]
    return [
        Case(
            name,
            function,
            partial(r.recurrent, reference, states),
            shapes_of(blocks, states, 0, *SIZES),
            f"{kernels} gemm",
            inputs=inputs,
            settings=[{**way, **setting} for way in options(**ways) for setting in settings],
            large=shapes_of(blocks, states, 0, *LARGE),
            **OF_STEPS,
        ),
        Case(
            f"{name}_of_some_steps",
            function,
            partial(r.recurrent, reference, states),
            shapes_of(blocks, states, 1, *SIZES),
            f"{kernels} sequence_tokens gemm_of_known",
            inputs=[*inputs, steps],
            differentiable=range(count),
            settings=[{**way, **settings[-1]} for way in options(**ways, **flags("repeat"))],
            large=shapes_of(blocks, states, 1, *LARGE),
            **OF_STEPS,
        ),
        Case(
            f"{name}_without_biases",
            partial(without_biases, op),
            partial(r.recurrent_without_biases, reference, states),
            [shapes[:3] for shapes in shapes_of(blocks, states, 0, *SIZES)],
            f"{name}_forward {name}_backward gemm states_before",
            inputs=inputs[:3],
            settings=settings,
            bad=bad,
            **OF_STEPS,
        ),
    ]


def bad(op, blocks):
    """Arguments that no layer takes; f(time, batch, features) is x."""
    n = 2 * blocks
    hidden = f"{blocks} hidden" if blocks > 1 else "hidden"
    return [
        ((f(3, 4), f(n, 3), f(n, 2)), f"[{op}] x must have shape (time, batch, features), got (3, 4)"),
        ((f(3, 4, 3), f(n, 4), f(n, 2)), f"[{op}] weight_ih must have shape ({n}, 3), got ({n}, 4)"),
        ((f(3, 4, 3), f(n, 3), f(n + 1, 2)), f"[{op}] weight_hh must have shape ({hidden}, hidden), got ({n + 1}, 2)"),
        ((f(3, 4, 3), d(n, 3), f(n, 2)), f"[{op}] weight_ih must be float32 as x, got float64"),
        ((f(3, 4, 3), f(n, 3), None), f"[{op}] weight_hh must be real numbers of at most 64 bits, got NoneType"),
    ]


GRU_FORMS = options(reset_after=[False, True], update_first=[False, True])

RECURRENT = [
    *cases_of("lstm", ops.lstm, r.lstm_step, 4, 2, [{}], bad("lstm", 4)),
    *cases_of("gru", ops.gru, r.gru_step, 3, 1, GRU_FORMS, bad("gru", 3)),
    *cases_of("rnn", ops.rnn, r.rnn_step, 1, 1, options(nonlinearity=["relu", "tanh"]), bad("rnn", 1)),
]
