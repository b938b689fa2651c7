"""Who competes in what: the table of contests."""

from __future__ import annotations

import argparse
from dataclasses import replace
from typing import Any, NamedTuple

from contest import Bar, Contest, Contestant, Group
from machine import usable_cores
from workloads import breadth
from workloads.recurrent import BATCH, TIME

MUSHIN = Contestant("mushin", "mushin", "mushin")
TORCH = Contestant("torch", "torch", "torch")
NUMPY = Contestant("numpy", "numpy", "numpy")
STEP = (
    Contestant("mushin keras fit", "mushin", "mushin_fit"),
    Contestant("mushin nn compiled", "mushin", "mushin_compiled"),
    Contestant("mushin nn eager", "mushin", "mushin_eager"),
    Contestant("torch eager, Adam", "torch", "torch_eager"),
    Contestant("torch eager, Adam foreach", "torch", "torch_foreach"),
    Contestant("torch eager, Adam fused", "torch", "torch_fused"),
    Contestant("torch compiled, Adam fused", "torch", "torch_compiled", side="torch compiled"),
    Contestant("jax jit", "jax", "jax_jit"),
    Contestant("keras/tensorflow fit", "keras", "keras_fit"),
)
FIT, COMPILED, EAGER = STEP[:3]

OP_NAMES = {"add": "add of 8", "mul": "mul of 8", "linear": "linear 4x4"}
SQUARES = (64, 128, 256, 512, 1024, 2048)
LINEAR_SHAPES = ((256, 768, 768), (256, 768, 3072), (256, 3072, 768))
LINEAR_FORMS = {"forward": "x w^T", "dx": "dy w", "dw": "dy^T x"}
OTHER_SHAPES = ((32, 784, 128), (64, 128, 512), (512, 64, 512))
VECTOR_SHAPE = (1, 768, 3072)
STEP_BARS_THREADS = 2
STEP_BARS = {
    32: {"torch": 1 / 2.5, "jax": 1 / 2, "keras": 1 / 8},
    128: dict.fromkeys(("torch", "jax", "keras"), 1 / 1.8),
}
RECURRENT = (
    ("LSTM", 4, 128, 1 / 1.7),
    ("LSTM", 4, 256, None),
    ("LSTM", 4, 512, 1 / 1.35),
    ("GRU", 3, 128, None),
    ("RNN", 1, 128, None),
)
RAGGED = (
    Contestant("padded behind", "mushin", "behind"),
    Contestant("padded in front", "mushin", "in_front"),
    Contestant("as many dense steps", "mushin", "same_steps", side="as many dense steps"),
)
MEMORY_STEPS = 10_000
RANDOM_BATCHES = 1000
BUSY_CALLS = 1000
EPOCHS_OF_PLANS = 10
CALLS_OF_PLANS = 100


class MemoryBound(NamedTuple):
    """An op whose time is that of moving its arrays: how many of so many elements must be read or written.

    Forward, the operands are read and the result is written. Backward, the gradient of the result is read, so is what
    the derivative depends on (an operand or the result, if any), and the gradients of the operands are written: not
    added to, since there are none before. Nothing else has to move: no copy of the gradient that is given, and no sum.
    What is small beside these arrays (labels, a row's statistics, sums over rows) does not count.
    """

    title: str
    elements: int
    forward: int
    both: int  # forward and backward
    most: float | None  # of PyTorch's time
    least_share: float | None  # of copying


MEMORY_BOUND = {
    "add": MemoryBound("add 4096x3072", 4096 * 3072, 3, 6, None, 0.75),
    "relu": MemoryBound("relu 4096x3072", 4096 * 3072, 2, 5, 1 / 3, 0.75),
    "gelu": MemoryBound("gelu (tanh) 4096x3072", 4096 * 3072, 2, 5, 1 / 3, 0.65),
    "softmax": MemoryBound("softmax 4096x1024", 4096 * 1024, 2, 5, 1 / 1.5, 0.5),
    "cross_entropy": MemoryBound("cross-entropy 2048x50257", 2048 * 50257, 1, 3, 1 / 3, None),
    "layer_norm": MemoryBound("layer norm 4096x1024", 4096 * 1024, 2, 5, None, None),
    "sum": MemoryBound("sum over axis 0 of 4096x1024", 4096 * 1024, 1, 2, None, 0.75),
}
ADAM_PARAMETERS = 10_000_000
ADAM_ARRAYS = 7  # parameter, gradient and two moments read; all but the gradient written
ADAM = (MUSHIN, TORCH, Contestant("torch fused", "torch", "torch_fused", side="torch fused"))


