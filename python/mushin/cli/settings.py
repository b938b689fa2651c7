"""The settings of a run, from a TOML file and the command line; every mistake is named with where it stands."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from mushin import io
from mushin.cli.errors import CommandError, UsageError
from mushin.cli.options import BY_KEY, OPTIONS, Option

_TABLES = frozenset(key.partition(".")[0] for key in BY_KEY if "." in key)


class Settings:
    """The value of every option, by its key; `settings["model.dropout"]`."""

    def __init__(self, values: Mapping[str, Any]) -> None:
        self._values = {option.key: option.default for option in OPTIONS} | dict(values)

    def __getitem__(self, key: str) -> Any:
        return self._values[key]

    def completed(self, values: Mapping[str, Any]) -> Settings:
        """Settings that have other values where none is set."""
        return Settings({**values, **{key: value for key, value in self._values.items() if value is not None}})

    def as_toml(self) -> str:
        """The settings that are set, as a file that gives the same run."""
        tables: dict[str, list[str]] = {"": []}
        for key, value in self._values.items():
            table, _, name = key.rpartition(".")
            if value is not None:
                tables.setdefault(table, []).append(f"{name} = {_toml(value)}")
        parts = [
            "\n".join(lines) if not table else "\n".join([f"[{table}]", *lines]) for table, lines in tables.items()
        ]
        return "\n\n".join(parts) + "\n"


def settings_of(arguments: argparse.Namespace) -> Settings:
    """Defaults, below the TOML file, below what `--set` and the options say.

    Raises:
        CommandError: the file is not TOML, or holds an unknown key or a wrong value.
        UsageError: the file has another ending; `--set` names an unknown key or a wrong value.
        OSError: the file cannot be read.
    """
    values: dict[str, Any] = {}
    if arguments.file is not None:
        if not arguments.file.endswith(".toml"):
            raise UsageError(
                f"argument FILE: must end in .toml, got {arguments.file!r}; data are given as --data {arguments.file}"
            )
        values |= read_settings(Path(arguments.file))
    for text in arguments.set or ():
        key, equals, typed = text.partition("=")
        option = BY_KEY.get(key.strip())
        if not equals or option is None:
            raise UsageError(
                f"argument --set: expected KEY=VALUE with one of the keys {', '.join(BY_KEY)}, got {text!r}"
            )
        try:
            values[option.key] = option.kind.parse(typed.strip())
        except ValueError:
            raise UsageError(f"argument --set: {option.key} must be {option.kind.expected}, got {typed!r}") from None
    given = vars(arguments)
    values |= {option.key: given[option.key] for option in OPTIONS if given.get(option.key) is not None}
    return Settings(values)


def read_settings(file: Path) -> dict[str, Any]:
    """The settings that a TOML file holds, by key.

    Raises:
        CommandError: it is not TOML, or holds an unknown key, a wrong type or a value out of range.
        OSError: it cannot be read.
    """
    if sys.version_info >= (3, 11):
        import tomllib
    else:
        import tomli as tomllib
    content = file.read_bytes()
    try:
        tables = tomllib.loads(content.decode())
    except UnicodeDecodeError as error:
        raise CommandError(f"{file}: expected text in UTF-8, got {error.reason} at byte {error.start}") from error
    except (ValueError, RecursionError) as error:
        raise CommandError(f"{file}: not TOML: {error}") from error
    values = {}
    for key, value in _flat(file, tables).items():
        values[key] = _checked(file, BY_KEY[key], value)
    return values


def _flat(file: Path, tables: Mapping[str, Any]) -> dict[str, Any]:
    """The values of a file by their keys, all of which are known."""
    found: dict[str, Any] = {}
    for name, value in tables.items():
        if name in _TABLES:
            if not isinstance(value, dict):
                raise CommandError(f"{file}: {name} must be a table, got {value!r}")
            found |= {f"{name}.{key}": each for key, each in value.items()}
        else:
            found[name] = value
    for key in found:
        if key not in BY_KEY:
            raise CommandError(f"{file}: unknown key {key!r}; there are {', '.join(BY_KEY)}")
    return found


def _checked(file: Path, option: Option, value: Any) -> Any:
    try:
        return option.kind.check(value)
    except ValueError:
        raise CommandError(f"{file}: {option.key} must be {option.kind.expected}, got {value!r}") from None


def write_settings(path: Path, settings: Settings) -> None:
    """Writes the file of `Settings.as_toml`, whole or not at all."""
    text = "# What this run was made with: mushin train FILE makes it again.\n\n" + settings.as_toml()
    io.write_file(path, text.encode())


def _toml(value: Any) -> str:
    if isinstance(value, str):
        # JSON's strings are TOML's, but for one character.
        return json.dumps(value, ensure_ascii=False).replace("\x7f", "\\u007f")
    if isinstance(value, list):
        return f"[{', '.join(map(_toml, value))}]"
    if isinstance(value, dict):
        return "{" + ", ".join(f"{_toml(key)} = {_toml(each)}" for key, each in value.items()) + "}"
    return repr(value)
