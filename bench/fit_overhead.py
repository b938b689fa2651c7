"""What `fit` costs beside the bare recorded step: python bench/fit_overhead.py [rounds]

A classifier of 784-128-10 at batches of 32, Adam. The bare step is forward, loss, backward and the optimizer's step in
a recorded step that gathers its batch; `fit` adds the loss's mean, accuracy, a progress line and callbacks. In each
round all have models of their own, which lie elsewhere in memory, and are timed in turns, epoch by epoch, so that a
busy machine slows all; their quickest epochs are compared, and the median of the rounds is shown with the least and the
most. The bar is 5 %.
"""

import contextlib
import io
import statistics
import sys
import time

import numpy as np

from mushin import keras, nn
from mushin.keras import callbacks, layers
from mushin.train.step import CompiledStep, Rows

SAMPLES, BATCH, EPOCHS = 12_800, 32, 4


def classifier() -> keras.Sequential:
    keras.utils.set_random_seed(0)
    model = keras.Sequential(
        [layers.Dense(128, activation="relu", input_shape=(784,)), layers.Dense(10, activation="softmax")]
    )
    model.compile("adam", "sparse_categorical_crossentropy", metrics=["accuracy"])
    return model


def bare_epoch(x: np.ndarray, y: np.ndarray):
    """A function that trains a model of its own for an epoch, with nothing but the step."""
    model = classifier()
    body, _ = model.body_without({0: nn.Softmax})
    loss, optimizer = keras.losses.SparseCategoricalCrossentropy(), model.optimizer
    optimizer.build(body.parameters())

    def train(inputs, target):
        total = loss.of_logits(body(inputs), target)
        optimizer.zero_grad()
        total.backward()
        optimizer.step()

    step = CompiledStep(train)

    def epoch() -> None:
        order = np.random.permutation(len(x))
        for begin in range(0, len(x), BATCH):
            ids = order[begin : begin + BATCH]
            step(Rows(x, ids, np.float32), Rows(y, ids, np.int64))

    return epoch


def fit_epoch(x: np.ndarray, y: np.ndarray):
    model = classifier()
    watching = [callbacks.EarlyStopping("loss", patience=10**6), callbacks.TerminateOnNaN()]
    plain = [watching[0]]

    def epoch(verbose: int, reads_logs: bool) -> None:
        with contextlib.redirect_stdout(io.StringIO()):
            model.fit(x, y, BATCH, verbose=verbose, callbacks=watching if reads_logs else plain)

    return epoch


def seconds_of_epochs(x: np.ndarray, y: np.ndarray) -> dict[str, float]:
    """The quickest epoch of each contest."""
    bare, silent, moving, reading = bare_epoch(x, y), fit_epoch(x, y), fit_epoch(x, y), fit_epoch(x, y)
    contests = {
        "bare step": bare,
        "fit, silent": lambda: silent(0, False),
        "fit, moving line": lambda: moving(1, False),
        "fit, moving line, logs of every batch": lambda: reading(1, True),
    }
    seconds: dict[str, list[float]] = {name: [] for name in contests}
    for turn in range(1 + EPOCHS):
        for name, epoch in contests.items():
            begin = time.perf_counter()
            epoch()
            if turn:  # the first records
                seconds[name].append(time.perf_counter() - begin)
    return {name: min(times) for name, times in seconds.items()}


def main() -> None:
    rounds = int(sys.argv[1]) if len(sys.argv) > 1 else 15
    rng = np.random.default_rng(0)
    x = rng.integers(0, 256, (SAMPLES, 784), np.uint8)
    y = rng.integers(0, 10, SAMPLES)
    all_seconds = [seconds_of_epochs(x, y) for _ in range(rounds)]
    for name in all_seconds[0]:
        microseconds = statistics.median(each[name] for each in all_seconds) / (SAMPLES // BATCH) * 1e6
        ratios = sorted(each[name] / each["bare step"] for each in all_seconds)
        more, least, most = (100 * (ratio - 1) for ratio in (statistics.median(ratios), ratios[0], ratios[-1]))
        print(f"{name:40} {microseconds:8.1f} us a step {more:+6.1f} % ({least:+.1f} to {most:+.1f})")


if __name__ == "__main__":
    main()
