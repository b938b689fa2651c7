"""Writes docs/coming-from-pytorch.md and docs/coming-from-keras.md: name by name, what is the same, different, absent.

    python tools/write_peer_pages.py            writes the pages and prints how many names there are, room by room
    python tools/write_peer_pages.py --check    only says whether they are up to date

The peers' names come from docs/peers.json, which tools/list_peer_names.py writes; mushin's are those of the mushin that
Python imports; differences in conventions come from mushin.keras.conventions. NOTES has what none of them can know.
"""

from __future__ import annotations

import ast
import inspect
import json
import sys
from collections.abc import Iterator
from pathlib import Path
from pkgutil import resolve_name
from typing import Any, NamedTuple

from mushin.keras.conventions import CONVENTIONS

DOCS = Path(__file__).parent.parent / "docs"

# What mushin does not take because there is one device, one layout and one way to run a step, or because PyTorch itself
# calls it deprecated.
NOT_COMPARED = {
    *("device", "layout", "memory_format", "pin_memory", "pin_memory_device", "non_blocking", "out", "async_op"),
    *("size_average", "reduce", "_stacklevel", "foreach", "fused", "capturable", "multiprocessing_context"),
    *("orig_func", "lora_rank", "lora_alpha", "quantization_config", "jit_compile", "loss_scale_factor"),
}

# By the peer's own path of the name.
NOTES = {
    "torch.compile": "records launches and replays them; see [captured steps](captured-steps.md)",
    "torch.save": "writes safetensors: tensors, numbers and strings in dicts, lists and tuples",
    "torch.load": "reads safetensors, and executes nothing; a pickle is refused",
    "torch.Tensor.unfold": "gives a copy",
    "torch.manual_seed": "starts `mushin`'s own generator: the numbers are not PyTorch's",
    "torch.utils.data.DataLoader": "workers are threads, not processes",
    "torch.Tensor.numpy": "shares the tensor's memory; what NumPy writes is not noticed by the tape",
    "torch.Tensor.copy_": "outside of the graph, as `x[index] = y` and `add_`: what requires its gradient is refused",
    "torch.Tensor.cpu": "there is no other device",
    "torch.nn.Module.cpu": "there is no other device",
    **dict.fromkeys(
        ("torch.nn.CTCLoss", "torch.nn.functional.ctc_loss"),
        "the gradient of `log_probs` is right without a `log_softmax` before them, too; a label that is the blank is "
        "refused",
    ),
    "keras.Model.save": "writes one safetensors file with JSON in its header",
    "keras.Model.save_weights": "writes safetensors",
    "keras.utils.set_random_seed": "the numbers are not Keras'",
}


class Row(NamedTuple):
    """A name of a peer, and what mushin has of it: "same", "different" or "absent"."""

    name: str
    state: str
    how: str = ""


def argument_names(thing: Any, is_method: bool = False) -> dict[str, str] | None:
    """The arguments and their defaults as repr writes them, "" if there is none; None if any are taken.

    What takes any number has a star before its name. A method's instance is none of them. A class that hands options on
    to its base takes the base's arguments, too.
    """
    makers = [thing]
    if isinstance(thing, type):
        makers = [base.__init__ for base in thing.__mro__ if "__init__" in vars(base) and base is not object]
    found: dict[str, str] = {}
    for maker in makers:
        try:
            parameters = inspect.signature(maker).parameters.values()
        except (TypeError, ValueError):
            return None
        for p in parameters:
            if p.kind == p.VAR_POSITIONAL:
                found.setdefault(f"*{p.name}", "")
            elif p.kind != p.VAR_KEYWORD and p.name != "self":
                found.setdefault(p.name, "" if p.default is p.empty else repr(p.default))
        if is_method and found and inspect.isfunction(thing) and "self" not in inspect.signature(thing).parameters:
            del found[next(iter(found))]
        if not any(p.kind == p.VAR_KEYWORD for p in parameters):
            return found
    return None


def differences(theirs: list[str] | None, thing: Any, is_method: bool = False) -> Iterator[str]:
    """What an argument list has that mushin's has not, other names of arguments, and other defaults."""
    ours = argument_names(thing, is_method) if callable(thing) else None
    if theirs is None or ours is None:
        return
    given = dict(argument.partition("=")[::2] for argument in theirs)
    called = dict(zip(given, ours))  # by their places
    others = {name: called[name] for name in given if name not in ours and not given[name] and name in called}
    others = {name: ours for name, ours in others.items() if ours not in given}
    missing = [name for name in given if name not in ours and name not in others and name not in NOT_COMPARED]
    for name, other in others.items():
        if not other.startswith("*"):
            yield f"`{name}` is called `{other}`"
    if missing and not any(name.startswith("*") for name in ours):
        yield "without " + ", ".join(f"`{name}`" for name in missing)
    for name, default in given.items():
        if name in ours and default and is_another(ours[name], default):
            yield f"`{name}` is `{ours[name]}` unless said otherwise, not `{default}`"


def is_another(ours: str, theirs: str) -> bool:
    """Whether the reprs of two defaults are of different numbers, flags or words; whether 0 or 0.0 does not matter."""
    try:
        ours_is, theirs_is = ast.literal_eval(ours), ast.literal_eval(theirs)
    except (ValueError, SyntaxError):
        return False  # an object, or none
    if ours_is is None or theirs_is is None:
        return False
    words = isinstance(ours_is, str) and isinstance(theirs_is, str)
    return bool(ours_is.lower() != theirs_is.lower() if words else ours_is != theirs_is)


