"""Marks and capitals put back: a bidirectional LSTM labels each word of a text that has lost both.

Run it: python examples/tagging.py --data DIR --tune northanger --test persuasion
        python examples/tagging.py --epochs 2

Each word is given in small letters, without what stands between words; the labels are what the author wrote: the first
mark behind the word, if there is one, and whether the word begins with a capital. A sequence is a paragraph, since a
paragraph's end is seen without marks, in pieces of at most LONGEST words. Sequences of a batch are padded, and padding
counts neither in the loss nor in the scores: its labels are IGNORED.

Beside the network stands who knows the words alone and gives each the label that it most often has in the texts that
are trained on. That is good at capitals, since names are always names, and bad at marks. A word that is found once at
most in these texts is unknown to both, and so are the names that only the judged novel has. A label's F1 is
2 precision recall / (precision + recall); the mean of all labels counts rare ones as much as frequent ones.

Which texts these are, and how they are kept apart, is in common/prose.py. The one to tune on is looked at after each
epoch; nothing is chosen by the one that is judged.
"""

from __future__ import annotations

import argparse
import re
import time
from collections.abc import Callable, Sequence
from typing import NamedTuple

import numpy as np

import mushin
from common.prose import add_options, parts_of
from mushin import nn, optim
from mushin.data import DataLoader
from mushin.data.text import BucketSampler, PadCollate, Vocabulary
from mushin.nn.utils.rnn import PackedSequence

WORD = re.compile(r"[^\W_]+(?:['\u2019.,-][^\W_]+)*")  # "o'clock", "3.5", but not the point of "Mr. Knightley"
MARK = re.compile(r"[,.;:!?—]|--")
MARKS = ["none", ",", ".", ";", ":", "!", "?", "--"]
CAPITALS = ["small", "capital"]
LONGEST = 100  # words of a sequence
IGNORED = -100  # the label of padding; cross_entropy leaves it out
SHOWN = 80


class Piece(NamedTuple):
    """Words in small letters, the number in MARKS of what is behind each, and 1 for those that begin with a capital."""

    words: list[str]
    marks: list[int]
    capitals: list[int]


def pieces_of(text: str) -> list[Piece]:
    """The paragraphs of a text, in pieces of at most LONGEST words."""
    pieces = []
    for paragraph in re.split(r"\n\s*\n", text):
        found = list(WORD.finditer(paragraph))
        ends = [each.start() for each in found[1:]] + [len(paragraph)]
        words = [each[0].lower() for each in found]
        marks = [mark_in(paragraph[each.end() : end]) for each, end in zip(found, ends)]
        capitals = [int(each[0][0].isupper()) for each in found]
        for begin in range(0, len(words), LONGEST):
            part = slice(begin, begin + LONGEST)
            pieces.append(Piece(words[part], marks[part], capitals[part]))
    return pieces


def mark_in(between: str) -> int:
    """The number of the first mark in what stands between two words."""
    found = MARK.search(between)
    return MARKS.index(found[0].replace("—", "--")) if found else 0


