"""The command line: what can be typed, and what is said when it goes wrong.

Rooms that take time to load are imported when a command runs, so that `mushin --help` answers at once.
"""

from __future__ import annotations

import argparse
import importlib
import os
import sys
import traceback
from collections.abc import Callable, Sequence
from typing import Any, NoReturn

from mushin import __version__
from mushin.cli import help as texts
from mushin.cli.errors import CommandError, UsageError, one_line
from mushin.cli.kinds import Choice, Kind, Number, Text
from mushin.cli.options import OPTIONS, ROUNDS, SEED, THREADS

WRONG_INPUT = 1
WRONG_USAGE = 2
INTERRUPTED = 130


class Parser(argparse.ArgumentParser):
    """argparse with one line for an error, and no abbreviations."""

    def __init__(self, **arguments: Any) -> None:
        super().__init__(formatter_class=argparse.RawDescriptionHelpFormatter, allow_abbrev=False, **arguments)

    def parse_known_args(self, args: Any = None, namespace: Any = None) -> Any:
        """argparse leaves what a command does not know to the parser of all commands, whose help does not list it."""
        namespace, unknown = super().parse_known_args(args, namespace)
        if unknown:
            from mushin.keras.arguments import did_you_mean

            guess = did_you_mean(unknown[0], self._option_string_actions)
            self.error(f"unrecognized arguments: {' '.join(unknown)}{guess}")
        return namespace, unknown

    def error(self, message: str) -> NoReturn:
        self.exit(WRONG_USAGE, f"mushin: {message} (see {self.prog} --help)\n")


def parser() -> Parser:
    """The parser of the whole command."""
    top = Parser(prog="mushin", description=texts.DESCRIPTION, epilog=texts.EXAMPLES)
    top.add_argument("--version", action="version", version=f"mushin {__version__}")
    _add_debug(top, default=False)
    commands = top.add_subparsers(title="commands", metavar="COMMAND")

    def command(name: str, short: str, long: str, examples: str) -> Parser:
        added: Parser = commands.add_parser(name, help=short, description=long, epilog=examples)
        added.set_defaults(run=_runner(name), command=name)
        return added

    _add_demo(command("demo", "learn to read handwritten digits", texts.DEMO, texts.DEMO_EXAMPLES))
    _add_train(command("train", "learn from your data", texts.TRAIN, texts.TRAIN_EXAMPLES))
    evaluate = command("evaluate", "how well a model does", texts.EVALUATE, texts.EVALUATE_EXAMPLES)
    _add_model(evaluate)
    evaluate.add_argument("data", metavar="DATA", help="data whose answers are known")
    predict = command("predict", "what a model says of new data", texts.PREDICT, texts.PREDICT_EXAMPLES)
    _add_model(predict)
    predict.add_argument("data", metavar="DATA", help="new data")
    predict.add_argument("--out", metavar="FILE", help="a file to write, .csv or .npy (default: CSV is printed)")
    _add_generate(command("generate", "what a language model writes", texts.GENERATE, texts.GENERATE_EXAMPLES))
    _add_model(command("summary", "what a model's file holds", texts.SUMMARY, texts.SUMMARY_EXAMPLES))
    command("info", "versions, processor, threads and memory", texts.INFO, texts.INFO_EXAMPLES)
    for added in commands.choices.values():
        _add_debug(added)
    return top


def _add_demo(demo: Parser) -> None:
    demo.add_argument(
        "--out", metavar="DIR", default="mushin-demo", help="the folder for pictures and weights (mushin-demo)"
    )
    _add(demo, "--epochs", ROUNDS, 30, "rounds over the training images")
    _add(demo, "--seed", SEED, 0, "chooses first weights and order; same seed, same bits")
    _add(demo, "--threads", THREADS, None, "threads for the kernels (default: all cores)")
    _add_quiet(demo)


def _add_train(train: Parser) -> None:
    train.add_argument("file", metavar="FILE", nargs="?", help="a TOML file with the settings of a run (see below)")
    train.add_argument("--set", metavar="KEY=VALUE", action="append", help="a setting by its key in the TOML file")
    for option in OPTIONS:
        choices = f": {', '.join(option.kind.words)}" if isinstance(option.kind, Choice) else ""
        default = "" if option.default is None else f" ({_typed(option.default)})"
        train.add_argument(
            option.name,
            dest=option.key,
            metavar=option.metavar,
            type=option.kind.argument(),
            help=(option.help + choices + default).replace("%", "%%"),
        )
    _add_quiet(train)


def _add_generate(generate: Parser) -> None:
    generate.add_argument("model", metavar="MODEL", help="a file that LanguageModel.save has written")
    generate.add_argument("--prompt", metavar="TEXT", default="", help="what the text begins with (nothing)")
    _add(generate, "--length", Number(int, 0), 200, "how many tokens are written at most")
    temperature = Number(float, 0)
    _add(generate, "--temperature", temperature, 1.0, "below 1 the likely becomes likelier; 0: always the likeliest")
    _add(generate, "--top-k", Number(int, 1), None, "draw from the N likeliest tokens only")
    share = Number(float, 0, above=True, most=1)
    _add(
        generate,
        "--top-p",
        share,
        None,
        "draw from the likeliest tokens only, which have this probability together",
    )
    _add(generate, "--seed", SEED, 0, "chooses the text; same seed, same text")
    stop_help = "the text ends in front of this"
    generate.add_argument("--stop", metavar="TEXT", type=Text().argument(), help=stop_help)


def _typed(default: Any) -> str:
    """A default as it would be typed."""
    return ",".join(map(str, default)) or "none" if isinstance(default, list) else str(default)


def _add_model(command: Parser) -> None:
    command.add_argument("model", metavar="MODEL", help="a file that mushin train has written")


def _add(command: Parser, name: str, kind: Kind, default: Any, text: str) -> None:
    suffix = "" if default is None else f" ({default})"
    command.add_argument(name, metavar="N", type=kind.argument(), default=default, help=text + suffix)


def _add_quiet(command: Parser) -> None:
    command.add_argument("--quiet", action="store_true", help="say only the result")


def _add_debug(command: Parser, default: Any = argparse.SUPPRESS) -> None:
    command.add_argument("--debug", action="store_true", default=default, help="show the traceback of an error")


def _runner(name: str) -> Callable[[argparse.Namespace], int]:
    """The command's function, whose file is loaded when it is called."""

    def run(arguments: argparse.Namespace) -> int:
        code: int = importlib.import_module(f"mushin.cli.{name}").run(arguments)
        return code

    return run


def main(argv: Sequence[str] | None = None) -> int:
    """Runs the command.

    Args:
        argv: what follows the command's name; what was typed if None.

    Returns:
        The exit code: 0; 1 if data or files are at fault, or a check failed; 2 if what was typed is; 130 after Ctrl-C.
    """
    if sys.stdout is None:  # closed by whoever started the command, as `mushin train ... >&-` does
        sys.stdout = open(os.devnull, "w")  # noqa: SIM115  it is written to until the process ends
    top = parser()
    try:
        arguments = top.parse_args(argv)
    except SystemExit as leaving:  # --help, --version, or an error that has been shown
        return leaving.code if isinstance(leaving.code, int) else WRONG_USAGE
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
    except KeyboardInterrupt as stop:
        return _stopped(arguments, str(stop) or "interrupted", INTERRUPTED)
    except UsageError as error:
        return _stopped(arguments, f"{one_line(error)} (see mushin {arguments.command} --help)", WRONG_USAGE)
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
