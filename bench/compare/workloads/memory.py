"""What steps do to memory: page faults and resident memory over many steady ones, the rise during `fit`, and the growth
over steps of ever other sizes."""

from __future__ import annotations

import resource
from collections.abc import Callable
from pathlib import Path

import numpy as np

from workloads import Prepared, step

DISTINCT_STEPS = 1000  # batches that are different; a run of more steps goes over them again
WARM_STEPS = 50  # of random batch sizes
LARGEST_BATCH = 256


def watched(prepared: Prepared) -> Prepared:
    """The same work, with what it did to memory as its figures. The first round makes it steady."""

    def rounds(count: int) -> None:
        for done in range(0, count, DISTINCT_STEPS):
            prepared.run(min(DISTINCT_STEPS, count - done))

    def run(count: int) -> dict[str, float]:
        rounds(DISTINCT_STEPS)
        faults, resident = page_faults(), resident_bytes()
        rounds(count)
        return {
            "page faults": page_faults() - faults,
            "resident MB before": resident / 1e6,
            "resident MB after": resident_bytes() / 1e6,
        }

    return Prepared(run)


def fit_rise() -> Prepared:
    """How far the largest resident memory during an epoch on images of bytes lies above that just before."""
    from mushin import keras

    random = np.random.default_rng(0)
    images = random.integers(0, 256, (60_000, 28, 28), np.uint8)
    labels = random.integers(0, 10, 60_000)
    model = keras.Sequential(
        [
            keras.Input((28, 28)),
            keras.layers.Flatten(),
            keras.layers.Dense(128, activation="relu"),
            keras.layers.Dense(10, activation="softmax"),
        ]
    )
    model.compile(optimizer="adam", loss="sparse_categorical_crossentropy", metrics=["accuracy"])

    def run(count: int) -> dict[str, float]:
        Path("/proc/self/clear_refs").write_text("5")  # the peak begins anew
        before = status_bytes("VmRSS")
        model.fit(images, labels, epochs=count, batch_size=32, verbose=0)
        return {"resident MB before": before / 1e6, "rise MB": (status_bytes("VmHWM") - before) / 1e6}

    return Prepared(run)


def random_batches() -> Prepared:
    """How resident memory grows over recorded steps whose batches are of any size."""
    import mushin
    from mushin import nn, optim

    x, y = step.images(LARGEST_BATCH)
    train = mushin.compile(step.training_step(nn, optim.Adam))
    sizes = np.random.default_rng(0)

    def steps(count: int) -> None:
        for size in sizes.integers(1, LARGEST_BATCH + 1, count):
            train(mushin.from_numpy(x[:size]), mushin.from_numpy(y[:size]))

    def run(count: int) -> dict[str, float]:
        steps(WARM_STEPS)
        before = resident_bytes()
        steps(count - WARM_STEPS)
        after = resident_bytes()
        return {
            f"resident MB after {WARM_STEPS}": before / 1e6,
            f"resident MB after {count}": after / 1e6,
            "growth MB": (after - before) / 1e6,
        }

    return Prepared(run)


def page_faults() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt


def resident_bytes() -> int:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * resource.getpagesize()


def status_bytes(name: str) -> int:
    """A line of the process' status, which counts in kB of 1,024."""
    lines = Path("/proc/self/status").read_text().splitlines()
    return 1024 * next(int(line.split()[1]) for line in lines if line.startswith(f"{name}:"))


PREPARE: dict[str, Callable[..., Prepared]] = {
    "mushin_fit": lambda batch: watched(step.mushin_fit(batch, DISTINCT_STEPS)),
    "mushin_compiled": lambda batch: watched(step.mushin_compiled(batch, DISTINCT_STEPS)),
    "fit_rise": fit_rise,
    "random_batches": random_batches,
}