def import_contests(options: argparse.Namespace) -> list[Contest]:
    imports = (Contestant("import mushin", "mushin"), Contestant("import numpy", "numpy"))
    return [Contest("import", "import in a fresh process", imports, unit="import")]


def op_contests(options: argparse.Namespace) -> list[Contest]:
    return [
        Contest(
            "op",
            f"{name}, forward{' and backward' if backward else ''}",
            (MUSHIN, TORCH),
            {"op": op, "backward": backward},
            round_seconds=0.03,
            bars=(Bar("torch", 1 / 3),) if backward else (),
        )
        for op, name in OP_NAMES.items()
        for backward in (False, True)
    ]


def gemm_contests(options: argparse.Namespace) -> list[Contest]:
    plain = [*((size, size, size) for size in SQUARES), *OTHER_SHAPES]
    linear = [(form, shape) for shape in LINEAR_SHAPES for form in LINEAR_FORMS]
    return [
        *(product("plain", *shape) for shape in plain),
        *(product(form, *shape) for form, shape in linear),
        product("plain", *VECTOR_SHAPE, probes=("read",)),
    ]


def product(form: str, m: int, k: int, n: int, probes: tuple[str, ...] = ("microkernel", "fma")) -> Contest:
    title = f"product {m}x{k}x{n}"
    if form in LINEAR_FORMS:
        title = f"linear {m}x{k}x{n}, {LINEAR_FORMS[form]}"
    return Contest(
        "gemm",
        title,
        (MUSHIN, TORCH, NUMPY),
        {"form": form, "m": m, "k": k, "n": n},
        flops=2.0 * m * k * n,
        bytes=4.0 * (m * k + k * n + m * n),
        probes=probes,
    )


def step_contests(options: argparse.Namespace) -> list[Contest]:
    return [
        Contest(
            "step",
            f"training step 784-128-10, batch {batch}",
            STEP,
            {"batch": batch, "steps": options.steps},
            unit="step",
            count=options.steps,
            bars=step_bars(batch) if options.threads == STEP_BARS_THREADS else (),
        )
        for batch in STEP_BARS
    ]


def step_bars(batch: int) -> tuple[Bar, ...]:
    """The recorded loop beside everybody, `fit` beside Keras, the eager loop beside PyTorch's."""
    most = STEP_BARS[batch]
    return (
        Bar("torch", most["torch"], COMPILED.label),
        Bar("torch compiled", most["torch"], COMPILED.label),
        Bar("jax", most["jax"], COMPILED.label),
        Bar("keras", most["keras"], COMPILED.label),
        Bar("keras", most["keras"], FIT.label),
        Bar("torch", 1 / 1.8, EAGER.label),
    )


def memory_bound_contests(options: argparse.Namespace) -> list[Contest]:
    ops = [
        Contest(
            "memory_bound",
            f"{op.title}, forward{' and backward' if backward else ''}",
            (MUSHIN, TORCH),
            {"op": name, "backward": backward},
            bytes=4.0 * op.elements * (op.both if backward else op.forward),
            probes=("copy",),
            least_share=op.least_share,
            bars=() if op.most is None else (Bar("torch", op.most),),
        )
        for name, op in MEMORY_BOUND.items()
        for backward in (False, True)
    ]
    adam = Contest(
        "adam",
        "Adam over 10 million parameters",
        ADAM,
        {"parameters": ADAM_PARAMETERS},
        unit="step",
        bytes=4.0 * ADAM_ARRAYS * ADAM_PARAMETERS,
        probes=("copy",),
        least_share=0.75,
        bars=(Bar("torch fused", 1.0),),
    )
    return [*ops, adam]


def breadth_contests(options: argparse.Namespace) -> list[Contest]:
    return [
        Contest(
            "breadth",
            f"{op.partition('/')[0]}{', forward and backward' if backward else ''}",
            (MUSHIN, TORCH),
            {"op": op, "backward": backward},
            round_seconds=0.03,
        )
        for op in breadth.OPS
        for backward in ((False,) if op in breadth.FORWARD_ONLY else (False, True))
    ]


