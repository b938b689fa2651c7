"""English prose for language models: texts to learn from, texts to tune on, and texts to be judged by, kept apart.

Texts are kept apart as a whole: what names a novel's people is in all its chapters. --data is a folder with a text in
each file, .txt or .txt.gz; --tune and --test name two of the files by a part of their names. Without it the texts are
those that Python itself brings for its help on keywords and topics; some of them repeat each other, and all that share
a passage are put on the same side.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from pydoc_data.topics import topics

from mushin.data.text import Vocabulary, read_text

PASSAGE = 80  # characters that two texts do not share by chance


def add_options(parser: argparse.ArgumentParser) -> None:
    """What says which texts there are."""
    parser.add_argument("--data", type=Path, help="a folder of texts")
    parser.add_argument("--tune", default="", help="a part of the name of the file that is tuned on")
    parser.add_argument("--test", default="", help="a part of the name of the file that is predicted")
    parser.add_argument("--characters", type=int, help="of each text, if not all")


def parts_of(options: argparse.Namespace) -> dict[str, list[str]]:
    """The texts by what they are for: "train", "tune", "test"."""
    parts = of_folder(options.data, options.tune, options.test) if options.data else of_python()
    return {part: [text[: options.characters] for text in texts] for part, texts in parts.items()}


def of_python() -> dict[str, list[str]]:
    """Python's texts by what they are for: of every ten groups of texts that share a passage one is for tuning and one
    for the test; the largest group is to learn from."""
    groups: list[tuple[set[str], list[str]]] = []
    for name in sorted(topics):
        text = topics[name]
        passages = {text[i : i + PASSAGE] for i in range(len(text) - PASSAGE)}
        sharing = [group for group in groups if group[0] & passages]
        groups = [group for group in groups if not group[0] & passages]
        groups.append((passages.union(*(g[0] for g in sharing)), [text, *(t for g in sharing for t in g[1])]))
    groups.sort(key=lambda group: -len(group[0]))
    parts: dict[str, list[str]] = {"train": [], "tune": [], "test": []}
    for i, (_, texts) in enumerate(groups):
        parts[{1: "tune", 2: "test"}.get(i % 10, "train")] += texts
    return parts


def of_folder(folder: Path, tune: str, test: str) -> dict[str, list[str]]:
    """The texts of a folder by what they are for."""
    files = sorted(path for path in folder.iterdir() if path.name.endswith((".txt", ".txt.gz")))
    chosen = {}
    for part, name in (("tune", tune), ("test", test)):
        found = [path for path in files if name in path.name]
        if len(found) != 1:
            names = ", ".join(path.name for path in files) or "no .txt or .txt.gz"
            raise SystemExit(f"--{part} must be in the name of one file, got {name!r}; {folder} has {names}")
        chosen[part] = found
    if chosen["tune"] == chosen["test"] or len(files) < 3:
        raise SystemExit(f"--data must have a text each for --tune and --test, and others to learn from, got {folder}")
    chosen["train"] = [path for path in files if [path] not in (chosen["tune"], chosen["test"])]
    return {part: [read_text(path) for path in paths] for part, paths in chosen.items()}


def vocabulary_of(texts: list[str], split: str = "characters", min_count: int = 1) -> Vocabulary:
    """The tokens of the texts to learn from, what stands for all others, and what stands in front of a text."""
    return Vocabulary.of(texts, split, min_count=min_count, specials=("<unk>", "<bos>"))
