"""Losses: of single elements, of classes, of pairs of rows."""

from __future__ import annotations

from typing import Any

import numpy as np

import reference as r
from cases import case as c
from cases.case import Case, d, f, i, ids, options, positive, real
from mushin import Tensor, ops
from mushin.nn import functional
from mushin.ops import pairs
from mushin.ops.loss import elementwise_loss

REDUCTIONS = {"reduction": ["mean", "sum", "none"]}
TWO = [*((shape, shape) for (shape,) in c.ELEMENTS)]
BIG = [((7, 9001), (7, 9001))]
CANCELS = "losses of both signs are added up"
POWERS = "a power is the exponential of a logarithm that has been multiplied"


def between(low: float, high: float) -> Any:
    """Numbers of an interval, none of them twice."""
    return lambda rng, shape, shapes: low + (high - low) * (positive(rng, shape, shapes) - 0.14) / 1.85


def signs(rng: np.random.Generator, shape: c.Shape, shapes: Any) -> np.ndarray:
    return np.where(rng.random(shape) < 0.5, 1.0, -1.0)


def labels(rng: np.random.Generator, shape: c.Shape, shapes: Any) -> np.ndarray:
    return np.where(rng.random(shape) < 0.5, 1.0, 0.0)


# Between which a difference cancels nothing.
NEGATIVE, ABOVE_ONE = between(-2.0, -0.1), between(1.1, 3.0)
PROBABILITIES = between(0.02, 0.98)


def two(name: str, reference: Any, numbers: Any = ((),), **more: Any) -> Case:
    """A loss of single elements: the function of the kernels' numbers, without and with weights."""

    def loss(x: Any, t: Any, reduction: str, numbers: Any, weighted: bool) -> Any:
        # A row of weights is broadcast; it must not be longer than the last axis.
        weight = np.linspace(0.5, 2.0, x.shape[-1]) if weighted and x.ndim else None
        return elementwise_loss(name, x, t, reduction, *numbers, weight=weight)

    def expected(x: Any, t: Any, reduction: str, numbers: Any, weighted: bool) -> Any:
        weight = np.linspace(0.5, 2.0, x.shape[-1]) if weighted and x.ndim else 1.0
        return r.weighted(reference(x, t, *numbers), reduction, weight)

    bad = [
        ((f(2, 3), f(3), "mean", (), False), "target must have shape (2, 3), got (3,)"),
        ((f(8, 1), f(8), "mean", (), False), "target must have shape (8, 1), got (8,)"),
        ((i(1), i(1), "mean", (), False), "input must be float32 or float64, got int64"),
        ((f(2), f(2), "avg", (), False), "reduction must be 'none', 'mean' or 'sum', got 'avg'"),
    ]
    settings = options(**REDUCTIONS, numbers=numbers, weighted=[False, True])
    names = f"{name}_forward {name}_backward"
    return Case(name, loss, expected, TWO, names, settings=settings, large=BIG, bad=bad, **more)


def three(name: str, function: Any, reference: Any, settings: Any = ({},), names: str = "", **more: Any) -> Case:
    """A loss of three operands of one shape."""
    shapes = [(shape, shape, shape) for shape, _ in TWO]
    names = names or f"{name}_forward {name}_backward"
    settings = [{**setting, "reduction": way} for setting in settings for way in REDUCTIONS["reduction"]]
    large = [((7, 9001),) * 3]
    return Case(name, function, reference, shapes, names, settings=settings, large=large, **more)


def with_logits(x: Any, t: Any, v: Any, reduction: str, weighted: bool) -> Any:
    weight = np.float64(1.5) if weighted else None
    return functional.binary_cross_entropy_with_logits(
        x, t, weight, reduction=reduction, pos_weight=v.detach() if weighted else None
    )


def distances(a: Any, b: Any, p: float) -> Any:
    return pairs.pairwise_distance(a, b, p, 1e-2)


def ctc_labels(rng: np.random.Generator, shape: c.Shape, shapes: Any) -> np.ndarray:
    """Classes other than 0, the blank, with repetitions; dtypes take turns."""
    return rng.integers(1, shapes[0][2], shape).astype("bBhHiIqQ"[sum(shape) % 8])


