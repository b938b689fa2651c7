"""Which steps replay: the classifier's step through `fit`, and every case of tests/cases.py, forward and backward."""

from __future__ import annotations

import sys
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np

from workloads import Prepared, step

TESTS = Path(__file__).parents[3] / "tests"
BATCH, SAMPLES = 32, 1016  # an epoch's last batch is smaller


def classifier() -> Prepared:
    """A unit is an epoch of `fit`."""
    from mushin import keras

    x, y = step.images(SAMPLES)
    model = keras.Sequential([keras.layers.Dense(128, activation="relu"), keras.layers.Dense(10, activation="softmax")])
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])

    def run(count: int) -> dict[str, float]:
        model.fit(x, y, batch_size=BATCH, epochs=count, verbose=0)
        train = model._trainer.train_step
        return {
            "steps": train.replayed + train.eager,
            "plans": train.plans,
            "not replayed": train.eager,
            "replayed %": replayed_percent([train]),
        }

    return Prepared(run)


def cases() -> Prepared:
    """A unit is a call of every case, with each of its settings. A case that does not replay is a figure of its own."""
    sys.path.append(str(TESTS))
    from cases import CASES

    def run(count: int) -> dict[str, float]:
        by_name: dict[str, list[Any]] = {}
        for case in CASES:
            for shapes, setting in case.typical():
                with warnings.catch_warnings():
                    warnings.simplefilter("ignore", RuntimeWarning)  # why it stays eager
                    by_name.setdefault(case.name, []).append(played(case, shapes, setting, count))
        steps = [each for all_of_case in by_name.values() for each in all_of_case]
        one_plan = [name for name, found in by_name.items() if all(each.plans == 1 and each.replayed for each in found)]
        return {
            "cases": len(by_name),
            "with their settings": len(steps),
            "not with one plan": len(by_name) - len(one_plan),
            "replayed %": replayed_percent(steps),
            **{f"{name}, replayed %": replayed_percent(by_name[name]) for name in by_name if name not in one_plan},
        }

    return Prepared(run)


def played(case: Any, shapes: Any, setting: dict[str, Any], calls: int) -> Any:
    """The compiled step of a case after so many calls, each on other numbers. What has a gradient is a parameter
    outside of the step; the rest, and the gradient to start from, are its arguments."""
    import mushin
    from mushin import Tensor

    batches = [case.make(shapes, np.float32, seed) for seed in range(2)]
    parameters = {k: Tensor(batches[0][k].copy(), requires_grad=True) for k in case.gradients()}

    def outputs_of(arguments: Iterator[Any]) -> tuple[Any, ...]:
        inputs = [parameters[k] if k in parameters else next(arguments) for k in range(len(shapes))]
        outputs = case.function(*inputs, **setting)
        return outputs if isinstance(outputs, tuple) else (outputs,)

    def forward_and_backward(*arguments: Any) -> tuple[Tensor, ...]:
        remaining = iter(arguments)
        for parameter in parameters.values():
            parameter.grad = None
        outputs = outputs_of(remaining)
        for gradient in remaining:
            outputs[0].backward(gradient)
        return tuple(Tensor(y) if case.raw else y for y in outputs)

    compiled = mushin.compile(forward_and_backward)
    for call in range(calls):
        batch = batches[call % 2]
        for k, parameter in parameters.items():
            parameter.array[...] = batch[k]
        arguments = [x if case.raw else Tensor(x) for k, x in enumerate(batch) if k not in parameters]
        if parameters and call == 0:
            gradients = [mushin.rand(*outputs_of(iter(arguments))[0].shape) for _ in range(2)]
        compiled(*arguments, *([gradients[call % 2]] if parameters else []))
    return compiled.step


def replayed_percent(steps: list[Any]) -> float:
    """The share of the steps' calls that were replayed."""
    replayed = sum(each.replayed for each in steps)
    return float(100 * replayed / (replayed + sum(each.eager for each in steps)))


PREPARE: dict[str, Callable[..., Prepared]] = {"classifier": classifier, "cases": cases}