def recurrent_contests(options: argparse.Namespace) -> list[Contest]:
    dense = [
        Contest(
            "recurrent",
            f"{kind} of width {width}, forward and backward",
            (MUSHIN, TORCH),
            {"kind": kind, "width": width},
            flops=3 * 2.0 * BATCH * TIME * blocks * width * (width + width),
            probes=("fma",),
            bars=() if most is None else (Bar("torch", most),),
        )
        for kind, blocks, width, most in RECURRENT
    ]
    ragged = Contest(
        "recurrent",
        "LSTM of width 128, samples of 1 to 100 steps beside as many dense ones, forward and backward",
        RAGGED,
        {"kind": "LSTM", "width": 128},
        bars=(Bar("as many dense steps", 1.2, "padded behind"), Bar("as many dense steps", 1.2, "padded in front")),
    )
    return [*dense, ragged]


def busy_contests(options: argparse.Namespace) -> list[Contest]:
    if options.threads < max(2, usable_cores()):
        return []  # the other process would have a core of its own
    products: list[tuple[str, str, dict[str, Any]]] = [
        ("gemm", f"product {size}x{size}x{size}", {"form": "plain", "m": size, "k": size, "n": size})
        for size in (128, 256, 512)
    ]
    step = ("step", "recorded training step, batch 32", {"batch": 32, "steps": BUSY_CALLS})
    return [
        Contest(
            workload,
            f"{title}, beside a busy process",
            busy_contestants("mushin" if workload == "gemm" else COMPILED.variant, options.threads),
            work,
            count=BUSY_CALLS,
            rounds=min(5, options.rounds),
            beside_burner=True,
            bars=(Bar("one less", 1.3),),
        )
        for workload, title, work in [*products, step]
    ]


def busy_contestants(variant: str, threads: int) -> tuple[Contestant, ...]:
    fewer = Contestant(f"mushin, threads {threads - 1}", "mushin", variant, side="one less", threads=threads - 1)
    return Contestant(f"mushin, threads {threads}", "mushin", variant), fewer


def replay_contests(options: argparse.Namespace) -> list[Contest]:
    return [
        Contest(
            "replay",
            "replay of a step on 1x1 data",
            (MUSHIN,),
            timed=False,
            most_figures={"us of ten launches": 5.0, "us a launch": 0.3},
        )
    ]


def plans_contests(options: argparse.Namespace) -> list[Contest]:
    fit = Contest(
        "plans",
        f"classifier 784-128-10, Keras-face fit, batch 32 and a smaller last one, {EPOCHS_OF_PLANS} epochs",
        (Contestant("mushin keras fit", "mushin", "classifier"),),
        count=EPOCHS_OF_PLANS,
        most_figures={"plans": 2.0, "not replayed": EPOCHS_OF_PLANS},
    )
    cases = Contest(
        "plans",
        f"every case of the tests, forward and backward, {CALLS_OF_PLANS} calls",
        (Contestant("mushin", "mushin", "cases"),),
        count=CALLS_OF_PLANS,
        most_figures={"not with one plan": 0.0},
    )
    return [replace(each, warm_rounds=0, rounds=1, timed=False, probed=False, fresh=True) for each in (fit, cases)]


def memory_contests(options: argparse.Namespace) -> list[Contest]:
    steady = Contest(
        "memory",
        f"{MEMORY_STEPS} steady steps, batch 32",
        (FIT, COMPILED),
        {"batch": 32},
        count=MEMORY_STEPS,
    )
    fit = Contest(
        "memory",
        "Keras-face fit on 60,000 images of 28x28 bytes",
        (Contestant("mushin keras fit", "mushin", "fit_rise"),),
        count=1,
        most_figures={"rise MB": 30.0},
    )
    batches = Contest(
        "memory",
        f"{RANDOM_BATCHES} recorded steps of random batch sizes from 1 to 256",
        (Contestant("mushin nn compiled", "mushin", "random_batches"),),
        count=RANDOM_BATCHES,
        most_figures={"growth MB": 1.0},
    )
    return [
        replace(each, warm_rounds=0, rounds=1, timed=False, probed=False, fresh=True) for each in (steady, fit, batches)
    ]


