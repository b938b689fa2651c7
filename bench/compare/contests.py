"""Who competes in what: the table of contests."""

from __future__ import annotations

import argparse
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any


@dataclass(frozen=True)
class Contestant:
    label: str
    framework: str  # whose worker does it; contestants of one framework are one rival, the fastest of them
    variant: str = ""  # its name in the workload's PREPARE


@dataclass(frozen=True)
class Contest:
    """The same work done by several, in rounds of `count` units, or of as many as take `round_seconds`."""

    workload: str
    title: str
    contestants: tuple[Contestant, ...]
    options: dict[str, Any] = field(default_factory=dict)
    unit: str = "call"
    count: int | None = None
    round_seconds: float = 0.1
    warm_rounds: int = 1  # that do not count
    rounds: int | None = None  # None: as many as the command line says
    averaged: bool = False  # whether the figures beside the time are of all rounds, or of the last one
    flops: float = 0.0  # of one unit, where that says something
    bar: tuple[str, float] | None = None  # a framework, and the share of its time that mushin may take


IMPORT = (Contestant("import mushin", "mushin"), Contestant("import numpy", "numpy"))
OP = (Contestant("mushin", "mushin", "mushin"), Contestant("torch", "torch", "torch"))
GEMM = (*OP, Contestant("numpy", "numpy", "numpy"))
STEP = (
    Contestant("mushin keras fit", "mushin", "mushin_fit"),
    Contestant("mushin nn compiled", "mushin", "mushin_compiled"),
    Contestant("mushin nn eager", "mushin", "mushin_eager"),
    Contestant("torch eager, Adam", "torch", "torch_eager"),
    Contestant("torch eager, Adam foreach", "torch", "torch_foreach"),
    Contestant("torch eager, Adam fused", "torch", "torch_fused"),
    Contestant("keras/tensorflow fit", "keras", "keras_fit"),
)
MEMORY = STEP[:2]
LISTING = (Contestant("mushin keras", "mushin", "mushin"), Contestant("keras/tensorflow", "keras", "keras"))

OP_NAMES = {"add": "add of 8", "mul": "mul of 8", "linear": "linear 4x4"}
GEMM_SIZES = ((512, 512, 512), (1024, 1024, 1024), (2048, 2048, 2048), (32, 784, 128), (256, 768, 3072))
MEMORY_STEPS = 10_000


def import_contests(options: argparse.Namespace) -> list[Contest]:
    return [Contest("import", "import in a fresh process", IMPORT, unit="import")]


def op_contests(options: argparse.Namespace) -> list[Contest]:
    return [
        Contest(
            "op",
            f"{name}, forward{' and backward' if backward else ''}",
            OP,
            {"op": op, "backward": backward},
            round_seconds=0.03,
            bar=("torch", 0.5),
        )
        for op, name in OP_NAMES.items()
        for backward in (False, True)
    ]


def gemm_contests(options: argparse.Namespace) -> list[Contest]:
    return [
        Contest("gemm", f"product {m}x{k}x{n}", GEMM, {"m": m, "k": k, "n": n}, flops=2.0 * m * k * n)
        for m, k, n in GEMM_SIZES
    ]


def step_contests(options: argparse.Namespace) -> list[Contest]:
    return [
        Contest(
            "step",
            f"training step 784-128-10, batch {batch}",
            STEP,
            {"batch": batch, "steps": options.steps},
            unit="step",
            count=options.steps,
        )
        for batch in (32, 128)
    ]


def memory_contests(options: argparse.Namespace) -> list[Contest]:
    title = f"memory over {MEMORY_STEPS} steady steps, batch 32"
    return [Contest("memory", title, MEMORY, {"batch": 32}, unit="step", count=MEMORY_STEPS, warm_rounds=0, rounds=1)]


def listing_contests(options: argparse.Namespace) -> list[Contest]:
    pixels = "[0, 1]" if options.scaled else "[0, 255]"
    return [
        Contest(
            "listing",
            f"classifier listing on Fashion-MNIST, {options.epochs} epochs, pixels in {pixels}, {options.seeds} seeds",
            LISTING,
            {"epochs": options.epochs, "scaled": options.scaled},
            unit="run",
            count=1,
            warm_rounds=0,
            rounds=options.seeds,
            averaged=True,
        )
    ]


CONTESTS: dict[str, Callable[[argparse.Namespace], list[Contest]]] = {
    "import": import_contests,
    "op": op_contests,
    "gemm": gemm_contests,
    "step": step_contests,
    "memory": memory_contests,
    "listing": listing_contests,
}
