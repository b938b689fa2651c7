"""What a language model of prose has to beat: n-grams with interpolated modified Kneser-Ney smoothing.

Run it: python examples/ngram_prose.py
        python examples/ngram_prose.py --data DIR --tune northanger --test persuasion

A language model gives each character a probability, given those before it. How good it is, is said in bits per
character: the mean of -log2 of the probabilities that it gave to what came, in text that it has not seen. Here models
of one character, of three, of five and six are counted in some texts, their discounts (what is taken from counts and
given to characters that were never seen behind a context) are tuned on another text, and they are judged by a third.

Texts are kept apart as a whole: what names a novel's people is in all its chapters. --data is a folder with a text in
each file, .txt or .txt.gz; --tune and --test name two of the files by a part of their names. Without it the texts are
those that Python itself brings for its help on keywords and topics; some of them repeat each other, and all that share
a passage are put on the same side.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path
from pydoc_data.topics import topics

import numpy as np

from mushin.data.text import read_text
from mushin.models import NGram

PASSAGE = 80  # characters that two texts do not share by chance
SHOWN = 300


def of_python() -> dict[str, list[str]]:
    """Python's texts by what they are for: of every ten groups of texts that share a passage one is for tuning and one
    for the test; the largest group is to count in."""
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
        raise SystemExit(f"--data must have a text each for --tune and --test, and others to count in, got {folder}")
    chosen["train"] = [path for path in files if [path] not in (chosen["tune"], chosen["test"])]
    return {part: [read_text(path) for path in paths] for part, paths in chosen.items()}


def ids_of(texts: list[str], characters: np.ndarray) -> list[np.ndarray]:
    """The place of each character among those that are known; behind them that of all others."""
    codes = [np.frombuffer(text.encode("utf-32-le"), np.uint32) for text in texts]
    places = [np.searchsorted(characters, each) for each in codes]
    return [
        np.where(characters[np.minimum(place, len(characters) - 1)] == each, place, len(characters))
        for place, each in zip(places, codes)
    ]


def main(arguments: list[str] | None = None) -> dict[str, float]:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="a folder of texts")
    parser.add_argument("--tune", default="", help="a part of the name of the file that discounts are tuned on")
    parser.add_argument("--test", default="", help="a part of the name of the file that is predicted")
    parser.add_argument("--orders", type=int, nargs="+", default=[1, 3, 5, 6], help="how long grams are")
    parser.add_argument("--characters", type=int, help="of each text, if not all")
    parser.add_argument("--seed", type=int, default=0, help="of the text that the last model writes")
    options = parser.parse_args(arguments)

    parts = of_folder(options.data, options.tune, options.test) if options.data else of_python()
    parts = {part: [text[: options.characters] for text in texts] for part, texts in parts.items()}
    characters = np.unique(np.frombuffer("".join(parts["train"]).encode("utf-32-le"), np.uint32))
    ids = {part: ids_of(texts, characters) for part, texts in parts.items()}
    train, tune, test = (sum(map(len, ids[part])) for part in ("train", "tune", "test"))
    print(f"{train:,} characters to count in, {tune:,} to tune on, {test:,} to predict; {len(characters)} different")

    print("           bits per character         seconds")
    print("  order   estimated      tuned    count   tune")
    results = {}
    for order in options.orders:
        begin = time.perf_counter()
        model = NGram(order, len(characters) + 1).fit(ids["train"])
        counted = time.perf_counter()
        estimated = model.bits_per_token(ids["test"])
        judged = time.perf_counter()
        model.tune(ids["tune"])
        tuned = time.perf_counter()
        results[f"{order}, estimated"] = estimated
        results[f"{order}"] = model.bits_per_token(ids["test"])
        print(f"  {order:5} {estimated:11.3f} {results[f'{order}']:10.3f} {counted - begin:8.1f} {tuned - judged:6.1f}")
    print(f"The model of order {options.orders[-1]} writes:\n")
    written = model.sample(SHOWN, generator=options.seed)
    print("".join(chr(characters[i]) if i < len(characters) else "\ufffd" for i in written))
    return results


if __name__ == "__main__":
    main()