def listing_contests(options: argparse.Namespace) -> list[Contest]:
    pixels = "[0, 1]" if options.scaled else "[0, 255]"
    return [
        Contest(
            "listing",
            f"classifier listing on Fashion-MNIST, {options.epochs} epochs, pixels in {pixels}, {options.seeds} seeds",
            (Contestant("mushin keras", "mushin", "mushin"), Contestant("keras/tensorflow", "keras", "keras")),
            {"epochs": options.epochs, "scaled": options.scaled},
            unit="run",
            count=1,
            warm_rounds=0,
            rounds=options.seeds,
            averaged=True,
        )
    ]


CONTESTS = {
    "import": Group("Import", "`import mushin` in a fresh process, beside `import numpy`.", import_contests),
    "op": Group(
        "Small ops",
        "Ops on arrays of a few numbers, where everything but the arithmetic costs, beside PyTorch op by op. Bar: a "
        "third of its time.",
        op_contests,
    ),
    "gemm": Group(
        "Matrix products",
        "Products of float32 arrays, m x k x n, and those of a linear layer, whose weight is stored (n, k): forward "
        "x w^T, and the gradients dy w and dy^T x. NumPy and PyTorch write into an array that is there, mushin into "
        "one from its pool. Shares are of the bare microkernel on packed data, and of bare multiply-adds; of reading "
        "for the product of one row, which reads its matrix once. Bars, over all shapes: geometric mean of the ratios "
        "below 1, none above 1.05.",
        gemm_contests,
        most_mean=1.0,
        most_worst=1.05,
    ),
    "step": Group(
        "Training step",
        "The classifier 784-128(relu)-10 with softmax cross-entropy and Adam, everybody on the same batches: Keras' "
        "`fit` with its shuffling and metrics, a recorded and an eager loop, PyTorch's three forms of Adam op by op, "
        "the whole step in `torch.compile` with the fused one, and a step under `jax.jit` that gives its old "
        "parameters' memory to the new ones. A rival is the fastest of its kind. The bars are for two threads.",
        step_contests,
    ),
    "memory_bound": Group(
        "Bound by memory",
        "Ops that move more than they compute, into new arrays as one would write it, beside PyTorch op by op. GB/s "
        "count the bytes that must move: each input read once, each output written once, forward and backward; shares "
        "are of a streaming copy, whose bytes read and written both count.",
        memory_bound_contests,
    ),
    "recurrent": Group(
        "Recurrent layers",
        f"Layers of PyTorch's kinds over {TIME} steps of a batch of {BATCH}, as wide as their input, beside PyTorch; "
        "GFLOP/s count the products. Samples of 1 to 100 steps stand beside as many steps without padding.",
        recurrent_contests,
    ),
    "breadth": Group(
        "Every family of ops",
        "Arrays of 1024x1024 floats, or as many, into new arrays as one would write it, beside PyTorch op by op.",
        breadth_contests,
    ),
    "busy": Group(
        "Beside a busy process",
        "Another process burns a core. Means of 1,000 calls with all threads, beside those with one thread less. Bar: "
        "1.3 times as long.",
        busy_contests,
    ),
    "replay": Group(
        "Replay",
        "A recorded step on 1x1 data. The cost of a launch is what a longer step takes more, by its launches; ten "
        "launches are the shorter step less that of those beyond. Bars: 5 us, and 0.3 us a launch.",
        replay_contests,
    ),
    "plans": Group(
        "What replays",
        "Recorded plans, and the share of calls that are replayed: of the classifier's step in `fit`, and of every "
        "case of the tests' table with each of its settings. A call that is not is the first or the second of its "
        "kind, or is compared with a replay: the third, and ever fewer later ones. Bars: a plan for each batch size "
        "and as few calls that are not replayed as there are epochs; one plan and replays for every case, others are "
        "listed by name.",
        plans_contests,
    ),
    "memory": Group(
        "Memory",
        "In fresh processes: page faults and resident memory over steady recorded steps; how far resident memory rises "
        "during `fit` above what it was before (bar 30 MB); how it grows from step 50 to the last over recorded steps "
        "of ever other sizes (bar 1 MB).",
        memory_contests,
    ),
    "listing": Group(
        "The classifier listing",
        "From the empty model to the accuracy on the test images, a seed each round.",
        listing_contests,
    ),
}
