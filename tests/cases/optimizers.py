"""Entries of the table for the launches of optimizers: over segments of different lengths, one of them empty."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import numpy as np

import reference as r
from cases import case as c
from cases.case import Case, flags, one, options, positive, real
from cases.of_kernels import own, raw
from mushin import kernels
from mushin.autograd import NEW

LENGTHS = (1, 2, 1, 3)  # of the lists of step counts: how many parameters each segment joins


def segments(x: np.ndarray) -> list[np.ndarray]:
    return [x[:5], x[5:5], x[5:12], x[12:]]


def of_each(value: Any, dtype: Any) -> list[np.ndarray]:
    """A number of every parameter, segment by segment."""
    return [own(np.full(length, value, dtype)) for length in LENGTHS]


def joined(lists: list[np.ndarray]) -> np.ndarray:
    together = kernels.empty((sum(LENGTHS),), lists[0].dtype)
    for at, each in zip(np.cumsum((0, *LENGTHS)), lists):
        kernels.copy(together[at : at + len(each)], each)
    return together


def sgd(p: Any, v: Any, g: Any, momentum: float, step: int, **convention: bool) -> tuple[np.ndarray, ...]:
    p, v, steps, hyper = own(p), own(v), of_each(step, np.int64), np.array([0.1, momentum, 0.25, 0.01])
    velocity = segments(v) if momentum else []
    kernels.sgd(segments(p), velocity, steps, segments(g), hyper, *convention.values())
    return p, v, joined(steps)


def sgd_reference(p: Any, v: Any, g: Any, momentum: float, step: int, **convention: bool) -> tuple[np.ndarray, ...]:
    counted = np.full(sum(LENGTHS), 1 if momentum else step)
    return *r.sgd(p, v, g, step, 0.1, momentum, 0.25, 0.01, **convention), counted


def launched(
    kernel: Any, hyper: list[float], numbers: tuple[float, ...] = (), skipped: dict[str, int] | None = None
) -> Callable[..., Any]:
    """A launch on copies of p, states and g: returns p, the states, step counts and the other numbers.

    Args:
        hyper: the hyperparameters.
        numbers: the numbers of parameters beside the count of steps.
        skipped: flags that do without a state, and which, if they are false.
    """
    without = skipped or {}

    def launch(p: Any, *states_and_gradient: Any, step: int, **convention: Any) -> tuple[np.ndarray, ...]:
        *states, g = states_and_gradient
        p, states, steps = own(p), [own(state) for state in states], of_each(step, np.int64)
        left_out = [place for name, place in without.items() if not convention[name]]
        lists = [[] if i in left_out else segments(state) for i, state in enumerate(states)]
        more = [of_each(value, np.float64) for value in numbers]
        switches = [value for name, value in convention.items() if name not in without]
        kernel(segments(p), *lists, steps, *more, segments(g), np.array(hyper), *switches)
        return (p, *states, joined(steps), *map(joined, more))

    return launch


def referred(reference: Any, hyper: list[float], numbers: tuple[float, ...] = (), states: int = 1) -> Any:
    """What `launched` gives, of a reference that takes p, states, numbers, g, the step, hyperparameters and flags."""

    def refer(p: Any, *states_and_gradient: Any, step: int, **convention: Any) -> tuple[np.ndarray, ...]:
        *given, g = states_and_gradient
        p, *rest = reference(p, *given, *numbers, g, step, *hyper, **convention)
        steps, each = np.full(sum(LENGTHS), step + 1), np.ones(sum(LENGTHS))
        return (p, *rest[:states], steps, *(each * number for number in rest[states:]))

    return refer


def optimizer(
    name: str,
    hyper: list[float],
    states: list[Any],
    numbers: tuple[float, ...] = (),
    skipped: dict[str, int] | None = None,
    reference: Any = None,
    steps: tuple[int, ...] = (0, 3),
    convention: tuple[str, ...] = ("maximize", "keras"),
) -> Case:
    """A case of a kernel that has a reference of its name."""
    return raw(
        name,
        launched(getattr(kernels, name), hyper, numbers, skipped),
        referred(reference or getattr(r, name), hyper, numbers, len(states)),
        [shapes * (2 + len(states)) for shapes in c.FLAT],
        inputs=[real, *states, real],
        settings=options(step=list(steps), **flags(*(skipped or {}), *convention)),
        large=[((20011,),) * (2 + len(states))],
    )


def adam_reference(p: Any, m: Any, v: Any, largest: Any, g: Any, step: int, *hyper: float, amsgrad: bool, **more: bool):
    p, m, v, most = r.adam(p, m, v, largest if amsgrad else None, g, step, *hyper, **more)
    return p, m, v, most if amsgrad else largest


def lion_reference(p: Any, m: Any, g: Any, step: int, *hyper: float, **more: bool) -> Any:
    return r.lion(p, m, g, *hyper, **more)


def adadelta_reference(p: Any, v: Any, u: Any, g: Any, step: int, *hyper: float, **more: bool) -> Any:
    return r.adadelta(p, v, u, g, *hyper, **more)


def rmsprop_reference(p: Any, v: Any, a: Any, b: Any, g: Any, step: int, *hyper: float, moving: bool, **more: bool):
    *hyper, momentum = hyper
    return r.rmsprop(p, v, a, b, g, *hyper, momentum if moving else 0.0, **more)


def adafactor(p: Any, row: Any, column: Any, g: Any, step: int, epsilon: float, **convention: bool) -> Any:
    p, row, column, steps = own(p), own(row), own(column), own(np.array(step))
    hyper = np.array([0.2, -0.8, epsilon, 1e-3, 0.9, 0.1])
    kernels.adafactor(p, row, column, steps, g, hyper, *convention.values())
    return p, row, column, steps


def adafactor_reference(p: Any, row: Any, column: Any, g: Any, step: int, epsilon: float, **convention: bool) -> Any:
    if p.size == 0:
        return p, row, column, np.array(step + 1)
    return *r.adafactor(p, row, column, g, step, 0.2, -0.8, epsilon, 1e-3, 0.9, 0.1, **convention), np.array(step + 1)


def adafactor_of_vector(p: Any, v: Any, g: Any, step: int, **convention: bool) -> Any:
    p, v, steps = own(p), own(v), own(np.array(step))
    hyper = np.array([0.2, -0.8, 1e-4, 1e-3, 0.9, 0.1])
    kernels.adafactor(p.reshape(1, -1), None, v, steps, g.reshape(1, -1), hyper, *convention.values())
    return p, v, steps


def adafactor_of_vector_reference(p: Any, v: Any, g: Any, step: int, **convention: bool) -> Any:
    if p.size == 0:
        return p, v, np.array(step + 1)
    p, _, v = r.adafactor(p, None, v, g, step, 0.2, -0.8, 1e-4, 1e-3, 0.9, 0.1, **convention)
    return p, v, np.array(step + 1)


def norms_reference(x: np.ndarray, order: float) -> np.ndarray:
    return np.array([np.linalg.norm(part, order) if part.size else 0.0 for part in segments(x)])


def clip_by_norm(x: np.ndarray, limit: float, together: bool, order: float) -> tuple[np.ndarray, np.ndarray]:
    x = own(x)
    norms = kernels.norms(NEW, segments(x), order)
    norms = kernels.norm_of_norms(norms, order) if together else norms
    kernels.clip_by_norm(segments(x), norms, np.array(limit), 1e-6)
    return x, norms


def clip_by_norm_reference(x: np.ndarray, limit: float, together: bool, order: float) -> tuple[np.ndarray, np.ndarray]:
    norms = np.array(np.linalg.norm(x, order)) if together else norms_reference(x, order)
    scales = np.minimum(1, limit / (norms + 1e-6))
    parts = zip(np.broadcast_to(scales, 4), segments(x))
    return np.concatenate([scale * part for scale, part in parts]), norms


def clip_by_value(x: np.ndarray, limit: float) -> np.ndarray:
    x = own(x)
    kernels.clip_by_value(segments(x), np.array(limit))
    return x


def scale(x: np.ndarray, factor: float) -> np.ndarray:
    x = own(x)
    kernels.scale(segments(x), np.array(factor))
    return x


def running_average(average: Any, value: Any, count: int, decay: float) -> tuple[np.ndarray, np.ndarray]:
    average, counted = own(average), own(np.array(count))
    kernels.running_average(segments(average), counted, segments(value), np.array(decay))
    return average, counted


def running_average_reference(average: Any, value: Any, count: int, decay: float) -> tuple[np.ndarray, np.ndarray]:
    kept = 0.0 if count == 0 else count / (count + 1) if decay < 0 else decay
    return value if kept == 0 else average + (1 - kept) * (value - average), np.array(count + 1)


ADAM = [0.1, 0.8, 0.95, 1e-3, 0.01]
MATRICES = [((m, n), (m,), (n,), (m, n)) for m, n in ((3, 5), (2, 1), (7, 33), (130, 3), (0, 3), (3, 0))]


def some_rows(rng: np.random.Generator, shape: Any, shapes: Any) -> np.ndarray:
    """A gradient of which every other row is zero."""
    rows = real(rng, shape, shapes)
    rows[1::2] = 0
    return rows


def sparse_adam(p: Any, m: Any, v: Any, g: Any, listed: int | None, step: int, maximize: bool) -> Any:
    """Of the gradient the even rows are listed, backwards and twice; or all may be touched, for -1 and None."""
    p, m, v, steps = own(p), own(m), own(v), own(np.array(step))
    rows = np.zeros(len(p), np.int64)
    even = [*range(len(p))[::2][::-1]] * 2
    rows[: len(even)] = even[: len(rows)]
    list_of_rows = (None, None) if listed is None else (rows, np.array(min(len(even), len(p)) if listed > 0 else -1))
    kernels.sparse_adam(p, m, v, steps, g, *list_of_rows, np.array([0.1, 0.9, 0.99, 0.05]), maximize)
    return p, m, v, steps


def sparse_adam_reference(p: Any, m: Any, v: Any, g: Any, listed: int | None, step: int, maximize: bool) -> Any:
    chosen = (g != 0).any(axis=1)[:, None]
    if listed == 1:
        chosen[1::2] = False  # rows that are not listed are trusted to have no gradient
    t, signed = step + 1, -g if maximize else g
    next_m, next_v = 0.9 * m + 0.1 * signed, 0.99 * v + 0.01 * g * g
    direction = next_m / (np.sqrt(next_v) + 0.05)
    next_p = p - 0.1 * np.sqrt(1 - 0.99**t) / (1 - 0.9**t) * direction
    return *(np.where(chosen, after, before) for after, before in ((next_p, p), (next_m, m), (next_v, v))), np.array(t)


OPTIMIZERS = [
    raw(
        "sgd",
        sgd,
        sgd_reference,
        [shapes * 3 for shapes in c.FLAT],
        settings=options(momentum=[0.0, 0.9], step=[0, 1], **flags("nesterov", "maximize", "keras")),
        large=[((20011,),) * 3],
    ),
    optimizer("lion", [0.1, 0.8, 0.95, 0.2], [real], reference=lion_reference, convention=("maximize",)),
    optimizer("asgd", [0.1, 0.2, 0.75, 1.0, 0.3], [real], (0.05, 0.25), convention=("maximize",)),
    optimizer("rprop", [0.1, 0.5, 1.2, 0.2, 1.5], [real, positive], convention=("maximize",)),
    optimizer(
        "adam",
        ADAM,
        [real, positive, positive],
        skipped={"amsgrad": 2},
        reference=adam_reference,
        convention=("decoupled", "maximize", "keras"),
    ),
    optimizer("nadam", [*ADAM, 0.3], [real, positive], (0.7,), convention=("decoupled", "maximize")),
    optimizer("radam", ADAM, [real, positive], steps=(0, 3, 8), convention=("decoupled", "maximize")),
    optimizer("adamax", ADAM, [real, positive]),
    optimizer(
        "rmsprop",
        [0.1, 0.8, 1e-3, 0.2, 0.7],
        [lambda *given: 5 + positive(*given), real, real],
        skipped={"centered": 1, "moving": 2},
        reference=rmsprop_reference,
    ),
    optimizer("adagrad", [0.1, 0.4, 1e-3, 0.2], [positive]),
    optimizer("adadelta", [0.5, 0.8, 1e-3, 0.2], [positive, positive], reference=adadelta_reference),
    raw(
        "adafactor",
        adafactor,
        adafactor_reference,
        [*MATRICES, ((2, 3, 5), (2, 3), (2, 5), (2, 3, 5))],
        inputs=[real, positive, positive, real],
        settings=options(step=[0, 3], epsilon=[1e-4, 2.0], **flags("maximize", "keras")),
        large=[((131, 257), (131,), (257,), (131, 257)), ((3, 9001), (3,), (9001,), (3, 9001))],
    ),
    raw(
        "adafactor_of_vector",
        adafactor_of_vector,
        adafactor_of_vector_reference,
        [shapes * 3 for shapes in c.FLAT],
        "adafactor",
        inputs=[real, positive, real],
        settings=options(step=[0, 3], **flags("maximize", "keras")),
        large=[((20011,),) * 3],
    ),
    raw(
        "norms",
        lambda x, order: kernels.norms(NEW, segments(x), order),
        norms_reference,
        c.FLAT,
        settings=options(order=[2.0, 1.0, 3.0, 0.5, np.inf]),
        large=one((20011,)),
    ),
    raw(
        "clip_by_norm",
        clip_by_norm,
        clip_by_norm_reference,
        c.FLAT,
        "norms norm_of_norms clip_by_norm",
        settings=options(limit=[0.7, 3.0, 1e3], order=[2.0, 1.0, 3.0, np.inf], **flags("together")),
        large=one((20011,)),
    ),
    raw(
        "clip_by_value",
        clip_by_value,
        lambda x, limit: np.clip(x, -limit, limit),
        c.FLAT,
        settings=options(limit=[0.7]),
        large=one((20011,)),
    ),
    raw(
        "scale", scale, lambda x, factor: x * factor, c.FLAT, settings=options(factor=[0.25, -1.5]), large=one((20011,))
    ),
    raw(
        "running_average",
        running_average,
        running_average_reference,
        [shapes * 2 for shapes in c.FLAT],
        settings=options(count=[0, 3], decay=[-1.0, 0.9]),
        large=[((20011,),) * 2],
    ),
    raw(
        "sparse_adam",
        sparse_adam,
        sparse_adam_reference,
        [((5, width),) * 4 for width in c.WIDTHS] + [((0, 3),) * 4, ((3, 0),) * 4],
        inputs=[real, real, positive, some_rows],
        settings=options(listed=[None, -1, 1], step=[0, 3], maximize=[False, True]),
        large=[((1001, 33),) * 4],
        length=lambda *shapes: 4,
    ),
]
