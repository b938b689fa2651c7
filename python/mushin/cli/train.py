"""`mushin train`: a classifier or a regressor of tables, arrays or images, with its history and pictures."""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass, replace
from functools import partial
from pathlib import Path
from typing import Any

import numpy as np

from mushin import keras, seed, set_num_threads
from mushin.cli import report, words
from mushin.cli.errors import CommandError, Interrupted, UsageError, without_origin
from mushin.cli.examples import Examples, Layout, Parts, check_spread, class_ids, read_examples, words_of_classes
from mushin.cli.keeper import Keeper
from mushin.cli.models import balanced_weights, new_model
from mushin.cli.note import ImagesOfFiles, Note, read_model
from mushin.cli.options import FEWEST_ROUNDS, MOST_ROUNDS, USUAL_STEPS
from mushin.cli.output import Say, prepared_folder, speaker
from mushin.cli.pictures import can_draw
from mushin.cli.settings import Settings, settings_of, write_settings
from mushin.data import DataLoader, stratified_split

MODEL = "model.safetensors"
HISTORY = "history.csv"
SETTINGS = "settings.toml"


@dataclass(frozen=True)
class Plan:
    """What is trained on what.

    Args:
        note: what the model's file will say.
        training, test: the examples.
        goal: targets of the training examples, as the loss takes them.
        fitting, held_back: which of them are trained on, and which watched.
    """

    note: Note
    training: Examples
    test: Examples | None
    goal: np.ndarray
    fitting: np.ndarray
    held_back: np.ndarray


def run(arguments: argparse.Namespace) -> int:
    """Trains, tests and writes; returns the exit code."""
    settings = settings_of(arguments)
    if settings["data.path"] is None:
        raise UsageError("what to learn from must be given: --data DATA, or path in [data] of a TOML file")
    if settings["training.patience"] and not settings["training.validation"]:
        raise UsageError("training.patience needs samples that are held back: training.validation above 0")
    plan = planned(settings)
    settings = settings.completed({"training.epochs": usual_rounds(len(plan.fitting), settings["training.batch_size"])})
    folder = prepared_folder(settings["out"])
    if settings["threads"] is not None:
        set_num_threads(settings["threads"])
    say = speaker(arguments.quiet)
    keeper = fitted(plan, settings, folder, say, arguments.quiet)
    model, note = read_model(str(folder / MODEL))
    tested = plan.test or part_of(plan.training, plan.held_back if len(plan.held_back) else plan.fitting)
    which = "Test" if plan.test else "Held back" if len(plan.held_back) else "Training"
    outcome = report.outcome_of(model, note, tested, settings["data.workers"])
    history, kept = keeper.history, keeper.best_epoch
    pictures = report.save_pictures(outcome, history, kept, len(plan.fitting), len(plan.held_back), folder)
    say("")
    print(report.as_text(which, outcome, brief=arguments.quiet))
    if keeper.watches:
        print(words.best_round(keeper.best_epoch, len(keeper.history["loss"]), settings["training.epochs"]))
    print(words.written(folder, [MODEL, HISTORY, SETTINGS, *pictures], can_draw()))
    return 0


