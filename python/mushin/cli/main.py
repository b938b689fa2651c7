"""The command line: what can be typed, and what is said when it goes wrong.

Rooms that take time to load are imported when a command runs, so that `mushin --help` answers at once.
"""

from __future__ import annotations

import argparse
import math
import os
import sys
import traceback
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

from mushin import __version__
from mushin.cli.errors import CommandError, one_line

WRONG_INPUT = 2
INTERRUPTED = 130

MOST_THREADS = 256  # as kernels.set_num_threads
MOST_HIDDEN = 1_000_000

_DESCRIPTION = "Neural networks on the CPU you have: NumPy arrays, C++ kernels, the same bits on every run."

_EXAMPLES = """examples:
  mushin demo                       learn to read handwritten digits, in seconds
  mushin train --data ~/mnist       the same on your files in MNIST's format
  mushin info                       what runs here: processor, threads, versions
"""

_DEMO_TEXT = """Trains a small network to read the 1,797 handwritten digits that come with mushin, tests it on those
it has never seen, draws what it learned and what it misread, and saves the weights."""

_DEMO_EXAMPLES = """examples:
  mushin demo
  mushin demo --seed 7 --out digits
"""

_TRAIN_TEXT = """Trains a classifier on images in MNIST's format, tests it, draws what it learned and what it
misread, and saves the weights. A tenth of the training images is held back to watch the learning."""

_TRAIN_EXAMPLES = """DIR holds train-images-idx3-ubyte, train-labels-idx1-ubyte, t10k-images-idx3-ubyte and
t10k-labels-idx1-ubyte (each with or without .gz), or mnist.npz; an .npz file can be named itself.

examples:
  mushin train --data ~/mnist
  mushin train --data /usr/share/datasets/fashion-mnist --epochs 10 --hidden 512 --dropout 0.2
"""

_INFO_EXAMPLES = """examples:
  mushin info
  MUSHIN_ISA=baseline mushin info
"""


class Parser(argparse.ArgumentParser):
    """argparse with one line for an error, and no abbreviations."""

    def __init__(self, **arguments: Any) -> None:
        super().__init__(formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False, **arguments)

    def error(self, message: str) -> NoReturn:
        self.exit(WRONG_INPUT, f"mushin: {message} (see {self.prog} --help)\n")


def parser() -> Parser:
    """The parser of the whole command."""
    top = Parser(prog="mushin", description=_DESCRIPTION, epilog=_EXAMPLES)
    top.add_argument("--version", action="version", version=f"mushin {__version__}")
    _add_debug(top, default=False)
    commands = top.add_subparsers(title="commands", metavar="COMMAND")

    demo = commands.add_parser(
        "demo", help="learn to read handwritten digits", description=_DEMO_TEXT, epilog=_DEMO_EXAMPLES
    )
    _add_common(demo, epochs=30, out="mushin-demo")
    demo.set_defaults(run=_run_demo)

    train = commands.add_parser(
        "train", help="the same on files in MNIST's format", description=_TRAIN_TEXT, epilog=_TRAIN_EXAMPLES
    )
    train.add_argument("--data", metavar="DIR", required=True, help="the folder with the images and labels")
    _add_common(train, epochs=5, out="mushin-train")
    whole, share = number(int, 1), number(float, 0, below=1)
    _add(train, "--batch-size", "N", whole, 32, "images in a training step")
    _add(train, "--learning-rate", "RATE", number(float, 0, above=True), 0.001, "Adam's step size")
    _add(train, "--hidden", "N", number(int, 1, below=MOST_HIDDEN + 1), 128, "units in the hidden layer")
    _add(train, "--dropout", "RATE", share, 0.0, "share of the hidden units that a step leaves out")
    train.set_defaults(run=_run_train)

    info = commands.add_parser(
        "info",
        help="versions, processor, threads and memory",
        description="Shows what mushin runs on here.",
        epilog=_INFO_EXAMPLES,
    )
    _add_debug(info)
    info.set_defaults(run=_run_info)
    return top


def _add_common(command: Parser, epochs: int, out: str) -> None:
    command.add_argument("--out", metavar="DIR", default=out, help=f"the folder for pictures and weights ({out})")
    _add(command, "--epochs", "N", number(int, 1), epochs, "rounds over the training images")
    _add(
        command, "--seed", "N", number(int, 0, below=2**64), 0, "chooses first weights and order; same seed, same bits"
    )
    _add(
        command,
        "--threads",
        "N",
        number(int, 1, below=MOST_THREADS + 1),
        None,
        "threads for the kernels (default: all cores)",
    )
    command.add_argument("--quiet", action="store_true", help="say only the result")
    _add_debug(command)


def _add(command: Parser, name: str, metavar: str, convert: Callable[[str], Any], default: Any, text: str) -> None:
    suffix = "" if default is None else f" ({default})"
    command.add_argument(name, metavar=metavar, type=convert, default=default, help=text + suffix)


def _add_debug(command: Parser, default: Any = argparse.SUPPRESS) -> None:
    command.add_argument("--debug", action="store_true", default=default, help="show the traceback of an error")


def number(kind: type, least: float, above: bool = False, below: float = math.inf) -> Callable[[str], Any]:
    """A converter for argparse: a number of a kind, at least or above `least`, and below `below`."""
    words = f"a {'whole ' if kind is int else ''}number {'above' if above else 'of at least'} {least}"
    if below != math.inf:
        words += f" and below {below}"

    def convert(text: str) -> Any:
        try:
            value = kind(text)
        except ValueError:
            value = math.nan
        if not (least < value if above else least <= value) or not value < below:
            raise argparse.ArgumentTypeError(f"must be {words}, got {text!r}")
        return value

    return convert


def _run_demo(arguments: argparse.Namespace) -> int:
    from mushin.cli.demo import run

    return run(arguments)


def _run_train(arguments: argparse.Namespace) -> int:
    from mushin.cli.train import run

    return run(arguments)


def _run_info(arguments: argparse.Namespace) -> int:
    from mushin.cli.info import run

    return run(arguments)


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command.

    Args:
        argv: what follows the command's name; what was typed if None.

    Returns:
        The exit code: 0, 1 if a check failed, 2 for wrong input, 130 after Ctrl-C.
    """
    top = parser()
    try:
        arguments = top.parse_args(argv)
    except SystemExit as leaving:  # --help, --version, or an error that has been shown
        return leaving.code if isinstance(leaving.code, int) else WRONG_INPUT
    if "run" not in arguments:
        top.print_help()
        return 0
    return _guarded(arguments)


def _guarded(arguments: argparse.Namespace) -> int:
    """Runs a command, and says in one line what stopped it."""
    try:
        code: int = arguments.run(arguments)
        sys.stdout.flush()
    except BrokenPipeError:  # whoever reads what is printed has left, as in `mushin info | head -1`
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 1
    except KeyboardInterrupt:
        return _stopped(arguments, "interrupted", INTERRUPTED)
    except (CommandError, OSError, MemoryError) as error:
        return _stopped(arguments, one_line(error), WRONG_INPUT)
    return code


def _stopped(arguments: argparse.Namespace, message: str, code: int) -> int:
    if arguments.debug:
        traceback.print_exc()
    print(f"mushin: {message}", file=sys.stderr)
    return code


if __name__ == "__main__":
    sys.exit(main())
