"""Small tables and images that tests learn from."""

import csv

import numpy as np
import pytest

KINDS = ("rose", "tulip", "violet")


def flowers(path, count=120, header=True, seed=0, order=(0, 1, 2), target=True):
    """A table of three kinds that two columns tell apart; a third says nothing."""
    generator = np.random.Generator(np.random.Philox(seed))
    rows = []
    for i in range(count):
        kind = i % 3
        length, width = np.array([(0, 1000), (4, 1000), (0, 9000)][kind]) + generator.normal(0, (0.5, 300))
        row = [f"{length:.3f}", f"{width:.1f}", f"{generator.normal():.3f}"]
        rows.append([*(row[j] for j in order), *([KINDS[kind]] if target else [])])
    names = [*(("length", "width", "noise")[j] for j in order), *(["kind"] if target else [])]
    with path.open("w", newline="") as file:
        csv.writer(file).writerows([*([names] if header else []), *rows])
    return path


def houses(path, count=150):
    generator = np.random.Generator(np.random.Philox(1))
    area, rooms = generator.uniform(30, 200, count), generator.integers(1, 8, count)
    lines = [f"{p:.2f},{a:.2f},{r}" for p, a, r in zip(3000 * area + 20000 * rooms, area, rooms)]
    path.write_text("\n".join(["price,area,rooms", *lines]))
    return path


def photos(folder, ending, count=12):
    pillow = pytest.importorskip("PIL.Image", reason="Pillow is not installed: pip install pillow")

    generator = np.random.Generator(np.random.Philox(2))
    for kind, bright in (("day", 170), ("night", 30)):
        (folder / kind).mkdir(parents=True)
        for i in range(count):
            pixels = (generator.integers(0, 60, (6, 5, 3)) + bright).astype(np.uint8)
            pillow.fromarray(pixels).save(folder / kind / f"{i:02d}{ending}")
    return folder