def usual_rounds(samples: int, batch_size: int) -> int:
    """How many rounds a run has if nobody says."""
    steps = -(-samples // batch_size)
    return min(max(-(-USUAL_STEPS // steps), FEWEST_ROUNDS), MOST_ROUNDS)


def planned(settings: Settings) -> Plan:
    """What the settings ask for.

    Raises:
        CommandError: the data cannot be used for the task, or cannot be divided.
        OSError: they cannot be read.
    """
    training, test = _parts(settings)
    if training.y is None:
        raise CommandError(f"{training.origin}: holds nothing that could be predicted")
    task = settings["task"]
    if task == "auto":
        task = "regression" if training.y.dtype.kind == "f" else "classification"
    classes = _classes(training) if task == "classification" else None
    note = Note(
        task,
        training.shape,
        classes,
        training.columns,
        training.target,
        training.has_header,
        training.width,
        settings["data.delimiter"],
        training.are_images,
        settings["data.missing"],
    )
    if test is not None and test.shape != training.shape:
        raise CommandError(f"{test.origin}: expected samples of shape {training.shape}, got {test.shape}")
    goal = note.goal_of(training)
    if task == "regression":
        check_spread(training.origin, goal)
    if test is not None:
        note.goal_of(test)
    fitting, held_back = _divided(goal, task, settings)
    if note.missing == "mean" and training.columns is not None:
        note = replace(note, means=_means(training, fitting))
    return Plan(note, note.filled(training), None if test is None else note.filled(test), goal, fitting, held_back)


def _means(training: Examples, fitting: np.ndarray) -> tuple[float, ...]:
    """The means of a table's columns, of the values that are there in the rows that are trained on."""
    assert isinstance(training.x, np.ndarray)
    assert training.columns is not None
    x = training.x[fitting]
    for name, values in zip(training.columns, x.T):
        if np.isnan(values).all():
            raise CommandError(f"{training.origin}: column {name} holds no value to train on; --ignore leaves it out")
    return tuple(np.asarray(np.nanmean(x, axis=0, dtype=np.float64)).tolist())


def _parts(settings: Settings) -> Parts:
    header = {"auto": None, "yes": True, "no": False}[settings["data.header"]]
    layout = Layout(
        settings["data.target"],
        tuple(settings["data.ignore"]),
        header=header,
        delimiter=settings["data.delimiter"],
        missing=settings["data.missing"],
    )
    training, test = read_examples(settings["data.path"], layout)
    if settings["data.test"] is None:
        return training, test
    if training.columns is not None:
        target = training.target
        layout = replace(layout, target=target, ignore=(), columns=training.columns, width=training.width)
    first, second = read_examples(settings["data.test"], layout)
    return training, second or first


def _classes(training: Examples) -> tuple[Any, ...]:
    assert training.y is not None
    classes = np.unique(words_of_classes(training)).tolist()
    if len(classes) < 2:
        raise CommandError(
            f"{training.origin}: all training samples are of class {classes[0]}; there is nothing to tell apart"
        )
    return tuple(classes)


def _divided(goal: np.ndarray, task: str, settings: Settings) -> tuple[np.ndarray, np.ndarray]:
    """The numbers of the samples that are trained on, and of those that are held back."""
    share, n = settings["training.validation"], len(goal)
    if share == 0:
        return np.arange(n), np.arange(0)
    if task == "classification":
        try:
            return stratified_split(goal, share, seed=settings["seed"])
        except ValueError as error:
            raise CommandError(
                f"a part of the training samples must be held back, and that failed: {without_origin(error)} "
                "(--validation 0 holds none back, --task regression predicts numbers)"
            ) from error
    held = min(max(round(n * share), 1), n - 1)
    if held == 0:
        raise CommandError("one sample is too few to hold some back; --validation 0 holds none back")
    order = np.random.Generator(np.random.Philox(settings["seed"])).permutation(n)
    return np.sort(order[held:]), np.sort(order[:held])


def part_of(examples: Examples, which: np.ndarray) -> Examples:
    """Some of the examples."""
    x = examples.x[which] if isinstance(examples.x, np.ndarray) else [examples.x[i] for i in which]
    lines = tuple(examples.lines[i] for i in which) if examples.lines else ()
    return replace(examples, x=x, y=None if examples.y is None else examples.y[which], lines=lines)


def fitted(plan: Plan, settings: Settings, folder: Path, say: Say, quiet: bool) -> Keeper:
    """Trains, while the best model and the history are written to files; returns who wrote them.

    Raises:
        CommandError: the loss is not a number, or an image cannot be read.
        Interrupted: Ctrl-C; the best model stays.
    """
    seed(settings["seed"])
    size = settings["training.batch_size"]
    train = part_of(plan.training, plan.fitting)
    model = new_model(plan.note, settings, train.x, plan.goal[plan.fitting], -(-len(train) // size))
    begin = partial(write_settings, folder / SETTINGS, settings)
    keeper = Keeper(folder / MODEL, folder / HISTORY, plan.note.metadata(), len(plan.held_back) > 0, begin)
    if not quiet:
        model.summary()
    if plan.training.remark:
        say("\n" + plan.training.remark)
    say(
        "\n" + words.opening_of_training(plan.note, len(plan.fitting), len(plan.held_back), settings["training.epochs"])
    )
    held = part_of(plan.training, plan.held_back)
    try:
        model.fit(
            **_given(train, plan.goal[plan.fitting], settings, shuffle=True),
            epochs=settings["training.epochs"],
            verbose=0 if quiet else 1 if sys.stdout.isatty() else 2,
            validation_data=_validation(held, plan.goal[plan.held_back], settings),
            class_weight=_class_weight(plan, settings),
            callbacks=[keeper, *_callbacks(settings, len(held) > 0)],
        )
    except KeyboardInterrupt as stop:
        raise Interrupted(keeper.what_is_left()) from stop
    except (ValueError, ImportError) as error:
        if isinstance(train.x, np.ndarray):
            raise
        raise CommandError(without_origin(error)) from error
    return keeper


def _given(examples: Examples, goal: np.ndarray, settings: Settings, shuffle: bool) -> dict[str, Any]:
    """The data as arguments of fit: arrays, or what reads the images batch by batch."""
    size = settings["training.batch_size"]
    if isinstance(examples.x, np.ndarray):
        return {"x": examples.x, "y": goal, "batch_size": size}
    images = ImagesOfFiles(examples.x, examples.shape, goal)
    return {"x": DataLoader(images, size, shuffle=shuffle, num_workers=settings["data.workers"])}


def _validation(held: Examples, goal: np.ndarray, settings: Settings) -> Any:
    if len(held) == 0:
        return None
    given = _given(held, goal, settings, shuffle=False)
    return (given["x"], given["y"]) if "y" in given else given["x"]


def _class_weight(plan: Plan, settings: Settings) -> dict[int, float] | None:
    weights = settings["training.class_weights"]
    if weights == "none":
        return None
    if plan.note.classes is None:
        raise CommandError("training.class_weights needs classes, and this is a regression")
    if weights == "balanced":
        return balanced_weights(plan.goal[plan.fitting], len(plan.note.classes))
    names = Examples("training.class_weights", np.zeros(len(weights)), (), np.array(list(weights)))
    return dict(zip(class_ids(names, plan.note.classes).tolist(), weights.values()))


def _callbacks(settings: Settings, watches: bool) -> list[Any]:
    watched = "val_loss" if watches else "loss"
    callbacks: list[Any] = []
    if settings["training.schedule"] == "plateau":
        least = settings["training.learning_rate"] * settings["training.last_rate"]
        callbacks.append(keras.callbacks.ReduceLROnPlateau(watched, factor=0.5, patience=2, min_lr=least))
    if settings["training.patience"]:
        callbacks.append(keras.callbacks.EarlyStopping(watched, patience=settings["training.patience"]))
    return callbacks
