"""`mushin train`: files in MNIST's format."""

from __future__ import annotations

import argparse

from mushin.cli.classifier import Settings, Task, run_task
from mushin.cli.errors import CommandError
from mushin.data import load_mnist

BRIGHTEST = 255


def mnist_task(data: str) -> Task:
    """The images of a folder or .npz file.

    Raises:
        CommandError: a file is damaged, or a part holds no images, or all are of one class.
        OSError: a file is missing or cannot be read.
    """
    try:
        (images, labels), (test_images, test_labels) = load_mnist(path=data)
    except (ValueError, RuntimeError) as error:  # RuntimeError: ~name of a user who does not exist
        raise CommandError(_without_origin(error)) from error
    except FileNotFoundError as error:
        if error.errno is not None:
            raise
        raise CommandError(_without_origin(error)) from error
    for part, count in (("training", len(labels)), ("test", len(test_labels))):
        if count == 0:
            raise CommandError(f"{data}: the {part} part holds no images")
    if labels.min() == labels.max():
        raise CommandError(f"{data}: all training images are of class {labels[0]}; there is nothing to tell apart")
    return Task(
        goal=f"tell the images in {data} apart",
        thing="image",
        kind="class",
        images=images,
        labels=labels,
        test_images=test_images,
        test_labels=test_labels,
        brightest=BRIGHTEST,
    )


def _without_origin(error: Exception) -> str:
    """A message without the function's name in brackets that it begins with."""
    text = str(error)
    return (text.partition("] ")[2] or text).removeprefix("path ")


def run(arguments: argparse.Namespace) -> int:
    """Trains, tests, draws and saves; returns the exit code."""
    settings = Settings(
        epochs=arguments.epochs,
        batch_size=arguments.batch_size,
        learning_rate=arguments.learning_rate,
        hidden=arguments.hidden,
        dropout=arguments.dropout,
        seed=arguments.seed,
    )
    return run_task(mnist_task(arguments.data), settings, arguments.out, arguments.threads, arguments.quiet)