def ctc_frames(rng: np.random.Generator, shape: c.Shape, shapes: Any) -> np.ndarray:
    """Two thirds of the frames or more."""
    time = shapes[0][0]
    return rng.integers(time - time // 3, time + 1, shape)


def ctc_counts(rng: np.random.Generator, shape: c.Shape, shapes: Any) -> np.ndarray:
    """Up to all of a row's labels; labels that are not in rows are shared out evenly."""
    if len(shapes[1]) == 2:
        return rng.integers(0, shapes[1][1] + 1, shape).astype("i4")
    return np.add(shapes[1][0] // shape[0], np.arange(shape[0]) < shapes[1][0] % shape[0])


WEIGHTS = [0.5, 2.0, 1.25, 0.75, 1.5, 3.0]


def class_weights(x: Any) -> np.ndarray:
    return np.resize(WEIGHTS, x.shape[1 if x.ndim > 1 else 0])


ROW_SHAPES = [
    ((3, 37), (3, 37)),
    *(((2, n), (2, n)) for n in c.WIDTHS[1:]),
    ((7,), (7,)),
    ((2, 3, 5), (2, 3, 5)),
    ((0, 5),) * 2,
]
CE_SETTINGS = options(**REDUCTIONS, label_smoothing=[0.0, 0.2])
LOSSES = [
    two("mse_loss", lambda x, t: (x - t) ** 2),
    two("l1_loss", lambda x, t: abs(x - t)),
    two("smooth_l1_loss", r.smooth_l1, [(1.0,), (0.4,), (0.0,)]),
    two("huber_loss", r.huber, [(1.0,), (0.4,)]),
    two("log_cosh", lambda x, t: np.log(np.cosh(x - t))),
    two("mean_absolute_percentage_error", lambda x, t, eps: 100 * abs(x - t) / np.maximum(abs(t), eps), [(0.3,)]),
    two(
        "mean_squared_logarithmic_error",
        lambda x, t, eps: (np.log1p(np.maximum(x, eps)) - np.log1p(np.maximum(t, eps))) ** 2,
        [(0.3,)],
        inputs=[positive, positive],
        factor=4,
        reason="the difference of two logarithms is squared",
    ),
    two(
        "binary_cross_entropy",
        r.binary_entropy,
        [(0.0,), (0.05,)],
        inputs=[PROBABILITIES] * 2,
        factor=4,
        reason="the target's gradient is the difference of two logarithms",
    ),
    two(
        "binary_focal_crossentropy",
        r.focal,
        [(2.0, 1.0, 1.0), (1.0, 0.75, 0.25), (1.5, 0.25, 0.75)],
        inputs=[PROBABILITIES] * 2,
        factor=4,
        reason=POWERS,
    ),
    two("soft_margin_loss", lambda x, t: np.log1p(np.exp(-t * x))),
    two(
        "hinge_embedding_loss",
        lambda x, t, margin: np.where(t != 1, np.maximum(0, margin - x), 0) + np.where(t != -1, x, 0),
        [(1.0,)],
        inputs=[real, signs],
        differentiable=(0,),
        factor=2,
        reason=CANCELS,
    ),
    two(
        "cosine_embedding_loss",
        lambda x, t, margin: np.where(t == 1, 1 - x, np.where(t == -1, np.maximum(0, x - margin), 0)),
        [(0.2,)],
        inputs=[real, signs],
        differentiable=(0,),
    ),
    two("hinge", lambda x, t: np.maximum(0, 1 - r.signed(t) * x), inputs=[real, labels], differentiable=(0,)),
    two("squared_hinge", lambda x, t: np.maximum(0, 1 - r.signed(t) * x) ** 2),
    two(
        "poisson_nll_loss",
        r.poisson,
        [(1, 0, 0.0), (1, 1, 0.0), (0, 0, 0.1), (0, 1, 0.1)],
        inputs=[positive, positive],
        factor=2,
        reason=CANCELS,
    ),
    two("kl_div", r.kl_div, [(0.0,), (1.0,)], inputs=[NEGATIVE, ABOVE_ONE]),
    two(
        "kl_divergence",
        lambda x, t, eps: np.clip(t, eps, 1) * np.log(np.clip(t, eps, 1) / np.clip(x, eps, 1)),
        [(0.05,)],
        inputs=[PROBABILITIES, PROBABILITIES],
        factor=8,
        reason=CANCELS,
    ),
    three(
        "binary_cross_entropy_with_logits",
        with_logits,
        lambda x, t, v, reduction, weighted: r.weighted(
            r.binary_entropy_of_logits(x, t, v if weighted else 1.0), reduction, 1.5 if weighted else 1.0
        ),
        options(weighted=[False, True]),
        inputs=[real, PROBABILITIES, positive],
        differentiable=(0, 1),
        factor=2,
        reason=CANCELS,
        bad=[
            ((f(2, 3), f(3), None, "mean", False), "target must have shape (2, 3), got (3,)"),
            ((f(2, 3), f(2, 3), f(2), "mean", True), "pos_weight must broadcast to (2, 3), got (2,)"),
        ],
    ),
    three(
        "margin_ranking_loss",
        lambda x, t, v, margin, reduction: functional.margin_ranking_loss(x, v, t, margin, reduction=reduction),
        lambda x, t, v, margin, reduction: r.weighted(np.maximum(0, margin - t * (x - v)), reduction),
        options(margin=[0.0, 0.7]),
        bad=[((f(2), f(2), f(3), 0.0, "mean"), "input2 must have shape (2,), got (3,)")],
    ),
    three(
        "gaussian_nll_loss",
        lambda x, t, v, full, reduction: functional.gaussian_nll_loss(x, t, v, full, 1e-3, reduction),
        lambda x, t, v, full, reduction: r.weighted(
            (np.log(v) + (x - t) ** 2 / v) / 2 + full * np.log(2 * np.pi) / 2, reduction
        ),
        options(full=[False, True]),
        inputs=[real, real, positive],
        factor=4,
        reason=CANCELS,
        bad=[
            ((f(2, 3), f(2, 3), f(3), False, "mean"), "var must have shape (2, 3) or (2, 1), got (3,)"),
        ],
    ),
    Case(
        "cosine_similarity",
        pairs.cosine_similarity,
        lambda a, b, eps, adds_eps: r.cosine(a, b, eps, adds_eps),
        ROW_SHAPES,
        "cosine_similarity_forward cosine_similarity_backward",
        settings=options(eps=[1e-12, 3.0], adds_eps=[False, True]),
        large=[((2000, 33), (2000, 33))],
        length=c.longest_axis,
        bad=[((f(2, 3), f(2, 4), 0.0, True), "b must have shape (2, 3), with an axis, got (2, 4)")],
    ),
    Case(
        "pairwise_distance",
        distances,
        lambda a, b, p: r.distance(a, b, p, 1e-2),
        ROW_SHAPES,
        "pairwise_distance_forward pairwise_distance_backward",
        settings=options(p=[2.0, 1.0, 3.0, 2.5, np.inf]),
        large=[((2000, 33), (2000, 33))],
        length=c.longest_axis,
        factor=2,
        reason=POWERS,
        bad=[
            ((f(2, 3), f(2, 4), 2.0), "x2 must have shape (2, 3), with an axis, got (2, 4)"),
            ((f(2, 3), f(2, 3), -1.0), "p must be at least 0, got -1.0"),
        ],
    ),
    Case(
        "multi_margin_loss",
        lambda x, t, **more: functional.multi_margin_loss(x, t, weight=np.resize(WEIGHTS, x.shape[-1]), **more),
        lambda x, t, **more: r.multi_margin(x, t, np.resize(WEIGHTS, x.shape[-1]), **more),
        [((3, 37), (3,)), *(((5, n), (5,)) for n in c.WIDTHS), ((7,), ()), ((0, 5), (0,))],
        "multi_margin_loss_forward multi_margin_loss_backward",
        inputs=[real, ids(-1)],
        settings=options(p=[1, 2], margin=[1.0, 0.5], **REDUCTIONS),
        large=[((2000, 33), (2000,))],
        differentiable=(0,),
        length=c.longest_axis,
        factor=2,
        reason="what the id itself adds is taken away from the sum",
    ),
    Case(
        "cross_entropy",
        ops.cross_entropy,
        r.cross_entropy,
        c.ROWS_AND_IDS,
        "cross_entropy_forward cross_entropy_backward",
        inputs=[real, ids(1)],
        settings=CE_SETTINGS,
        large=[((2000, 33), (2000,))],
        differentiable=(0,),
        length=c.longest_axis,
        bad=[
            ((f(2, 3), i(0, 3)), "target must be in [0, 3), got 3 at position 1"),
            ((f(2, 3), i(0, -1)), "target must be in [0, 3), got -1 at position 1"),
            ((f(2, 3), i(0)), "target must have shape (2,), got (1,)"),
            ((f(2, 3), f(2, 1)), "target must have shape (2, 3), got (2, 1)"),
            ((f(2, 3), d(2, 3)), "target must be float32 as logits, got float64"),
            ((f(1, 3), np.array([True])), "target must hold integers, the ids of classes, got bool"),
            ((f(), i(0)), "logits must have a class axis, got shape ()"),
            ((f(1, 2), i(0), "avg"), "reduction must be 'none', 'mean' or 'sum', got 'avg'"),
            ((f(1, 2), i(0), "mean", -100, f(3)), "weight must have shape (2,), one number a class, got (3,)"),
            ((f(1, 2), i(0), "mean", -100, None, 1.5), "label_smoothing must be in [0, 1], got 1.5"),
            ((f(1, 2), i(0), "mean", -100, None, 0.0, f(2)), "row_weight must have shape (1,), got (2,)"),
            (
                (f(1, 2), i(0), "mean", -100, Tensor(np.ones(2, "f"), requires_grad=True)),
                "weight must not require a gradient",
            ),
        ],
    ),
    Case(
        "cross_entropy_with_weights_and_ignored_rows",
        lambda x, t, w, **more: ops.cross_entropy(x, t, weight=class_weights(x), row_weight=w, ignore_index=2, **more),
        lambda x, t, w, **more: r.cross_entropy(x, t, weight=class_weights(x), row_weight=w, ignore_index=2, **more),
        [((5, 4), (5,), (5,)), ((3, 5, 4), (3, 4), (3, 4)), ((6, 33), (6,), (6,))],
        "cross_entropy_forward cross_entropy_backward",
        inputs=[real, ids(1, ignored=2), positive],
        settings=options(
            reduction=["mean", "sum", "none", "mean_of_rows", "mean_of_weights"], label_smoothing=[0.0, 0.2]
        ),
        large=[((2000, 33), (2000,), (2000,))],
        differentiable=(0,),
        length=c.longest_axis,
    ),
    Case(
        "cross_entropy_with_ids_of_any_dtype",
        ops.cross_entropy,
        r.cross_entropy,
        [((rows, 4), (rows,)) for rows in range(2, 10)],
        "cross_entropy_forward copy",
        inputs=[real, ids(1, dtypes="bBhHiIqQ")],
        differentiable=(0,),
        length=c.longest_axis,
    ),
    Case(
        "cross_entropy_with_rows",
        ops.cross_entropy,
        r.cross_entropy_rows,
        c.ROWS_AND_ROWS,
        "cross_entropy_rows_forward cross_entropy_rows_backward",
        inputs=[real, positive],
        settings=CE_SETTINGS,
        large=[((2000, 33), (2000, 33))],
        length=c.longest_axis,
        factor=2,
        reason="the logarithm of the sum is rounded before it is multiplied by each of a row's probabilities",
    ),
    Case(
        "cross_entropy_with_weights_and_rows",
        lambda x, t, w, **more: ops.cross_entropy(x, t, weight=class_weights(x), row_weight=w, **more),
        lambda x, t, w, **more: r.cross_entropy_rows(x, t, weight=class_weights(x), row_weight=w, **more),
        [((5, 4), (5, 4), (5,)), ((2, 5, 3), (2, 5, 3), (2, 3)), ((6, 33), (6, 33), (6,))],
        "cross_entropy_rows_forward cross_entropy_rows_backward",
        inputs=[real, positive, positive],
        settings=options(
            reduction=["mean", "sum", "none", "mean_of_rows", "mean_of_weights"], label_smoothing=[0.0, 0.2]
        ),
        differentiable=(0, 1),
        length=c.longest_axis,
        factor=2,
        reason="the logarithm of the sum is rounded before it is multiplied by each of a row's probabilities",
    ),
    Case(
        "nll_loss",
        lambda x, t, ignore_index, reduction: ops.nll_loss(x, t, class_weights(x), ignore_index, reduction),
        lambda x, t, ignore_index, reduction: r.nll(x, t, class_weights(x), ignore_index, reduction),
        c.ROWS_AND_IDS,
        "nll_loss_forward nll_loss_backward",
        inputs=[real, ids(1, ignored=-100)],
        settings=options(ignore_index=[-100], **REDUCTIONS),
        large=[((200, 3, 30, 10), (200, 30, 10))],
        differentiable=(0,),
        length=c.longest_axis,
        factor=2,
        reason=CANCELS,
        bad=[
            ((f(2, 3), i(0, 3), 0, "mean"), "target must be in [0, 3), got 3 at position 1"),
        ],
    ),
    Case(
        "ctc_loss",
        ops.ctc_loss,
        r.ctc,
        [
            ((20, 3, 5), (3, 6), (3,), (3,)),
            *(((3 * n + 3, 2, 3), (2, n), (2,), (2,)) for n in range(18)),
            *[((20, 3, 5), (12,), (3,), (3,)), ((20, 3, 5), (7,), (3,), (3,)), ((20, 1, 2), (1, 4), (1,), (1,))],
            *[((0, 2, 3), (2, 0), (2,), (2,)), ((4, 0, 3), (0, 2), (0,), (0,))],
        ],
        "ctc_loss_forward ctc_loss_backward",
        inputs=[real, ctc_labels, ctc_frames, ctc_counts],
        settings=options(**REDUCTIONS),
        large=[((60, 8, 30), (8, 20), (8,), (8,))],
        differentiable=(0,),
        length=lambda log_probs, *others: log_probs[0],
        bad=[
            ((f(4, 2, 3), i(1, 2, 1), i(4, 4), i(1, 1)), "target_lengths must be in [2, 3), got 1 at position 1"),
            ((f(4, 2, 3), i(1, 2, 1), i(4, 4), i(1, 3)), "target_lengths must be in [2, 3), got 3 at position 1"),
            ((f(4, 2, 3), i(1, 2, 1), i(4, 4), i(-1, 4)), "target_lengths must be in [0, 4), got -1 at position 0"),
            ((f(4, 2, 3), i(1, 2), i(4, 5), i(1, 1)), "input_lengths must be in [0, 5), got 5 at position 1"),
            ((f(4, 2, 3), i(1, 2), i(-1, 4), i(1, 1)), "input_lengths must be in [0, 5), got -1 at position 0"),
            ((f(4, 2, 3), i(1, 3), i(4, 4), i(1, 1)), "targets must be in [0, 3), got 3 at position 1"),
            ((f(4, 2, 3), i(-1, 1), i(4, 4), i(1, 1)), "targets must be in [0, 3), got -1 at position 0"),
            ((f(4, 2, 3), i(2, 1), i(4, 4), i(1, 1), 1), "targets must be in [0, 3) and not 1, got 1 at position 1"),
            ((f(4, 1, 3), np.int64([[1, 2]]), i(4), i(3)), "target_lengths must be in [0, 3), got 3 at position 0"),
            ((f(4, 2, 3), np.int64([[1]]), i(4, 4), i(1, 1)), "targets must have shape (2, length) or (sum of target"),
            ((f(4, 2, 3), np.int64(1), i(4, 4), i(1, 1)), "targets must have shape (2, length) or (sum of target_"),
            ((f(4, 2, 3), f(2), i(4, 4), i(1, 1)), "targets must hold integers, the ids of classes, got float32"),
            ((f(4, 2, 3), i(1, 2), f(2), i(1, 1)), "input_lengths must hold integers, got float32"),
            ((f(4, 2, 3), i(1, 2), i(4), i(1, 1)), "input_lengths must have shape (2,), got (1,)"),
            ((f(4, 2, 3), i(1, 2), i(4, 4), i(2)), "target_lengths must have shape (2,), got (1,)"),
            ((f(4, 0, 3), i(1), i(), i()), "targets must be empty, as the batch is, got (1,)"),
            ((f(4, 3), i(1, 2), i(4, 4), i(2)), "input_lengths must be a number or of shape (1,) for one sample, got"),
            ((f(4), i(1), i(4), i(1)), "log_probs must have shape (time, batch, classes) or (time, classes), got (4,)"),
            ((i(4), i(1), i(4), i(1)), "log_probs must be float32 or float64, got int64"),
            ((f(4, 2, 3), i(1, 2), i(4, 4), i(1, 1), 3), "blank must be in [0, 3), got 3"),
            ((f(4, 2, 3), i(1, 2), i(4, 4), i(1, 1), -1), "blank must be in [0, 3), got -1"),
            ((f(4, 2, 3), i(1, 2), i(4, 4), i(1, 1), 0, "avg"), "reduction must be 'none', 'mean' or 'sum', got 'avg'"),
        ],
    ),
]
