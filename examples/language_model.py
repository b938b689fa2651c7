"""A language model: an LSTM that learns to predict prose, beside n-grams of the same text, and that writes.

Run it: python examples/language_model.py
        python examples/language_model.py --words
        python examples/language_model.py --data DIR --tune northanger --test persuasion --minutes 15 --out novels

The model reads characters, or words, and gives each a probability behind all that came before, which its state stands
for: the state is carried from window to window while it learns, through the whole text while it is judged, and from
token to token while it writes. All models learn from the same texts with the same alphabet, and are judged once by the
whole of the same other texts, in bits per character, or per word. The n-grams' discounts are tuned on further texts;
these also say which state of the LSTM is kept: the best that was met on the way. Which texts these are, and how they
are kept apart, is in common/prose.py.

The learning rate follows a cosine to almost zero at the end of --minutes, so that a slower machine makes fewer steps;
with --steps instead, the same seed gives the same bits. --out DIR writes the model, and then
`mushin generate DIR/model.safetensors --prompt "It is "` goes on writing.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Iterator
from math import cos, log, pi
from pathlib import Path

import numpy as np

import mushin
from common.prose import add_options, parts_of, vocabulary_of
from mushin import Tensor, optim
from mushin.data.text import ContiguousWindows
from mushin.models import LanguageModel, NGram, TrainingStep

ORDERS = (1, 5)
WARM_UP = 100  # steps in which the learning rate grows
LAST_RATE = 0.01  # the share of the learning rate that is left at the end
REPORTS = 10
WATCHED = 20_000  # tokens of the tuning texts that the reports judge
WRITTEN = {"characters": 400, "words": 80}

# Of characters there are few, and what is hard is to remember; words are many, and each is seen seldom.
SIZES = {
    "characters": {"embedding_dim": 64, "hidden_size": 512, "dropout": 0.1},
    "words": {"embedding_dim": 256, "hidden_size": 256, "dropout": 0.4, "tie_weights": True},
}


def endless(windows: ContiguousWindows) -> Iterator[tuple[Tensor, Tensor, bool]]:
    """Windows of pass after pass, and whether one begins a pass."""
    while True:
        for i, (inputs, targets) in enumerate(windows):
            yield inputs, targets, i == 0


def train(
    model: LanguageModel, ids: np.ndarray, watched: np.ndarray, options: argparse.Namespace
) -> tuple[list[tuple[float, float]], TrainingStep]:
    """Trains a model until the steps or minutes are used, and leaves it as it was when it predicted other text best.

    Returns:
        The curve, seconds and bits per token of the watched text, and the step.
    """
    optimizer = optim.Adam(model.parameters(), lr=options.learning_rate)
    step = TrainingStep(model, optimizer)
    windows = ContiguousWindows(ids, options.batch_size, options.time, drop_last=True)
    curve: list[tuple[float, float]] = []
    losses: list[Tensor] = []
    best: dict[str, np.ndarray] = {}
    begin, state, used = time.perf_counter(), None, 0.0
    print("   share    steps  passes  seconds    bits of training    of tuning texts", flush=True)
    for count, (inputs, targets, is_first) in enumerate(endless(windows), 1):
        warm = min(count / WARM_UP, 1.0)
        falling = LAST_RATE + (1 - LAST_RATE) * (1 + cos(pi * min(used, 1.0))) / 2
        optimizer.param_groups[0]["lr"] = options.learning_rate * warm * falling
        loss, state = step(inputs, targets, None if is_first else state)
        losses.append(loss)
        seconds = time.perf_counter() - begin
        used = count / options.steps if options.steps else seconds / (60 * options.minutes)
        if used >= (len(curve) + 1) / REPORTS:
            curve.append((seconds, model.bits_per_token(watched)))
            bits = float(np.mean([each.item() for each in losses])) / log(2)
            passes = count / len(windows)
            print(
                f"  {used:6.0%} {count:8,} {passes:7.2f} {seconds:8.0f} {bits:19.3f} {curve[-1][1]:18.3f}", flush=True
            )
            losses.clear()
            if curve[-1][1] <= min(bits for _, bits in curve):
                best = {name: value.numpy().copy() for name, value in model.state_dict().items()}
        if used >= 1:
            break
    model.load_state_dict(best)
    return curve, step


def main(arguments: list[str] | None = None) -> dict[str, float]:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    add_options(parser)
    parser.add_argument("--words", action="store_true", help="tokens are words, not characters")
    parser.add_argument("--min-count", type=int, default=3, help="how often a word comes that is known")
    parser.add_argument("--minutes", type=float, default=3.0, help="how long the LSTM learns")
    parser.add_argument("--steps", type=int, help="how many steps it makes, instead of minutes")
    parser.add_argument("--cell", choices=("lstm", "gru"), default="lstm")
    parser.add_argument("--layers", type=int, default=1)
    parser.add_argument("--hidden", type=int, help="units of a layer (512 for characters, 256 for words)")
    parser.add_argument("--dropout", type=float, help="(0.1 for characters, 0.4 for words)")
    parser.add_argument("--batch-size", type=int, default=32)
    parser.add_argument("--time", type=int, default=64, help="tokens of a window")
    parser.add_argument("--learning-rate", type=float, default=0.003)
    parser.add_argument("--prompt", default="", help="what the written text begins with")
    parser.add_argument("--out", type=Path, help="a folder for the model")
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args(arguments)

    split = "words" if options.words else "characters"
    parts = parts_of(options)
    vocabulary = vocabulary_of(parts["train"], split, options.min_count if options.words else 1)
    ids = {part: [vocabulary.encode(text) for text in texts] for part, texts in parts.items()}
    sizes = {part: sum(map(len, texts)) for part, texts in ids.items()}
    unknown = np.mean(np.concatenate(ids["test"]) == vocabulary.unk_id)
    print(f"{sizes['train']:,} {split} to learn from, {sizes['tune']:,} to tune on, {sizes['test']:,} to predict;")
    print(f"{len(vocabulary):,} different tokens, and {unknown:.2%} of those to predict are none of them\n")

    judged: dict[str, tuple[float, float]] = {}  # bits, seconds
    for order in ORDERS:
        begin = time.perf_counter()
        ngram = NGram(order, len(vocabulary)).fit(ids["train"]).tune(ids["tune"])
        seconds = time.perf_counter() - begin
        judged["unigram" if order == 1 else f"{order}-gram, tuned"] = ngram.bits_per_token(ids["test"]), seconds

    mushin.manual_seed(options.seed)
    chosen = SIZES[split].copy()
    if options.hidden is not None:
        chosen["hidden_size"] = options.hidden
        if options.words:
            chosen["embedding_dim"] = options.hidden  # the table is the output layer, too
    if options.dropout is not None:
        chosen["dropout"] = options.dropout
    model = LanguageModel(vocabulary, num_layers=options.layers, cell=options.cell, **chosen)
    stream = np.concatenate([vocabulary.encode(text, bos=True) for text in parts["train"]])
    curve, step = train(model, stream, np.concatenate(ids["tune"])[:WATCHED], options)
    print(f"recorded step: {step.step.summary()}\n")
    begin = time.perf_counter()
    name = f"{options.cell.upper()} of {chosen['hidden_size']} units"
    judged[name] = model.bits_per_token(ids["test"]), curve[-1][0]
    print(f"Judged by the whole of the test texts ({time.perf_counter() - begin:.0f} s for the last):\n")

    token = split.removesuffix("s")
    print(f"  {'model':20} {f'bits per {token}':>20} {'perplexity':>12} {'seconds to learn':>18}")
    for each, (bits, seconds) in judged.items():
        print(f"  {each:20} {bits:20.3f} {2**bits:12.2f} {seconds:18.1f}")
    text = model.generate(options.prompt, WRITTEN[split], temperature=0.8, seed=options.seed)
    print(f"\nThe {options.cell.upper()} writes:\n\n{options.prompt}{text}")
    if options.out:
        options.out.mkdir(parents=True, exist_ok=True)
        model.save(options.out / "model.safetensors")
    results = {each: bits for each, (bits, _) in judged.items()}
    return {**results, "model": judged[name][0], "first": curve[0][1], "replayed": step.step.replayed_share}


if __name__ == "__main__":
    main()