def conventions_of(path: str) -> Iterator[str]:
    """The lines of `conventions` about a name of Keras, in which mushin.keras differs from it."""
    if path.startswith("keras."):
        for key, line in CONVENTIONS.items():
            subject, colon, topic = key.partition(": ")
            if colon and line.here and path.rpartition(".")[2] in subject.split(" and "):
                yield f"{topic}: {line.here}"


def rows_of(area: str, names: dict[str, list[str] | None]) -> list[Row]:
    """What mushin has of an area's names."""
    try:
        room = resolve_name(ours_of(area).replace("mushin.", "mushin:", 1))
    except AttributeError:
        room = None
    rows = []
    for name, theirs in names.items():
        path = f"{area}.{name}"
        note = [NOTES[path]] if path in NOTES else []
        if not hasattr(room, name):
            rows.append(Row(name, "absent", "; ".join(note)))
            continue
        how = [*differences(theirs, getattr(room, name), isinstance(room, type)), *conventions_of(path), *note]
        rows.append(Row(name, "different" if how else "same", "; ".join(how)))
    return rows


def ours_of(area: str) -> str:
    """The path in mushin."""
    return area.replace("torch", "mushin", 1) if area.startswith("torch") else f"mushin.{area}"


def table(head: tuple[str, ...], rows: list[tuple[str, ...]]) -> str:
    lines = [head, ("---",) * len(head), *rows]
    return "\n".join("| " + " | ".join(cell.replace("|", "\\|") for cell in row) + " |" for row in lines)


def counts(rows: list[Row]) -> tuple[int, int, int]:
    states = [row.state for row in rows]
    return states.count("same"), states.count("different"), states.count("absent")


INTRODUCTION = """\
Made by tools/write_peer_pages.py from mushin and the public names of {peer} {version}; do not edit.

What is named here is for dense, real tensors on a CPU. *Same* means: the name is there, and takes every argument that
{peer} takes, with the same defaults where they are numbers, flags or words. (Names written in C++ do not tell their
arguments.) That it computes the same is what the tests in `tests/peers` compare, beside {peer} itself. Arguments for
other devices and layouts, and deprecated ones, are not compared."""

PYTORCH = """
To change code: `import mushin` and `from mushin import nn, optim` in the place of `import torch` and its modules;
`mushin.` for `torch.`. Weights that `safetensors` wrote from a `state_dict` are read by `mushin.io.load_state`, since
keys and layouts are the same. There is one device, so `.to(device)` and `device=` go. Random numbers are mushin's own:
a seed gives the same bits on every run of one build and instruction set, but not PyTorch's."""

KERAS = """
To change code: `from mushin import keras` in the place of `import keras`. There is no other backend to choose, and
nothing of `tensorflow` to import: what `fit` takes are NumPy arrays, or what yields them. Weights are in Keras' layout
in `get_weights` and `set_weights`, so that lists of arrays go from one to the other."""


def page(peer: str, peers: dict[str, Any]) -> str:
    """The text of a page."""
    areas = {area: rows_of(area, names) for area, names in peers[peer].items() if area != "version"}
    introduction = INTRODUCTION.format(peer=peer, version=peers[peer]["version"])
    parts = [f"# Coming from {peer}", introduction, (PYTORCH if peer == "PyTorch" else KERAS).strip()]
    sums = [(f"`{area}`", f"`{ours_of(area)}`", *map(str, counts(rows))) for area, rows in areas.items()]
    parts += ["## How much there is", table((peer, "here", "same", "different", "absent"), sums)]
    if peer == "Keras":
        parts += conventions_part()
    for area, rows in areas.items():
        lines = [(f"`{row.name}`", row.state + (f": {row.how}" if row.how else "")) for row in rows]
        parts += [f"## {area}", table((f"`{area}.`", f"`{ours_of(area)}.`"), lines)]
    return "\n\n".join(parts) + "\n"


def conventions_part() -> list[str]:
    text = (
        "`mushin.nn` and `mushin.optim` follow PyTorch's conventions, `mushin.keras` follows Keras'. These are "
        "all that differ, with what `mushin.keras` does where that is not what Keras does. The list is "
        "`mushin.keras.conventions`, and a test holds each of its lines."
    )
    lines = [(key, line.pytorch, line.keras, line.here or "as Keras") for key, line in CONVENTIONS.items()]
    return ["## Conventions", text, table(("of", "PyTorch", "Keras", "mushin.keras"), lines)]


def pages() -> dict[str, str]:
    """The texts of the pages by their names in docs/."""
    peers = json.loads((DOCS / "peers.json").read_text(encoding="utf-8"))
    return {f"coming-from-{peer.lower()}.md": page(peer, peers) for peer in peers}


def print_counts() -> None:
    peers = json.loads((DOCS / "peers.json").read_text(encoding="utf-8"))
    for peer, areas in peers.items():
        for area, names in areas.items():
            if area != "version":
                same, different, absent = counts(rows_of(area, names))
                there = same + different
                print(f"{peer:8} {area:28} {there:4} of {there + absent:4} ({different} different), {absent} absent")


def main() -> int:
    print_counts()
    stale = []
    for name, text in pages().items():
        path = DOCS / name
        if "--check" in sys.argv[1:]:
            if not path.exists() or path.read_text(encoding="utf-8") != text:
                stale.append(name)
        else:
            path.write_text(text, encoding="utf-8")
    if stale:
        print(f"out of date: {', '.join(stale)}; run python tools/write_peer_pages.py", file=sys.stderr)
    return len(stale) > 0


if __name__ == "__main__":
    sys.exit(main())
