"""The settings of `mushin train`: the one list that the command line, the TOML file and the help are made of."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from mushin.cli.kinds import Choice, ClassWeights, Column, Kind, ListOf, Number, Text

MOST_THREADS = 256  # as kernels.set_num_threads
MOST_HIDDEN = 1_000_000

# How long a run is if nobody says: small tables need many rounds, large sets few.
USUAL_STEPS, FEWEST_ROUNDS, MOST_ROUNDS = 4000, 5, 200

OPTIMIZERS = ("adam", "adamw", "sgd", "rmsprop", "adagrad", "adadelta", "adamax", "nadam", "adafactor", "lion")
ACTIVATIONS = ("relu", "gelu", "tanh", "sigmoid", "silu", "elu", "selu", "leaky_relu", "linear")
SCHEDULES = ("constant", "cosine", "linear", "exponential", "plateau")


@dataclass(frozen=True)
class Option:
    """A setting: its key in the TOML file, what it may be, and what it is if nobody says (None: it is not set)."""

    key: str
    kind: Kind
    default: Any
    help: str
    metavar: str = "N"
    flag: str = ""

    @property
    def name(self) -> str:
        """What it is called on the command line."""
        return self.flag or "--" + self.key.rpartition(".")[2].replace("_", "-")


_share = Number(float, 0, below=1)
_positive = Number(float, 0, above=True)
SEED = Number(int, 0, most=2**64 - 1)
THREADS = Number(int, 1, most=MOST_THREADS)
ROUNDS = Number(int, 1)

OPTIONS = (
    Option("data.path", Text(), None, "what to learn from (see below)", "DATA", "--data"),
    Option("data.test", Text(), None, "what to test the model on at the end", "DATA"),
    Option(
        "data.target",
        Column(),
        "-1",
        "the column that is to be predicted: its name, or its number from 1; -1 is the last",
        "COLUMN",
    ),
    Option("data.ignore", ListOf(Column(), "columns"), [], "columns that are left out, as name,3", "COLUMNS"),
    Option("data.header", Choice("auto", "yes", "no"), "auto", "whether the first row names the columns", "WORD"),
    Option("data.delimiter", Text(), ",", "the character between the cells of a row", "CHARACTER"),
    Option(
        "data.missing",
        Choice("refuse", "drop", "mean"),
        "refuse",
        "a table's missing values (empty, NA, ?): drop leaves such rows out, mean fills in the column's mean",
        "WORD",
    ),
    Option("data.workers", Number(int, 0, most=64), 0, "threads that read image files ahead"),
    Option("task", Choice("auto", "classification", "regression"), "auto", "what to learn", "TASK"),
    Option("seed", SEED, 0, "chooses first weights and order; same seed, same bits"),
    Option("threads", THREADS, None, "threads for the kernels (default: all cores)"),
    Option("out", Text(), "mushin-train", "the folder for the model, its history and pictures", "DIR"),
    Option(
        "model.hidden",
        ListOf(Number(int, 1, most=MOST_HIDDEN), "widths"),
        [128],
        "units of each hidden layer, as 128 or 256,64",
    ),
    Option("model.activation", Choice(*ACTIVATIONS), "relu", "of the hidden layers", "NAME"),
    Option("model.dropout", _share, 0.0, "share of the hidden units that a step leaves out", "RATE"),
    Option(
        "training.epochs",
        ROUNDS,
        None,
        f"rounds over the training data (default: as many as make {USUAL_STEPS:,} steps, "
        f"{FEWEST_ROUNDS} to {MOST_ROUNDS})",
    ),
    Option("training.batch_size", Number(int, 1), 32, "samples in a training step"),
    Option("training.optimizer", Choice(*OPTIMIZERS), "adam", "how weights follow their gradients", "NAME"),
    Option("training.learning_rate", _positive, 0.001, "the optimizer's step size", "RATE"),
    Option("training.schedule", Choice(*SCHEDULES), "constant", "how the rate changes", "NAME"),
    Option("training.last_rate", Number(float, 0, above=True, most=1), 0.01, "share of it at the end", "SHARE"),
    Option("training.patience", Number(int, 0), 0, "rounds without a better one before it stops early; 0: never"),
    Option("training.validation", _share, 0.1, "share of the data held back to watch the learning", "SHARE"),
    Option("training.class_weights", ClassWeights(), "none", "none, balanced, or weights as cat=2,dog=1", "WEIGHTS"),
)

BY_KEY = {option.key: option for option in OPTIONS}