class Tagger(nn.Module):
    """Logits of the marks, (batch, time, MARKS), and of the capitals, (batch, time, CAPITALS)."""

    def __init__(self, words: int, hidden_size: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(words, 100, padding_idx=0)
        self.dropout = nn.Dropout(0.3)
        self.lstm = nn.LSTM(100, hidden_size, batch_first=True, bidirectional=True)
        self.marks = nn.Linear(2 * hidden_size, len(MARKS))
        self.capitals = nn.Linear(2 * hidden_size, len(CAPITALS))

    def forward(self, words: mushin.Tensor, lengths: mushin.Tensor) -> tuple[mushin.Tensor, mushin.Tensor]:
        embedded = self.dropout(self.embedding(words))
        # pack_padded_sequence reads the lengths to check them, which a recorded step may not.
        y, _ = self.lstm(PackedSequence.of_padded(embedded, lengths, batch_first=True, is_sorted_here=True))
        y = self.dropout(y.padded(batch_first=True))
        return self.marks(y), self.capitals(y)


def training_step(model: Tagger, optimizer: optim.Optimizer) -> Callable[..., mushin.Tensor]:
    """A recorded step, which returns the sum of both losses."""

    @mushin.compile
    def step(words, marks, capitals, lengths):
        optimizer.zero_grad()
        of_marks, of_capitals = model(words, lengths)
        loss = masked_loss(of_marks, marks) + masked_loss(of_capitals, capitals)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        return loss

    return step


def masked_loss(logits: mushin.Tensor, labels: mushin.Tensor) -> mushin.Tensor:
    """The mean cross-entropy of the words, without padding."""
    return nn.functional.cross_entropy(logits.reshape(-1, logits.shape[-1]), labels.reshape(-1), ignore_index=IGNORED)


Samples = list[tuple[np.ndarray, np.ndarray, np.ndarray]]


def samples_of(pieces: list[Piece], vocabulary: Vocabulary) -> Samples:
    return [(vocabulary.encode(words), np.array(marks), np.array(capitals)) for words, marks, capitals in pieces]


def batches_of(samples: Samples, batch_size: int, shuffle: bool) -> DataLoader:
    """Batches (words, marks, capitals, lengths) of few shapes, so that steps are replayed."""
    sampler = BucketSampler([len(words) for words, _, _ in samples], batch_size, shuffle, drop_last=shuffle)
    collate = PadCollate(padding_value=(0, IGNORED, IGNORED), pad_to_multiple_of=16)
    return DataLoader(samples, batch_sampler=sampler, collate_fn=collate)


def labelled(model: Tagger, samples: Samples) -> dict[str, np.ndarray]:
    """Of both kinds of labels the true ones and those that the model gives, (2, words), without padding."""
    model.eval()
    pairs: dict[str, list[np.ndarray]] = {"marks": [], "capitals": []}
    with mushin.no_grad():
        for words, *labels, lengths in batches_of(samples, 64, shuffle=False):
            for kind, true, logits in zip(pairs, labels, model(words, lengths)):
                both = np.stack([true.numpy(), logits.argmax(dim=-1).numpy()])
                pairs[kind].append(both[:, both[0] != IGNORED])
    return {kind: np.concatenate(parts, axis=1) for kind, parts in pairs.items()}


def by_word_alone(train: Samples, test: Samples, words: int) -> dict[str, np.ndarray]:
    """The same of each word's most frequent label among those that are trained on."""
    trained, tested = ([np.concatenate(field) for field in zip(*samples)] for samples in (train, test))
    pairs = {}
    for place, (kind, names) in enumerate((("marks", MARKS), ("capitals", CAPITALS)), 1):
        counts = np.zeros((words, len(names)))
        np.add.at(counts, (trained[0], trained[place]), 1)
        pairs[kind] = np.stack([tested[place], counts.argmax(axis=1)[tested[0]]])
    return pairs


def f1_of_labels(pair: np.ndarray, count: int) -> np.ndarray:
    """F1 of each label, (count,), 0 for one that is neither there nor given."""
    true, given = pair
    hits = np.bincount(true[true == given], minlength=count)
    both = np.bincount(true, minlength=count) + np.bincount(given, minlength=count)
    return 2 * hits / np.maximum(both, 1)


def restored(words: Sequence[str], marks: Sequence[int], capitals: Sequence[int]) -> str:
    """A text of words and their labels."""
    written = [word[:1].upper() + word[1:] if capital else word for word, capital in zip(words, capitals)]
    return " ".join(word + (MARKS[mark] if mark else "") for word, mark in zip(written, marks))


def main(arguments: list[str] | None = None) -> dict[str, float]:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_options(parser)
    parser.add_argument("--epochs", type=int, default=5)
    parser.add_argument("--hidden-size", type=int, default=128)
    parser.add_argument("--learning-rate", type=float, default=0.004)
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)

    mushin.manual_seed(options.seed)
    texts = parts_of(options)
    pieces = {part: [piece for text in of_part for piece in pieces_of(text)] for part, of_part in texts.items()}
    vocabulary = Vocabulary.of([piece.words for piece in pieces["train"]], min_count=2)
    samples = {part: samples_of(of_part, vocabulary) for part, of_part in pieces.items()}
    train, tune, test = (sum(len(words) for words, _, _ in samples[part]) for part in ("train", "tune", "test"))
    print(f"{train:,} words to train on, {tune:,} to look at, {test:,} to judge; {len(vocabulary):,} different")

    model = Tagger(len(vocabulary), options.hidden_size)
    optimizer = optim.Adam(model.parameters(), lr=options.learning_rate)
    loader = batches_of(samples["train"], options.batch_size, shuffle=True)
    if not len(loader):
        raise SystemExit(f"--batch-size must be at most {len(pieces['train'])}, the paragraphs to train on")
    steps = options.epochs * len(loader)
    schedule = optim.lr_scheduler.OneCycleLR(optimizer, options.learning_rate, total_steps=steps)
    step = training_step(model, optimizer)
    begin = time.perf_counter()
    for epoch in range(1, options.epochs + 1):
        model.train()
        losses = []
        for batch in loader:
            losses.append(step(*batch).item())
            schedule.step()
        right = {kind: np.mean(true == given) for kind, (true, given) in labelled(model, samples["tune"]).items()}
        shares = ", ".join(f"{share:.2%} of the {kind}" for kind, share in right.items())
        print(f"epoch {epoch:2}: loss {np.mean(losses):.4f}, {shares} right; {time.perf_counter() - begin:.0f} s")

    results = {"replayed": step.step.replayed_share}
    of_words = by_word_alone(samples["train"], samples["test"], len(vocabulary))
    of_model = labelled(model, samples["test"])
    for kind, names in (("marks", MARKS), ("capitals", CAPITALS)):
        print(f"{kind:10}  words    F1 of the word alone    F1 of the network")
        pairs = {"word": of_words[kind], "network": of_model[kind]}
        scores = {name: f1_of_labels(pair, len(names)) for name, pair in pairs.items()}
        counts = np.bincount(of_model[kind][0], minlength=len(names))
        for label, count, *both in zip(names, counts, scores["word"], scores["network"]):
            print(f"  {label:8} {count:7,} {both[0]:20.1%} {both[1]:20.1%}")
        for name, pair in pairs.items():
            results[f"{kind}, {name}, accuracy"] = float(np.mean(pair[0] == pair[1]))
            results[f"{kind}, {name}, F1"] = float(scores[name].mean())
        for name in ("F1", "accuracy"):
            word, network = results[f"{kind}, word, {name}"], results[f"{kind}, network, {name}"]
            print(f"  {'mean F1' if name == 'F1' else name:16} {word:20.1%} {network:20.1%}")

    shown = max(range(len(samples["test"])), key=lambda i: min(len(samples["test"][i][0]), SHOWN))
    given = labelled(model, [samples["test"][shown]])
    print(
        "A passage, put back:", restored(pieces["test"][shown].words[:SHOWN], given["marks"][1], given["capitals"][1])
    )
    print("As it was written:  ", restored(*(field[:SHOWN] for field in pieces["test"][shown])))
    print("steps:", step.step.summary())
    return results


if __name__ == "__main__":
    main()
