"""Normalization."""

from __future__ import annotations

import numpy as np

import reference as r
from cases import case as c
from cases.case import Case, d, f, i, one, options, positive, real
from mushin import Tensor, kernels, nn, ops
from mushin.autograd import NEW


def batch_norm(x, mean, var, weight, bias, **setting):
    """The op in training, on copies of the running statistics."""
    return ops.batch_norm(x, copied(mean), copied(var), weight, bias, **{"training": True, **setting})


def running_statistics(x, mean, var, batches, momentum, correction):
    """The running statistics and the number of batches after a batch."""
    mean, var, batches = (copied(Tensor(each)) for each in (mean, var, batches))
    ops.batch_norm(Tensor(x), mean, var, training=True, momentum=momentum, correction=correction, batches=batches)
    return mean.array, var.array, batches.array


def copied(x):
    return Tensor(kernels.copy(NEW, x.array))


def groups_of(*shapes):
    """Inputs of group_norm for shapes of x."""
    return [(shape, shape[1:2], shape[1:2]) for shape in shapes]


def channels(*shapes, axis=1):
    """Inputs of batch_norm for shapes of x."""
    return [(shape, *[(shape[axis],)] * 4) for shape in shapes]


OF_CHANNELS = {"inputs": [real, real, positive, real, real], "differentiable": (0, 3, 4)}
BY_DEVIATIONS = "centred numbers are divided by their own deviation, which is small where there are few"

NORMS = [
    Case(
        "layer_norm",
        lambda x, weight, bias: ops.layer_norm(x, x.shape[-1:], weight, bias),
        r.layer_norm,
        [((3, n), (n,), (n,)) for n in (5, *c.WIDTHS[2:], 67)] + [((0, 4), (4,), (4,)), ((2, 3, 7), (7,), (7,))],
        "layer_norm_forward layer_norm_backward",
        large=[((301, 257), (257,), (257,)), ((40000, 3), (3,), (3,))],
        length=lambda x, weight, bias: max(x),
        factor=4,
        reason="a centred row is divided by its own deviation, which is small in the shortest rows",
        bad=[
            ((f(2, 3), f(4), f(3)), "weight must have shape (3,), got (4,)"),
            ((f(2, 3), f(3), f(4)), "bias must have shape (3,), got (4,)"),
            ((f(2, 3), d(3), f(3)), "weight must be float32 as x, got float64"),
            ((i(1, 2), f(2), f(2)), "x must be float32 or float64, got int64"),
        ],
    ),
    Case(  # whose gradients are what cancellation leaves
        "layer_norm_of_one_and_two",
        lambda x, weight, bias: ops.layer_norm(x, x.shape[-1], weight, bias),
        r.layer_norm,
        [((3, n), (n,), (n,)) for n in (1, 2)],
        "layer_norm_forward",
        large=[((40000, 2), (2,), (2,))],
        differentiable=(),
    ),
    Case(
        "layer_norm_without_parameters",
        lambda x, axes: ops.layer_norm(x, x.shape[-axes:]),
        r.layer_norm_of_axes,
        one((3, 5, 7), (4, 2, 8)),
        "layer_norm_forward layer_norm_backward",
        settings=options(axes=[1, 2, 3]),
        length=lambda x: max(x),
    ),
    Case(
        "rms_norm",
        lambda x, weight: ops.rms_norm(x, x.shape[-1:], weight, 1e-6),
        r.rms_norm,
        [((3, n), (n,)) for n in (5, *c.WIDTHS[1:], 67)] + [((0, 4), (4,)), ((2, 3, 7), (7,))],
        "rms_norm_forward rms_norm_backward",
        large=[((301, 257), (257,)), ((40000, 3), (3,))],
        length=lambda x, weight: max(x),
        factor=2,
        reason="a gradient is what its two parts leave of one another",
        bad=[
            ((f(2, 3), f(4)), "weight must have shape (3,), got (4,)"),
            ((f(2, 3), d(3)), "weight must be float32 as x, got float64"),
            ((i(1, 2), f(2)), "x must be float32 or float64, got int64"),
        ],
    ),
    Case(
        "rms_norm_without_weight",
        lambda x, axes: ops.rms_norm(x, x.shape[-axes:], eps=1e-6),
        r.rms_norm_of_axes,
        one((3, 5, 7), (4, 2, 8)),
        "rms_norm_forward rms_norm_backward",
        settings=options(axes=[1, 2, 3]),
        length=lambda x: max(x),
    ),
    Case(
        "batch_norm",
        batch_norm,
        lambda *x, **setting: r.batch_norm(*x, **setting)[0],
        channels(
            *[(5, 37), *((7, n) for n in c.WIDTHS), (257, 3), (300, 65), (0, 4), (40, 1)],
            *((3, 4, n) for n in c.WIDTHS),
            *[(2, 3, 5, 7), (1, 1, 9), (0, 3, 2), (3, 2, 0), (4, 0)],
        ),
        "batch_norm_forward batch_norm_backward",
        **OF_CHANNELS,
        large=channels((3000, 37), (701, 260), (7, 5, 3001), (90, 40, 17), (40000, 1)),
        length=lambda x, *_: max(x),
        factor=4,
        reason=BY_DEVIATIONS,
        bad=[
            ((f(1, 3), *[f(3)] * 4), "Expected more than 1 value per channel when training, got input size (1, 3)"),
            ((f(2, 3), *[f(4)] * 4), "weight must have shape (3,), got (4,)"),
            ((f(2, 3), f(4), *[f(3)] * 3), "running_mean must have shape (3,), got (4,)"),
            ((f(2, 3), f(3), d(3), f(3), f(3)), "running_var must be float32 as x, got float64"),
            ((f(2, 3), *[f(3)] * 3, d(3)), "bias must be float32 as x, got float64"),
            ((i(1, 2), *[f(2)] * 4), "x must be float32 or float64, got int64"),
            ((f(2), *[f(2)] * 4), "axis must be in [-1, 1), got 1"),
        ],
    ),
    Case(
        "running_statistics_of_batch_norm",
        running_statistics,
        r.running_statistics,
        [(x, *rest[:2], ()) for x, *rest in channels((5, 37), (300, 65), (2, 3, 70), (0, 4), (3, 2, 0))],
        "batch_norm_forward",
        inputs=[real, real, positive, c.ids(1)],
        settings=options(momentum=[0.1, 1.0, None], correction=[0, 1]),
        large=[((3000, 37), (37,), (37,), ()), ((7, 5, 3001), (5,), (5,), ())],
        length=lambda x, *_: max(x),
        raw=True,
    ),
    Case(
        "batch_norm_of_other_axes",
        batch_norm,
        lambda *x, **setting: r.batch_norm(*x, **setting)[0],
        channels((4, 5, 6, 5), (2, 3, 7, 3), axis=-1) + channels((3, 9, 2, 9), axis=1),
        "batch_norm_forward batch_norm_backward",
        **OF_CHANNELS,
        settings=options(axis=[1, -1], momentum=[0.3], correction=[0]),
        length=lambda x, *_: max(x),
        factor=4,
        reason=BY_DEVIATIONS,
    ),
    Case(
        "batch_norm_in_evaluation",
        lambda *x: batch_norm(*x, training=False),
        lambda *x: r.batch_norm(*x, training=False)[0],
        channels((5, 37), *((2, n) for n in c.WIDTHS), (1, 3), (2, 3, 5), (2, 3, 4, 5), (0, 3), (2, 3, 0)),
        "batch_norm_evaluate batch_norm_backward",
        **OF_CHANNELS,
        large=channels((3000, 37), (7, 5, 3001)),
        length=lambda x, *_: max(x),
        factor=2,
        reason="a difference, two factors and a sum are rounded one after the other",
    ),
    Case(
        "batch_norm_without_parameters",
        lambda x: ops.batch_norm(x, training=True),
        r.batch_norm_without,
        one((5, 37), (2, 3, 7)),
        "batch_norm_forward batch_norm_backward",
        length=lambda x: max(x),
        factor=4,
        reason=BY_DEVIATIONS,
    ),
    Case(
        "group_norm",
        lambda x, weight, bias, groups: nn.functional.group_norm(x, groups, weight, bias),
        r.group_norm,
        groups_of(
            *[(3, 12), (2, 6, 7), (0, 6), (1, 6, 5, 3)],
            *((2, 6 * n) for n in c.WIDTHS[2:]),
            *((2, 6, n) for n in c.WIDTHS[2:]),
        ),
        "group_norm_forward group_norm_backward",
        settings=options(groups=[1, 2, 3]),
        large=groups_of((301, 258), (7, 6, 53, 41), (40, 90, 17)),
        length=lambda x, weight, bias: max(x),
        factor=4,
        reason="a centred group is divided by its own deviation, which is small in the shortest groups",
        bad=[
            ((f(2, 4), f(4), f(4), 3), "num_groups must divide the 4 channels, got 3"),
            ((f(2, 4), f(3), f(4), 2), "weight must have shape (4,), got (3,)"),
            ((f(2, 4), f(4), d(4), 2), "bias must be float32 as x, got float64"),
            ((i(1, 4), f(4), f(4), 2), "x must be float32 or float64, got int64"),
            ((f(4), f(4), f(4), 2), "x must have shape (batch, channels, ...), got (4,)"),
            ((f(1, 4), f(4), f(4), 4), "Expected more than 1 value per channel when training, got input size (1, 4)"),
        ],
    ),
    Case(
        "group_norm_without_bias",
        lambda x, weight: ops.group_norm(x, 2, weight),
        lambda x, weight: r.group_norm(x, weight, np.zeros(len(weight)), 2),
        [((3, 4, 5), (4,)), ((3, 14), (14,))],
        "group_norm_forward group_norm_backward",
        length=lambda x, weight: max(x),
    ),
    Case(
        "group_norm_without_weight",
        lambda x, bias: ops.group_norm(x, 2, bias=bias),
        lambda x, bias: r.group_norm(x, np.ones(len(bias)), bias, 2),
        [((3, 4, 5), (4,)), ((3, 14), (14,))],
        "group_norm_forward group_norm_backward",
        length=lambda x, bias: max(x),
    ),
]
